"""Conversion from the editor's file, case by case; what it must give was seen in ComfyUI's own editor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from comfyvn.errors import WorkflowError
from comfyvn.graph.check import check, errors
from comfyvn.graph.convert import missing_classes, to_api
from comfyvn.graph.definitions import Definitions, from_object_info
from comfyvn.graph.ui import kind_of, parse_ui, unwrapped
from comfyvn.reading import read_definitions

DATA = Path(__file__).parent.parent / "data" / "comfyui"


def node(number: int | str, kind: str, values: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": number, "type": kind, "mode": 0, "inputs": [], "outputs": [], "widgets_values": values, **more}


def slot(name: str, kind: str, link: int | None = None, widget: bool = False) -> dict[str, Any]:
    return {"name": name, "type": kind, "link": link, **({"widget": {"name": name}} if widget else {})}


def convert(document: Mapping[str, Any], definitions: Definitions | None = None) -> dict[str, Any]:
    return to_api(parse_ui(document), definitions or read_definitions())


def inputs(document: Mapping[str, Any], name: str, definitions: Definitions | None = None) -> dict[str, Any]:
    found: dict[str, Any] = convert(document, definitions)[name]["inputs"]
    return found


SAMPLER = [7, "randomize", 20, 8.0, "euler", "normal", 1.0]


def test_what_a_seed_does_after_a_run_is_stepped_over() -> None:
    document = {"nodes": [node(3, "KSampler", SAMPLER)], "links": []}
    expected = {"seed": 7, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    assert inputs(document, "3") == expected


def test_a_file_without_that_companion_reads_the_same() -> None:
    document = {"nodes": [node(3, "KSampler", [7, 20, 8.0, "euler", "normal", 1.0])], "links": []}
    assert inputs(document, "3")["steps"] == 20


def test_missing_values_are_the_class_s_defaults_and_surplus_ones_are_ignored() -> None:
    short = {"nodes": [node(5, "EmptyLatentImage", [640])], "links": []}
    assert inputs(short, "5") == {"width": 640, "height": 512, "batch_size": 1}
    long = {"nodes": [node(5, "EmptyLatentImage", [640, 480, 2, "what", None])], "links": []}
    assert inputs(long, "5") == {"width": 640, "height": 480, "batch_size": 2}


def test_an_upload_button_is_no_input() -> None:
    assert inputs({"nodes": [node(1, "LoadImage", ["a.png", "image"])], "links": []}, "1") == {"image": "a.png"}


def test_values_by_name_bring_the_inputs_that_a_format_adds() -> None:
    values = {"frame_rate": 12, "loop_count": 0, "filename_prefix": "x", "format": "video/h264-mp4", "crf": 17}
    document = {"nodes": [node(1, "VHS_VideoCombine", {**values, "videopreview": {"hidden": False}})], "links": []}
    found = inputs(document, "1")
    assert found["crf"] == 17
    assert "videopreview" not in found


def test_places_count_before_names_unless_they_do_not_fit_the_class() -> None:
    named = {"width": 1, "height": 2, "batch_size": 3}
    fits = node(5, "EmptyLatentImage", [640, 480, 4], widgets_values_named=named)
    assert inputs({"nodes": [fits], "links": []}, "5") == {"width": 640, "height": 480, "batch_size": 4}
    other = node(5, "EmptyLatentImage", ["new", 640, 480, 4], widgets_values_named=named)
    assert inputs({"nodes": [other], "links": []}, "5") == named


def test_a_list_as_a_value_is_wrapped() -> None:
    info = {"Pick": {"input": {"required": {"what": ["STRING", {}]}}, "output": [], "output_node": True}}
    document = {"nodes": [node(1, "Pick", [["a", 1]])], "links": []}
    assert inputs(document, "1", from_object_info(info)) == {"what": {"__value__": ["a", 1]}}


def test_an_input_that_takes_links_alone_had_a_value_in_old_files() -> None:
    required = {"words": ["STRING", {"forceInput": True}], "count": ["INT", {"default": 1}]}
    known = from_object_info({"Old": {"input": {"required": required}, "output": [], "output_node": True}})
    assert inputs({"nodes": [node(1, "Old", ["gone", 5])], "links": []}, "1", known) == {"count": 5}
    assert inputs({"nodes": [node(1, "Old", [5])], "links": []}, "1", known) == {"count": 5}


def test_inputs_that_a_choice_adds_are_read_from_the_saved_slots() -> None:
    required = {"model": ["COMFY_DYNAMICCOMBO_V3", {"options": []}], "seed": ["INT", {"control_after_generate": True}]}
    known = from_object_info({"New": {"input": {"required": required}, "output": [], "output_node": True}})
    slots = [
        slot("model", "COMBO", None, True),
        slot("model.length", "INT", None, True),
        slot("seed", "INT", None, True),
    ]
    document = {"nodes": [node(1, "New", ["fast", 5, 9, "fixed"], inputs=slots)], "links": []}
    assert inputs(document, "1", known) == {"model": "fast", "model.length": 5, "seed": 9}


def test_inputs_that_a_choice_adds_are_read_by_their_definition() -> None:
    """Files from before the class had them, and files of today: seen in the editor with ComfyUI 0.33's definitions."""
    known = from_object_info(json.loads((DATA / "object_info_dynamic.json").read_text("utf-8")))
    old = inputs({"nodes": [node(1, "SaveVideo", ["video/x", "auto", "auto"])], "links": []}, "1", known)
    assert old == {"filename_prefix": "video/x", "format": "auto", "format.codec": "auto", "codec": "auto"}
    chosen = ["scale longer dimension", 2048, "lanczos"]
    scaled = inputs({"nodes": [node(1, "ResizeImageMaskNode", chosen)], "links": []}, "1", known)
    assert scaled == {"resize_type": chosen[0], "resize_type.longer_size": 2048, "scale_method": "lanczos"}


