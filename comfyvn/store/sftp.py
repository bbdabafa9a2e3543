"""fsspec's SFTP with strict host keys: a server that the user does not know yet is refused; nobody is ever asked.

fsspec would take any key of an unknown server; so the connection is made here. Who logs in where, and with which key,
is read from ~/.ssh/config as OpenSSH reads it (HostName, Port, User, IdentityFile, UserKnownHostsFile), then from the
agent.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from comfyvn.errors import RemoteError

SSH = Path("~/.ssh")


@dataclass(frozen=True)
class Login:
    """A server and the user there. The files take the place of those under ~/.ssh."""

    host: str
    port: int | None = None
    user: str = ""
    known_hosts: Path | None = None
    key_file: Path | None = None
    ssh_config: Path | None = None


class StrictSFTP(SFTPFileSystem):  # type: ignore[misc]
    """`client`: a paramiko client that is connected already."""

    def __init__(self, client: paramiko.SSHClient, answer_s: float, **options: Any) -> None:
        self._connected, self._answer_s = client, answer_s
        super().__init__("", **options)

    def _connect(self) -> None:
        self.client = self._connected
        self.ftp = self.client.open_sftp()
        self.ftp.get_channel().settimeout(self._answer_s)


def connect(login: Login, connect_s: float, answer_s: float) -> StrictSFTP:
    """Logs in. Raises RemoteError for an unknown or changed host key and a refused login; else what paramiko does."""
    config = _config(login)
    host, port = str(config.get("hostname", login.host)), login.port or int(config.get("port", 22))
    # What paramiko has to say of a cut line is a page of its own code; our own error says it in one sentence.
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    for file in _known_hosts(login, config):
        with contextlib.suppress(OSError):
            client.load_system_host_keys(str(file))
    label = f"sftp://{login.host}"
    try:
        client.connect(
            host,
            port,
            login.user or str(config.get("user") or getpass.getuser()),
            key_filename=[str(file) for file in _key_files(login, config)] or None,
            allow_agent=login.key_file is None,
            look_for_keys=login.key_file is None,
            timeout=connect_s,
            banner_timeout=connect_s * 2,
            auth_timeout=connect_s * 2,
            channel_timeout=answer_s,
        )
        transport = client.get_transport()
        if transport is not None:  # else a question waits 40 ms for the acknowledgement of the small packet before it
            transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return StrictSFTP(client, answer_s, skip_instance_cache=True, use_listings_cache=False)
    except BaseException as error:
        client.close()
        raise _explained(error, label, login.host, port) from error


def _explained(error: BaseException, label: str, host: str, port: int) -> BaseException:
    named = f"[{host}]:{port}" if port != 22 else host
    if isinstance(error, paramiko.BadHostKeyException):
        what = "the shared cache's server shows another host key than the one that is known"
        return RemoteError(what, label, f"ask who runs it; if the key was really changed: ssh-keygen -R '{named}'")
    if isinstance(error, paramiko.PasswordRequiredException):
        return RemoteError("the key for the shared cache has a passphrase", label, "put it into the agent: ssh-add")
    if isinstance(error, paramiko.AuthenticationException):
        what = "the shared cache's server refuses the login"
        return RemoteError(what, label, "see that your key is in the agent (ssh-add) and known to the server")
    if isinstance(error, paramiko.SSHException) and "known_hosts" in str(error):
        what = "the shared cache's server is not in known_hosts, so it is not believed"
        return RemoteError(what, label, f"log in once with `ssh -p {port} {host}` and compare the key's fingerprint")
    return error


def _config(login: Login) -> dict[str, Any]:
    file = login.ssh_config or (SSH / "config").expanduser()
    try:
        found = paramiko.SSHConfig.from_path(str(file)).lookup(login.host)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, paramiko.SSHException, paramiko.ConfigParseError) as error:
        raise RemoteError(f"the ssh configuration cannot be read ({error})", str(file), "correct the file") from error
    return dict(found)


def _known_hosts(login: Login, config: dict[str, Any]) -> Iterator[Path]:
    if login.known_hosts is not None:
        yield login.known_hosts
        return
    named = str(config.get("userknownhostsfile", "")).split() or ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]
    yield from (Path(file).expanduser() for file in named)
    yield Path("/etc/ssh/ssh_known_hosts")


def _key_files(login: Login, config: dict[str, Any]) -> list[Path]:
    if login.key_file is not None:
        return [login.key_file]
    found = (Path(file).expanduser() for file in config.get("identityfile", ()))
    return [file for file in found if file.is_file()]
