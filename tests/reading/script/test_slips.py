"""What is wrong with a script is told at its line, all of it at once, with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.reading import read
from comfyvn.reading.script.convert import to_rpy
from comfyvn.reading.script.source import parse_script, read_script
from comfyvn.reading.source import Unread
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

SCRIPT = "data/scenes/evening.rpy"

MENU = '    menu:\n        "A"\n        "B"\n'
UNTRUSTED = "Ren'Py code goes into the game as it stands, and this novel does not say that it is trusted"
BAD_ID = "an id is a lower-case letter followed by lower-case letters, digits and _ (at most 64)"
# What stands in the label's block → what is said about which line (from 1), and what was meant.
SLIPS = [
    ("    shwo aya\n", 2, "not a statement", "show"),
    ("    jmp pier\n", 2, "not a statement", "jump"),
    ('    aya happy "Hi.\n    "Next." id x1\n', 2, "the text is not closed before its line ends: a \" is missing", ""),
    ('    """Much."""\n', 2, "a text in three quotes is not read here", ""),
    ("    show aya at rihgt\n", 2, "there is no such place", "right"),
    ("    show aya with disolve\n", 2, "there is no such transition", "dissolve"),
    ("    scene cafe\n", 2, "`scene` shows a place (bg) or a shot (still)", ""),
    ("    label stairs:\n", 2, "a label within a scene begins with a dot", ".stairs"),
    ("    if trust > 2\n        pass\n", 2, "a : is missing at the end of this if", ""),
    ("    if trust > 2:\n    pause\n", 2, "what belongs here is missing", ""),
    ('    "Hi."\n        "Deeper."\n', 3, "nothing can be indented below a line that is said", ""),
    ("    pause\n  pause\n", 3, "this line is indented by 2 spaces, which fits no line above", ""),
    ("\tpause\n", 2, "a tab stands before this line", ""),
    ("    call pier\n", 2, "this language has no `call`", ""),
    ("    $ trust = max(1, 2)\n", 2, "this language has no such function", ""),
    ("    $ trust == 1\n", 2, "this language has no such Python", ""),
    ("    $ trust *= 2\n", 2, "this language has no such Python", ""),
    ("    play music \"x.ogg\"\n", 2, "a sound is named by its asset", ""),
    ("    play musik waltz\n", 2, "there is no such channel", "music"),
    ("    play music waltz fadin 1\n", 2, "`fadin` has no place here", "fadein"),
    (MENU, 4, "one line is said while the choices are shown; a choice ends with :", ""),
    ('    aya "Hi." (delivery=whisper)\n', 2, "delivery is a text in quotes, a number, True or False", ""),
    ('    aya "Hi." (delivery="a"\n    "Next."\n', 2, "a bracket that begins here is never closed", ""),
    ('    aya "Hi." id a1 id a2\n', 2, "id is given twice", ""),
    ('    aya a b c d "Hi."\n', 2, "there are more words than outfit, pose and expression", ""),
    ("    else:\n        pass\n", 2, "this language has no `else`", ""),
    ("    python:\n        x = '''\n    jump pier\n", 2, "this language has no `python`", ""),
    ("    show aya:\n        linear 1.0 xalign 0.5\n", 2, "this language has no animations (ATL)", ""),
    ("    comfyvn {\"pause\": }\n", 2, "not JSON: expecting value (column 11)", ""),
    ("    default x = 1\n", 2, "`default` stands before the scene's label", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message", "meant"), SLIPS, ids=[slip[0].strip()[:24] for slip in SLIPS])
def test_one_slip(text: str, line: int, message: str, meant: str) -> None:
    _, found = read_script(SCRIPT, f"label evening:\n{text}".encode())
    assert [(problem.file, problem.line, problem.message) for problem in found] == [(SCRIPT, line, message)]
    assert found[0].suggestion == meant


def test_all_slips_are_told_at_once_and_none_hides_another() -> None:
    sound = [text for text, *_ in SLIPS if text.count("\n") == 1 and text[0] == " " and '"""' not in text]
    _, found = read_script(SCRIPT, ("label evening:\n" + "".join(sound)).encode())
    assert [problem.line for problem in found] == list(range(2, 2 + len(sound)))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the script is missing"),
        ("default x = 1\n", 1, "the script is missing"),
        ("label morning:\n    pass\n", 1, "the label is not called like the file"),
        ("pause\nlabel evening:\n    pass\n", 1, "only `default` and the scene's label stand at the left"),
        ("label evening:\n    pass\nlabel other:\n    pass\n", 3, "a second label stands at the left"),
        ("default x = []\nlabel evening:\n    pass\n", 1, "x is a text in quotes, a number, True or False"),
        ("label evening:\n<<<<<<< HEAD\n    pass\n", 2, "Git could not merge this file, and left its marks in it"),
    ],
)
def test_what_stands_at_the_left(text: str, line: int, message: str) -> None:
    _, found = read_script(SCRIPT, text.encode())
    assert [(problem.line, problem.message) for problem in found] == [(line, message)]


def test_a_file_that_is_no_text_is_told_of() -> None:
    found = parse_script(SCRIPT, b"label evening:\n    \"\xff\"\n")
    assert isinstance(found, Unread) and (found.problems[0].line, found.problems[0].message) == (
        2, "the file is not UTF-8 text")  # fmt: skip


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_nothing_that_is_typed_breaks_the_reader(text: str) -> None:
    read_script(SCRIPT, f"label evening:\n    {text}".encode())
    read_script(SCRIPT, text.encode())


