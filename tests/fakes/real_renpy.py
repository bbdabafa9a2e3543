"""What every test in real Ren'Py needs: where the engine is, and the mark that skips without it."""

from __future__ import annotations

import os
import shutil

import pytest

from comfyvn.reading.game.installed import found

APT = "apt-get install -y --no-install-recommends renpy xvfb xauth libgl1-mesa-dri"
RENPY = found(os.environ)
MARKS = [
    pytest.mark.real,
    pytest.mark.skipif(
        RENPY is None or shutil.which("Xvfb") is None or shutil.which("xvfb-run") is None,
        reason=f"renpy is not installed: {APT}",
    ),
]
# Drawn by the processor, in the thread that asks for it: more threads take more of its time in all.
DRAWING = {"LIBGL_ALWAYS_SOFTWARE": "1", "LP_NUM_THREADS": "0"}


def on_screen(size: str = "960x540") -> list[str]:
    """What a command is begun with to have a screen of this size; most of an engine's time goes into drawing."""
    return ["xvfb-run", "-a", "-s", f"-screen 0 {size}x24"]
