"""A scene's script in Ren'Py's language: one file a scene, labels that stay, say ids that are line ids."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from textwrap import dedent
from typing import Any

from comfyvn.contracts.asset import Asset
from comfyvn.contracts.condition import parse_condition
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
    Input,
    Jump,
    Label,
    Menu,
    Movie,
    Music,
    Narrate,
    Page,
    Pause,
    Place,
    Placement,
    Renpy,
    Say,
    Scene,
    Set,
    Show,
    Sound,
    Statement,
    Still,
    Transit,
    Transition,
    split_goal,
)  # fmt: skip
from comfyvn.contracts.words import BASE
from comfyvn.targets.renpy_cast import NVL_NARRATOR, Voicing, image_name, some_attributes, voice_of
from comfyvn.targets.renpy_text import python, quoted, shown, untagged, variable, word

INDENT = "    "
NOWHERE: Mapping[str, str] = {}
PLACES: Mapping[Place, float] = {"far_left": 0.12, "left": 0.27, "center": 0.5, "right": 0.73, "far_right": 0.88}
TRANSITIONS: Mapping[Transition, str] = {
    "dissolve": "dissolve", "fade": "fade", "flash": "cvn_flash", "move": "move", "ease": "ease",
    "wipe_left": "wipeleft", "wipe_right": "wiperight", "pixellate": "pixellate", "vpunch": "vpunch",
    "hpunch": "hpunch",
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """What a statement needs to know: the novel, its scene, and who is heard."""

    project: Project
    scene: Scene
    voicing: Voicing
    places: Mapping[str, str] = field(default_factory=dict)  # location/variant → what is to be seen there

    def text(self, text: str) -> str:
        return shown(text, self.project.novel.variables)

    def marked(self, text: str, line_id: str | None) -> str:
        """A choice's or a question's text; of two alike in a translated novel, each has a translation of its own."""
        is_marked = text and line_id and len(self.project.novel.languages) > 1
        return self.text(text) + (line_mark(line_id) if is_marked and line_id else "")

    def string(self, code: str) -> str:
        """Python code of a text that the game looks up in the player's language, where there is more than one."""
        return f"__({code})" if len(self.project.novel.languages) > 1 else code

    @property
    def paged(self) -> bool:
        return self.scene.mode == "nvl"

    def described(self, text: str) -> list[str]:
        """What is to be seen, for who hears the game read aloud: Ren'Py skips the line for all others."""
        return [f"alt {quoted(self.text(text))}"] if text else []


def scene_label(scene: str, label: str | None = None) -> str:
    """Labels stay the same as long as the ids do: saves resume at them."""
    return f"scene_{scene}.{word(label)}" if label else f"scene_{scene}"


def background_image(name: str) -> str:
    location, variant = split_background(name)
    return f"bg {word(location)} {word(variant)}"


def still_image(scene: str, shot: str = BASE) -> str:
    """`base` is the background that only this scene uses."""
    return f"still {word(scene)} {word(shot)}"


def asset_place(asset: Asset) -> str:
    """Where a sound or a film lies in the game's folder."""
    folder = "movies" if asset.kind == "video" else "audio"
    return f"{folder}/{asset.id}{PurePosixPath(asset.file).suffix.lower()}"


def film_image(asset_id: str) -> str:
    return f"movie {word(asset_id)}"


def line_mark(line_id: str) -> str:
    """A text tag that nobody sees and that makes a string unique: Ren'Py translates strings by what they say."""
    return f"{{#{line_id}}}"


def say_id(line_id: str) -> str:
    """The name of a line in the game: of its translations, and of its voice's file."""
    return word(line_id)


def scene_text(project: Project, scene: Scene, voicing: Voicing, places: Mapping[str, str] = NOWHERE) -> str:
    """`scenes/<id>.rpy`."""
    stage = Stage(project, scene, voicing, places)
    body = [*_opening(stage), *_statements(stage, scene.script), *_closing(scene)]
    return "\n".join([f"label {scene_label(scene.id)}:", *_indented(body)])


def _indented(lines: list[str]) -> list[str]:
    return [INDENT + line if line else line for line in lines]


def _opening(stage: Stage) -> list[str]:
    scene = stage.scene
    place = scene.background
    image = background_image(place) if isinstance(place, str) else still_image(scene.id)
    return [
        f"$ save_name = {stage.string(python(untagged(scene.title)))}",
        f"scene {image}",
        *(_placement(stage, placement) for placement in scene.placements),
        "with dissolve",
        *(["nvl clear"] if stage.paged else []),
        *stage.described(_place_alt(stage, place) if isinstance(place, str) else place.alt),
        *(_play(stage, "music", scene.music, 1.0, 1.0) if scene.music else []),
        *(_play(stage, "ambience", scene.ambience, 1.0, 1.0) if scene.ambience else []),
    ]


def _place_alt(stage: Stage, name: str) -> str:
    return stage.places.get("/".join(split_background(name)), "")


