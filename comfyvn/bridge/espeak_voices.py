"""Finds the eSpeak NG voice that a language tag or a name means, and says what there is when it means none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from comfyvn.errors import VoiceError


@dataclass(frozen=True)
class Entry:
    """A voice: `identifier` is its file ("gmw/en-US"), `languages` the tags it speaks, lowest number first choice."""

    name: str
    identifier: str
    languages: tuple[tuple[int, str], ...] = ()

    @property
    def short(self) -> str:
        return self.identifier.rpartition("/")[2]


@dataclass(frozen=True)
class Catalogue:
    """Everything an installed eSpeak NG can speak with."""

    voices: tuple[Entry, ...]
    variants: tuple[Entry, ...]

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Catalogue:
        """From the worker's answer; voices that need MBROLA, another program, are left out."""
        voices = tuple(_entry(entry) for entry in document["voices"])
        return cls(
            tuple(entry for entry in voices if not entry.identifier.startswith("mb/")),
            tuple(_entry(entry) for entry in document["variants"]),
        )


def _entry(document: Mapping[str, Any]) -> Entry:
    languages = tuple((int(priority), str(tag).lower()) for priority, tag in document["languages"])
    return Entry(document["name"].strip(), document["identifier"], languages)


def voice_name(catalogue: Catalogue, language: str, settings: Mapping[str, object]) -> str:
    """What eSpeak NG is told to load, such as "gmw/en+f3", for `voice` and `variant` of `settings`.

    Raises VoiceError for a language, a voice or a variant that it has not: it would take some of them in silence.
    """
    wanted = settings.get("voice")
    voice = for_language(catalogue, language) if wanted is None else named(catalogue, str(wanted))
    variant = settings.get("variant")
    return voice.identifier if variant is None else f"{voice.identifier}+{variant_named(catalogue, str(variant)).short}"


def for_language(catalogue: Catalogue, language: str) -> Entry:
    """The voice that lists `language` first; where none does, its last subtag is dropped ("de-AT": "de")."""
    tag = language.lower().replace("_", "-")
    while tag:
        found = [(priority, at) for at, entry in enumerate(catalogue.voices) for priority, name in entry.languages
                 if name == tag]  # fmt: skip
        if found:
            return catalogue.voices[min(found)[1]]
        tag = tag.rpartition("-")[0]
    tags = {name for entry in catalogue.voices for _, name in entry.languages}
    raise _unknown("language", language, sorted(name for name in tags if "-" not in name), tags)


def named(catalogue: Catalogue, name: str) -> Entry:
    """The voice that is called `name`, by display name, file or language tag, in any case."""
    wanted = name.strip().lower()
    for entry in catalogue.voices:
        if wanted in (entry.name.lower(), entry.identifier.lower(), entry.short.lower()):
            return entry
    tags = {tag for entry in catalogue.voices for _, tag in entry.languages}
    if wanted in tags:
        return for_language(catalogue, wanted)
    shown = sorted(entry.short for entry in catalogue.voices)
    raise _unknown("voice", name, shown, {*shown, *tags, *(entry.name for entry in catalogue.voices)})


def variant_named(catalogue: Catalogue, name: str) -> Entry:
    """The variant `name`, by file ("f3") or display name ("female3"), in any case."""
    wanted = name.strip().removeprefix("+").lower()
    for entry in catalogue.variants:
        if wanted in (entry.short.lower(), entry.name.lower()):
            return entry
    shown = sorted(entry.short for entry in catalogue.variants)
    raise _unknown("variant", name, shown, shown)


def _unknown(kind: str, name: str, shown: list[str], candidates: Iterable[str]) -> VoiceError:
    spelled = {candidate.lower(): candidate for candidate in candidates}
    near = get_close_matches(name.lower(), spelled, n=1, cutoff=0.5)
    hint = f'did you mean "{spelled[near[0]]}"? ' if near else ""
    return VoiceError(
        f'eSpeak NG has no {kind} "{name}"',
        "language of the clip" if kind == "language" else "voice settings",
        f"{hint}it has: {', '.join(shown)}",
    )
