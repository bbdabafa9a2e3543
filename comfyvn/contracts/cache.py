"""`cache:` of `comfyvn.yaml`, and the user's own `cache.yaml`: where a team keeps what it made, and who is believed."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, model_validator

from comfyvn.contracts.model import Flag, Model
from comfyvn.contracts.secret import SECRET, Secret

REMOTE_PATTERN = r"^(s3|sftp|file)://"
OPTIONS = {
    "s3": ("endpoint_url", "region_name", "profile", "key", "secret", "token"),
    "sftp": ("known_hosts", "key_file", "ssh_config"),
    "file": (),
}
SECRET_OPTIONS = frozenset({"key", "secret", "token"})
OptionName = Literal[
    "endpoint_url", "region_name", "profile", "key", "secret", "token", "known_hosts", "key_file", "ssh_config"
]
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


def _check_remote(value: str) -> str:
    parts = urlsplit(value)
    if any(not letter.isprintable() for letter in value) or parts.query or parts.fragment:
        raise ValueError("a shared cache's address has no ?, # or control characters")
    if parts.password is not None:
        raise ValueError("an address holds no password: keys come from the ssh agent, ~/.ssh/config or the environment")
    if {".", ".."} & set(unquote(parts.path).replace("\\", "/").split("/")):
        raise ValueError("a shared cache's path has no . or .. in it")
    {"s3": _check_bucket, "sftp": _check_host, "file": _check_folder}.get(parts.scheme, _check_scheme)(value)
    return value.rstrip("/")


def _check_scheme(_value: str) -> None:
    raise ValueError("a shared cache's address begins with s3://, sftp:// or file://")


def _check_bucket(value: str) -> None:
    if not _BUCKET.fullmatch(urlsplit(value).netloc):
        raise ValueError("s3:// is followed by a bucket's name, then a prefix: s3://bucket/prefix")


def _check_host(value: str) -> None:
    parts = urlsplit(value)
    try:
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise ValueError("the port is a number up to 65535") from error
    # A name that begins with - would be taken for an option by programs, one with odd letters for something else.
    if not re.fullmatch(_HOST, parts.hostname or "") or not re.fullmatch(r"[\w.-]*", parts.username or ""):
        raise ValueError("sftp:// is followed by user@host or user@host:port, then a path: sftp://user@host/path")
    if not parts.path.strip("/~"):
        raise ValueError("an sftp address names a folder: sftp://user@host/path, or /~/path from the user's home")


def _check_folder(value: str) -> None:
    parts = urlsplit(value)
    if not parts.path.strip("/") or (parts.netloc and not re.fullmatch(_HOST, parts.netloc)):
        raise ValueError("a folder is named by its whole path: file:///nas/cache, file:///Z:/cache, file://server/share")


Remote = Annotated[str, AfterValidator(_check_remote), Field(json_schema_extra={"pattern": REMOTE_PATTERN})]


class CacheSettings(Model):
    """A cache that several people share: what one of them has rendered, the others take from it."""

    remote: Remote | None = Field(
        default=None, description="`s3://bucket/prefix`, `sftp://user@host/path` or `file:///nas/folder`"
    )
    push: Flag = Field(default=True, description="send what was made there; drafts never are")
    trusted: Flag = Field(
        default=False, description="believe entries that nobody signed: whoever can write there is trusted"
    )
    options: dict[OptionName, str | Secret] = Field(
        default_factory=dict, description="of the connection; secrets by the name of an environment variable"
    )

    @model_validator(mode="after")
    def _options_fit(self) -> CacheSettings:
        known = OPTIONS[urlsplit(self.remote).scheme] if self.remote else tuple(SECRET_OPTIONS)
        for name, value in self.options.items():
            if self.remote and name not in known:
                listed = ", ".join(known) or "none"
                raise ValueError(f"{name} is no option of such an address; its options: {listed}")
            if (name in SECRET_OPTIONS) is not isinstance(value, Secret):
                raise ValueError(
                    f"{name} is a secret: write it as {SECRET}" if name in SECRET_OPTIONS else f"{name} is plain text"
                )
        return self


def overlaid(novel: CacheSettings, own: CacheSettings) -> CacheSettings:
    """What the user says over what the novel says.

    An address of the user's own stands alone: what the novel said of trust and options was said of another place.
    `remote: null` switches the shared cache off.
    """
    said = {name: getattr(own, name) for name in own.model_fields_set}
    if "remote" in said and said["remote"] != novel.remote:
        return own
    return novel.model_copy(update=said)
