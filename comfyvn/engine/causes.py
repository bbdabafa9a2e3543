"""What moved in a target's recipe since it was made, said for people: contract values, pins, files, other targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comfyvn.engine.differences import differences, mapping, short
from comfyvn.engine.export_causes import placed, texts_and_facts
from comfyvn.engine.grouping import counted
from comfyvn.engine.judge import MOVED, Judge, Verdict
from comfyvn.recipe import Export, FileInput, Input, plain
from comfyvn.store.records import Record
from comfyvn.targets.target import Target

NAMED = 3  # inputs with new content that are told one by one
HASH = re.compile(r"[0-9a-f]{12,}")
PINNED = {"packs": "pack", "models": "model"}


@dataclass(frozen=True)
class Reason:
    """Why a target is not up to date. `names`: the targets and files that it speaks of, where they are many.

    `alike`: the same without what is this target's own, so that equal reasons of many targets can be told once.
    """

    text: str
    names: tuple[str, ...] = ()
    alike: str = ""

    def general(self) -> str:
        return self.alike or self.text


def reasons_of(target: Target, verdict: Verdict, judge: Judge, targets: Mapping[str, Target]) -> list[Reason]:
    """Most telling first; none for what is fresh by itself. What it is made of may still have to be made first."""
    record = verdict.record
    if verdict.condition in ("fresh", "approved"):
        return list(_placed(target, record, judge, targets))
    if record is None or not record.wanted or verdict.condition in ("edited", "kept"):
        return [_stated(verdict)]
    inside = list(_placed(target, record, judge, targets))
    moved = [*_moved(target, verdict, record, is_summed_up=bool(inside)), *inside]
    moved = [*_unanswered(target, verdict, judge), *moved]
    return moved if verdict.reason == MOVED and moved else [_stated(verdict), *moved]


def _unanswered(target: Target, verdict: Verdict, judge: Judge) -> Iterator[Reason]:
    """Why a take that is named does not hold: a pick is one of the pictures of one recipe."""
    take = judge.takes.of(target.name)
    if take is not None and verdict.take is None:
        what = f"the take that was {take.state} is of another recipe: it is made anew"
        yield Reason(f"{what} (`comfyvn take {target.name}`)", alike=what)


def _stated(verdict: Verdict) -> Reason:
    """The judge's own words; they name files, which differ where the cause is the same."""
    text = verdict.reason
    if verdict.condition == "edited":
        return Reason(text, alike="it was changed by hand, which is kept")
    if verdict.condition == "kept":
        return Reason(text, alike="it is final, and only drafts are asked for")
    if text.endswith(" is gone"):
        return Reason(text, alike="its file is gone")
    if text.endswith(" is not what was made"):
        return Reason(text, alike="its file is not what was made")
    return Reason(text)


def _moved(target: Target, verdict: Verdict, record: Record, is_summed_up: bool) -> Iterator[Reason]:
    """`is_summed_up`: what an export's manifest holds anew is told of by itself."""
    old, new = record.recipe, mapping(plain(verdict.recipe or {}))
    stated = list(differences(record.facts, plain(target.facts)))
    yield from map(Reason, stated)
    if isinstance(target.recipe, Export):
        yield from map(Reason, texts_and_facts(old, new))
    before, after = _inputs(old), _inputs(new)
    if is_summed_up:
        before, after = ({k: v for k, v in each.items() if k != "manifest"} for each in (before, after))
    yield from _input_reasons(target, before, after)
    told = {"text", "voice", "box"} if stated else set()
    told |= {"texts", "facts"} if isinstance(target.recipe, Export) else set()
    for name in sorted({*old, *new} - {"inputs", "render", "graph", "pins"} - told):
        yield from map(Reason, differences({name: old.get(name)}, {name: new.get(name)}))
    old_render, new_render = mapping(old.get("render")) or old, mapping(new.get("render")) or new
    yield from map(Reason, _pins(mapping(old_render.get("pins")), mapping(new_render.get("pins"))))
    if old_render is not old:
        for name in ("engine", "seeds", "version", "models"):
            yield from map(Reason, differences({name: old_render.get(name)}, {name: new_render.get(name)}))
    if not stated:
        name = f"workflow {old_render.get('workflow')}"
        yield from map(Reason, differences({name: old_render.get("graph")}, {name: new_render.get("graph")}))


# --- pins


def _pins(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    """`pack ComfyUI-Impact-Pack moved 1a2b3c4 → 3c4d5e6`."""
    for kind in sorted({*old, *new}):
        before, after = mapping(old.get(kind)), mapping(new.get(kind))
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                yield _pin(f"{PINNED.get(kind, kind)} {name}", before.get(name), after.get(name))


def _pin(what: str, old: object, new: object) -> str:
    if not old or not new:
        return f"{what} is pinned now: {_hash(new)}" if new else f"{what} is no longer pinned: {_hash(old)}"
    short = _hash(old), _hash(new)
    return f"{what} moved {' → '.join(short if short[0] != short[1] else (str(old), str(new)))}"


def _hash(value: object) -> str:
    """Commits and digests as Git shortens them; what follows one tells of changes that are not committed."""
    return HASH.sub(lambda found: found[0][:7], str(value))


# --- inputs


def _inputs(recipe: Mapping[str, object]) -> Mapping[str, object]:
    return mapping(mapping(recipe.get("render", recipe)).get("inputs"))


def _input_reasons(target: Target, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Reason]:
    renewed: dict[str, str] = {}
    for name in sorted({*old, *new}):
        item = target.recipe.inputs.get(name)
        if old.get(name) == new.get(name):
            continue
        if name not in old:
            yield Reason(f"{_input(item, name)} is new")
        elif item is None:
            yield Reason(f"{name} is no longer part of it")
        else:
            renewed[_input(item, name)] = f"{short(old[name])} → {short(new[name])}"
    yield from _renewed(renewed)


def _placed(target: Target, record: Record | None, judge: Judge, targets: Mapping[str, Target]) -> Iterator[Reason]:
    """What an export holds and would hold now: by its manifest, whether that was made again already or not."""
    if record is None or not isinstance(target.recipe, Export):
        return
    found = placed(target, record, judge, targets)
    yield from map(Reason, found.joined)
    yield from _renewed({name: f"{short(old)} → {short(new)}" for name, (old, new) in found.renewed.items()})
    yield from (Reason(f"{place} is no longer part of it") for place in found.gone)


def _renewed(moves: Mapping[str, str]) -> Iterator[Reason]:
    if len(moves) <= NAMED:
        yield from (Reason(f"{name} has new content ({move})") for name, move in moves.items())
    else:
        yield Reason(f"{counted(moves)} have new content", tuple(moves))


def _input(item: Input | None, name: str) -> str:
    if item is None:
        return name
    return f"file {item.path}" if isinstance(item, FileInput) else item.target
