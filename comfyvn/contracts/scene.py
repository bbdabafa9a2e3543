"""Scenes: where, who, which pictures, and the script: what is shown, said, chosen and played, in order.

Every statement of a script is an object that one key names: `{"say": "aya", "text": "Hi."}`, `{"jump": "pier"}` …
A jump goes to a scene (`pier`), to a label of the same scene (`.stairs`) or of another one (`pier.stairs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from comfyvn.contracts.model import CellId, Contract, File, Flag, Id, Model, Positive, Rating, Real, Seed, Text
from comfyvn.contracts.novel import Variable
from comfyvn.contracts.style import StyleUse

Place = Literal["far_left", "left", "center", "right", "far_right"]
Transition = Literal[
    "none", "dissolve", "fade", "flash", "move", "ease", "wipe_left", "wipe_right", "pixellate", "vpunch", "hpunch"
]
BACKGROUND_PATTERN = r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?$"
GOAL_PATTERN = r"^([a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?|\.[a-z][a-z0-9_]*)$"
BackgroundName = Annotated[str, Field(pattern=BACKGROUND_PATTERN)]
Goal = Annotated[str, Field(pattern=GOAL_PATTERN)]
Across = Annotated[float, Field(strict=True, ge=-0.5, le=1.5, description="0: left edge, 1: right edge")]
Seconds = Annotated[Real, Field(ge=0, le=3600)]
Volume = Annotated[float, Field(strict=True, ge=0, le=1)]
RATED = "left out of games with a lower rating (`--rating`)"
CHANGE = "how the picture changes; dissolve when left out"


class InlineBackground(Model):
    """A background that only this scene uses."""

    prompt: str = Field(default="", description="the place in words")
    moment: str = Field(default="", description="time and weather in words")
    seed: Seed | None = None
    style: StyleUse | None = None
    file: File | None = Field(default=None, description="finished art, used instead of rendering")
    alt: Text = Field(default="", description="what is to be seen, for players who hear the game read aloud")


class Placement(Model):
    """Somebody who is there when the scene begins."""

    character: Id
    outfit: Id | None = None
    pose: Id | None = None
    expression: Id | None = None
    at: Place | Across = Field(default="center", description="a named place, or 0 (left edge) to 1 (right edge)")


class Hero(Model):
    """The person in the foreground of a still."""

    character: Id
    outfit: Id | None = None
    pose: Id | None = None
    expression: Id | None = None
    prompt: str = Field(default="", description="words added to the pose's")
    x: Across = Field(default=0.5, description="centre of the person: 0 is the left edge, 1 the right one")
    height: Annotated[float, Field(strict=True, gt=0.05, le=2)] = Field(
        default=0.9, description="of the picture's height"
    )


class StillSeeds(Model):
    """Seeds named as the scene_still workflow's seed keys."""

    background_seed: Seed | None = None
    hero_seed: Seed | None = None


class Shot(Model):
    """A full-screen picture of this scene."""

    id: CellId
    kind: Literal["still"] = "still"
    title: str = Field(default="", description="name of the picture in the gallery")
    prompt: str = Field(default="", description="the place of the picture")
    moment: str = Field(default="", description="time and weather in words")
    background: BackgroundName | None = Field(default=None, description="an accepted plate instead of a new place")
    hero: Hero | None = None
    seeds: StillSeeds = StillSeeds()
    style: StyleUse | None = None
    file: File | None = Field(default=None, description="finished art, used instead of rendering")
    alt: Text = Field(default="", description="what is to be seen, for players who hear the game read aloud")
    gallery: Flag = Field(default=True, description="whether the gallery shows it once it has been seen")
    rating: Rating | None = Field(default=None, description=RATED)


