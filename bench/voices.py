#!/usr/bin/env python3
"""Speaks N lines of one sentence with eSpeak, as a build does: clips per second, real-time factor, memory.

usage: python bench/voices.py [N] [--work DIR]

The novel has one scene of N narrated lines, each with words of its own. It is built twice by `comfyvn build voices`,
first with an empty cache; the second run must speak nothing. Every clip is spoken, trimmed, levelled, limited, encoded
as WAV and as OGG, decoded again and measured, subtitled, published and recorded. The memory is that of the build's own
process at each quarter of the clips; eSpeak's processes live for a line each. Linux: it reads /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE))

from bench.novel import write_json, write_style, write_tasks  # noqa: E402

WATCH_S = 0.5
NAMES = ("lamp", "tide", "harbour", "gull", "rope", "bell", "window", "letter", "kettle", "stair")


@dataclass
class Measured:
    """One build. `memory`: (clips made so far, MB of the process) at every look."""

    code: int = -1
    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    memory: list[tuple[int, float]] = field(default_factory=list)

    def at(self, count: int) -> float:
        """Memory when `count` clips were made, or soon after."""
        return next((mb for made, mb in self.memory if made >= count), self.peak)


def write_novel(count: int, folder: Path) -> None:
    folder.mkdir(parents=True)
    lines = ["version: 1", "id: voices", "title: Voices", "start: s0", "style: tiny", "voiced: all", "exports: []"]
    (folder / "comfyvn.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    write_style(folder)
    write_json(folder / "data/locations/p0.json", {"version": 1, "id": "p0", "prompt": "a room", "seed": 1})
    says = [{"narrate": sentence(number), "id": f"l{number:05d}"} for number in range(count)]
    scene = {"version": 1, "id": "s0", "background": "p0", "script": [*says, {"end": "The end"}]}
    write_json(folder / "data/scenes/s0.json", scene)
    write_tasks(folder)


def sentence(number: int) -> str:
    first, second = NAMES[number % 10], NAMES[number // 10 % 10]
    return f"I left the {first} beside the {second} on day {number + 1}, and nobody asked me why."


def built(folder: Path, cache: Path) -> Measured:
    """Builds the voices of a novel, and looks at the process while it runs."""
    seen, output = Measured(), folder / "build.log"
    environment = {**os.environ, "PYTHONPATH": str(HERE), "COMFYVN_CACHE": str(cache)}
    began = time.monotonic()
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "comfyvn.cli", "build", "voices"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        while True:
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            seen.memory.append((clips(folder), resident(process.pid)))
            time.sleep(WATCH_S)
    process.returncode = seen.code = os.waitstatus_to_exitcode(status)
    seen.wall, seen.cpu = time.monotonic() - began, used.ru_utime + used.ru_stime
    seen.peak = used.ru_maxrss / 1024
    if seen.code:
        raise SystemExit(output.read_text("utf-8", "replace")[-2000:])
    return seen


def resident(pid: int) -> float:
    """MB that a process has in memory; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) / 1024 if found else 0.0


def clips(folder: Path) -> int:
    voices = folder / "build/voices/en"
    return sum(1 for _ in voices.glob("*.render.json")) if voices.is_dir() else 0


def spoken_seconds(folder: Path) -> float:
    records = (folder / "build/voices/en").glob("*.render.json")
    return sum(json.loads(record.read_text("utf-8"))["notes"]["duration_ms"] for record in records) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=1000, metavar="N")
    parser.add_argument("--work", type=Path, help="a folder for the novel and its cache; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="comfyvn-voices-") as temporary:
        work = options.work or Path(temporary)
        novel = work / "novel"
        write_novel(options.count, novel)
        first = built(novel, work / "cache")
        made, audio = clips(novel), spoken_seconds(novel)
        before = {path: path.stat().st_mtime_ns for path in (novel / "build/voices").rglob("*.*")}
        second = built(novel, work / "cache")
        after = {path: path.stat().st_mtime_ns for path in (novel / "build/voices").rglob("*.*")}
    if made != options.count or before != after:
        raise SystemExit(f"{made} clips were made; the second run changed {len(before.items() ^ after.items())} files")
    quarters = ", ".join(f"{first.at(made * part // 4):.0f}" for part in (1, 2, 3, 4))
    print(f"{made} clips, {audio:.0f} s of speech, {os.cpu_count()} cores")
    print(f"first run: {first.wall:.1f} s, {made / first.wall:.1f} clips/s, real-time factor {first.wall / audio:.4f}")
    print(f"           {first.cpu:.1f} CPU s, {1000 * first.cpu / made:.0f} ms a clip with eSpeak's own processes")
    print(f"           memory at each quarter {quarters} MB, peak {first.peak:.0f} MB")
    print(f"second run: nothing spoken, {second.wall:.2f} s, {second.cpu:.2f} CPU s, peak {second.peak:.0f} MB")


if __name__ == "__main__":
    main()
