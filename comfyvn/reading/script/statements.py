"""The statements of a script: from lines to the values that the same statements have in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.place import Steps
from comfyvn.reading.script.blocks import Line, Slip
from comfyvn.reading.script.found import Found, Spot, Value, block_of, merged, no_block
from comfyvn.reading.script.heard import pause, play, stop
from comfyvn.reading.script.reckoned import as_json, assignment, default, renpy_block
from comfyvn.reading.script.said import gap_of, is_speech, narrate, say
from comfyvn.reading.script.shown import hide, scene, show, with_alone
from comfyvn.reading.script.vocabulary import FOREIGN, STATEMENTS
from comfyvn.reading.script.words import Words


def script_of(lines: tuple[Line, ...], steps: Steps, found: Found) -> list[Value]:
    """The statements of a block, whose values stand at `steps` of the contract. Slips are noted; the rest is read."""
    script: list[Value] = []
    branch: Value | None = None  # the `if` that an `elif` or `else` would belong to
    inner: Steps = ()
    for line in lines:
        try:
            is_rest = branch is not None and line.text.startswith(("elif", "else"))
            word = Words(line.text).keyword("elif", "else") if is_rest else ""
            if word and branch is not None:
                branch, inner = _otherwise(line, word, branch, inner, found)
                continue
            here: Steps = (*steps, len(script))
            found.at[here] = Spot(line)
            branch, inner = None, here
            value = _statement(line, here, found)
        except Slip as slip:
            slip.line = slip.line or line.number
            found.slips.append(slip)
            branch = {} if Words(line.text).keyword("if", "elif") else None  # its `else` is sound
            continue
        script.extend(value)
        branch = value[0] if value and "if" in value[0] and line.text.startswith("if") else None
    return script


def _otherwise(line: Line, word: str, branch: Value, at: Steps, found: Found) -> tuple[Value | None, Steps]:
    """An `elif` is an `if` that is all of the `else` before it."""
    words = Words(line.text)
    words.word()
    if word == "else":
        words.colon("else")
        branch["else"] = script_of(block_of(line), (*at, "else"), found)
        return None, ()
    here: Steps = (*at, "else", 0)
    found.at[here] = Spot(line)
    value = _if_of(words, line, here, found)
    branch["else"] = [value]
    return value, here


def _statement(line: Line, here: Steps, found: Found) -> list[Value]:
    words = Words(line.text)
    if words.is_text():
        return [narrate(words, line, here, found)]
    if words.sign("$"):
        return [assignment(words, line, here, found)]
    start = words.at
    word = words.word()
    if word in READERS:
        return READERS[word](words, line, here, found)
    words.at = start
    if word and is_speech(words):
        return [say(words, line, here, found)]
    if word in FOREIGN:
        raise Slip(f"this language has no `{word}`", FOREIGN[word], value=line.text.split("\n")[0][:60])
    near = nearest(word, STATEMENTS)
    raise Slip("not a statement", 'a character\'s id and a "text", or one of ' + ", ".join(STATEMENTS),
               near, line.text.split("\n")[0][:60])  # fmt: skip


# --- where the story goes


def _goal(words: Words) -> str:
    if words.sign("."):
        return "." + words.name("a label")
    if words.keyword("expression"):
        raise Slip("a jump goes to a scene or a label that is named", "an `if` for each goal")
    goal = words.name("a scene or .label")
    return f"{goal}.{words.name('a label')}" if words.sign(".") else goal


def _jump(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value = {"jump": _goal(words)}
    words.finish()
    no_block(line, "`jump`")
    return [value]


def _label(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    if not words.sign("."):
        name = words.word()
        raise Slip("a label within a scene begins with a dot", "label .NAME:", f".{name}", name)
    name = words.name("a label")
    words.colon("label")
    # What stands below a label is what follows it: the story falls through.
    after: Steps = (*here[:-1], int(here[-1]) + 1)
    rest = _shifted(line, after, found)
    return [{"label": name}, *rest]


def _shifted(line: Line, first: Steps, found: Found) -> list[Value]:
    inner = Found()
    script = script_of(line.block, ("block",), inner)
    start = int(first[-1])
    for steps, spot in inner.at.items():
        found.at[(*first[:-1], start + int(steps[1]), *steps[2:])] = spot
    found.slips.extend(inner.slips)
    return script


def _if(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    return [_if_of(words, line, here, found)]


def _if_of(words: Words, line: Line, here: Steps, found: Found) -> Value:
    condition = _condition(words, "if")
    return {"if": condition, "then": script_of(block_of(line), (*here, "then"), found)}


def _condition(words: Words, what: str) -> str:
    """The code up to the line's last `:`."""
    rest = words.rest().rstrip()
    if not rest.endswith(":"):
        raise Slip(f"a : is missing at the end of this {what}", value=rest[:60])
    code = rest[:-1].strip()
    if not code:
        raise Slip("a condition is missing", "such as trust > 2 and not late")
    return code


