"""How the Ren'Py engine is called to play by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from comfyvn.reading.game import installed


def environment(environ: Mapping[str, str], home: Path, shown: Mapping[str, str]) -> dict[str, str]:
    """For an engine that plays by itself: no sound device, no editor, no questions, nothing of the user's own.

    `shown`: what says where its window is shown.
    """
    return {
        **installed.told(environ, home),
        "RENPY_SIMPLE_EXCEPTIONS": "1",
        "RENPY_LESS_UPDATES": "1",
        "RENPY_EDIT_PY": "",
        "RENPY_SKIP_SPLASHSCREEN": "1",
        "RENPY_PERFORMANCE_TEST": "0",
        "RENPY_RENDERER": "gl2",
        "PYTHONFAULTHANDLER": "1",  # a crash of the engine itself says where it was
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "BROWSER": "true",
        **shown,
    }
