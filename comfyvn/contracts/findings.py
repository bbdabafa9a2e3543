"""What every cross-check needs: the project, what could not be read, and how a finding is worded.

A finding is a `Problem` whose `file` is a contract's key (`scenes/pier`, `novel`); whoever knows the files puts the
file's name and line in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TypeVar

from comfyvn.contracts.character import Character
from comfyvn.contracts.flow import Successors, story_graph
from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Label, Scene, walk
from comfyvn.contracts.speakers import Speakers
from comfyvn.errors import Problem

Parts = tuple[str | None, str | None, str | None]
T = TypeVar("T")
MANY = 30  # more names than this are not listed


@dataclass(frozen=True)
class View:
    """A project under check. `unread` holds keys of contracts that exist but could not be read: nothing about them is
    reported. `models` maps the registry's logical names to their folders; None: not known here. `bases` maps those
    that state their family to it.
    `choices` maps inputs of workflows (`sampler_name`) to what can be chosen there, `speakers` speech engines to what
    they can speak with.
    """

    project: Project
    unread: frozenset[str] = frozenset()
    models: Mapping[str, str] | None = None
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    speakers: Speakers = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)

    def known(self, folder: str) -> list[str]:
        """The ids of a kind of contract, unread ones included."""
        read: Mapping[str, object] = getattr(self.project, folder)
        return sorted({*read, *(key.partition("/")[2] for key in self.unread if key.startswith(folder + "/"))})

    def knows(self, folder: str, name: str) -> bool:
        return name in getattr(self.project, folder) or f"{folder}/{name}" in self.unread

    @cached_property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """Scene → label → JSON path of its (first) statement."""
        return _Asked(lambda name: labels(self.project.scenes[name]))

    @cached_property
    def graph(self) -> Successors:
        return story_graph(self.project.scenes)

    @cached_property
    def sprites(self) -> Mapping[str, frozenset[Parts]]:
        """Character → every sprite, and every way of naming only parts of one."""
        return _Asked(lambda name: frozenset(_parts(self.project.characters[name])))

    def misses(self, key: str, path: str, folder: str, name: str | None) -> Iterator[Problem]:
        """A finding when no contract of that kind has the id `name`."""
        if name is not None and not self.knows(folder, name):
            yield unknown(key, path, ONE[folder], name, self.known(folder))


class _Asked(dict[str, T]):
    """Made for a name when it is asked for."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> T:
        value = self[name] = self._make(name)
        return value


ONE = {
    "styles": "style", "characters": "character", "locations": "location", "scenes": "scene", "assets": "asset",
    "voices": "voice file",
}  # fmt: skip


def unknown(
    key: str, path: str, what: str, name: str, known: Collection[str], where: str = "", new: str = ""
) -> Problem:
    """A name that nothing has; `where` ends the sentence, as in "of aya", and `new` says how to make the name known."""
    listed = ", ".join(sorted(known)) if 0 < len(known) <= MANY else ""
    message = f'there is no {what} "{name}"' + (f" {where}" if where else "")
    if not known and not new:
        message += ": there is none at all"
    allowed = " or ".join(part for part in (listed, new) if part)
    return Problem(key, message, path=path, value=f'"{name}"', allowed=allowed, suggestion=nearest(name, known))


def warning(key: str, path: str, message: str, allowed: str = "", value: str = "", suggestion: str = "") -> Problem:
    return Problem(key, message, 0, path, value, allowed, suggestion, "warning")


def labels(scene: Scene) -> dict[str, str]:
    """Label → JSON path of its (first) statement."""
    found: dict[str, str] = {}
    for path, statement in walk(scene.script):
        if isinstance(statement, Label):
            found.setdefault(statement.label, path)
    return found


def sprite_parts(view: View, key: str, path: str, character: Character, wanted: Parts) -> Iterator[Problem]:
    """Findings about the named parts of a sprite (outfit, pose, expression); those left out may be anything."""
    if wanted in view.sprites[character.id]:
        return
    roles: dict[str, Collection[str]] = {
        "outfit": character.outfits, "pose": character.poses(), "expression": character.expressions,
    }  # fmt: skip
    wrong = [
        unknown(key, f"{path}.{part}", part, name, roles[part], f"of {character.id}{_other_role(name, roles)}")
        for part, name in zip(roles, wanted, strict=True)
        if name is not None and name not in roles[part]
    ]
    yield from wrong
    if not wrong and any(wanted) and character.sprites():
        together = "/".join(part or "*" for part in wanted)
        yield Problem(
            key, f"{character.id} has no sprite {together}: no outfit has that pose, or the cell is skipped", path=path
        )


def _other_role(name: str, roles: Mapping[str, Collection[str]]) -> str:
    """What else a name is: in a script it is easily taken for an expression."""
    return next((f": that is one of the {role}s" for role, known in roles.items() if name in known), "")


def _parts(character: Character) -> Iterator[Parts]:
    for outfit, pose, expression in character.sprites():
        yield from product((outfit, None), (pose, None), (expression, None))
