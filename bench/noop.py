#!/usr/bin/env python3
"""Measures a build with nothing to do against ninja on the same graph, in one run.

usage: python bench/noop.py NOVEL [--rounds 7]

NOVEL is a built novel (bench/novel.py writes one). ninja gets the same targets with the same inputs, beside it: a rule
that copies nothing, outputs that are up to date. Both are run in turn; the figures are CPU seconds (user + system) of
the whole process and its children, and their ratio pair by pair. Needs ninja (Debian: apt-get install ninja-build).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from comfyvn.engine.opening import open_novel
from comfyvn.recipe import FileInput, TargetInput
from comfyvn.targets.target import Target


def contract_files(novel: Path, target: Target, files: dict[str, str]) -> list[str]:
    """The contract files that a target's facts name, as ninja's inputs."""
    contracts = {fact.partition(":")[0] for fact in target.facts}
    return sorted({files[name] for name in contracts if name in files})


def write_ninja(novel: Path, folder: Path) -> int:
    """build.ninja with an edge for each target; returns the number of edges."""
    opened = open_novel(novel)
    named = dict(opened.project.files)
    out = {name: f"out/{target.artifact}" for name, target in opened.targets.items()}
    rows = ["rule make", "  command = touch $out", ""]
    for name, target in opened.targets.items():
        inputs = []
        for item in target.recipe.inputs.values():
            inputs.append(out[item.target] if isinstance(item, TargetInput) else str(novel / item.path))
            assert isinstance(item, TargetInput | FileInput)
        inputs += [str(novel / file) for file in contract_files(novel, target, named)]
        inputs.append(str(novel / "comfyvn.yaml"))
        rows.append(f"build {_escape(out[name])}: make {' '.join(_escape(item) for item in dict.fromkeys(inputs))}")
    (folder / "build.ninja").write_text("\n".join(rows) + "\n", "utf-8")
    return len(opened.targets)


def _escape(path: str) -> str:
    return path.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")


def cpu(command: list[str], folder: Path) -> tuple[float, float, str]:
    """CPU seconds, wall seconds and the last line that the command printed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.monotonic() - began, (done.stdout.strip().splitlines() or [""])[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("novel", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    novel = options.novel.resolve()
    if shutil.which("ninja") is None:
        print("ninja is missing: apt-get install ninja-build", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edges = write_ninja(novel, folder)
        cpu(["ninja", "--quiet"], folder)
        ours, theirs = [sys.executable, "-m", "doit"], ["ninja", "--quiet"]
        cpu(ours, novel)
        pairs = []
        for _ in range(options.rounds):
            used, wall, said = cpu(ours, novel)
            if not said.startswith("up to date"):
                print(f"the novel is not up to date: {said}", file=sys.stderr)
                return 1
            pairs.append((used, wall, cpu(theirs, folder)[0]))
    figures = {
        "targets": edges,
        "doit_cpu_s": round(statistics.median(pair[0] for pair in pairs), 3),
        "doit_wall_s": round(statistics.median(pair[1] for pair in pairs), 3),
        "ninja_cpu_s": round(statistics.median(pair[2] for pair in pairs), 4),
        "ratio": round(statistics.median(pair[0] / pair[2] for pair in pairs), 1),
        "rounds": options.rounds,
        "cpus": os.cpu_count(),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
