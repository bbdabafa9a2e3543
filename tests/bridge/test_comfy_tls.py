"""ComfyBridge behind TLS, base paths, secrets and proxies: a real TLS server with an authority of the test's own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from starlette.applications import Starlette
from starlette.routing import Mount

from comfyvn.bridge.comfy import ComfyBridge, Progress, RenderContext, Server
from comfyvn.bridge.servers import read_servers
from comfyvn.errors import BridgeError, ServerDown
from tests.fakes.comfy import FakeComfy, paint, running, served
from tests.fakes.payloads import FINGERPRINT, QUICK, payload


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@contextmanager
def secure(authority: trustme.CA, folder: Path, *names: str) -> Iterator[FakeComfy]:
    """A fake whose certificate is made out to `names`; its chain lies in server.pem."""
    certificate = authority.issue_cert(*(names or ("127.0.0.1",)))
    file = folder / "server.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(file)
    certificate.cert_chain_pems[0].write_to_path(folder / "leaf.pem")
    with running(FakeComfy(paint), ssl_certfile=str(file)) as fake:
        yield fake


def render(url: str, **server: Any) -> list[Progress]:
    """Render once; what was told of it."""
    seen: list[Progress] = []
    with ComfyBridge(Server("gpu", url, **server), limits=QUICK) as bridge:
        assert bridge.submit(payload(), RenderContext(FINGERPRINT, progress=seen.append)).artifacts
    return seen


def refusal(url: str, **server: Any) -> BridgeError:
    with ComfyBridge(Server("gpu", url, **server), limits=QUICK) as bridge, pytest.raises(BridgeError) as caught:
        bridge.submit(payload(), RenderContext(FINGERPRINT))
    assert not isinstance(caught.value, ServerDown), "it would be tried again, or on another server"
    return caught.value


def test_an_authority_that_nobody_knows_is_not_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    with secure(authority, tmp_path) as fake:
        error = refusal(fake.url)
    assert error.what.startswith(f'the certificate of the server "gpu" ({fake.url}) is not trusted: ')
    assert "verify: ca.pem" in error.todo
    assert fake.requests == [] and not fake.sockets


def test_its_file_makes_it_trusted_for_http_and_for_the_socket(
    authority: trustme.CA, tmp_path: Path, ca_file: str
) -> None:
    with secure(authority, tmp_path) as fake:
        seen = render(fake.url, verify=ca_file)
    assert ("1", 1, 2) in [(step.node, step.value, step.maximum) for step in seen]  # the socket alone tells of steps


def test_a_server_s_own_certificate_can_be_the_file(authority: trustme.CA, tmp_path: Path) -> None:
    with secure(authority, tmp_path) as fake:
        render(fake.url, verify=str(tmp_path / "leaf.pem"))


def test_without_verification_every_certificate_is_taken(authority: trustme.CA, tmp_path: Path) -> None:
    with secure(authority, tmp_path, "elsewhere.example") as fake:
        assert any(step.maximum for step in render(fake.url, verify=False))


def test_a_certificate_for_another_host_is_not_trusted(authority: trustme.CA, tmp_path: Path, ca_file: str) -> None:
    with secure(authority, tmp_path, "elsewhere.example") as fake:
        error = refusal(fake.url, verify=ca_file)
    assert "certificate is not valid for '127.0.0.1'" in error.what


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"", "no certificate in PEM form"), (b"\x30\x82 not PEM", "no certificate in PEM form")],
)
def test_a_file_that_is_no_authority_is_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "my-ca.pem"
    if content is not None:
        file.write_bytes(content)
    error = refusal("https://127.0.0.1:1", verify=str(file))
    assert says in error.what and "my-ca.pem, verify in servers.yaml" in error.where and "PEM" in error.todo


def test_the_wrong_scheme_is_told(authority: trustme.CA, tmp_path: Path, fake: FakeComfy) -> None:
    error = refusal(fake.url.replace("http:", "https:"))
    assert error.what.startswith("no TLS connection to the ") and "http:// or https://" in error.todo
    with secure(authority, tmp_path) as locked:
        plain = ComfyBridge(Server("gpu", locked.url.replace("https:", "http:")), limits=QUICK)
        with plain, pytest.raises(ServerDown, match="cannot be reached"):
            plain.submit(payload())


def test_a_base_path_a_secret_and_an_authority_go_together(authority: trustme.CA, tmp_path: Path, ca_file: str) -> None:
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    fake = FakeComfy(paint)
    fake.wants_header = ("authorization", "Bearer tops3cret")
    text = {"gpu": {"url": "", "verify": "ca.pem", "headers": {"Authorization": {"env": "TOKEN", "prefix": "Bearer "}}}}
    outer = Starlette(routes=[Mount("/studio/comfy", app=fake.app())])
    with running(fake) as worker, served(outer, ssl_certfile=str(tmp_path / "server.pem")) as (url, loop):
        worker.loop = loop
        text["gpu"]["url"] = f"{url}/studio/comfy/"
        (server,) = read_servers({"servers": text}, {"TOKEN": "tops3cret"}, "servers.yaml", tmp_path)
        assert server.verify == ca_file
        with ComfyBridge(server, limits=QUICK) as bridge:
            assert bridge.submit(payload(), RenderContext(FINGERPRINT)).artifacts
            opened = fake.sockets[fake.posted[0]["client_id"]]
            assert opened.headers["authorization"] == "Bearer tops3cret"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_proxy_stands_before_this_computer(
    authority: trustme.CA, tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.01)
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv(variable.lower(), f"http://127.0.0.1:{proxy.getsockname()[1]}")
        if scheme == "https":
            with secure(authority, tmp_path) as locked:
                assert any(step.maximum for step in render(locked.url, verify=False))
        else:
            assert any(step.maximum for step in render(fake.url))
        with pytest.raises(TimeoutError):
            proxy.accept()


def test_a_proxy_stands_before_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(10)
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        bridge = ComfyBridge(Server("far", "http://gpu.example:8188", silence_s=0.3), limits=QUICK)
        with bridge, pytest.raises(ServerDown):
            bridge.probe()
        connection, _ = proxy.accept()
        with connection:
            assert connection.recv(1000).startswith(b"GET http://gpu.example:8188/system_stats")
