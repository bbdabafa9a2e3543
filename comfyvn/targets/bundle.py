"""The bundle export: each scene as a folder of its own, with all that it shows and plays. Files are made elsewhere.

`<scene>/scene.json` is written here; `manifest.json` and `versions.json` follow from the files and their records (see
makers.bundle). The files' shapes are the models of contracts.bundle.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import PurePosixPath
from typing import Any

from comfyvn import paths
from comfyvn.contracts.character import Character
from comfyvn.contracts.location import split_background
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import (
    Ambience,
    Background,
    Hide,
    Line,
    Menu,
    Movie,
    Music,
    Placement,
    Say,
    Scene,
    Shot,
    Show,
    Sound,
    lines,
    walk,
)
from comfyvn.contracts.seeds import has_base
from comfyvn.contracts.text import plain
from comfyvn.contracts.translated import translated
from comfyvn.contracts.words import BASE
from comfyvn.recipe import FileInput, Input, TargetInput
from comfyvn.targets.memo import Memo, plainly
from comfyvn.targets.sprites import is_cut_apart
from comfyvn.targets.target import Toolbox
from comfyvn.targets.voices import heard_at

VERSION = 1  # of the bundle's shape
RECORD = "record:"  # inputs of this prefix are records: they are told of, and not copied
Made = list[str]  # [target, its file]
Cell = tuple[str, str, str]
Asked = dict[str, tuple[set[str], set[str], set[str]]]  # character → outfits, poses, expressions that a scene names


def texts(project: Project, memo: Memo = plainly) -> dict[str, str]:
    """Place in the export → text: one scene.json for each scene."""
    return {f"{key}/scene.json": _part(project, key, memo)["text"] for key in sorted(project.scenes)}


def assets(project: Project, memo: Memo = plainly) -> dict[str, Input]:
    """Place in the export → artifact or file; then `record:<target>` → the record of everything that is told of."""
    found: dict[str, Input] = {}
    records: dict[str, Input] = {}
    for key in sorted(project.scenes):
        part = _part(project, key, memo)
        for place, (target, file) in part["made"].items():
            found[f"{key}/{place}"] = TargetInput(target, file)
        found.update({f"{key}/{place}": FileInput(file) for place, file in part["files"].items()})
        for target, artifact in part["records"].items():
            records[RECORD + target] = TargetInput(target, paths.record(artifact))
    return {**found, **dict(sorted(records.items()))}


def facts(project: Project, tools: Toolbox, comfyvn: str, memo: Memo = plainly) -> dict[str, object]:
    """What manifest.json and versions.json need beside files and records; `comfyvn`: this package's version."""
    parts = {key: _part(project, key, memo) for key in sorted(project.scenes)}
    made_of = {target: needs for part in parts.values() for target, needs in part["made_of"].items()}
    return {
        "comfyvn": comfyvn,
        "workflows": {name: memo(f"bundle/workflow/{name}", partial(_version, tools, name))
                      for name in sorted(tools.workflows)},
        "contracts": {key: part["contracts"] for key, part in parts.items()},
        "sources": {f"{key}/{place}": told for key, part in parts.items() for place, told in part["sources"].items()},
        "made_of": dict(sorted(made_of.items())),
    }  # fmt: skip


def _version(tools: Toolbox, name: str) -> int:
    return tools.workflows[name].version


def _part(project: Project, key: str, memo: Memo) -> dict[str, Any]:
    part: dict[str, Any] = memo(f"bundle/scene/{key}", lambda: _Scene(project, project.scenes[key]).part())
    return part


