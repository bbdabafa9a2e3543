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
