"""Writes what authors may leave to us: line ids and seeds that are missing, and flat copies for old readers."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from comfyvn.contracts import place
from comfyvn.contracts.place import Steps
from comfyvn.contracts.scene import Line, Scene, lines
from comfyvn.contracts.seeds import missing_seeds
from comfyvn.contracts.voice import VoiceContract
from comfyvn.errors import ContractError
from comfyvn.reading import files
from comfyvn.reading.edits import insert
from comfyvn.reading.json_text import Positions, value_of
from comfyvn.reading.novel import MAIN, Pile, in_order, read_files
from comfyvn.reading.pairs import is_script
from comfyvn.reading.source import Source, Unread

ID_LENGTH = 6
SEED_RANGE = 2**32  # within what every editor and every script language reads exactly


def random_id() -> str:
    """A short line id with at least one digit, so that it is no word of any language."""
    while True:
        letters = string.ascii_lowercase + string.digits
        text = secrets.choice(string.ascii_lowercase) + "".join(secrets.choice(letters) for _ in range(ID_LENGTH - 1))
        if any(letter.isdigit() for letter in text):
            return text


def random_seed() -> int:
    return secrets.randbelow(SEED_RANGE)


def fill_ids(root: Path, choose: Callable[[], str] = random_id) -> list[tuple[str, int]]:
    """Gives every line without an id one that no line and no clip has; nothing else in the files changes.

    Returns (file, number of ids) of the files written. Raises ContractError, and writes nothing, while a scene or a
    voice file cannot be read.
    """
    pile = _readable(root, ("scenes/", "voices/"))
    taken = set(_known_ids(pile))
    filled: dict[str, Mapping[Steps, object]] = {}
    for key, contract in pile.contracts.items():
        if isinstance(contract, Scene):
            wanted = [line for line in lines(contract) if line.id is None]
            filled[key] = {_id_steps(line): _fresh(taken, choose) for line in wanted}
    return _write(root, pile, filled, after_first=True)


def fill_seeds(root: Path, choose: Callable[[], int] = random_seed) -> list[tuple[str, int]]:
    """Gives every render without a seed one; nothing else in the files changes.

    Returns (file, number of seeds) of the files written. Raises ContractError, and writes nothing, while a character,
    a location or a scene cannot be read.
    """
    pile = _readable(root, ("characters/", "locations/", "scenes/"))
    filled = {key: {steps: choose() for steps in missing_seeds(item)} for key, item in pile.contracts.items()}
    return _write(root, pile, filled)


def mirror(root: Path) -> list[str]:
    """Writes `data/characters/<id>.json` beside each `data/characters/<id>/character.json`, for old readers.

    Returns the files written; copies that are right already are left alone. Raises ContractError for broken JSON.
    """
    written: list[str] = []
    folder = "data/characters"
    for name in files.names(root / folder):
        main = f"{folder}/{name}/{MAIN}"
        if not (root / main).is_file():
            continue
        source = files.load(root, main)
        if isinstance(source, Unread):
            raise ContractError(in_order(list(source.problems)))
        copy, path = _one_folder_up((root / main).read_bytes(), source), root / folder / f"{name}.json"
        if not path.exists() or path.read_bytes() != copy:
            files.write_whole(path, copy)
            written.append(f"{folder}/{name}.json")
    return written


def _one_folder_up(data: bytes, source: Source) -> bytes:
    """The same text for a file one folder higher: only a relative address of the schema changes."""
    address = source.value.get("$schema") if isinstance(source.value, dict) else None
    if not isinstance(address, str) or not address.startswith("../"):
        return data
    start = len(data) - len(data.decode("utf-8-sig").encode())
    node = value_of(Positions(data[start:]).member(("$schema",)))
    quoted = node.text or b""
    return data[: start + node.start_byte] + quoted.replace(b"../", b"", 1) + data[start + node.end_byte :]


def _readable(root: Path, prefixes: tuple[str, ...]) -> Pile:
    pile = read_files(root)
    broken = [problem for problem in pile.problems if _concerns(problem.file, prefixes)]
    if broken:
        raise ContractError(in_order(broken))
    return pile


def _concerns(file: str, prefixes: tuple[str, ...]) -> bool:
    return file.removeprefix("data/").startswith(prefixes)


def _known_ids(pile: Pile) -> Iterator[str]:
    for contract in pile.contracts.values():
        if isinstance(contract, Scene):
            yield from (line.id for line in lines(contract) if line.id is not None)
        elif isinstance(contract, VoiceContract):
            yield from (clip.id for clip in contract.clips)


def _id_steps(line: Line) -> Steps:
    return (*place.parse(line.path), "id")


def _fresh(taken: set[str], choose: Callable[[], str]) -> str:
    new = choose()
    while new in taken:
        new = choose()
    taken.add(new)
    return new


def _write(
    root: Path, pile: Pile, filled: Mapping[str, Mapping[Steps, object]], *, after_first: bool = False
) -> list[tuple[str, int]]:
    written: list[tuple[str, int]] = []
    for key, values in filled.items():
        for file, own in _by_file(pile.sources[key], values).items():
            path = (root / file).resolve()
            data = path.read_bytes()
            new = _with_ids(file, data, own) if is_script(file) else insert(data, own, after_first=after_first)
            files.write_whole(path, new)
            written.append((file, len(own)))
    return written


def _by_file(source: Source, values: Mapping[Steps, object]) -> dict[str, dict[Steps, object]]:
    """Which value goes into which of a contract's files."""
    found: dict[str, dict[Steps, object]] = {}
    for steps, value in values.items():
        part = source.parts.get(str(steps[0]), source)
        found.setdefault(part.file, {})[steps] = value
    return found


def _with_ids(file: str, data: bytes, values: Mapping[Steps, object]) -> bytes:
    from comfyvn.reading.script.edits import insert_ids  # most novels have no script of this kind

    return insert_ids(file, data, {steps: str(value) for steps, value in values.items()})
