"""`verify`: an artifact is what its record says, or a fault names what is not; and it comes out again, or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from comfyvn.engine.accept import ACCEPTED
from comfyvn.engine.drift import drift
from comfyvn.engine.judge import subject_of
from comfyvn.engine.likeness import Tolerance
from comfyvn.engine.opening import OpenNovel, open_novel
from comfyvn.engine.remake import Remade, as_recorded, remake, remake_all
from comfyvn.engine.verify import Finding, verify, verify_all
from comfyvn.makers.workshop import Workshop
from comfyvn.providers import Lock
from comfyvn.recipe import Speak, document, fingerprint
from comfyvn.store import records
from comfyvn.store.records import Record

BASE, HAPPY = "sprites:aya/casual/standing/base", "sprites:aya/casual/standing/happy"
CLIP, ATLAS, PLATE = "voices:en/l1aaaa", "atlases:aya", "backgrounds:pier/base"


def _record_file(novel: OpenNovel, name: str) -> Path:
    return novel.root / f"{novel.targets[name].artifact}.render.json"


def _change(novel: OpenNovel, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(_record_file(novel, name).read_bytes())
    change(document)
    _record_file(novel, name).write_text(json.dumps(document), "utf-8")


def _verify(novel: OpenNovel, name: str) -> Finding:
    return verify(novel.engine, novel.targets[name])


def _retouch(path: Path) -> None:
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGBA")).copy()
    pixels[:40, :40] = (255, 0, 0, 255)
    Image.fromarray(pixels).save(path)


# --- is it what its record says?


def test_everything_that_was_made_is_sound(drawn: OpenNovel) -> None:
    findings = verify_all(drawn.engine, drawn.targets)
    assert list(findings) == list(drawn.targets)
    assert {found.state for found in findings.values()} == {"sound"}
    assert [found.notes for found in findings.values() if found.notes] == []


def test_what_was_never_made_is_absent(drawn: OpenNovel) -> None:
    _record_file(drawn, PLATE).unlink()
    (drawn.root / drawn.targets[PLATE].artifact).unlink()
    assert _verify(drawn, PLATE).state == "absent"


def test_a_file_that_somebody_changed(drawn: OpenNovel) -> None:
    _retouch(drawn.root / drawn.targets[HAPPY].artifact)
    found = _verify(drawn, HAPPY)
    assert found.state == "wrong"
    assert "changed by hand" in found.faults[0]


def test_a_file_of_an_atlas_page_is_damaged(drawn: OpenNovel) -> None:
    (drawn.root / "build/atlases/aya/aya-0.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert _verify(drawn, ATLAS).faults == ("build/atlases/aya/aya-0.png is not readable",)
    (drawn.root / "build/atlases/aya/aya-0.png").unlink()
    assert _verify(drawn, ATLAS).faults == ("build/atlases/aya/aya-0.png is gone",)


def test_the_same_pixels_written_anew_are_a_note(drawn: OpenNovel) -> None:
    path = drawn.root / drawn.targets[PLATE].artifact
    with Image.open(path) as image:
        image.load()
        image.save(path, compress_level=1)
    found = _verify(drawn, PLATE)
    assert (found.state, len(found.notes)) == ("sound", 1)


def test_what_the_build_remembers_of_files_is_not_believed(drawn: OpenNovel) -> None:
    """A file whose pixels moved under the same size and time stamps, as a failing disk does it."""
    import os

    path = drawn.root / "build/voices/en/l1aaaa.wav"
    stat = path.stat()
    drawn.engine.judge.verdict(drawn.targets[CLIP])
    data = bytearray(path.read_bytes())
    data[1000] ^= 0xFF
    path.write_bytes(bytes(data))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert _verify(drawn, CLIP).state == "wrong"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda r: r["recipe"]["render"].update(workflow="other"), "names as wanted"),
        (lambda r: r.update(made="fp1:" + "0" * 64), "names as made"),
        (lambda r: r.update(subject="fp1:" + "0" * 64), "names as subject"),
        (lambda r: r.update(engine="comfyui"), "names as made"),
        (lambda r: r.update(wanted="fp1:xyz"), "malformed: wanted"),
        (lambda r: r["files"]["happy.png"].update(sha256="?"), "malformed: files.happy.png"),
        (lambda r: r["seeds"].update(expression_seed=1), "other seeds"),
        (lambda r: next(iter(r["sampling"].values())).update(steps=99), "another sampling"),
        (lambda r: r["models"].update(sdxl_base={"sha256": "00" * 32, "state": "verified"}), "other models"),
        (lambda r: r["packs"].update(Other={"state": "not pinned"}), "other packs"),
        (lambda r: r.update(target=BASE), f"its record is of {BASE}"),
        (lambda r: r["recipe"].update(feather=float("nan")), "its recipe is malformed"),
        (lambda r: r.update(wanted=""), "was cut off"),
        (lambda r: r.update(record=99), "damaged, or of a newer version"),
        (lambda r: r.update(recipe=[]), "damaged, or of a newer version"),
    ],
)  # fmt: skip
def test_a_record_that_was_tampered_with(
    drawn: OpenNovel, change: Callable[[dict[str, Any]], object], fault: str
) -> None:
    _change(drawn, HAPPY, change)
    found = _verify(drawn, HAPPY)
    assert found.state == "wrong"
    assert any(fault in told for told in found.faults), found.faults


@pytest.mark.parametrize("name", [HAPPY, CLIP])
def test_no_record_however_odd_stops_verify_or_drift(drawn: OpenNovel, name: str) -> None:
    sound = json.loads(_record_file(drawn, name).read_bytes())
    odd: tuple[Any, ...] = (None, 5, 1e999, "x", "fp1:", [], [[]], {}, {"a": {}}, {"a": [1]}, {"a": {"b": None}})
    for place in (sound, sound["recipe"], sound["recipe"].get("render", {}), sound["files"]):
        for member in list(place):
            kept = place[member]
            for value in odd:
                place[member] = value
                _record_file(drawn, name).write_text(json.dumps(sound), "utf-8")
                found = _verify(drawn, name)
                assert found.state in ("sound", "wrong")
                drift([found.record] if found.record else [], [], {}, Lock())
            place[member] = kept


def test_a_state_of_a_pin_may_change_without_a_fault(drawn: OpenNovel) -> None:
    _change(drawn, HAPPY, lambda record: record["models"]["sdxl_base"].update(state="claimed"))
    assert _verify(drawn, HAPPY).state == "sound"


def test_pins_that_were_taken_for_granted_are_a_note(drawn: OpenNovel) -> None:
    _change(drawn, HAPPY, lambda record: record["notes"].update({ACCEPTED: {"packs": {}}}))
    found = _verify(drawn, HAPPY)
    assert (found.state, len(found.notes)) == ("sound", 1)
    assert "lock --accept" in found.notes[0]


def test_a_file_without_a_record(drawn: OpenNovel) -> None:
    _record_file(drawn, PLATE).unlink()
    assert _verify(drawn, PLATE).faults == ("build/backgrounds/pier/base.png has no record: nobody knows what made it",)


def test_inputs_that_moved_or_are_gone_are_notes(drawn: OpenNovel) -> None:
    base = drawn.root / drawn.targets[BASE].artifact
    _retouch(base)
    found = _verify(drawn, HAPPY)
    assert (found.state, found.notes) == ("sound", (f"{BASE} has moved since",))
    base.unlink()
    found = _verify(drawn, HAPPY)
    assert (found.state, found.notes) == ("sound", (f"{BASE} is gone: it cannot be made again as it was",))


# --- does it come out again?


@pytest.fixture
def begun(drawn: OpenNovel) -> Any:
    drawn.engine.begin()
    yield drawn
    drawn.engine.end()


def _record(novel: OpenNovel, name: str) -> Record:
    record = records.read(novel.root, novel.targets[name].artifact)
    assert record is not None
    return record


def _again(novel: OpenNovel, names: list[str], **given: Record) -> dict[str, Remade]:
    found: dict[str, Remade] = {}
    wanted: Mapping[str, Record] = {name: given.get(name) or _record(novel, name) for name in names}
    remake_all(novel.engine, wanted, Tolerance(), found.__setitem__)
    return found


def _files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (root / "build").rglob("*") if path.is_file()}


def test_every_kind_comes_out_exactly_and_build_is_not_touched(begun: OpenNovel) -> None:
    names = [BASE, HAPPY, PLATE, "backgrounds:pier/night", "scenes:evening/lantern", ATLAS, CLIP]
    before = _files(begun.root)
    assert {name: one.result for name, one in _again(begun, names).items()} == dict.fromkeys(names, "exact")
    assert _files(begun.root) == before


def test_finished_art_is_copied_again(drawn: OpenNovel) -> None:
    Image.new("RGB", (100, 50), (20, 90, 60)).save(drawn.root / "pier.png")
    location = drawn.root / "data/locations/pier.json"
    document = json.loads(location.read_bytes())
    document["file"] = "pier.png"
    location.write_text(
        json.dumps({k: v for k, v in document.items() if k not in ("prompt", "seed", "moment")}), "utf-8"
    )
    novel = open_novel(drawn.root)
    novel.engine.begin()
    try:
        novel.engine.make(PLATE)
        assert _again(novel, [PLATE])[PLATE].result == "exact"
        (novel.root / "pier.png").unlink()
        found = _again(novel, [PLATE])[PLATE]
        assert found.result == "not tried"
        assert "pier.png" in found.note
    finally:
        novel.engine.end()


def test_a_recipe_that_moved_is_not_tried(begun: OpenNovel) -> None:
    moved = replace(_record(begun, PLATE), subject="fp1:" + "0" * 64)
    found = remake(begun.engine, begun.targets[PLATE], moved, Tolerance(), "verify-x")
    assert found.result == "not tried"
    assert f"comfyvn why {PLATE}" in found.note


def _as_if_made(novel: OpenNovel, name: str, change: Callable[[np.ndarray[Any, Any]], object]) -> Record:
    """Writes other pixels as the artifact, with a record that swears by them."""
    from comfyvn.store.content import byte_digest, content_digest
    from comfyvn.store.records import FileFacts

    path = novel.root / novel.targets[name].artifact
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGBA")).copy()
    change(pixels)
    Image.fromarray(pixels).save(path)
    facts = FileFacts(content_digest(path), byte_digest(path), path.stat().st_size)
    return replace(_record(novel, name), files={path.name: facts})


def test_a_server_that_makes_something_else_now(begun: OpenNovel) -> None:
    def invert(pixels: np.ndarray[Any, Any]) -> None:
        pixels[:, :, :3] = 255 - pixels[:, :, :3]

    record = _as_if_made(begun, PLATE, invert)
    found = remake(begun.engine, begun.targets[PLATE], record, Tolerance(), "verify-y")
    assert found.result == "differs"
    assert found.files["base.png"].measures["psnr_db"] < 20
    assert found.note == ""
    elsewhere = replace(record, made_with={**record.made_with, "comfyui_version": "0.3.10"})
    found = remake(begun.engine, begun.targets[PLATE], elsewhere, Tolerance(), "verify-w")
    assert found.note.startswith("ComfyUI 0.3.10 then, 0.3.64")


def test_a_server_that_rounds_otherwise(begun: OpenNovel) -> None:
    def nudge(pixels: np.ndarray[Any, Any]) -> None:
        pixels[100:200, 100:200, 0] ^= 1

    record = _as_if_made(begun, PLATE, nudge)
    found = remake(begun.engine, begun.targets[PLATE], record, Tolerance(), "verify-z")
    assert found.result == "within tolerance"
    assert found.files["base.png"].measures["psnr_db"] > 50
    unsteady = replace(record, repeatable=False)
    assert remake(begun.engine, begun.targets[PLATE], unsteady, Tolerance(psnr_db=120), "v").result == "not repeatable"


def test_a_clip_from_before_there_were_mouth_cues_comes_out_as_it_was_and_is_told_of(begun: OpenNovel) -> None:
    record = _record(begun, CLIP)
    kept = {name: facts for name, facts in record.files.items() if not name.endswith((".vtt", ".mouth"))}
    old = replace(record, files=kept)
    assert len(old.files) == len(record.files) - 2
    found = remake(begun.engine, begun.targets[CLIP], old, Tolerance(), "verify-old")
    assert found.result == "exact" and f"`doit -a {CLIP}`" in found.note
    assert all(f"{CLIP.rpartition('/')[2]}.{kind}" in found.note for kind in ("vtt", "mouth"))
    other = replace(record, files={**record.files, "x.png": next(iter(record.files.values()))})
    assert remake(begun.engine, begun.targets[CLIP], other, Tolerance(), "verify-other").result == "differs"


def test_a_retouched_file_is_compared_with_what_the_cache_has(begun: OpenNovel) -> None:
    _retouch(begun.root / begun.targets[PLATE].artifact)
    assert _again(begun, [PLATE])[PLATE].result == "exact"


def test_an_engine_that_nobody_has(begun: OpenNovel) -> None:
    """A final render while only drafts are asked for: it needs a server that the novel does not name."""
    record = replace(_record(begun, PLATE), engine="comfyui", made="fp1:" + "1" * 64)
    found = remake(begun.engine, begun.targets[PLATE], record, Tolerance(), "verify-w")
    assert found.result == "failed"
    assert "comfyui" in found.note


class _Remembering(Workshop):
    """A server that renders nothing it was ever asked for."""

    def on_a_server(self, kind: str, models: Any, target: str, work: Any) -> Any:
        result, run = super().on_a_server(kind, models, target, work)
        return result, replace(run, server="gpu", cached=True)


def test_what_a_server_remembers_proves_nothing(begun: OpenNovel) -> None:
    shop = _Remembering(begun.servers, begun.tools.registry)
    begun.engine.bench = replace(begun.engine.bench, workshop=shop)
    found = _again(begun, [PLATE])[PLATE]
    shop.close()
    assert (found.result, "gpu gave what it remembers" in found.note) == ("not tried", True)


def test_another_version_of_the_engine_is_another_recipe(begun: OpenNovel) -> None:
    record = replace(_record(begun, PLATE), engine="draft@0", made="fp1:" + "1" * 64)
    found = remake(begun.engine, begun.targets[PLATE], record, Tolerance(), "verify-u")
    assert (found.result, "its recipe moved" in found.note) == ("not tried", True)


def test_a_clip_is_spoken_again_by_the_voice_that_stood_in(drawn: OpenNovel) -> None:
    speak = replace(_speak(drawn), engine="xtts@2", engines=("xtts", "espeak"))
    digests: dict[str, str] = {}
    wanted = document(speak, digests)
    record = replace(
        _record(drawn, CLIP),
        wanted=fingerprint(wanted),
        made=fingerprint({**wanted, "engine": "espeak@1.52.0"}),
        subject=subject_of(wanted),
    )
    found = as_recorded(speak, digests, record)
    assert isinstance(found, Speak)
    assert (found.engine, found.engines) == (record.engine, ("espeak",))
    assert as_recorded(speak, digests, replace(record, made=record.wanted)) == speak


def _speak(novel: OpenNovel) -> Speak:
    recipe = novel.targets[CLIP].recipe
    assert isinstance(recipe, Speak)
    return recipe
