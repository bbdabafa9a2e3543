"""The names of voices are those that the embedded engine itself says it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comfyvn.bridge.espeak import Espeak
from comfyvn.errors import Problem
from comfyvn.reading import read
from comfyvn.reading.speakers import speakers
from tests.fakes.small_novel import NOVEL, write_small_novel

CLIPS = "data/voices/lines.json"


def test_every_voice_and_variant_of_the_engine_is_known_and_no_other() -> None:
    catalogue, names = Espeak().catalogue(), speakers()["espeak"]
    spellings = {
        spelling
        for entry in catalogue.voices
        for spelling in (entry.name, entry.identifier, entry.short, *(tag for _, tag in entry.languages))
    }
    known = {*names.voices.shown, *names.voices.others}
    assert {name.lower() for name in known} == {spelling.lower() for spelling in spellings}
    variants = {spelling.lower() for entry in catalogue.variants for spelling in (entry.short, entry.name)}
    assert {name.lower() for name in (*names.variants.shown, *names.variants.others)} == variants


@pytest.mark.parametrize("name", ["en-gb", "EN-GB", "gmw/en-US", "English (America)", " en-us "])
def test_any_spelling_of_a_voice_is_taken(name: str) -> None:
    assert name in speakers()["espeak"].voices


def problems(root: Path, clip: dict[str, Any] | None = None, novel: str = NOVEL) -> tuple[Problem, ...]:
    clips = {"version": 1, "clips": [{"id": "l1aaaa", **clip}]} if clip else None
    write_small_novel(root, {CLIPS: clips}, novel)
    return read(root).problems


def test_engines_of_the_novel(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, novel=NOVEL + "engines:\n  voice: [xtts, espeek]\n")
    assert problem.where() == f"comfyvn.yaml:{len(NOVEL.splitlines()) + 2} $.engines.voice[1]"
    assert (problem.message, problem.suggestion) == ('there is no speech engine "espeek"', "espeak")


def test_the_narrators_voice(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, novel=NOVEL + "narrator: {voice: en-gb, variant: m99}\n")
    assert (problem.path, problem.message) == ("$.narrator.variant", 'eSpeak NG has no variant "m99"')


def test_a_clips_own_settings(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, {"settings": {"variant": "f99"}, "engine": ["espaek"]})
    assert (problem.path, problem.suggestion) == ("$.clips[0].engine[0]", "espeak")
    (problem,) = problems(tmp_path, {"settings": {"variant": "f99"}})
    assert (problem.path, problem.allowed) == ("$.clips[0].settings.variant", "such as f1, f2, f3")


@pytest.mark.parametrize(
    "clip",
    [
        {"settings": {"voice": "female_03"}, "engine": ["xtts"]},
        {"settings": {"voice": "nobody", "engine": {"voice": "en-us"}}},
        {"settings": {"variant": "+f3"}},
        {"settings": {"variant": "female3"}},
    ],
)
def test_names_of_other_engines_are_not_judged(tmp_path: Path, clip: dict[str, Any]) -> None:
    assert problems(tmp_path, clip) == ()
