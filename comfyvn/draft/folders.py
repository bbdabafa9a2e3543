"""The three folders that a ComfyUI server keeps (input, output, temp), and how clients' names become paths in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

KINDS = ("input", "output", "temp")
_ANNOTATION = re.compile(r"^(?P<name>.*?) \[(?P<kind>input|output|temp)\]$", re.DOTALL)


class OutsideFolder(Exception):
    """A name given by a client leads out of the folder it must stay in."""


@dataclass(frozen=True)
class Slot:
    """Where a node saves: `folder` exists, files are `<stem>_00001_.png`, numbered from `counter`."""

    kind: str
    subfolder: str
    folder: Path
    stem: str
    counter: int


@dataclass(frozen=True)
class Folders:
    """`root` holds `input/`, `output/` and `temp/`."""

    root: Path

    def create(self) -> None:
        for kind in KINDS:
            (self.root / kind).mkdir(parents=True, exist_ok=True)

    def folder(self, kind: str) -> Path | None:
        return self.root / kind if kind in KINDS else None

    def find(self, name: str, default: str = "input") -> Path | None:
        """The file that a `LoadImage` means by `name` (`sub/x.png`, `x.png [output]`); None: no such file."""
        plain, kind = annotated(name)
        try:
            path = within(self.root / (kind or default), plain)
        except OutsideFolder:
            return None
        return path if path.is_file() else None

    def listing(self, kind: str = "input") -> list[str]:
        """The files directly in a folder, sorted, as ComfyUI lists them for its widgets."""
        folder = self.root / kind
        return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []

    def slot(self, prefix: str, kind: str = "output", size: tuple[int, int] = (0, 0)) -> Slot:
        """Where a file with this `filename_prefix` goes next. Raises `OutsideFolder` as the real server raises."""
        base = self.root / kind
        named = prefix.replace("%width%", str(size[0])).replace("%height%", str(size[1]))
        parts = [part for part in named.replace("\\", "/").split("/") if part not in ("", ".")]
        try:
            folder = within(base, "/".join(parts[:-1])) if not named.startswith("/") else _refuse(base, named)
        except OutsideFolder as error:
            raise OutsideFolder(
                "**** ERROR: Saving image outside the output folder is not allowed.\n"
                f" filename_prefix: {prefix}\n         output_dir: {kind}"
            ) from error
        stem = parts[-1] if parts else ""
        if stem == "..":
            _refuse(base, named)
        folder.mkdir(parents=True, exist_ok=True)
        return Slot(kind, "/".join(parts[:-1]), folder, stem, _next_counter(folder, stem))


def annotated(name: str) -> tuple[str, str]:
    """`"x.png [output]"` as (`"x.png"`, `"output"`); the kind is empty where none is stated."""
    match = _ANNOTATION.match(name)
    return (match["name"], match["kind"]) if match else (name, "")


def within(base: Path, name: str) -> Path:
    """`name` (slashes either way) below `base`; raises `OutsideFolder` if it is absolute or climbs out."""
    parts = name.replace("\\", "/").split("/")
    if "\0" in name or name.startswith(("/", "\\")) or ".." in parts or re.match(r"^[A-Za-z]:", name):
        return _refuse(base, name)
    path = base.joinpath(*[part for part in parts if part not in ("", ".")])
    # A link inside the folder may lead out of it too.
    if not path.resolve().is_relative_to(base.resolve()):
        return _refuse(base, name)
    return path


def store_upload(base: Path, subfolder: str, filename: str, data: bytes, overwrite: bool) -> str:
    """Writes an uploaded file and returns its name: a new one, `x (1).png`, when another file has the name already."""
    folder = within(base, subfolder)
    path = within(base, f"{subfolder}/{filename}") if subfolder else within(base, filename)
    folder.mkdir(parents=True, exist_ok=True)
    stem, suffix = path.stem, path.suffix
    count = 1
    while path.exists() and not overwrite:
        if path.read_bytes() == data:
            return path.name
        path = folder / f"{stem} ({count}){suffix}"
        count += 1
    path.write_bytes(data)
    return path.name


def _refuse(base: Path, name: str) -> Path:
    raise OutsideFolder(f"{name!r} leads out of the folder {base.name!r}")


def _next_counter(folder: Path, stem: str) -> int:
    pattern = re.compile(re.escape(stem) + r"_(\d+)", re.IGNORECASE)
    matches = (pattern.match(path.name) for path in folder.iterdir())
    return max((int(match[1]) for match in matches if match), default=0) + 1
