#!/usr/bin/env python3
"""Carries out every fault that the tests know, on real sockets, and writes the table of what came of it.

usage: python bench/faults.py [--json] [--only WORDS]

"what the user sees" are the lines of the build; N stands for seconds. "lost" counts renders that never came, even after
the user did as told; "repeated" counts, on the server, the prompts that began to run beyond the once that each must.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from tests.fakes.fault_cases import CASES, Row  # noqa: E402


def carried_out(only: str) -> list[Row]:
    rows = []
    for fault, run in CASES.items():
        if only in fault:
            with tempfile.TemporaryDirectory() as folder:
                rows.append(run(Path(folder)))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default="", help="faults whose name has these words")
    options = parser.parse_args()
    logging.getLogger("comfyvn").addHandler(logging.NullHandler())  # what it says is in the table
    rows = carried_out(options.only)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return 0
    print("| fault | what the user sees | lost | repeated |\n| --- | --- | --- | --- |")
    for row in rows:
        print(f"| {row.fault} | {row.seen.replace('|', '/')} | {row.lost} | {row.repeated} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
