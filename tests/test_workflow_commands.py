"""`comfyvn workflow import | check | diff`, as a user meets them, against the shipped definitions and a real socket."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from comfyvn.cli import main
from comfyvn.cli.checking import Findings, findings
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.facts import dump_facts, to_facts
from comfyvn.graph.issue import Issue
from comfyvn.reading import read_definitions, read_workflows
from comfyvn.reading.toolbox import novel_definitions, shipped_registry, shipped_workflows
from tests.fakes.novel_runs import doit, set_up
from tests.fakes.small_novel import write_small_novel

WORKFLOWS = Path(__file__).parents[1] / "comfyvn" / "workflows"
GRAPH: dict[str, Any] = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "mine.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a pier", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "people", "clip": ["4", 1]}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 768, "height": 512, "batch_size": 1}},
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
            "seed": 12,
            "steps": "20",
            "cfg": 7,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1,
        },
    },
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "pier"}},
}


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    return write_small_novel(tmp_path / "novel")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return put(tmp_path / "My Pier.json", GRAPH)


def put(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out + shown.err


def test_an_import_is_a_workflow_of_the_novel(novel: Path, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "--dir", novel, "workflow", "import", saved)
    assert code == 0
    assert "workflows/my_pier.json written from an API graph" in told
    assert 'add to models in providers/providers.json: "mine"' in told
    workflow = read_workflows(novel)["my_pier"]
    assert workflow.expected_inputs["prompt"].to == ("6.text",)
    assert workflow.expected_inputs["steps"].default == 20  # a server takes "20" for a number as well
    assert workflow.expected_inputs["cfg"].default == 7.0
    assert run(capsys, "workflow", "check", novel / "workflows/my_pier.json")[0] == 0


def test_an_import_never_replaces_a_file_by_itself(
    novel: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "--dir", novel, "workflow", "import", saved)[0] == 0
    before = (novel / "workflows/my_pier.json").read_bytes()
    put(saved, {**GRAPH, "6": {**GRAPH["6"], "inputs": {"text": "a field", "clip": ["4", 1]}}})
    code, told = run(capsys, "--dir", novel, "workflow", "import", saved)
    assert (code, "there already" in told) == (2, True)
    assert (novel / "workflows/my_pier.json").read_bytes() == before
    assert run(capsys, "--dir", novel, "workflow", "import", saved, "--force")[0] == 0
    assert "a field" in (novel / "workflows/my_pier.json").read_text("utf-8")


def test_an_import_stands_in_for_one_of_ours(novel: Path, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "--dir", novel, "workflow", "import", saved, "--id", "background", "--add-models")
    assert code == 0
    assert "it now stands in the place of ComfyVN's own background" in told
    assert run(capsys, "--dir", novel, "check")[0] == 0
    registry = json.loads((novel / "providers/providers.json").read_text("utf-8"))
    assert registry["models"]["mine"] == {"file": "mine.safetensors", "folder": "checkpoints"}


def test_a_picture_is_as_good_as_json(novel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", json.dumps(GRAPH))
    Image.new("RGB", (4, 4)).save(tmp_path / "pier.png", pnginfo=info)
    code, told = run(capsys, "--dir", novel, "workflow", "import", tmp_path / "pier.png", "--json")
    done = json.loads(told)
    assert (code, done["found"], done["form"]) == (0, "prompt in pier.png", "api")
    assert [line["name"] for line in done["inputs"]][:2] == ["image", "prompt"]


def test_a_picture_that_was_built_brings_its_workflow_s_inputs_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its family is the one that it was built for, and every input has the places that it has in our own file."""
    novel = write_small_novel(tmp_path / "built")
    made = doit(set_up(novel), "sprites:aya/casual/standing/base")
    assert made.code == 0, made.output
    picture = novel / "build/sprites/aya/casual/standing/base.png"
    assert run(capsys, "--dir", novel, "workflow", "import", picture, "--id", "again")[0] == 0
    again, ours = read_workflows(novel)["again"], shipped_workflows()["sprite_pack"]
    assert again.family == "sprite_pack"
    bound = {name: spec.to for name, spec in again.expected_inputs.items() if spec.to}
    assert bound == {name: ours.expected_inputs[name].to for name in bound}
    assert {"prompt", "negative", "checkpoint", "steps", "cfg", "width", "height", "detail_size"} <= set(bound)
    assert {key: places for key, places in again.seed_keys.items() if places} == {
        key: places for key, places in ours.seed_keys.items() if places
    }
    character = json.loads((novel / "data/characters/aya/character.json").read_text("utf-8"))
    assert character["prompt"] in str(again.graph)


