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

import difflib
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from comfyvn.errors import ContractError, Problem

Kind = Literal["draft", "comfyui"]


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


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a server's url starts with http:// or https:// and names a host")
    if not re.fullmatch(r"[\w.:%-]+", parts.hostname):
        raise ValueError("a host's name has letters, digits, dots and hyphens only")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a url holds no user, password or query; put secrets into headers as {env: NAME}")
    try:
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise ValueError("the port is a number up to 65535") from error
    return value.rstrip("/")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Secret(_Strict):
    env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    prefix: str = ""


class _Entry(_Strict):
    url: Annotated[str, AfterValidator(_url)]
    kind: Kind = "comfyui"
    slots: Annotated[int, Field(ge=1, le=64)] = 1
    headers: dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")], _Secret] = {}
    models: dict[str, Annotated[str, StringConstraints(min_length=1)]] = {}
    silence_s: Annotated[float, Field(gt=0, le=86_400)] = 120.0
    verify: bool = True


class _Document(_Strict):
    servers: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], _Entry] = {}


def read_servers(document: object, environ: Mapping[str, str], file: str) -> tuple[Server, ...]:
    """The servers of a parsed servers.yaml, in the file's order; `None` (an empty file) means none.

    Raises ContractError with every problem at once; `file` is what the messages call it. A variable that does not
    exist is not a problem of the file: the server carries its name in `unset` and refuses to be used.
    """
    try:
        parsed = _Document.model_validate({} if document is None else document)
    except ValidationError as error:
        raise ContractError([_problem(item, file) for item in error.errors()]) from error
    return tuple(_server(name, entry, environ) for name, entry in parsed.servers.items())


def _server(name: str, entry: _Entry, environ: Mapping[str, str]) -> Server:
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


_KNOWN: dict[int, type[BaseModel]] = {1: _Document, 3: _Entry, 5: _Secret}  # by depth of the key in the file


def _problem(item: Mapping[str, object], file: str) -> Problem:
    raw = item["loc"]
    location = tuple(str(part) for part in raw if part != "[key]") if isinstance(raw, tuple) else ()
    message = re.sub(r"^Value error, ", "", str(item["msg"]))
    known = sorted(_KNOWN[len(location)].model_fields) if len(location) in _KNOWN else []
    if item["type"] == "extra_forbidden":
        close = difflib.get_close_matches(location[-1], known, 1)
        return Problem(file, "unknown key", path=_path(location), allowed=", ".join(known), suggestion="".join(close))
    if "headers" in location[:-1] and item["type"] == "model_type":
        # The value may be a secret typed in by mistake: it is never shown.
        message = "a header's value is given as the name of an environment variable"
        return Problem(file, message, path=_path(location), allowed="{env: NAME}")
    shown = "" if "headers" in location or location[-1:] == ("url",) else json.dumps(item["input"], default=str)[:80]
    return Problem(file, message, path=_path(location), value=shown)


def _path(location: tuple[str, ...]) -> str:
    plain = re.compile(r"[A-Za-z_]\w*")
    return "$" + "".join(f".{part}" if plain.fullmatch(part) else f"[{json.dumps(part)}]" for part in location)
