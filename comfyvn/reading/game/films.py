"""Films in our own exports: three statements of the game are one of the contracts'."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from comfyvn.reading.game.nodes import Node
from comfyvn.reading.game.texts import literal

TAG = "movie"  # of the images that are films
PLAYED = re.compile(r"call screen cvn_movie\((.*)\)$", re.DOTALL)
FILE = re.compile(r"cvn\.film\((.*)\)$", re.DOTALL)


def film_files(nodes: Sequence[Node]) -> dict[str, str]:
    """The name of a film's image, without its tag → file."""
    made = [node for node in nodes if node["kind"] == "image" and node["name"][:1] == [TAG]]
    found = {node["name"][-1]: FILE.match((node["code"] or "").strip()) for node in made}
    return {name: str(literal(match[1])) for name, match in found.items() if match}


def with_films(nodes: Sequence[Node]) -> list[Node]:
    """Where a film is on the stage, a screen plays it, and the stage is empty then, there is one node `movie` (name,
    captions, skip).
    """
    found: list[Node] = []
    rest = list(nodes)
    while rest:
        film = _film(rest)
        found.append(film or rest[0])
        del rest[: 3 if film else 1]
    return found


def _film(nodes: Sequence[Node]) -> Node | None:
    shown, played, after = (*nodes[:3], *({"kind": ""},) * 3)[:3]
    names = [node.get("name", [])[:1] for node in (shown, after)]
    if (shown["kind"], after["kind"]) != ("scene", "scene") or names != [[TAG], ["black"]]:
        return None
    told = PLAYED.match(played.get("text", ""))
    said: Any = literal(f"({told[1]})") if told else None
    if not isinstance(said, tuple) or len(said) != 2:
        return None
    return {**shown, "kind": "movie", "name": shown["name"][-1], "captions": said[0], "skip": said[1]}
