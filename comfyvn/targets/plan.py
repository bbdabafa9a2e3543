"""The whole plan: every target of a novel by name, in an order in which each comes after what it needs.

A plan is put together from units: what one contract (a location, a character, a scene), or the clips that stand alone,
ask for. A unit depends on few contracts, so that a change of one leaves most units as they were (see engine.planning).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from comfyvn.contracts.project import Project
from comfyvn.errors import UsageError
from comfyvn.targets.backgrounds import location_targets
from comfyvn.targets.exports import export_targets
from comfyvn.targets.row import Row, row_of
from comfyvn.targets.scenes import picture_targets
from comfyvn.targets.sprites import character_targets
from comfyvn.targets.target import Target, Toolbox
from comfyvn.targets.voices import clip_targets, voice_targets

CLIPS = "clips"  # the unit of the clips that stand alone
EXPORTS = "exports"  # the last unit: it is made of all others


def plan(project: Project, tools: Toolbox) -> dict[str, Target]:
    """Target name → target. Raises WorkflowError or UsageError naming the contract that cannot be planned."""
    found = {unit: list(planned(project, tools, unit)) for unit in units(project)}
    found[EXPORTS] = list(export_targets(project, tools))
    rows = assembled({unit: [row_of(target, unit) for target in own] for unit, own in found.items()})
    targets = {(unit, target.name): target for unit, own in found.items() for target in own}
    return {row.name: targets[row.unit, row.name] for row in rows}


def units(project: Project) -> list[str]:
    """The names of all units but the exports', by kind and id: `locations/pier`, `characters/aya`, `scenes/arrival`."""
    folders: Mapping[str, Iterable[str]] = {
        "locations": project.locations,
        "characters": project.characters,
        "scenes": project.scenes,
    }
    return [*(f"{folder}/{key}" for folder, keys in folders.items() for key in sorted(keys)), CLIPS]


def planned(project: Project, tools: Toolbox, unit: str) -> Iterator[Target]:
    """The targets of one unit."""
    folder, _, key = unit.partition("/")
    if folder == "locations":
        yield from location_targets(project, tools, project.locations[key])
    elif folder == "characters":
        yield from character_targets(project, tools, project.characters[key])
    elif folder == "scenes":
        yield from picture_targets(project, tools, project.scenes[key])
        yield from voice_targets(project, tools, project.scenes[key])
    else:
        yield from clip_targets(project, tools)


_KINDS = ("backgrounds", "uncut", "sprites", "scenes", "voices", "atlases")


def assembled(found: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The rows of all units in an order in which needs come first.

    A clip at a line goes before the same clip by itself, and the first scene's before another's. Raises UsageError when
    two other contracts make one target.
    """
    rows: dict[str, Row] = {}
    for own in found.values():
        for row in own:
            if row.name not in rows:
                rows[row.name] = row
            elif row.kind != "speak":
                raise UsageError(f"two contracts make {row.name}", row.artifact, "rename one of them")
    kinds: dict[str, dict[str, Row]] = {kind: {} for kind in (*_KINDS, "")}
    for name, row in rows.items():
        kinds.get(name.partition(":")[0], kinds[""])[name] = row
    return list(_in_order({name: row for each in kinds.values() for name, row in each.items()}))


def _in_order(rows: Mapping[str, Row]) -> Iterator[Row]:
    """Every need before its user; otherwise in the order given."""
    done: set[str] = set()
    for name, row in rows.items():
        if name not in done and done.issuperset(row.needs):
            done.add(name)
            yield row
            continue
        waiting = [name]
        while waiting:
            if waiting[-1] in done:
                waiting.pop()
                continue
            needs = [need for need in rows[waiting[-1]].needs if need not in done]
            if needs:
                waiting.extend(reversed(needs))
            else:
                last = waiting.pop()
                done.add(last)
                yield rows[last]
