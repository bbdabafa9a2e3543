"""Moves scenes' scripts from JSON into Ren'Py's language and back, each checked by reading what was written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.model import Contract
from comfyvn.contracts.place import Steps
from comfyvn.contracts.scene import Scene
from comfyvn.errors import ComfyVNError, ContractError, UsageError
from comfyvn.reading import files
from comfyvn.reading.edits import Written, insert, remove
from comfyvn.reading.novel import Pile, in_order, parse_contract, read_files
from comfyvn.reading.pairs import FOLDER, script_file
from comfyvn.reading.script.source import read_script
from comfyvn.reading.script.written import document, script_text

LAST = ("text", "narrate")  # members that stand behind the others: they are the longest
MEMBERS = ("variables", "script")  # what a script file holds


def to_rpy(root: Path, chosen: Sequence[str] | None) -> list[str]:
    """Moves the scripts of these scenes (None: of all) into .rpy files; those that are there already are left out.

    Returns the files written. Raises ContractError while the novel's scenes cannot be read, UsageError for a scene
    that is not there.
    """
    pile, written = _readable(root), []
    for key, scene in _scenes(pile, chosen):
        file = pile.sources[key].file
        if not pile.sources[key].parts:
            data = (root / file).read_bytes()
            text, rest = script_text(scene).encode(), remove(data, MEMBERS)
            _check(key, file, scene, rest, text)
            files.write_whole(root / script_file(file), text)
            files.write_whole(root / file, rest)
            written += [script_file(file), file]
    return written


def to_json(root: Path, chosen: Sequence[str] | None, *, drop_comments: bool = False) -> list[str]:
    """The other way round. Raises UsageError for a script with comments, for which JSON has no place."""
    pile, planned = _readable(root), []
    for key, scene in _scenes(pile, chosen):
        file = pile.sources[key].file
        if pile.sources[key].parts:
            text = script_file(file)
            script, _ = read_script(text, (root / text).read_bytes())
            if script is not None and script.comments and not drop_comments:
                count = "a comment" if script.comments == 1 else f"{script.comments} comments"
                raise UsageError(f"{count} would be lost: JSON has no place for them", text, "give --drop-comments")
            value = document(scene)
            value["script"] = _ordered(value["script"])
            found = [name for name in MEMBERS if name in value]
            members: dict[Steps, object] = {(name,): Written(_json(value[name], "  ")) for name in found}
            data = insert((root / file).read_bytes(), members)
            _check(key, file, scene, data)
            planned.append((file, data))
    for file, data in planned:
        files.write_whole(root / file, data)
        (root / script_file(file)).unlink()
    return [file for file, _ in planned]


def shown(root: Path, scene: str) -> str:
    """A scene's script in Ren'Py's language, as it stands or as it would be written."""
    pile = _readable(root)
    for key, contract in _scenes(pile, [scene]):
        if pile.sources[key].parts:
            return (root / script_file(pile.sources[key].file)).read_text("utf-8")
        return script_text(contract)
    raise AssertionError("a scene that is named is there")


def _check(key: str, file: str, scene: Scene, data: bytes, text: bytes | None = None) -> None:
    """Nothing is written unless it is read as the same scene."""
    found = parse_contract(key, file, data, text)
    if not isinstance(found, Contract) or _told(found) != _told(scene):
        raise ComfyVNError("the scene would not be the same", file, "please report this scene: it should convert")


def _told(model: Contract) -> str:
    return json.dumps(document(model))


def _readable(root: Path) -> Pile:
    pile = read_files(root)
    broken = [problem for problem in pile.problems if problem.file.startswith(f"data/{FOLDER}/")]
    if broken:
        raise ContractError(in_order(broken))
    return pile


def _scenes(pile: Pile, chosen: Sequence[str] | None) -> Iterator[tuple[str, Scene]]:
    known = {key.partition("/")[2]: item for key, item in pile.contracts.items() if isinstance(item, Scene)}
    for name in sorted(known) if chosen is None else chosen:
        if name not in known:
            near = nearest(name, known)
            raise UsageError(f'there is no scene "{name}"', "data/scenes", f"did you mean {near}?" if near else "")
        yield f"{FOLDER}/{name}", known[name]


def _ordered(value: Any) -> Any:
    """What names a statement first, then its id, its words at the end."""
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    first = next(iter(value))
    ranks = {first: 0, "id": 1, **dict.fromkeys(LAST, 3)}
    names = sorted(value, key=lambda name: ranks.get(name, 2))
    return {name: _ordered(value[name]) for name in names}


def _json(value: Any, indent: str) -> str:
    """A script as people write it in JSON: a statement a line, unless others stand within it."""
    if not isinstance(value, dict | list) or not _holds_script(value):
        return _flat(value)
    inner = indent + "  "
    if isinstance(value, list):
        parts = [_json(item, inner) for item in value]
        ends = "[", "]"
    else:
        parts = [f"{json.dumps(name)}: {_json(item, inner)}" for name, item in value.items()]
        ends = "{", "}"
    return f"{ends[0]}\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}{ends[1]}"


def _holds_script(value: Any) -> bool:
    """Whether statements stand within, each of which has a line of its own."""
    if isinstance(value, list):
        return any(isinstance(item, dict) for item in value)
    return any(isinstance(item, list) and item for item in value.values())


def _flat(value: Any) -> str:
    if isinstance(value, dict) and value:
        return "{ " + ", ".join(f"{json.dumps(name)}: {_flat(item)}" for name, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
