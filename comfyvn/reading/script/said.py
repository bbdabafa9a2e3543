"""Lines that are said: by whom, how, under which id."""

from __future__ import annotations

import re

from comfyvn.contracts.place import Steps
from comfyvn.reading.script.blocks import Line, Slip
from comfyvn.reading.script.found import Found, Gap, Spot, Value, merged, no_block
from comfyvn.reading.script.vocabulary import ROLE_WORD, ROLES
from comfyvn.reading.script.words import Words


def is_speech(words: Words) -> bool:
    """Whether names and then a text stand here."""
    return re.match(r"(?:[^\W\d]\w*[ \t]+)+[\"']|[^\W\d]\w*[\"']", words.rest()) is not None


def narrate(words: Words, line: Line, here: Steps, found: Found) -> Value:
    return _ending(words, line, here, found, {"narrate": words.said()}, "narrate")


def say(words: Words, line: Line, here: Steps, found: Found) -> Value:
    value: Value = {"say": words.name("a character")}
    value.update(looks(words, line))
    return _ending(words, line, here, found, value | {"text": words.said()}, "say")


def looks(words: Words, line: Line) -> Value:
    """Outfit, pose and expression: by what their words say, else by their number: the last is the expression."""
    stated: Value = {}
    plain: list[str] = []
    while not words.is_done() and not words.is_text():
        at = words.at
        if words.keyword("at", "with"):
            words.at = at
            break
        word = words.need("outfit, pose or expression")
        if role := ROLE_WORD.fullmatch(word):
            if ROLES[role[1]] in stated:
                raise Slip(f"the {ROLES[role[1]]} is given twice")
            stated[ROLES[role[1]]] = role[2]
        else:
            plain.append(word.removeprefix("_"))
    names = [name for name in ROLES.values() if name not in stated]
    if len(plain) > len(names):
        raise Slip("there are more words than outfit, pose and expression", "at most three", value=" ".join(plain))
    stated.update(zip(names[len(names) - len(plain) :], plain, strict=True))
    return {name: stated[name] for name in ROLES.values() if name in stated}


def _ending(words: Words, line: Line, here: Steps, found: Found, value: Value, what: str) -> Value:
    """What follows a line's text: `id` and arguments, in any order."""
    no_block(line, "a line that is said")
    while not words.is_done():
        if words.keyword("id"):
            new: Value = {"id": words.name("an id")}
        elif words.text.startswith("(", words.at):
            new = words.arguments()
        elif words.keyword("with"):
            raise Slip("a line that is said has no `with`", "`with` as a line of its own")
        elif words.keyword("nointeract"):
            raise Slip("this language has no `nointeract`", "{nw} in the text goes on by itself")
        else:
            words.finish()
        merged(value, new)
    found.at[here] = Spot(line, None if "id" in value else Gap(line.end, " id "))
    return value


def gap_of(words: Words, line: Line) -> Gap:
    """Where the id of a choice would stand: within the brackets behind its text, or in brackets of its own."""
    if words.text.startswith("(", words.at):
        is_empty = re.match(r"\(\s*\)", words.rest()) is not None
        return Gap(line.start + words.at + 1, 'id="', '"' if is_empty else '", ')
    return Gap(line.start + len(words.text[: words.at].rstrip()), ' (id="', '")')
