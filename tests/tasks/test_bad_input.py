"""What happens when the novel is wrong: what, where, what to do; an exit code; no traceback; nothing half-written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.novel_runs import Run, comfyvn, doit, set_up
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

AYA = "data/characters/aya/character.json"
ARRIVAL = "data/scenes/arrival.json"
EVENING = "data/scenes/evening.json"


def _changed(file: str, path: list[Any], value: Any) -> dict[str, Any]:
    document = files()[file]
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return {file: document}


BAD = {
    "broken JSON": ({EVENING: '{"version": 1,\n "id": "evening",\n "script": [}'}, r"evening\.json:3"),
    "unknown key": (_changed(AYA, ["colour"], "#ffffff"), r'did you mean "color"[^$]*character\.json:\d+ \$\.colour'),
    "missing reference": (
        _changed(EVENING, ["background"], "peer/night"),
        r'"pier[^$]*evening\.json:\d+ \$\.background',
    ),
    "a cycle of jumps with no end": (_changed(EVENING, ["script", -1], {"jump": "arrival"}), r"ending can be reached"),
    "an id like ../x": (_changed(AYA, ["id"], "../x"), r'"\.\./x"[^$]*character\.json:\d+ \$\.id'),
    "a seed of -1": (_changed(AYA, ["expressions", "happy", "seed"], -1), r"-1[^$]*\$\.expressions\.happy\.seed"),
    "a seed of 2**64": (
        _changed(AYA, ["expressions", "happy", "seed"], 2**64),
        r"18446744073709551616[^$]*\$\.expressions\.happy\.seed",
    ),
    "a missing seed": (_changed(AYA, ["expressions", "happy", "seed"], None), r"comfyvn seeds --fill"),
    "a missing line id": (_changed(EVENING, ["script", 2, "id"], None), r"comfyvn ids --fill"),
    "a PNG that is not one": (
        {
            **_changed(AYA, ["cells"], {"casual/standing/happy": {"file": "data/happy.png"}}),
            "data/happy.png": "no picture",
        },
        r"happy\.png",
    ),
    "a file outside the novel": (
        _changed(AYA, ["cells"], {"casual/standing/happy": {"file": "../happy.png"}}), r"\.\./happy\.png",
    ),
}  # fmt: skip


def _is_clear(run: Run, pattern: str) -> None:
    assert run.code not in (0, None)
    assert "Traceback" not in run.output
    assert re.search(pattern, run.output), run.output
    assert "where: " in run.output
    assert "to do: " in run.output


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_wrong_novel(name: str, tmp_path: Path) -> None:
    changed, pattern = BAD[name]
    novel = set_up(write_small_novel(tmp_path, changed))
    _is_clear(comfyvn(novel, "check"), pattern)
    _is_clear(doit(novel), pattern)
    assert not (novel / "build").exists()


def test_a_contract_of_100_mb_is_refused_unread(tmp_path: Path) -> None:
    novel = set_up(write_small_novel(tmp_path))
    with (novel / "data/scenes/huge.json").open("wb") as file:
        file.write(b'{"version": 1, "id": "huge", "meta": {"x": "')
        file.truncate(100_000_000)
    _is_clear(doit(novel), r"huge\.json")


def test_a_workflow_whose_node_does_not_exist(tmp_path: Path) -> None:
    novel = set_up(write_small_novel(tmp_path))
    source = Path(__file__).parents[2] / "comfyvn/workflows/background.json"
    workflow = json.loads(source.read_text("utf-8"))
    node = next(iter(workflow["graph"]))
    workflow["graph"][node]["class_type"] = "KSamplerDeluxe"
    write(novel / "workflows/background.json", workflow)
    _is_clear(doit(novel), "KSamplerDeluxe")
    assert not (novel / "build").exists()


def test_a_server_that_is_down(tmp_path: Path) -> None:
    engines = "engines: {image: comfyui, video: draft, voice: [espeak]}\n"
    novel = set_up(write_small_novel(tmp_path, novel=NOVEL + engines))
    write(novel / "providers/servers.yaml", "servers: {gpu: {url: 'http://127.0.0.1:9', silence_s: 2}}\n")
    run = doit(novel, "backgrounds:pier/base")
    _is_clear(run, r"gpu|127\.0\.0\.1:9")
    assert not (novel / "build/backgrounds").exists()


def test_no_server_at_all(tmp_path: Path) -> None:
    engines = "engines: {image: comfyui, video: draft, voice: [espeak]}\n"
    novel = set_up(write_small_novel(tmp_path, novel=NOVEL + engines))
    _is_clear(doit(novel, "backgrounds:pier/base"), r"providers/servers\.yaml")


def test_commands_that_mean_nothing(tmp_path: Path) -> None:
    novel = set_up(write_small_novel(tmp_path))
    run = comfyvn(novel, "why", "sprites:aya/casual/standing/hapy")
    assert run.code == 2
    assert 'did you mean "sprites:aya/casual/standing/happy"' in run.output
    assert comfyvn(novel, "init", ".").code == 2
    nowhere = comfyvn(tmp_path / "data", "status")
    assert nowhere.code == 2
    assert "there is no novel here" in nowhere.output
    asked = doit(novel, "sprites:aya/casual/standing/hapy")
    assert asked.code == 2
    assert 'did you mean "sprites:aya/casual/standing/happy"' in asked.output
    assert "add web to exports in comfyvn.yaml" in doit(novel, "export_web").output
    for command in ("info", "clean", "forget", "list"):
        asked = doit(novel, command, "nonsense")
        assert asked.code == 2
        assert 'there is no task "nonsense"' in asked.output
