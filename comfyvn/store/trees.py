"""Folders and zips of foreign files, read without trusting a name in them; and zips of the same bytes every time."""

from __future__ import annotations

import os
import stat
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from comfyvn.contracts.model import check_file
from comfyvn.errors import StoreError

BLOCK = 2**20
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: none of our files has a time
PLAIN_FILE = 0o100644 << 16


class Tree(Protocol):
    """Files by name. `faults`: what is there and is no plain file with a sound name."""

    @property
    def faults(self) -> tuple[str, ...]: ...

    def names(self) -> list[str]: ...

    def blocks(self, name: str) -> Iterator[bytes]: ...


def open_tree(path: Path) -> Tree:
    """A folder, or a zip. Raises StoreError when it is neither, or cannot be read."""
    if path.is_dir():
        return Folder(path)
    try:
        return Zip(path)
    except FileNotFoundError as error:
        raise StoreError("it is not there", str(path), "name a bundle's folder, or a zip of one") from error
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise StoreError(f"neither a folder nor a zip ({error})", str(path), "name a bundle") from error


def fault_of(name: str) -> str:
    """Why nothing with this name is read or written; "" for a name that is sound on every system."""
    try:
        name.encode()
        check_file(name)
    except UnicodeEncodeError:
        return f"{name!a}: the name is no text"
    except ValueError as error:
        return f"{name!r}: {error}"
    return ""


def _twins(names: Iterable[str]) -> Iterator[str]:
    """Names that are one name where capitals do not count."""
    counts = Counter(name.casefold() for name in names)
    yield from (f"{name!r}: the name is there twice" for name, count in sorted(counts.items()) if count > 1)


class Folder:
    """Links are not followed, and nothing but plain files is read."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: list[str] = []
        faults: list[str] = []
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in sorted([*files, *(each for each in folders if Path(folder, each).is_symlink())]):
                path = Path(folder, name)
                inner = path.relative_to(root).as_posix()
                fault = fault_of(inner) or ("" if stat.S_ISREG(path.lstat().st_mode) else f"{inner!r}: no plain file")
                (faults if fault else self._names).append(fault or inner)
        self.faults: tuple[str, ...] = (*faults, *_twins(self._names))

    def names(self) -> list[str]:
        return list(self._names)

    def blocks(self, name: str) -> Iterator[bytes]:
        with (self._root / name).open("rb") as file:
            while block := file.read(BLOCK):
                yield block


class Zip:
    """Nothing is unpacked."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        faults = [fault for info in infos if (fault := _fault_in_zip(info))]
        self._names = [info.filename for info in infos if not _fault_in_zip(info)]
        self.faults: tuple[str, ...] = (*faults, *_twins(self._names))

    def names(self) -> list[str]:
        return list(self._names)

    def blocks(self, name: str) -> Iterator[bytes]:
        try:
            with self._zip.open(name) as file:
                while block := file.read(BLOCK):
                    yield block
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
            raise OSError(f"{name}: {error}") from error


def _fault_in_zip(info: zipfile.ZipInfo) -> str:
    fault = fault_of(info.orig_filename) or fault_of(info.filename)
    mode = info.external_attr >> 16
    if not fault and mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return f"{info.filename!r}: no plain file"
    return fault or (f"{info.filename!r}: it is encrypted" if info.flag_bits & 1 else "")


def write_zip(files: Mapping[str, Path], path: Path) -> None:
    """The files in the order of their names, stored as they are: no compressor's version is in the bytes, nor a time.

    Raises OSError, and ValueError for a name that not every system can hold.
    """
    for name in files:
        if fault := fault_of(name):
            raise ValueError(fault)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        for name, source in sorted(files.items()):
            info = zipfile.ZipInfo(name, FIRST_DAY)
            info.create_system, info.external_attr, info.file_size = 3, PLAIN_FILE, source.stat().st_size
            with out.open(info, "w") as target, source.open("rb") as file:
                while block := file.read(BLOCK):
                    target.write(block)
