"""Plays a game from inside the engine, a run at a time, as `comfyvn playtest` asks over a socket.

It is copied into the game's copy as `comfyvn_driver.py` and runs on the engine's own Python, 3.9 or later. Being a
plain module, its state is no part of rollback or saves. Messages are JSON, one a line (see playtest.wire): this side
says hello with what there is to reach, is given runs, and tells of each what was reached.

It is fast because nothing is drawn unless a screenshot is asked for (everything is rendered: pictures are decoded,
text is laid out), and because a line that was shown before with the same pictures is passed over as if skipping.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import time
from collections import Counter
from typing import Any

import renpy

NOT_STORY = {
    "quit", "after_load", "after_warp", "main_menu", "before_main_menu", "splashscreen", "confirm_quit",
    "main_menu_screen", "hide_windows", "save_screen", "load_screen",
}  # fmt: skip
MOST_CHOICES = 400  # of one run: a story that goes round in circles through menus is left then
SETTLED = 0.5  # seconds on the engine's clock until what moves on a screen has come to rest, for screenshots
DECODED = 3.0  # seconds that the engine has to begin decoding a sound
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # a PNG
MENUS = ("preferences", "load", "about", "help")


class Run:
    """A run under way, and what it met."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.number: int = asked["number"]
        self.start: str = asked["start"]
        self.plan: list[str] = list(asked["plan"])
        self.taken: Counter[str] = Counter(asked["taken"])
        self.path: list[str] = []
        self.labels: dict[str, None] = {}
        self.ids: list[str] = []
        self.choices: list[dict[str, Any]] = []
        self.voices: dict[str, None] = {}
        self.unvoiced: dict[str, str] = {}
        self.missing: dict[str, None] = {}
        self.errors: list[str] = []
        self.shots = 0

    def told(self) -> dict[str, Any]:
        return {
            "number": self.number, "labels": list(self.labels), "ids": self.ids, "choices": self.choices,
            "voices": list(self.voices), "unvoiced": self.unvoiced, "missing": list(self.missing),
            "errors": self.errors, "shots": self.shots,
        }  # fmt: skip


class Driver:
    """What outlives a run."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.wire: Any = None
        self.names: dict[tuple[str, int], str] = {}  # (file, line) of a say → its id
        self.labels: set[str] = set()
        self.shown: set[object] = set()  # lines with the pictures that they were shown with
        self.heard: dict[str, None] = {}
        self.line = ""  # id of the line that is shown
        self.speaker: str | None = None  # the same, of a line that is about to be shown and ought to have a voice
        self.options: list[tuple[str, str, object]] | None = None  # key, text, value: of the menu that is on screen
        self.began = 0.0
        self.shots = ""
        self.shot: set[str] = set()
        self.menus: list[str] = []
        self.has_saved = False


D = Driver()


# --- the conversation


def say(message: dict[str, Any]) -> None:
    D.wire.write(json.dumps(message) + "\n")
    D.wire.flush()


def hear() -> dict[str, Any]:
    line = D.wire.readline()
    if not line:
        os._exit(4)  # whoever asked is gone
    answer: dict[str, Any] = json.loads(line)
    return answer


def begin() -> str:
    """The label that the next run starts at; ends the engine when there is none."""
    finish()
    asked = hear()
    if "run" not in asked:
        say({"ended": probe()})
        os._exit(0)
    D.run = Run(asked["run"])
    return D.run.start


def finish() -> None:
    """Tells of the run that is over; also called whenever the engine starts the game anew."""
    if D.run is not None:
        say({"played": D.run.told()})
        D.run = None


def crash(*args: Any) -> bool:
    """Takes the place of the error screen. (short, full, file) until Ren'Py 8.3, an exception later."""
    told = args[0]  # its short form shows the game's own lines alone
    said = (told if isinstance(told, str) else str(getattr(told, "short", None) or repr(told))).strip()
    file, line = renpy.exports.get_filename_line()
    fault = {"file": file, "line": line, "said": last_line(said), "traceback": said[-6000:]}
    say({"crashed": {"run": D.run.told() if D.run else None, "fault": fault}})
    os._exit(3)


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


