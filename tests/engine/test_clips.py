"""Clips of a whole novel: what is spoken by a build is counted, sentence by sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.speech import Speech, Spoken
from comfyvn.bridge.tts import TTSBridge
from comfyvn.engine.opening import open_novel
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

ARRIVAL, AYA = "data/scenes/arrival.json", "data/characters/aya/character.json"
TEXT = "There you are. At last! I had given up."
FRENCH = {"id": "l1aaaa", "language": "fr", "text": "Vous voilà. Enfin !"}


class Counted(Espeak):
    """eSpeak NG, counted."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def speak(self, speech: Speech) -> Spoken:
        self.heard.append(speech.text)
        return super().speak(speech)


def scene(text: str, **line: Any) -> dict[str, Any]:
    found = files()[ARRIVAL]
    found["script"] = [{"say": "aya", "text": text, "id": "l1aaaa", **line}, {"end": "End"}]
    found.pop("next")
    return dict(found)


def spoken(root: Path, name: str = "voices:en/l1aaaa") -> list[str]:
    """What a build of one clip speaks."""
    novel, engine = open_novel(root), Counted()
    novel.engine.workshop.voices = TTSBridge({"espeak": engine})
    novel.engine.begin()
    try:
        novel.engine.make(name)
    finally:
        novel.engine.end()
    return engine.heard


@pytest.fixture
def novel(tmp_path: Path, own_cache: Path) -> Path:
    text = NOVEL.replace("languages: [en]", "languages: [en, fr]").replace("exports: [renpy]", "exports: []")
    changed = {ARRIVAL: scene(TEXT), "data/voices/fr.json": {"version": 1, "clips": [FRENCH]}}
    return write_small_novel(tmp_path / "novel", changed, text)


def test_a_build_speaks_what_changed_and_nothing_else(novel: Path) -> None:
    assert spoken(novel) == ["There you are.", "At last!", "I had given up."]
    assert spoken(novel) == []
    write(novel / ARRIVAL, scene("*smiles* There {i}you{/i} are.{w} At last! I had given up.", expression="happy"))
    assert spoken(novel) == []
    write(novel / ARRIVAL, scene("There you are. At long last! I had given up."))
    assert spoken(novel) == ["At long last!"]
    aya = files()[AYA]
    write(novel / AYA, {**aya, "voice": {**aya["voice"], "lexicon": {"given": "giv-en"}}})
    assert spoken(novel) == ["I had giv-en up."]
    assert "I had given up." in (novel / "build/voices/en/l1aaaa.srt").read_text("utf-8")


@pytest.mark.parametrize(
    ("suffix", "data", "is_kept"),
    [
        (".mouth", b"\x93 no cues", False),
        (".vtt", b"\xff\xfe\xfa", False),
        (".vtt", b"no captions", False),
        (".mouth", b'{"metadata": {}, "mouthCues": []}', True),
        (".vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nMy own words.\n", True),
    ],
)
def test_what_is_no_subtitle_comes_back_and_what_is_one_is_a_retouch(
    novel: Path, suffix: str, data: bytes, is_kept: bool
) -> None:
    spoken(novel)
    file = novel / f"build/voices/en/l1aaaa{suffix}"
    whole = file.read_bytes()
    file.write_bytes(data)
    assert spoken(novel) == []
    assert file.read_bytes() == (data if is_kept else whole)


def test_another_language_is_a_clip_of_its_own(novel: Path) -> None:
    assert spoken(novel, "voices:fr/l1aaaa") == ["Vous voilà.", "Enfin !"]
    assert "Enfin !" in (novel / "build/voices/fr/l1aaaa.srt").read_text("utf-8")
    write(novel / ARRIVAL, scene("Something else."))
    assert spoken(novel, "voices:fr/l1aaaa") == []


def test_a_reference_is_in_the_recipe_by_its_sound(novel: Path) -> None:
    def wanted() -> str:
        opened = open_novel(novel)
        return opened.engine.judge.verdict(opened.targets["voices:en/l1aaaa"]).wanted

    def sound(name: str, pitch: float) -> None:
        soundfile.write(novel / name, 0.1 * np.sin(np.arange(8000) / pitch), 8000)

    aya = files()[AYA]
    sound("aya.wav", 9.0)
    write(novel / AYA, {**aya, "voice": {"preferred_tts": ["xtts", "espeak"], "reference": "aya.wav"}})
    first = wanted()
    sound("other.wav", 9.0)
    write(novel / AYA, {**aya, "voice": {"preferred_tts": ["xtts", "espeak"], "reference": "other.wav"}})
    assert wanted() == first
    sound("other.wav", 11.0)
    assert wanted() != first