@pytest.fixture(scope="module")
def editor() -> Definitions:
    """Classes of a real ComfyUI 0.33 whose widgets are the editor's own affair (options of two classes left out)."""
    return from_object_info(json.loads((DATA / "object_info_editor.json").read_text("utf-8")))


def test_what_a_choice_brings_stands_behind_it_though_it_may_be_absent(editor: Definitions) -> None:
    """Required inputs come before optional ones, but not before those that a required choice brings along."""
    values = ["a canyon", "Krea 2 Medium", "1:1", "1K", "medium", "", 0.35, 593877138, "randomize"]
    found = inputs({"nodes": [node(1, "Krea2ImageNode", values)], "links": []}, "1", editor)
    assert (found["seed"], found["model.moodboard_strength"], found["model.moodboard_id"]) == (593877138, 0.35, "")


def test_what_an_optional_choice_brings_stands_behind_it_though_it_must_be_there(editor: Definitions) -> None:
    board = ["one", 4, "two", 5, "three", 6]
    values = ["kling-v3-omni", "", "9:16", 12, "720p", "3 storyboards", *board, True, 205346978, "randomize"]
    found = inputs({"nodes": [node(1, "KlingOmniProImageToVideoNode", values)], "links": []}, "1", editor)
    assert (found["resolution"], found["storyboards"], found["seed"]) == ("720p", "3 storyboards", 205346978)
    assert [found[f"storyboards.storyboard_{n}_duration"] for n in (1, 2, 3)] == [4, 5, 6]


def test_a_union_has_the_widget_that_its_definition_names(editor: Definitions) -> None:
    document = {"nodes": [node(1, "LTXVEmptyLatentAudio", [97, 24, 1]), node(2, "Preview3D", ["a.glb", ""])]}
    assert inputs(document, "1", editor) == {"frames_number": 97, "frame_rate": 24, "batch_size": 1}
    assert inputs(document, "2", editor)["model_file"] == "a.glb"
    known = from_object_info({"Plain": {"input": {"required": {"a": ["INT,FLOAT", {}]}}, "output": []}})
    assert inputs({"nodes": [node(1, "Plain", [5])]}, "1", known) == {}