class Say(Model):
    """Somebody says something."""

    say: Id = Field(description="character who speaks")
    text: Text = Field(description="what is said, with markup and [variables]")
    id: Id | None = Field(default=None, description="the line's own id; `comfyvn ids --fill` writes it")
    outfit: Id | None = None
    pose: Id | None = None
    expression: Id | None = None
    delivery: Id | None = Field(default=None, description="way of saying it, as the speaker's voice defines")
    spoken: Text | None = Field(default=None, description="what the voice says instead of the text")
    clip: Id | None = Field(default=None, description="use this clip instead of the line's own")
    voiced: Flag | None = Field(default=None, description="whether the line is spoken; the novel decides when left out")
    rating: Rating | None = Field(default=None, description=RATED)


class Narrate(Model):
    """The narrator says something."""

    narrate: Text = Field(description="what is said, with markup and [variables]")
    id: Id | None = Field(default=None, description="the line's own id; `comfyvn ids --fill` writes it")
    delivery: Id | None = Field(default=None, description="way of saying it, as the narrator's voice defines")
    spoken: Text | None = Field(default=None, description="what the voice says instead of the text")
    clip: Id | None = Field(default=None, description="use this clip instead of the line's own")
    voiced: Flag | None = Field(default=None, description="whether the line is spoken; the novel decides when left out")
    rating: Rating | None = Field(default=None, description=RATED)


class Show(Model):
    """Somebody appears, moves or changes."""

    show: Id = Field(description="character who appears or changes")
    outfit: Id | None = None
    pose: Id | None = None
    expression: Id | None = None
    at: Place | Across | None = Field(default=None, description="a place by name or number; where they are if left out")
    transition: Transition | None = Field(default=None, alias="with", description=CHANGE)


class Hide(Model):
    """Somebody leaves."""

    hide: Id = Field(description="character who leaves")
    transition: Transition | None = Field(default=None, alias="with", description=CHANGE)


class Background(Model):
    """The place changes; everybody on screen leaves."""

    background: BackgroundName = Field(description="location, or location/variant")
    transition: Transition | None = Field(default=None, alias="with", description=CHANGE)


class Still(Model):
    """A shot of this scene fills the screen until the next background."""

    still: Id = Field(description="id of one of this scene's shots")
    transition: Transition | None = Field(default=None, alias="with", description=CHANGE)


class Movie(Model):
    """A film fills the screen; the stage is empty afterwards."""

    movie: Id = Field(description="asset of the kind video")
    skip: Flag = Field(default=True, description="whether a click ends it early")
    transition: Transition | None = Field(default=None, alias="with", description="how the picture changes afterwards")


class Page(Model):
    """In a scene of the mode nvl, the page is wiped."""

    nvl: Literal["clear"] = Field(description="the next line begins a new page")


class Transit(Model):
    """A transition by itself."""

    transition: Transition


