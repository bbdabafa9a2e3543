"""Who and what a game shows: characters from `Character(…)`, sprites and places from image files and definitions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from comfyvn.contracts.words import BASE
from comfyvn.reading.game.films import TAG as FILM
from comfyvn.reading.game.names import Ids, free, id_of
from comfyvn.reading.game.nodes import Node
from comfyvn.reading.game.report import Report
from comfyvn.reading.game.texts import literal
from comfyvn.reading.script.vocabulary import ROLE_WORD

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".avif")
SOUNDS = (".ogg", ".opus", ".mp3", ".wav", ".flac")
ROLES = ("outfit", "pose", "expression")
PLAIN: Mapping[str, str] = {"outfit": "usual", "pose": "standing", "expression": "neutral"}
HEX = re.compile(r"#([0-9a-fA-F]{3,8})$")


@dataclass
class Person:
    """A character: what `Character(…)` says, and the words of its images."""

    id: str
    name: str
    color: str = "#ffffff"
    tag: str | None = None
    speaks: bool = False
    images: dict[tuple[str, ...], str | None] = field(default_factory=dict)  # attributes → file


@dataclass
class Cast:
    """`speakers`: a game's variable → person; `tags`: an image tag → person; `places`: image → location/variant."""

    people: dict[str, Person] = field(default_factory=dict)
    speakers: dict[str, Person] = field(default_factory=dict)
    tags: dict[str, Person] = field(default_factory=dict)
    places: dict[tuple[str, ...], str] = field(default_factory=dict)
    files: dict[tuple[str, ...], str | None] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)  # speakers that are the narrator
    is_ours: bool = False

    def person(self, name: str, wish: str) -> Person:
        key = free(id_of(wish, "c"), self.people.__contains__)
        self.people[key] = Person(key, name)
        return self.people[key]


def image_files(files: Iterable[str]) -> dict[tuple[str, ...], str]:
    """Image names that files below images/ have by Ren'Py's rule: the file's name in lower case, without folders."""
    found: dict[tuple[str, ...], str] = {}
    for file in sorted(files):
        path = PurePosixPath(file)
        if path.parts[:1] == ("images",) and path.suffix.lower() in PICTURES:
            found.setdefault(tuple(path.stem.lower().split()), file)
    return found


def cast_of(
    nodes: list[Node], everything: list[Node], files: Iterable[str], report: Report, is_ours: bool = False
) -> Cast:
    """`nodes`: those that define things; `everything`: all, for what is shown. `is_ours`: an export of ours."""
    cast, known = Cast(is_ours=is_ours), set(files)
    cast.files.update(image_files(known))
    for node in nodes:
        if node["kind"] == "image":
            _image(node, known, cast, report)
    for node in nodes:
        if node["kind"] in ("define", "default") and node["code"]:
            _character(node, cast, report)
    scenes = {tuple(node["name"][:1]) for node in everything if node["kind"] == "scene" and node["name"]}
    shown = {node["name"][0] for node in everything if node["kind"] == "show" and node["name"]}
    for name in sorted(cast.files):
        if name[:1] in scenes and name[0] not in shown:
            _place(name, cast)
        elif name[0] in shown or name[0] in {person.tag for person in cast.people.values()}:
            _sprite(name, cast)
    for node in everything:
        if node["kind"] == "scene" and node["name"] and node["name"] != ["black"]:
            name = tuple(node["name"])
            if name not in cast.places and name[0] not in cast.tags and not _is_no_place(name, cast):
                cast.files.setdefault(name, None)
                _place(name, cast)
                report.add(node["file"], node["line"], "a picture has no file; its place is drawn", " ".join(name))
    return cast


