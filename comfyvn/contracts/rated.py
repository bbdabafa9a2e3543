"""A novel cut down to a rating: what is rated higher is left out, and what then leads nowhere is named.

Left out: scenes; lines (say, narrate), menus and choices; shots, with the `still` statements that show them; outfits,
where the person wears another one; variants of a place, where its base is shown. A shot whose hero wears an outfit that
is left out is left out too: it would be another picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar, get_args

from comfyvn.contracts import scene as script
from comfyvn.contracts.character import Character
from comfyvn.contracts.location import Location, split_background
from comfyvn.contracts.model import Model, Rating
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Choice, Scene, Shot, Statement, split_goal, walk
from comfyvn.errors import Problem

RATINGS: tuple[Rating, ...] = get_args(Rating)
M = TypeVar("M", bound=Model)
Worn = Mapping[str, frozenset[str]]  # character → outfits that are left out


def is_above(rating: Rating | None, most: Rating) -> bool:
    return rating is not None and RATINGS.index(rating) > RATINGS.index(most)


def rated_above(project: Project, most: Rating) -> Iterator[tuple[str, str, Rating]]:
    """(contract, JSON path, rating) of everything that is rated above `most`."""
    for key, path, thing in _rated(project):
        rating: Rating | None = getattr(thing, "rating", None)
        if rating is not None and is_above(rating, most):
            yield key, f"{path}.rating", rating


def _rated(project: Project) -> Iterator[tuple[str, str, object]]:
    """(contract, JSON path, what is there) of everything that can have a rating."""
    for key, character in project.characters.items():
        yield from ((f"characters/{key}", f"$.outfits.{name}", each) for name, each in character.outfits.items())
    for key, location in project.locations.items():
        yield from ((f"locations/{key}", f"$.variants.{name}", each) for name, each in location.variants.items())
    for key, one in project.scenes.items():
        yield f"scenes/{key}", "$", one
        yield from ((f"scenes/{key}", f"$.shots[{number}]", each) for number, each in enumerate(one.shots))
        for path, it in walk(one.script):
            yield f"scenes/{key}", path, it
            if isinstance(it, script.Menu):
                yield from ((f"scenes/{key}", f"{path}.menu[{n}]", choice) for n, choice in enumerate(it.menu))


def cut(project: Project, most: Rating) -> tuple[Project, list[Problem]]:
    """The novel without what is rated above `most`, and every way that leads into what is left out.

    A warning where code stays: nobody knows where it jumps to. The problems' `file` is a contract's key, their paths
    those of the whole novel.
    """
    cutter = _Cutter(project, most)
    scenes = {key: cutter.scene(one) for key, one in project.scenes.items() if not is_above(one.rating, most)}
    small = replace(
        project,
        novel=project.novel.model_copy(update={"rating": min(project.novel.rating, most, key=RATINGS.index)}),
        characters={key: cutter.character(one) for key, one in project.characters.items()},
        locations={key: cutter.location(one) for key, one in project.locations.items()},
        scenes=scenes,
    )
    return small, [*_nothing_left(project, small), *_dangling(project, small, cutter)]


class _Cutter:
    def __init__(self, project: Project, most: Rating) -> None:
        self.project, self.most = project, most
        self.worn: Worn = {
            key: frozenset(name for name, outfit in one.outfits.items() if is_above(outfit.rating, most))
            for key, one in project.characters.items()
        }

    def is_out(self, thing: object) -> bool:
        return is_above(getattr(thing, "rating", None), self.most)

    def character(self, one: Character) -> Character:
        out = self.worn[one.id]
        if not out:
            return one
        cells = {name: cell for name, cell in one.cells.items() if name.partition("/")[0] not in out}
        outfits = {name: outfit for name, outfit in one.outfits.items() if name not in out}
        default = one.default.model_copy(update={"outfit": None}) if one.default.outfit in out else one.default
        return one.model_copy(update={"outfits": outfits, "cells": cells, "default": default})

    def location(self, one: Location) -> Location:
        kept = {name: variant for name, variant in one.variants.items() if not self.is_out(variant)}
        return one if len(kept) == len(one.variants) else one.model_copy(update={"variants": kept})

    def scene(self, one: Scene) -> Scene:
        shots = tuple(self.shot(shot) for shot in one.shots if not self.is_shot_out(shot))
        background = self.background(one.background) if isinstance(one.background, str) else one.background
        placements = tuple(self.dressed(each, each.character) for each in one.placements)
        body = self.script(one, one.script)
        return one.model_copy(
            update={"shots": shots, "background": background, "placements": placements, "script": body}
        )

    def is_shot_out(self, shot: Shot) -> bool:
        if self.is_out(shot) or shot.hero is None:
            return self.is_out(shot)
        character = self.project.characters[shot.hero.character]
        return character.shown(shot.hero.outfit, None, None)[0] in self.worn[character.id]

    def shot(self, one: Shot) -> Shot:
        shown = self.background(one.background) if one.background is not None else None
        return one if shown == one.background else one.model_copy(update={"background": shown})

    def background(self, name: str) -> str:
        place, variant = split_background(name)
        location = self.project.locations[place]
        return place if variant in location.variants and self.is_out(location.variants[variant]) else name

    def dressed(self, thing: M, character: str) -> M:
        """A placement or a statement without the outfit that it names, where that is left out."""
        is_worn = getattr(thing, "outfit", None) in self.worn[character]
        return thing.model_copy(update={"outfit": None}) if is_worn else thing

    def shows(self, scene: Scene, shot: str) -> bool:
        return not any(self.is_shot_out(each) for each in scene.shots if each.id == shot)

    def script(self, scene: Scene, statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
        kept = (each for each in statements if not self.is_out(each))
        return tuple(
            self.statement(scene, each)
            for each in kept
            if not (isinstance(each, script.Still) and not self.shows(scene, each.still))
        )

    def statement(self, scene: Scene, it: Statement) -> Any:
        match it:
            case script.Say():
                return self.dressed(it, it.say)
            case script.Show():
                return self.dressed(it, it.show)
            case script.Background():
                return it.model_copy(update={"background": self.background(it.background)})
            case script.If():
                then, otherwise = self.script(scene, it.then), self.script(scene, it.otherwise)
                return it.model_copy(update={"then": then, "otherwise": otherwise})
            case script.Menu():
                choices = tuple(self.choice(scene, each) for each in it.menu if not self.is_out(each))
                return it.model_copy(update={"menu": choices})
        return it

    def choice(self, scene: Scene, it: Choice) -> Choice:
        return it.model_copy(update={"script": self.script(scene, it.script)})

    def kept(self, scene: Scene) -> Iterator[tuple[str, Statement | Choice]]:
        """What stays of a scene, with the paths that it has in the whole novel; a menu's choices come with it."""
        yield from self._kept(scene, scene.script, "$.script")

    def _kept(
        self, scene: Scene, statements: tuple[Statement, ...], path: str
    ) -> Iterator[tuple[str, Statement | Choice]]:
        for index, it in enumerate(statements):
            here = f"{path}[{index}]"
            if self.is_out(it) or (isinstance(it, script.Still) and not self.shows(scene, it.still)):
                continue
            yield here, it
            if isinstance(it, script.If):
                yield from self._kept(scene, it.then, f"{here}.then")
                yield from self._kept(scene, it.otherwise, f"{here}.else")
            elif isinstance(it, script.Menu):
                for number, choice in enumerate(it.menu):
                    if not self.is_out(choice):
                        yield f"{here}.menu[{number}]", choice
                        yield from self._kept(scene, choice.script, f"{here}.menu[{number}].script")


