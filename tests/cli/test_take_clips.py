"""`comfyvn take` on a clip: takes with the next seeds, a page that plays them, and a pick."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

from comfyvn.cli import main
from tests.fakes.small_novel import NOVEL, write_small_novel

CLIP = "voices:en/l1aaaa"


def test_takes_of_a_clip_are_made_shown_and_picked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_small_novel(tmp_path / "novel", novel=NOVEL.replace("exports: [renpy]", "exports: []"))
    assert main(["take", CLIP, "--dir", str(root), "-n", "4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["number"], one["seeds"]) for one in told["takes"]] == [(n, {"seed": n}) for n in (1, 2, 3, 4)]
    page = Path(told["page"])
    assert page.read_text("utf-8").count("<audio ") == 5
    heard = [soundfile.info(page.parent / f"{number}.ogg").samplerate for number in range(5)]
    assert heard == [48_000] * 5
    assert main(["take", CLIP, "--dir", str(root), "--pick", "3", "--why", "the pause"]) == 0
    assert (root / "build/voices/en/l1aaaa.ogg").read_bytes() == (page.parent / "3.ogg").read_bytes()
