"""Reads which voices the embedded speech engine has, from the files that it comes with; no process is started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from comfyvn.contracts.speakers import Names, Speakers, VoiceNames

HEAD = 1000  # bytes of a voice file; what it is called stands in its first lines


@cache
def speakers() -> Speakers:
    """The names of eSpeak NG's voices and variants, as far as the engine is installed here."""
    found = find_spec("espeakng_loader")  # finds the folder without loading the library
    if found is None or not found.submodule_search_locations:
        return {}
    data = Path(found.submodule_search_locations[0]) / "espeak-ng-data"
    try:
        voices, variants = list(_voices(data / "lang")), list(_voices(data / "voices" / "!v"))
    except OSError:
        return {}
    return {"espeak": VoiceNames("eSpeak NG", _by_language(voices), _by_file(variants))} if voices and variants else {}


Described = tuple[str, dict[str, list[str]]]  # the file within its folder, and what its first lines say by their word


def _voices(folder: Path) -> Iterator[Described]:
    # Every reading of a novel comes here, and os.walk is several times as fast as Path.rglob.
    for inner, _, names in os.walk(folder, onerror=_raise):
        for name in names:
            with Path(inner, name).open("rb", buffering=0) as stream:
                lines = stream.read(HEAD).decode("utf-8", "replace").splitlines()
            words = [line.partition("//")[0].partition(" ") for line in lines]
            said = {key: [rest.strip() for word, _, rest in words if word == key] for key in ("name", "language")}
            yield Path(inner, name).relative_to(folder).as_posix(), said


def _raise(error: OSError) -> None:
    raise error


def _by_language(voices: list[Described]) -> Names:
    """Voices go by the languages they speak, such as en-gb; their files and display names are taken, too."""
    tags = {text.split()[0] for _, said in voices for text in said["language"] if text}
    names = {name for _, said in voices for name in said["name"]}
    files = {file for path, _ in voices for file in (path, path.rpartition("/")[2])}
    return Names(tuple(sorted(tags, key=lambda tag: (len(tag), tag))), tuple(sorted(names | files)))


def _by_file(variants: list[Described]) -> Names:
    names = {name for _, said in variants for name in said["name"]}
    return Names(tuple(sorted(file for file, _ in variants)), tuple(sorted(names)))
