"""Filling in ids and seeds changes nothing else: every other byte stays."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.errors import ContractError
from comfyvn.reading import fill_ids, fill_seeds, mirror, read
from comfyvn.reading.edits import insert
from comfyvn.reading.fill import random_id
from tests.fakes.small_novel import files, write, write_small_novel

AYA = "data/characters/aya/character.json"
PIER = "data/locations/pier.json"
ARRIVAL = "data/scenes/arrival.json"
EVENING = "data/scenes/evening.json"


def numbered(prefix: str = "z") -> Iterator[str]:
    return (f"{prefix}{number}" for number in itertools.count(1))


def without(text: str, *added: str) -> str:
    for piece in added:
        assert text.count(piece) == 1, piece
        text = text.replace(piece, "")
    return text


ODD = """\
{ "version" : 1, "id":"arrival",\r
\t"background":"pier", "next": "evening",
  "script": [
  {"narrate":"The \\"ferry\\" is late.",   "voiced":  true},
    {"say"   :   "aya",
     "text"  :   "Ünïcödé \\u00e9 { \\"id\\" }"},
  {
    "narrate": "alone"
  },
  {"narrate":"short"}, { "narrate": "has one", "id": "n1aaaa" }, {"narrate": "null", "id": null},
  { "menu": [ {"text":"x"}, { "text" : "y","jump":"evening" } ], "prompt": "?" },
  {"if": "trust > 0", "then": [ {"input": "visitor"} ], "else": []}
  ]   }
