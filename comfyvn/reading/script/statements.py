"""The statements of a script: from lines to the values that the same statements have in JSON."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.place import Steps
from comfyvn.contracts.scene import Place, Transition
from comfyvn.reading.json_text import parse_json
from comfyvn.reading.script.blocks import Line, Slip
from comfyvn.reading.script.vocabulary import FOREIGN, ROLE_WORD, ROLES, STATEMENTS, TRANSITIONS
from comfyvn.reading.script.words import Words
from comfyvn.reading.source import Unread

Value = dict[str, Any]
PLACES: tuple[str, ...] = get_args(Place)
KNOWN_TRANSITIONS: tuple[str, ...] = get_args(Transition)
CHANNELS = ("music", "ambience", "sound")


@dataclass(frozen=True)
class Gap:
    """Where in the file a line's id would stand, and what comes before and after it there."""

    at: int
    before: str
    after: str = ""


@dataclass(frozen=True)
class Spot:
    """Where a value stands. `gap`: its id is missing there; `json`: from there to its line's end it is JSON."""

    line: Line
    gap: Gap | None = None
    json: int | None = None


@dataclass
class Found:
    """What has been read: `at` says where the value at each step stands."""

    at: dict[Steps, Spot] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)


def script_of(lines: tuple[Line, ...], steps: Steps, found: Found) -> list[Value]:
    """The statements of a block, whose values stand at `steps` of the contract. Slips are noted; the rest is read."""
    script: list[Value] = []
    branch: Value | None = None  # the `if` that an `elif` or `else` would belong to
    inner: Steps = ()
    for line in lines:
        try:
            word = Words(line.text).keyword("elif", "else")
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
        branch["else"] = script_of(_block(line), (*at, "else"), found)
        return None, ()
    here: Steps = (*at, "else", 0)
    found.at[here] = Spot(line)
    value = _if_of(words, line, here, found)
    branch["else"] = [value]
    return value, here


def _statement(line: Line, here: Steps, found: Found) -> list[Value]:
    words = Words(line.text)
    if words.is_text():
        return [_narrate(words, line, here, found)]
    if words.sign("$"):
        return [_assignment(words, line, here, found)]
    start = words.at
    word = words.word()
    if word in READERS:
        return READERS[word](words, line, here, found)
    words.at = start
    if word and _is_speech(words):
        return [_say(words, line, here, found)]
    if word in FOREIGN:
        raise Slip(f"this language has no `{word}`", FOREIGN[word], value=line.text.split("\n")[0][:60])
    near = nearest(word, STATEMENTS)
    raise Slip("not a statement", 'a character\'s id and a "text", or one of ' + ", ".join(STATEMENTS),
               near, line.text.split("\n")[0][:60])  # fmt: skip


def _is_speech(words: Words) -> bool:
    """Whether names and then a text stand here."""
    return re.match(r"(?:[^\W\d]\w*[ \t]+)+[\"']|[^\W\d]\w*[\"']", words.rest()) is not None


def _no_block(line: Line, what: str) -> None:
    if line.block:
        inner = line.block[0].number
        raise Slip(f"nothing can be indented below {what}", "a line indented as the one before it", line=inner)


def _block(line: Line) -> tuple[Line, ...]:
    if not line.block:
        raise Slip("what belongs here is missing", "indented lines below; `pass` for nothing")
    return line.block


# --- what is said


def _narrate(words: Words, line: Line, here: Steps, found: Found) -> Value:
    return _ending(words, line, here, found, {"narrate": words.said()}, "narrate")


def _say(words: Words, line: Line, here: Steps, found: Found) -> Value:
    value: Value = {"say": words.name("a character")}
    value.update(_looks(words, line))
    return _ending(words, line, here, found, value | {"text": words.said()}, "say")


def _looks(words: Words, line: Line) -> Value:
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
    _no_block(line, "a line that is said")
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
        _merge(value, new)
    found.at[here] = Spot(line, None if "id" in value else Gap(line.end, " id "))
    return value


