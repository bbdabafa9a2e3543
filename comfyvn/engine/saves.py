"""Tells which files of a novel were saved, in batches; what builds write never counts.

Two watches share the work (library: watchfiles, over inotify, FSEvents and ReadDirectoryChangesW): one on the novel's
folder itself, which sees files and folders come and go there, and one on everything inside the folders that can hold
contracts or art (folders that come later have others). Thus build/, .git and virtual environments are not looked into
at all: they would cost one inotify watch for each of their folders, and wake us for every file that we make.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from comfyvn import paths
from comfyvn.engine.state import FOLDER
from comfyvn.errors import StoreError
from comfyvn.store import takes

OURS = frozenset({paths.BUILD, FOLDER})
NEVER = OURS | {"dist", "node_modules", "__pycache__"}
QUIET_MS = 60  # a batch ends when nothing was saved for so long
LONGEST_MS = 1000  # and at the latest after this
BEAT_MS = 150  # how soon a watch notices that it is to end
SETTLING_S = 0.1  # both watches see one save of many files

Changes = set[tuple[Change, str]]
_Folder = tuple[Path, int]  # and its number in the file system


class Saves:
    """`batches()` yields sets of file names (relative, forward slashes) as they are saved; a context manager.

    Entering returns when the watches are in place: what is saved afterwards is seen, also while nobody asks.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._heard: queue.Queue[Changes | StoreError] = queue.Queue()
        self._top = _Watch(lambda: [self._root], False, self._heard.put)
        self._inside: list[tuple[frozenset[_Folder], _Watch]] = []

    def __enter__(self) -> Saves:
        self._top.start()
        self._look_inside()
        return self

    def __exit__(self, *_: object) -> None:
        self._top.stop()
        for _folders, inside in self._inside:
            inside.stop()

    def batches(self) -> Iterator[list[str]]:
        """Each batch, sorted; never ends by itself. Raises StoreError when the system cannot watch (any more)."""
        while True:
            changes = self._next()
            self._look_inside()
            if names := list(self._names(changes)):
                yield names

    def _next(self) -> Changes:
        found: Changes = set()
        while True:
            try:
                # Never without end: on Windows Ctrl-C does not wake a thread that waits for a queue.
                heard = self._heard.get(timeout=SETTLING_S if found else 0.5)
            except queue.Empty:
                if found:
                    return found
                continue
            if isinstance(heard, StoreError):
                raise heard
            found |= heard

    def _look_inside(self) -> None:
        """Watches the folders that are there now: a branch switch takes folders away and brings them back as others.

        New ones get a watch of their own: one that is ended forgets what it has seen and not told yet.
        """
        now = _numbered(self._root)
        for watched, inside in self._inside:
            if not watched & now:
                inside.stop()
        self._inside = [one for one in self._inside if one[0] & now]
        if new := now.difference(*(watched for watched, _ in self._inside)):
            places = sorted(path for path, _ in new)
            inside = _Watch(lambda: [path for path in places if path.is_dir()], True, self._heard.put)
            inside.start()
            self._inside.append((new, inside))

    def _names(self, changes: Changes) -> Iterator[str]:
        """What an editor writes beside a file and takes away again within the batch is left out."""
        added = {file for kind, file in changes if kind == Change.added}
        for file in sorted({file for _, file in changes}):
            path = Path(file)
            name = path.relative_to(self._root).as_posix()
            if is_watched(name) and name != takes.FOLDER and (path.exists() or file not in added):
                yield name


class _Watch:
    """One watch in a thread of its own; `start` returns when it is in place."""

    def __init__(
        self, what: Callable[[], list[Path]], deep: bool, tell: Callable[[Changes | StoreError], None]
    ) -> None:
        self._what, self._deep, self._tell = what, deep, tell
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._end, is_there = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._follow, args=(self._end, is_there), daemon=True)
        self._thread.start()
        is_there.wait()

    def stop(self) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _follow(self, end: threading.Event, is_there: threading.Event) -> None:
        watched: list[Path] = []
        try:
            while not end.is_set():
                watched = self._what()
                if not watched:
                    is_there.set()
                    return
                try:
                    for changes in _watched(watched, self._deep, end):
                        is_there.set()
                        if changes:
                            self._tell(changes)
                except FileNotFoundError:
                    continue  # it went away between our look and the watch: look again
        except (OSError, RuntimeError) as error:  # watchfiles' own error is a RuntimeError
            self._tell(_unwatchable(watched[0], error))
        finally:
            is_there.set()


def _unwatchable(folder: Path, error: Exception) -> StoreError:
    return StoreError(
        f"the system does not tell which files are saved ({error})",
        str(folder),
        "set WATCHFILES_FORCE_POLLING=true; on Linux, raise the limit: sysctl fs.inotify.max_user_watches=524288",
    )


def _watched(watched: Iterable[Path], deep: bool, end: threading.Event) -> Iterator[Changes]:
    """Batches of changes; an empty one at first, which says that the watch is in place, and now and then."""
    return watch(
        *watched,
        watch_filter=_Editors(),
        debounce=LONGEST_MS,
        step=QUIET_MS,
        stop_event=end,
        rust_timeout=BEAT_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
        recursive=deep,
        ignore_permission_denied=True,
    )


class _Editors(DefaultFilter):
    """Leaves out what editors keep beside a file; folders are our own affair."""

    ignore_dirs = ()


def folders(root: Path) -> list[Path]:
    """The novel's own folders that something can be saved in, sorted."""
    try:
        found = [path for path in root.iterdir() if is_watched(path.name) and path.is_dir()]
    except OSError:
        return []
    return sorted(path for path in found if not (path / "pyvenv.cfg").exists())


def _numbered(root: Path) -> frozenset[_Folder]:
    found = set()
    for path in folders(root):
        with suppress(FileNotFoundError):  # gone meanwhile
            found.add((path, path.stat().st_ino))
    return frozenset(found)


def is_watched(name: str) -> bool:
    """Whether a save of this file or folder counts; `name` is relative to the novel's folder."""
    parts = name.split("/")
    if parts[0] == takes.FOLDER and len(parts) > 1:
        return name == takes.FILE  # what was chosen counts; bytes are kept before it is written
    return parts[0] not in NEVER and not any(part.startswith(".") or part == "__pycache__" for part in parts)
