"""A scene's script file as a value that knows its lines: `default` statements, and the label with what is below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.place import Steps
from comfyvn.errors import Problem
from comfyvn.reading.script.blocks import Line, Slip, blocks
from comfyvn.reading.script.found import Found, Spot
from comfyvn.reading.script.statements import script_of
from comfyvn.reading.script.words import Words
from comfyvn.reading.source import Source, Unread, too_deep

CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


@dataclass(frozen=True)
class Script:
    """What a script file holds: members of its scene's contract (`script`, `variables`), each with its place."""

    value: dict[str, Any]
    found: Found
    comments: int

    def spot(self, steps: Steps) -> Spot | None:
        """Where the value at `steps` stands, or the nearest outer one that has a place."""
        for count in range(len(steps), 0, -1):
            if (spot := self.found.at.get(steps[:count])) is not None:
                return spot
        return None

    def line(self, steps: Steps) -> int:
        spot = self.spot(steps)
        return spot.line.number if spot else 1


def parse_script(file: str, data: bytes) -> Source | Unread:
    """The members that a scene's script file gives to its contract; every problem of the file at once."""
    script, problems = read_script(file, data)
    if script is None or problems:
        return Unread(file, tuple(problems))
    if too_deep(script.value) is not None:
        return Unread(file, (Problem(file, "blocks are nested too deeply", script.line(too_deep(script.value) or ())),))
    return Source(file, script.value, script.line)


def read_script(file: str, data: bytes) -> tuple[Script | None, list[Problem]]:
    """The script, and what is wrong with it; None when the file is no text at all."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [Problem(file, "the file is not UTF-8 text", line, allowed="text saved as UTF-8")]
    if (mark := CONFLICT.search(text)) is not None:
        what = "Git could not merge this file, and left its marks in it"
        line = text.count("\n", 0, mark.start()) + 1
        return None, [Problem(file, what, line, allowed="one side of the conflict, without marks")]
    try:
        lines, slips, comments = blocks(text)
        found = Found(slips=list(slips))
        value = _members(lines, PurePosixPath(file).stem, found)
    except RecursionError:
        return None, [Problem(file, "blocks are nested too deeply")]
    return Script(value, found, comments), list(_problems(file, found.slips))


def _problems(file: str, slips: list[Slip]) -> Iterator[Problem]:
    for slip in sorted(slips, key=lambda slip: slip.line):
        yield Problem(file, slip.message, slip.line, "", slip.value, slip.allowed, slip.suggestion)


def _members(lines: tuple[Line, ...], scene: str, found: Found) -> dict[str, Any]:
    value: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    is_labelled = False
    for line in lines:
        try:
            words = Words(line.text)
            if words.keyword("default"):
                name, first = _declared(words, line)
                if name in variables:
                    raise Slip(f'the variable "{name}" is declared twice')
                variables[name] = first
                found.at[("variables", name)] = Spot(line)
            elif words.keyword("label"):
                is_second, is_labelled = is_labelled, True
                if not is_second:  # the block is read even below a label that is wrong: all slips are told at once
                    found.at[("script",)] = Spot(line)
                    value["script"] = script_of(line.block, ("script",), found)
                _check_label(words, scene, is_second)
            else:
                _stray(words, scene)
        except Slip as slip:
            slip.line = slip.line or line.number
            found.slips.append(slip)
    if not is_labelled and not found.slips:
        found.slips.append(Slip("the script is missing", f"label {scene}: with the script indented below", line=1))
    return {"variables": variables, **value} if variables else value


def _declared(words: Words, line: Line) -> tuple[str, Any]:
    name = words.name("a variable")
    if not words.sign("="):
        raise Slip(f"= is missing after {name}", f"default {name} = 0")
    value = words.value(name)
    words.finish()
    if line.block or value is None:
        raise Slip("a variable begins with a number, a text, True or False", f"default {name} = 0")
    return name, value


def _check_label(words: Words, scene: str, is_second: bool) -> None:
    if is_second:
        raise Slip("a second label stands at the left", "label .NAME: within the first, for a place to jump to")
    at = words.at
    name = words.name("the scene's id")
    if name != scene:
        raise Slip("the label is not called like the file", f"label {scene}:", scene, words.text[at:][:60])
    words.colon("label")


def _stray(words: Words, scene: str) -> None:
    near = nearest(words.word(), ("label", "default"))
    raise Slip("only `default` and the scene's label stand at the left", f"statements indented below label {scene}:",
               near, words.text.split("\n")[0][:60])  # fmt: skip
