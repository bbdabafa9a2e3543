"""Ren'Py's positions and transitions, and ours that are nearest."""

from __future__ import annotations

import re

BUILT_IN = {
    "dissolve": "dissolve", "fade": "fade", "move": "move", "ease": "ease", "wipeleft": "wipe_left",
    "wiperight": "wipe_right", "pixellate": "pixellate", "vpunch": "vpunch", "hpunch": "hpunch", "None": "none",
    "cvn_flash": "flash", "flash": "flash",
}  # fmt: skip
NEAR = (("ease", "ease"), ("move", "move"), ("Move", "move"), ("Dissolve", "dissolve"), ("Fade", "fade"),
        ("Pixellate", "pixellate"))  # fmt: skip
SPOTS = {
    "left": "left", "right": "right", "center": "center", "truecenter": "center", "topleft": "left",
    "topright": "right", "top": "center", "default": "center", "reset": "center",
}  # fmt: skip
NAMED = {0.12: "far_left", 0.27: "left", 0.5: "center", 0.73: "right", 0.88: "far_right"}
ACROSS = re.compile(
    r"\b(?:xalign|xpos)\s*=\s*([+-]?[\d.]+)|\bcvn_at\(([+-]?[\d.]+(?:e-?\d+)?)\)|\balign\s*=\s*\(([\d.]+)"
)
