"""eSpeak NG as it really speaks: repeatable, audible, timed, and clear about what it cannot do."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pysubs2
import pytest

from comfyvn.audio.casting import NARRATION, cast
from comfyvn.audio.encode import decode
from comfyvn.audio.loudness import measure, true_peak
from comfyvn.audio.samples import Samples
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.speech import Speech
from comfyvn.bridge.tts import Clip, TTSBridge
from comfyvn.errors import VoiceError

LINES = [
    ("aya", "girl", "en", "Wait! You forgot your umbrella again, didn't you?"),
    ("ren", "old man", "en", "In my day, the tide came up to this very door. Every single night."),
    ("mio", "woman", "fr", "Bonsoir. Il reste une table près de la fenêtre."),
    ("kai", "deep man", "de", "Das Schiff fährt heute nicht mehr."),
    ("yuki", "ghost", "ja", "こんにちは。おげんきですか。"),
    ("narrator", "", "en", "No."),
]


def median_pitch(samples: Samples, rate: int) -> float:
    """Median fundamental in Hz of the voiced frames, by autocorrelation."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::512]
    found = []
    for frame in frames[np.sqrt((frames**2).mean(axis=1)) > 0.02]:
        alike = np.correlate(frame, frame, "full")[1023:]
        lag = rate // 450 + int(np.argmax(alike[rate // 450 : rate // 55]))
        if alike[lag] > 0.5 * alike[0]:
            found.append(rate / lag)
    return float(np.median(found))


def synthesize(text: str, **rest: object) -> Clip:
    return TTSBridge().synthesize_clip(Speech(text, **rest))  # type: ignore[arg-type]


@pytest.mark.parametrize(("character", "words", "language", "text"), LINES, ids=[line[0] for line in LINES])
def test_every_clip_is_levelled_timed_and_repeatable(character: str, words: str, language: str, text: str) -> None:
    speech = Speech(text, language, voice=cast(character, words))
    clip = TTSBridge().synthesize_clip(speech)
    assert clip == TTSBridge().synthesize_clip(speech)
    for data in (clip.wav, clip.ogg):
        sound, rate = decode(data)
        assert true_peak(sound) <= -1.0
        assert measure(sound, rate).lufs == pytest.approx(-16.0, abs=0.2)
    shown = pysubs2.SSAFile.from_string(clip.srt, "srt")
    assert 0 <= shown[0].start < 100
    assert shown[-1].end == clip.duration_ms
    assert "".join(text.split()) == "".join("".join(event.plaintext.split()) for event in shown)
    assert (clip.repeatable, clip.reason, clip.engine) == (True, "", f"espeak@{Espeak().version()}")


def test_characters_sound_different() -> None:
    text = "I never thought the harbour could look so quiet."
    voices = {name: cast(name, words) for name, words in [("aya", "girl"), ("mio", "woman"), ("kai", "man")]}
    spoken = {name: Espeak().speak(Speech(text, voice=voice)) for name, voice in {**voices, "": NARRATION}.items()}
    pitch = {name: median_pitch(said.samples, said.rate) for name, said in spoken.items()}
    assert pitch["aya"] > pitch["mio"] * 1.05
    assert pitch["mio"] > pitch["kai"] * 1.3
    assert not np.array_equal(spoken["kai"].samples, spoken[""].samples)


DIGEST = (
    "import hashlib\n"
    "from comfyvn.bridge.tts import Speech, TTSBridge\n"
    "clip = TTSBridge().synthesize_clip(Speech({text!r}, voice={{'variant': 'f3'}}))\n"
    "print(hashlib.sha256(clip.wav + clip.ogg + clip.srt.encode()).hexdigest())\n"
)