class _Scene:
    """Gathers what one scene needs."""

    def __init__(self, project: Project, scene: Scene) -> None:
        self.project, self.scene = project, scene
        self.made: dict[str, Made] = {}
        self.files: dict[str, str] = {}
        self.sources: dict[str, dict[str, str]] = {}
        self.made_of: dict[str, list[str]] = {}
        self.records: dict[str, str] = {}
        self.contracts: dict[str, int] = {"novel": project.novel.version, f"scenes/{scene.id}": scene.version}

    def part(self) -> dict[str, Any]:
        text = json.dumps(self._document(), ensure_ascii=False, indent=1) + "\n"
        return {
            "text": text,
            "made": self.made,
            "files": self.files,
            "sources": self.sources,
            "made_of": self.made_of,
            "records": self.records,
            "contracts": dict(sorted(self.contracts.items())),
        }

    def _document(self) -> dict[str, Any]:
        scene, novel = self.scene, self.project.novel
        whole = scene.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        said = list(lines(scene))
        document = {
            "bundle": VERSION,
            "id": scene.id,
            "title": scene.title,
            "mode": None if scene.mode == "adv" else scene.mode,
            "rating": scene.rating,
            "novel": {"id": novel.id, "title": novel.title, "author": novel.author, "release": novel.release,
                      "rating": novel.rating},
            "language": novel.languages[0],
            "resolution": list(novel.resolution),
            "background": self._opening(),
            "backgrounds": self._backgrounds(),
            "stills": {shot.id: self._shown(shot) for shot in scene.shots},
            "cast": self._cast(said),
            "placements": whole.get("placements", []),
            "sounds": {key: self._sound(key) for key in self._heard()},
            "music": scene.music,
            "ambience": scene.ambience,
            "voices": self._voices(said),
            "variables": dict(sorted(novel.variables.items())),
            "lines": [self._line(line) for line in said],
            "script": whole["script"],
            "next": scene.next,
        }  # fmt: skip
        return {name: value for name, value in document.items() if value is not None}

    # --- pictures

    def _shown(self, shot: Shot) -> dict[str, str]:
        told = {"image": self._still(shot.id), "title": shot.title}
        return {**told, "alt": shot.alt} if shot.alt else told

    def _place(self, place: str, target: str, file: str) -> str:
        self.made[place] = [target, file]
        self.records[target] = file
        return place

    def _needs(self, target: str, need: str, artifact: str) -> None:
        """`target` is made of another, whose record is told of too."""
        self.made_of[target] = [need]
        self.records[need] = artifact

    def _opening(self) -> str:
        if isinstance(self.scene.background, str):
            return self._plate(self.scene.background)
        target, file = paths.scene_picture_name(self.scene.id), paths.scene_picture(self.scene.id)
        return self._place("images/background.png", target, file)

    def _plate(self, name: str) -> str:
        place, variant = split_background(name)
        location = self.project.locations[place]
        self.contracts[f"locations/{place}"] = location.version
        target = paths.background_name(place, variant)
        if variant != BASE and location.variants[variant].file is None:
            self._needs(target, paths.background_name(place), paths.background(place))
        return self._place(f"images/backgrounds/{place}/{variant}.png", target, paths.background(place, variant))

    def _backgrounds(self) -> dict[str, str]:
        shown = [it.background for _, it in walk(self.scene.script) if isinstance(it, Background)]
        opening = [self.scene.background] if isinstance(self.scene.background, str) else []
        return {name: self._plate(name) for name in dict.fromkeys([*opening, *shown])}

    def _still(self, shot: str) -> str:
        target = paths.scene_picture_name(self.scene.id, shot)
        return self._place(f"images/stills/{shot}.png", target, paths.scene_picture(self.scene.id, shot))

    # --- people

    def _cast(self, said: list[Line]) -> dict[str, dict[str, Any]]:
        asked = _asked(self.scene)
        sent_away = (it.hide for _, it in walk(self.scene.script) if isinstance(it, Hide))
        people = dict.fromkeys([*asked, *(line.speaker for line in said if line.speaker), *sent_away])
        return {key: self._person(self.project.characters[key], asked) for key in people}

    def _person(self, character: Character, asked: Asked) -> dict[str, Any]:
        self.contracts[f"characters/{character.id}"] = character.version
        default = character.shown(None, None, None)
        cells = _cells(character, default, asked[character.id]) if character.id in asked else {}
        return {
            "name": character.name,
            "color": character.color,
            "height": character.height,
            "baseline": character.baseline,
            "default": dict(zip(("outfit", "pose", "expression"), default, strict=True)),
            "sprites": {"/".join(name): self._sprite(character, cell) for name, cell in cells.items()},
        }

    def _sprite(self, character: Character, cell: Cell) -> str:
        outfit, pose, expression = cell
        target = paths.sprite_name(character.id, *cell)
        own = character.cell(*cell)
        self._cut_out(character, cell)
        is_patch = own.file is None and (own.mode or character.expressions[expression].mode) == "patch"
        if is_patch and (has_base(character, outfit, pose) or character.cell(outfit, pose, BASE).file):
            base = (character.id, outfit, pose, BASE)
            self._needs(target, paths.sprite_name(*base), paths.sprite(*base))
            self._cut_out(character, (outfit, pose, BASE))
        return self._place(f"sprites/{character.id}/{'/'.join(cell)}.png", target, paths.sprite(character.id, *cell))

    def _cut_out(self, character: Character, cell: Cell) -> None:
        """Of a sprite that is cut out of another target's picture, how that was made is told too."""
        if is_cut_apart(self.project, character, *cell):
            names = (character.id, *cell)
            self._needs(paths.sprite_name(*names), paths.uncut_name(*names), paths.uncut(*names))

    # --- sound

    def _heard(self) -> list[str]:
        found = {self.scene.music, self.scene.ambience}
        for _, it in walk(self.scene.script):
            if isinstance(it, Music | Ambience | Sound | Movie):
                found.add(getattr(it, type(it).__name__.lower()))
        return sorted(name for name in found if name is not None)

    def _sound(self, key: str) -> dict[str, Any]:
        asset = self.project.assets[key]
        self.contracts[f"assets/{key}"] = asset.version
        folder = "films" if asset.kind == "video" else "audio/assets"
        place = f"{folder}/{key}{PurePosixPath(asset.file).suffix.lower()}"
        self.files[place] = asset.file
        told = {"title": asset.title, "author": asset.author, "source": asset.source, "licence": asset.licence}
        self.sources[place] = {name: value for name, value in told.items() if value}
        loop = {"loop": asset.loop.model_dump(mode="json", exclude_none=True)} if asset.loop else {}
        captions = [one.model_dump(mode="json") for one in asset.captions]
        film = {name: value for name, value in (("captions", captions), ("alt", asset.alt)) if value}
        return {"file": place, "kind": asset.kind, "gain": asset.gain, **loop, **film}

    def _voices(self, said: list[Line]) -> dict[str, dict[str, dict[str, str]]]:
        found: dict[str, dict[str, dict[str, str]]] = {}
        for line in said:
            if line.id is not None:
                at = heard_at(self.project, line)
                heard = {language: self._voice(language, clip, line) for clip, language, _ in at}
                found.update({line.id: heard} if heard else {})
        return found

    def _voice(self, language: str, clip: str, line: Line) -> dict[str, str]:
        target, artifact = paths.voice_name(language, clip), paths.voice(language, clip)
        self.records[target] = artifact
        places = {}
        for name, kind in (("file", "ogg"), ("subtitles", "srt")):
            place = places[name] = f"audio/voices/{language}/{line.id}.{kind}"
            self.made[place] = [target, paths.voice(language, clip, kind)]
        return places

    def _line(self, line: Line) -> dict[str, Any]:
        words = {"text": line.text, "plain": plain(line.text, self.project.novel.variables)}
        others = ((language, translated(self.project, language, line)) for language in self.project.novel.languages[1:])
        told = {language: other.text for language, other in others if other is not None}
        document = {"id": line.id, "kind": line.kind, "speaker": line.speaker, **words, "translations": told or None}
        return {name: value for name, value in document.items() if value is not None}


