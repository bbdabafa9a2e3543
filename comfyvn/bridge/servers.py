"""Where work can run: the servers that `providers/servers.yaml` names, as values.

The file (secrets stand in it by the name of an environment variable only):

    servers:
      gpu:
        url: http://127.0.0.1:8188          # a base path is kept: https://host/comfy
        slots: 2                            # prompts kept there at once: one runs, one waits
        price_per_hour: 1.2                 # of its work; a number, in whatever currency you pay
        headers:
          Authorization: {env: GPU_TOKEN, prefix: "Bearer "}
        models:                             # logical name -> the server's own name
          sdxl_base: 'SDXL\\sd_xl_base_1.0.safetensors'
        verify: ca.pem                      # true, false, or an authority's file beside this one
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from comfyvn.contracts.secret import Secret
from comfyvn.contracts.servers import Kind, ServerEntry, parse_servers


@dataclass(frozen=True)
class Server:
    """One server, most often of ComfyUI; a local, a remote and the draft one differ by these values alone.

    `slots`: prompts kept there at once; `headers` are secret; `models`: logical name -> the server's own file name;
    `price_per_hour`: of its work, 0 for what costs nothing;
    `silence_s`: seconds without any answer after which a render is given up; `verify`: check TLS certificates,
    with a file name: by the authority in that PEM file alone; `unset`: environment variables that its headers need and
    that do not exist.
    """

    name: str
    url: str
    kind: Kind = "comfyui"
    slots: int = 2
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    models: Mapping[str, str] = field(default_factory=dict)
    silence_s: float = 120.0
    verify: bool | str = True
    unset: tuple[str, ...] = ()
    price_per_hour: float = 0.0

    def label(self) -> str:
        """How messages name it; never with a header."""
        return f'server "{self.name}" ({self.url})'

    def is_local(self) -> bool:
        """Whether the URL is a loopback address, which no proxy must stand before."""
        host = urlsplit(self.url).hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def redact(self, text: str) -> str:
        """`text` with every header value, and every secret word of one, struck out, also where it stands escaped.

        Give it the whole text: a secret that was cut short is not recognised.
        """
        for word in self._secrets:
            text = text.replace(word, "[secret]")
        return text

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        """Longest first, so that no part of one is left over."""
        words = {word for value in self.headers.values() for word in (value, *value.split()) if len(word) >= 4}
        forms = {form for word in words for form in (word, json.dumps(word)[1:-1], quote(word), quote(word, safe=""))}
        return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def read_servers(
    document: object,
    environ: Mapping[str, str],
    file: str,
    root: Path | None = None,
    under: Mapping[str, Server] = MappingProxyType({}),
) -> tuple[Server, ...]:
    """The servers of a parsed servers.yaml, in the file's order; `None` (an empty file) means none.

    `file` is what the messages call it; below `root` it is where other files are named from. An entry without url says
    what is different about the server of that name in `under`. Raises ContractError with every problem at once. A
    variable that does not exist is not a problem of the file: the server carries its name in `unset` and refuses to be
    used.
    """
    folder = ((root or Path()) / file).parent
    given = _entries(document)
    partial = {name for name, entry in given.items() if "url" not in entry and name in under}
    urls = {name: {**entry, "url": under[name].url} for name, entry in given.items() if name in partial}
    whole = (
        {**document, "servers": {**document["servers"], **urls}} if urls and isinstance(document, dict) else document
    )
    made = [_server(name, entry, environ, folder) for name, entry in parse_servers(whole, file).servers.items()]
    return tuple(_over(under[each.name], each, given[each.name]) if each.name in partial else each for each in made)


def _entries(document: object) -> Mapping[str, Mapping[str, object]]:
    """The entries that are written as they should be; the parser tells what is wrong with the others."""
    servers = document.get("servers") if isinstance(document, dict) else None
    return {n: e for n, e in servers.items() if isinstance(e, dict)} if isinstance(servers, dict) else {}


def _over(under: Server, over: Server, given: Mapping[str, object]) -> Server:
    """`under` with what `given` says otherwise; of models each one by itself, of headers all or none."""
    simple = ("kind", "slots", "silence_s", "verify", "price_per_hour")
    changed = {key: getattr(over, key) for key in simple if key in given}
    if "headers" in given:
        changed |= {"headers": over.headers, "unset": over.unset}
    return replace(under, **changed, models={**under.models, **over.models})


def secret_headers(
    entries: Mapping[str, Secret], environ: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The headers with their secrets put in, and the variables they need that do not exist."""
    # A value read from a file often ends in a newline, which no header may hold; an empty one is as good as none.
    values = {secret.env: environ.get(secret.env, "").strip() for secret in entries.values()}
    headers = {header: secret.prefix + values[secret.env] for header, secret in entries.items() if values[secret.env]}
    return headers, tuple(sorted(name for name, value in values.items() if not value))


def verified_by(verify: bool | str, folder: Path) -> bool | str:
    """`verify` as an entry in a file of `folder` means it."""
    return verify if isinstance(verify, bool) else str(folder / Path(verify).expanduser())


def _server(name: str, entry: ServerEntry, environ: Mapping[str, str], folder: Path) -> Server:
    headers, unset = secret_headers(entry.headers, environ)
    return Server(
        name=name,
        url=entry.url,
        kind=entry.kind,
        slots=entry.slots,
        headers=headers,
        models=dict(entry.models),
        silence_s=entry.silence_s,
        verify=verified_by(entry.verify, folder),
        unset=unset,
        price_per_hour=entry.price_per_hour,
    )