def _placement(stage: Stage, placement: Placement) -> str:
    character = stage.project.characters[placement.character]
    cell = character.shown(placement.outfit, placement.pose, placement.expression)
    return f"show {image_name(character, *cell)} at {_at(placement.at)}"


def _closing(scene: Scene) -> list[str]:
    return _jump(scene, scene.next) if scene.next else [*_replayed(scene), "return"]


def _jump(scene: Scene, goal: str) -> list[str]:
    target, label = split_goal(goal, scene.id)
    return [*(_replayed(scene) if target != scene.id else []), f"jump {scene_label(target, label)}"]


def _replayed(scene: Scene) -> list[str]:
    """Who sees a scene again goes back to the main menu where the story leaves it."""
    return ["$ renpy.end_replay()"] if scene.replay else []


def _at(place: Place | float) -> str:
    return f"cvn_at({_across(place)!r})"


def _across(place: Place | float) -> float:
    return PLACES[place] if isinstance(place, str) else float(place)


def _with(transition: Transition | None, default: Transition = "dissolve") -> list[str]:
    name = transition or default
    return [] if name == "none" else [f"with {TRANSITIONS[name]}"]


def _statements(stage: Stage, script: tuple[Statement, ...]) -> list[str]:
    return [line for statement in script for line in WRITERS[type(statement)](stage, statement)]


def _block(stage: Stage, script: tuple[Statement, ...], jump: str | None = None) -> list[str]:
    lines = _statements(stage, script) + (_jump(stage.scene, jump) if jump else [])
    return _indented(lines or ["pass"])


def _who(stage: Stage, statement: Say | Menu, who: str, attributes: str) -> str:
    silent = who in stage.voicing.speakers and statement.id not in stage.voicing.lines
    return voice_of(who, silent, stage.paged) + attributes


def _id(statement: Say | Narrate | Menu) -> str:
    return f" id {say_id(statement.id)}" if statement.id else ""


def _say(stage: Stage, it: Say) -> list[str]:
    attributes = some_attributes(stage.project.characters[it.say], it.outfit, it.pose, it.expression)
    return [f"{_who(stage, it, it.say, attributes)} {quoted(stage.text(it.text))}{_id(it)}"]


def _narrate(stage: Stage, it: Narrate) -> list[str]:
    who = f"{NVL_NARRATOR} " if stage.paged else ""
    return [f"{who}{quoted(stage.text(it.narrate))}{_id(it)}"]


def _show(stage: Stage, it: Show) -> list[str]:
    character = stage.project.characters[it.show]
    place = "" if it.at is None else f" at {_at(it.at)}"
    attributes = some_attributes(character, it.outfit, it.pose, it.expression)
    return [f"show {word(it.show)}{attributes}{place}", *_arrival(it)]


def _arrival(it: Show) -> list[str]:
    """A move lets those who are there glide to their new places; who was not there comes in from the nearer side."""
    if it.transition not in ("move", "ease") or it.at is None:
        return _with(it.transition)
    return [f"with {it.transition}{'inleft' if _across(it.at) < 0.5 else 'inright'}"]


def _hide(stage: Stage, it: Hide) -> list[str]:
    """Nobody moves when somebody leaves: a move would only make the picture vanish at once."""
    return [f"hide {word(it.hide)}", *_with("dissolve" if it.transition in ("move", "ease") else it.transition)]


def _background(stage: Stage, it: Background) -> list[str]:
    image = background_image(it.background)
    return [f"scene {image}", *_with(it.transition), *stage.described(_place_alt(stage, it.background))]


def _still(stage: Stage, it: Still) -> list[str]:
    alt = next((shot.alt for shot in stage.scene.shots if shot.id == it.still), "")
    return [f"scene {still_image(stage.scene.id, it.still)}", *_with(it.transition), *stage.described(alt)]


def _movie(stage: Stage, it: Movie) -> list[str]:
    film = stage.project.assets[it.movie]
    captions = ", ".join(
        f"({float(each.start)!r}, {float(each.end)!r}, {python(stage.text(each.text))})" for each in film.captions
    )
    return [
        *stage.described(film.alt),
        f"scene {film_image(it.movie)}",
        f"call screen cvn_movie([{captions}], {it.skip!r})",
        "scene black",
        *_with(it.transition),
    ]


def _page(stage: Stage, it: Page) -> list[str]:
    return ["nvl clear"] if stage.paged else []


def _transit(stage: Stage, it: Transit) -> list[str]:
    return _with(it.transition) or ["with None"]


def _menu(stage: Stage, it: Menu) -> list[str]:
    choices = [line for choice in it.menu for line in _choice(stage, choice)]
    return ["menu (nvl=True):" if stage.paged else "menu:", *_indented([*_prompt(stage, it), *choices])]


def _prompt(stage: Stage, it: Menu) -> list[str]:
    if it.prompt is None:
        return []
    if it.speaker is None:
        who = NVL_NARRATOR if stage.paged else "narrator"
        return [f"{who} {quoted(stage.text(it.prompt))}{_id(it)}"]
    attributes = some_attributes(stage.project.characters[it.speaker], None, None, it.expression)
    return [f"{_who(stage, it, it.speaker, attributes)} {quoted(stage.text(it.prompt))}{_id(it)}"]


