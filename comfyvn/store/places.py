"""What the address of a shared cache means: the filesystem behind it, the login, and how long an answer may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from comfyvn.errors import RemoteError, UsageError
from comfyvn.store.remote import Remote

CONNECT_S, ANSWER_S = 5, 20


def open_remote(address: str, options: Mapping[str, str], hidden: Sequence[str] = ()) -> Remote:
    """The shared cache at an `s3://`, `sftp://` or `file://` address; nothing is connected or imported yet.

    `options` as contracts.cache.OPTIONS names them, secrets put in; `hidden`: those secrets, for messages. Raises
    UsageError for another kind of address.
    """
    scheme = urlsplit(address).scheme
    if scheme == "s3":
        return Remote(lambda: _s3(options), address.removeprefix("s3://"), address, moves=False, hidden=hidden)
    if scheme == "sftp":
        path = unquote(urlsplit(address).path)
        return Remote(lambda: _sftp(address, options), path[3:] if path.startswith("/~/") else path, address)
    if scheme == "file":
        return Remote(_local, _folder(address), address, local=True)
    raise UsageError("no shared cache has such an address", address, "s3://bucket/prefix, sftp://… or file:///…")


def _folder(address: str) -> str:
    """`file://server/share` is a share of Windows; elsewhere the server's name is part of no path."""
    parts = urlsplit(address)
    path = unquote(parts.path)
    if parts.netloc and parts.netloc != "localhost":
        return f"//{parts.netloc}{path}"
    return path[1:] if path[2:3] == ":" else path


def _local() -> Any:
    from fsspec.implementations.local import LocalFileSystem

    return LocalFileSystem(skip_instance_cache=True, use_listings_cache=False)


def _sftp(address: str, options: Mapping[str, str]) -> Any:
    from comfyvn.store import sftp  # paramiko takes a while to load

    parts = urlsplit(address)
    named = {name: Path(file).expanduser() for name, file in options.items()}
    login = sftp.Login(parts.hostname or "", parts.port, parts.username or "", **named)
    return sftp.connect(login, CONNECT_S, ANSWER_S)


def _s3(options: Mapping[str, str]) -> Any:
    import fsspec

    region = {"region_name": options["region_name"]} if "region_name" in options else {}
    rest = {name: value for name, value in options.items() if name != "region_name"}
    quick = {"connect_timeout": CONNECT_S, "read_timeout": ANSWER_S, "retries": {"total_max_attempts": 1}}
    # Other people write there: what was listed a minute ago is no longer what is there.
    never = {"skip_instance_cache": True, "use_listings_cache": False}
    try:
        found = fsspec.filesystem("s3", **rest, client_kwargs=region, config_kwargs=quick, **never)
    except ImportError as error:
        what = "a shared cache on S3 needs s3fs, which is not installed (pip install 'comfyvn[s3]')"
        raise RemoteError(what, "s3://", "pip install 'comfyvn[s3]'") from error
    found.retries = 1  # Connections tries again; s3fs would do so five times
    return found