"""


def test_ids_are_put_in_and_nothing_else_changes(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {ARRIVAL: ODD})
    names = numbered()
    assert fill_ids(tmp_path, lambda: next(names)) == [(ARRIVAL, 9)]
    text = (tmp_path / ARRIVAL).read_bytes().decode()
    added = (
        ',   "id":"z1"', ',\n     "id"   :   "z2"', ',\n    "id": "z3"', ', "id":"z4"', ', "id": "z6"',
        ', "id":"z7"', ',"id" : "z8"', ', "id": "z9"',
    )  # fmt: skip
    assert without(text, *added).replace('"id": "z5"', '"id": null') == ODD
    assert [line.id for line in read(tmp_path).project.lines()][:9] == [  # type: ignore[union-attr]
        "z1", "z2", "z3", "z4", "n1aaaa", "z5", "z6", "z7", "z8"]  # fmt: skip
    assert read(tmp_path).errors == ()


def test_filling_again_changes_nothing(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {ARRIVAL: ODD})
    fill_ids(tmp_path)
    before = (tmp_path / ARRIVAL).read_bytes()
    assert fill_ids(tmp_path) == []
    assert fill_seeds(tmp_path) == []
    assert (tmp_path / ARRIVAL).read_bytes() == before


def test_ids_that_are_taken_are_not_given(tmp_path: Path) -> None:
    arrival = files()[ARRIVAL]
    del arrival["script"][0]["id"]
    write_small_novel(tmp_path, {ARRIVAL: arrival, "data/voices/v.json": {"clips": [{"id": "bark", "text": "x"}]}})
    offered = iter(["l1aaaa", "n2aaaa", "bark", "fresh1"])
    fill_ids(tmp_path, lambda: next(offered))
    assert json.loads((tmp_path / ARRIVAL).read_text())["script"][0]["id"] == "fresh1"


def test_random_ids() -> None:
    for _ in range(50):
        name = random_id()
        assert len(name) == 6
        assert name.isidentifier()
        assert any(letter.isdigit() for letter in name)


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {ARRIVAL: "\ufeff" + ODD})
    fill_ids(tmp_path)
    assert (tmp_path / ARRIVAL).read_bytes().startswith(b'\xef\xbb\xbf{ "version"')
    assert read(tmp_path).errors == ()


def test_nothing_is_written_while_a_scene_is_broken(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {ARRIVAL: ODD, EVENING: "{"})
    with pytest.raises(ContractError):
        fill_ids(tmp_path)
    assert (tmp_path / ARRIVAL).read_bytes() == ODD.encode()


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {ARRIVAL: ODD})
    fill_ids(tmp_path)
    assert sorted(path.name for path in (tmp_path / "data/scenes").iterdir()) == ["arrival.json", "evening.json"]


def strip_seeds(value: Any) -> Any:
    """A contract without any seed."""
    if isinstance(value, dict):
        return {key: strip_seeds(member) for key, member in value.items() if "seed" not in key}
    return [strip_seeds(item) for item in value] if isinstance(value, list) else value


def test_every_seed_is_filled(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {name: strip_seeds(files()[name]) for name in (AYA, PIER, EVENING)})
    seeds = itertools.count(100)
    assert fill_seeds(tmp_path, lambda: next(seeds)) == [(AYA, 5), (PIER, 2), (EVENING, 2)]
    assert read(tmp_path).problems == ()
    aya, evening = (json.loads((tmp_path / name).read_text()) for name in (AYA, EVENING))
    family = aya["pose_families"]["main"]
    assert family["seeds"] == {"character_seed": 100, "detail_seed": 101, "control_seed": 102}
    assert aya["expressions"]["happy"] == {"prompt": "happy smile", "seed": 104}
    assert evening["shots"][0]["seeds"] == {"background_seed": 107, "hero_seed": 108}
    assert strip_seeds(aya) == strip_seeds(files()[AYA])


def test_seeds_join_those_that_are_there(tmp_path: Path) -> None:
    aya = files()[AYA]
    del aya["pose_families"]["main"]["seeds"]["detail_seed"]
    write_small_novel(tmp_path, {AYA: aya})
    before = (tmp_path / AYA).read_text()
    assert fill_seeds(tmp_path, lambda: 7) == [(AYA, 1)]
    assert without((tmp_path / AYA).read_text(), ',\n        "detail_seed": 7') == before


def test_finished_art_needs_no_seed(tmp_path: Path) -> None:
    aya, pier, evening = (strip_seeds(files()[name]) for name in (AYA, PIER, EVENING))
    cells = {f"casual/standing/{name}": {"file": f"art/{name}.png"} for name in ("calm", "happy")}
    pier["file"] = pier["variants"]["night"]["file"] = evening["shots"][0]["file"] = "art/x.png"
    write_small_novel(tmp_path, {AYA: {**aya, "cells": cells}, PIER: pier, EVENING: evening})
    assert fill_seeds(tmp_path) == []


def test_an_accepted_plate_needs_no_background_seed(tmp_path: Path) -> None:
    evening = strip_seeds(files()[EVENING])
    evening["shots"][0]["background"] = "pier/night"
    write_small_novel(tmp_path, {EVENING: evening})
    assert fill_seeds(tmp_path, lambda: 3) == [(EVENING, 1)]
    assert json.loads((tmp_path / EVENING).read_text())["shots"][0]["seeds"] == {"hero_seed": 3}


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=4).filter(lambda key: key != "new"), JSON_VALUES, max_size=4),
    st.sampled_from([None, 0, 1, 3, "\t"]),
    st.sampled_from([(",", ":"), (", ", ": "), (" , ", " :  ")]),
    st.booleans(),
)
def test_any_object_takes_a_new_member(
    document: dict[str, Any], indent: Any, separators: tuple[str, str], after_first: bool
) -> None:
    data = json.dumps(document, indent=indent, separators=separators).encode()
    longer = insert(data, {("new", "inner"): 5, ("new", "other"): "x"}, after_first=after_first)
    assert json.loads(longer) == {**document, "new": {"inner": 5, "other": "x"}}
    start = next((at for at, (one, two) in enumerate(zip(data, longer, strict=False)) if one != two), len(data))
    assert longer.endswith(data[start:])


def test_mirror(tmp_path: Path) -> None:
    aya = {"$schema": "../../../schemas/character.json", **files()[AYA]}
    write_small_novel(tmp_path, {AYA: "\ufeff" + json.dumps(aya, indent=1)})
    flat = tmp_path / "data/characters/aya.json"
    assert mirror(tmp_path) == ["data/characters/aya.json"]
    assert flat.read_text("utf-8") == (tmp_path / AYA).read_text("utf-8").replace("../../../", "../../")
    assert read(tmp_path).problems == ()
    assert mirror(tmp_path) == []
    write(tmp_path / AYA, json.dumps({**aya, "name": "Aia"}))
    assert len(read(tmp_path).errors) == 1
    assert mirror(tmp_path) == ["data/characters/aya.json"]
    assert read(tmp_path).problems == ()


def test_mirror_refuses_broken_files(tmp_path: Path) -> None:
    write_small_novel(tmp_path, {AYA: "{"})
    with pytest.raises(ContractError):
        mirror(tmp_path)
    assert not (tmp_path / "data/characters/aya.json").exists()
