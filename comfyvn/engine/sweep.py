"""Has anything moved since the last build? A list of paths with what the file system said of each, held against now.

This is all that a build with nothing to do runs, so it imports next to nothing. The snapshot is one file: a header
(JSON, one line), the paths (joined by NUL), four 64-bit integers for each (modification time and change time in ns,
size, inode), and a CRC-32 of all of it; a snapshot that is damaged is no snapshot, and everything is judged anew.
"""

from __future__ import annotations

import os
import sys
import zlib
from array import array
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1
FOLDER = ".comfyvn"
FILE = "swept"
PARTS = 4
ABSENT = (-1, -1, -1, -1)  # there is no such file, and that is as it was
UNSURE = (-2, -2, -2, -2)  # equal to nothing: whoever meets it looks at the file itself

Signature = tuple[int, int, int, int]


def signature(path: str) -> Signature:
    """What tells that a file has changed: modification time, size, inode, change time; ABSENT where there is none."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - the sweep has no room for pathlib
    except OSError:
        return ABSENT
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_ctime_ns)


class Swept:
    """A snapshot: `header` says of whom, `paths` are relative to the novel or absolute, `signatures` flat, by fours."""

    __slots__ = ("header", "paths", "signatures")

    def __init__(self, header: dict[str, Any], paths: list[str], signatures: array[int]) -> None:
        self.header, self.paths, self.signatures = header, paths, signatures

    def signature(self, index: int) -> Signature:
        a, b, c, d = self.signatures[PARTS * index : PARTS * index + PARTS]
        return (a, b, c, d)


def pack(header: dict[str, Any], entries: dict[str, Signature]) -> bytes:
    """A snapshot as bytes. `entries`: path → signature."""
    import json

    flat = array("q", [number for signed in entries.values() for number in signed])
    if sys.byteorder == "big":
        flat.byteswap()
    paths = "\0".join(entries).encode("utf-8", "surrogateescape")
    head = json.dumps({**header, "format": FORMAT, "paths": len(paths)}, sort_keys=True).encode() + b"\n"
    body = head + paths + flat.tobytes()
    return zlib.crc32(body).to_bytes(4, "little") + body


def unpack(data: bytes) -> Swept | None:
    """The snapshot in `data`; None when it is damaged, or of another version."""
    import json

    if len(data) < 8 or zlib.crc32(memoryview(data)[4:]) != int.from_bytes(data[:4], "little"):
        return None
    end = data.index(b"\n", 4)
    header = json.loads(data[4:end])
    if header.get("format") != FORMAT:
        return None
    cut = end + 1 + header["paths"]
    flat = array("q")
    flat.frombytes(data[cut:])
    if sys.byteorder == "big":
        flat.byteswap()
    text = data[end + 1 : cut].decode("utf-8", "surrogateescape")
    paths = text.split("\0") if text else []
    return Swept(header, paths, flat) if len(flat) == PARTS * len(paths) else None


def load(root: str) -> Swept | None:
    """The novel's snapshot; None where there is none that is sound."""
    try:
        with open(os.path.join(root, FOLDER, FILE), "rb") as file:  # noqa: PTH118, PTH123 - see above
            return unpack(file.read())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def moved(swept: Swept, root: str) -> list[int]:
    """Indexes of the paths of which the file system says something else than it did."""
    stat, found, at = os.stat, [], 0
    flat, paths = swept.signatures, swept.paths
    prefix = "" if root in ("", ".") else os.path.join(root, "")  # noqa: PTH118
    for index, path in enumerate(paths):
        try:
            # An absolute path stands for itself: joining would be the same, and slower.
            now = stat(prefix + path if path[0] != "/" and path[1:2] != ":" else path)
        except (OSError, ValueError):
            if flat[at] != -1:
                found.append(index)
        else:
            if (
                now.st_mtime_ns != flat[at]
                or now.st_size != flat[at + 1]
                or now.st_ino != flat[at + 2]
                or now.st_ctime_ns != flat[at + 3]
            ):
                found.append(index)
        at += PARTS
    return found


def environment(environ: dict[str, str] | os._Environ[str] | None = None) -> str:
    """What a plan depends on beside files: the Python that runs, and the folders that variables name."""
    known = os.environ if environ is None else environ
    names = ("COMFYVN_CONFIG", "XDG_CONFIG_HOME", "HOME", "APPDATA")
    return "|".join([sys.version.split(" ", 1)[0], *(f"{name}={known.get(name, '')}" for name in names)])


def settled(root: str, arguments: Sequence[str] = ()) -> list[str] | None:
    """The lines that a build with nothing to do prints; None when something has moved, is pending or was asked for."""
    if arguments:
        return None
    swept = load(root)
    if swept is None or swept.header.get("pending") or swept.header.get("environment") != environment():
        return None
    if swept.header.get("own_tasks") or moved(swept, root):
        return None
    if os.path.exists(os.path.join(root, FOLDER, "settled.log")):  # noqa: PTH110, PTH118 - a build was cut off
        return None
    return [str(line) for line in swept.header.get("said", [])]
