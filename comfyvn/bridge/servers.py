"""Where work can run: the servers that `providers/servers.yaml` names, as values.

The file (secrets stand in it by the name of an environment variable only):

    servers:
      gpu:
        url: http://127.0.0.1:8188          # a base path is kept: https://host/comfy
        slots: 2                            # prompts this bridge keeps there at once
        headers:
          Authorization: {env: GPU_TOKEN, prefix: "Bearer "}
        models:                             # logical name -> the server's own name
          sdxl_base: 'SDXL\\sd_xl_base_1.0.safetensors'
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from comfyvn.contracts.servers import Kind, ServerEntry, parse_servers


@dataclass(frozen=True)
class Server:
    """One ComfyUI-speaking server; a local, a remote and the draft one differ by these values alone.

    `slots`: prompts kept there at once; `headers` are secret; `models`: logical name -> the server's own file name;
    `silence_s`: seconds without any answer after which a render is given up; `verify`: check TLS certificates;
    `unset`: environment variables that its headers need and that do not exist.
    """

    name: str
    url: str
    kind: Kind = "comfyui"
    slots: int = 1
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    models: Mapping[str, str] = field(default_factory=dict)
    silence_s: float = 120.0
    verify: bool = True
    unset: tuple[str, ...] = ()

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
        """`text` with every header value, and every secret word of one, struck out."""
        words = {word for value in self.headers.values() for word in (value, *value.split()) if len(word) >= 4}
        for word in sorted(words, key=len, reverse=True):
            text = text.replace(word, "[secret]")
        return text


def read_servers(document: object, environ: Mapping[str, str], file: str) -> tuple[Server, ...]:
    """The servers of a parsed servers.yaml, in the file's order; `None` (an empty file) means none.

    Raises ContractError with every problem at once; `file` is what the messages call it. A variable that does not
    exist is not a problem of the file: the server carries its name in `unset` and refuses to be used.
    """
    return tuple(_server(name, entry, environ) for name, entry in parse_servers(document, file).servers.items())


def _server(name: str, entry: ServerEntry, environ: Mapping[str, str]) -> Server:
    # A value read from a file often ends in a newline, which no header may hold; an empty one is as good as none.
    values = {secret.env: environ.get(secret.env, "").strip() for secret in entry.headers.values()}
    headers = {
        header: secret.prefix + values[secret.env] for header, secret in entry.headers.items() if values[secret.env]
    }
    return Server(
        name=name,
        url=entry.url,
        kind=entry.kind,
        slots=entry.slots,
        headers=headers,
        models=dict(entry.models),
        silence_s=entry.silence_s,
        verify=entry.verify,
        unset=tuple(sorted(name for name, value in values.items() if not value)),
    )
