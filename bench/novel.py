#!/usr/bin/env python3
"""Writes a synthetic novel of N sprites, for measuring how fast a build decides.

usage: python bench/novel.py N DIR [--fabricate]
       python bench/novel.py --story SCENES LINES DIR

Characters have 2 outfits, 2 poses and 5 expressions (20 sprites each); a location and a scene with 20 lines for every
character. Pictures are tiny, so that a first build on drafts takes seconds per hundred sprites. --fabricate leaves the
novel as a build would, without rendering: see bench/fabricate.py. --story writes a novel to be played:
so many scenes of so many lines each, with menus, variables and branches, and few pictures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
PER_CHARACTER = 20
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "surprised")


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


def character(number: int, sprites: int) -> dict[str, object]:
    """A character with at most `sprites` sprites; the rest of its cells do not exist."""
    pairs = [(outfit, pose) for outfit in ("day", "night") for pose in ("standing", "waving")]
    cells = [f"{outfit}/{pose}/{face}" for outfit, pose in pairs for face in EXPRESSIONS]
    return {
        "version": 1,
        "id": f"c{number}",
        "name": f"Person {number}",
        "prompt": f"person number {number}",
        "outfits": {"day": {"prompt": "coat"}, "night": {"prompt": "robe"}},
        "pose_families": {
            "main": {
                "seeds": {"character_seed": number, "detail_seed": number, "control_seed": number},
                "poses": {"standing": {"prompt": "standing"}, "waving": {"prompt": "waving"}},
            }
        },
        "expressions": {face: {"prompt": face, "seed": index} for index, face in enumerate(EXPRESSIONS)},
        "cells": {cell: {"skip": True} for cell in cells[sprites:]},
    }


def scene(number: int, last: bool) -> dict[str, object]:
    says = [
        {"say": f"c{number}", "text": f"Line {line} of person {number}.", "expression": EXPRESSIONS[line % 5],
         "id": f"l{number:04d}x{line:02d}"}
        for line in range(20)
    ]  # fmt: skip
    end = {"end": "The end"} if last else {"jump": f"s{number + 1}"}
    return {"version": 1, "id": f"s{number}", "background": f"p{number}", "script": [*says, end]}


def write_novel(count: int, folder: Path, voiced: str = "none") -> Path:
    """The novel of `count` sprites in `folder`, which must be new or empty."""
    people = -(-count // PER_CHARACTER)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "version: 1", f"id: bench{count}", f"title: Bench {count}", "start: s0", "style: tiny", f"voiced: {voiced}",
        "resolution: [320, 180]", "exports: [renpy]",
    ]  # fmt: skip
    (folder / "comfyvn.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    write_style(folder)
    for number in range(people):
        sprites = min(PER_CHARACTER, count - number * PER_CHARACTER)
        write_json(folder / f"data/characters/c{number}/character.json", character(number, sprites))
        place = {"version": 1, "id": f"p{number}", "prompt": f"room number {number}", "seed": number}
        write_json(folder / f"data/locations/p{number}.json", place)
        write_json(folder / f"data/scenes/s{number}.json", scene(number, number == people - 1))
    return write_tasks(folder)


def write_style(folder: Path) -> None:
    """The style of tiny pictures."""
    size = {"sprite": [64, 96], "background": [64, 64], "still": [64, 64]}
    write_json(folder / "data/styles/tiny.json", {"version": 1, "id": "tiny", "size": size})


def write_tasks(folder: Path) -> Path:
    for name in ("dodo.py", "doit.cfg"):
        shutil.copyfile(HERE / name, folder / name)
    return folder


def write_small(folder: Path) -> Path:
    """A novel with a little of everything: 12 sprites of 2 people, plates, variants, a still, spoken lines."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "version: 1", "id: small", "title: Small", "start: s0", "style: tiny", "voiced: all", "resolution: [320, 180]",
        "exports: [renpy]",
    ]  # fmt: skip
    (folder / "comfyvn.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    write_style(folder)
    for number in range(2):
        write_json(folder / f"data/characters/c{number}/character.json", small_character(number))
        variants = {"dusk": {"prompt": "dusk", "seed": 90 + number}}
        place = {"version": 1, "id": f"p{number}", "prompt": f"room number {number}", "seed": number}
        write_json(folder / f"data/locations/p{number}.json", {**place, "variants": variants})
        write_json(folder / f"data/scenes/s{number}.json", small_scene(number, "s1" if number == 0 else ""))
    return write_tasks(folder)


def small_character(number: int) -> dict[str, object]:
    faces = {face: {"prompt": face, "seed": index} for index, face in enumerate(EXPRESSIONS[:3])}
    whole = character(number, PER_CHARACTER)
    return {**whole, "outfits": {"day": {"prompt": "coat"}}, "expressions": faces, "voice": {"voice": "en-gb"}}


def small_scene(number: int, following: str) -> dict[str, object]:
    who = f"c{number % 2}"
    still = {"id": "view", "prompt": "a door", "moment": "noon", "hero": {"character": who, "expression": "happy"},
             "seeds": {"background_seed": number, "hero_seed": number}}  # fmt: skip
    says = [{"say": who, "text": "So it begins.", "expression": "happy", "id": f"a{number}b0"}]
    end = {"jump": following} if following else {"end": "The end"}
    script: list[object] = [*says, {"still": "view"}, end]
    return {"version": 1, "id": f"s{number}", "background": f"p{number % 2}", "shots": [still], "script": script}


def write_story(scenes: int, said: int, folder: Path) -> Path:
    """A novel of `scenes` scenes with `said` lines each: the first chooses one of the routes, each of ten scenes."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "version: 1", "id: story", "title: A Story", "start: s0", "style: tiny", "voiced: none",
        "resolution: [320, 180]", "exports: [renpy]", "variables: {trust: 0}",
    ]  # fmt: skip
    (folder / "comfyvn.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    write_style(folder)
    for number in range(3):
        write_json(folder / f"data/characters/c{number}/character.json", small_character(number))
        place = {"version": 1, "id": f"p{number}", "prompt": f"room number {number}", "seed": number}
        write_json(folder / f"data/locations/p{number}.json", place)
    for number in range(scenes):
        write_json(folder / f"data/scenes/s{number}.json", story_scene(number, scenes, said))
    return write_tasks(folder)


ROUTE = 10  # scenes


def story_scene(number: int, scenes: int, said: int) -> dict[str, object]:
    """The first scene ends in a menu of routes. In the middle of a route a choice is made that its last scene asks."""
    who, tag = f"c{number % 3}", f"s{number:03d}"
    says: list[object] = [
        {"say": who, "text": f"Scene {number}, line {line}.", "expression": EXPRESSIONS[line % 3],
         "id": f"{tag}x{line}"}
        if line % 4 else {"narrate": f"Scene {number}, told in line {line}.", "id": f"{tag}x{line}"}
        for line in range(said - 1)
    ]  # fmt: skip
    last = {"say": who, "text": "So be it.", "id": f"{tag}y"}
    routes = range(1, scenes, ROUTE)
    if number == 0:
        choices = [{"text": f"Route {goal}.", "id": f"{tag}c{goal}", "jump": f"s{goal}"} for goal in routes]
        script = [*says, last, {"menu": choices}]
    elif number % ROUTE == ROUTE // 2:
        stay = {"text": "Stay.", "id": f"{tag}c0", "script": [{"add": "trust"}, last]}
        script = [*says, {"menu": [stay, {"text": "Go.", "id": f"{tag}c1"}]}, {"jump": f"s{number + 1}"}]
    elif number + 1 in routes or number + 1 == scenes:
        asked = {"if": "trust > 0", "then": [last], "else": [{**last, "id": f"{tag}z"}]}
        script = [*says, asked, {"end": f"End {number}"}]
    else:
        script = [*says, last, {"jump": f"s{number + 1}"}]
    place = {"placements": [{"character": who, "at": "center"}], "background": f"p{number % 3}"}
    return {"version": 1, "id": f"s{number}", "title": f"Scene {number}", **place, "script": script}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, metavar="N", nargs="?", default=20)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--story", type=int, nargs=2, metavar=("SCENES", "LINES"))
    parser.add_argument("--fabricate", action="store_true", help="with artifacts and records, as if it were built")
    options = parser.parse_args()
    if options.story:
        print(write_story(*options.story, options.folder))
        sys.exit()
    print(write_novel(options.count, options.folder))
    if options.fabricate:
        sys.path.insert(0, str(HERE))
        from bench.fabricate import fabricate

        print(f"{fabricate(options.folder)} targets fabricated")
