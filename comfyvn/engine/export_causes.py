"""What moved in an export, in the words of whoever writes the novel: scripts of scenes, people, and what is placed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from comfyvn.engine.differences import differences, mapping
from comfyvn.engine.judge import Judge
from comfyvn.errors import InputMissing
from comfyvn.recipe import Manifest, TargetInput, targets_of
from comfyvn.store.records import Record
from comfyvn.targets.exports import OVERLAY, RECORD
from comfyvn.targets.target import Target
from comfyvn.targets.web import SOURCE

TEXT_ENDS = (".rpy", ".js", ".json", ".html", ".css", ".svg")
SCENE = re.compile(r"(?:game/scenes/([^/]+)\.rpy|assets/data/scenes/([^/]+)\.js|([^/]+)/scene\.json)")
TONGUE = re.compile(r"game/tl/([^/]+)/(?:scenes/([^/]+)|strings)\.rpy")
PERSON = re.compile(r"assets/data/cast/([^/]+)\.js")
IMAGES = re.compile(r"(?:game/)?images_([^/]+)\.rpy")
TEXTS = {
    "game/options.rpy": "the game's options",
    "game/gui.rpy": "the look of the game's screens",
    "game/styles.rpy": "the styles of the game's screens",
    "game/screens.rpy": "the game's screens",
    "game/extras.rpy": "the game's gallery and replays",
    "game/languages.rpy": "the game's choice of languages",
    "game/history.rpy": "the game's history",
    "game/pages.rpy": "the game's pages of text",
    "game/phone.rpy": "the game's screens on phones",
    "game/preferences.rpy": "the game's preferences",
    "game/menus.rpy": "the game's menus",
    "game/characters.rpy": "the list of who speaks",
    "game/images.rpy": "the list of plates and stills",
    "game/script.rpy": "the game's variables and where it starts",
    "index.html": "the page that plays the game",
    "assets/gallery.html": "the page of the gallery",
    "assets/theme.css": "the look of the pages",
    "assets/icon.svg": "the icon of the pages",
    "assets/player.js": "the script of the page that plays the game",
    "assets/player.css": "the style of the page that plays the game",
    "assets/gallery.js": "the script of the gallery",
    "assets/gallery.css": "the style of the gallery",
    "assets/data/novel.js": "the game's variables, places and sounds",
    "comfyvn_assets.rpy": "the list of plates, stills and voices",
}


def text_name(place: str) -> str:
    """What a generated text is to an author: `the script of scene pier`."""
    if scene := SCENE.fullmatch(place):
        return f"the script of scene {next(filter(None, scene.groups()))}"
    if tongue := TONGUE.fullmatch(place):  # a language that is a word of Ren'Py's has a mark before it
        language = tongue[1].removeprefix("_")
        return f"the script of scene {tongue[2]} in {language}" if tongue[2] else f"the names and buttons in {language}"
    if person := PERSON.fullmatch(place):
        return f"what the page knows of {person[1]}"
    images = IMAGES.fullmatch(place)
    return f"the images of {images[1]}" if images else TEXTS.get(place, place)


def texts_and_facts(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    """Of two documents of an export's recipe."""
    before, after = mapping(old.get("texts")), mapping(new.get("texts"))
    for place in sorted({*before, *after}):
        if before.get(place) != after.get(place):
            how = "is new" if place not in before else "changed" if place in after else "is gone"
            yield f"{text_name(place)} {how}"
    yield from _facts(mapping(old.get("facts")), mapping(new.get("facts")))


def _facts(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    before, after = mapping(old.get("characters")), mapping(new.get("characters"))
    for name in sorted({*before, *after}):
        one, other = mapping(before.get(name)), mapping(after.get(name))
        if not one or not other:
            yield f"characters/{name} is {'gone' if one else 'new'}"
            continue
        yield from _sprites(name, _words(one.get("sprites")), _words(other.get("sprites")))
        rest = differences(_without(one, "sprites"), _without(other, "sprites"))
        yield from (f"characters/{name}: {line}" for line in rest)
    yield from differences(_without(old, "characters"), _without(new, "characters"))


def _without(facts: Mapping[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in facts.items() if key != name}


def _sprites(character: str, old: list[str], new: list[str]) -> Iterator[str]:
    for how, names in (("new", sorted({*new} - {*old})), ("gone", sorted({*old} - {*new}))):
        if names:
            yield f"characters/{character}: sprites {how}: {', '.join(names)}"
    if old != new and sorted(old) == sorted(new):
        yield f"characters/{character}: its sprites come in another order"


def _words(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


@dataclass(frozen=True)
class Placed:
    """`renewed`: target or file → (content that the export holds, content now); `joined`: lines; `gone`: places."""

    renewed: Mapping[str, tuple[str, str]]
    joined: tuple[str, ...]
    gone: tuple[str, ...]


def placed(target: Target, record: Record, judge: Judge, targets: Mapping[str, Target]) -> Placed:
    """The files that an export was made of, held against what its manifest would name now.

    What is not made yet is passed over: that is told of where it is.
    """
    stem = f"{PurePosixPath(target.artifact).name}/"
    held = {name.removeprefix(stem): facts.content for name, facts in record.files.items() if facts.content}
    own = {name.removeprefix(OVERLAY) for name in target.recipe.inputs if name.startswith(OVERLAY)}
    renewed: dict[str, tuple[str, str]] = {}
    joined: dict[str, None] = {}
    expected: set[str] = set(own)
    for place, source, content in _now(target, judge, targets):
        expected.add(place)
        if place in own or not content or held.get(place) == content:
            continue
        if place in held:
            renewed.setdefault(source, (held[place], content))
        else:
            joined[f"{source} is new"] = None
    # Texts are told of by what they are; those of atlases and sources follow from what is placed.
    gone = [place for place in held if place not in expected and not place.endswith(TEXT_ENDS)]
    return Placed(renewed, tuple(joined), tuple(sorted(gone)))


def _now(target: Target, judge: Judge, targets: Mapping[str, Target]) -> Iterator[tuple[str, str, str]]:
    """(place, target or file it comes from, content digest) of everything placed; no content: not made yet."""
    for name in targets_of(target.recipe):
        recipe = targets[name].recipe
        for place, item in recipe.inputs.items() if isinstance(recipe, Manifest) else ():
            if place.startswith((SOURCE, RECORD)):
                continue  # told of in the export, and not copied into it
            source = item.target if isinstance(item, TargetInput) else f"file {item.path}"
            try:
                if isinstance(item, TargetInput) and not item.file:
                    for file, content in judge.files_of(item.target).items():
                        yield place + PurePosixPath(file).name, source, content
                else:
                    yield place, source, judge.digest(item)
            except InputMissing:
                yield place, source, ""
