"""An actor's recording is trimmed and levelled like any clip."""

from __future__ import annotations

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