def _nothing_left(project: Project, small: Project) -> Iterator[Problem]:
    if project.novel.start not in small.scenes and project.novel.start in project.scenes:
        what = f'the story begins with the scene "{project.novel.start}", which is left out'
        yield Problem("novel", what, path="$.start", allowed="a scene that everybody may see")
    for key, one in small.characters.items():
        if not one.outfits:
            yield Problem(f"characters/{key}", "every outfit is left out", path="$.outfits", allowed="one to wear")


def _dangling(project: Project, small: Project, cutter: _Cutter) -> Iterator[Problem]:
    there = {(key, it.label) for key in small.scenes for _, it in cutter.kept(project.scenes[key])
             if isinstance(it, script.Label)} | {(key, None) for key in small.scenes}  # fmt: skip
    everywhere = {(key, it.label) for key, one in project.scenes.items() for _, it in walk(one.script)
                  if isinstance(it, script.Label)} | {(key, None) for key in project.scenes}  # fmt: skip
    out = everywhere - there
    for key in small.scenes:
        one = project.scenes[key]
        for path, goal, fix in _goals(one, cutter):
            if split_goal(goal, key) in out:
                what = f'the story goes on at "{goal}", which is rated above {cutter.most} and left out'
                yield Problem(f"scenes/{key}", what, path=path, value=f'"{goal}"', allowed=fix)
        for path, it in cutter.kept(one):
            if isinstance(it, script.Renpy) and out:
                what = f"nobody knows where this code jumps to: what is rated above {cutter.most} is not there any more"
                fix = 'code that leads into none of it, or a choice around it with that "rating"'
                yield Problem(f"scenes/{key}", what, path=f"{path}.renpy", allowed=fix, severity="warning")
            if isinstance(it, script.Menu) and all(cutter.is_out(choice) for choice in it.menu):
                what = f"every choice of this menu is rated above {cutter.most}: there is nothing to choose"
                fix = '"rating" on the menu, or a choice more'
                yield Problem(f"scenes/{key}", what, path=f"{path}.menu", allowed=fix)


def _goals(one: Scene, cutter: _Cutter) -> Iterator[tuple[str, str, str]]:
    """(path, goal, what to do) of every way out of what stays of a scene."""
    for path, it in cutter.kept(one):
        if isinstance(it, script.Jump):
            yield f"{path}.jump", it.jump, "another goal; or put the jump into a choice with that rating"
        elif isinstance(it, Choice) and it.jump is not None:
            yield f"{path}.jump", it.jump, 'the same "rating" on this choice, or another goal'
    if one.next is not None:
        yield "$.next", one.next, "a scene that everybody may see"
