"""The command line: what each command writes, and that its help teaches."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from comfyvn.cli import main
from tests.fakes.novel_runs import REPOSITORY, comfyvn, doit, environment, tree
from tests.fakes.small_novel import files, write, write_small_novel

COMMANDS = (
    "init",
    "check",
    "status",
    "why",
    "plan",
    "ids",
    "seeds",
    "schemas",
    "mirror",
    "draft-server",
    "workflow",
    "lock",
    "doctor",
    "verify",
    "drift",
    "take",
    "adopt",
    "restore",
    "approve",
    "unapprove",
)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)
    assert "doit sprites:" in shown
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert "usage: comfyvn " + command in capsys.readouterr().out


def test_help_loads_nothing_that_only_a_command_needs() -> None:
    code = (
        "import sys, contextlib\nfrom comfyvn.cli import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        "print({'pydantic', 'httpx', 'numpy', 'doit', 'rich', 'yaml', 'PIL'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=60)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["set()"]), done.stderr


@pytest.mark.parametrize(("typed", "meant"), [(["biuld"], "comfyvn build"), (["cache", "pul"], "comfyvn cache pull")])
def test_a_command_that_is_mistyped(capsys: pytest.CaptureFixture[str], typed: list[str], meant: str) -> None:
    assert main(typed) == 2
    said = capsys.readouterr().err
    assert f'there is no command "{typed[-1]}"' in said and f"did you mean `{meant}`?" in said
    assert "import-renpy" not in said, "what has nothing to do with it is not named"


@pytest.mark.parametrize("command", [["doctor"], ["lock"], ["workflow", "check", "x.json"]])
def test_a_server_that_is_not_named_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main(["init", str(tmp_path / "novel")]) == 0
    assert main([*command, "--dir", str(tmp_path / "novel"), "--server", "gpu"]) == 2
    said = capsys.readouterr().err
    assert "providers/servers.yaml" in said and 'servers: {gpu: {url: "http://127.0.0.1:8188"}}' in said


def test_init_writes_a_novel_that_is_sound_and_builds(tmp_path: Path) -> None:
    novel = tmp_path / "My Novel"
    assert comfyvn(tmp_path, "init", str(novel)).code == 0
    before = tree(novel)
    checked = comfyvn(novel, "check")
    assert (checked.code, checked.output) == (0, "the novel is sound (0 warnings)\n")
    assert doit(novel, "voices", "backgrounds:room/base").code == 0
    made = ("build", ".comfyvn", "__pycache__")
    assert {name: data for name, data in tree(novel).items() if not name.startswith(made)} == before
    again = comfyvn(tmp_path, "init", str(novel))
    assert again.code == 2
    assert "not empty" in again.output


def test_init_with_the_sample_is_the_sample(tmp_path: Path) -> None:
    assert comfyvn(tmp_path, "init", "novel", "--sample").code == 0
    data = tree(tmp_path / "novel" / "data")
    assert data == tree(REPOSITORY / "data")
    assert comfyvn(tmp_path / "novel", "check").code == 0


def test_ids_and_seeds_are_counted_then_filled(tmp_path: Path) -> None:
    character, scene = files()["data/characters/aya/character.json"], files()["data/scenes/evening.json"]
    del character["expressions"]["happy"]["seed"]
    del scene["script"][2]["id"]
    changed = {"data/characters/aya/character.json": character, "data/scenes/evening.json": scene}
    novel = write_small_novel(tmp_path, changed)
    counted = comfyvn(novel, "ids")
    assert counted.code == 1
    assert "comfyvn ids --fill" in counted.output
    assert comfyvn(novel, "seeds").code == 1
    before = (novel / "data/scenes/evening.json").read_text("utf-8")
    assert comfyvn(novel, "ids", "--fill").code == 0
    assert comfyvn(novel, "seeds", "--fill").code == 0
    assert comfyvn(novel, "ids").output == "no ids are missing\n"
    assert comfyvn(novel, "check").code == 0
    after = (novel / "data/scenes/evening.json").read_text("utf-8")
    assert after != before
    assert len(after.splitlines()) - len(before.splitlines()) in (0, 1)


def test_schemas_are_the_tracked_ones(tmp_path: Path) -> None:
    novel = write_small_novel(tmp_path)
    assert comfyvn(novel, "schemas").code == 0
    assert tree(novel / "schemas") == tree(REPOSITORY / "schemas")


def test_mirror_writes_flat_copies(tmp_path: Path) -> None:
    novel = write_small_novel(tmp_path)
    assert comfyvn(novel, "mirror").code == 0
    assert json.loads((novel / "data/characters/aya.json").read_text("utf-8"))["id"] == "aya"
    assert comfyvn(novel, "check").code == 0
    write(novel / "data/characters/aya.json", {**files()["data/characters/aya/character.json"], "name": "Eva"})
    assert comfyvn(novel, "check").code == 1


def test_check_as_json(tmp_path: Path) -> None:
    character = {**files()["data/characters/aya/character.json"], "colour": "#ffffff"}
    novel = write_small_novel(tmp_path, {"data/characters/aya/character.json": character})
    run = comfyvn(novel, "check", "--json")
    assert run.code == 1
    (problem,) = json.loads(run.output[: run.output.rindex("]") + 1])
    assert (problem["path"], problem["suggestion"], problem["severity"]) == ("$.colour", "color", "error")


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_the_draft_server_by_hand(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "comfyvn.cli", "draft-server", "--port", "0"]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, encoding="utf-8")
    try:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(2)]
        url = json.loads(lines[-1])["url"]
        with urllib.request.urlopen(f"{url}/system_stats") as answer:
            assert "draft" in json.loads(answer.read())["system"]["comfyui_version"]
    finally:
        os.kill(server.pid, signal.SIGINT)
        assert server.wait(timeout=30) in (0, 130)
        assert server.stdout is not None
        server.stdout.close()