def _menu(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    if not words.text.startswith(":", words.at):
        raise Slip("a menu has no name here", "menu:", value=words.rest()[:60])
    words.colon("menu")
    value: Value = {"menu": []}
    found.at[here] = Spot(line)
    for item in block_of(line):
        try:
            _menu_item(item, value, here, found)
        except Slip as slip:
            slip.line = slip.line or item.number
            found.slips.append(slip)
            value.setdefault("slipped", True)
    if value.pop("slipped", False) and not value["menu"]:
        value["menu"].append({"text": "…"})  # the slip is told already, and not that the menu is empty
    return [value]


def _menu_item(line: Line, menu: Value, here: Steps, found: Found) -> None:
    words = Words(line.text)
    if line.text.endswith(":") and words.is_text():
        menu["menu"].append(_choice(words, line, (*here, "menu", len(menu["menu"])), found))
        return
    if words.keyword("set"):
        raise Slip("this language has no `set` in a menu", "`if` behind each choice")
    if not words.is_text() and not is_speech(words):
        raise Slip("a choice is missing", '"text": with what happens indented below', value=line.text[:60])
    if "prompt" in menu:
        raise Slip("one line is said while the choices are shown; a choice ends with :", value=line.text[:60])
    inner = Found()
    said = narrate(words, line, here, inner) if words.is_text() else say(words, line, here, inner)
    said["prompt"] = said.pop("text", None) if "say" in said else said.pop("narrate")
    if "say" in said:
        said["speaker"] = said.pop("say")
    found.at[here] = Spot(found.at[here].line, inner.at[here].gap)
    found.at[(*here, "prompt")] = Spot(line)
    for name in set(said) - {"prompt"}:
        found.at[(*here, name)] = Spot(line)
    menu.update(said)
    found.at[(*here, "id")] = Spot(line)


def _choice(words: Words, line: Line, here: Steps, found: Found) -> Value:
    value: Value = {"text": words.said()}
    gap = gap_of(words, line)
    merged(value, words.arguments())
    if words.keyword("if"):
        value["if"] = _condition(words, "choice")
    else:
        words.colon("choice")
    found.at[here] = Spot(line, None if "id" in value else gap)
    script = script_of(block_of(line), (*here, "script"), found)
    last = line.block[-1]
    if script and set(script[-1]) == {"jump"} and last.text.startswith("jump"):
        value["jump"] = script.pop()["jump"]
        found.at[(*here, "jump")] = Spot(last)
    if script:
        value["script"] = script
    return value


def _return(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value = {"end": words.said() if words.is_text() else ""}
    words.finish()
    no_block(line, "`return`")
    return [value]


def _pass(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    words.finish()
    no_block(line, "`pass`")
    del found.at[here]
    return []


READERS: Mapping[str, Callable[[Words, Line, Steps, Found], list[Value]]] = {
    "show": show, "hide": hide, "scene": scene, "with": with_alone, "jump": _jump, "label": _label, "if": _if,
    "menu": _menu, "return": _return, "pass": _pass, "play": play, "stop": stop, "pause": pause, "renpy": renpy_block,
    "comfyvn": as_json, "default": default,
}  # fmt: skip