def _image(node: Node, known: set[str], cast: Cast, report: Report) -> None:
    name, code = tuple(node["name"]), node["code"]
    value = literal(code)
    if isinstance(value, str) and value in known and PurePosixPath(value).suffix.lower() in PICTURES:
        cast.files[name] = value
        return
    named = [each for each in re.findall(r"[\"']([^\"']+)[\"']", code or "") if each in known]
    if len(set(named)) == 1 and "Crop(" not in code and PurePosixPath(named[0]).suffix.lower() in PICTURES:
        cast.files[name] = named[0]
        if not cast.is_ours:
            what = "an image is made by code of a file; the file is used"
            report.add(node["file"], node["line"], what, " ".join(name))
        return
    cast.files.setdefault(name, None)
    if not cast.is_ours:
        report.add(node["file"], node["line"], "an image is made by code; it is drawn anew", " ".join(name))


def _character(node: Node, cast: Cast, report: Report) -> None:
    try:
        call = ast.parse(node["code"].strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    if not isinstance(call, ast.Call) or ast.unparse(call.func) not in ("Character", "DynamicCharacter", "ADVCharacter",
                                                                        "NVLCharacter"):  # fmt: skip
        return
    said = {str(each.arg): ast.unparse(each.value) for each in call.keywords}
    name = literal(ast.unparse(call.args[0]) if call.args else said.get("name"))
    kind = said.get("kind")
    tag = literal(said.get("image"))
    if not isinstance(name, str):
        if kind in cast.speakers:
            cast.speakers[node["name"]] = cast.speakers[kind]
        else:
            cast.silent.add(node["name"])
            ours = cast.is_ours
            if not ours and node["name"] not in ("narrator", "centered", "vcentered", "adv", "nvl", "name_only"):
                report.add(node["file"], node["line"], "a character without a name is the narrator", node["name"])
        return
    if (kind == "nvl" or ast.unparse(call.func) == "NVLCharacter") and not cast.is_ours:
        report.add(node["file"], node["line"], "NVL mode is told line by line", node["name"])
    if "[" in name.replace("[[", "") or ast.unparse(call.func) == "DynamicCharacter":
        report.add(node["file"], node["line"], "a name that changes is shown as typed", name)
    tags = {image[0] for image in cast.files}
    wish = tag if isinstance(tag, str) else next((each for each in tags if each == id_of(name)), node["name"])
    wish = wish if len(wish) > 2 or wish in tags else id_of(name, node["name"])
    plain = re.sub(r"\{(?!\{)/?[a-zA-Z#][^{}]*\}", "", name.replace("{{", "\ue001")).replace("\ue001", "{")
    shown = plain.replace("[[", "[")
    same = next((one for one in cast.people.values() if one.name == shown and one.tag == (tag or wish)), None)
    person = same or cast.person(shown, wish)
    person.color = _colour(literal(said.get("color") or said.get("who_color"))) or person.color
    person.tag = tag if isinstance(tag, str) else wish if wish in tags else person.tag
    cast.speakers[node["name"]] = person
    if person.tag:
        cast.tags.setdefault(person.tag, person)


def _colour(value: Any) -> str | None:
    found = HEX.match(value) if isinstance(value, str) else None
    if found is None:
        return None
    digits = found[1]
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits[:6].lower()}" if len(digits) in (6, 8) else None


def _place(name: tuple[str, ...], cast: Cast) -> None:
    """`bg cafe night` is the variant night of the cafe; `bg` alone, or another tag, is a place by itself."""
    if _is_no_place(name, cast):
        return
    bare = name[1:] if name[0] in ("bg", "cg", "background") and len(name) > 1 else name
    words = [id_of(word, "bg") for word in bare if not (cast.is_ours and word == BASE)]
    first, rest = words[0], "_".join(words[1:])
    cast.places[name] = f"{first}/{rest}" if rest else first


def _is_no_place(name: tuple[str, ...], cast: Cast) -> bool:
    """In our exports shots of a scene and films are on the stage as places are."""
    return cast.is_ours and name[0] in ("still", FILM)


def _sprite(name: tuple[str, ...], cast: Cast) -> None:
    person = cast.tags.get(name[0])
    if person is None:
        person = cast.tags[name[0]] = cast.person(name[0].capitalize(), name[0])
        person.tag = name[0]
    person.images[name[1:]] = cast.files[name]


