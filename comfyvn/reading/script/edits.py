"""Puts line ids into a scene's script file and leaves every other byte as it is."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping

from comfyvn.contracts.place import Steps
from comfyvn.reading.edits import insert as insert_json
from comfyvn.reading.script.source import Script, read_script


def insert_ids(file: str, data: bytes, ids: Mapping[Steps, str]) -> bytes:
    """The script `data` with an id at each steps (`("script", 3, "id")`), where a line has none yet.

    Raises ValueError where there is no such line. `data` must be a sound script.
    """
    script, problems = read_script(file, data)
    if script is None or problems:
        raise ValueError(f"{file} is not sound")
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data[len(mark) :].decode()
    # Places are of the text without carriage returns; each of these is left where it stands.
    returns = [found.start() - number for number, found in enumerate(re.finditer("\r\n", text))]
    for start, end, new in sorted(_changes(script, text.replace("\r\n", "\n"), ids), reverse=True):
        first, last = (at + bisect_left(returns, at) for at in (start, end))
        text = text[:first] + new + text[last:]
    return mark + text.encode()


def _changes(script: Script, text: str, ids: Mapping[Steps, str]) -> list[tuple[int, int, str]]:
    """(start, end, what comes there) of every change."""
    changes: list[tuple[int, int, str]] = []
    as_json: dict[Steps, dict[Steps, object]] = defaultdict(dict)
    for steps, line_id in ids.items():
        at = next(steps[:count] for count in range(len(steps) - 1, 0, -1) if steps[:count] in script.found.at)
        spot = script.found.at[at]
        if spot.json is not None:
            as_json[at][steps[len(at) :]] = line_id
        elif spot.gap is not None and at == steps[:-1]:
            changes.append((spot.gap.at, spot.gap.at, spot.gap.before + line_id + spot.gap.after))
        else:
            raise ValueError(f"there is no line without an id at {steps}")
    for at, values in as_json.items():
        spot = script.found.at[at]
        start, end = spot.json or 0, spot.line.end
        changes.append((start, end, insert_json(text[start:end].encode(), values, after_first=True).decode()))
    return changes
