"""Clips of the sample novel's lines by a meter that is not ours, FFmpeg's ebur128: the WAV and the decoded OGG."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from comfyvn.audio.casting import cast
from comfyvn.audio.clip import Finished, Part, finish
from comfyvn.audio.encode import decode
from comfyvn.audio.loudness import decibels
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.speech import Speech
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import lines
from comfyvn.contracts.text import plain
from comfyvn.reading import read

ROOT = Path(__file__).parents[2]
APT = "apt-get install -y --no-install-recommends ffmpeg"
FFMPEG = shutil.which("ffmpeg")
EVERY = 5
"""Every fifth line of the novel is spoken, so that all its voices are heard."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(FFMPEG is None, reason=f"ffmpeg is not installed: {APT}"),
]

def metered(file: Path) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) by FFmpeg, which decodes the file itself."""
    chain = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-"
    done = subprocess.run(
        [str(FFMPEG), "-hide_banner", "-nostats", "-i", str(file), "-af", chain, "-f", "null", "-"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = re.findall(r"lavfi\.r128\.(I|true_peaks_ch0)=(\S+)", done.stdout)
    peak = max(float(value) for name, value in found if name != "I")  # linear, with three digits
    return float([value for name, value in found if name == "I"][-1]), decibels(peak)


def spoken(novel: Project, every: int) -> Iterator[tuple[str, Finished]]:
    """Speaker and clip of each so-manieth line of the novel."""
    for line in [line for scene in novel.scenes.values() for line in lines(scene)][::every]:
        text = plain(line.text, novel.novel.variables)
        words = novel.characters[line.speaker].prompt if line.speaker else ""
        said = Espeak().speak(Speech(text, voice=cast(line.speaker or "", words)))
        yield line.speaker or "", finish([Part(said.samples, said.rate, text, said.anchors)], loudness=-16, peak=-1)


def test_every_clip_has_its_level_by_another_meter(tmp_path: Path) -> None:
    novel = read(ROOT).project
    assert novel is not None
    heard: dict[str, list[float]] = {}
    for speaker, clip in spoken(novel, EVERY):
        for name, data in (("clip.wav", clip.wav), ("clip.ogg", clip.ogg)):
            (tmp_path / name).write_bytes(data)
            loudness, peak = metered(tmp_path / name)
            assert peak <= -1.0 + 0.005  # what three digits can tell
            if clip.duration_ms >= 400:
                assert loudness == pytest.approx(-16.0, abs=0.2)
                heard.setdefault(speaker, []).append(loudness)
        assert len(decode(clip.wav)[0]) == len(decode(clip.ogg)[0])
    assert len(heard) >= 3
    assert all(max(found) - min(found) <= 1.0 for found in heard.values())  # one speaker: ±0.5 LU
