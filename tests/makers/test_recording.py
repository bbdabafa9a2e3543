"""An actor's recording is trimmed and levelled like any clip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from comfyvn.errors import MakeError
from comfyvn.makers.speak import recording
from comfyvn.recipe import Speak

RECIPE = Speak(engine="comfyvn", text="Hello there.", language="en")


def test_a_quiet_stereo_recording_comes_out_level(tmp_path: Path) -> None:
    rate = 44100
    tone = 0.01 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    soundfile.write(tmp_path / "take.wav", np.stack([tone, tone], axis=1), rate)
    made = recording(RECIPE, tmp_path / "take.wav")
    assert list(made.files) == [".wav", ".ogg", ".srt", ".vtt", ".mouth"]
    assert abs(float(str(made.notes["lufs"])) + 16.0) < 0.2
    assert float(str(made.notes["peak_dbtp"])) <= -1.0
    assert "Hello there." in bytes(made.files[".srt"]).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"no sound at all", b""])
def test_what_is_no_sound_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "take.wav").write_bytes(content)
    with pytest.raises(MakeError) as caught:
        recording(RECIPE, tmp_path / "take.wav")
    assert "take.wav" in caught.value.where


def test_a_length_is_reached_by_stretching_and_the_record_says_how_far(tmp_path: Path) -> None:
    rate = 44_100
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    soundfile.write(tmp_path / "take.wav", tone, rate)
    fitting = recording(replace(RECIPE, target_ms=1950), tmp_path / "take.wav")
    assert fitting.notes["duration_ms"] == 1950
    assert fitting.notes["speed"] == {"played": pytest.approx(1.111, abs=0.002)}
    short = recording(replace(RECIPE, target_ms=500), tmp_path / "take.wav")
    [missed] = short.notes["missed"]  # type: ignore[misc,attr-defined]
    assert "speech is played 1.25 times as fast and no further" in missed and "spoken" not in missed
    assert "speed" not in recording(RECIPE, tmp_path / "take.wav").notes
