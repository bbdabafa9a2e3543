"""Who is to be named, and under which licence: works made elsewhere, models, and what speech engines say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from comfyvn.contracts.project import Project
from comfyvn.contracts.slots import file_slots

Commercial = Literal["yes", "no", "unknown"]
NONE = re.compile(r"(unknown|unclear|none|n/?a|tbd|todo|\?+|-+)", re.IGNORECASE)
NOT_SOLD = re.compile(r"(?<![a-z])nc(?![a-z])|non[- ]?commercial|research only|personal use", re.IGNORECASE)
# Slots whose file only helps to make something: it is not in the game.
HELPERS = re.compile(r"\$\.identity\.|\.(image|skeleton|reference)$")


@dataclass(frozen=True)
class Work:
    """A file made elsewhere that goes into the game. `key`, `path`: the contract that names it, and where."""

    key: str
    path: str
    file: str
    kind: str
    title: str = ""
    author: str = ""
    source: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Speech:
    """A speech engine: `is_trained` where it was trained on people's voices, `commercial`: may what it says be sold."""

    name: str
    licence: str = ""
    commercial: Commercial = "unknown"
    is_trained: bool = True
    source: str = ""


XTTS = Speech("Coqui XTTS v2", "Coqui Public Model License 1.0.0", "no", source="https://huggingface.co/coqui/XTTS-v2")
SPEECH: Mapping[str, Speech] = {
    # It reckons sounds out of rules. The engine is GPL-3.0-or-later; that says nothing of what it speaks.
    "espeak": Speech("eSpeak NG", "GPL-3.0-or-later, of the engine", "yes", False, "https://github.com/espeak-ng/espeak-ng"),
    "xtts": XTTS,
    "xtts_server": XTTS,
}


def commercial(licence: str) -> Commercial:
    """Whether a licence that is told in words lets a work be sold with a game; "unknown" for one that is not told."""
    text = licence.strip()
    if not text or NONE.fullmatch(text):
        return "unknown"
    return "no" if NOT_SOLD.search(text) else "yes"


def works(project: Project) -> Iterator[Work]:
    """Every file made elsewhere that the game holds, once: assets first, then what other contracts name."""
    seen: set[str] = set()
    for key, asset in sorted(project.assets.items()):
        seen.add(asset.file)
        yield Work(f"assets/{key}", "$.licence", asset.file, asset.kind, asset.title, asset.author, asset.source,
                   asset.licence or licence_of(asset.file, project.novel.licences))  # fmt: skip
    for slot in file_slots(project):
        if slot.file not in seen and not HELPERS.search(slot.path):
            seen.add(slot.file)
            licence = licence_of(slot.file, project.novel.licences)
            yield Work(slot.key, slot.path, slot.file, slot.kind, licence=licence)


def licence_of(file: str, licences: Mapping[str, str]) -> str:
    """What comfyvn.yaml says of a file, or of the nearest folder that it is in (`art/`)."""
    if file in licences:
        return licences[file]
    folders = [name for name in licences if name.endswith("/") and file.startswith(name)]
    return licences[max(folders, key=len)] if folders else ""


def speech(engine: str, licences: Mapping[str, str]) -> Speech:
    """What is known of a speech engine (`piper@1.8.0`); what comfyvn.yaml says of its licence counts first."""
    name = engine.partition("@")[0]
    known = SPEECH.get(name, Speech(name))
    said = licences.get(name, "")
    return Speech(known.name, said, commercial(said), known.is_trained, known.source) if said else known


def credits_text(title: str, author: str, release: str, made: Collection[Work], others: Collection[str]) -> str:
    """The credits as plain text. `others`: further lines (models, voices, programs), in order."""
    head = [printable_line(f"{title} {release}"), *([printable_line(author)] if author else []), ""]
    listed = [_credit(work) for work in sorted(made, key=lambda work: (work.kind, work.title or work.file))]
    body = ["Made elsewhere", "", *listed, ""] if listed else []
    return "\n".join([*head, *body, *map(printable_line, others)]).rstrip() + "\n"


def _credit(work: Work) -> str:
    parts = [work.title or work.file, f"by {work.author}" if work.author else "", work.licence, work.source]
    return printable_line(f"- {work.kind}: " + ", ".join(part for part in parts if part))


def printable_line(text: str) -> str:
    """Text of a contract for a plain text file: nothing in it begins a line or speaks to a terminal."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
