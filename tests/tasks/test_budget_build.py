"""`comfyvn build --budget` on servers with a price: it stops before it is passed, and what is finished is kept."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from comfyvn.draft.process import DraftServer
from comfyvn.store import journal
from comfyvn.store.journal import Entry
from tests.fakes.novel_runs import comfyvn, set_up, tree
from tests.fakes.small_novel import NOVEL, write, write_small_novel

FINAL = NOVEL + "engines: {image: comfyui, video: draft, voice: [espeak]}\n"
SPRITES = {f"sprites:aya/casual/standing/{name}" for name in ("base", "calm", "happy")}
PLATES = {"backgrounds:pier/base", "backgrounds:pier/night"}
MADE = re.compile(r"^\[\d+/\d+\] (\S+)  (?!from the cache)", re.MULTILINE)
SPENT = re.compile(r"^spent: ([\d.e-]+)", re.MULTILINE)
SECONDS = {"background": 1.0, "background_variant": 1.0, "scene_still": 1.0, "sprite_pack": 100_000.0}


@pytest.fixture
def servers() -> Iterator[tuple[DraftServer, DraftServer]]:
    """Draft endpoints, declared to be ComfyUI servers."""
    with DraftServer() as one, DraftServer() as other:
        yield one, other


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    """Its journal says that a sprite takes a day and a plate a second: no real render moves such medians."""
    root = set_up(write_small_novel(tmp_path / "novel", novel=FINAL))
    for workflow, seconds in SECONDS.items():
        for _ in range(32):
            entry = Entry(
                "x", "2026-03-01T08:30:00Z", "made", "render", "comfyui", server="gpu", running_s=seconds,
                workflow=workflow,
            )  # fmt: skip
            journal.append(root / ".comfyvn/journal", entry)
    return root


def _name(novel: Path, **servers: str) -> None:
    write(novel / "providers/servers.yaml", f"servers: {{{', '.join(f'{k}: {v}' for k, v in servers.items())}}}\n")


def _prompts(server: DraftServer) -> int:
    with urllib.request.urlopen(f"{server.url}/history") as answer:
        return len(json.loads(answer.read()))


def test_it_stops_before_it_is_passed_and_goes_on(novel: Path, servers: tuple[DraftServer, DraftServer]) -> None:
    _name(novel, gpu=f"{{url: '{servers[0].url}', price_per_hour: 3.6}}")
    planned = comfyvn(novel, "plan", "--budget", "90")
    assert (planned.code, "over the budget of 90.00" in planned.output) == (1, True)

    run = comfyvn(novel, "build", "--budget", "90")  # a sprite is thought to cost 100
    made = set(MADE.findall(run.output))
    assert run.code != 0
    assert made > PLATES and not made & SPRITES
    assert "not begun: sprites:aya/casual/standing/base\nerror: the budget of 90.00 would be passed: " in run.output
    assert "and the next render costs about 100.00\n" in run.output
    assert "`comfyvn build --budget 90` goes on" in run.output
    assert "1 over the budget" in run.output
    assert "to retry just these" not in run.output  # `doit` would spend without a limit
    (spent,) = SPENT.findall(run.output)
    assert 0 < float(spent) <= 90
    assert not (novel / "build/export/renpy").exists()
    kept = tree(novel / "build")
    assert _prompts(servers[0]) == 3

    again = comfyvn(novel, "build", "--budget", "90")
    assert not set(MADE.findall(again.output))
    assert tree(novel / "build") == kept
    assert "spent: 0.00 of 90.00" in again.output

    rest = comfyvn(novel, "build", "--budget", "200")
    assert rest.code == 0, rest.output
    assert set(MADE.findall(rest.output)) >= SPRITES | {"export_renpy"}
    assert {name: data for name, data in tree(novel / "build").items() if name in kept} == kept
    assert comfyvn(novel, "plan").output == "nothing would be done: all is up to date\n"


def test_what_costs_nothing_goes_on(novel: Path, servers: tuple[DraftServer, DraftServer]) -> None:
    paid, free = servers
    _name(novel, gpu=f"{{url: '{paid.url}', price_per_hour: 3.6}}", attic=f"{{url: '{free.url}'}}")
    run = comfyvn(novel, "build", "--budget", "0")
    assert run.code == 0, run.output
    assert set(MADE.findall(run.output)) >= SPRITES | PLATES
    assert (_prompts(paid), _prompts(free)) == (0, 6)
    assert "spent: 0.00 of 0.00\n" in run.output


def test_without_a_budget_it_says_what_was_spent(novel: Path, servers: tuple[DraftServer, DraftServer]) -> None:
    _name(novel, gpu=f"{{url: '{servers[0].url}', price_per_hour: 3600}}")
    run = comfyvn(novel, "build", "backgrounds")
    assert run.code == 0, run.output
    (spent,) = SPENT.findall(run.output)
    measured = sum(entry.running_s for entry in journal.read(novel / ".comfyvn/journal") if entry.target in PLATES)
    assert float(spent) == pytest.approx(measured, rel=0.06)
    assert comfyvn(novel, "build", "backgrounds").output.endswith(" artifacts\n")  # nothing ran, nothing was spent
