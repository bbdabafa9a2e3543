#!/usr/bin/env python3
"""Image-cache memory of sprites in the real engine: crops of atlas pages beside a file each.

usage: python bench/sprites.py [--people 6] [--shown 3] [--steps 60] [--json]

A game of 1920×1080 with people of 24 sprites each (832×1216, drawn here, packed by our own packer) shows some of them
at a time, in an order that is the same for both. After each line it asks the engine what its image cache holds.
Needs Ren'Py and Xvfb.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from comfyvn.contracts.character import Character
from comfyvn.makers.pack import pack
from comfyvn.playtest.display import display
from comfyvn.playtest.engine import engine, environment
from comfyvn.playtest.wire import Program
from comfyvn.recipe import LOCAL, FileInput, Pack
from comfyvn.targets.renpy_cast import atlas_text, files_text, image_name
from tests.fakes import renpy_novel

CANVAS = (832, 1216)
FACES = ("neutral", "happy", "sad", "angry", "shy", "tired")
ASK = """
init 1900 python:
    def bench_asked():
        import json, os, renpy
        sizes = [4 * entry.size() for entry in renpy.display.im.cache.cache.values()]
        rss = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")]
        with open(os.environ["BENCH_OUT"], "a") as out:
            out.write(json.dumps([sum(sizes), max(sizes or [0]), 1024 * rss[0]]) + "\\n")

screen bench():
    timer 0.05 action [Function(bench_asked), Return(True)]

label main_menu:
    return
"""


def people(count: int) -> dict[str, Character]:
    found = {}
    for number in range(count):
        faces = {face: {} for face in FACES}
        families = {"main": {"poses": {"standing": {}, "waving": {}}}}
        document = {"id": f"p{number}", "name": f"P{number}", "outfits": {"day": {}, "night": {}},
                    "pose_families": families, "expressions": faces}  # fmt: skip
        found[f"p{number}"] = Character.model_validate(document)
    return found


def draw(key: str, cell: tuple[str, str, str], file: Path) -> None:
    """A figure of the size that the draft endpoint and SDXL sprites have: about half as wide as its canvas."""
    tone = random.Random(f"{key} {cell}")
    page = Image.new("RGBA", CANVAS)
    ink = ImageDraw.Draw(page)
    shade = tuple(tone.randrange(60, 220) for _ in range(3))
    ink.rounded_rectangle((220, 380, 610, 1215), 120, fill=(*shade, 255))
    ink.ellipse((290, 70, 540, 380), fill=(236, 200, 170, 255))
    if cell[1] == "waving":
        ink.rounded_rectangle((600, 250, 700, 700), 45, fill=(*shade, 255))
    for _ in range(40):
        x, y = tone.randrange(230, 600), tone.randrange(400, 1200)
        ink.ellipse((x, y, x + 12, y + 12), fill=tuple(tone.randrange(256) for _ in range(3)))
    file.parent.mkdir(parents=True, exist_ok=True)
    page.save(file)


def write_games(folder: Path, count: int, shown: int, steps: int) -> dict[str, Path]:
    """The same game both ways."""
    cast, order = people(count), random.Random(7)
    project = renpy_novel.project()
    project = type(project)(**{**vars(project), "characters": cast})
    script = ["label start:", "    scene black"]
    for _ in range(steps):
        for place, key in enumerate(order.sample(sorted(cast), shown)):
            name = image_name(cast[key], *order.choice(cast[key].sprites()))
            script.append(f"    show {name} at Position(xpos={(place + 1) / (shown + 1)}, xanchor=0.5)")
        script += ["    call screen bench", *(f"    hide {key}" for key in sorted(cast))]
    text = "\n".join([*script, "    $ renpy.quit()", ""])
    games = {way: folder / way for way in ("atlas", "files")}
    for game in games.values():
        (game / "game").mkdir(parents=True)
        (game / "game/script.rpy").write_text(text + ASK)
        (game / "game/options.rpy").write_text("init -2 python:\n    gui.init(1920, 1080)\n")
    for key, one in cast.items():
        sprites = games["files"] / "game/sprites" / key
        pictures = {"/".join(cell): sprites.joinpath(*cell).with_suffix(".png") for cell in one.sprites()}
        for cell in one.sprites():
            draw(key, cell, pictures["/".join(cell)])
        packed = pack(Pack(LOCAL, key, inputs={name: FileInput("") for name in pictures}), pictures)
        atlas = games["atlas"] / f"game/atlas/{key}"
        atlas.mkdir(parents=True)
        for suffix, data in packed.files.items():
            (atlas / f"{key}{suffix}").write_bytes(data if isinstance(data, bytes) else data.read_bytes())
        frames = json.loads((atlas / f"{key}.json").read_text())
        (games["atlas"] / f"game/images_{key}.rpy").write_text(atlas_text(project, key, frames, f"atlas/{key}/"))
        (games["files"] / f"game/images_{key}.rpy").write_text(files_text(project, key, f"sprites/{key}/"))
    return games


def measured(game: Path, program: str, shown: Mapping[str, str]) -> dict[str, float]:
    out = game / "out"
    fix = Path(__file__).resolve().parents[1] / "comfyvn/playtest/inside/driver.rpy"
    early = fix.read_text().split("init 1900 python:")[0]
    (game / "game/00fix.rpy").write_text(early)
    environ = {**environment(os.environ, game, shown), "BENCH_OUT": str(out)}
    process = Program([program, str(game), "run", "--savedir", str(game / "saves")], environ)
    try:
        process.wait(time.monotonic() + 300)
        if not out.exists():
            raise SystemExit(process.said())
    finally:
        process.close()
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    pictures = list(game.rglob("*.png"))
    held, largest, rss = ([row[place] / 2**20 for row in rows] for place in range(3))
    return {
        "steps": len(rows), "first_mb": held[0], "mean_mb": sum(held) / len(rows), "peak_mb": max(held),
        "largest_mb": max(largest), "rss_mb": max(rss), "pictures": len(pictures),
        "disk_mb": sum(path.stat().st_size for path in pictures) / 2**20,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--shown", type=int, default=3)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="comfyvn-bench-") as folder, display() as shown:
        games = write_games(Path(folder), options.people, options.shown, options.steps)
        found = {way: measured(game, engine(os.environ), shown) for way, game in games.items()}
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name in found["atlas"]:
        print(f"{name:12} atlas {found['atlas'][name]:9.2f}   files {found['files'][name]:9.2f}")


if __name__ == "__main__":
    main()
