"""What it means when the system does not let us at a file: the class of the error, what to do, and whether to wait."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from comfyvn.errors import DiskFull, FileHeld, NotWritable, StoreError

T = TypeVar("T")

# A virus scanner, a viewer or a player holds a file for a moment; a program that edits it, for good.
HELD_TRIES, HELD_FIRST_S, HELD_MOST_S = 8, 0.05, 1.0  # about three and a half seconds in all

_FULL = frozenset({errno.ENOSPC})
_QUOTA = frozenset({errno.EDQUOT})
_HELD = frozenset({errno.EBUSY, errno.ETXTBSY})
_IN_THE_WAY = frozenset({errno.ENOTDIR, errno.EEXIST, errno.EISDIR})
# Windows' own numbers, where Python's are too coarse.
_WINDOWS_FULL, _WINDOWS_QUOTA = frozenset({39, 112}), frozenset({1295})

FULL = "the disk is full: free some room, then run the same command again; nothing finished is lost"
QUOTA = (
    "this account may not keep more on this disk: free some room or have the quota raised, then run the same command "
    "again; nothing finished is lost"
)
TOO_LARGE = "the file is larger than this disk or account allows: free some room, or raise the limit (`ulimit -f`)"
READ_ONLY = "the disk cannot be written to: mount it for writing, or move the novel"
PERMISSION = "see that the folder and the file belong to you and may be written, then run the same command again"
HELD = "close the program that holds the file, then run the same command again; everything else went on meanwhile"
IN_THE_WAY = "a file is where a folder should be, or a folder where a file should: move it away"
OTHERWISE = "see that the disk is there and whole, then run the same command again"


def refused(error: OSError, path: Path | str, doing: str = "write") -> StoreError:
    """The error for people: what the system said, which file, what to do. `doing`: write, read, remove."""
    kind, todo = _meaning(error)
    return kind(f"cannot {doing} ({error.strerror or error})", str(path), todo)


def _meaning(error: OSError) -> tuple[type[StoreError], str]:
    windows = getattr(error, "winerror", None)
    if error.errno in _FULL or windows in _WINDOWS_FULL:
        return DiskFull, FULL
    if error.errno in _QUOTA or windows in _WINDOWS_QUOTA:
        return DiskFull, QUOTA
    if error.errno == errno.EFBIG:
        return StoreError, TOO_LARGE
    if error.errno == errno.EROFS:
        return NotWritable, READ_ONLY
    if is_held(error):
        return FileHeld, HELD
    if error.errno in (errno.EACCES, errno.EPERM):
        return NotWritable, PERMISSION
    return StoreError, IN_THE_WAY if error.errno in _IN_THE_WAY else OTHERWISE


def is_held(error: BaseException) -> bool:
    """Whether another program holds the file. Windows says "access denied" for that as for a missing permission."""
    if not isinstance(error, OSError):
        return False
    return error.errno in _HELD or (os.name == "nt" and isinstance(error, PermissionError))


def patiently(work: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """Does `work`; while another program holds its file, again after growing pauses. Raises OSError, the last one."""
    try:
        return work()
    except OSError as error:
        if not is_held(error):
            raise
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential  # only a failure needs it

    sleep(HELD_FIRST_S)
    retrying = Retrying(
        stop=stop_after_attempt(HELD_TRIES - 1),
        wait=wait_exponential(multiplier=2 * HELD_FIRST_S, max=HELD_MOST_S),
        retry=retry_if_exception(is_held),
        sleep=sleep,
        reraise=True,
    )
    return retrying(work)
