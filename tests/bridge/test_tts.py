"""The TTS bridge over fake engines: order, fallback, reasons, and what the finished clip says about itself."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass, field

import numpy as np
import pytest

from comfyvn.audio.encode import RATE, decode
from comfyvn.audio.loudness import measure, true_peak
from comfyvn.audio.samples import Samples
from comfyvn.audio.subtitles import Anchor
from comfyvn.bridge.tts import Speech, Spoken, TTSBridge, versions
from comfyvn.errors import VoiceError


@dataclass
class FakeEngine:
    """Hums, or fails with `failure`."""

    name: str = "hum"
    repeatable: bool = False
    failure: VoiceError | None = None
    samples: Samples = field(default_factory=lambda: 0.2 * np.sin(np.arange(24_000) / 9.0))
    heard: list[str] = field(default_factory=list)

    def version(self) -> str:
        if self.failure:
            raise self.failure
        return "2.1"

    def speak(self, speech: Speech) -> Spoken:
        self.heard.append(speech.text)
        if self.failure:
            raise self.failure
        return Spoken(self.samples, 24_000, (Anchor(0, 0.0, True),))


def test_the_first_engine_that_can_speaks() -> None:
    engine = FakeEngine()
    clip = TTSBridge({"hum": engine}).synthesize_clip(Speech(" Hello\n\x01there ", engines=("hum",)))
    assert engine.heard == ["Hello there"]
    assert (clip.engine, clip.wanted_engine, clip.reason, clip.repeatable) == ("hum@2.1", "hum", "", False)
    assert "Hello there" in clip.srt
    assert clip.gated


def test_a_fallback_is_recorded_with_its_reasons() -> None:
    broken = FakeEngine(failure=VoiceError("it is on fire"))
    bridge = TTSBridge({"broken": broken, "hum": FakeEngine(repeatable=True)})
    clip = bridge.synthesize_clip(Speech("Hello", engines=("broken", "absent", "hum")))
    assert (clip.engine, clip.wanted_engine, clip.repeatable) == ("hum@2.1", "broken", True)
    assert clip.reason == 'it is on fire; there is no speech engine "absent"'


def test_when_all_fail_every_reason_is_told() -> None:
    bridge = TTSBridge({"broken": FakeEngine(failure=VoiceError("it is on fire"))})
    with pytest.raises(VoiceError, match=r"absent.*broken: it is on fire"):
        bridge.synthesize_clip(Speech("Hello", engines=("absent", "broken")))
    with pytest.raises(VoiceError) as one:
        bridge.synthesize_clip(Speech("Hello", engines=("broken",)))
    assert one.value.what == "it is on fire"
    with pytest.raises(VoiceError, match="no speech engine is named"):
        bridge.synthesize_clip(Speech("Hello", engines=()))


@pytest.mark.parametrize("text", ["", " \n", "…", "?!", "「」", "\x01\x02"])
def test_nothing_to_speak_is_said_before_any_engine_is_asked(text: str) -> None:
    engine = FakeEngine()
    with pytest.raises(VoiceError, match="nothing to speak") as error:
        TTSBridge({"hum": engine}).synthesize_clip(Speech(text, engines=("hum",)))
    assert "spoken" in error.value.todo
    assert engine.heard == []


def test_an_engine_that_answers_silence_has_failed() -> None:
    mute = FakeEngine(samples=np.zeros(24_000))
    bridge = TTSBridge({"mute": mute, "hum": FakeEngine()})
    with pytest.raises(VoiceError, match="no sound"):
        bridge.synthesize_clip(Speech("Hello", engines=("mute",)))
    assert "no sound" in bridge.synthesize_clip(Speech("Hello", engines=("mute", "hum"))).reason


@pytest.mark.parametrize(
    "samples",
    [
        np.random.default_rng(3).normal(0, 0.3, (24_000, 2)),
        1e-3 * np.sin(np.arange(24_000) / 5.0),
        np.sign(np.sin(np.arange(2400) / 20.0)),
    ],
    ids=["stereo noise", "faint", "short and square"],
)
def test_level_and_peak_hold_in_both_files(samples: Samples) -> None:
    clip = TTSBridge({"hum": FakeEngine(samples=samples)}).synthesize_clip(Speech("Hello", engines=("hum",)))
    for data in (clip.wav, clip.ogg):
        sound, rate = decode(data)
        assert (rate, sound.ndim) == (RATE, 1)
        assert true_peak(sound) <= -1.0
        assert measure(sound, rate).lufs == pytest.approx(-16.0, abs=0.2)
        assert clip.duration_ms == len(sound) * 1000 // rate


def test_another_target_is_met() -> None:
    clip = TTSBridge({"hum": FakeEngine()}).synthesize_clip(Speech("Hi", engines=("hum",), loudness=-23.0, peak=-3.0))
    assert clip.lufs == pytest.approx(-23.0, abs=0.05)
    assert clip.peak_dbtp <= -3.0


def test_the_same_from_async_code() -> None:
    bridge = TTSBridge({"hum": FakeEngine()})
    speech = Speech("Hello", engines=("hum",))

    async def both() -> list[bytes]:
        return [clip.ogg for clip in await asyncio.gather(*(bridge.synthesize_clip_async(speech) for _ in range(2)))]

    assert asyncio.run(both()) == [bridge.synthesize_clip(speech).ogg] * 2


def test_versions_leave_out_what_is_missing() -> None:
    missing = FakeEngine(failure=VoiceError("not installed"))
    assert versions({"hum": FakeEngine(), "missing": missing}) == {"hum": "2.1"}
    assert versions()["espeak"].startswith("1.")


def test_planning_loads_no_sound_library() -> None:
    heavy = "{'numpy', 'scipy', 'pydantic'}"
    code = f"import sys, comfyvn.bridge.tts as tts; tts.versions(); print(sorted({heavy} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
