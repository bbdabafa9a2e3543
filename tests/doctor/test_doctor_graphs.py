"""What a server lacks for a workflow, told from its answers: classes, models, values, definitions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from comfyvn.bridge.servers import Server
from comfyvn.doctor.finding import Finding
from comfyvn.doctor.graphs import Knowledge, Patient, examine
from comfyvn.doctor.usage import Usage
from comfyvn.graph.definitions import from_object_info
from comfyvn.graph.folders import mark_folders
from comfyvn.nodeset.classes import class_digests
from comfyvn.providers import Lock, Model, ModelPin, Pack, PackPin, Registry
from comfyvn.reading import read_definitions

COMMIT, SHA = "a" * 40, "b" * 64
REGISTRY = Registry(
    version=1,
    packs={"ComfyUI": Pack(repo="Comfy-Org/ComfyUI"), "ComfyUI-Impact-Pack": Pack(repo="ltdrdata/ComfyUI-Impact-Pack")},
    models={
        "sdxl": Model(file="sd_xl.safetensors", folder="checkpoints", source="https://example.org/sdxl", sha256=SHA),
        "clip_vit_h": Model(file="vit_h.safetensors", folder="clip_vision"),
        "odd": Model(file="odd.bin", folder="nowhere"),
    },
)
GRAPH: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": {"$model": "sdxl"}}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a pier", "clip": ["1", 1]}},
    "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "4": {"class_type": "KSampler", "inputs": {
        "model": ["1", 0], "positive": ["2", 0], "negative": ["2", 0], "latent_image": ["3", 0], "seed": 1, "steps": 20,
        "cfg": 6.0, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0,
    }},
    "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
    "6": {"class_type": "ImpactMakeImageBatch", "inputs": {"image1": ["5", 0]}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": {"$prefix": "image"}}},
}  # fmt: skip
FOLDERS = {"checkpoints": ["SDXL\\sd_xl.safetensors"], "clip_vision": ["other.safetensors", "vit_h.safetensors"]}
Change = Callable[[dict[str, Any]], None]


def _found(
    change: Change | None = None,
    folders: Mapping[str, list[str]] = FOLDERS,
    lock: Lock = Lock(),  # noqa: B008 - a frozen value
    implied: tuple[str, ...] = (),
    server: Server = Server("gpu", "http://127.0.0.1:1"),  # noqa: B008 - a frozen value
    graph: Mapping[str, Any] = GRAPH,
) -> list[Finding]:
    """What is found on a server with the shipped classes, after a change to its /object_info."""
    info = copy.deepcopy(read_definitions().with_options(folders).to_object_info())
    if change is not None:
        change(info)
    knowledge = Knowledge(mark_folders(read_definitions()), REGISTRY, lock)
    usage = Usage("background", (graph,), implied)
    return list(examine(usage, Patient(server, from_object_info(info)), knowledge))


def _troubles(findings: list[Finding], *levels: str) -> list[tuple[str, str, str]]:
    wanted = levels or ("error", "warning")
    return [(finding.check, finding.said, finding.todo) for finding in findings if finding.level in wanted]


def _without(*names: str) -> Change:
    return lambda info: [info.pop(name) for name in names] and None


def _without_pack(info: dict[str, Any]) -> None:
    for name in [name for name, node in info.items() if "Impact-Pack" in node["python_module"]]:
        del info[name]


def test_a_server_that_has_everything() -> None:
    found = _found(implied=("clip_vit_h",))
    assert {finding.level for finding in found} == {"good"}
    assert [finding.check for finding in found] == ["node classes", "models", "values", "definitions"]
    assert {finding.place for finding in found} == {"gpu: background"}


def test_a_missing_pack_is_named_with_its_commit_and_how_to_install_it() -> None:
    ((check, said, todo),) = _troubles(
        _found(_without_pack, lock=Lock(packs={"ComfyUI-Impact-Pack": PackPin(commit=COMMIT)}))
    )
    assert (check, said) == ("node classes", "ComfyUI-Impact-Pack: ImpactMakeImageBatch missing")
    assert "git clone https://github.com/ltdrdata/ComfyUI-Impact-Pack ComfyUI-Impact-Pack" in todo
    assert f"git -C ComfyUI-Impact-Pack checkout {COMMIT}" in todo
    assert 'ComfyUI-Manager install "ComfyUI-Impact-Pack"' in todo


def test_a_fork_that_lies_elsewhere_is_cloned_from_there() -> None:
    pin = PackPin(commit=COMMIT, source="codeberg.org/somebody/impact")
    ((_, _, todo),) = _troubles(_found(_without_pack, lock=Lock(packs={"ComfyUI-Impact-Pack": pin})))
    assert "git clone https://codeberg.org/somebody/impact ComfyUI-Impact-Pack" in todo


def test_a_pack_from_the_comfy_registry_is_installed_from_there() -> None:
    pin = PackPin(cnr="comfyui-impact-pack", version="8.2.1")
    ((_, _, todo),) = _troubles(_found(_without_pack, lock=Lock(packs={"ComfyUI-Impact-Pack": pin})))
    assert todo == 'with ComfyUI-Manager install "comfyui-impact-pack", version 8.2.1, then restart ComfyUI'


def test_a_pack_that_is_there_without_the_class_did_not_load_or_is_another() -> None:
    ((_, said, todo),) = _troubles(_found(_without("ImpactMakeImageBatch")))
    assert "ImpactMakeImageBatch missing" in said
    assert "the pack is there without them: update it" in todo


def test_a_class_of_comfyui_itself_and_one_that_nobody_knows() -> None:
    graph = {**GRAPH, "8": {"class_type": "NobodyKnows", "inputs": {}}}
    unknown, core = _troubles(_found(_without("KSampler"), graph=graph))
    assert ("no known pack" in unknown[1], "Install Missing Custom Nodes" in unknown[2]) == (True, True)
    assert "update ComfyUI" in core[2]


def test_a_missing_model_is_named_with_file_folder_and_origin() -> None:
    ((check, said, todo),) = _troubles(_found(folders={"checkpoints": ["other.safetensors"]}))
    assert (check, said) == ("models", "sdxl (sd_xl.safetensors) is not there; there is other.safetensors")
    assert "https://example.org/sdxl" in todo
    assert "ComfyUI/models/checkpoints/sd_xl.safetensors" in todo
    assert SHA in todo
    assert "servers.gpu.models.sdxl" in todo and "another model in the style" in todo


def test_of_many_other_models_the_first_are_named() -> None:
    ((_, said, _),) = _troubles(_found(folders={"checkpoints": [f"{letter}.safetensors" for letter in "abcdef"]}))
    assert said.endswith("there are a.safetensors, b.safetensors, c.safetensors, d.safetensors and 2 more")


def test_the_locks_hash_is_told_before_the_registrys() -> None:
    lock = Lock(models={"sdxl": ModelPin(sha256="c" * 64)})
    ((_, _, todo),) = _troubles(_found(folders={"checkpoints": []}, lock=lock))
    assert "c" * 64 in todo


def test_two_files_of_one_name_must_be_told_apart() -> None:
    folders = {"checkpoints": ["a/sd_xl.safetensors", "b/sd_xl.safetensors"]}
    ((_, said, todo),) = _troubles(_found(folders=folders))
    assert "several: a/sd_xl.safetensors, b/sd_xl.safetensors" in said
    server = Server("gpu", "http://127.0.0.1:1", models={"sdxl": "b/sd_xl.safetensors"})
    assert _troubles(_found(folders=folders, server=server)) == []
    wrong = Server("gpu", "http://127.0.0.1:1", models={"sdxl": "c/sd_xl.safetensors"})
    ((_, said, todo),) = _troubles(_found(folders=folders, server=wrong))
    assert "c/sd_xl.safetensors" in said
    assert todo.startswith("correct servers.gpu.models.sdxl")


def test_models_that_nodes_load_by_themselves() -> None:
    missing = _found(folders={**FOLDERS, "clip_vision": ["other.safetensors"]}, implied=("clip_vit_h", "odd"))
    ((_, said, _),) = _troubles(missing)
    assert said == "clip_vit_h (vit_h.safetensors) is not there; a node loads it by itself"
    ((_, said, todo),) = _troubles(missing, "note")
    assert "this server lists no nowhere" in said
    assert todo == "nothing, if its pack downloads it at the first use, as most do; else put it where the pack looks"
    assert _troubles(_found(implied=("clip_vit_h", "odd"), server=Server("d", "http://x", "draft")), "note") == []


def test_an_option_that_the_server_has_not_is_a_wrong_value() -> None:
    def change(info: dict[str, Any]) -> None:
        info["KSampler"]["input"]["required"]["sampler_name"] = [["euler"], {}]

    ((check, said, todo),) = _troubles(_found(change), "error")
    assert check == "values"
    assert "KSampler sampler_name" in said
    assert "dpmpp_2m" in said
    assert "allowed there: " in todo
    assert "euler" in todo


def test_definitions_that_moved() -> None:
    def change(info: dict[str, Any]) -> None:
        inputs = info["KSampler"]["input"]
        inputs["required"]["extra"] = ["INT", {"default": 1}]
        inputs["optional"] = {"mask": ["MASK", {}]}
        inputs["required"]["cfg"] = ["INT", {"default": 8}]
        info["KSampler"]["input_order"] = {key: list(group) for key, group in inputs.items()}

    found = _found(change)
    ((_, said, _),) = _troubles(found, "note")
    assert "KSampler: " in said
    assert "required input extra added" in said
    assert "optional input mask added" in said
    assert "input cfg has type INT (was FLOAT)" in said
    assert any("extra" in error for _, error, _ in _troubles(found, "error"))


@pytest.mark.parametrize(
    ("name", "spec"),
    [("sampler_name", [[{"a": 1}]]), ("sampler_name", ["COMBO", {"options": [[1], None]}]),
     ("steps", ["INT", {"min": "x", "max": []}]), ("steps", ["INT", {"default": float("nan"), "max": float("inf")}]),
     ("cfg", []), ("model", None), ("seed", {"a": 1})],
)  # fmt: skip
def test_no_definition_however_odd_stops_it(name: str, spec: Any) -> None:
    def change(info: dict[str, Any]) -> None:
        info["KSampler"]["input"]["required"][name] = spec

    assert "definitions" in [finding.check for finding in _found(change)]


def test_new_options_and_defaults_are_told() -> None:
    def change(info: dict[str, Any]) -> None:
        options, _ = info["KSampler"]["input"]["required"]["sampler_name"]
        info["KSampler"]["input"]["required"]["sampler_name"] = [[*options[1:], *(f"new{i}" for i in range(6))], {}]
        info["EmptyLatentImage"]["input"]["required"]["width"][1]["default"] = 1024

    ((_, said, _),) = _troubles(_found(change), "note")
    assert "input width has default 1024 (was 512)" in said
    assert "input sampler_name lost euler" in said
    assert "gained new0, new1, new2, new3 and 2 more" in said


def test_examples_of_a_workflow_that_nobody_uses_yet_are_not_missed() -> None:
    graph = {**GRAPH, "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "example.safetensors"}}}
    info = read_definitions().with_options(FOLDERS).to_object_info()
    patient = Patient(Server("gpu", "http://127.0.0.1:1"), from_object_info(info))
    knowledge = Knowledge(mark_folders(read_definitions()), REGISTRY, Lock())
    for has_examples in (True, False):
        found = list(examine(Usage("x", (graph,), has_examples=has_examples), patient, knowledge))
        assert bool(_troubles(found)) is not has_examples


@pytest.mark.parametrize("is_as_locked", [True, False])
def test_the_lock_says_what_the_definitions_should_be(is_as_locked: bool) -> None:
    def change(info: dict[str, Any]) -> None:
        info["KSampler"]["input"]["optional"] = {"mask": ["MASK", {}]}
        info["KSampler"]["input_order"] = {key: list(group) for key, group in info["KSampler"]["input"].items()}

    info = read_definitions().with_options(FOLDERS).to_object_info()
    if is_as_locked:
        change(info)
    locked = class_digests(from_object_info(info), ["KSampler"])
    found = _found(change, lock=Lock(classes=locked))
    told = [(finding.level, finding.said) for finding in found if finding.check == "definitions"]
    if is_as_locked:
        assert told == [("good", "7 classes are as they should be")]
    else:
        assert told[0][0] == "warning"
        assert "than when it was locked: KSampler: optional input mask added" in told[0][1]


def test_words_of_the_server_are_fit_for_a_terminal() -> None:
    evil = "a\x1b[31m\u202e" + "x" * 5000
    ((_, said, _),) = _troubles(_found(folders={"checkpoints": [f"{evil}/sd_xl.safetensors", "b/sd_xl.safetensors"]}))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said) <= 700
