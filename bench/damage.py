"""What can happen to a novel's artifacts, records and state between two builds."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

RECORD = ".render.json"
LOSSY = (".ogg", ".srt")  # any bytes are sound there, so that garbage is a retouch like any other
EXPORTS = "build/export/"
PAINTED = ("build/sprites/", "build/uncut/", "build/backgrounds/", "build/scenes/")


@dataclass
class Built:
    """What stands under build/, and what of it must be as a hand left it.

    `kept`: file → its bytes, for every retouch that builds must leave alone. `current`: the files that the contracts
    made when last looked at; damage among those is of use. `loose`: an export lost its record, so that nobody knows
    which old files in it are its own.
    """

    root: Path
    chance: random.Random
    kept: dict[str, bytes] = field(default_factory=dict)
    current: set[str] = field(default_factory=set)
    loose: bool = False

    def files(self, *suffixes: str) -> list[str]:
        """Artifact files relative to the novel's folder, without records; of these suffixes, if any are given."""
        names = [name for name in self._all() if not name.endswith(RECORD)]
        return [name for name in names if not suffixes or name.endswith(suffixes)]

    def records(self) -> list[str]:
        return [name for name in self._all() if name.endswith(RECORD)]

    def _all(self) -> list[str]:
        found = [path for path in sorted((self.root / "build").rglob("*")) if path.is_file()]
        names = [path.relative_to(self.root).as_posix() for path in found]
        return [name for name in names if name in self.current] or names

    def record_of(self, file: str) -> str | None:
        """The record that lists a file."""
        for name in self.records():
            try:
                listed = json.loads((self.root / name).read_bytes())["files"]
            except (ValueError, KeyError, TypeError):
                continue
            if file in {str(Path(name).parent.joinpath(part).as_posix()) for part in listed}:
                return name
        return None


def touch(built: Built) -> str:
    file = built.chance.choice(built.files())
    os.utime(built.root / file)
    return f"{file}: touched"


def delete(built: Built) -> str:
    """A file of an artifact, or a whole folder of them."""
    file = built.chance.choice(built.files())
    path = built.root / file
    if built.chance.random() < 0.1:
        path = path.parent
        shutil.rmtree(path)
    else:
        path.unlink()
    built.kept = {name: data for name, data in built.kept.items() if (built.root / name).exists()}
    return f"{path.relative_to(built.root)}: deleted"


def garbage(built: Built) -> str:
    """Bytes that are no picture, sound or text; half of the time of the same size, in place, under the old time."""
    file = built.chance.choice([name for name in built.files() if not name.endswith(LOSSY)])
    path = built.root / file
    stat = path.stat()
    is_hidden = built.chance.random() < 0.5
    with path.open("r+b") as opened:
        opened.write(built.chance.randbytes(stat.st_size))
        opened.truncate(stat.st_size if is_hidden else stat.st_size + 3)
    if is_hidden:
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    built.kept.pop(file, None)
    return f"{file}: garbage{' under the old time' if is_hidden else ''}"


def truncate(built: Built) -> str:
    # A part of a clip or of its captions is sound.
    files = [name for name in built.files() if not name.endswith((*LOSSY, ".wav", ".vtt"))]
    file = built.chance.choice(files)
    path = built.root / file
    with path.open("r+b") as opened:
        opened.truncate(path.stat().st_size // built.chance.choice((2, 3, 100)))
    built.kept.pop(file, None)
    return f"{file}: truncated"


def retouch(built: Built) -> str:
    """Another pixel, saved as an editor saves it."""
    files = [name for name in built.files(".png") if name.startswith(PAINTED)]
    sound = [name for name in files if built.record_of(name) and _opens(built.root / name)]
    if not sound:
        return "nothing can be retouched"
    file = built.chance.choice(sound)
    with Image.open(io.BytesIO((built.root / file).read_bytes())) as image:
        image.load()
        at = (built.chance.randrange(image.width), built.chance.randrange(image.height))
        image.putpixel(at, tuple(built.chance.randrange(256) for _ in image.getbands()))
        image.save(built.root / file)
    built.kept[file] = (built.root / file).read_bytes()
    return f"{file}: retouched at {at}"


def _opens(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
            return image.mode in ("RGB", "RGBA")
    except (OSError, SyntaxError, ValueError):
        return False


def spoil_record(built: Built) -> str:
    """A record is gone, cut short, garbage, or that of another recipe."""
    record = built.chance.choice(built.records())
    path = built.root / record
    how = built.chance.choice(("deleted", "cut short", "garbage", "of another recipe"))
    beside = {name for name in built.kept if built.record_of(name) == record}
    if how == "deleted":
        path.unlink()
    elif how == "cut short":
        path.write_bytes(path.read_bytes()[:-20])
    elif how == "garbage":
        path.write_bytes(built.chance.randbytes(200))
    else:
        told = json.loads(path.read_bytes())
        recipe = {**told["recipe"], "version": 99}
        path.write_text(json.dumps({**told, "wanted": f"fp1:{'0' * 64}", "recipe": recipe}), "utf-8")
    if how != "of another recipe":  # without a record nobody can know that the file was retouched
        built.kept = {name: data for name, data in built.kept.items() if name not in beside}
        built.loose |= record.startswith(EXPORTS)
    return f"{record}: {how}"


def spoil_state(built: Built) -> str:
    """The novel's state is gone, or a file of it is gone, cut short or garbage."""
    state = built.root / ".comfyvn"
    files = [path for path in sorted(state.rglob("*")) if path.is_file()] if state.exists() else []
    if not files or built.chance.random() < 0.3:
        shutil.rmtree(state, ignore_errors=True)
        return ".comfyvn: deleted"
    path = built.chance.choice(files)
    how = built.chance.choice(("deleted", "cut short", "garbage", "empty"))
    if how == "deleted":
        path.unlink()
    else:
        data = path.read_bytes()
        new = {"cut short": data[: len(data) // 2], "garbage": built.chance.randbytes(len(data) + 1), "empty": b""}
        path.write_bytes(new[how])
    return f"{path.relative_to(built.root)}: {how}"


DAMAGES = (touch, delete, delete, garbage, garbage, truncate, retouch, retouch, spoil_record, spoil_record, spoil_state)
