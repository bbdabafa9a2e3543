"""How our own exports begin and end a scene: read back into the scene's own members."""

from __future__ import annotations

import re
from typing import Any

from comfyvn.reading.game.nodes import Node, walk
from comfyvn.reading.game.statements import REPLAYED, Story
from comfyvn.reading.game.texts import literal

Value = dict[str, Any]


def opened(scene: str, nodes: list[Node], script: list[Value], story: Story) -> Value:
    """The members of a scene whose script our export wrote: `script` begins with what they became there."""
    found: Value = {"title": _title(nodes)}
    rest = list(script)
    first = rest.pop(0)
    found["background"] = first.get("background") or {"prompt": scene, "file": _still(story, scene, "base")}
    placements = []
    while "with" in first and rest and "show" in rest[0] and "at" in rest[0]:
        shown = rest.pop(0)
        placements.append({"character": shown.pop("show"), **{k: v for k, v in shown.items() if k != "with"}})
    if placements:
        found["placements"] = placements
    if rest[:1] == [{"transition": "dissolve"}]:
        rest.pop(0)
    if rest[:1] == [{"nvl": "clear"}]:  # no other scene of ours wipes a page
        found["mode"] = "nvl"
        rest.pop(0)
    if any(node["kind"] == "python" and node["code"].strip() == REPLAYED for node in walk(nodes)):
        found["replay"] = True
    for channel in ("music", "ambience"):
        if rest and set(rest[0]) == {channel} and rest[0][channel]:
            found[channel] = rest.pop(0)[channel]
    shots = sorted(file.split("/")[2] for file in story.sounds.files if file.startswith(f"stills/{scene}/"))
    names = [name.rpartition(".")[0] for name in shots if not name.startswith("base.")]
    if names:
        found["shots"] = [{"id": name, "file": _still(story, scene, name)} for name in names]
    if rest and set(rest[-1]) == {"jump"}:
        goal = rest.pop()["jump"]
        found["script"], found["next"] = rest, goal
        return found
    if rest and rest[-1] == {"end": ""}:
        rest.pop()  # how the file ends when nothing follows
    return {**found, "script": rest}


def _title(nodes: list[Node]) -> str:
    for node in walk(nodes):
        if node["kind"] == "python" and (named := re.match(r"save_name\s*=\s*(.*)", node["code"].strip(), re.DOTALL)):
            return str(literal(named[1]) or "").replace("{{", "{")
    return ""


def _still(story: Story, scene: str, shot: str) -> str:
    file = next((each for each in sorted(story.sounds.files) if each.startswith(f"stills/{scene}/{shot}.")), "")
    return f"art/{file}" if file else f"art/stills/{scene}/{shot}.png"
