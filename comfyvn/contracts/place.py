"""JSON paths such as `$.cells["a/b/c"].seed` or `$.script[3].text`: written by the checks, read back to find a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

Steps = tuple[str | int, ...]
PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
STEP = re.compile(r'\.([A-Za-z_$][A-Za-z0-9_$]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def show(steps: Iterable[str | int], start: str = "$") -> str:
    """The path that leads from `start` over `steps`."""
    return start + "".join(_shown(step) for step in steps)


def _shown(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if PLAIN_KEY.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"


def parse(path: str) -> Steps:
    """The steps of a path that `show` wrote."""
    return tuple(key or (int(index) if index else str(json.loads(quoted))) for key, index, quoted in STEP.findall(path))