def test_buttons_hold_places_and_a_view_is_no_value(editor: Definitions) -> None:
    values = ["bike.fbx", "upload3dmodel", "uploadExtraResources", "clear", "", 640, 480]
    found = inputs({"nodes": [node(1, "Load3D", values)]}, "1", editor)
    assert found == {"model_file": "bike.fbx", "width": 640, "height": 480}
    assert inputs({"nodes": [node(1, "Load3D", ["bike.fbx", "", 640, 480])]}, "1", editor) == found
    problems = [str(issue) for issue in errors(check(convert({"nodes": [node(1, "Load3D", values)]}, editor), editor))]
    assert any("LOAD_3D, which ComfyUI's editor makes" in problem for problem in problems)


def test_choices_that_their_user_wrote_go_with_the_place_of_the_chosen_one(editor: Definitions) -> None:
    document = {"nodes": [node(1, "CustomCombo", ["Turbo", 0, "Quality", "Default", "Turbo", ""])]}
    found = inputs(document, "1", editor)
    assert (found["choice"], found["index"], found["option2"]) == ("Turbo", 2, "Default")
    issues = check(convert(document, editor), editor)
    assert [issue.code for issue in issues] == ["prompt_no_outputs"]  # nothing against the choice, nor its companions


def test_widgets_of_the_editor_alone_have_what_it_posts_for_them(editor: Definitions) -> None:
    boxes = [{"x": 1, "y": 2, "width": 3, "height": 4}]
    nodes = [
        node(1, "ImageCompare", []),
        node(2, "ImageCompositor", [{}]),
        node(3, "CreateBoundingBoxes", [64, 64, boxes, []]),
    ]
    assert inputs({"nodes": nodes}, "1", editor) == {"compare_view": {"__value__": ["", ""]}}
    assert inputs({"nodes": nodes}, "2", editor) == {"compositor": {}}
    assert inputs({"nodes": nodes}, "3", editor)["editor_state"] == {"__value__": boxes}
    codes = {issue.code for issue in errors(check(convert({"nodes": nodes}, editor), editor))}
    assert codes == {"required_input_missing"}  # of links that this document does not have


def chain(kind: str, mode: int = 0, values: Any = None, slots: Any = None, outs: Any = None) -> dict[str, Any]:
    """A checkpoint, something in between, and a sampler that takes the model from it."""
    between = node(
        2, kind, values, mode=mode, inputs=slots or [slot("", "*", 10)], outputs=outs or [{"name": "", "type": "MODEL"}]
    )
    loader = node(1, "CheckpointLoaderSimple", ["a.safetensors"], outputs=[{"name": "MODEL", "type": "MODEL"}])
    sampler = node(3, "KSampler", SAMPLER, inputs=[slot("model", "MODEL", 11)])
    return {"nodes": [loader, between, sampler], "links": [[10, 1, 0, 2, 0, "MODEL"], [11, 2, 0, 3, 0, "MODEL"]]}


def test_reroutes_and_set_nodes_are_followed_through() -> None:
    assert inputs(chain("Reroute"), "3")["model"] == ["1", 0]
    assert inputs(chain("SetNode", values=["m"]), "3")["model"] == ["1", 0]
    assert set(convert(chain("Reroute"))) == {"1", "3"}


def test_a_bypassed_node_passes_on_what_fits_and_a_muted_one_nothing() -> None:
    slots, outs = [slot("model", "MODEL", 10)], [{"name": "MODEL", "type": "MODEL"}]
    assert inputs(chain("LoraLoaderModelOnly", 4, ["x", 1.0], slots, outs), "3")["model"] == ["1", 0]
    assert "model" not in inputs(chain("LoraLoaderModelOnly", 2, ["x", 1.0], slots, outs), "3")
    wrong = [slot("vae", "VAE", 10)]
    assert "model" not in inputs(chain("LoraLoaderModelOnly", 4, ["x", 1.0], wrong, outs), "3")