def _asked(scene: Scene) -> Asked:
    """What a scene names of everybody who is seen in it; who only speaks is not."""
    found: Asked = {}
    seen = {placement.character for placement in scene.placements}
    seen |= {it.show for _, it in walk(scene.script) if isinstance(it, Show)}
    for character, it in _named(scene):
        if character in seen:
            parts = found.setdefault(character, (set(), set(), set()))
            for names, part in zip(parts, ("outfit", "pose", "expression"), strict=True):
                if (name := getattr(it, part, None)) is not None:
                    names.add(name)
    return found


def _named(scene: Scene) -> Iterator[tuple[str, Placement | Show | Say | Menu]]:
    """Who is shown or speaks, with what says how."""
    for placement in scene.placements:
        yield placement.character, placement
    for _, it in walk(scene.script):
        if isinstance(it, Show):
            yield it.show, it
        elif isinstance(it, Say):
            yield it.say, it
        elif isinstance(it, Menu) and it.speaker is not None:
            yield it.speaker, it


def _cells(character: Character, default: Cell, asked: tuple[set[str], set[str], set[str]]) -> dict[Cell, Cell]:
    """Every sprite that may be meant in the scene → the one that is there for it.

    What a statement leaves out stays as it was, so any outfit that is named may meet any pose and any expression.
    """
    sprites = character.sprites()
    if not sprites:
        return {}
    known = set(sprites)
    outfits, poses, faces = (sorted(names | {first}) for names, first in zip(asked, default, strict=True))
    wanted = product(outfits, poses, faces)
    return {cell: cell if cell in known else max(sprites, key=partial(_likeness, cell)) for cell in wanted}


def _likeness(wanted: Cell, other: Cell) -> tuple[int, list[bool]]:
    same = [one == each for one, each in zip(wanted, other, strict=True)]
    return sum(same), same
