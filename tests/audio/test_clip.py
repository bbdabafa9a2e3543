"""Finishing: everything of a clip fits together, at one level for one speaker, and is the same wherever it is made."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pysubs2
import pytest
import webvtt

from comfyvn.audio.casting import cast
from comfyvn.audio.clip import Finished, Part, finish
from comfyvn.audio.encode import RATE, decode
from comfyvn.audio.loudness import measure, true_peak
from comfyvn.audio.samples import Samples
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.speech import Speech

ROOT = Path(__file__).parents[2]
CHUNKS = (("The tide is low; we can walk to the light.", 400), ("Are you coming,\nor not?", 600), ("Good.", 0))


def spoken(text: str, pause_ms: int = 0, **voice: object) -> Part:
    said = Espeak().speak(Speech(text, voice=voice))
    return Part(said.samples, said.rate, text, said.anchors, pause_ms)


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return [spoken(*chunk) for chunk in CHUNKS]


@pytest.fixture(scope="module")
def clip(parts: list[Part]) -> Finished:
    return finish(parts, loudness=-16.0, peak=-1.0)


def test_the_files_of_a_clip_agree(clip: Finished) -> None:
    samples, rate = decode(clip.wav)
    played, _ = decode(clip.ogg)
    assert (rate, len(samples), len(samples) * 1000 // rate) == (RATE, len(played), clip.duration_ms)
    for heard in (samples, played):
        assert measure(heard, RATE).lufs == pytest.approx(-16.0, abs=0.2)
        assert true_peak(heard) <= -1.0
    assert (clip.loudness, clip.notes) == (measure(samples, RATE), ())
    shown = pysubs2.SSAFile.from_string(clip.srt.decode(), "srt")
    captions = webvtt.from_buffer(io.StringIO(clip.vtt.decode()), strict=True).captions
    assert [event.start // 1000 for event in shown] == [caption.start_time.in_seconds() for caption in captions]
    assert shown[-1].end <= clip.duration_ms
    assert "<00:00:0" in clip.vtt.decode()
    mouth = json.loads(clip.mouth)
    assert mouth["metadata"]["duration"] == pytest.approx(clip.duration_ms / 1000)
    assert mouth["mouthCues"][-1]["end"] == pytest.approx(clip.duration_ms / 1000)
    assert list(clip.files()) == [".wav", ".ogg", ".srt", ".vtt", ".mouth"]


def test_each_chunk_is_a_sentence_that_is_shown_while_it_is_heard(clip: Finished) -> None:
    shown = pysubs2.SSAFile.from_string(clip.srt.decode(), "srt")
    assert shown[0].plaintext.replace("\n", " ") == CHUNKS[0][0]
    samples, _ = decode(clip.wav)
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    after = next(int(loud[at + 1]) for at, gap in enumerate(np.diff(loud)) if gap > 0.35 * RATE)  # past the first pause
    assert shown[1].start == pytest.approx(after * 1000 / RATE, abs=30)


def test_a_target_moves_words_and_mouth_with_the_sound(parts: list[Part], clip: Finished) -> None:
    target = round(clip.duration_ms * 0.9)
    made = finish(parts, loudness=-16.0, peak=-1.0, target_ms=target)
    assert (made.duration_ms, made.notes) == (target, ())
    assert made.loudness.lufs == pytest.approx(-16.0, abs=0.1)
    before, after = (
        [int(ms) for ms in re.findall(r"<00:00:0\d\.(\d{3})>", one.vtt.decode())] for one in (clip, made)
    )
    assert len(before) == len(after)
    starts = [pysubs2.SSAFile.from_string(one.srt.decode(), "srt")[1].start for one in (clip, made)]
    assert starts[1] == pytest.approx(starts[0] * 0.9, abs=10)


def test_a_missed_target_is_a_note(parts: list[Part], clip: Finished) -> None:
    made = finish(parts, loudness=-16.0, peak=-1.0, target_ms=1000)
    [note] = made.notes
    assert note.startswith(f"{made.duration_ms - 1000} ms longer than the 1000 ms asked for")
    [short] = finish(parts, loudness=-16.0, peak=-1.0, target_ms=60_000).notes
    assert "ms shorter than the 60000 ms" in short


def test_24_bits(parts: list[Part]) -> None:
    made = finish(parts[-1:], loudness=-23.0, peak=-1.0, bits=24)
    with wave.open(io.BytesIO(made.wav)) as file:
        assert file.getsampwidth() == 3
    assert made.loudness.lufs == pytest.approx(-23.0, abs=0.1)


def test_a_clip_shorter_than_a_block_says_so() -> None:
    tick: Samples = 0.2 * np.sin(2 * np.pi * 500 * np.arange(4800) / RATE)
    made = finish([Part(tick, RATE, "Oh!")], loudness=-16.0, peak=-1.0)
    assert (made.duration_ms, made.loudness.gated) == (249, False)
    assert made.loudness.lufs == pytest.approx(-16.0, abs=0.2)
    assert "00:00:00.000 --> 00:00:00.249\nOh!\n" in made.vtt.decode()


def test_what_cannot_be_heard_is_refused() -> None:
    with pytest.raises(ValueError, match="no sound"):
        finish([Part(np.zeros(RATE), RATE, "Oh!")], loudness=-16.0, peak=-1.0)


SPEAKERS = {"maren": "woman, 34 years old", "odile": "old woman", "anker": "a man in a coat", "kid": "a little girl"}
LINES = (
    "No.", "You came back. I did not think anybody would.",
    "The light has to be lit before the tide turns, or they will not find the channel!", "Shh. Sss.",
)  # fmt: skip


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_all_clips_of_a_speaker_are_equally_loud(speaker: str) -> None:
    voice = cast(speaker, SPEAKERS[speaker])
    clips = [finish([spoken(line, **voice)], loudness=-16.0, peak=-1.0) for line in LINES]
    for files in ([clip.wav for clip in clips], [clip.ogg for clip in clips]):
        found = [measure(*decode(data)).lufs for data in files]
        assert max(found) - min(found) <= 0.5  # ±0.5 LU at the most; here it is half of that


DIGESTS = (
    "import hashlib, sys\n"
    "sys.path.insert(0, {root!r})\n"
    "from tests.audio.test_clip import CHUNKS, finish, spoken\n"
    "made = finish([spoken(*chunk) for chunk in CHUNKS], loudness=-16.0, peak=-1.0, target_ms=5000)\n"
    "print([hashlib.sha256(data).hexdigest() for data in made.files().values()])\n"
)


def test_another_folder_locale_and_time_zone_give_the_same_bytes(parts: list[Part], tmp_path: Path) -> None:
    made = finish(parts, loudness=-16.0, peak=-1.0, target_ms=5000)
    here = [hashlib.sha256(data).hexdigest() for data in made.files().values()]
    settings = {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS.format(root=str(ROOT))], cwd=tmp_path, env={**os.environ, **settings},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(here)