def test_a_get_node_finds_the_set_node_of_its_name_only() -> None:
    document = chain("SetNode", values=["m"])
    document["nodes"].append(node(4, "GetNode", ["m"], outputs=[{"name": "MODEL", "type": "MODEL"}]))
    document["links"][1] = [11, 4, 0, 3, 0, "MODEL"]
    assert inputs(document, "3")["model"] == ["1", 0]
    document["nodes"][-1]["widgets_values"] = ["other"]
    assert "model" not in inputs(document, "3")


def test_a_primitive_puts_its_value_in_and_the_newer_ones_stay_nodes() -> None:
    sampler = node(3, "KSampler", SAMPLER, inputs=[slot("seed", "INT", 5, True), slot("steps", "INT", 6, True)])
    primitive = node(1, "PrimitiveNode", [99, "fixed"], outputs=[{"name": "INT", "type": "INT"}])
    core = node(2, "PrimitiveInt", [12, "fixed"], outputs=[{"name": "INT", "type": "INT"}])
    document = {"nodes": [sampler, primitive, core], "links": [[5, 1, 0, 3, 0, "INT"], [6, 2, 0, 3, 1, "INT"]]}
    assert inputs(document, "3")["seed"] == 99
    assert inputs(document, "3")["steps"] == ["2", 0]
    assert set(convert(document)) == {"2", "3"}


def test_native_reroutes_of_schema_1_change_nothing() -> None:
    document = chain("Reroute")
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    links = [{**dict(zip(keys, link, strict=True)), "parentId": 1} for link in document["links"]]
    reroutes = [{"id": 1, "pos": [0, 0], "linkIds": [10]}]
    assert convert({**document, "version": 1, "links": links, "reroutes": reroutes}) == convert(document)


def subgraph(inner: list[dict[str, Any]], links: list[list[Any]], **ends: Any) -> dict[str, Any]:
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    objects = [dict(zip(keys, link, strict=True)) for link in links]
    return {"id": "sub", "name": "S", "nodes": inner, "links": objects, "inputs": [], "outputs": [], **ends}


