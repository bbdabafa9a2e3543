"""A game of somebody else's becomes a novel that is sound; what contracts cannot say is listed with file and line."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from comfyvn import reading
from comfyvn.cli import main
from comfyvn.reading.game import installed
from comfyvn.reading.game.cast import cast_of, character
from comfyvn.reading.game.line_ids import LineIds, say_code
from comfyvn.reading.game.names import Ids, id_of
from comfyvn.reading.game.novel import import_game
from comfyvn.reading.game.own_reader import read_file
from comfyvn.reading.game.report import Report
from tests.fakes import renpy_novel

QUESTION = Path("/usr/share/games/renpy/the_question")
needs_renpy = pytest.mark.skipif(
    installed.found(os.environ) is None, reason="apt-get install -y --no-install-recommends renpy renpy-thequestion"
)

STORY = '''\
define e = Character(_("Eileen"), image="eileen", color="#c8f")
define n = Character("The {b}Narrator{/b}", kind=nvl)
default points = 0
default Late = False
default bag = []
define audio.tune = "audio/tune.ogg"
image bg tower = "pictures/tower.png"
image lamp = Transform("pictures/lamp.png", zoom=2)
transform high: # a place
    yalign 0.1

label splashscreen:
    pause 1

label start:
    $ points = 0
    play music "audio/tune.ogg" fadein 2.0
    queue music tune
    scene bg room with fade
    show eileen happy at left
    with dissolve
    e happy "Hello, [[you]. {a=x}Go{/a} 100%% [points]."
    e @ sad "A \\"quoted\\"
        line  on two."
    "Narration." (what_size=20) id my_line
    extend " And more."
    "Somebody" "I have no character."
    voice "audio/hey.ogg"
    e "Heard."
    show eileen at high
    show lamp at Position(xalign=0.25)
    with moveinright
    hide eileen with Dissolve(0.3)
    menu choices:
        e "Which?"
        "Go on" if points > 2 and not Late:
            $ points += 1
            jump other
        "Ask" if "key" in bag:
            $ Late = True
        "Name":
            $ name = renpy.input("Who?", length=9).strip() or "Kit"
    if Late is True:
        call helper from _call
    elif persistent.seen:
        pass
    else:
        $ renpy.pause(0.5)
        $ bag.append("key")
    scene black
    window hide
    show screen tide
    return

label helper(x=1):
    """One.

    Two."""
    return

screen tide():
    text "x"
'''
OTHER = '''\
label other:
    scene bg tower night
    "Up here."
label .stairs:
    return
'''


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("game") / "My Game"
    files: dict[str, str | bytes] = {"script.rpy": STORY, "chapters/other.rpy": OTHER, "tl/fr/script.rpy": "broken ("}
    options = 'define config.name = "Pier & Tide"\ndefine build.name = "pier"\ninit python:\n    gui.init(800, 600)\n'
    files["options.rpy"] = options
    out = io.BytesIO()
    Image.new("RGBA", (20, 30), (200, 80, 80, 255)).save(out, "PNG")
    for name in ("images/bg room.png", "images/eileen happy.png", "images/eileen sad.png", "pictures/lamp.png",
                 "pictures/tower.png"):  # fmt: skip
        files[name] = out.getvalue()
    for name in ("audio/tune.ogg", "audio/hey.ogg"):
        files[name] = renpy_novel.sound()
    for place, content in files.items():
        path = folder / "game" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def imported(game: Path, out: Path, *more: str) -> Any:
    assert main(["import-renpy", str(game), "--out", str(out), "--reader", "own", *more]) == 0
    return reading.read(out)


SCRIPT = '''\
label script:
    label .start:
    $ points = 0
    play music tune fadein 2.0
    play music tune fadein 0.0
    scene bg room with fade
    show eileen happy at left
    eileen happy "Hello, [you]. Go 100% [points]." (voiced=False) id start_c5f9c8a3
'''


def test_a_game_becomes_a_novel_that_is_sound(game: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = imported(game, tmp_path / "novel")
    assert found.errors == ()
    told = capsys.readouterr().out
    assert "Pier & Tide, read without the engine: " in told and "IMPORTED.md lists them" in told
    novel = found.project.novel
    assert (novel.id, novel.title, novel.resolution, novel.start) == ("pier", "Pier & Tide", (800, 600), "script")
    assert dict(novel.variables) == {"points": 0, "late": False, "name": "Kit"}
    text = (tmp_path / "novel/data/scenes/script.rpy").read_text("utf-8")
    lines = text.splitlines()
    assert [line.partition(" id ")[0] for line in lines[:8]] == [
        line.partition(" id ")[0] for line in SCRIPT.splitlines()
    ]
    for line in (
        'eileen sad "A \\"quoted\\" line on two." id start_',
        '"Narration." id my_line',
        'somebody "I have no character." id start_',
        "show lamp at 0.25 with None",
        "with move",
        'eileen "Which?" id choices_',
        '"Go on" (id="',
        "jump other.other",
        '$ name = renpy.input("Who?", default="Kit", length=9, id="',
        "if late == True:",
        "elif false:",
        "pause 0.5",
        "scene bg black with None",
        'return',
        '"One." id helper_',
        '"Two." id helper_',
    ):
        assert any(each.strip().startswith(line) for each in lines), line
    people = found.project.characters
    assert (people["eileen"].name, people["eileen"].color) == ("Eileen", "#cc88ff")
    assert set(people["eileen"].sprites()) == {("usual", "standing", "happy"), ("usual", "standing", "sad")}
    assert people["eileen"].cells["usual/standing/happy"].file == "art/eileen/usual/standing/happy.png"
    assert found.project.locations["tower"].file and found.project.locations["tower"].variants["night"].file is None
    heard = next(line for line in found.project.lines() if line.text == "Heard.")
    assert found.project.clips[(heard.id, "en")].file == f"voice/{heard.id}.ogg"


# What stands on the line → what is said of it.
LEFT = [
    ("default bag", "a variable that is no number, text or truth"),
    ("label splashscreen", "a label that the engine calls"),
    ("queue music", "music that is queued begins at once"),
    ("{a=x}", "a text tag is left out"),
    ("extend", "what is added to a line is a line of its own"),
    ("at high", "a position or an animation is left out"),
    ("with moveinright", ""),
    ("menu choices", "a condition is code; its choice is always offered"),
    ("call helper", "a call: scenes call no subroutines"),
    ("if Late is True", "a condition is code; it counts as false"),
    ("bag.append", "Python code"),
    ("show screen tide", "a statement of the game's own"),
    ("label helper", "a label with parameters"),
    ("screen tide():", "screen statement"),
]


def test_what_cannot_be_said_is_listed_with_its_line(game: Path) -> None:
    lines = STORY.splitlines()
    left = import_game(game, "own").report.left
    found = {(one.line, one.what) for one in left if one.file == "game/script.rpy"}
    for text, what in LEFT:
        number = next(number for number, line in enumerate(lines, 1) if text in line)
        if what:
            assert (number, what) in found, text
        else:
            assert number not in {line for line, _ in found}, text


def test_code_is_kept_if_asked_and_needs_the_novels_word(game: Path, tmp_path: Path) -> None:
    found = imported(game, tmp_path / "novel", "--keep-code")
    assert {problem.message for problem in found.errors} == {
        "Ren'Py code goes into the game as it stands, and this novel does not say that it is trusted"
    }
    yaml = tmp_path / "novel/comfyvn.yaml"
    yaml.write_text(yaml.read_text("utf-8").replace("trusted: false", "trusted: true"), "utf-8")
    assert reading.read(tmp_path / "novel").errors == ()
    text = (tmp_path / "novel/data/scenes/script.rpy").read_text("utf-8")
    assert '    renpy:\n        show screen tide\n' in text


def test_an_import_is_the_same_each_time(game: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        imported(game, tmp_path / name)
    one, two = ({path.relative_to(tmp_path / name).as_posix(): path.read_bytes()
                 for path in (tmp_path / name).rglob("*") if path.is_file()} for name in ("one", "two"))  # fmt: skip
    assert one == two


def test_sprites_have_a_file_each_however_their_words_are_joined() -> None:
    nodes: list[dict[str, Any]] = [
        {"kind": "image", "file": "game/a.rpy", "line": 1, "name": ["eva", *words], "code": f'"{number}.png"'}
        for number, words in enumerate((("a_b", "c", "d"), ("a", "b_c", "d")))
    ]
    shown = {"kind": "show", "file": "game/a.rpy", "line": 1, "name": ["eva", "a", "b_c", "d"], "expression": None}
    cast = cast_of(nodes, [*nodes, shown], ["0.png", "1.png"], Report())
    document, files = character(cast.people["eva"])
    assert sorted(files.values()) == ["0.png", "1.png"]
    assert files[document["cells"]["a_b/c/d"]["file"]] == "0.png"


def test_as_json(game: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(game, tmp_path / "novel", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["read"]["scenes"] == 2 and {"file", "line", "what", "detail"} == set(told["left"][0])


def test_what_a_novel_has_written_into_the_game_is_left_out(game: Path, tmp_path: Path) -> None:
    before = imported(game, tmp_path / "before").project
    ours = game / "game" / "comfyvn" / "tale"
    ours.mkdir(parents=True)
    text = "# Made by ComfyVN; edits are not kept.\n\nimage bg room base = 'x.png'\n"
    (ours / "comfyvn_assets.rpy").write_text(text)
    again = imported(game, tmp_path / "again")
    assert again.project.scenes == before.scenes and again.project.locations == before.locations


def test_read_counts_agree_in_number() -> None:
    assert Report(counts=Counter(lines=1, sprites=2)).read() == "1 line, 2 sprites"


def test_what_is_no_game_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-renpy", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "no .rpy file is here" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@needs_renpy
def test_the_engine_and_we_read_the_same(game: Path, tmp_path: Path) -> None:
    for reader in ("own", "engine"):
        assert main(["import-renpy", str(game), "--out", str(tmp_path / reader), "--reader", reader]) == 0
    for path in sorted((tmp_path / "own").rglob("*.rpy")):
        other = tmp_path / "engine" / path.relative_to(tmp_path / "own")
        assert other.read_text("utf-8") == path.read_text("utf-8")


@needs_renpy
@pytest.mark.skipif(not QUESTION.is_dir(), reason="apt-get install -y --no-install-recommends renpy-thequestion")
def test_the_question_comes_whole_and_its_lines_keep_their_names(tmp_path: Path) -> None:
    found = import_game(QUESTION, "engine")
    assert found.report.left == []
    text = str(found.files["data/scenes/script.rpy"])
    french = (QUESTION / "game/tl/french/script.rpy").read_text("utf-8-sig")
    named = {line.split()[2].rstrip(":") for line in french.splitlines() if line.startswith("translate french ")}
    named.discard("strings")
    assert len(named) == 70
    assert named <= {word for line in text.splitlines() for word in line.split()}


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("Thank you for taking a look at the Ren'Py translation framework.", "start_636ae3f5"),
        ("We aim to provide a comprehensive framework for translating dialogue, strings, images, and styles.",
         "start_bd1ad9e1"),
        ("Pretty much everything your game needs!", "start_9e949aac"),
    ],
)  # fmt: skip
def test_lines_are_named_as_the_engine_names_them(what: str, name: str) -> None:
    ids = LineIds()
    node = {"who": "e", "what": what, "attributes": [], "interact": True, "with": None, "id": None}
    assert [ids.of("start", node) for _ in range(3)] == [name, f"{name}_1", f"{name}_2"]
    assert say_code({**node, "what": 'a  "b"\n'}) == 'e "a \\ \\"b\\"\\n"'


def test_names_become_ids() -> None:
    names = ["Old Pier (2)", "été", "123", "con", "base", "日本", "x" * 90, "A", "a"]
    ids = Ids()
    found = [ids(name) for name in names]
    assert found[:6] == ["old_pier_2", "ete", "x_123", "con_1", "base_1", "x"]
    assert len(set(found)) == len(names) and all(len(each) <= 64 for each in found)
    assert id_of("Old Pier (2)") == "old_pier_2"


@pytest.mark.parametrize("text", ['label a:\n    "open\n', "label a:\n    e (((\n", '"""', "\x00", "label :\n menu:\n"])
def test_a_broken_script_never_stops_the_reader(text: str) -> None:
    read_file("game/script.rpy", text)
