"""`comfyvn verify` and `comfyvn drift`: what they print, for people and machines, and their exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comfyvn.cli import main
from comfyvn.draft.process import DraftServer
from comfyvn.engine.opening import open_novel
from tests.fakes.small_novel import NOVEL, write, write_small_novel

PLATE, CLIP = "backgrounds:pier/base", "voices:en/l1aaaa"


@pytest.fixture(scope="module")
def server() -> Iterator[DraftServer]:
    with DraftServer() as running:
        yield running


@pytest.fixture
def novel(tmp_path: Path, server: DraftServer) -> Path:
    """One plate, rendered by a server that is declared to be a ComfyUI, and one clip."""
    root = tmp_path / "novel"
    final = NOVEL + "engines: {image: comfyui, video: draft, voice: [espeak]}\n"
    write_small_novel(root, novel=final.replace("exports: [renpy]", "exports: []"))
    write(root / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}'}}}}\n")
    opened = open_novel(root)
    opened.engine.begin()
    for name in (PLATE, CLIP):
        opened.engine.make(name)
    opened.engine.end()
    return root


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    return code, capsys.readouterr().out


def _change_record(root: Path, **values: Any) -> None:
    path = root / "build/backgrounds/pier/base.png.render.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **values}), "utf-8")


def test_verify_names_every_artifact_and_counts(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = _said(capsys, "verify", "--dir", str(novel), "backgrounds", CLIP)
    assert code == 0
    lines = out.splitlines()
    assert [line.split() for line in lines[1:3]] == [[PLATE, "sound"], [CLIP, "sound"]]
    assert lines[-1] == "2 what their records say, 1 not made yet"


def test_verify_fails_where_something_is_not_what_it_says(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _change_record(novel, made="fp1:" + "0" * 64)
    code, out = _said(capsys, "verify", "--dir", str(novel), PLATE)
    assert code == 1
    assert "1 not what its record says" in out
    code, out = _said(capsys, "verify", "--dir", str(novel), "--json")
    found = json.loads(out)
    assert code == 1
    assert found["artifacts"][PLATE]["state"] == "wrong"
    assert found["artifacts"][PLATE]["faults"]
    assert found["states"]["wrong"] == 1


def test_verify_renders_again_beside_build(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in (novel / "build").rglob("*")}
    code, out = _said(capsys, "verify", "--dir", str(novel), PLATE, CLIP, "--rerender")
    assert code == 0
    assert out.splitlines()[-1] == "made again: 2 exact"
    code, out = _said(capsys, "verify", "--dir", str(novel), PLATE, "--rerender", "--json")
    assert json.loads(out)["artifacts"][PLATE]["rerender"]["result"] == "exact"
    assert {path: path.stat().st_mtime_ns for path in (novel / "build").rglob("*")} == before


def test_a_final_is_rendered_as_a_final_while_drafts_are_asked_for(
    novel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(novel / "comfyvn.yaml", NOVEL.replace("exports: [renpy]", "exports: []"))
    assert open_novel(novel).targets[PLATE].quality == "draft"
    code, out = _said(capsys, "verify", "--dir", str(novel), PLATE, "--rerender")
    assert (code, out.splitlines()[-1]) == (0, "made again: 1 exact")
    write(novel / "providers/servers.yaml", "servers: {}\n")
    assert _said(capsys, "verify", "--dir", str(novel), PLATE, "--rerender")[0] == 1


def test_verify_fails_when_no_server_can_make_it(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(novel / "providers/servers.yaml", "servers: {}\n")
    code, out = _said(capsys, "verify", "--dir", str(novel), PLATE, "--rerender")
    assert code == 1
    assert "made again: 1 failed" in out


def test_verify_knows_no_such_target(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("verify", "--dir", str(novel), "background:pier/base")) == 2
    assert f'did you mean "{PLATE}"?' in capsys.readouterr().err


def test_drift_tells_and_forces_nothing(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = _said(capsys, "drift", "--dir", str(novel), "--check")
    assert (code, out.splitlines()[-1]) == (0, "nothing has moved since")
    path = novel / "build/backgrounds/pier/base.png.render.json"
    made_with = json.loads(path.read_bytes())["made_with"]
    _change_record(novel, made_with={**made_with, "comfyui_version": "0.3.60"})
    code, out = _said(capsys, "drift", "--dir", str(novel))
    assert code == 0
    assert "1 background was made with ComfyUI 0.3.60, torch none, on draft; gpu now has ComfyUI 0.3.64" in out
    assert open_novel(novel).engine.judge.verdict(open_novel(novel).targets[PLATE]).condition == "fresh"
    code, out = _said(capsys, "drift", "--dir", str(novel), "--check", "--json")
    assert code == 1
    assert json.loads(out)["drifts"][0]["what"] == "gpu"


def test_drift_says_which_server_it_could_not_ask(
    novel: Path, capsys: pytest.CaptureFixture[str], unused_port: int
) -> None:
    write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: 'http://127.0.0.1:{unused_port}'}}}}\n")
    code, out = _said(capsys, "drift", "--dir", str(novel), "--check")
    assert code == 1
    assert out.startswith("gpu: ")


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    for command, word in (("verify", "--rerender"), ("drift", "--check")):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert f"comfyvn {command}" in (out := capsys.readouterr().out)
        assert word in out