# --- what there is to reach


def install() -> None:
    environ = os.environ
    link = socket.create_connection(("127.0.0.1", int(environ["COMFYVN_PLAY_PORT"])))
    D.wire = link.makefile("rw", encoding="utf-8", newline="\n")
    D.shots = environ.get("COMFYVN_PLAY_SHOTS", "")
    D.menus = list(MENUS) if environ.get("COMFYVN_PLAY_MENUS") else []
    config, nodes = renpy.config, set(renpy.game.script.namemap.values())
    labels = [node for node in nodes if is_story_label(node)]
    D.labels = {node.name for node in labels}
    say({"hello": {
        "token": environ["COMFYVN_PLAY_TOKEN"],
        "engine": renpy.version_only if hasattr(renpy, "version_only") else renpy.version,
        "labels": [place(node, name=node.name) for node in labels],
        "parameters": [node.name for node in labels if getattr(node, "parameters", None)],
        "lines": lines(nodes),
        "missing": missing_movies(),
    }})  # fmt: skip
    config.always_shown_screens.append("_cvn_driver")
    config.exception_handler = crash
    config.has_autosave = config.autosave_on_quit = config.performance_test = False
    if environ.get("COMFYVN_PLAY_LANGUAGE"):
        config.language = environ["COMFYVN_PLAY_LANGUAGE"]
    config.start_callbacks.append(finish)
    config.start_interact_callbacks.append(on_interact)
    watch()


def place(node: Any, **more: Any) -> dict[str, Any]:
    return {"file": node.filename, "line": node.linenumber, **more}


def is_own(node: Any) -> bool:
    """Whether a statement is the game's, in the language that it is written in."""
    file = str(getattr(node, "filename", "")).replace("\\", "/")
    is_engines = file.startswith(("common/", "renpy/")) or "/common/" in file
    return not (is_engines or "/tl/" in file or "comfyvn_driver" in file)


def is_story_label(node: Any) -> bool:
    if not (isinstance(node, renpy.ast.Label) and is_own(node) and isinstance(node.name, str)):
        return False
    return not node.name.startswith("_") and node.name not in NOT_STORY


def lines(nodes: set[Any]) -> list[dict[str, Any]]:
    """Every say of the game, with the id that the engine knows it by: the one in the script, or its own."""
    ids = {}
    for node in nodes:
        if isinstance(node, renpy.ast.Translate) and getattr(node, "language", None) is None:
            ids.update({(one.filename, one.linenumber): node.identifier for one in node.block or ()})
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for node in nodes:
        if isinstance(node, renpy.ast.Say) and is_own(node):
            spot = (node.filename, node.linenumber)
            # Since 8.2 a say is its own translation; before, it lies in one.
            own = getattr(node, "identifier", None)
            D.names[spot] = own or ids.get(spot) or f"{spot[0]}:{spot[1]}"
            found[spot] = place(node, id=D.names[spot], who=node.who or "", text=str(node.what)[:200])
    return [found[spot] for spot in sorted(found)]


def missing_movies() -> list[str]:
    """The engine shows nothing where a Movie's file is missing, and says nothing."""
    found: dict[str, None] = {}

    def visit(shown: Any) -> None:
        if isinstance(shown, renpy.display.video.Movie):
            for files in (getattr(shown, "_original_play", None) or shown._play, shown.mask):
                for file in files if isinstance(files, (list, tuple)) else [files]:
                    if isinstance(file, str) and file and not renpy.exports.music.playable(file, "movie"):
                        found[f"movie {file!r}"] = None

    for image in list(renpy.display.image.images.values()):
        try:
            image.visit_all(visit)
        except Exception:  # an image that cannot be looked into is shown later, or not at all
            continue
    return list(found)


# --- watching the engine


