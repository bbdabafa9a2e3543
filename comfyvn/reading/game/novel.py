"""A game's folder as the files of a novel."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from PIL import Image
from pydantic import ValidationError

from comfyvn.contracts.scene import Scene
from comfyvn.errors import ComfyVNError, UsageError
from comfyvn.reading.game.cast import Cast, cast_of, character, locations
from comfyvn.reading.game.films import film_files
from comfyvn.reading.game.names import Ids, id_of
from comfyvn.reading.game.nodes import GameScript, Node, walk
from comfyvn.reading.game.openings import opened
from comfyvn.reading.game.report import Report
from comfyvn.reading.game.scripts import files_of, read_scripts, scripts_of
from comfyvn.reading.game.sounds import Sounds
from comfyvn.reading.game.statements import SPECIAL, Story, Writer
from comfyvn.reading.game.texts import literal
from comfyvn.reading.game.variables import Variables
from comfyvn.reading.script.written import script_text

OURS = "# Made by ComfyVN;"
SCHEMA = "../../schemas/scene.json"
PAGE = "IMPORTED.md"


@dataclass(frozen=True)
class Imported:
    """`files`: place in the novel → its content, or the file of the game that it is a copy of."""

    title: str
    novel_id: str
    how: str
    files: Mapping[str, str | bytes | Path]
    report: Report


def import_game(folder: Path, reader: str = "auto", *, keep_code: bool = False) -> Imported:
    """Reads a Ren'Py game, which is not changed. `reader`: `engine`, `own`, or `auto` for the engine where it is.

    `keep_code`: what contracts cannot say becomes a `renpy` statement. Raises UsageError where there is no game,
    ComfyVNError when the engine cannot read it.
    """
    game = folder / "game" if (folder / "game").is_dir() else folder
    scripts = scripts_of(game)
    if not scripts:
        raise UsageError("no .rpy file is here", str(folder), "name the game's folder, which holds game/script.rpy")
    script = read_scripts(game, scripts, reader)
    return _Import(game, script, keep_code).imported()


class _Import:
    """One import: what is gathered of all files, and then the novel's files."""

    def __init__(self, game: Path, script: GameScript, keep_code: bool) -> None:
        self.game, self.script = game, script
        self.names = files_of(game)
        self.report = Report()
        self.everything = list(walk(script.nodes))
        self.defined = {node["name"]: literal(node["code"]) for node in self.everything if node["kind"] == "define"}
        self.is_ours = any(lines[:1] and lines[0].startswith(OURS) for lines in script.lines.values())
        cast = cast_of(
            [node for node in self.everything if node["kind"] in ("define", "default", "image")], self.everything,
            self.names, self.report, self.is_ours,
        )  # fmt: skip
        audio = {name[6:]: str(value) for name, value in self.defined.items() if name.startswith("audio.")}
        sounds = Sounds(frozenset(self.names), audio)
        self.story = Story(script, cast, sounds, self._variables(), self.report, keeps_code=keep_code)
        self.story.is_ours = self.is_ours
        self.story.films = film_files(self.everything)
        self.story.auto_voice = str(self.defined.get("config.auto_voice") or "")
        for file, line, what in script.problems:
            self.report.add(file, line, "could not be read", what)

    def _variables(self) -> Variables:
        variables = Variables(prefix="v_" if self.is_ours else "")
        plain = {name: value for name, value in self.defined.items() if _is_plain(name, value)}
        variables.constants.update(plain)
        told = {node["file"] for node in self.everything if node["kind"] == "label"}
        for node in self.everything:
            if node["kind"] == "default":
                value = literal(node["code"])
                if _is_plain(node["name"], value) and node["file"] in told:
                    variables.declare(node["name"], value)
                elif _is_plain(node["name"], value):
                    variables.constants[node["name"]] = value  # of a screen, unless the story speaks of it
                elif "." not in node["name"]:
                    what = "a variable that is no number, text or truth"
                    self.report.add(node["file"], node["line"], what, f"{node['name']} = {node['code']}")
        return variables

    # --- scenes

    def _scenes(self) -> dict[str, list[Node]]:
        """Scene id → its file's statements. A file without a label of the story is no scene."""
        files: dict[str, list[Node]] = {}
        for node in self.script.nodes:
            files.setdefault(node["file"], []).append(node)
        ids, found = Ids("scene"), {}
        for file, nodes in files.items():
            if self.is_ours and not file.startswith("game/scenes/"):
                continue
            labels = [node["name"] for node in walk(nodes) if node["kind"] == "label"]
            if any(name not in SPECIAL for name in labels):
                found[ids(PurePosixPath(file).stem)] = nodes
        return found

    def _goals(self, scenes: Mapping[str, list[Node]]) -> None:
        for scene, nodes in scenes.items():
            ids, above = Ids("label"), ""
            for node in walk(nodes):
                if node["kind"] != "label":
                    continue
                name = node["name"]
                if name.startswith("."):
                    name = above + name
                elif not name.startswith("_"):
                    above = name.partition(".")[0]
                if self.is_ours and name == f"scene_{scene}":
                    self.story.goals[name] = scene
                    continue
                bare = name.removeprefix(f"scene_{scene}.") if self.is_ours else name
                self.story.goals[name] = f"{scene}.{ids(bare.removeprefix('_'))}"

    def _start(self, scenes: Mapping[str, list[Node]]) -> tuple[str, str | None]:
        """(scene, label) that begins the story."""
        goal = self.story.goals.get("start")
        for node in self.everything:
            if goal is None and node["kind"] == "label" and node["name"] == "start":
                jumps = [each["target"] for each in node["block"] if each["kind"] == "jump"]
                goal = self.story.goals.get(jumps[0]) if jumps else None
        scene, _, label = (goal or next(iter(scenes))).partition(".")
        return scene, label or None

    def imported(self) -> Imported:
        scenes = self._scenes()
        if not scenes:
            raise UsageError("no script with a label was found", str(self.game), "name a game that has a story")
        self._goals(scenes)
        start, label = self._start(scenes)
        files: dict[str, str | bytes | Path] = {}
        for scene, nodes in scenes.items():
            document = self._scene(scene, nodes, label if scene == start else None)
            try:
                contract = Scene.model_validate(document)
            except ValidationError as error:
                what = f"the scene {scene} did not become a contract: {error.errors()[0]['msg']}"
                raise ComfyVNError(what, scene, "please report this game's script") from error
            files[f"data/scenes/{scene}.rpy"] = script_text(contract)
            files[f"data/scenes/{scene}.json"] = _json({name: document[name] for name in document if name != "script"})
        self.report.counts["scenes"] = len(scenes)
        files.update(self._cast_files(self.story.cast))
        files.update(self._sound_files())
        title = str(self.defined.get("config.name") or self.game.resolve().parent.name)
        title = title.replace("[[", "[").replace("{{", "{")
        novel_id = id_of(str(self.defined.get("build.name") or title), "novel")
        files["comfyvn.yaml"] = self._novel(novel_id, title, start)
        files[PAGE] = self.report.markdown(title, self.script.how)
        return Imported(title, novel_id, self.script.how, dict(sorted(files.items())), self.report)

    def _scene(self, scene: str, nodes: list[Node], first: str | None) -> dict[str, Any]:
        script = Writer(self.story, scene).script(nodes)
        head: dict[str, Any] = {"$schema": SCHEMA, "version": 1, "id": scene}
        if self.is_ours:
            return {**head, **opened(scene, nodes, script, self.story)}
        if first is not None and script[:1] != [{"label": first}]:
            script = [{"jump": f".{first}"}, *script]
        if not script or not {"jump", "end"} & set(script[-1]):
            script.append({"end": ""})
        places = (one.get("background", "black") for one in _inner(script))
        place = next((place for place in places if place != "black"), "black")
        return {**head, "background": place, "script": script}

    # --- files

    def _cast_files(self, cast: Cast) -> Iterator[tuple[str, str | bytes | Path]]:
        used = set(re.findall(r"\bblack\b", json.dumps(sorted(cast.places.values())))) | {"black"}
        for key, person in sorted(cast.people.items()):
            document, pictures = character(person)
            yield f"data/characters/{key}/character.json", _json(document)
            yield from self._copies(pictures)
            self.report.counts["characters"] += 1
            self.report.counts["sprites"] += len(person.images)
        places, pictures = locations(cast)
        if "black" in used and "black" not in places:
            places["black"] = {"$schema": "../../schemas/location.json", "version": 1, "id": "black", "name": "Black",
                               "prompt": "black", "file": "art/black.png"}  # fmt: skip
            yield "art/black.png", _black()
        for key, document in sorted(places.items()):
            yield f"data/locations/{key}.json", _json(document)
            self.report.counts["places"] += 1 + len(document.get("variants", ()))
        yield from self._copies(pictures)
        if self.is_ours:
            yield from self._copies({f"art/{file}": file for file in self.names if file.startswith("stills/")})

    def _copies(self, pictures: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
        for place, file in sorted(pictures.items()):
            yield place, self.game / file

    def _sound_files(self) -> Iterator[tuple[str, str | bytes | Path]]:
        for key, (file, kind) in sorted(self.story.sounds.used.items()):
            place = f"{'films' if kind == 'video' else 'audio'}/{key}{PurePosixPath(file).suffix.lower()}"
            yield place, self.game / file
            captions = self.story.captions.get(key)
            yield f"data/assets/{key}.json", _json({
                "$schema": "../../schemas/asset.json", "version": 1, "id": key, "kind": kind, "file": place,
                "title": PurePosixPath(file).stem, "licence": "",
                **({"captions": captions} if captions else {}),
            })  # fmt: skip
            self.report.counts["films" if kind == "video" else "sounds"] += 1
        clips = []
        for clip in self.story.clips:
            place = f"voice/{clip['id']}{PurePosixPath(clip['file']).suffix.lower()}"
            clips.append({"id": clip["id"], "file": place})
            yield place, self.game / clip["file"]
        if clips:
            document = {"$schema": "../../schemas/voices.json", "version": 1, "clips": clips}
            yield "data/voices/imported.json", _json(document)
            self.report.counts["recordings"] = len(clips)

    def _novel(self, novel_id: str, title: str, start: str) -> str:
        size = next((list(map(int, found)) for node in self.everything if node["kind"] == "python"
                     for found in re.findall(r"gui\.init\((\d+),\s*(\d+)", node["code"])), None)  # fmt: skip
        sides = (("config.screen_width", 1280), ("config.screen_height", 720))
        size = size or [self.defined.get(name) or usual for name, usual in sides]
        document = {
            "version": 1, "id": novel_id, "title": title, "languages": ["en"], "resolution": size, "start": start,
            "style": "storyboard", "voiced": "all",
            "engines": {"image": "draft", "video": "draft", "voice": ["espeak"]},
            "release": _release(self.defined.get("config.version")), "exports": ["renpy"],
        }  # fmt: skip
        if self.story.variables.first:
            document["variables"] = dict(self.story.variables.first)
        if self.story.keeps_code:
            document["trusted"] = False
        note = "# Imported from a Ren'Py game; IMPORTED.md says what was read, and what could not be.\n"
        if self.story.keeps_code:
            note += "# Its code became `renpy` statements: read them all, then say `trusted: true`.\n"
        return note + yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def _release(value: Any) -> str:
    text = re.sub(r"[^0-9A-Za-z.+_-]", "", str(value or "1.0"))
    return text if re.match(r"[0-9A-Za-z]", text) else "1.0"


def _is_plain(name: str, value: Any) -> bool:
    """Whether this can be a story variable."""
    return "." not in name and not name.startswith("_") and isinstance(value, bool | int | float | str)


def _inner(script: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for value in script:
        yield value
        choices = (one.get("script", []) for one in value.get("menu", []))
        for part in (value.get("then", []), value.get("else", []), *choices):
            yield from _inner(part)


def _black() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 36)).save(out, "PNG")
    return out.getvalue()


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def chooser(novel_id: str) -> Iterator[int]:
    """Numbers for what a novel lacks (ids, seeds): the same for the same game each time."""
    number = 0
    while True:
        yield int.from_bytes(hashlib.sha256(f"{novel_id} {number}".encode()).digest()[:4], "little")
        number += 1
