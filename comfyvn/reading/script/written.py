"""Writes a scene's script in Ren'Py's language, so that reading it gives the same script again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from comfyvn.contracts.model import Model
from comfyvn.contracts.scene import KINDS, Scene, statement_kind
from comfyvn.reading.script.source import read_script
from comfyvn.reading.script.vocabulary import ROLES, WRITTEN, spelled

INDENT = "    "
Value = Mapping[str, Any]


def script_text(scene: Scene) -> str:
    """The scene's script file. What the language has no words for is written as JSON (`comfyvn {…}`)."""
    defaults = [f"default {spelled(name)} = {constant(value)}" for name, value in scene.variables.items()]
    body = [line for statement in scene.script for line in statement_lines(document(statement))]
    head = [*defaults, ""] if defaults else []
    if body and not body[0]:
        body = body[1:]  # the first label needs no room above it
    return "\n".join([*head, f"label {spelled(scene.id)}:", *_indented(body or ["pass"])]) + "\n"


def document(model: Model) -> dict[str, Any]:
    """A model as its JSON value, without what is left out or as it would be."""
    value = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return dict(value)


def statement_lines(value: Value) -> list[str]:
    """One statement. The words are kept only if they are read as the same value."""
    kind = statement_kind(value) or ""
    try:
        lines = _WRITERS[kind](value) if kind in _WRITERS else []
        if lines and _reads_as(lines, value):
            return lines
    except ValueError:  # pydantic's too: it is read as something that is no statement
        pass
    return ["comfyvn " + json.dumps(value, ensure_ascii=False)]


def _reads_as(lines: list[str], value: Value) -> bool:
    text = "\n".join(["label scene:", *_indented(lines)]) + "\n"
    script, problems = read_script("scene.rpy", text.encode("utf-8", "replace"))
    if script is None or problems or len(script.value["script"]) != 1:
        return False
    read = script.value["script"][0]
    kind = statement_kind(read)
    return kind is not None and _told(document(KINDS[kind].model_validate(read))) == _told(value)


def _told(value: Value) -> str:
    return json.dumps(value, sort_keys=True)  # 1, 1.0 and true are three values


def _indented(lines: list[str]) -> list[str]:
    return [INDENT + line if line else "" for line in lines]


def _block(script: list[Value]) -> list[str]:
    return _indented([line for value in script for line in statement_lines(value)] or ["pass"])


# --- texts and values


def quoted(text: str) -> str:
    """A text of the script: white space in a row and what an editor does not show are escaped."""
    inner = "".join(_letter(text, index) for index in range(len(text)))
    return f'"{inner}"'


def _letter(text: str, index: int) -> str:
    letter = text[index]
    if letter == " " and text[index - 1 : index] in (" ", ""):
        return "\\ "
    return {"\n": "\\n", '"': '\\"', "\\": "\\\\"}.get(letter) or _visible(letter)


def _visible(letter: str) -> str:
    is_shown = letter in " \u3000" or (letter.isprintable() and not letter.isspace())
    return letter if is_shown or ord(letter) > 0xFFFF else f"\\u{ord(letter):04x}"


def constant(value: Any) -> str:
    """A value as Python writes it, in one line."""
    if not isinstance(value, str):
        return repr(value)
    named = {"\n": "\\n", '"': '\\"', "\\": "\\\\"}
    return '"' + "".join(named.get(letter) or _visible(letter) for letter in value) + '"'


# --- statements


def _looks(value: Value) -> str:
    """Outfit, pose and expression; what stands before a gap says what it is."""
    names = [name for name in ROLES.values() if name in value]
    bare = len(names)
    while names[len(names) - bare :] != list(ROLES.values())[3 - bare :]:
        bare -= 1
    words = []
    for number, name in enumerate(names):
        prefix = next(prefix for prefix, role in ROLES.items() if role == name)
        stated = number < len(names) - bare or spelled(value[name]) != value[name]
        words.append(prefix + value[name] if stated else value[name])
    return "".join(" " + word for word in words)


def _ending(value: Value, *written: str) -> str:
    rest = {name: item for name, item in value.items() if name not in (*written, "id")}
    told = ", ".join(f"{name}={constant(item)}" for name, item in rest.items())
    return (f" ({told})" if told else "") + (f" id {spelled(value['id'])}" if "id" in value else "")


def _say(value: Value) -> list[str]:
    end = _ending(value, "say", "text", *ROLES.values())
    return [f"{spelled(value['say'])}{_looks(value)} {quoted(value['text'])}{end}"]


def _narrate(value: Value) -> list[str]:
    return [quoted(value["narrate"]) + _ending(value, "narrate")]


def _with(value: Value) -> str:
    return f" with {WRITTEN.get(value['with'], value['with'])}" if "with" in value else ""


