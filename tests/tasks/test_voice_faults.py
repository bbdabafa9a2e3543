"""What is wrong with clips is told at the end of the build that made them, with the command that takes them anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from comfyvn.tasks.faults import noted, told
from tests.fakes.novel_runs import comfyvn, doit
from tests.fakes.small_novel import NOVEL, write
from tests.fakes.speech_servers import Asked, FakeSpeech, Reply, serving, tone

CLIP = "voices:en/l3aaaa"


def clipping(_fake: FakeSpeech, asked: Asked) -> Reply:
    """A server whose every take is too loud, and breaks off."""
    if asked.path != "/v1/audio/speech":
        return Reply.json({"detail": "Not Found"}, 404)
    return Reply.wav(np.clip(9 * tone(asked.body["input"]), -1, 1))


def test_a_build_ends_with_a_table_of_what_is_wrong_with_its_clips(novel: Path) -> None:
    with serving(clipping) as server:
        write(novel / "comfyvn.yaml", NOVEL + "engines: {voice: [openai]}\nvoice_check: {retries: 0}\n")
        servers = f"voices: {{studio: {{url: '{server.url}', engine: openai, voice: alloy}}}}\n"
        write(novel / "providers/servers.yaml", servers)
        run = doit(novel, "voices")
    assert run.code == 0
    made = sorted(name for name in run.made if name.startswith("voices:"))
    lines = run.output.splitlines()
    at = lines.index(f"{len(made)} clips need an ear:")
    assert lines[at + 1].startswith(f"  {made[0]}  clipped: ") and "cut off: " in lines[at + 2]
    assert f"to hear and retake: comfyvn take {made[0]} -n 4" in lines
    record = json.loads((novel / f"build/{made[0].replace(':', '/')}.wav.render.json").read_text("utf-8"))
    assert [fault.partition(":")[0] for fault in record["notes"]["quality"]["faults"]] == ["clipped", "cut off"]
    assert "need an ear" not in doit(novel, "voices").output  # of what this run has made


def test_a_length_that_was_missed_is_told(novel: Path) -> None:
    write(novel / "data/voices/l3.json", {"version": 1, "clips": [{"id": "l3aaaa", "target_ms": 300}]})
    run = comfyvn(novel, "build", CLIP)
    [line] = [line for line in run.output.splitlines() if "asked for" in line]
    assert line.startswith(f"  {CLIP}  length: ") and "ms longer than the 300 ms asked for" in line
    assert "spoken 1.2 times and played 1.25 times" in line
    assert "comfyvn take" not in run.output  # another take is no shorter


@pytest.mark.parametrize("notes", [{}, {"quality": 3, "missed": "x"}, {"quality": {"faults": None}, "missed": []}])
def test_records_that_tell_of_nothing_wrong(notes: dict[str, object]) -> None:
    assert noted(notes) == ()
    assert list(told({})) == []


def test_the_table_is_short_and_harmless() -> None:
    faults = noted({"quality": {"faults": ["clipped: \x1b[2J", "cut off: it ends"]}, "missed": ["9 ms longer"]})
    assert faults == ("clipped: \x1b[2J", "cut off: it ends", "length: 9 ms longer")
    lines = list(told({"voices:en/a": faults, **{f"voices:en/b{at:02}": ("length: x",) for at in range(20)}}))
    assert lines[:5] == [
        "21 clips need an ear:",
        "  voices:en/a    clipped: \\x1b[2J",
        "                 cut off: it ends",
        "                 length: 9 ms longer",
        "  voices:en/b00  length: x",
    ]
    assert len(lines) == 13 and lines[-2:] == [
        "  and 13 more: see `notes` in their records",
        "to hear and retake: comfyvn take voices:en/a -n 4",
    ]
    assert list(told({"voices:en/a": ("length: x",)})) == ["1 clip needs an ear:", "  voices:en/a  length: x"]
