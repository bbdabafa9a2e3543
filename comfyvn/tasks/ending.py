"""How a run ends: its exit code, what is kept of it for the next one, and nothing left running."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable

from comfyvn.tasks import failures
from comfyvn.tasks.codes import FAILED, NOT_BEGUN, WELL
from comfyvn.tasks.novel import opened
from comfyvn.tasks.stopping import Stopping

STOPPED = "\nstopped; what was finished is kept, the rest is made by the next `doit`\n"
UNCLEAN = (
    "a server did not answer in time: what it renders for this novel may go on there, and the next `doit` takes it up\n"
)


def ending(stopping: Stopping, run: Callable[[], object]) -> int:
    """Does `run`, which gives doit's result, and ends what it left; returns the exit code."""
    try:
        return _code(run())
    except KeyboardInterrupt:
        stopping.wait()
        sys.stderr.write(STOPPED if stopping.is_clean else STOPPED + UNCLEAN)
        return stopping.code or 130
    except sqlite3.Error as error:
        return _without_database(error)
    finally:
        for novel in opened():
            failures.keep(novel, novel.session.well)
            if not stopping.is_asked:
                novel.end()


def stop_all(seconds: float) -> bool:
    """Stops every novel that is open, within so many seconds; False: something did not end."""
    until, is_clean = time.monotonic() + seconds, True
    for novel in opened():
        novel.session.is_stopping = True
        is_clean &= novel.engine.stop(max(until - time.monotonic(), 0.1))
    return is_clean


def _code(result: object) -> int:
    """doit tells failures (1) from errors (2), such as a dependency that failed; for people and scripts it is one."""
    is_failed = any(novel.session.ledger.failed for novel in opened())
    return NOT_BEGUN if result == NOT_BEGUN else FAILED if result or is_failed else WELL


def _without_database(error: sqlite3.Error) -> int:
    """A run whose end doit could not write down: what was made is kept all the same, by its records."""
    has_run = False
    for novel in opened():
        if novel.session.reporter is not None:
            novel.session.reporter.complete_run()
            has_run = True
    sys.stderr.write(
        f"error: doit's database cannot be used ({error})\nwhere: .comfyvn/doit.sqlite\n"
        "to do: remove it (nothing is made again for that), or make the novel's folder writable\n"
    )
    return FAILED if has_run else NOT_BEGUN
