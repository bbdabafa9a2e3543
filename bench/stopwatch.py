"""Runs one program and prints what it cost, as JSON; small itself, because a child's peak is never below its parent's.

usage: python -I -S bench/stopwatch.py OUTPUT WATCH PROGRAM [ARGUMENT …]

OUTPUT: the file that gets all the program says. WATCH: the file that gets its process id, while it runs.
Posix only: it asks wait4 for the CPU of the program and of every child that it waited for.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    output, watch, *command = sys.argv[1:]
    with open(output, "wb") as log:  # noqa: PTH123 - pathlib alone would double this process
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        with open(watch, "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(str(process.pid))
        _, status, used = os.wait4(process.pid, 0)
    facts = {
        "code": os.waitstatus_to_exitcode(status),
        "wall": time.monotonic() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "rss_mb": used.ru_maxrss / (2**20 if sys.platform == "darwin" else 1024),
    }
    process.returncode = facts["code"]
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
