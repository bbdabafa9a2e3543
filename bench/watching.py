#!/usr/bin/env python3
"""What a save costs a `comfyvn watch` that runs: CPU until its first render reaches the server, and until it is done.

usage: python bench/watching.py NOVEL [--rounds 5]

NOVEL is one of bench/novel.py that is built (`decide.py --keep` leaves one in WORK/N/novel). Every round gives one pose
of another character new words. Figures are CPU seconds (user + system) of the watch, counted from the save on; memory
is its peak so far. Pictures are drawn by endpoint.py, a process whose CPU is not counted. Needs Linux.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from bench.decide import edit  # noqa: E402
from bench.endpoint import Endpoint, peak_mb, used_cpu  # noqa: E402

QUIET_S = 0.5


def settled_cpu(watch: Path) -> float:
    """CPU seconds used, once the process has rested for a while."""
    before = used_cpu(watch)
    while True:
        time.sleep(QUIET_S)
        now = used_cpu(watch)
        assert now is not None, "the watch ended"
        if now - (before or 0.0) < 0.02:
            return now
        before = now


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("novel", type=Path, help="a built novel of bench/novel.py")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    novel = options.novel.resolve()
    firsts, wholes = [], []
    with Endpoint(novel.parent / "watch-endpoint") as endpoint:
        endpoint.serve(novel)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ = {**kept, "PYTHONPATH": str(REPOSITORY), "COMFYVN_CACHE": str(novel.parent / "watch-cache")}
        command = [sys.executable, "-m", "comfyvn.start", "watch", "--final", "--json"]
        with subprocess.Popen(command, cwd=novel, env=environ, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            endpoint.watch.write_text(str(process.pid))
            print(f"at first: {process.stdout.readline().strip()[:160]}", file=sys.stderr)
            for turn in range(options.rounds):
                before, posted = settled_cpu(endpoint.watch), len(endpoint.posted())
                edit(novel / f"data/characters/c{3 + 7 * turn}/character.json")
                said = process.stdout.readline()
                first = endpoint.posted()[posted].cpu
                assert first is not None, "the system does not tell how much CPU was used"
                firsts.append(first - before)
                wholes.append(settled_cpu(endpoint.watch) - before)
                print(f"{firsts[-1]:.2f} {wholes[-1]:.2f} {said.strip()[:120]}", file=sys.stderr)
            peak = peak_mb(endpoint.watch) or 0.0
            process.terminate()
    print("| rounds | first render, CPU s | whole round, CPU s | MB |\n| --- | --- | --- | --- |")
    print(f"| {options.rounds} | {statistics.median(firsts):.2f} | {statistics.median(wholes):.2f} | {peak:.0f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
