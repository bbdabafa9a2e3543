"""`play`, `stop`, `voice` and `pause` of a game as statements of contracts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from comfyvn.reading.game.cast import SOUNDS
from comfyvn.reading.game.names import Ids
from comfyvn.reading.game.texts import literal

Value = dict[str, Any]
Told = Callable[[str, str], None]
CHANNELS = {"music": "music", "sound": "sound", "audio": "sound", "ambience": "ambience"}
NUMBER = re.compile(r"\b(fadein|fadeout|volume)\s+([\d.]+)")
PLAYED = re.compile(r"(play|stop|queue)\s+(\w+)\s*(.*)", re.DOTALL)
LOOP = re.compile(r"^<[^<>]*>")
QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")


@dataclass
class Sounds:
    """`files`: the game's; `names`: names that `define audio.x` gives to files. `used`: (asset, kind) → file."""

    files: frozenset[str]
    names: dict[str, str] = field(default_factory=dict)
    used: dict[str, tuple[str, str]] = field(default_factory=dict)
    ids: Ids = field(default_factory=lambda: Ids("s"))

    def find(self, code: str) -> str | None:
        """The game's file that an expression names; None when it names none."""
        value = literal(code)
        if isinstance(value, list) and value:
            value = value[0]
        name = LOOP.sub("", value) if isinstance(value, str) else self.names.get(code.removeprefix("audio."), "")
        if not name and re.fullmatch(r"(audio\.)?\w+", code):
            stem = code.removeprefix("audio.").lower()
            near = (each for each in sorted(self.files) if PurePosixPath(each).stem.lower() == stem)
            name = next((each for each in near if each.startswith("audio/")), "")
        for place in (name, f"audio/{name}"):
            if place in self.files and PurePosixPath(place).suffix.lower() in SOUNDS:
                return place
        return None

    def asset(self, file: str, kind: str) -> str:
        """The asset of a file; one that plays on two channels is two assets."""
        found = next((key for key, used in self.used.items() if used == (file, kind)), None)
        if found is None:
            stem = PurePosixPath(file).stem
            found = self.ids(f"{stem} {kind}" if self._has(file) else stem)
            self.used[found] = (file, kind)
        return found

    def _has(self, file: str) -> bool:
        return any(used[0] == file for used in self.used.values())


def sound_statement(text: str, sounds: Sounds, told: Told) -> list[Value]:
    """What `play`, `stop` or `queue` says."""
    found = PLAYED.match(text)
    if found is None or found[2] not in CHANNELS:
        told("a channel of its own", text)
        return []
    word, kind, rest = found[1], CHANNELS[found[2]], found[3]
    numbers = {name: float(number) for name, number in NUMBER.findall(QUOTED.sub("", rest))}
    fade = numbers.get("fadein", numbers.get("fadeout", 0.0))
    value: Value = {kind: None}
    if kind != "sound" and fade != 1.0:
        value["fade"] = min(fade, 3600.0)
    if word == "stop":
        return [value]
    if word == "queue":
        told("music that is queued begins at once", text)
    code = re.split(r"\s(?:fadein|fadeout|volume|loop|noloop|if_changed)\b", " " + rest)[0].strip()
    file = sounds.find(code)
    if file is None:
        told("a sound whose file is not there", text)
        return []
    if code.startswith("["):
        told("of a list of sounds the first is played", text)
    value[kind] = sounds.asset(file, kind)
    if "volume" in numbers and numbers["volume"] != 1.0:
        if numbers["volume"] > 1.0:
            told("a sound above full volume plays at full volume", text)
        value["volume"] = min(numbers["volume"], 1.0)
        if value["volume"] == 1.0:
            del value["volume"]
    return [value]
