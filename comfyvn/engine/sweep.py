"""Has anything moved since the last build? A list of paths with what the file system said of each, held against now.

This is all that a build with nothing to do runs, so it imports next to nothing. The snapshot is one file: a CRC-32, a
header (one line of text), the paths (joined by NUL), four 64-bit integers for each (modification and change time in
ns, size, inode), and then what only a build with something to do needs (see engine.settled), with a CRC-32 of its own.
A snapshot that is damaged is no snapshot, and everything is judged anew.
"""

from __future__ import annotations

import gc
import os
import sys
import zlib
from array import array
from itertools import compress
from operator import attrgetter, length_hint, ne

FORMAT = 3  # raised when what is packed changes, also in engine.settled
MARK = "\x1e"
FOLDER = ".comfyvn"
FILE = "swept"
LOG = "settled.log"  # there while a build runs, or after one that was killed
PARTS = 4
INODE = 2**63 - 1
RACY_NS, COARSE_NS = 20_000_000, 2_100_000_000
ABSENT = (-1, -1, -1, -1)  # there is no such file, and that is as it was
UNSURE = (-2, -2, -2, -2)  # equal to nothing: whoever meets it looks at the file itself

Signature = tuple[int, int, int, int]
_AS_SIGNATURE = attrgetter("st_mtime_ns", "st_size", "st_ino", "st_ctime_ns")  # of a stat_result


def signature(path: str) -> Signature:
    """What tells that a file has changed: modification time, size, inode, change time; ABSENT where there is none."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - the sweep has no room for pathlib
    except OSError:
        return ABSENT
    # Some file systems number their files with all 64 bits, or more.
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino & INODE, stat.st_ctime_ns)


def is_racy(signed: Signature, now_ns: int) -> bool:
    """Whether the file was written so recently that it may change again without its signature moving.

    Clocks of file systems tick every few milliseconds; where time stamps are whole seconds, every two (FAT).
    """
    newest = max(signed[0], signed[3])
    return now_ns - newest < (COARSE_NS if signed[0] % 1_000_000_000 == 0 else RACY_NS)


class Header:
    """What a snapshot says of itself. `pending`: targets that are not settled; `own_tasks`: the author's dodo.py has
    tasks of its own, which must be asked; `said`: the lines that a build with nothing to do prints.
    """

    __slots__ = ("environment", "own_tasks", "paths", "pending", "said", "signatures")

    def __init__(self, pending: int = 0, own_tasks: bool = False, said: tuple[str, ...] = (), environment: str = ""):
        self.pending, self.own_tasks, self.said, self.environment = pending, own_tasks, said, environment
        self.paths = self.signatures = 0  # bytes, and entries

    def line(self) -> bytes:
        numbers = (FORMAT, self.paths, self.signatures, self.pending, int(self.own_tasks))
        texts = [_flat(text) for text in (self.environment, *self.said)]
        return MARK.join([*map(str, numbers), *texts]).encode("utf-8", "surrogateescape") + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Header:
        """Raises ValueError for another format."""
        fields = line[:-1].decode("utf-8", "surrogateescape").split(MARK)
        form, paths, signatures, pending, own = map(int, fields[:5])
        if form != FORMAT or len(fields) < 6:
            raise ValueError("another format")
        found = cls(pending, bool(own), tuple(fields[6:]), fields[5])
        found.paths, found.signatures = paths, signatures
        return found

    def length(self) -> int:
        return self.paths + self.signatures * PARTS * 8


def _flat(text: str) -> str:
    return text.replace(MARK, " ").replace("\n", " ")


class Swept:
    """A snapshot: `header` says of whom, `paths` are relative to the novel or absolute, `signatures` flat, by fours."""

    __slots__ = ("header", "moved", "paths", "seal", "signatures")

    def __init__(self, header: Header, seal: bytes, paths: list[str], signatures: array[int]) -> None:
        self.header, self.seal, self.paths, self.signatures = header, seal, paths, signatures
        self.moved: list[int] | None = None  # once the file system was asked

    def signature(self, index: int) -> Signature:
        a, b, c, d = self.signatures[PARTS * index : PARTS * index + PARTS]
        return (a, b, c, d)


class Listed:
    """What is to be packed: each path once, with its signature; UNSURE where two were given that differ."""

    __slots__ = ("_flat", "_index")

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._flat = array("q")

    def add(self, path: str, signed: Signature) -> int:
        """The path's index."""
        at = self._index.setdefault(path, len(self._index))
        if PARTS * at == len(self._flat):
            self._flat.extend(signed)
        elif tuple(self._flat[PARTS * at : PARTS * at + PARTS]) != signed:
            self._flat[PARTS * at : PARTS * at + PARTS] = array("q", UNSURE)
        return at

    def pack(self, header: Header, more: bytes = b"") -> bytes:
        """A snapshot as bytes. `more`: what `load_more` gives back."""
        if sys.byteorder == "big":
            self._flat.byteswap()
        paths = "\0".join(self._index).encode("utf-8", "surrogateescape")
        header.paths, header.signatures = len(paths), len(self._index)
        return b"".join([*_sealed(header.line(), paths, self._flat.tobytes()), *_sealed(more)])


