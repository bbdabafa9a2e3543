#!/usr/bin/env python3
"""Kills a clean build at random moments, lets the next one finish, and holds its tree to an undisturbed build's.

usage: python bench/kills.py NOVEL [--rounds 20] [--seed 1]

NOVEL is a folder of contracts; it is copied, never touched. Every round begins with no build/, no state and an empty
cache. Prints a line a round: when the kill came, what was made twice, what was wrong; exits 1 if anything was.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MADE = re.compile(r"^\[\d+/\d+\] (\S+)", re.MULTILINE)
IGNORED = shutil.ignore_patterns("build", ".comfyvn", ".git", "tests", "docs", "comfyvn")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def build(novel: Path, cache: Path, kill_after: float | None = None) -> tuple[int, list[str], float]:
    """Runs doit; kills it and its children after so many seconds. Exit code, what was made, seconds."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "doit"],
        cwd=novel,
        env={**os.environ, "COMFYVN_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    output, _ = process.communicate()
    return process.returncode, MADE.findall(output), time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("novel", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reference = folder / "reference"
        shutil.copytree(options.novel, reference, ignore=IGNORED)
        code, made, seconds = build(reference, folder / "cache-reference")
        expected = tree(reference / "build")
        print(f"undisturbed: exit {code}, {len(made)} made in {seconds:.1f} s, {len(expected)} files", flush=True)
        for number in range(options.rounds):
            novel, cache = folder / f"novel{number}", folder / f"cache{number}"
            shutil.copytree(options.novel, novel, ignore=IGNORED)
            moment = chance.uniform(0.05, 0.97) * seconds
            _, first, _ = build(novel, cache, moment)
            partial = list((novel / "build").rglob("*.part"))
            code, second, _ = build(novel, cache)
            found = tree(novel / "build")
            bad = sorted({*found} ^ {*expected}) + [path for path in expected if found.get(path, b"") != expected[path]]
            again = sorted({*first} & {*second})
            left = list((novel / ".comfyvn" / "partial").glob("*"))
            good = not bad and not partial and not left and code == 0
            wrong += not good
            print(
                f"round {number + 1}: killed at {moment:.1f} s after {len(first)} made, then {len(second)}; "
                f"made twice: {len(again)} {' '.join(again[:3])}; wrong files: {len(bad)} {' '.join(bad[:3])}; "
                f"left over: {len(left)}; {'good' if good else 'WRONG'}",
                flush=True,
            )
            shutil.rmtree(novel)
            shutil.rmtree(cache, ignore_errors=True)
    print(f"{options.rounds - wrong} of {options.rounds} good")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
