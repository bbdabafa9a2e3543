"""`drift`: what moved since, told for groups of artifacts; and nothing is told where nothing moved."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from comfyvn.bridge.servers import Server
from comfyvn.engine.drift import Today, drift, probed
from comfyvn.errors import ServerDown
from comfyvn.providers import Lock, ModelPin, PackPin
from comfyvn.store.records import FileFacts, Record

THEN = {"comfyui_version": "0.3.64", "pytorch_version": "2.8.0+cu128", "device": "NVIDIA GeForce RTX 4090"}
NOW = THEN | {"comfyui_version": "0.3.70"}
OLD, NEW, HASH = "aa" * 20, "bb" * 20, "cc" * 32


def _record(target: str, engine: str = "comfyui", made_with: Mapping[str, str] = THEN, **pins: object) -> Record:
    recipe = {"kind": "render", "graph": {}, "pins": pins}
    files = {"a.png": FileFacts("px1:0", "0", 1)}
    return Record(target, "fp1:0", "fp1:0", "fp1:0", engine, "final", True, files, recipe, made_with=made_with)


SPRITES = [_record(f"sprites:aya/casual/standing/{name}") for name in ("calm", "happy", "sad")]


def test_a_server_that_was_updated() -> None:
    report = drift([*SPRITES, _record("backgrounds:pier/base")], [Today("gpu", NOW)], {}, Lock())
    assert [one.sentence() for one in report.drifts] == [
        "1 background, 3 sprites were made with ComfyUI 0.3.64, torch 2.8.0+cu128, on NVIDIA GeForce RTX 4090; "
        "gpu now has ComfyUI 0.3.70"
    ]


def test_nothing_moved() -> None:
    report = drift(SPRITES, [Today("gpu", THEN)], {}, Lock())
    assert (report.drifts, [group.count for group in report.groups]) == ((), [3])


def test_one_server_that_is_still_the_same_is_enough() -> None:
    assert drift(SPRITES, [Today("old", THEN), Today("new", NOW)], {}, Lock()).drifts == ()


def test_a_server_that_does_not_answer_tells_nothing() -> None:
    report = drift(SPRITES, [Today("gpu", {}, "it is off")], {}, Lock())
    assert (report.drifts, report.servers[0].trouble) == ((), "it is off")


def test_groups_of_different_age_are_told_apart() -> None:
    older = [_record("sprites:bo/x/y/z", made_with=THEN | {"device": "NVIDIA GeForce RTX 3060"})]
    report = drift([*older, *SPRITES], [Today("gpu", NOW)], {}, Lock())
    assert [(one.then.rpartition(", on ")[2], one.now) for one in report.drifts] == [
        ("NVIDIA GeForce RTX 4090", "ComfyUI 0.3.70"),
        ("NVIDIA GeForce RTX 3060", "ComfyUI 0.3.70, on NVIDIA GeForce RTX 4090"),
    ]


def test_drafts_are_held_against_no_server_and_their_engine_is_told() -> None:
    drafts = [_record("sprites:aya/a/b/c", "draft@1", {"comfyui_version": "0.3.64+comfyvn.draft"})]
    clips = [_record("voices:en/one", "espeak@1.51", {}), _record("voices:en/two", "espeak@1.52.0", {})]
    clips.append(_record("voices:en/three", "piper@1.8.0+amy-piper-voice.2.0", {}))
    now = {"draft": "1", "espeak": "1.52.0", "piper": "1.8.0"}
    report = drift([*drafts, *clips], [Today("gpu", NOW)], now, Lock())
    assert [one.sentence() for one in report.drifts] == [
        "1 voice was made with espeak 1.51; espeak now has version 1.52.0"
    ]


@pytest.mark.parametrize(
    ("then", "lock", "told"),
    [
        (OLD, Lock(packs={"P": PackPin(commit=NEW)}), "pack P at aaaaaaaaaaaa; the lock now has bbbbbbbbbbbb"),
        (None, Lock(packs={"P": PackPin(commit=NEW)}), "pack P not pinned; the lock now has bbbbbbbbbbbb"),
        (OLD, Lock(), "pack P at aaaaaaaaaaaa; the lock now has no pin for it"),
        (OLD, Lock(packs={"P": PackPin(commit=OLD, state="verified")}), None),
        (None, Lock(), None),
    ],
)
def test_packs_against_the_lock(then: str | None, lock: Lock, told: str | None) -> None:
    report = drift([_record("sprites:a/b/c/d", packs={"P": then})], [], {}, lock)
    assert [one.sentence() for one in report.drifts] == ([f"1 sprite was made with {told}"] if told else [])


def test_models_against_the_lock() -> None:
    lock = Lock(models={"m": ModelPin(sha256="dd" * 32)})
    report = drift([_record("sprites:a/b/c/d", models={"m": HASH})], [], {}, lock)
    assert [one.sentence() for one in report.drifts] == [
        "1 sprite was made with model m at cccccccccccc; the lock now has dddddddddddd"
    ]


def test_servers_of_the_kind_that_renders_are_asked() -> None:
    def probe(server: Server) -> Mapping[str, object]:
        if server.name == "off":
            raise ServerDown("it cannot be reached")
        device = {"name": "cuda:0 NVIDIA L4 : cudaMallocAsync", "type": "cuda", "index": 0}
        return {"system": {"comfyui_version": "0.3.70", "pytorch_version": "2.9"}, "devices": [device]}

    servers = [
        Server("gpu", "http://127.0.0.1:9"),
        Server("ours", "http://127.0.0.1:9", "draft"),
        Server("off", "http://127.0.0.1:9"),
    ]
    found = probed(servers, probe)
    assert [one.server for one in found] == ["gpu", "off"]
    assert found[0].made_with == {"comfyui_version": "0.3.70", "pytorch_version": "2.9", "device": "NVIDIA L4"}
    assert found[1].trouble == "it cannot be reached"
    assert probed([], probe) == ()
