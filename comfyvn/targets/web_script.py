"""A scene for the web player: its statements as a flat list of steps, so that a place in it is one number.

A step is an object whose `do` names it; branches and choices go `to` the number of a step. A step keeps its line's id:
saves name the line they were made at, and find it again after the scene was edited. What the player does with each step
is told in `player/machine.js`. Pictures are named by their place in the export's `assets/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from comfyvn.contracts.location import split_background
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import (
    Add,
    Ambience,
    Background,
    Choice,
    End,
    Hide,
    If,
    InlineBackground,
    Input,
    Jump,
    Label,
    Menu,
    Music,
    Narrate,
    Pause,
    Place,
    Placement,
    Say,
    Scene,
    Set,
    Show,
    Sound,
    Still,
    Transit,
    lines,
    split_goal,
    statement_kind,
)  # fmt: skip
from comfyvn.contracts.text import plain
from comfyvn.contracts.words import BASE
from comfyvn.targets.renpy_script import PLACES, asset_place
from comfyvn.targets.voices import said_aloud
from comfyvn.targets.web_values import condition_json, text_json, value_json

Step = dict[str, Any]


def plate_place(name: str) -> str:
    """Of a background, by its name in a scene."""
    location, variant = split_background(name)
    return f"bg/{location}/{variant}.png"


def still_place(scene: str, shot: str = BASE) -> str:
    return f"stills/{scene}/{shot}.png"


def voice_place(clip: str) -> str:
    return f"voice/{clip}.ogg"


def scene_json(project: Project, key: str) -> dict[str, Any]:
    """`steps`, and label → number of the step that it is before."""
    scene = project.scenes[key]
    writer = _Writer(project, scene)
    writer.opening()
    writer.script(scene.script)
    writer.add({"do": "jump", **_goal(scene, scene.next)} if scene.next else {"do": "finish"})
    shots = [{"id": shot.id, "title": shot.title, "place": still_place(key, shot.id)} for shot in scene.shots]
    return {"id": key, "title": scene.title, "shots": shots, "steps": writer.steps, "labels": writer.labels}


def _goal(scene: Scene, goal: str) -> Step:
    target, label = split_goal(goal, scene.id)
    return {"scene": target, "label": label}


def _across(place: Place | float) -> float:
    return PLACES[place] if isinstance(place, str) else float(place)


class _Writer:
    """Collects the steps of one scene; numbers of steps yet to come are filled in when they are known."""

    def __init__(self, project: Project, scene: Scene) -> None:
        self.project, self.scene = project, scene
        self.steps: list[Step] = []
        self.labels: dict[str, int] = {}
        self._clips = {line_id: clip for line_id, clip, _ in said_aloud(project, lines(scene))}

    def add(self, step: Step) -> Step:
        self.steps.append({name: value for name, value in step.items() if value is not None})
        return self.steps[-1]

    def opening(self) -> None:
        scene = self.scene
        people = [self._placement(one) for one in scene.placements]
        self.add({"do": "enter", "title": scene.title, **self._background(scene.background), "people": people})
        for channel, asset in (("music", scene.music), ("ambience", scene.ambience)):
            if asset:
                self._play(channel, asset, 1.0, 1.0)

    def _background(self, background: object) -> Step:
        if not isinstance(background, str):
            told = background.alt if isinstance(background, InlineBackground) else ""
            return {"picture": still_place(self.scene.id), "alt": self.words(told) or self.scene.title}
        key, variant = split_background(background)
        location = self.project.locations[key]
        told = location.variants[variant].alt if variant in location.variants else location.alt
        return {"picture": plate_place(background), "alt": self.words(told) or location.name}

    def _placement(self, it: Placement) -> Step:
        cell = self.project.characters[it.character].shown(it.outfit, it.pose, it.expression)
        return {"who": it.character, "sprite": list(cell), "at": _across(it.at)}

    def script(self, script: tuple[Any, ...]) -> None:
        for statement in script:
            kind = statement_kind(statement) or ""
            if kind in WRITERS:
                WRITERS[kind](self, statement)
            else:  # what only Ren'Py can do
                self.add({"do": "skip", "what": kind})

    def text(self, text: str) -> list[Any]:
        return text_json(text, self.project.novel.variables)

    def words(self, text: str) -> str:
        """What a screen reader says of a picture."""
        return plain(text, self.project.novel.variables)

    def say(self, it: Say) -> None:
        self._line(it, it.say, it.text, (it.outfit, it.pose, it.expression))

    def narrate(self, it: Narrate) -> None:
        self._line(it, None, it.narrate)

    def _line(
        self, it: Say | Narrate | Menu, who: str | None, text: str, parts: tuple[str | None, ...] = (), do: str = "say"
    ) -> Step:
        clip = self._clips.get(it.id) if it.id is not None else None
        sprite = list(parts) if any(parts) else None
        return self.add({"do": do, "id": it.id, "who": who, "text": self.text(text), "clip": clip, "sprite": sprite})

    def show(self, it: Show) -> None:
        place = None if it.at is None else _across(it.at)
        parts = [it.outfit, it.pose, it.expression]
        self.add({"do": "show", "who": it.show, "sprite": parts, "at": place, "with": it.transition or "dissolve"})

    def hide(self, it: Hide) -> None:
        self.add({"do": "hide", "who": it.hide, "with": it.transition or "dissolve"})

    def background(self, it: Background) -> None:
        self.add({"do": "scene", **self._background(it.background), "with": it.transition or "dissolve"})

    def still(self, it: Still) -> None:
        told = next((self.words(shot.alt) or shot.title for shot in self.scene.shots if shot.id == it.still), "")
        place = still_place(self.scene.id, it.still)
        self.add({"do": "scene", "picture": place, "alt": told, "with": it.transition or "dissolve"})

    def transit(self, it: Transit) -> None:
        self.add({"do": "with", "with": it.transition})

    def menu(self, it: Menu) -> None:
        if it.prompt is None:
            menu = self.add({"do": "menu"})
        else:
            menu = self._line(it, it.speaker, it.prompt, (None, None, it.expression) if it.speaker else (), "menu")
        menu["choices"] = [self._choice(choice) for choice in it.menu]
        ends = []
        for choice, offered in zip(it.menu, menu["choices"], strict=True):
            offered["to"] = len(self.steps)
            self.script(choice.script)
            ends.append(self.add({"do": "jump", **_goal(self.scene, choice.jump)} if choice.jump else {"do": "go"}))
        menu["after"] = len(self.steps)
        for end in ends:
            if end["do"] == "go":
                end["to"] = len(self.steps)

    def _choice(self, it: Choice) -> Step:
        condition = {"if": condition_json(it.condition)} if it.condition else {}
        return {**({"id": it.id} if it.id else {}), "text": self.text(it.text), **condition}

    def jump(self, it: Jump) -> None:
        self.add({"do": "jump", **_goal(self.scene, it.jump)})

    def label(self, it: Label) -> None:
        self.labels[it.label] = len(self.steps)

    def set(self, it: Set) -> None:
        self.add({"do": "set", "variable": it.set, "value": value_json(it.value)})

    def increase(self, it: Add) -> None:
        self.add({"do": "add", "variable": it.add, "value": value_json(it.value)})

    def branch(self, it: If) -> None:
        test = self.add({"do": "unless", "if": condition_json(it.condition)})
        self.script(it.then)
        leave = self.add({"do": "go"}) if it.otherwise else None
        test["to"] = len(self.steps)
        if leave is not None:
            self.script(it.otherwise)
            leave["to"] = len(self.steps)

    def music(self, it: Music) -> None:
        self._play("music", it.music, it.fade, it.volume)

    def ambience(self, it: Ambience) -> None:
        self._play("ambience", it.ambience, it.fade, it.volume)

    def sound(self, it: Sound) -> None:
        self._play("sound", it.sound, 0.0, it.volume)

    def _play(self, channel: str, asset: str | None, fade: float, volume: float) -> None:
        if asset is None:
            self.add({"do": "stop", "channel": channel, "fade": fade})
            return
        level = round(volume * 10 ** (self.project.assets[asset].gain / 20), 4)
        self.add({"do": "play", "channel": channel, "asset": asset, "fade": fade, "volume": level})

    def movie(self, it: Any) -> None:
        film: Any = self.project.assets[it.movie]
        captions = [[round(one.start * 1000), round(one.end * 1000), self.text(one.text)] for one in film.captions]
        more = {"alt": self.words(film.alt) or film.title, "skip": it.skip, "with": it.transition or "dissolve"}
        self.add({"do": "movie", "film": asset_place(film), "captions": captions, **more})

    def page(self, it: Any) -> None:
        """Lines stand in the box one by one, so there is no page to wipe."""

    def pause(self, it: Pause) -> None:
        self.add({"do": "pause", "seconds": it.pause})

    def input(self, it: Input) -> None:
        more = {"variable": it.input, "default": it.default, "length": it.length}
        self.add({"do": "input", "id": it.id, "text": self.text(it.prompt), **more})

    def end(self, it: End) -> None:
        self.add({"do": "end", "text": self.text(it.end)})


# By the key that names a statement.
WRITERS: Mapping[str, Callable[[_Writer, Any], None]] = {
    "say": _Writer.say, "narrate": _Writer.narrate, "show": _Writer.show, "hide": _Writer.hide,
    "background": _Writer.background, "still": _Writer.still, "menu": _Writer.menu, "jump": _Writer.jump,
    "label": _Writer.label, "set": _Writer.set, "add": _Writer.increase, "if": _Writer.branch, "music": _Writer.music,
    "ambience": _Writer.ambience, "sound": _Writer.sound, "pause": _Writer.pause, "input": _Writer.input,
    "end": _Writer.end, "transition": _Writer.transit, "movie": _Writer.movie, "nvl": _Writer.page,
}  # fmt: skip