def _merge(value: Value, new: Value) -> None:
    for name, item in new.items():
        if name in value:
            raise Slip(f"{name} is given twice")
        value[name] = item


# --- what is shown


def _show(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    if words.keyword("screen", "text", "expression", "layer"):
        raise Slip("only characters are shown here", FOREIGN["screen"], value=line.text[:60])
    value: Value = {"show": words.name("a character")}
    value.update(_looks(words, line))
    if words.keyword("at"):
        value["at"] = _place(words)
    _with_clause(words, value)
    words.finish()
    if line.block:
        raise Slip("this language has no animations (ATL)", "a place and a transition; or " + FOREIGN["define"])
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


def _hide(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value: Value = {"hide": words.name("a character")}
    _with_clause(words, value)
    words.finish()
    _no_block(line, "`hide`")
    return [value]


def _scene(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
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
    _no_block(line, "`scene`")
    return [value]


def _with(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value: Value = {"transition": _transition(words)}
    words.finish()
    _no_block(line, "`with`")
    return [value]


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
    _no_block(line, "`jump`")
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
    return {"if": condition, "then": script_of(_block(line), (*here, "then"), found)}


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
    for item in _block(line):
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
    if not words.is_text() and not _is_speech(words):
        raise Slip("a choice is missing", '"text": with what happens indented below', value=line.text[:60])
    if "prompt" in menu:
        raise Slip("one line is said while the choices are shown; a choice ends with :", value=line.text[:60])
    inner = Found()
    said = _narrate(words, line, here, inner) if words.is_text() else _say(words, line, here, inner)
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
    gap = _gap_of(words, line)
    _merge(value, words.arguments())
    if words.keyword("if"):
        value["if"] = _condition(words, "choice")
    else:
        words.colon("choice")
    found.at[here] = Spot(line, None if "id" in value else gap)
    script = script_of(_block(line), (*here, "script"), found)
    last = line.block[-1]
    if script and set(script[-1]) == {"jump"} and last.text.startswith("jump"):
        value["jump"] = script.pop()["jump"]
        found.at[(*here, "jump")] = Spot(last)
    if script:
        value["script"] = script
    return value


def _gap_of(words: Words, line: Line) -> Gap:
    """Where the id of a choice would stand: within the brackets behind its text, or in brackets of its own."""
    if words.text.startswith("(", words.at):
        is_empty = re.match(r"\(\s*\)", words.rest()) is not None
        return Gap(line.start + words.at + 1, 'id="', '"' if is_empty else '", ')
    return Gap(line.start + len(words.text[: words.at].rstrip()), ' (id="', '")')


def _return(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value = {"end": words.said() if words.is_text() else ""}
    words.finish()
    _no_block(line, "`return`")
    return [value]


def _pass(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    words.finish()
    _no_block(line, "`pass`")
    del found.at[here]
    return []


# --- what is heard


def _play(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    channel = _channel(words)
    if words.is_text():
        raise Slip("a sound is named by its asset", f"play {channel} ID (data/assets/ID.json names the file)",
                   value=words.rest()[:60])  # fmt: skip
    value: Value = {channel: words.name("an asset")}
    _loudness(words, value, channel, ("fadein", "fadeout"))
    _no_block(line, "`play`")
    return [value]


def _stop(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    channel = _channel(words)
    value: Value = {channel: None}
    _loudness(words, value, channel, ("fadeout",))
    _no_block(line, "`stop`")
    return [value]


def _channel(words: Words) -> str:
    name = words.need("a channel")
    if name not in CHANNELS:
        raise Slip("there is no such channel", ", ".join(CHANNELS), nearest(name, CHANNELS), name)
    return name


def _loudness(words: Words, value: Value, channel: str, fades: tuple[str, ...]) -> None:
    names = (*(fades if channel != "sound" else ()), "volume")
    while not words.is_done():
        word = words.need("one of " + ", ".join(names))
        if word not in names:
            raise Slip(f"`{word}` has no place here", ", ".join(names), nearest(word, names))
        name, number = "volume" if word == "volume" else "fade", words.number(word)
        if value.get(name, number) != number:
            raise Slip("the old sound fades as long as the new one", "one of fadein and fadeout, or the same seconds")
        value[name] = number


def _pause(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value = {"pause": None if words.is_done() else words.number("a pause")}
    words.finish()
    _no_block(line, "`pause`")
    return [value]


# --- variables and what has no spelling of its own


def _assignment(words: Words, line: Line, here: Steps, found: Found) -> Value:
    code = words.rest().strip()
    allowed = '$ name = value, $ name += 1, or $ name = renpy.input("prompt")'
    try:
        tree = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Slip("not an assignment", allowed, value=code[:60]) from error
    _no_block(line, "`$`")
    match tree:
        case [ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)]:
            return _input(name.removeprefix("_"), call, code, line, here, found)
        case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
            return {"set": name.removeprefix("_"), "value": _constant(value, code)}
        case [ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub() as operator, value=value)]:
            number = _constant(value, code)
            if isinstance(number, bool | str):
                raise Slip("only numbers are added", allowed, value=code[:60])
            return {"add": name.removeprefix("_"), "value": -number if isinstance(operator, ast.Sub) else number}
    raise Slip("this language has no such Python", allowed + "; other code: a `renpy:` block", value=code[:60])


def _constant(node: ast.expr, code: str) -> Any:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        value = None
    if not isinstance(value, bool | int | float | str):
        raise Slip("a variable gets a number, a text, True or False", "other code: a `renpy:` block", value=code[:60])
    return value


def _input(name: str, call: ast.Call, code: str, line: Line, here: Steps, found: Found) -> Value:
    if ast.unparse(call.func) != "renpy.input":
        raise Slip("this language has no such function", 'renpy.input("prompt", default="…", length=20)',
                   value=code[:60])  # fmt: skip
    value: Value = {"input": name}
    if len(call.args) > 1:
        raise Slip("renpy.input has one text, and names for the rest", 'renpy.input("prompt", default="…", length=20)')
    for node in call.args:
        value["prompt"] = _constant(node, code)
    for keyword in call.keywords:
        _merge(value, {str(keyword.arg): _constant(keyword.value, code)})
    # An id goes before the bracket that ends the call, which ends the line.
    comma = "" if line.text[:-1].rstrip().endswith(("(", ",")) else ", "
    found.at[here] = Spot(line, None if "id" in value else Gap(line.end - 1, f'{comma}id="', '"'))
    return value


def _renpy(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    words.colon("block")
    if not line.raw:
        raise Slip("what belongs here is missing", "Ren'Py's own statements, indented below")
    return [{"renpy": "\n".join(line.raw)}]


def _as_json(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    at = line.start + words.at
    source = parse_json("", words.rest().encode())
    if isinstance(source, Unread):
        raise Slip(source.problems[0].message, 'a statement as in JSON: comfyvn {"pause": null}')
    if not isinstance(source.value, dict):
        raise Slip("not a statement as in JSON", 'comfyvn {"pause": null}', value=words.rest()[:60])
    _no_block(line, "`comfyvn`")
    found.at[here] = Spot(line, json=at)
    return [source.value]


def _default(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    raise Slip("`default` stands before the scene's label", "the top of the file, not indented")


READERS: Mapping[str, Callable[[Words, Line, Steps, Found], list[Value]]] = {
    "show": _show, "hide": _hide, "scene": _scene, "with": _with, "jump": _jump, "label": _label, "if": _if,
    "menu": _menu, "return": _return, "pass": _pass, "play": _play, "stop": _stop, "pause": _pause, "renpy": _renpy,
    "comfyvn": _as_json, "default": _default,
}  # fmt: skip
