"""What is told of a made artifact: by its record, by the journal, and by the picture itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from comfyvn.draft.process import DraftServer
from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.used import used
from comfyvn.graph.check import check, errors
from comfyvn.providers import Lock, ModelPin, PackPin
from comfyvn.reading.embedded import find_workflow
from comfyvn.reading.toolbox import read_definitions
from comfyvn.store import journal, records
from comfyvn.store.records import Record
from tests.engine.conftest import SECRET, build

BASE, HAPPY = "sprites:aya/casual/standing/base", "sprites:aya/casual/standing/happy"
COMMIT, HASH = "ab" * 20, "cd" * 32


def _record(novel: OpenNovel, name: str) -> Record:
    record = records.read(novel.root, novel.targets[name].artifact)
    assert record is not None
    return record


def _chunks(novel: OpenNovel, name: str) -> dict[str, str]:
    with Image.open(novel.root / novel.targets[name].artifact) as image:
        image.load()
        return dict(image.text)  # type: ignore[attr-defined]


def test_a_record_says_what_was_used(drawn: OpenNovel) -> None:
    record = _record(drawn, BASE)
    samplers = {entry["class"]: entry for entry in record.sampling.values()}
    assert {"KSampler", "FaceDetailer"} <= set(samplers)
    found = samplers["KSampler"]
    assert set(found) == {"class", "sampler_name", "scheduler", "steps", "cfg", "denoise"}
    assert dict(record.seeds) == {"character_seed": 11, "detail_seed": 12, "control_seed": 13}
    assert record.models["sdxl_base"] == {"state": "not pinned"}
    assert record.packs["ComfyUI-Impact-Pack"] == {"state": "not pinned"}
    assert set(record.made_with) == {"comfyui_version", "pytorch_version", "device"}
    assert [entry["denoise"] for entry in _record(drawn, HAPPY).sampling.values()] == [0.55]


def test_pins_and_how_sure_they_are() -> None:
    pins = {"packs": {"A": COMMIT, "B": "1.4.2", "C": None}, "models": {"m": HASH, "n": None}}
    lock = Lock(packs={"A": PackPin(commit=COMMIT, state="verified")}, models={"m": ModelPin(sha256="ef" * 32)})
    told = used({"kind": "render", "graph": {}, "pins": pins}, lock)
    assert told.packs == {
        "A": {"commit": COMMIT, "state": "verified"},
        "B": {"version": "1.4.2", "state": "claimed"},
        "C": {"state": "not pinned"},
    }
    # The lock has moved on: what this artifact was made with is what it says, and nobody has verified that.
    assert told.models == {"m": {"sha256": HASH, "state": "claimed"}, "n": {"state": "not pinned"}}


def test_what_is_not_rendered_uses_nothing() -> None:
    assert used({"kind": "pack", "name": "aya"}, Lock()) == used({}, Lock())


def test_the_cache_gives_the_same_record(drawn: OpenNovel) -> None:
    before = (drawn.root / "build/sprites/aya/casual/standing/happy.png.render.json").read_bytes()
    for path in sorted((drawn.root / "build").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    build(drawn.root)
    assert (drawn.root / "build/sprites/aya/casual/standing/happy.png.render.json").read_bytes() == before
    entries = list(journal.read(drawn.root / ".comfyvn/journal"))
    assert {entry.how for entry in entries[-len(drawn.targets) :]} == {"cached"}
    assert next(entry for entry in reversed(entries) if entry.target == HAPPY).server == ""


def test_an_old_record_is_fresh_still(drawn: OpenNovel) -> None:
    """A record that says less than today's makes nothing again."""
    path = drawn.root / "build/sprites/aya/casual/standing/happy.png.render.json"
    document = json.loads(path.read_bytes())
    for member in ("sampling", "models", "packs"):
        del document[member]
    path.write_text(json.dumps(document), "utf-8")
    assert drawn.engine.judge.verdict(drawn.targets[HAPPY]).condition == "fresh"


@pytest.mark.parametrize("name", [BASE, HAPPY, "backgrounds:pier/base", "scenes:evening/lantern"])
def test_a_picture_holds_its_graph_and_comfyui_takes_it(drawn: OpenNovel, name: str) -> None:
    """What ComfyUI reads from a dropped picture: the graph as the server ran it, without a token of ours."""
    chunks = _chunks(drawn, name)
    graph = json.loads(chunks["prompt"])
    definitions = read_definitions()
    assert errors(check(graph, definitions)) == []
    assert "$" not in "".join(key for entry in graph.values() for v in entry["inputs"].values() for key in _keys(v))
    assert find_workflow(drawn.root / drawn.targets[name].artifact).value == graph
    ours = json.loads(chunks["comfyvn"])
    assert ours["seeds"] == dict(_record(drawn, name).seeds)
    assert ours["fingerprint"] == _record(drawn, name).wanted


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def test_a_patch_opens_the_expression_not_the_base(drawn: OpenNovel) -> None:
    text = json.dumps(json.loads(_chunks(drawn, HAPPY)["prompt"]))
    assert "happy smile" in text
    assert "happy smile" not in _chunks(drawn, BASE)["prompt"]


def test_nothing_that_is_shared_names_server_secret_or_folder(drawn: OpenNovel, draft_server: DraftServer) -> None:
    host = urlsplit(draft_server.url).netloc
    words = [SECRET, host, "atelier", str(drawn.root), str(drawn.root.parent)]
    made = [path for path in (drawn.root / "build").rglob("*") if path.is_file()]
    assert len(made) > len(drawn.targets)
    for path in made:
        data = path.read_bytes()
        assert [word for word in words if word.encode() in data] == [], path
    for path in (drawn.root / ".comfyvn").rglob("*.jsonl"):
        assert SECRET.encode() not in path.read_bytes()


def test_the_journal_says_who_did_it_and_how_long_it_took(drawn: OpenNovel) -> None:
    entries = {entry.target: entry for entry in journal.read(drawn.root / ".comfyvn/journal")}
    assert set(entries) == set(drawn.targets)
    drew = entries[BASE]
    assert (drew.server, drew.how, drew.kind, drew.workflow, drew.attempt) == (
        "atelier",
        "made",
        "render",
        "sprite_pack",
        0,
    )
    assert drew.prompt_id
    assert "sdxl_base" in drew.models
    assert drew.fingerprint == _record(drawn, BASE).made
    assert drew.seconds + 0.01 >= drew.queued_s + drew.running_s + drew.download_s > 0
    spoken = entries["voices:en/l1aaaa"]
    assert (spoken.server, spoken.prompt_id, spoken.engine) == ("", "", _record(drawn, "voices:en/l1aaaa").engine)
    assert spoken.seconds >= spoken.running_s > 0


def test_records_are_the_same_wherever_they_are_made(drawn: OpenNovel, tmp_path: Path, own_cache: Path) -> None:
    """Another folder and our own draft endpoint instead of a named server."""
    other = tmp_path / "another"
    for source in ("data", "comfyvn.yaml"):
        _copy(drawn.root / source, other / source)
    for path in sorted(own_cache.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    names = (BASE, HAPPY, "voices:en/l1aaaa")
    again = build(other, *names)
    assert [_record(again, name) for name in names] == [_record(drawn, name) for name in names]


def _copy(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, place) if source.is_dir() else shutil.copyfile(source, place)