def test_one_of_our_files_keeps_its_inputs(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list that stands in one node, a picture that may be absent: what its header says is not guessed anew."""
    assert run(capsys, "--dir", novel, "workflow", "import", WORKFLOWS / "sprite_pack.json", "--id", "mine")[0] == 0
    mine, ours = read_workflows(novel)["mine"], shipped_workflows()["sprite_pack"]
    assert {name: spec.to for name, spec in mine.expected_inputs.items()} == {
        name: spec.to for name, spec in ours.expected_inputs.items()
    }
    assert (mine.expand, mine.seed_keys) == (ours.expand, ours.seed_keys)


def test_out_needs_no_novel_and_ids_are_ids(tmp_path: Path, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "somewhere.json"
    assert run(capsys, "--dir", tmp_path, "workflow", "import", saved, "--out", target)[0] == 0
    assert json.loads(target.read_text("utf-8"))["workflow_id"] == "my_pier"
    assert run(capsys, "--dir", tmp_path, "workflow", "import", saved, "--id", "../x", "--out", target)[0] == 2
    assert run(capsys, "--dir", tmp_path, "workflow", "import", saved)[0] == 2  # no novel here


def test_what_no_server_would_take_is_not_imported(
    novel: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = copy.deepcopy(GRAPH)
    bad["3"]["inputs"] |= {"sampler_name": "eulr", "steps": 0}
    code, told = run(capsys, "--dir", novel, "workflow", "import", put(saved, bad))
    assert code == 1
    assert 'did you mean "euler"' in told
    assert "steps: Value 0 smaller than min of 1" in told
    assert not (novel / "workflows/my_pier.json").exists()


def test_check_lists_everything_with_node_class_input_given_allowed(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = copy.deepcopy(GRAPH)
    bad["3"]["inputs"] |= {"sampler_name": "eulr", "colour": 1, "steps": 20}
    bad["6"]["class_type"] = "CLIPTextEncoder"
    code, told = run(capsys, "--dir", tmp_path, "workflow", "check", put(saved, bad), "--json")
    findings = json.loads(told)
    assert code == 1
    assert [(f["node"], f["class"], f["input"], f["severity"]) for f in findings] == [
        ("6", "CLIPTextEncoder", "", "error"),
        ("3", "KSampler", "sampler_name", "error"),
        ("3", "KSampler", "colour", "warning"),
    ]
    assert (findings[1]["given"], findings[1]["suggestion"]) == ("eulr", "euler")
    assert "dpmpp_2m" in findings[1]["allowed"]
    code, told = run(capsys, "--dir", tmp_path, "workflow", "check", saved, tmp_path / "none.json")
    assert code == 1
    assert "2 problems, 1 warning" in told
    assert "none.json: error: the file is not there" in told


def test_check_of_our_own_files_tells_what_is_wrong_with_the_header(
    novel: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "--dir", novel, "workflow", "import", saved)
    file = novel / "workflows/my_pier.json"
    document = json.loads(file.read_text("utf-8"))
    document["expected_inputs"]["steps"]["to"] = ["3.stepz"]
    code, told = run(capsys, "--dir", novel, "workflow", "check", put(file, document))
    assert code == 1
    assert '3.stepz: node 3 has no input stepz; did you mean "steps"?' in told


def test_diff_shows_what_matters(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = {name: f"1{name}" for name in GRAPH}
    moved = {
        ids[name]: {
            **entry,
            "inputs": {k: [ids[v[0]], v[1]] if isinstance(v, list) else v for k, v in entry["inputs"].items()},
        }
        for name, entry in reversed(GRAPH.items())
    }
    other = put(tmp_path / "other.json", moved)
    assert run(capsys, "workflow", "diff", saved, other) == (0, "they do the same\n")
    moved["15"]["inputs"]["width"] = 1024
    put(other, moved)
    assert run(capsys, "workflow", "diff", saved, other) == (0, "node 5 (EmptyLatentImage) width: 768 → 1024\n")
    (change,) = json.loads(run(capsys, "workflow", "diff", saved, other, "--json")[1])
    assert (change["node"], change["input"], change["after"]) == ("5", "width", "1024")


# --- against a server

CUSTOM = {
    "input": {
        "required": {"images": ["IMAGE"], "mood": [["calm", "wild"]], "seed": ["INT", {"default": 0}]},
        "optional": {"more": ["*"]},
    },
    "output": ["IMAGE"],
    "output_name": ["IMAGE"],
    "name": "MoodPaint",
    "python_module": "custom_nodes.mood-paint",
}


@pytest.fixture
def server() -> Iterator[str]:
    """A server that knows our classes, one model, and a pack of its own."""
    known = read_definitions().with_options({"checkpoints": ["SDXL\\mine.safetensors"]})
    answer = json.dumps({**known.to_object_info(), "MoodPaint": CUSTOM}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            right = self.path == "/object_info"
            self.send_response(200 if right else 404)
            self.send_header("Content-Length", str(len(answer) if right else 0))
            self.end_headers()
            self.wfile.write(answer if right else b"")

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


def painted() -> dict[str, Any]:
    graph = copy.deepcopy(GRAPH)
    graph["10"] = {"class_type": "MoodPaint", "inputs": {"images": ["8", 0], "mood": "calm", "seed": 3}}
    graph["9"]["inputs"]["images"] = ["10", 0]
    return graph


def test_a_server_s_files_and_classes_are_what_check_goes_by(
    server: str, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(saved, painted())
    code, told = run(capsys, "--dir", tmp_path, "workflow", "check", saved)
    assert (code, "MoodPaint does not exist" in told) == (1, True)
    code, told = run(capsys, "--dir", tmp_path, "workflow", "check", saved, "--server", server)
    assert code == 1
    assert "ckpt_name: 'mine.safetensors' not in ['SDXL\\\\mine.safetensors']" in told
    assert "MoodPaint" not in told


def test_a_class_that_a_server_lacks_is_told_with_its_pack_and_nothing_that_follows_from_it(
    novel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of our own workflows against a server of ComfyUI alone: one line for each node that it lacks."""
    alone = {name: node for name, node in read_definitions().classes.items() if node.pack == "ComfyUI"}
    lacking = 0
    for name, workflow in shipped_workflows().items():
        document = json.loads((WORKFLOWS / f"{name}.json").read_text("utf-8"))
        found = findings(novel, put(novel / f"{name}.json", document), Definitions(alone, "0.3.64"))
        missing = [node for node, entry in workflow.graph.items() if entry["class_type"] not in alone]
        errors = [line for line in found.lines() if ": error: " in line]
        assert len(errors) == len(missing), errors
        assert all(
            f"it is of {workflow.class_packs[issue.class_type]}: install" in str(issue) for issue in errors_of(found)
        )
        lacking += len(missing)
    assert lacking > 20


def errors_of(found: Findings) -> list[Issue]:
    return [issue for issue in found.issues if issue.severity == "error"]


def test_an_import_from_a_server_brings_the_classes_that_the_novel_lacks(
    server: str, saved: Path, novel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(saved, painted())
    code, told = run(capsys, "--dir", novel, "workflow", "import", saved)
    assert (code, "MoodPaint" in told, "--server" in told) == (1, True, True)
    code, told = run(capsys, "--dir", novel, "workflow", "import", saved, "--server", server)
    assert code == 0
    assert "1 node classes written to providers/nodes.json: MoodPaint" in told
    assert 'add to packs in providers/providers.json: "mood-paint"' in told
    assert "MoodPaint" in novel_definitions(novel)
    workflow = read_workflows(novel)["my_pier"]
    assert workflow.class_packs["MoodPaint"] == "mood-paint"
    assert workflow.seed_keys == {"seed": ("3.seed",), "seed_2": ("10.seed",)}
    assert run(capsys, "--dir", novel, "workflow", "check", novel / "workflows/my_pier.json")[0] == 0


def test_a_list_as_a_value_is_no_link_after_an_import(
    server: str, saved: Path, novel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = painted()
    graph["10"]["inputs"]["more"] = {"__value__": ["left", 2]}
    assert run(capsys, "--dir", novel, "workflow", "import", put(saved, graph), "--server", server)[0] == 0
    assert read_workflows(novel)["my_pier"].graph["10"]["inputs"]["more"] == {"__value__": ["left", 2]}


def test_a_draft_of_an_imported_workflow_knows_its_classes(
    server: str, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    novel, graph = tmp_path / "new", painted()
    assert run(capsys, "init", novel)[0] == 0
    graph["4"]["inputs"]["ckpt_name"] = "sd_xl_base_1.0.safetensors"
    registry = json.loads(shipped_registry())
    registry["packs"]["mood-paint"] = {"repo": "somebody/mood-paint"}
    put(novel / "providers/providers.json", registry)
    command = ("workflow", "import", put(saved, graph), "--server", server, "--id", "background", "--force")
    assert run(capsys, "--dir", novel, *command)[0] == 0
    made = doit(novel, "backgrounds:room/base")
    assert made.code == 0, made.output
    with Image.open(novel / "build/backgrounds/room/base.png") as picture:
        assert picture.size[0] > 0


def test_a_server_that_is_not_there_is_said(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "--dir", tmp_path, "workflow", "check", saved, "--server", "http://127.0.0.1:9")
    assert (code, "127.0.0.1:9" in told) == (1, True)
    code, told = run(capsys, "--dir", tmp_path, "workflow", "check", saved, "--server", "gpu")
    assert (code, 'no server "gpu"' in told) == (2, True)


def test_a_broken_file_of_node_classes_is_a_problem_of_the_novel(
    novel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (novel / "providers").mkdir(exist_ok=True)
    for text in ("{", "[]", '{"classes": {"X": {}}}', '{"classes": 7}'):
        (novel / "providers/nodes.json").write_text(text, encoding="utf-8")
        code, told = run(capsys, "--dir", novel, "check")
        assert (code, "providers/nodes.json" in told) == (1, True)


def test_nothing_of_a_file_speaks_to_the_terminal(novel: Path, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = copy.deepcopy(GRAPH)
    bad["3"]["inputs"]["sampler_name"] = "\x1b[2Jeuler\u202e"
    told = run(capsys, "--dir", novel, "workflow", "check", put(saved, bad))[1]
    told += run(capsys, "--dir", novel, "workflow", "import", saved)[1]
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflow"]) == 2
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("import", "check", "diff"))
    for action in ("import", "check", "diff"):
        with pytest.raises(SystemExit):
            main(["workflow", action, "--help"])
        assert f"  comfyvn workflow {action} " in capsys.readouterr().out


def test_the_novel_s_own_classes_lie_over_the_package_s(novel: Path) -> None:
    assert novel_definitions(novel) is read_definitions()
    own = Definitions({"KSampler": read_definitions().classes["SaveImage"]}, "9")
    (novel / "providers").mkdir(exist_ok=True)
    (novel / "providers/nodes.json").write_text(dump_facts(to_facts(own)), encoding="utf-8")
    assert novel_definitions(novel).classes["KSampler"].output_node
    assert len(novel_definitions(novel).classes) == len(read_definitions().classes)
    assert shipped_workflows()["background"].graph
