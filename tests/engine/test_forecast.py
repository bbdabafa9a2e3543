"""The forecast against real builds: what it calls certain is done, and nothing that it does not name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comfyvn.bridge.servers import Server
from comfyvn.engine.estimates import ASSUMED_S, Estimates
from comfyvn.engine.forecast import Forecast, forecast, servers_of
from comfyvn.engine.foresight import Foresight
from comfyvn.engine.opening import OpenNovel, open_novel
from comfyvn.engine.order import needed
from comfyvn.engine.placing import Job, placings
from comfyvn.engine.steps import Outlook
from comfyvn.store import journal
from comfyvn.store.journal import Entry
from tests.fakes.novel_runs import dot, tree
from tests.fakes.small_novel import write

AYA = "data/characters/aya/character.json"
BASE, CALM, HAPPY = (f"sprites:aya/casual/standing/{name}" for name in ("base", "calm", "happy"))
PLATE, NIGHT, STILL = "backgrounds:pier/base", "backgrounds:pier/night", "scenes:evening/lantern"
PICTURES = [PLATE, NIGHT, BASE, CALM, HAPPY, STILL]
ATLAS = "atlases:aya"


def foreseen(novel: OpenNovel, *asked: str, past: Iterable[Entry] | None = None, **changes: Any) -> Forecast:
    engine = novel.engine
    foresight = Foresight(novel.root, novel.targets, engine.state, engine.cache)
    outlook = Outlook(novel.targets, engine.judge, foresight, novel.project.novel.rebuild, frozenset(asked))
    entries = journal.read(engine.state.journal) if past is None else past
    servers = changes.get("servers", novel.servers)
    names = needed(novel.rows, asked or novel.rows)
    return forecast(outlook, names, novel.tools.registry, servers, Estimates(entries))


def _edit(root: Path, file: str, old: str, new: str) -> None:
    text = (root / file).read_text("utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new), "utf-8")


def _named(found: Forecast, how: str, is_certain: bool) -> set[str]:
    return {step.target for step in found.steps if (step.how, step.is_certain) == (how, is_certain)}


# --- held against what a build does


def _retouch(root: Path) -> None:
    dot(root / "build/sprites/aya/casual/standing/happy.png", (9, 9), (1, 2, 3, 255))


def _lose_the_cache_and(change: Callable[[Path], object]) -> Callable[[Path, Path], object]:
    def both(root: Path, cache: Path) -> None:
        shutil.rmtree(cache)
        change(root)

    return both


CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "nothing": lambda root, cache: None,
    "a style": lambda root, cache: _edit(root, "data/styles/plain.json", "soft colours", "loud colours"),
    "an expression": lambda root, cache: _edit(root, AYA, '"happy smile"', '"sad"'),
    "a seed that draws the same": lambda root, cache: _edit(root, AYA, '"detail_seed": 12', '"detail_seed": 912'),
    "a line": lambda root, cache: _edit(root, "data/scenes/evening.json", "Stay a while.", "Stay."),
    "a lost build": lambda root, cache: shutil.rmtree(root / "build"),
    "a lost base": lambda root, cache: (root / "build/sprites/aya/casual/standing/base.png").unlink(),
    "a base lost everywhere": _lose_the_cache_and(
        lambda root: (root / "build/sprites/aya/casual/standing/base.png").unlink()
    ),
    "all lost": _lose_the_cache_and(lambda root: shutil.rmtree(root / "build")),
    "a damaged plate": lambda root, cache: (root / "build/backgrounds/pier/base.png").write_bytes(b"no picture"),
    "a retouch": lambda root, cache: _retouch(root),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_certain_is_done_and_nothing_unforeseen(drawn: OpenNovel, own_cache: Path, change: str) -> None:
    CHANGES[change](drawn.root, own_cache)
    novel = open_novel(drawn.root)
    found = foreseen(novel)
    novel.engine.begin()
    try:
        done = {name: novel.engine.make(name).how for name in novel.targets}
    finally:
        novel.engine.end()
    made = {name for name, how in done.items() if how == "made"}
    cached = {name for name, how in done.items() if how == "cached"}
    certain = _named(found, "render", True) | _named(found, "work", True)
    maybe = _named(found, "render", False) | _named(found, "work", False)
    assert _named(found, "render", True) | _named(found, "work", True) <= made | cached
    assert _named(found, "cache", True) == cached - certain - maybe
    assert made | cached <= certain | maybe | _named(found, "cache", True)
    assert {name for name in made if name in PICTURES} <= _named(found, "render", True) | _named(found, "render", False)


# --- what it says


def test_a_style_renders_every_picture(drawn: OpenNovel) -> None:
    _edit(drawn.root, "data/styles/plain.json", "soft colours", "loud colours")
    found = foreseen(open_novel(drawn.root))
    assert _named(found, "render", True) == set(PICTURES)
    assert _named(found, "work", False) == {ATLAS}
    steps = {step.target: step for step in found.steps}
    assert (steps[HAPPY].cause, steps[HAPPY].likely, steps[HAPPY].workflow) == ("style", "atelier", "sprite_expression")
    assert steps[HAPPY].why.startswith('styles/plain: prompt: "clean line art, soft colours" → ')
    assert steps[ATLAS].why == "2 sprites come first"
    (share,) = found.shares
    assert (share.server.name, share.certain.steps, share.most.steps, share.loads) == ("atelier", 6, 6, 0)


def test_estimates_rest_on_the_journal(drawn: OpenNovel) -> None:
    _edit(drawn.root, AYA, '"happy smile"', '"sad"')
    novel = open_novel(drawn.root)
    entry = next(e for e in journal.read(novel.engine.state.journal) if e.target == HAPPY)
    past = [replace(entry, running_s=seconds) for seconds in (1.0, 3.0, 500.0)]
    found = foreseen(novel, past=past)
    (step,) = [step for step in found.steps if step.how == "render"]
    assert step.estimate is not None
    assert (step.estimate.seconds, step.estimate.past) == (3.0, 3)
    assert found.wall_s() == 3.0
    nothing = foreseen(novel, past=[])
    assert [step.estimate for step in nothing.steps if step.how == "render"] == [None]
    assert nothing.wall_s() is None


def test_a_seed_that_may_draw_the_same_makes_the_rest_maybe(drawn: OpenNovel) -> None:
    _edit(drawn.root, AYA, '"detail_seed": 12', '"detail_seed": 912')
    found = foreseen(open_novel(drawn.root))
    assert (_named(found, "render", True), _named(found, "render", False)) == ({BASE}, {CALM, HAPPY})
    (share,) = found.shares
    assert (share.certain.steps, share.most.steps) == (1, 3)


def test_a_clone_with_the_cache_renders_nothing(drawn: OpenNovel) -> None:
    """The patches too: the base that they are painted on is looked at where it lies in the cache."""
    shutil.rmtree(drawn.root / "build")
    found = foreseen(open_novel(drawn.root))
    assert _named(found, "cache", True) >= set(PICTURES)
    assert not [step for step in found.steps if step.how == "render"]


def test_what_was_forgotten_is_rendered(drawn: OpenNovel) -> None:
    drawn.engine.state.forget(frozenset({PLATE}))
    found = foreseen(open_novel(drawn.root))
    assert PLATE in _named(found, "render", True)


def test_what_is_held_is_made_only_when_it_is_asked_for(drawn: OpenNovel) -> None:
    _edit(drawn.root, "comfyvn.yaml", "exports:", "rebuild: [content]\nexports:")
    _edit(drawn.root, "data/styles/plain.json", "soft colours", "loud colours")
    novel = open_novel(drawn.root)
    assert (foreseen(novel).steps, set(foreseen(novel).held)) == ((), set(PICTURES))
    assert _named(foreseen(novel, PLATE), "render", True) == {PLATE}


def test_only_what_is_asked_for_and_what_it_needs(drawn: OpenNovel) -> None:
    _edit(drawn.root, "data/styles/plain.json", "soft colours", "loud colours")
    assert {step.target for step in foreseen(open_novel(drawn.root), HAPPY).steps} == {BASE, HAPPY}


def test_nothing_is_written(drawn: OpenNovel) -> None:
    shutil.rmtree(drawn.root / "build")
    before = tree(drawn.root)
    foreseen(open_novel(drawn.root))
    assert tree(drawn.root) == before


def test_a_damaged_cache_entry_is_no_promise(drawn: OpenNovel, own_cache: Path) -> None:
    shutil.rmtree(drawn.root / "build")
    shutil.rmtree(own_cache / "objects")
    found = foreseen(open_novel(drawn.root))
    assert not _named(found, "cache", True)
    assert _named(found, "render", True) == set(PICTURES)


# --- servers and prices


def _final(novel: OpenNovel) -> OpenNovel:
    with (novel.root / "comfyvn.yaml").open("a", encoding="utf-8") as file:
        file.write("engines: {image: comfyui}\n")
    return open_novel(novel.root)


def test_no_server_of_the_kind(drawn: OpenNovel) -> None:
    found = foreseen(_final(drawn))
    assert (found.lacking, found.shares) == (("comfyui",), ())
    assert all(step.likely == "" for step in found.steps)
    assert found.wall_s() is None


def test_what_costs_and_what_is_not_known(drawn: OpenNovel) -> None:
    novel = _final(drawn)
    servers = [Server("gpu", "http://127.0.0.1:9", price_per_hour=36.0)]
    plate = Entry(
        PLATE, "2026-03-01T08:30:00Z", "made", "render", "comfyui", server="gpu", running_s=20.0,
        workflow="background", models=("sdxl_base",),
    )  # fmt: skip
    found = foreseen(novel, past=[plate], servers=servers)
    (share,) = found.shares
    assert (share.most.steps, share.most.seconds, share.most.unknown) == (6, 4 * 20.0, 2)  # two patches
    assert found.cost() == (pytest.approx((80.0 + 2 * ASSUMED_S) / 100),) * 2
    assert share.loads == 1


def test_our_own_endpoint_stands_in_for_draft_servers() -> None:
    gpu, sketch = Server("gpu", "http://127.0.0.1:9"), Server("sketch", "http://127.0.0.1:9", "draft")
    assert [server.name for server in servers_of("draft", [gpu])] == ["draft"]
    assert servers_of("draft", [gpu, sketch]) == [sketch]
    assert servers_of("comfyui", [sketch]) == []


# --- where renders would run


def _jobs(*models: str) -> list[Job]:
    return [Job(f"t{number}", {name: 1.0}) for number, name in enumerate(models)]


def test_each_server_stays_with_its_models() -> None:
    servers = [Server("one", ""), Server("two", "")]
    found = placings(_jobs(*["sea", "city"] * 20), servers, lambda _target, _server: 10.0)
    assert sum(at.is_load for at in found.values()) == 2
    assert {at.server for at in found.values()} == {"one", "two"}
    on = {name: {found[f"t{i}"].server for i in range(start, 40, 2)} for start, name in enumerate(["sea", "city"])}
    assert [len(where) for where in on.values()] == [1, 1]


def test_a_fast_server_gets_more() -> None:
    servers = [Server("fast", ""), Server("slow", "")]
    found = placings(_jobs(*["sea"] * 60), servers, lambda _target, server: 1.0 if server == "fast" else 10.0)
    count = [sum(at.server == name for at in found.values()) for name in ("fast", "slow")]
    assert count[0] > 4 * count[1] and sum(count) == 60


def test_one_server_loads_each_model_once() -> None:
    found = placings(_jobs(*["sea"] * 9, *["city"] * 9), [Server("one", "")], lambda *_: 5.0)
    assert sum(at.is_load for at in found.values()) == 2


def test_placing_is_repeatable() -> None:
    servers = [Server(name, "") for name in "abc"]
    jobs = _jobs(*[f"m{number % 5}" for number in range(100)])
    assert placings(jobs, servers, lambda *_: 3.0) == placings(jobs, servers, lambda *_: 3.0)
    assert placings([], servers, lambda *_: 3.0) == {}


def test_the_journal_file_may_be_anything(drawn: OpenNovel) -> None:
    write(drawn.root / ".comfyvn/journal/made.jsonl", json.dumps({"target": 5}) + "\n\0\n[]\n")
    _edit(drawn.root, AYA, '"happy smile"', '"sad"')
    found = foreseen(open_novel(drawn.root))
    assert [step.estimate for step in found.steps if step.how == "render"] == [None]