def _sealed(*parts: bytes) -> tuple[bytes, ...]:
    seal = 0
    for part in parts:
        seal = zlib.crc32(part, seal)
    return (seal.to_bytes(4, "little"), *parts)


def load(root: str) -> Swept | None:
    """The novel's snapshot; None where there is none that is sound."""
    try:
        with open(os.path.join(root, FOLDER, FILE), "rb") as file:  # noqa: PTH118, PTH123 - no room for pathlib
            seal, head = file.read(4), file.readline(1 << 24)
            header = Header.read(head)
            body = file.read(header.length())
        if zlib.crc32(body, zlib.crc32(head)) != int.from_bytes(seal, "little"):
            return None
        flat = array("q")
        flat.frombytes(body[header.paths :])
        if sys.byteorder == "big":
            flat.byteswap()
        text = body[: header.paths].decode("utf-8", "surrogateescape")
        paths = text.split("\0") if text else []
        return Swept(header, seal, paths, flat) if len(flat) == PARTS * len(paths) else None
    except (OSError, ValueError, MemoryError, OverflowError):
        return None


def load_more(root: str, swept: Swept) -> bytes | None:
    """What was packed behind this snapshot; None when it is damaged, or the file is another one by now."""
    try:
        with open(os.path.join(root, FOLDER, FILE), "rb") as file:  # noqa: PTH118, PTH123
            is_same = file.read(4) == swept.seal
            file.readline(1 << 24)
            file.seek(swept.header.length(), 1)
            seal, data = file.read(4), file.read()
    except OSError:
        return None
    is_whole = len(seal) == 4 and zlib.crc32(data) == int.from_bytes(seal, "little")
    return data if is_same and is_whole else None


def moved(swept: Swept, root: str) -> list[int]:
    """Indexes of the paths of which the file system says something else than it did; asked once."""
    if swept.moved is None:
        prefix = "" if root in ("", ".") else os.path.join(root, "")  # noqa: PTH118
        # An absolute path stands for itself.
        paths = [p if p[:1] == "/" or p[1:2] == ":" else prefix + p for p in swept.paths] if prefix else swept.paths
        swept.moved = _moved(paths, swept.signatures)
    return swept.moved


def _moved(paths: list[str], flat: array[int]) -> list[int]:
    """Indexes of the paths that look otherwise than `flat` says.

    This is the whole cost of a build with nothing to do: no step of the loop over all paths is Python's.
    """
    found: list[int] = []
    indexes = iter(range(len(paths)))
    kept = zip(*[iter(flat)] * PARTS, strict=True)
    # Where asking fails, nothing is taken of `kept`: the loop goes on behind that path.
    suspects = compress(indexes, map(ne, map(_AS_SIGNATURE, map(os.stat, paths)), kept))
    while True:
        try:
            for index in suspects:
                # Asked again, as inodes of all 64 bits were not kept so.
                if signature(paths[index]) != tuple(flat[PARTS * index : PARTS * index + PARTS]):
                    found.append(index)  # noqa: PERF401 - what was found stays when asking fails
            return found
        except (OSError, ValueError):
            if next(kept) != ABSENT:
                found.append(len(paths) - length_hint(indexes) - 1)


def environment() -> str:
    """What a plan depends on beside files: the Python that runs, and the folders that variables name."""
    names = ("COMFYVN_CONFIG", "XDG_CONFIG_HOME", "HOME", "APPDATA", "LOCALAPPDATA")
    return "|".join([sys.version.split(" ", 1)[0], *(f"{name}={os.environ.get(name, '')}" for name in names)])


_last: dict[str, Swept] = {}  # what `settled` found out in this process: a build that goes on does not ask twice


def swept(root: str) -> Swept | None:
    """The snapshot of the novel in `root`, as far as this process has not looked at it yet."""
    key = os.path.abspath(root)  # noqa: PTH100
    found = _last.pop(key, None)
    return found if found is not None else load(root)


def settled(root: str) -> tuple[str, ...] | None:
    """The lines that a build with nothing to do prints; None when something has moved, or was not finished."""
    gc.disable()  # nothing of what is loaded here is garbage
    key = os.path.abspath(root)  # noqa: PTH100
    before = _last.get(key)
    if before is not None and before.moved:
        return None  # `comfyvn build` has asked, and now the doit command asks that it has become
    found = load(root)
    if found is None:
        return None
    _last[key] = found
    header = found.header
    if header.pending or header.own_tasks or header.environment != environment():
        return None
    if os.path.exists(os.path.join(root, FOLDER, LOG)) or moved(found, root):  # noqa: PTH110, PTH118
        return None
    return header.said