def watch() -> None:
    ast, exports = renpy.ast, renpy.exports
    channel, image = renpy.audio.audio.Channel, renpy.display.image.ImageReference
    interface = renpy.display.core.Interface
    labelled, said, menu = ast.Label.execute, ast.Say.execute, exports.menu
    enqueued, find, drawn = channel.enqueue, image.find_target, interface.draw_screen

    def execute_label(self: Any) -> Any:
        on_label(self)
        return labelled(self)

    def execute(self: Any) -> Any:
        is_known = on_say(self)
        if is_known:
            renpy.config.skipping = "fast"
        try:
            return said(self)
        finally:
            if is_known:
                renpy.config.skipping = None

    def show_menu(items: Any, set_expr: Any, *args: Any, **named: Any) -> Any:
        used = renpy.python.py_eval(set_expr) if set_expr else ()
        where = "{}:{}".format(*exports.get_filename_line())
        D.options = [
            (f"{where}#{value}", text, value) for text, condition, value in items
            if value is not None and text not in used and renpy.python.py_eval(condition)
        ]  # fmt: skip
        try:
            return menu(items, set_expr, *args, **named)
        finally:
            D.options = None

    def find_target(self: Any) -> Any:
        found = find(self)
        if not found and isinstance(self.name, tuple) and self.name[0] != "side" and D.run:
            D.run.missing[f"image {' '.join(self.name)!r}"] = None
        return found

    def enqueue(self: Any, files: Any, *args: Any, **named: Any) -> Any:
        return enqueued(self, on_audio(self, files), *args, **named)

    def draw_screen(self: Any, root: Any, film: Any, draw: Any) -> Any:
        return drawn(self, root, film, False)  # rendered all the same; a screenshot draws for itself

    def take_screenshot(self: Any, *_args: Any, **_named: Any) -> None:
        """For saves and menus: as good as any, and drawing a real one takes as long as ten lines."""
        self.screenshot = base64.b64decode(PIXEL)

    if not D.shots:
        interface.take_screenshot = take_screenshot
    ast.Label.execute, ast.Say.execute, exports.menu, exports.quit = execute_label, execute, show_menu, again
    channel.enqueue, image.find_target, interface.draw_screen = enqueue, find_target, draw_screen


def again(*_args: Any, **_named: Any) -> None:
    """A story that quits the game is over, and the next run begins."""
    renpy.exports.full_restart()


def on_label(node: Any) -> None:
    if node.name == "start" and D.run is None:  # a game without a main menu
        start = begin()
        if start != "start":
            raise renpy.game.JumpException(start)
    if D.run and node.name in D.labels:
        D.run.labels[node.name] = None


def on_say(node: Any) -> bool:
    """Notes a line; whether it has been shown before just so, and need not be again."""
    if D.run is None:
        return False
    translated = getattr(renpy.game.context(), "translate_identifier", None)
    spot = (node.filename, node.linenumber)
    D.line = D.names.get(spot) or translated or f"{spot[0]}:{spot[1]}"
    D.run.ids.append(D.line)
    say({"at": spot})
    D.speaker = None
    if len(D.run.ids) > 2000 + 20 * len(D.names):
        fault = {"file": node.filename, "line": node.linenumber, "said": "endless loop in the script", "traceback": ""}
        say({"crashed": {"run": D.run.told(), "fault": fault}})
        os._exit(3)
    looks = (D.line, tuple(node.attributes or ()), on_screen())
    if looks in D.shown and "[" not in node.what:  # what depends on variables is shown each time
        return True
    D.shown.add(looks)
    if node.who and getattr(getattr(renpy.store, node.who, None), "voice_tag", None):
        D.speaker = D.line
    return False


def on_screen() -> tuple[object, ...]:
    """The pictures that are shown, by name."""
    tags = sorted(renpy.exports.get_showing_tags())
    return tuple((tag, renpy.exports.get_attributes(tag)) for tag in tags)


def on_interact() -> None:
    D.began = renpy.display.core.get_time()
    file = getattr(renpy.store._voice, "auto_file", None)
    if D.run and D.speaker and file and not renpy.loader.loadable(file):  # it has a voice_tag, and no file
        name = renpy.config.auto_voice  # the file that is looked for last has the engine's own id
        D.run.unvoiced[D.speaker] = name.format(id=D.speaker) if isinstance(name, str) else name(D.speaker)
    D.speaker = None


