"""The endpoint as a child process: it comes up, draws the same bytes each time, and never outlives its parent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import comfyvn
from comfyvn.draft.process import DraftServer
from comfyvn.errors import ServerDown
from tests.draft.conftest import until
from tests.draft.test_endpoint_sockets import sampling

ROOT = Path(comfyvn.__file__).parent.parent
MODELS = {"checkpoints": ["tiny_sd15_random.safetensors"]}


@pytest.fixture(autouse=True)
def real_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the endpoints are processes of the interpreter, and draw everything themselves."""
    monkeypatch.setattr("comfyvn.draft.process.sys", sys)


def render(url: str, graph: dict[str, Any]) -> bytes:
    with httpx.Client(base_url=url, timeout=30) as http:
        prompt_id = http.post("/prompt", json={"prompt": graph}).json()["prompt_id"]
        entry = until(lambda: http.get(f"/history/{prompt_id}").json())[prompt_id]
        assert entry["status"]["status_str"] == "success", entry["status"]
        return http.get("/view", params=entry["outputs"]["7"]["images"][0]).content


def test_two_processes_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the novel was imported')", encoding="utf-8")
    pictures = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        with DraftServer(MODELS) as server:
            pictures.append(render(server.url, sampling()))
    assert pictures[0] == pictures[1] and pictures[0].startswith(b"\x89PNG")


def test_stopping_removes_the_files_and_starting_again_works() -> None:
    server = DraftServer(MODELS)
    first = server.start()
    assert server.start() == first
    folder = server._folder
    assert folder is not None and folder.is_dir()
    server.stop()
    assert not folder.exists() and server.url == ""
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{first}/queue", timeout=5)
    second = server.start()
    assert (
        httpx.get(f"{second}/system_stats", timeout=30).json()["system"]["comfyui_version"].endswith("+comfyvn.draft")
    )
    server.stop()
    server.stop()


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "comfyvn").mkdir()
    monkeypatch.setattr(comfyvn, "__file__", str(tmp_path / "comfyvn" / "__init__.py"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "comfyvn" / "__init__.py").write_text("raise ImportError('half installed')", encoding="utf-8")
    server = DraftServer()
    with pytest.raises(ServerDown) as failed:
        server.start()
    assert "half installed" in failed.value.where and failed.value.todo
    assert server._folder is None


def test_the_server_dies_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "from comfyvn.draft.process import DraftServer\n"
        "server = DraftServer()\n"
        "print(server.start(), flush=True)\n"
        "time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment, text=True)
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert httpx.get(f"{url}/queue", timeout=30).status_code == 200
    parent.kill()
    parent.wait(20)
    parent.stdout.close()
    assert until(lambda: gone(url))
    assert until(lambda: not list(tmp_path.iterdir()))


def gone(url: str) -> bool:
    try:
        httpx.get(f"{url}/queue", timeout=2)
    except httpx.TransportError:
        return True
    return False


def test_importing_the_package_loads_no_server() -> None:
    heavy = "[name for name in ('starlette', 'uvicorn', 'PIL') if name in sys.modules]"
    code = f"import sys, comfyvn.draft, comfyvn.draft.process\nprint({heavy})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert said.stdout.strip() == "[]"
