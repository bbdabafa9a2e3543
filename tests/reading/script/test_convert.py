"""`comfyvn script` and `comfyvn ids --fill` on script files: what they write, and what they leave alone."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from comfyvn.cli import main
from comfyvn.errors import UsageError
from comfyvn.reading import fill_ids, read_project
from comfyvn.reading.script.convert import to_json, to_rpy
from comfyvn.reading.script.edits import insert_ids
from tests.fakes.small_novel import files, write, write_small_novel

ARRIVAL, SCRIPT = "data/scenes/arrival.json", "data/scenes/arrival.rpy"

ODD = '''\
# The pier.\r
default mood = 1  # calm
label arrival:\r
    "The \\"ferry\\" is late." (voiced=False)   # a remark: "x"
    aya  happy   'There\\ \\ you are.'
    aya "Has one." id n1aaaa\r
    $ visitor = renpy.input("Who?",
        default="Kit",  # usual
    )
    menu:
        "?"
        "Wave." if trust > 0:
            "Alone."\r
        "Nod." ():
            pass
        "Smile." ( id = "c1aaaa" ):
            jump evening
        "Wait." (
            ):
            comfyvn {"if": "a # b", "then": [{"narrate": "JSON."}, {"narrate": "\u00e9", "id": "c2aaaa"}]}
'''
FILLED = '''\
# The pier.\r
default mood = 1  # calm
label arrival:\r
    "The \\"ferry\\" is late." (voiced=False) id z1   # a remark: "x"
    aya  happy   'There\\ \\ you are.' id z2
    aya "Has one." id n1aaaa\r
    $ visitor = renpy.input("Who?",
        default="Kit",  # usual
    id="z3")
    menu:
        "?" id z4
        "Wave." (id="z5") if trust > 0:
            "Alone." id z8\r
        "Nod." (id="z6"):
            pass
        "Smile." ( id = "c1aaaa" ):
            jump evening
        "Wait." (id="z7"
            ):
            comfyvn {"if": "a # b", "then": [{"narrate": "JSON.", "id": "z9"}, {"narrate": "\u00e9", "id": "c2aaaa"}]}
'''


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_ids_are_put_in_and_nothing_else_changes(tmp_path: Path, mark: bytes) -> None:
    scene = files()[ARRIVAL]
    del scene["script"]
    write_small_novel(tmp_path, {ARRIVAL: scene})
    before = (tmp_path / ARRIVAL).read_bytes()
    (tmp_path / SCRIPT).write_bytes(mark + ODD.encode())
    names = (f"z{number}" for number in itertools.count(1))
    assert fill_ids(tmp_path, lambda: next(names)) == [(SCRIPT, 9)]
    assert (tmp_path / SCRIPT).read_bytes() == mark + FILLED.encode()
    assert (tmp_path / ARRIVAL).read_bytes() == before
    assert fill_ids(tmp_path) == []


def test_an_id_is_never_put_where_one_is() -> None:
    text = b'label arrival:\n    "A" id a1\n'
    with pytest.raises(ValueError, match="no line without an id"):
        insert_ids(SCRIPT, text, {("script", 0, "id"): "a2"})


def test_the_command_counts_and_fills_in_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_small_novel(tmp_path)
    to_rpy(tmp_path, ["arrival"])
    write(tmp_path / SCRIPT, (tmp_path / SCRIPT).read_text("utf-8").replace(" id l2aaaa", ""))
    assert main(["ids", "--dir", str(tmp_path)]) == 1
    assert f"{SCRIPT}: 1 ids missing" in capsys.readouterr().out.replace("1 id missing", "1 ids missing")
    assert main(["ids", "--fill", "--dir", str(tmp_path)]) == 0
    assert main(["ids", "--dir", str(tmp_path)]) == 0


def test_the_rest_of_the_scene_stays_as_it_is(tmp_path: Path) -> None:
    text = '''{
  "version" : 1, "id":"arrival",
  "script": [ {"narrate": "The ferry.", "id": "n1aaaa"} ],
\t"background":"pier",

  "next": "evening", "variables": {"mood": 1}
}
'''
    write_small_novel(tmp_path, {ARRIVAL: text})
    before = read_project(tmp_path)
    assert to_rpy(tmp_path, ["arrival"]) == [SCRIPT, ARRIVAL]
    assert (tmp_path / ARRIVAL).read_text("utf-8") == '''{
  "version" : 1, "id":"arrival",
  "background":"pier",

  "next": "evening"
}
'''
    assert (tmp_path / SCRIPT).read_text("utf-8") == (
        'default mood = 1\n\nlabel arrival:\n    "The ferry." id n1aaaa\n'
    )
    assert read_project(tmp_path).scenes == before.scenes
    assert to_rpy(tmp_path, ["arrival"]) == []


def test_there_and_back_again(tmp_path: Path) -> None:
    write_small_novel(tmp_path)
    before = read_project(tmp_path)
    to_rpy(tmp_path, None)
    assert sorted(path.name for path in (tmp_path / "data/scenes").iterdir()) == [
        "arrival.json", "arrival.rpy", "evening.json", "evening.rpy"]  # fmt: skip
    text = (tmp_path / SCRIPT).read_text("utf-8")
    assert to_json(tmp_path, None) == [ARRIVAL, "data/scenes/evening.json"]
    assert read_project(tmp_path).scenes == before.scenes
    assert not (tmp_path / SCRIPT).exists()
    scene = (tmp_path / ARRIVAL).read_text("utf-8")
    assert '    { "id": "n1aaaa", "narrate": "The ferry is late." },\n' in scene
    assert json.loads(scene)["script"] == json.loads(json.dumps(files()[ARRIVAL]["script"]).replace(', "value": 1', ""))
    to_rpy(tmp_path, None)
    assert (tmp_path / SCRIPT).read_text("utf-8") == text


def test_comments_are_not_lost_unasked(tmp_path: Path) -> None:
    write_small_novel(tmp_path)
    to_rpy(tmp_path, None)
    write(tmp_path / SCRIPT, "# Mind the step.\n" + (tmp_path / SCRIPT).read_text("utf-8"))
    with pytest.raises(UsageError, match="a comment would be lost"):
        to_json(tmp_path, None)
    assert (tmp_path / SCRIPT).exists() and (tmp_path / "data/scenes/evening.rpy").exists()
    assert len(to_json(tmp_path, None, drop_comments=True)) == 2


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_small_novel(tmp_path)
    assert main(["script", "show", "arrival", "--dir", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert main(["script", "to-rpy", "arrival", "--dir", str(tmp_path)]) == 0
    assert (tmp_path / SCRIPT).read_text("utf-8") == shown
    assert main(["script", "to-rpy", "arival", "--dir", str(tmp_path)]) == 2
    assert "did you mean arrival?" in capsys.readouterr().err
    assert main(["script", "to-json", "--dir", str(tmp_path)]) == 2
    assert main(["script", "to-json", "--all", "--dir", str(tmp_path)]) == 0
    assert main(["script"]) == 2