def _choice(stage: Stage, choice: Choice) -> list[str]:
    condition = f" if {condition_code(choice.condition)}" if choice.condition else ""
    head = f"{quoted(stage.marked(choice.text, choice.id))}{condition}:"
    return [head, *_block(stage, choice.script, choice.jump)]


def _jump_to(stage: Stage, it: Jump) -> list[str]:
    return _jump(stage.scene, it.jump)


def _label(stage: Stage, it: Label) -> list[str]:
    return [f"label .{word(it.label)}:"]


def _set(stage: Stage, it: Set) -> list[str]:
    return [f"$ {variable(it.set)} = {value_code(it.value)}"]


def _add(stage: Stage, it: Add) -> list[str]:
    return [f"$ {variable(it.add)} += {value_code(it.value)}"]


def _if(stage: Stage, it: If) -> list[str]:
    rest = ["else:", *_block(stage, it.otherwise)] if it.otherwise else []
    return [f"if {condition_code(it.condition)}:", *_block(stage, it.then), *rest]


def _music(stage: Stage, it: Music) -> list[str]:
    return _play(stage, "music", it.music, it.fade, it.volume)


def _ambience(stage: Stage, it: Ambience) -> list[str]:
    return _play(stage, "ambience", it.ambience, it.fade, it.volume)


def _sound(stage: Stage, it: Sound) -> list[str]:
    return _play(stage, "sound", it.sound, 0.0, it.volume)


def _play(stage: Stage, channel: str, asset_id: str | None, fade: float, volume: float) -> list[str]:
    if asset_id is None:
        return [f"stop {channel}" + (f" fadeout {float(fade)!r}" if fade else "")]
    asset = stage.project.assets[asset_id]
    level = round(volume * 10 ** (asset.gain / 20), 4)
    return [
        f"play {channel} {python(_loop(asset, channel) + asset_place(asset))}"
        + (f" fadeout {float(fade)!r} fadein {float(fade)!r}" if fade else "")
        + (f" volume {level!r}" if level != 1 else "")
        + ("" if channel == "sound" else " if_changed")
    ]


def _loop(asset: Asset, channel: str) -> str:
    if asset.loop is None or channel == "sound" or (asset.loop.end is None and asset.loop.start == 0):
        return ""
    end = f" to {float(asset.loop.end)!r}" if asset.loop.end is not None else ""
    return f"<loop {float(asset.loop.start)!r}{end}>"


def _pause(stage: Stage, it: Pause) -> list[str]:
    return ["pause" if it.pause is None else f"pause {float(it.pause)!r}"]


def _input(stage: Stage, it: Input) -> list[str]:
    prompt, default = python(stage.marked(it.prompt, it.id)), stage.string(python(it.default))
    ask = f"renpy.input({prompt}, default={default}, length={it.length})"
    return [f"$ {variable(it.input)} = {ask}.strip() or {default}"]


def _end(stage: Stage, it: End) -> list[str]:
    return [
        *_replayed(stage.scene),
        "stop music fadeout 2.0",
        "stop ambience fadeout 2.0",
        "scene black",
        "with fade",
        f"call screen cvn_ending({python(stage.text(it.end))})",
        "return",
    ]


def _renpy(stage: Stage, it: Renpy) -> list[str]:
    """The author's own code: the novel says that it is trusted."""
    return dedent(it.renpy).split("\n")


def value_code(value: bool | int | float | str) -> str:
    """A variable's value as Python writes it."""
    return python(value) if isinstance(value, str) else repr(value)


def condition_code(text: str) -> str:
    """A condition over the game's variables. Raises ValueError as `parse_condition` does."""
    tree = ast.parse(parse_condition(text).code, mode="eval")
    return _code(tree.body)


class _Renamed(ast.NodeTransformer):
    """Names become the game's, strings become safe literals (through names that are put back after unparsing)."""

    def __init__(self) -> None:
        self.strings: list[str] = []

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(variable(node.id), node.ctx)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, str):
            return node
        self.strings.append(python(node.value))
        return ast.Name(f"S{len(self.strings) - 1}S", ast.Load())


def _code(tree: ast.expr) -> str:
    renamer = _Renamed()
    code = ast.unparse(renamer.visit(tree))
    return re.sub(r"\bS(\d+)S\b", lambda found: renamer.strings[int(found[1])], code)


WRITERS: Mapping[type, Callable[[Stage, Any], list[str]]] = {
    Say: _say, Narrate: _narrate, Show: _show, Hide: _hide, Background: _background, Still: _still, Menu: _menu,
    Jump: _jump_to, Label: _label, Set: _set, Add: _add, If: _if, Music: _music, Ambience: _ambience, Sound: _sound,
    Pause: _pause, Input: _input, End: _end, Movie: _movie, Page: _page, Renpy: _renpy, Transit: _transit,
}  # fmt: skip