@pytest.mark.parametrize("text", ["(" * 20000, '"' * 20001, "if x:\n" * 500, "\\" * 20000, "[(" * 9000, "a " * 20000])
def test_hostile_scripts_are_read(text: str) -> None:
    read_script(SCRIPT, f"label evening:\n    {text}\n".encode())


def test_blocks_that_are_nested_too_deeply_are_refused() -> None:
    nested = "".join(" " * depth + "if x:\n" for depth in range(1, 120))
    found = parse_script(SCRIPT, f"label evening:\n{nested}{' ' * 121}pass\n".encode())
    assert isinstance(found, Unread) and found.problems[0].message == "blocks are nested too deeply"


def test_brackets_that_never_close_cost_no_more_than_their_lines() -> None:
    _, found = read_script(SCRIPT, ("label evening:\n" + "    show aya (\n" * 300).encode())
    assert len(found) == 300


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    write_small_novel(tmp_path)
    to_rpy(tmp_path, ["evening"])
    return tmp_path


def replaced(novel: Path, old: str, new: str) -> list[tuple[str, int, str]]:
    path = novel / SCRIPT
    assert old in path.read_text("utf-8")
    write(path, path.read_text("utf-8").replace(old, new))
    return [(problem.file, problem.line, problem.message) for problem in read(novel).problems]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("scene still lantern", "scene still lamp", 2, 'there is no shot "lamp" in this scene'),
        ("if trust > 0", "if thrust > 0", 3, 'there is no variable "thrust"'),
        ('    aya "Stay', '    aya hapy "Stay', 4, 'there is no expression "hapy" of aya'),
        ("    aya", "    aya casual", 4, 'there is no expression "casual" of aya: that is one of the outfits'),
        (" id l3aaaa", "", 4, "a line has no id"),
        ("id n2aaaa", "id Bad", 5, BAD_ID),
        ("id n2aaaa", "(spokn=\"x\") id n2aaaa", 5, 'unknown key "spokn"'),
        ('    return', "    jump mornign\n    return", 6, 'there is no scene "mornign"'),
        ("is quiet.", "is \\u0007quiet.", 5, "the text holds control characters, which cannot be shown: U+0007"),
    ],
)  # fmt: skip
def test_every_check_names_the_scripts_line(novel: Path, old: str, new: str, line: int, message: str) -> None:
    assert (SCRIPT, line, message) in replaced(novel, old, new)


def test_a_script_in_both_files_is_an_error(novel: Path) -> None:
    write(novel / "data/scenes/evening.json", files()["data/scenes/evening.json"])
    found = read(novel).errors
    assert [(problem.file, problem.path, problem.message) for problem in found] == [
        ("data/scenes/evening.json", "$.script", f'"script" is here and in {SCRIPT}')
    ]


def test_a_script_without_its_scene_is_an_error(novel: Path) -> None:
    (novel / "data/scenes/evening.json").unlink()
    assert (SCRIPT, "a script without its scene: data/scenes/evening.json is not there") in {
        (problem.file, problem.message) for problem in read(novel).errors
    }


def test_a_scene_without_a_script_is_told_where_it_may_be(novel: Path) -> None:
    (novel / SCRIPT).unlink()
    assert f"; or a script in {SCRIPT}" in next(p.allowed for p in read(novel).errors if p.path == "$.script")


def test_a_variable_may_be_declared_twice_if_it_begins_alike(novel: Path) -> None:
    text = (novel / SCRIPT).read_text("utf-8")
    write(novel / SCRIPT, "default trust = 0\ndefault mood = 'calm'\n" + text)
    assert read(novel).errors == ()
    write(novel / SCRIPT, "default trust = False\n" + text)
    assert [(p.file, p.line, p.allowed) for p in read(novel).errors] == [(SCRIPT, 1, "0")]


@pytest.mark.parametrize(
    ("code", "trusted", "said"),
    [
        ("show screen tide", True, ""),
        ("show screen tide", False, UNTRUSTED),
        ("  \n", True, "there is no code"),
        ("if x:\n\tpass", True, "the code holds a tab, which Ren'Py does not take"),
        ("  if x:\n pass", True, "a line of the code is indented less than the first one"),
    ],
)  # fmt: skip
def test_code_needs_the_novels_word(tmp_path: Path, code: str, trusted: bool, said: str) -> None:
    changed = files()
    changed["data/scenes/evening.json"]["script"].insert(0, {"renpy": code})
    write_small_novel(tmp_path, changed, NOVEL + ("trusted: true\n" if trusted else ""))
    assert [problem.message for problem in read(tmp_path).errors] == ([said] if said else [])


@pytest.mark.parametrize(
    ("exports", "said"),
    [
        ("web", ["the web export leaves Ren'Py code out"]),
        ("bundle", ["the bundle holds Ren'Py code as text, which nothing but Ren'Py runs"]),
        ("bundle, web", ["the web export leaves Ren'Py code out, and the bundle holds it as text"]),
        ("renpy", []),
    ],
)
def test_exports_that_run_no_code_warn_of_it_once(tmp_path: Path, exports: str, said: list[str]) -> None:
    changed = files()
    changed["data/scenes/evening.json"]["script"].insert(0, {"renpy": "show screen tide"})
    novel = NOVEL.replace("exports: [renpy]", f"exports: [{exports}]") + "trusted: true\n"
    write_small_novel(tmp_path, changed, novel)
    found = read(tmp_path)
    assert found.errors == ()
    assert [problem.message for problem in found.warnings if "Ren'Py code" in problem.message] == said