# --- as contracts


def roles(person: Person) -> dict[str, str]:
    """Attribute → what it is. Where images have one word it is the expression; two: outfit and expression."""
    found: dict[str, str] = {}
    for attributes in sorted(person.images, key=len, reverse=True):
        names = {1: ROLES[2:], 2: (ROLES[0], ROLES[2]), 3: ROLES}.get(len(attributes), ROLES)
        for word, role in zip(attributes, names, strict=False):
            found.setdefault(word, role)
    return found


def cell(person: Person, attributes: tuple[str, ...]) -> dict[str, str]:
    """The sprite of an image; what its words do not say is the plain one."""
    known = roles(person)
    found = dict(PLAIN)
    ids = attribute_ids(person)
    for word in attributes:
        if word in known:
            found[known[word]] = ids[word]
    return found


def attribute_ids(person: Person) -> dict[str, str]:
    """Attribute → id; one word may be both a pose and an expression (as our own exports have them)."""
    ids = {role: Ids("x") for role in ROLES}
    return {word: ids[role](ROLE_WORD.sub(r"\2", word)) for word, role in sorted(roles(person).items())}


def character(person: Person) -> tuple[dict[str, Any], dict[str, str]]:
    """The contract, and which file of the game each of its pictures is (place in the novel → file)."""
    cells = {attributes: cell(person, attributes) for attributes in person.images}
    used = {role: list(dict.fromkeys(found[role] for found in cells.values())) or [PLAIN[role]] for role in ROLES}
    files: dict[str, str] = {}
    written: dict[str, Any] = {}
    for attributes, found in sorted(cells.items()):
        file = person.images[attributes]
        key = "/".join(found[role] for role in ROLES)
        if file and key not in written:
            place = f"art/{person.id}/{key}{PurePosixPath(file).suffix.lower()}"
            files[place] = file
            written[key] = {"file": place}
            written.setdefault("/".join([found["outfit"], found["pose"], "base"]), {"file": place})
    there = {"/".join(found[role] for role in ROLES) for found in cells.values()}
    for outfit in used["outfit"]:
        for pose in used["pose"]:
            for expression in used["expression"]:
                key = f"{outfit}/{pose}/{expression}"
                if person.images and key not in there:
                    written[key] = {"skip": True}
    document = {
        "$schema": "../../../schemas/character.json", "version": 1, "id": person.id, "name": person.name,
        "color": person.color, "prompt": person.name,
        "outfits": {name: {"prompt": _words(name, "usual")} for name in used["outfit"]},
        "pose_families": {"imported": {"poses": {name: {"prompt": _words(name, "")} for name in used["pose"]}}},
        "expressions": {name: {"prompt": f"{_words(name, '')} expression"} for name in used["expression"]},
        **({"cells": written} if written else {}),
    }  # fmt: skip
    return document, files


def _words(name: str, unsaid: str) -> str:
    return "" if name == unsaid else name.replace("_", " ")


def locations(cast: Cast) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Id → contract, and which file of the game each plate is."""
    found: dict[str, dict[str, Any]] = {}
    files: dict[str, str] = {}
    for name, place in sorted(cast.places.items(), key=lambda item: item[1]):
        location, _, variant = place.partition("/")
        document = found.setdefault(location, {
            "$schema": "../../schemas/location.json", "version": 1, "id": location,
            "name": location.replace("_", " ").capitalize(), "prompt": location.replace("_", " "),
        })  # fmt: skip
        entry = document
        if variant:
            entry = document.setdefault("variants", {}).setdefault(variant, {"prompt": variant.replace("_", " ")})
        file = cast.files.get(name)
        if file:
            target = f"art/{location}/{variant or 'base'}{PurePosixPath(file).suffix.lower()}"
            files[target], entry["file"] = file, target
    for document in found.values():
        variants = document.get("variants", {})
        if "file" not in document and variants and all("file" in each for each in variants.values()):
            document["file"] = next(iter(variants.values()))["file"]  # a base is needed, and none was there
    return found, files
