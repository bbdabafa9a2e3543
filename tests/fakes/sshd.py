"""A real OpenSSH server on a loopback port, with keys of its own, and a relay that cuts connections in the middle."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

APT = "apt-get install -y --no-install-recommends openssh-server"
SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@dataclass
class Sshd:
    """`folder` holds keys and configuration; `served` is a folder to keep a cache in."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def served(self) -> Path:
        return self.folder / "served"

    @property
    def options(self) -> dict[str, str]:
        """What the client needs: no file of the user who runs the test is read."""
        return {
            "known_hosts": str(self.folder / "known_hosts"),
            "key_file": str(self.folder / "user_key"),
            "ssh_config": str(self.folder / "ssh_config"),
        }

    def address(self, port: int | None = None) -> str:
        return f"sftp://{getpass.getuser()}@127.0.0.1:{port or self.port}{self.served}"

    def know(self, port: int) -> None:
        """The client knows the server by this port too."""
        kind, key, *_ = (self.folder / "host_key.pub").read_text().split()
        with (self.folder / "known_hosts").open("a") as file:
            file.write(f"[127.0.0.1]:{port} {kind} {key}\n")

    def start(self) -> None:
        assert SSHD is not None
        if os.name == "posix" and os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where it shuts its unprivileged half in
        log = (self.folder / "log.txt").open("ab")
        self.process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.close()
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log.txt").read_text("utf-8", "replace"))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None


@contextmanager
def sshd(folder: Path) -> Iterator[Sshd]:
    """A server that lets this user in with a key of its own, until the end of the block."""
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host_key",
        "AuthorizedKeysFile": folder / "user_key.pub",
        "PidFile": "none",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "yes",
        "StrictModes": "no",
        "UsePAM": "no",
        "Subsystem": "sftp internal-sftp",
    }
    (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    (folder / "ssh_config").write_text("")
    server = Sshd(folder, port)
    server.know(port)
    server.served.mkdir()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Cutter:
    """A relay that cuts every connection after `budget` bytes, taken both ways together; None: it cuts nothing."""

    target: int
    port: int = 0
    budget: int | None = None
    cuts: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                if not self._spend(len(data)):
                    break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _spend(self, count: int) -> bool:
        with self.guard:
            if self.budget is None:
                return True
            self.budget -= count
            if self.budget < 0:
                self.cuts += 1
                return False
            return True


@contextmanager
def cutter(target: int) -> Iterator[Cutter]:
    """A relay to a loopback port, on another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Cutter(target, listener.getsockname()[1])
        thread = threading.Thread(target=relay.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
