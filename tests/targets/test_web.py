"""The web export's texts: the same story as the contracts', and nothing of it that could run."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.condition import parse_condition
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import KINDS
from comfyvn.reading import read_project
from comfyvn.reading.player import read_player
from comfyvn.targets import web
from comfyvn.targets.web_made import cues, made_json
from comfyvn.targets.web_script import WRITERS
from comfyvn.targets.web_values import condition_json, data_file, read_data_file, text_json, value_json
from tests.fakes import renpy_novel, web_novel
from tests.fakes.web_walk import data_of, evaluate, walks
from tests.test_sample import walks as ways_of_contracts

ROOT = Path(__file__).parents[2]
HOSTILE = "</script><script>bad()</script>\u2028\u2029'\\\"<!--\x00\u202e\u200b\ud800"


@pytest.fixture(scope="module")
def sample() -> Project:
    return read_project(ROOT)


def texts(novel: Project) -> dict[str, str]:
    return web.texts(novel, read_player())


def test_every_way_through_the_sample_meets_the_same_lines_as_in_the_contracts(sample: Project) -> None:
    expected = [(way.heard, way.chosen, way.state) for way in ways_of_contracts(sample)]
    assert [(way.heard, way.chosen, way.variables) for way in walks(texts(sample))] == expected
    assert len(expected) > 5


def test_every_statement_has_steps_and_every_goal_is_there() -> None:
    data = data_of(texts(renpy_novel.project()))
    for name in ("start", "pier", "last"):
        scene = data[f"scenes/{name}"]
        numbers = range(len(scene["steps"]))
        goals = [step["to"] for step in scene["steps"] if "to" in step]
        goals += [choice["to"] for step in scene["steps"] for choice in step.get("choices", ())]
        assert all(goal in numbers for goal in [*goals, *scene["labels"].values()])
        for step in scene["steps"]:
            if step["do"] == "jump" and "label" in step:
                assert step["label"] in data[f"scenes/{step['scene']}"]["labels"]
    kinds = {step["do"] for name in ("start", "pier", "last") for step in data[f"scenes/{name}"]["steps"]}
    assert kinds == {
        "enter", "say", "show", "hide", "scene", "with", "menu", "jump", "go", "set", "add", "unless", "play", "stop",
        "pause", "input", "end", "finish",
    }  # fmt: skip


def test_only_what_is_for_renpy_alone_is_skipped() -> None:
    assert KINDS.keys() - WRITERS <= {"renpy"}


def test_a_screen_reader_hears_what_is_to_be_seen() -> None:
    novel = renpy_novel.project()
    texts = web.texts(novel, {})
    told = [step["alt"] for name, one in data_of(texts).items() if name.startswith("scenes/")
            for step in one["steps"] if "alt" in step]  # fmt: skip
    assert {"It is dark.", "A [letter] lies there."} <= {*told}


def test_a_line_names_its_voice_by_the_clip() -> None:
    steps = data_of(texts(renpy_novel.project()))["scenes/pier"]["steps"]
    assert next(step["clip"] for step in steps if step.get("id") == "a0009") == "n0001"
    start = data_of(texts(renpy_novel.project()))["scenes/start"]["steps"]
    assert "clip" not in next(step for step in start if step.get("id") == "a0002")  # not voiced


@given(st.text() | st.just(HOSTILE), st.text(max_size=5))
def test_data_files_are_ascii_scripts_that_only_hand_over_json(text: str, name: str) -> None:
    file = data_file(name, {"text": text, "__proto__": [text, None, 1.5, True]})
    assert read_data_file(file) == (name, {"text": text, "__proto__": [text, None, 1.5, True]})
    assert file.isascii()
    assert file.count("\n") == 1
    assert "<" not in file
    literals = re.fullmatch(r'comfyvn\.put\(("(?:[^"\\]|\\.)*"), (\'(?:[^\'\\]|\\.)*\')\);\n', file)
    assert literals
    assert json.loads(ast.literal_eval(literals[2]))["text"] == text  # what JavaScript's own rules make of it


@pytest.mark.parametrize(
    "condition",
    [
        "trust > 2 and not late", "trust == 1 or late", "1 < trust <= 3 != 4", "-trust + 2 * 3 - half >= 0.5",
        "mood == 'a \"b\"' and true", "not (late or trust < 2)", "late", "trust and late", "mood + 'x' < 'zz'",
    ],
)  # fmt: skip
def test_conditions_mean_what_python_means(condition: str) -> None:
    for trust in (0, 1, 3):
        for late in (False, True):
            variables: dict[str, Any] = {"trust": trust, "late": late, "half": 1.5, "mood": 'a "b"'}
            code = parse_condition(condition).code
            expected = eval(code, {"__builtins__": {}}, dict(variables))
            assert evaluate(json.loads(json.dumps(condition_json(condition))), variables) == expected


def test_floats_stay_floats() -> None:
    assert [value_json(value) for value in (2.0, 2, True, "2")] == [{"f": 2.0}, 2, True, "2"]


def test_text_keeps_markup_that_we_know_and_nothing_else() -> None:
    assert text_json("{i}a{/i} [x] [y] {script}{w=1}<b>", {"x"}) == [
        ["open", "i", ""], "a", ["close", "i", ""], " ", ["variable", "x"], " [y] {script}", ["single", "w", "1"],
        "<b>",
    ]  # fmt: skip


def test_pages_hold_no_script_and_escape_what_they_show() -> None:
    novel = renpy_novel.project(title=HOSTILE, description=HOSTILE, author=HOSTILE)
    for place in ("index.html", "assets/gallery.html"):
        page = texts(novel)[place]
        page.encode()
        assert "bad()" not in page.replace("&lt;script&gt;bad()", "")
        assert not re.search(r"<script(?! defer src=\"[\w/.]+\"></script>)", page)
        assert not re.search(r"\son\w+=|javascript:|style=|https?:", page)
        assert "default-src &#x27;none&#x27;" in page
        assert "unsafe" not in page


def test_a_theme_is_colours_and_a_font(sample: Project) -> None:
    style = texts(sample)["assets/theme.css"]
    assert "--accent: #f0b35a;" in style
    assert "@font-face" not in style
    novel = renpy_novel.project(font="fonts/Own Name.TTF")
    assert 'src: url("fonts/text.ttf") format("truetype")' in texts(novel)["assets/theme.css"]
    assert "assets/fonts/text.ttf" in web.assets(novel)


def test_every_file_that_a_page_loads_is_in_the_export(tmp_path: Path) -> None:
    novel = renpy_novel.project()
    folder = web_novel.write(novel, tmp_path / "web", tmp_path)
    for page in (folder / "index.html", folder / "assets/gallery.html"):
        named = re.findall(r'(?:src|href)="([^"]+)"', page.read_text())
        assert named
        assert [name for name in named if not (page.parent / name).is_file()] == []
    found = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("data/**/*.js")}
    data = data_of(found)
    for name in ("start", "pier", "last"):
        for step in data[f"scenes/{name}"]["steps"]:
            if "picture" in step:
                assert (folder / "assets" / step["picture"]).is_file()
            if "clip" in step:
                assert (folder / "assets/voice" / f"{step['clip']}.ogg").is_file()
                assert data[f"heard/{name}"][step["clip"]]["cues"]


def test_a_novel_may_keep_its_prompts_to_itself(tmp_path: Path) -> None:
    novel = renpy_novel.project(web={"gallery": False})
    folder = web_novel.write(novel, tmp_path / "web", tmp_path)
    assert not [name for name in folder.rglob("*") if re.search("gallery|records|made", name.as_posix())]
    assert not [place for place in web.assets(novel) if "made/" in place or place.endswith(".render.json")]
    assert data_of(texts(novel))["novel"]["gallery"] is False


def test_cues_are_read_as_they_are_written() -> None:
    first = "00:00:00.030 --> 00:00:01.379\nI <00:00:00.151>mean <b>&lt;late&gt;\nor &amp; so\n\n"
    both = [[30, 1379, "I mean <late>\nor & so"], [3601000, 3602500, "End."]]
    assert cues(f"WEBVTT\n\n{first}01:00:01.000 --> 01:00:02.500\nEnd.") == both
    assert cues("1\n00:00:00,030 --> 00:00:01,379\nI mean, late.\n") == [[30, 1379, "I mean, late."]]


def test_the_gallery_tells_of_a_record_in_text_alone() -> None:
    told = made_json(web_novel.record("sprites:aya/a/b/c", facts={"x: prompt": "words", "x: steps": 28}))
    assert told["words"] == [["x: prompt", "words"]]
    assert told["settings"] == [["x: steps", "28"]]
    assert told["seeds"] == [["character_seed", "18446744073709551615"]]  # more than a JavaScript number holds
    assert told["packs"] == [["ComfyUI", "commit " + "0" * 40]]
