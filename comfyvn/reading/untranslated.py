"""Which lines a novel's other languages still lack: the one place where a release asks for translations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Line, lines
from comfyvn.reading import files
from comfyvn.reading.source import Source

FOLDER = "data/tl"


def untranslated(root: Path, project: Project) -> dict[str, list[Line]]:
    """Language (all but the first) → lines with words and an id that `data/tl/<language>/<scene>.json` does not name.

    A translation is there when its file, or the object `lines` in it, has a member with the line's id.
    """
    _, *others = project.novel.languages
    return {language: _lacking(root, project, language) for language in others}


def _lacking(root: Path, project: Project, language: str) -> list[Line]:
    found: list[Line] = []
    for key in sorted(project.scenes):
        there = _translated(root, f"{FOLDER}/{language}/{key}.json")
        found += [line for line in lines(project.scenes[key]) if line.text.strip() and line.id and line.id not in there]
    return found


def _translated(root: Path, file: str) -> Mapping[str, object]:
    source = files.load(root, file) if (root / file).is_file() else None
    value = source.value if isinstance(source, Source) else None
    inner = value.get("lines") if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else value if isinstance(value, Mapping) else {}