@pytest.mark.parametrize("settings", [{"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}], ids=["C in Tokyo"])
def test_locale_time_zone_and_process_change_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    text = "Déjà vu: I was here before, at 3.50 or so."
    here = synthesize(text, voice={"variant": "f3"})
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", DIGEST.format(text=text)],
        env={**os.environ, **settings, "PYTHONPATH": str(root)}, cwd=tmp_path,
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(here.wav + here.ogg + here.srt.encode()).hexdigest()


def test_threads_do_not_disturb_each_other() -> None:
    texts = [f"This is line number {number}." for number in range(6)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(Espeak().speak, map(Speech, texts)))
    for text, said in zip(texts, together, strict=True):
        np.testing.assert_array_equal(said.samples, Espeak().speak(Speech(text)).samples)


def test_seeds_are_heard_where_a_variant_uses_chance() -> None:
    first, same, other = (
        Espeak().speak(Speech("Hush now.", voice={"variant": "whisper"}, seed=seed)) for seed in (0, 0, 2**64 - 1)
    )
    np.testing.assert_array_equal(first.samples, same.samples)
    assert not np.array_equal(first.samples, other.samples)


@pytest.mark.parametrize(
    "text",
    ["😀", "♥", "שלום עולם", "a --> b", "<speak><break time='9s'/>hi</speak>", "[[h@l'oU]]", "a\x01+10vb\x00c"],
)
def test_odd_text_is_spoken_as_it_stands(text: str) -> None:
    clip = synthesize(text)
    assert 200 < clip.duration_ms < 9000
    assert clip.lufs == pytest.approx(-16.0, abs=0.2)


def test_a_word_that_it_skips_is_an_error_and_no_silent_clip() -> None:
    with pytest.raises(VoiceError, match="no sound"):
        synthesize("٣")  # a digit that English eSpeak passes over


def test_markup_is_read_out_and_not_obeyed() -> None:
    said = [Espeak().speak(Speech(text)) for text in ("<break time='9s'/> hi", "hi")]
    assert len(said[0].samples) > len(said[1].samples) * 2
    assert len(said[0].samples) < said[0].rate * 6


def test_a_very_long_text() -> None:
    text = "The quick brown fox jumps over the lazy dog, and then it sleeps. " * 40
    clip = synthesize(text, voice={"rate": 450})
    assert clip.duration_ms > 40_000
    assert clip.lufs == pytest.approx(-16.0, abs=0.2)
    assert len(pysubs2.SSAFile.from_string(clip.srt, "srt")) >= 30


@pytest.mark.parametrize("language", ["en", "en-US", "en_AU", "fr-FR", "zh", "zh-Hant-TW", "pt-BR", "ja"])
def test_languages_are_found_by_tag(language: str) -> None:
    assert len(Espeak().speak(Speech("1 2 3", language)).samples) > 5000


@pytest.mark.parametrize(
    ("voice", "language", "message", "todo"),
    [
        ({"variant": "f33"}, "en", 'no variant "f33"', 'did you mean "f3"'),
        ({"variant": "../f3"}, "en", "no variant", "it has: "),
        ({"voice": "scotish"}, "en", 'no voice "scotish"', "en-GB-scotland"),
        ({}, "xx", 'no language "xx"', "en"),
        ({"pitch": 120}, "en", "pitch 120", "0 to 99"),
        ({"rate": "fast"}, "en", "rate 'fast'", "80 to 450"),
        ({"gap": True}, "en", "gap True", "0 to 500"),
    ],
)
def test_what_does_not_exist_is_refused(voice: dict[str, object], language: str, message: str, todo: str) -> None:
    with pytest.raises(VoiceError, match=message) as error:
        synthesize("Hello", language=language, voice=voice)
    assert todo in error.value.todo


def test_names_are_found_in_any_case_and_an_engines_own_settings_win() -> None:
    for voice in ({"voice": "English (America)"}, {"voice": "gmw/en-us"}, {"voice": "EN-US"}):
        np.testing.assert_array_equal(
            Espeak().speak(Speech("Hi", voice=voice)).samples, Espeak().speak(Speech("Hi", "en-US")).samples
        )
    own = {"variant": "m3", "pitch": None, "engine": {"variant": "F3"}}
    np.testing.assert_array_equal(
        Espeak().speak(Speech("Hi", voice=own)).samples, Espeak().speak(Speech("Hi", voice={"variant": "f3"})).samples
    )


WORKERS = {
    "hangs": ("import time; time.sleep(60)", "did not answer"),
    "dies": ("raise SystemExit('no luck')", "died .status 1: no luck"),
    "is cut off": ("import sys; sys.stdout.write('CVSP')", "died"),
    "talks nonsense": ("print('hello ' * 10)", "died"),
    "reports": (
        'import sys, struct; t = b\'{"error": "no data"}\'; '
        "sys.stdout.buffer.write(struct.pack('<4sII', b'CVSP', len(t), 0) + t)",
        "no data",
    ),
}


@pytest.mark.parametrize("kind", WORKERS)
def test_a_process_that_fails_is_a_voice_error(kind: str, tmp_path: Path) -> None:
    code, message = WORKERS[kind]
    worker = tmp_path / "worker.py"
    worker.write_text(code, encoding="utf-8")
    with pytest.raises(VoiceError, match=message):
        Espeak(start_up=0.5 if kind == "hangs" else 30.0, worker=worker).catalogue()