def _show(value: Value) -> list[str]:
    at = f" at {value['at']}" if "at" in value else ""
    return [f"show {spelled(value['show'])}{_looks(value)}{at}{_with(value)}"]


def _hide(value: Value) -> list[str]:
    return [f"hide {spelled(value['hide'])}{_with(value)}"]


def _background(value: Value) -> list[str]:
    words = " ".join(spelled(word) for word in value["background"].split("/"))
    return [f"scene bg {words}{_with(value)}"]


def _still(value: Value) -> list[str]:
    return [f"scene still {spelled(value['still'])}{_with(value)}"]


def _transit(value: Value) -> list[str]:
    return [f"with {WRITTEN.get(value['transition'], value['transition'])}"]


def _goal(goal: str) -> str:
    return ".".join(spelled(word) if word else "" for word in goal.split("."))


def _jump(value: Value) -> list[str]:
    return [f"jump {_goal(value['jump'])}"]


def _label(value: Value) -> list[str]:
    return ["", f"label .{spelled(value['label'])}:"]


def _menu(value: Value) -> list[str]:
    return ["menu:", *_indented([*_prompt(value), *(line for choice in value["menu"] for line in _choice(choice))])]


def _prompt(value: Value) -> Iterator[str]:
    if "prompt" in value:
        who = f"{spelled(value['speaker'])}{_looks(value)} " if "speaker" in value else ""
        looks = ROLES.values() if "speaker" in value else ()
        yield who + quoted(value["prompt"]) + _ending(value, "menu", "prompt", "speaker", *looks)


def _choice(value: Value) -> list[str]:
    condition = f" if {value['if']}" if "if" in value else ""
    rest = {name: item for name, item in value.items() if name not in ("text", "if", "script", "jump")}
    told = ", ".join(f"{name}={constant(item)}" for name, item in rest.items())
    script = list(value.get("script", ()))
    body = [line for statement in script for line in statement_lines(statement)]
    if "jump" in value:
        body.append(f"jump {_goal(value['jump'])}")
    elif script and "jump" in script[-1] and body[-1].startswith("jump"):
        body.append("pass")  # or the jump would be the choice's own
    head = quoted(value["text"]) + (f" ({told})" if told else "") + f"{condition}:"
    return [head, *_indented(body or ["pass"])]


def _set(value: Value) -> list[str]:
    return [f"$ {spelled(value['set'])} = {constant(value['value'])}"]


def _add(value: Value) -> list[str]:
    return [f"$ {spelled(value['add'])} += {constant(value.get('value', 1))}"]


def _input(value: Value) -> list[str]:
    rest = {name: item for name, item in value.items() if name not in ("input", "prompt")}
    told = [constant(value["prompt"])] if "prompt" in value else []
    told += [f"{name}={constant(item)}" for name, item in rest.items()]
    return [f"$ {spelled(value['input'])} = renpy.input({', '.join(told)})"]


def _if(value: Value) -> list[str]:
    lines = [f"if {value['if']}:", *_block(value["then"])]
    rest = value.get("else", [])
    while len(rest) == 1 and "if" in rest[0] and _is_plain(rest[0]):
        lines += [f"elif {rest[0]['if']}:", *_block(rest[0]["then"])]
        rest = rest[0].get("else", [])
    return [*lines, "else:", *_block(rest)] if rest else lines


def _is_plain(branch: Value) -> bool:
    """Whether a branch can stand as `elif`: its condition is read as it is written."""
    return statement_lines({"if": branch["if"], "then": []})[0].startswith("if ")


def _heard(value: Value) -> list[str]:
    channel = next(name for name in ("music", "ambience", "sound") if name in value)
    name = value[channel]
    fade = f" {'fadein' if name is not None else 'fadeout'} {value['fade']!r}" if "fade" in value else ""
    volume = f" volume {value['volume']!r}" if "volume" in value else ""
    return [(f"stop {channel}" if name is None else f"play {channel} {spelled(name)}") + fade + volume]


def _pause(value: Value) -> list[str]:
    return ["pause" if value["pause"] is None else f"pause {value['pause']!r}"]


def _end(value: Value) -> list[str]:
    return ["return" + (f" {quoted(value['end'])}" if value["end"] else "")]


def _renpy(value: Value) -> list[str]:
    return ["renpy:", *_indented(value["renpy"].split("\n"))]


_WRITERS: Mapping[str, Callable[[Value], list[str]]] = {
    "say": _say, "narrate": _narrate, "show": _show, "hide": _hide, "background": _background, "still": _still,
    "transition": _transit, "jump": _jump, "label": _label, "menu": _menu, "set": _set, "add": _add, "if": _if,
    "music": _heard, "ambience": _heard, "sound": _heard, "pause": _pause, "input": _input, "end": _end,
    "renpy": _renpy,
}  # fmt: skip