class Choice(Model):
    """One answer of a menu."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    id: Id | None = Field(default=None, description="the line's own id; `comfyvn ids --fill` writes it")
    condition: str | None = Field(default=None, alias="if", description="the choice is offered only when this holds")
    script: tuple[Statement, ...] = Field(default=(), description="what happens when it is chosen")
    jump: Goal | None = Field(default=None, description="where the story goes after that; on with the script if not")
    rating: Rating | None = Field(default=None, description=RATED)


class Menu(Model):
    """The player chooses."""

    menu: Annotated[tuple[Choice, ...], Field(min_length=1)] = Field(description="the choices")
    prompt: Text | None = Field(default=None, description="said while the choices are shown")
    speaker: Id | None = Field(default=None, description="who says the prompt; the narrator when left out")
    expression: Id | None = None
    delivery: Id | None = None
    id: Id | None = Field(default=None, description="id of the prompt's line")
    spoken: Text | None = Field(default=None, description="what the voice says instead of the prompt")
    clip: Id | None = None
    voiced: Flag | None = None
    rating: Rating | None = Field(default=None, description=RATED)


class Jump(Model):
    """The story goes on elsewhere."""

    jump: Goal = Field(description="scene, .label of this scene, or scene.label")


class Label(Model):
    """A place to jump to."""

    label: Id = Field(description="name of the place; unique in its scene")


class Set(Model):
    """A variable gets a value."""

    set: Id = Field(description="variable")
    value: Variable


class Add(Model):
    """A number is added to a variable."""

    add: Id = Field(description="variable that holds a number")
    value: Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)] = 1


class If(Model):
    """A branch."""

    condition: str = Field(alias="if", description="such as trust > 2 and not late")
    then: tuple[Statement, ...] = Field(description="what happens when it holds")
    otherwise: tuple[Statement, ...] = Field(default=(), alias="else", description="what happens when it does not")


class Music(Model):
    """Music begins; null stops it."""

    music: Id | None = Field(description="asset of the kind music; null stops it")
    fade: Seconds = Field(default=1.0, description="seconds")
    volume: Volume = Field(default=1.0, description="0 is silence, 1 full volume")


class Ambience(Model):
    """A background noise begins; null stops it."""

    ambience: Id | None = Field(description="asset of the kind ambience; null stops it")
    fade: Seconds = Field(default=1.0, description="seconds")
    volume: Volume = Field(default=1.0, description="0 is silence, 1 full volume")


class Sound(Model):
    """A sound is heard once; null stops it."""

    sound: Id | None = Field(description="asset of the kind sound; null stops it")
    volume: Volume = Field(default=1.0, description="0 is silence, 1 full volume")


class Pause(Model):
    """Nothing happens for some seconds; null waits for a click."""

    pause: Positive | None = Field(description="seconds; null waits for a click")


class Input(Model):
    """The player types something."""

    input: Id = Field(description="variable that gets the answer")
    prompt: Text = Field(default="", description="the question")
    id: Id | None = Field(default=None, description="id of the prompt's line")
    default: str = Field(default="", description="the answer when the player types nothing")
    length: Annotated[int, Field(strict=True, ge=1, le=200)] = Field(default=20, description="most characters")


class End(Model):
    """The story ends here."""

    end: str = Field(description="name of the ending")


class Renpy(Model):
    """Ren'Py's own statements, which go into the game as they stand: only in a novel that says `trusted: true`."""

    renpy: Annotated[str, Field(min_length=1, max_length=100_000)] = Field(
        description="lines of Ren'Py's script language; only the Ren'Py export runs them"
    )


KINDS: dict[str, type[Model]] = {
    "say": Say, "narrate": Narrate, "show": Show, "hide": Hide, "background": Background, "still": Still,
    "menu": Menu, "jump": Jump, "label": Label, "set": Set, "add": Add, "if": If, "music": Music,
    "ambience": Ambience, "sound": Sound, "pause": Pause, "input": Input, "end": End, "movie": Movie, "nvl": Page,
    "renpy": Renpy,
    "transition": Transit,
}  # fmt: skip


def statement_kind(value: Any) -> str | None:
    """The key that names a statement; None when no known key is there."""
    if isinstance(value, Mapping):
        return next((tag for tag in KINDS if tag in value), None)
    return next((tag for tag, model in KINDS.items() if type(value) is model), None)


Statement = Annotated[
    Annotated[Say, Tag("say")]
    | Annotated[Narrate, Tag("narrate")]
    | Annotated[Show, Tag("show")]
    | Annotated[Hide, Tag("hide")]
    | Annotated[Background, Tag("background")]
    | Annotated[Still, Tag("still")]
    | Annotated[Menu, Tag("menu")]
    | Annotated[Jump, Tag("jump")]
    | Annotated[Label, Tag("label")]
    | Annotated[Set, Tag("set")]
    | Annotated[Add, Tag("add")]
    | Annotated[If, Tag("if")]
    | Annotated[Music, Tag("music")]
    | Annotated[Ambience, Tag("ambience")]
    | Annotated[Sound, Tag("sound")]
    | Annotated[Pause, Tag("pause")]
    | Annotated[Input, Tag("input")]
    | Annotated[End, Tag("end")]
    | Annotated[Movie, Tag("movie")]
    | Annotated[Page, Tag("nvl")]
    | Annotated[Renpy, Tag("renpy")]
    | Annotated[Transit, Tag("transition")],
    Discriminator(
        statement_kind,
        custom_error_type="statement_kind",
        custom_error_message="a statement is an object named by one of: " + ", ".join(KINDS),
    ),
]


class Scene(Contract):
    """`data/scenes/<id>.json`: one scene."""

    id: Id
    title: str = ""
    mode: Literal["adv", "nvl"] = Field(
        default="adv", description="adv: lines stand in a box, one by one; nvl: they fill the screen like a page"
    )
    replay: Flag = Field(default=False, description="whether players can see it again from the main menu")
    background: BackgroundName | InlineBackground = Field(description="location, location/variant, or a place in words")
    placements: tuple[Placement, ...] = Field(default=(), description="who is there when the scene begins")
    music: Id | None = Field(default=None, description="asset that plays from the scene's beginning")
    ambience: Id | None = Field(default=None, description="asset that plays from the scene's beginning")
    shots: tuple[Shot, ...] = Field(default=(), description="full-screen pictures that the script shows with `still`")
    variables: dict[Id, Variable] = Field(
        default_factory=dict, description="story variables that belong to this scene, and their first values"
    )
    script: tuple[Statement, ...] = Field(description="what happens, in order; or the scene's .rpy file holds it")
    next: Goal | None = Field(default=None, description="where the story goes when the script's end is reached")
    rating: Rating | None = Field(default=None, description=RATED)


Choice.model_rebuild()
Menu.model_rebuild()
If.model_rebuild()
Scene.model_rebuild()


@dataclass(frozen=True)
class Line:
    """Something that is said or shown as text: what a clip, a translation and a say id hang on.

    `path` is its JSON path in the scene's file; `kind` tells where the text comes from.
    """

    scene: str
    path: str
    kind: Literal["say", "narrate", "menu", "choice", "input"]
    id: str | None
    text: str
    speaker: str | None = None
    delivery: str | None = None
    spoken: str | None = None
    clip: str | None = None
    voiced: bool | None = None


def walk(script: tuple[Statement, ...], path: str = "$.script") -> Iterator[tuple[str, Any]]:
    """Every statement with its JSON path, branches and choices included, in reading order."""
    for index, statement in enumerate(script):
        here = f"{path}[{index}]"
        yield here, statement
        if isinstance(statement, If):
            yield from walk(statement.then, f"{here}.then")
            yield from walk(statement.otherwise, f"{here}.else")
        elif isinstance(statement, Menu):
            for number, choice in enumerate(statement.menu):
                yield from walk(choice.script, f"{here}.menu[{number}].script")


def lines(scene: Scene) -> Iterator[Line]:
    """Every line of a scene in reading order (a menu's prompt before its choices)."""
    for path, statement in walk(scene.script):
        if isinstance(statement, Say):
            yield _line(scene.id, path, "say", statement, statement.text, statement.say)
        elif isinstance(statement, Narrate):
            yield _line(scene.id, path, "narrate", statement, statement.narrate, None)
        elif isinstance(statement, Input):
            yield Line(scene.id, path, "input", statement.id, statement.prompt)
        elif isinstance(statement, Menu):
            if statement.prompt is not None:
                yield _line(scene.id, path, "menu", statement, statement.prompt, statement.speaker)
            for number, choice in enumerate(statement.menu):
                yield Line(scene.id, f"{path}.menu[{number}]", "choice", choice.id, choice.text)


def _line(
    scene: str,
    path: str,
    kind: Literal["say", "narrate", "menu"],
    source: Say | Narrate | Menu,
    text: str,
    speaker: str | None,
) -> Line:
    return Line(scene, path, kind, source.id, text, speaker, source.delivery, source.spoken, source.clip, source.voiced)


def split_goal(goal: str, scene: str) -> tuple[str, str | None]:
    """A jump's goal as (scene, label or None)."""
    target, _, label = goal.partition(".")
    return target or scene, label or None
