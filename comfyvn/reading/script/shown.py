"""What is on screen: who comes, goes and changes, the place, a picture; by which transition."""

from __future__ import annotations

import re
from typing import Any, get_args

from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.place import Steps
from comfyvn.contracts.scene import Place, Transition
from comfyvn.reading.script.blocks import Line, Slip
from comfyvn.reading.script.found import Found, Value, no_block
from comfyvn.reading.script.said import looks
from comfyvn.reading.script.vocabulary import FOREIGN, TRANSITIONS
from comfyvn.reading.script.words import Words

PLACES: tuple[str, ...] = get_args(Place)
KNOWN_TRANSITIONS: tuple[str, ...] = get_args(Transition)


def show(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    if words.keyword("screen", "text", "expression", "layer"):
        raise Slip("only characters are shown here", FOREIGN["screen"], value=line.text[:60])
    if line.text.endswith(":"):
        raise Slip("this language has no animations (ATL)", "a place and a transition; or " + FOREIGN["define"])
    value: Value = {"show": words.name("a character")}
    value.update(looks(words, line))
    if words.keyword("at"):
        value["at"] = _place(words)
    _with_clause(words, value)
    words.finish()
    no_block(line, "`show`")
    return [value]


def _place(words: Words) -> Any:
    if words.is_number():
        return words.number("a place")
    name = words.need("a place")
    # `right` is Ren'Py's own word; what no place is called is a slip here, where the line is known.
    if name not in PLACES:
        allowed = ", ".join(PLACES) + ", or a number from 0 (left edge) to 1 (right edge)"
        raise Slip("there is no such place", allowed, nearest(name, PLACES), name)
    return name


def _with_clause(words: Words, value: Value) -> None:
    if words.keyword("with"):
        value["with"] = _transition(words)


def _transition(words: Words) -> str:
    name = words.need("a transition")
    ours = TRANSITIONS.get(name, name)
    if ours not in KNOWN_TRANSITIONS:
        known = [next((theirs for theirs, one in TRANSITIONS.items() if one == each), each)
                 for each in KNOWN_TRANSITIONS]  # fmt: skip
        raise Slip("there is no such transition", ", ".join(known), nearest(name, known), name)
    return ours


def hide(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value: Value = {"hide": words.name("a character")}
    _with_clause(words, value)
    words.finish()
    no_block(line, "`hide`")
    return [value]


def scene(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    kind = words.keyword("bg", "still")
    if not kind:
        allowed = "scene bg LOCATION [VARIANT], or scene still SHOT"
        raise Slip("`scene` shows a place (bg) or a shot (still)", allowed, value=line.text[:60])
    names = [words.name("a location" if kind == "bg" else "a shot")]
    while not words.is_done() and not re.match(r"with\b", words.rest()):
        names.append(words.name("a variant"))
    if len(names) > (2 if kind == "bg" else 1):
        raise Slip("there are too many words", "scene bg LOCATION [VARIANT], or scene still SHOT", value=line.text[:60])
    value: Value = {"background": "/".join(names)} if kind == "bg" else {"still": names[0]}
    _with_clause(words, value)
    words.finish()
    no_block(line, "`scene`")
    return [value]


def with_alone(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value: Value = {"transition": _transition(words)}
    words.finish()
    no_block(line, "`with`")
    return [value]