def with_instances(inner: dict[str, Any], *instances: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": list(instances), "links": [], "definitions": {"subgraphs": [inner]}}


def test_two_instances_have_nodes_of_their_own_and_values_of_their_own() -> None:
    size = [slot("width", "INT", 1, True)]
    ends = {"inputs": [{"id": "a", "name": "wide", "type": "INT", "linkIds": [1]}]}
    inner = subgraph([node(5, "EmptyLatentImage", [64, 32, 1], inputs=size)], [[1, -10, 0, 5, 0, "INT"]], **ends)
    shown = [slot("wide", "INT", None, True)]
    found = convert(with_instances(inner, node(1, "sub", [640], inputs=shown), node(2, "sub", [], inputs=shown)))
    assert found["1:5"]["inputs"] == {"width": 640, "height": 32, "batch_size": 1}
    assert found["2:5"]["inputs"] == {"width": 64, "height": 32, "batch_size": 1}


def test_widgets_that_an_instance_shows_of_its_inside_hold_its_values() -> None:
    inner = subgraph([node(5, "EmptyLatentImage", [64, 32, 1])], [])
    shown = {"proxyWidgets": [["5", "height"], ["5", "batch_size"]]}
    found = convert(
        with_instances(inner, node(1, "sub", [480], properties=shown), node(2, "sub", [], properties=shown))
    )
    assert found["1:5"]["inputs"] == {"width": 64, "height": 480, "batch_size": 1}
    assert found["2:5"]["inputs"]["height"] == 32


def test_subgraphs_in_subgraphs_with_links_through_both_edges() -> None:
    leaf = {
        **subgraph([node(7, "EmptyImage", [8, 8, 1, 0], outputs=[{"name": "IMAGE", "type": "IMAGE"}])], []),
        "id": "leaf",
    }
    leaf["outputs"] = [{"id": "o", "name": "out", "type": "IMAGE", "linkIds": [4]}]
    leaf["links"] = [{"id": 4, "origin_id": 7, "origin_slot": 0, "target_id": -20, "target_slot": 0}]
    middle = {**leaf, "id": "mid", "nodes": [node(9, "leaf", outputs=[{"name": "out", "type": "IMAGE"}])]}
    middle["links"] = [{"id": 4, "origin_id": 9, "origin_slot": 0, "target_id": -20, "target_slot": 0}]
    outer = node(2, "mid", outputs=[{"name": "out", "type": "IMAGE"}])
    save = node(3, "SaveImage", ["x"], inputs=[slot("images", "IMAGE", 1)])
    document = {
        "nodes": [outer, save],
        "links": [[1, 2, 0, 3, 0, "IMAGE"]],
        "definitions": {"subgraphs": [leaf, middle]},
    }
    assert inputs(document, "3") == {"filename_prefix": "x", "images": ["2:9:7", 0]}


def test_a_subgraph_that_only_passes_through_is_passed_through() -> None:
    ends = {
        "inputs": [{"id": "i", "name": "in", "type": "MODEL", "linkIds": [1]}],
        "outputs": [{"id": "o", "name": "out", "type": "MODEL", "linkIds": [1]}],
    }
    inner = subgraph([], [[1, -10, 0, -20, 0, "MODEL"]], **ends)
    document = chain("sub", slots=[slot("in", "MODEL", 10)], outs=[{"name": "out", "type": "MODEL"}])
    assert inputs({**document, "definitions": {"subgraphs": [inner]}}, "3")["model"] == ["1", 0]


def test_the_inside_of_a_bypassed_or_muted_instance_does_not_run() -> None:
    inner = subgraph([node(5, "EmptyLatentImage", [64, 32, 1])], [])
    for mode in (2, 4):
        assert convert(with_instances(inner, node(1, "sub", [], mode=mode))) == {}


def test_anything_everywhere_joins_open_inputs_of_its_type() -> None:
    document = chain("Anything Everywhere", slots=[slot("anything", "*", 10)], outs=[])
    document["links"].pop()
    document["nodes"][2]["inputs"] = [slot("model", "MODEL")]
    assert inputs(document, "3")["model"] == ["1", 0]
    document["nodes"][1]["properties"] = {"ue_properties": {"title_regex": "K.*"}}
    with pytest.raises(WorkflowError, match="joins inputs by a choice"):
        convert(document)


def test_missing_classes_are_counted_with_the_pack_that_the_file_names() -> None:
    odd = node(1, "Mystery", properties={"cnr_id": "mystery-pack"})
    document = {"nodes": [odd, {**odd, "id": 2}, node(3, "Unheard", properties={"aux_id": "me/unheard"})], "links": []}
    found = [str(each) for each in missing_classes(parse_ui(document), read_definitions())]
    assert found == [
        "Mystery (2 nodes); the file says it is from mystery-pack",
        "Unheard (1 node); the file says it is from me/unheard",
    ]
    with pytest.raises(WorkflowError, match="2 node classes are not known"):
        convert(document)
    assert convert({"nodes": [{**odd, "mode": 2}, {**odd, "id": 2, "mode": 4}], "links": []}) == {}


def test_group_nodes_are_refused_with_what_to_do() -> None:
    with pytest.raises(WorkflowError, match="group node") as refusal:
        convert({"nodes": [node(1, "workflow>mine")], "links": [], "extra": {"groupNodes": {"mine": {}}}})
    assert "Convert to Subgraph" in refusal.value.what


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"1": {"class_type": "X", "inputs": {}}}, "api"),
        ({"prompt": {"1": {"class_type": "X", "inputs": {}}}, "client_id": "x"}, "api"),
        ({"output": {"1": {"class_type": "X", "inputs": {}}}, "workflow": {}}, "api"),
        ({"nodes": [], "links": []}, "ui"),
        ({"graph": {}, "expected_inputs": {}}, "ours"),
    ],
)
def test_every_form_is_known_by_its_shape(value: dict[str, Any], kind: str) -> None:
    assert kind_of(unwrapped(value)) == kind


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"a": 1}, {"nodes": 7}])
def test_what_is_no_workflow_is_refused(value: Any) -> None:
    with pytest.raises(WorkflowError, match="no ComfyUI workflow"):
        kind_of(unwrapped(value))
