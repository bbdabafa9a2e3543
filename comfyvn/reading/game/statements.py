"""The story of a game as scripts of scenes: each file with labels is a scene, its labels are places in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyvn.contracts.text import used_variables
from comfyvn.reading.game.cast import Cast, Person, attribute_ids, roles
from comfyvn.reading.game.films import with_films
from comfyvn.reading.game.line_ids import LineIds
from comfyvn.reading.game.names import free, id_of
from comfyvn.reading.game.nodes import GameScript, Node
from comfyvn.reading.game.report import Report
from comfyvn.reading.game.sounds import Sounds, sound_statement
from comfyvn.reading.game.stage import ACROSS, BUILT_IN, NAMED, NEAR, SPOTS
from comfyvn.reading.game.texts import ID_TAG, condition_of, literal, text_of
from comfyvn.reading.game.variables import Variables, assignment

Value = dict[str, Any]
SPECIAL = frozenset([
    "splashscreen", "before_main_menu", "main_menu", "after_load", "after_warp", "quit", "main_menu_screen",
    "hide_windows",
])  # fmt: skip
NARRATORS = frozenset(["narrator", "centered", "vcentered", "adv", "nvl", "name_only", "extend"])
PICTURED = {"show", "hide", "background", "still", "movie"}
REPLAYED = "renpy.end_replay()"  # in our exports, where a scene that can be seen again is left
ENDING = re.compile(r"call screen cvn_ending\((.*)\)$", re.DOTALL)


@dataclass
class Story:
    """What the statements of all scenes share. `goals`: a label → where a jump to it goes; `films`: name
    → file; `captions` of a film, by its asset."""

    script: GameScript
    cast: Cast
    sounds: Sounds
    variables: Variables
    report: Report
    goals: dict[str, str] = field(default_factory=dict)
    line_ids: LineIds = field(default_factory=LineIds)
    keeps_code: bool = False
    is_ours: bool = False
    clips: list[Value] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    auto_voice: str = ""
    films: Mapping[str, str] = field(default_factory=dict)
    captions: dict[str, list[Value]] = field(default_factory=dict)

    def recording(self, line_id: str) -> str | None:
        """The file that the engine would play at this line by itself; what an export of ours spoke is no recording."""
        file = self.auto_voice.replace("{id}", line_id)
        return file if file in self.sounds.files and not self.is_ours else None


class Writer:
    """Writes one scene's script."""

    def __init__(self, story: Story, scene: str) -> None:
        self.story, self.scene = story, scene
        self.label = ""
        self.voice: str | None = None

    def script(self, nodes: list[Node]) -> list[Value]:
        found: list[Value] = []
        prompt: Value | None = None
        fresh = 0  # how many pictures changed since the last transition or line
        nodes = with_films(nodes) if self.story.is_ours else nodes
        for number, node in enumerate(nodes):
            kind = node["kind"]
            if self.story.is_ours and (ending := ENDING.match(node.get("text", ""))):
                # Our exports end the story so: silence, black, and a screen with the ending's name.
                del found[-4 if "transition" in found[-1] else -3 :]
                return [*found, {"end": self._text(node, literal(ending[1]))}, *self.script(nodes[number + 2 :])]
            if kind == "with":
                if fresh == 1 and found and PICTURED & set(found[-1]):
                    self._fold(found[-1], node)
                else:
                    found.append({"transition": self._transition(node)})
                fresh = 0
                continue
            if kind == "say" and not node.get("interact", True):
                prompt = self._said(node)[0]
                continue
            if kind == "menu":
                found += self._menu(node, prompt)
                prompt = None
            else:
                found += WRITERS.get(kind, Writer._code)(self, node)
            if kind in ("scene", "show", "hide", "movie"):
                fresh += 1
            elif kind not in ("user", "python"):
                fresh = 0
        return found

    def _fold(self, value: Value, node: Node) -> None:
        """`show` and then `with` are one statement where only that changed; a dissolve need not be said."""
        name = self._transition(node)
        value.pop("with", None)
        if name != "dissolve":
            value["with"] = name

    def _told(self, node: Node) -> Callable[[str, str], None]:
        return lambda what, detail: self.story.report.add(node["file"], node["line"], what, detail)

    def _named(self, text: str) -> Value:
        """The id that our export put behind a text."""
        found = ID_TAG.search(text) if self.story.is_ours else None
        return {"id": self._line_id(found[1].removeprefix("_"))} if found else {}

    def _text(self, node: Node, text: str) -> str:
        found = text_of(text, self.story.variables.known, self._told(node))
        return found if self.story.is_ours else found.replace("%%", "%")

    # --- what is said

    def _say(self, node: Node) -> list[Value]:
        if node["who"] == "alt":  # what only a screen reader says of a picture
            return []
        found = self._said(node)
        if node.get("with"):
            found.append({"transition": self._transition({**node, "expr": node["with"]})})
        return found

    def _said(self, node: Node) -> list[Value]:
        person = self._speaker(node)
        self.story.report.counts["lines"] += 1
        text = self._text(node, node["what"])
        wish = str(node["id"]) if node.get("id") else self.story.line_ids.of(self.label, node)
        line_id = self._line_id(wish.removeprefix("_") if self.story.is_ours else wish)
        self.voice = self.voice or self.story.recording(wish)
        is_recorded = self.voice is not None
        if self.voice:
            self.story.clips.append({"id": line_id, "file": self.voice})
            self.voice = None
        # A recording cannot say what a variable will hold.
        is_silent = bool(used_variables(text, self.story.variables.first)) and not is_recorded
        more = {"voiced": False} if is_silent else {}
        if person is None:
            return [{"narrate": text, "id": line_id, **more}]
        looks = self._looks(person, node["attributes"], node)
        return [{"say": person.id, "text": text, "id": line_id, **looks, **more}]

    def _line_id(self, wish: str) -> str:
        found = free(id_of(wish, "l"), self.story.taken.__contains__)
        self.story.taken.add(found)
        return found

    def _speaker(self, node: Node) -> Person | None:
        who, cast = node["who"], self.story.cast
        if who is None or who in cast.silent or who in NARRATORS:
            if who == "extend":
                self._told(node)("what is added to a line is a line of its own", node["what"])
            return None
        if who in cast.speakers:
            return cast.speakers[who]
        name = literal(who)
        if name == "":
            return None
        found = next((one for one in cast.people.values() if one.name == name), None)
        if found is None:
            found = cast.person(str(name or who), str(name or who))
            if name is None:
                self._told(node)("nobody says who this is", who)
        cast.speakers[who] = found
        return found

    def _looks(self, person: Person, attributes: list[str], node: Node) -> Value:
        known, ids = roles(person), attribute_ids(person)
        looks: Value = {}
        for word in attributes:
            bare = word if word in known else word.removeprefix("_")
            if bare in known:
                looks[known[bare]] = ids[bare].removeprefix("_")
            elif not word.startswith("-"):
                self._told(node)("an image attribute that no picture has", f"{person.id} {word}")
        return {role: looks[role] for role in ("outfit", "pose", "expression") if role in looks}

    def _menu(self, node: Node, prompt: Value | None) -> list[Value]:
        value: Value = {"menu": []}
        if prompt is None and node.get("caption"):
            prompt = {"narrate": self._text(node, node["caption"])}
        for name, other in (("text", "prompt"), ("narrate", "prompt"), ("say", "speaker"), ("id", "id")):
            if prompt and name in prompt:
                value[other] = prompt[name]
        if prompt and "expression" in prompt:
            value["expression"] = prompt["expression"]
        for item in node["items"]:
            value["menu"].append(self._choice(item, node))
            self.story.report.counts["choices"] += 1
        return [value]

    def _choice(self, item: Mapping[str, Any], node: Node) -> Value:
        choice: Value = {"text": self._text(node, item["text"]) or "…", **self._named(item["text"])}
        if item["condition"] and item["condition"] != "True":
            condition = condition_of(item["condition"], self.story.variables.known)
            if condition is None:
                self._told(node)("a condition is code; its choice is always offered", item["condition"])
            else:
                choice["if"] = condition
        script = self.script(item["block"])
        if script and set(script[-1]) == {"jump"}:
            choice["jump"] = script.pop()["jump"]
        return {**choice, "script": script} if script else choice

    # --- what is shown

    def _scene(self, node: Node) -> list[Value]:
        name, cast = tuple(node["name"]), self.story.cast
        if not name:
            self._told(node)("an empty stage is black", "scene")
        place = cast.places.get(name, "black")
        if name[:1] == ("still",) and self.story.is_ours:
            return [{"still": name[-1].removeprefix("_"), "with": "none"}]
        if name and name not in cast.places and (person := cast.tags.get(name[0])) is not None:
            return [{"background": "black", "with": "none"}, *self._shown(person, node)]
        return [{"background": place, "with": "none"}]

    def _movie(self, node: Node) -> list[Value]:
        file = self.story.films.get(node["name"], "")
        if file not in self.story.sounds.files:
            self._told(node)("a film whose file is not there", node["name"])
            return [{"background": "black", "with": "none"}]
        asset = self.story.sounds.asset(file, "video")
        captions = [{"start": start, "end": end, "text": self._text(node, text)}
                    for start, end, text in node["captions"]]  # fmt: skip
        self.story.captions[asset] = captions
        return [{"movie": asset, **({} if node["skip"] else {"skip": False}), "with": "none"}]

    def _show(self, node: Node) -> list[Value]:
        name, cast = node["name"], self.story.cast
        person = cast.tags.get(node.get("tag") or "") or (cast.tags.get(name[0]) if name else None)
        if person is None:
            what = " ".join(name) or str(node["expression"])
            self._told(node)("something is shown that is no picture of anybody", what)
            return []
        return self._shown(person, node)

    def _shown(self, person: Person, node: Node) -> list[Value]:
        value: Value = {"show": person.id, **self._looks(person, node["name"][1:], node), "with": "none"}
        at = self._at(node)
        return [{**value, "at": at, "with": value["with"]}] if at is not None else [value]

    def _at(self, node: Node) -> str | float | None:
        found: str | float | None = None
        for code in node.get("at", ()):
            if code in SPOTS:
                found = SPOTS[code]
            elif (across := ACROSS.search(code)) is not None:
                number = float(next(each for each in across.groups() if each))
                found = NAMED[number] if number in NAMED else min(max(number, -0.5), 1.5)
            else:
                self._told(node)("a position or an animation is left out", code)
        return found

    def _hide(self, node: Node) -> list[Value]:
        name, cast = node["name"], self.story.cast
        person = cast.tags.get(node.get("tag") or "") or (cast.tags.get(name[0]) if name else None)
        return [{"hide": person.id, "with": "none"}] if person else []

    def _transition(self, node: Node) -> str:
        name = str(node["expr"])
        if name in BUILT_IN:
            return BUILT_IN[name]
        near = next((ours for start, ours in NEAR if name.startswith(start)), "dissolve")
        alike = ("Dissolve(", "Fade(", "movein", "moveout", "easein", "easeout")
        if not (self.story.is_ours or name.startswith(alike)):
            self._told(node)(f"a transition of its own is a {near}", name)
        return near

    # --- where the story goes

    def _label(self, node: Node) -> list[Value]:
        name = self.full(node["name"])
        if name in SPECIAL:
            self._told(node)("a label that the engine calls", name)
            return []
        if not name.startswith("_") and not node["name"].startswith("."):
            self.label = name
        if node.get("parameters"):
            self._told(node)("a label with parameters", name)
        self.story.report.counts["labels"] += 1
        goal = self.story.goals[name]
        inner = self.script(node["block"])
        return [{"label": goal.partition(".")[2]}, *inner] if "." in goal else inner

    def full(self, name: str) -> str:
        """A label's whole name: `.x` is of the label above."""
        return self.label.partition(".")[0] + name if name.startswith(".") else name

    def _jump(self, node: Node) -> list[Value]:
        target = None if node["is_expression"] else self.story.goals.get(self.full(node["target"]))
        if target is None:
            self._told(node)("a jump to what only code knows", node["target"])
            return self._kept(node)
        scene, dot, label = target.partition(".")
        self.story.report.counts["jumps"] += 1
        return [{"jump": f".{label}" if dot and scene == self.scene else target}]

    def _call(self, node: Node) -> list[Value]:
        self._told(node)("a call: scenes call no subroutines", node["target"])
        return self._kept(node)

    def _return(self, node: Node) -> list[Value]:
        value = literal(node["value"])
        return [{"end": value if isinstance(value, str) else ""}]

    def _if(self, node: Node) -> list[Value]:
        script: list[Value] = []
        for entry in reversed(node["entries"]):
            block = self.script(entry["block"])
            if entry["condition"] in (None, "True"):
                script = block
                continue
            condition = condition_of(entry["condition"], self.story.variables.known)
            if condition is None:
                self._told(node)("a condition is code; it counts as false", entry["condition"])
            value: Value = {"if": condition or "false", "then": block}
            script = [{**value, "else": script} if script else value]
        return script

    # --- what is heard, reckoned and run

    def _user(self, node: Node) -> list[Value]:
        text = node["text"]
        word = text.split(None, 1)[0] if text.split() else ""
        if word in ("play", "stop", "queue"):
            return sound_statement(text, self.story.sounds, self._told(node)) or self._kept(node)
        if word == "voice":
            self.voice = self.story.sounds.find(text.partition(" ")[2].strip())
            if self.voice is None:
                self._told(node)("a voice whose file is not there", text)
            return []
        if word == "pause":
            seconds = literal(text.partition(" ")[2] or "None")
            is_number = isinstance(seconds, int | float) and seconds > 0
            return [{"pause": float(seconds) if is_number else None}]
        if word == "window":
            return []
        if text == "nvl clear":
            return [{"nvl": "clear"}]
        self._told(node)("a statement of the game's own", text)
        return self._kept(node)

    def _python(self, node: Node) -> list[Value]:
        if self.story.is_ours and node["code"].strip() == REPLAYED:
            return []
        found = assignment(node["code"], self.story.variables)
        if found is not None:
            return [self._asked(node, one) if "prompt" in one else one for one in found]
        self._told(node)("Python code", node["code"])
        return self._kept(node)

    def _asked(self, node: Node, value: Value) -> Value:
        return {**value, "prompt": self._text(node, value["prompt"]), **self._named(value["prompt"])}

    def _code(self, node: Node) -> list[Value]:
        if node["kind"] in ("define", "default", "image"):
            return []
        self._told(node)(f"{node['text'].lower()} statement", "")
        return self._kept(node)

    def _kept(self, node: Node) -> list[Value]:
        """The statement itself, if it is to be kept."""
        code = self.story.script.source(node["file"], node["line"]) if self.story.keeps_code else ""
        return [{"renpy": code}] if code.strip() and "\t" not in code else []


WRITERS: Mapping[str, Callable[[Writer, Node], list[Value]]] = {
    "say": Writer._say, "scene": Writer._scene, "show": Writer._show, "hide": Writer._hide, "label": Writer._label,
    "jump": Writer._jump, "call": Writer._call, "return": Writer._return, "if": Writer._if, "user": Writer._user,
    "python": Writer._python, "movie": Writer._movie,
}  # fmt: skip
