"""A novel is read whole; every mistake in it is reported at its line, in plain words, all at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyvn.errors import ContractError, Problem
from comfyvn.reading import read, read_project
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

AYA = "data/characters/aya/character.json"
PIER = "data/locations/pier.json"
ARRIVAL = "data/scenes/arrival.json"
EVENING = "data/scenes/evening.json"


def problems(root: Path, changed: dict[str, Any] | None = None, novel: str = NOVEL) -> tuple[Problem, ...]:
    write_small_novel(root, changed, novel)
    return read(root).problems


def only(found: tuple[Problem, ...]) -> Problem:
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def test_a_good_novel(tmp_path: Path) -> None:
    write_small_novel(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    project = reading.project
    assert project == read_project(tmp_path)
    assert project is not None
    assert project.files["characters/aya"] == AYA
    assert project.files["novel"] == "comfyvn.yaml"
    assert [line.id for line in project.lines()] == ["n1aaaa", "l1aaaa", "m1aaaa", "c1aaaa", "c2aaaa", "l2aaaa",
                                                     "l3aaaa", "n2aaaa"]  # fmt: skip
    assert project.characters["aya"].sprites() == (
        ("casual", "standing", "calm"),
        ("casual", "standing", "happy"),
    )


def test_reading_says_the_same_twice(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {ARRIVAL: "{", PIER: None, "data/locations/quay.json": {"id": "pier"}})
    assert read(tmp_path) == read(tmp_path)


def test_the_layout_of_the_file_changes_nothing(tmp_path: Path) -> None:
    write_small_novel(tmp_path)
    before = read_project(tmp_path)
    for name, value in files().items():
        write(tmp_path / name, "\ufeff" + json.dumps(value, indent=7, ensure_ascii=True).replace("\n", "\r\n"))
    assert read_project(tmp_path) == before


def test_all_problems_of_all_files_at_once(tmp_path: Path) -> None:
    found = files()
    found[AYA]["colour"] = "#fff"
    found[PIER]["seed"] = -1
    found[EVENING]["script"][2]["narate"] = "x"
    told = problems(tmp_path, {**found, ARRIVAL: '{"id": "arrival",\n "script": [}'}, NOVEL + "exprots: []\n")
    assert [(problem.file, problem.line) for problem in told] == [
        ("comfyvn.yaml", 12),
        (AYA, 41),
        (PIER, 7),
        (ARRIVAL, 2),
        (EVENING, 39),
    ]
    assert read(tmp_path).project is None


def test_what_refers_to_an_unreadable_file_is_not_blamed(tmp_path: Path) -> None:
    told = problems(tmp_path, {AYA: "{", PIER: "[]", "data/styles/plain.json": "null"})
    assert {problem.file for problem in told} == {AYA, PIER, "data/styles/plain.json"}


def test_a_novel_without_its_main_file(tmp_path: Path) -> None:
    write_small_novel(tmp_path)
    (tmp_path / "comfyvn.yaml").unlink()
    problem = only(read(tmp_path).problems)
    assert (problem.file, problem.message) == ("comfyvn.yaml", "the file is not there")


BROKEN: list[tuple[str, Any, int, str]] = [
    ("cut off", '{"id": "pier",\n', 2, "not JSON: expecting property name enclosed in double quotes (column 1)"),
    ("trailing comma", '{"id": "pier",}', 1, "not JSON: "),
    ("two values", "{}\n{}", 2, "not JSON: extra data (column 1)"),
    ("empty", "", 1, "not JSON: expecting value (column 1)"),
    ("key twice", '{\n"id": "pier",\n"id": "pier"}', 3, 'the key "id" stands here a second time'),
    ("key twice, inside", '{"meta": {"a": [{"b": 1,\n"b": 2}]}}', 2, 'the key "b" stands here a second time'),
    ("NaN", '{"id": "pier",\n"seed": NaN}', 2, "not JSON: NaN is not a JSON number"),
    ("Infinity", '{"seed": -Infinity}', 1, "not JSON: -Infinity is not a JSON number"),
    ("too large", '{"seed":\n1e999}', 2, "not JSON: 1e999 is too large for a number"),
    ("a long number", '{"seed": ' + "9" * 5000 + "}", 0, "not JSON: Exceeds the limit"),
    ("deep", "[" * 200 + "]" * 200, 1, "values are nested too deeply"),
    ("very deep", '{"meta":' * 50000, 0, "values are nested too deeply"),
    ("not UTF-8", b'{"id":\n"pi\xffer"}', 2, "the file is not UTF-8 text"),
    ("half a character", '{"id": "pier", "name": "\\ud83d"}', 1, "the text holds half of a surrogate pair"),
    ("another value", "[1, 2]", 1, "must be an object"),
    ("not text", b"\x00\x01\x02", 1, "not JSON: expecting value (column 1)"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "line", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file(tmp_path: Path, data: str | bytes, line: int, message: str) -> None:
    problem = only(problems(tmp_path, {PIER: data}))
    assert (problem.file, problem.line) == (PIER, line)
    assert problem.message.startswith(message)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    write_small_novel(tmp_path)
    with (tmp_path / PIER).open("wb") as stream:
        stream.truncate(100 * 2**20)
    problem = only(read(tmp_path).problems)
    assert problem.message == "the file is too large to be a contract: 104,857,600 bytes"
    assert problem.allowed == "at most 16,777,216"


TAG = "tag:yaml.org,2002:"
YAML: list[tuple[str, str, int, str]] = [
    ("open bracket", NOVEL + "fonts: [a\n", 13, "not YAML: expected ',' or ']', but got '<stream end>'"),
    ("key twice", NOVEL + "title: Again\n", 12, 'the key "title" stands here a second time'),
    ("alias", NOVEL + "meta: {a: &a [1], b: *a}\n", 12, "not YAML: aliases (*name) are not used here"),
    ("merge", NOVEL + "meta:\n  <<: {a: 1}\n", 13, "a key is plain text"),
    ("tag", NOVEL + "meta: !!python/object:os.system {}", 12, f"the tag {TAG}python/object:os.system is not used here"),
    ("set", NOVEL + "meta: !!set {a, b}\n", 12, "the tag " + TAG + "set is not used here"),
    ("infinity", NOVEL + "meta: {a: .inf}\n", 12, ".inf is not a number that can be used"),
    ("a list for a key", NOVEL + "meta: {[a]: 1}\n", 12, "a key is plain text"),
    ("deep", NOVEL + "meta: {a: " + "[" * 150 + "]" * 150 + "}\n", 12, "values are nested too deeply"),
    ("very deep", NOVEL + "meta: " + "[" * 20000, 0, "values are nested too deeply"),
    ("two documents", NOVEL + "---\na: 1\n", 12, "not YAML: but found another document"),
    ("control character", NOVEL + "author: a\u0007\n", 0, "not YAML: special characters are not allowed"),
    ("number for a text", NOVEL.replace("A Small Novel", "2048"), 3, "must be text"),
    ("unknown start", NOVEL.replace("start: arrival", "start: arival"), 5, 'there is no scene "arival"'),
    ("keyword", NOVEL.replace("trust: 0", "not: 1"), 9, 'a variable cannot be called "not": conditions use that word'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), [case[1:] for case in YAML], ids=[case[0] for case in YAML])
def test_a_broken_main_file(tmp_path: Path, text: str, line: int, message: str) -> None:
    write_small_novel(tmp_path, None, text)
    problem = read(tmp_path).errors[0]
    assert (problem.file, problem.line, problem.message) == ("comfyvn.yaml", line, message)


def test_dates_and_language_codes_are_text(tmp_path: Path) -> None:
    assert problems(tmp_path, None, NOVEL.replace("A Small Novel", "2026-01-02") + "meta: {no: yes}\n") == ()
    novel = read_project(tmp_path).novel
    assert (novel.title, novel.meta) == ("2026-01-02", {"no": True})


def test_files_that_nothing_reads(tmp_path: Path) -> None:
    pier = files()[PIER]
    changed = {
        "data/location/quay.json": pier,
        "data/pier.json": pier,
        "data/characters/bo/notes.txt": "x",
        "data/art/x.png": "x",
    }
    assert [(problem.file, problem.message, problem.suggestion) for problem in problems(tmp_path, changed)] == [
        ("data/characters/bo", "this character's folder has no character.json", ""),
        ("data/location", "nothing reads this", "data/locations"),
        ("data/pier.json", "nothing reads this", ""),
    ]
    assert read(tmp_path).errors == ()


def test_sizes_that_no_model_paints(tmp_path: Path) -> None:
    style = files()["data/styles/plain.json"]
    style["size"]["still"] = [671, 384]
    problem = only(problems(tmp_path, {"data/styles/plain.json": style}))
    assert (problem.path, problem.severity) == ("$.size.still", "warning")
    assert problem.message == "rendered at 664 × 384: models paint in steps of 8 pixels"


def test_file_names_fit_ids(tmp_path: Path) -> None:
    pier = files()[PIER]
    changed = {
        "data/locations/Pier.json": pier,
        "data/locations/con.json": {**pier, "id": "con"},
        "data/locations/quay.json": pier,
    }
    assert [(problem.file, problem.suggestion) for problem in problems(tmp_path, changed)] == [
        ("data/locations/Pier.json", ""),
        ("data/locations/con.json", ""),
        ("data/locations/quay.json", "quay"),
    ]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    write_small_novel(tmp_path / "novel")
    write(tmp_path / "secret.json", files()[PIER])
    (tmp_path / "novel" / PIER).unlink()
    try:
        (tmp_path / "novel" / PIER).symlink_to(tmp_path / "secret.json")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    problem = only(read(tmp_path / "novel").problems)
    assert problem.message == "the file is a link that leads out of the novel's folder"


def test_the_same_line_id_twice_names_both_places(tmp_path: Path) -> None:
    evening = files()[EVENING]
    evening["script"][2]["id"] = "n1aaaa"
    first, second = problems(tmp_path, {EVENING: evening})
    assert (first.file, first.path, first.message) == (
        ARRIVAL, "$.script[0].id", 'the line id "n1aaaa" is used again: evening $.script[2]')  # fmt: skip
    assert (second.file, second.path) == (EVENING, "$.script[2].id")


def test_missing_ids_are_one_error_per_file(tmp_path: Path) -> None:
    arrival = files()[ARRIVAL]
    for line in (arrival["script"][0], arrival["script"][2]["menu"][1], arrival["script"][3]):
        del line["id"]
    problem = only(problems(tmp_path, {ARRIVAL: arrival}))
    assert problem.message == "3 lines have no id; the first is this one"
    with pytest.raises(ContractError) as caught:
        read_project(tmp_path)
    assert caught.value.lines() == [
        'error: 3 lines have no id; the first is this one; given "The ferry is late."; '
        "allowed: run `comfyvn ids --fill`",
        f"where: {ARRIVAL}:13 $.script[0]",
        "to do: run `comfyvn ids --fill`",
    ]


def test_warnings_do_not_stop(tmp_path: Path) -> None:
    arrival = files()[ARRIVAL]
    arrival["script"][0]["narrate"] = "{I}The ferry{/I} is late. 船"
    arrival["script"][1]["delivery"] = "whisper"
    write_small_novel(tmp_path, {ARRIVAL: arrival})
    reading = read(tmp_path)
    assert reading.project == read_project(tmp_path)
    assert reading.errors == ()
    assert [(problem.line, problem.message) for problem in reading.warnings] == [
        (14, "the font (DejaVu Sans) cannot show: 船"),
        (14, "{/I} is shown as typed"),
        (14, "{I} is shown as typed"),
        (22, 'there is no delivery "whisper" of aya: there is none at all; it is spoken as usual'),
    ]


def test_clips(tmp_path: Path) -> None:
    clips = [
        {"id": "n1aaaa", "delivery": "slow"},
        {"id": "bark", "text": "Hey!", "speaker": "bo"},
        {"id": "bark", "text": "Hey!"},
        {"id": "nothing"},
        {"id": "other", "text": "x", "language": "ja"},
    ]
    told = problems(tmp_path, {"data/voices/extra.json": {"version": 1, "clips": clips}})
    assert [(problem.path, problem.severity) for problem in told] == [
        ("$.clips[0].delivery", "warning"),
        ("$.clips[1].speaker", "error"),
        ("$.clips[2].id", "error"),
        ("$.clips[3].text", "error"),
        ("$.clips[4].language", "error"),
    ]


def test_flat_characters_are_read(tmp_path: Path) -> None:
    aya = files()[AYA]
    assert problems(tmp_path / "flat", {AYA: None, "data/characters/aya.json": aya}) == ()
    assert read_project(tmp_path / "flat").files["characters/aya"] == "data/characters/aya.json"
    same = {**aya, "$schema": "../../schemas/character.json"}
    assert problems(tmp_path / "same", {"data/characters/aya.json": same}) == ()
    assert read_project(tmp_path / "same").files["characters/aya"] == AYA
    problem = only(problems(tmp_path / "other", {"data/characters/aya.json": {**aya, "name": "Aia"}}))
    assert problem.file == "data/characters/aya.json"
    assert problem.message == f"this flat copy and {AYA} say different things"