def on_audio(channel: Any, files: list[Any]) -> list[Any]:
    """Notes what is to be heard; what is missing is taken out: it would be an error of another thread, some time."""
    channels = renpy.audio.audio.channels
    names = [key for key, one in channels.items() if one is channel and not str(key).isdigit()] + [channel.name]
    kind = "movie" if getattr(channel, "movie", False) else names[0]
    there = []
    for file in files:
        if file and isinstance(file, str) and not renpy.exports.music.playable(file, names[0]):
            if D.run:
                D.run.missing[f"{kind} {file!r}"] = None
            continue
        there.append(file)
        if file and isinstance(file, str) and D.run:
            D.heard[file] = None
            if kind == "voice":
                D.run.voices[file] = None
    return there


def probe() -> dict[str, list[str]]:
    """Opens each sound and film that was played once more, paused, to see that it decodes."""
    audio = renpy.audio.audio
    channel = audio.get_channel("voice")
    told: dict[str, list[str]] = {"broken": [], "silent": []}
    for file in D.heard if audio.pcm_ok else ():
        name, until = channel.split_filename(file, False)[0], time.monotonic() + DECODED
        with audio.lock:
            audio.renpysound.play(channel.number, audio.load(name), file, paused=True, start=0, end=-1)
            while time.monotonic() < until and not audio.renpysound.get_duration(channel.number) > 0:
                time.sleep(0.002)
            audio.renpysound.stop(channel.number)
        if time.monotonic() >= until:
            head = audio.load(name).read(64)
            is_wave = len(head) == 64 and head[:4] in (b"RIFF", b"fLaC")  # Debian's build plays these as silence
            told["silent" if is_wave else "broken"].append(name)
    return told


# --- acting as the player


def step() -> Any:
    """Called as often as the engine can; a value ends the interaction."""
    preferences = renpy.game.preferences
    preferences.text_cps = preferences.transitions = 0
    preferences.skip_unseen = True
    if renpy.store.main_menu:
        return at_main_menu()
    if D.options:
        if is_settling("menu " + D.options[0][0].split("#")[0]):
            return None
        if not D.has_saved:
            D.has_saved = True
            renpy.exports.save("comfyvn-1")  # the state must pickle
        return choose()
    if is_settling(D.line):
        return None
    return "Test" if renpy.exports.get_screen("input") else True


def at_main_menu() -> Any:
    store, exports = renpy.store, renpy.exports
    if is_settling("main_menu"):
        return None
    if D.menus:
        if not exports.get_screen(D.menus[0]) and exports.has_screen(D.menus[0]):
            return store.ShowMenu(D.menus[0])()
        if is_settling("screen_" + D.menus[0]):
            return None
        D.menus.pop(0)
        return None
    renpy.config.label_overrides["main_menu"] = "_cvn_no_menu"
    return store.Start(begin())()


def choose() -> Any:
    run, options = D.run, D.options or []
    if run is None:
        return options[0][2]
    keys = [key for key, _, _ in options]
    key = run.plan.pop(0) if run.plan else ""
    if key not in keys:  # the plan is at its end, or the story went another way: what was taken least, first
        run.plan = []
        key = min(keys, key=lambda each: (run.path.count(each), run.taken[each]))
    _, text, value = options[keys.index(key)]
    menu, _, number = key.rpartition("#")
    run.choices.append({
        "after": len(run.ids), "menu": menu, "number": number, "options": keys, "taken": key, "text": str(text),
    })  # fmt: skip
    run.path.append(key)
    run.taken[key] += 1
    if len(run.path) > MOST_CHOICES:
        renpy.exports.full_restart()
    return value


def is_settling(name: str) -> bool:
    """Takes a picture of what is on the screen, once for each name; True while it still has to come to rest."""
    if not D.shots or not name or name in D.shot:
        return False
    if renpy.display.core.get_time() - D.began < SETTLED:
        return True
    D.shot.add(name)
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)[:60]
    file = f"{D.shots}/{len(D.shot):04d}_{plain}.png"
    is_written = renpy.exports.screenshot(file)
    if D.run:
        D.run.shots += bool(is_written)
        if not is_written:
            D.run.errors.append(f"no screenshot could be written: {file}")
    return False
