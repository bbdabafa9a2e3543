"""Which server a command was told to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from comfyvn.bridge.servers import Server, read_servers
from comfyvn.contracts.servers import SERVERS_FILE
from comfyvn.engine.opening import servers
from comfyvn.errors import UsageError, closest


def server_named(root: Path, name: str, environ: Mapping[str, str]) -> Server:
    """The server of this name, or the one at this URL. Raises UsageError, which tells the names that there are."""
    if "://" in name:
        return read_servers({"servers": {"live": {"url": name}}}, environ, "--server")[0]
    found = {server.name: server for server in servers(root, environ)}
    if name not in found:
        raise no_server(name, list(found), ", or asked by its URL")
    return found[name]


def no_server(name: str, names: Sequence[str], more: str = "") -> UsageError:
    """`names`: those that there are; `more`: what else could be typed."""
    near = closest(name, names)
    known = f"known: {', '.join(names)}; " if names else "none is named yet; "
    first = f'did you mean "{near}"? {known}' if near else known
    todo = f'{first}a new one is named there, as servers: {{gpu: {{url: "http://127.0.0.1:8188"}}}}{more}'
    return UsageError(f'there is no server "{name}"', SERVERS_FILE, todo)
