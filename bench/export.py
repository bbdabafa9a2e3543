#!/usr/bin/env python3
"""An export of a large novel after one edit: what is written, and the time beside `rsync -a` of the same tree.

usage: python bench/export.py [--n 1000] [--work DIR] [--keep] [--rounds 3]

The novel of novel.py is fabricated (see fabricate.py) and its export copied by rsync once. Then one character's
colour is changed, and one sprite is retouched; each time the export is built, and rsync brings its copy up to date. The
run fails when another file of the export is written than those that the edit is in. Needs rsync.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE))

from bench.fabricate import fabricate  # noqa: E402 # they are found when the package is
from bench.novel import write_novel  # noqa: E402

EXPORT = "build/export/renpy"
PERSON = "data/characters/c0/character.json"
SPRITE = "build/sprites/c0/day/standing/happy.png"


def recolour(novel: Path, number: int) -> set[str]:
    """Changes a character's colour; returns the files of the export that this is in."""
    person = json.loads((novel / PERSON).read_text("utf-8"))
    person["color"] = f"#{0x30 + number:02x}8040"
    (novel / PERSON).write_text(json.dumps(person, indent=2) + "\n", "utf-8")
    return {"game/characters.rpy"}


def retouch(novel: Path, number: int) -> set[str]:
    with Image.open(novel / SPRITE) as picture:
        touched = picture.convert("RGBA")
    touched.putpixel((3, 3), (number, 1, 2, 255))
    touched.save(novel / SPRITE)
    return {"game/sprites/c0/day/standing/happy.png"}


def stamps(export: Path) -> dict[str, int]:
    return {
        path.relative_to(export).as_posix(): path.stat().st_mtime_ns for path in export.rglob("*") if path.is_file()
    }


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of the processor in the programs that it ran."""
    began, used = time.perf_counter(), os.times()
    work()
    now = os.times()
    spent = now.children_user + now.children_system - used.children_user - used.children_system
    return time.perf_counter() - began, spent


def run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def rsync(source: Path, target: Path) -> None:
    run("rsync", "-a", "--delete", f"{source}/", f"{target}/", folder=source)


def measured(novel: Path, copy: Path, edit: Callable[[Path, int], set[str]], rounds: int) -> None:
    rows = []
    for number in range(1, rounds + 1):
        before, expected = stamps(novel / EXPORT), edit(novel, number)
        build = timed(lambda: run(sys.executable, "-m", "comfyvn.start", "build", "export_renpy", folder=novel))
        after = stamps(novel / EXPORT)
        written = {name for name, stamp in after.items() if before.get(name) != stamp} | (before.keys() - after.keys())
        if written != expected:
            raise SystemExit(f"{edit.__name__}: written {sorted(written)[:9]}, expected {sorted(expected)}")
        rows.append((build, timed(lambda: rsync(novel / EXPORT, copy))))
    print(f"{edit.__name__}: written {len(expected)} of {len(after)}")
    for place, clock in enumerate(("wall", "CPU")):
        build, sync = (statistics.median(row[which][place] for row in rows) for which in (0, 1))
        ratio = statistics.median(row[0][place] / row[1][place] for row in rows)
        print(f"  {clock:4} build {build:.2f} s, rsync {sync:.2f} s, ratio {ratio:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1000, help="sprites")
    parser.add_argument("--work", type=Path, help="folder for the trees (default: a temporary one)")
    parser.add_argument("--keep", action="store_true", help="leave the trees, and use them again")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="comfyvn-export-"))
    novel, copy = work / str(options.n) / "novel", work / str(options.n) / "copy"
    try:
        if not novel.exists():
            write_novel(options.n, novel)
            fabricate(novel)
        os.environ["COMFYVN_CACHE"] = str(work / "cache")
        os.environ["PYTHONPATH"] = str(HERE)
        run(sys.executable, "-m", "comfyvn.start", "build", folder=novel)  # every artifact is looked at once, untimed
        copy.mkdir(exist_ok=True)
        whole = timed(lambda: rsync(novel / EXPORT, copy))
        print(f"{len(stamps(novel / EXPORT))} files; a whole copy by rsync {whole[0]:.2f} s")
        for edit in (recolour, retouch):
            measured(novel, copy, edit, options.rounds)
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
