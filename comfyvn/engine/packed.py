"""What is kept between builds, as bytes that Python reads fastest (marshal), sealed with a CRC-32.

Values are dicts, lists, tuples, texts, numbers and None. A text that is one object in many places is written once, and
is one object again. It is good for the Python that wrote it alone: to any other it is damaged, and all is made anew.
"""

from __future__ import annotations

import marshal
import sys
import zlib
from typing import Any

MARK = f"comfyvn 1 {sys.implementation.cache_tag} {marshal.version}\n".encode()


def pack(value: Any) -> bytes:
    """Raises ValueError for what is no such value."""
    return b"".join(pieces(value))


def pieces(value: Any) -> tuple[bytes, ...]:
    """What `pack` joins: much is in memory once that way."""
    data = marshal.dumps(value)
    return MARK, zlib.crc32(data).to_bytes(4, "little"), data


def unpack(data: bytes) -> Any:
    """Raises ValueError for bytes that `pack` did not give, or not with this Python."""
    end = len(MARK) + 4
    whole = memoryview(data)
    if data[: len(MARK)] != MARK or zlib.crc32(whole[end:]) != int.from_bytes(whole[len(MARK) : end], "little"):
        raise ValueError("damaged, or written by another Python")
    try:
        return marshal.loads(whole[end:])
    except (EOFError, TypeError) as error:
        raise ValueError(str(error)) from error
