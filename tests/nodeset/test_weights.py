"""Models on disk: found where ComfyUI would find them, hashed once, told apart by their hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from comfyvn.errors import ContractError
from comfyvn.nodeset.model_folders import model_folders
from comfyvn.nodeset.weights import HashTable, Weights, find_weights
from comfyvn.providers import Registry, parse_registry
from tests.fakes.small_novel import write

WEIGHTS = b"weights" * 1000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def registry(**known: str) -> Registry:
    models = {
        "base": {"file": "sd_xl_base.safetensors", "folder": "checkpoints"},
        "unet": {"file": "flux/flux1.safetensors", "folder": "diffusion_models"},
        "clip": {"file": "t5.safetensors", "folder": "text_encoders"},
    }
    for name, digest in known.items():
        models[name]["sha256"] = digest
    return parse_registry({"version": 1, "models": models})


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some packs keep their weights in the user's home: no test finds those of whoever runs it."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


class Counting:
    """Counts bytes that were hashed, by model."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def __call__(self, name: str, done: int, total: int) -> None:
        assert 0 < done <= total
        self.seen[name] = done


def find(
    root: Path, cache: Path, known: Registry | None = None, extra: tuple[Path, ...] = ()
) -> tuple[Weights, dict[str, int]]:
    counting = Counting()
    return find_weights(known or registry(), model_folders(root, extra), HashTable(cache), counting), counting.seen


def test_models_are_hashed_once(tmp_path: Path) -> None:
    file = tmp_path / "models/checkpoints/sd_xl_base.safetensors"
    write(file, WEIGHTS)
    found, hashed = find(tmp_path, tmp_path / "cache")
    assert {name: (pin.pin, pin.state) for name, pin in found.models.items()} == {"base": (sha256(WEIGHTS), "verified")}
    assert hashed == {"base": len(WEIGHTS)}
    assert find(tmp_path, tmp_path / "cache") == (found, {})
    write(file, WEIGHTS[::-1])
    os.utime(file, ns=(1, 1))
    again, hashed = find(tmp_path, tmp_path / "cache")
    assert again.models["base"].pin == sha256(WEIGHTS[::-1])
    assert hashed == {"base": len(WEIGHTS)}


@pytest.mark.parametrize("table", [b"{", b"[]", b'{"a": 1}', b'{"a": [[1], 2, 3]}', b"\xff"])
def test_a_broken_table_is_written_anew(tmp_path: Path, table: bytes) -> None:
    write(tmp_path / "models/checkpoints/sd_xl_base.safetensors", WEIGHTS)
    write(tmp_path / "cache/model-hashes.json", table)
    assert find(tmp_path, tmp_path / "cache")[1] == {"base": len(WEIGHTS)}
    assert find(tmp_path, tmp_path / "cache")[1] == {}


def test_subfolders_case_and_old_folder_names(tmp_path: Path) -> None:
    write(tmp_path / "models/checkpoints/SDXL/SD_XL_Base.safetensors", b"a")
    write(tmp_path / "models/unet/flux/flux1.safetensors", b"b")
    write(tmp_path / "models/clip/t5.safetensors", b"c")
    pins = find(tmp_path, tmp_path / "cache")[0].models
    assert {name: pin.pin for name, pin in pins.items()} == {
        "base": sha256(b"a"), "unet": sha256(b"b"), "clip": sha256(b"c"),
    }  # fmt: skip


def test_files_of_one_name_are_told_apart_by_the_registry_s_hash(tmp_path: Path) -> None:
    write(tmp_path / "models/checkpoints/a/sd_xl_base.safetensors", b"a")
    write(tmp_path / "models/checkpoints/b/sd_xl_base.safetensors", b"b")
    found = find(tmp_path, tmp_path / "cache", registry(base=sha256(b"b")))[0]
    assert (found.models["base"].pin, found.notes) == (sha256(b"b"), ())
    unsure = find(tmp_path, tmp_path / "cache")[0]
    assert unsure.models["base"].pin == sha256(b"a")
    assert "differ" in unsure.notes[0]


def test_another_file_than_the_registry_knows_is_said(tmp_path: Path) -> None:
    write(tmp_path / "models/checkpoints/sd_xl_base.safetensors", b"a")
    found = find(tmp_path, tmp_path / "cache", registry(base=sha256(b"b")))[0]
    assert found.models["base"].pin == sha256(b"a")
    assert "another file than the registry knows" in found.notes[0]


EXTRA = """\
# as ComfyUI's own example has it
comfyui:
    base_path: {base}
    is_default: true
    checkpoints: |
        more/checkpoints
        SDXL
    clip: clips
    custom_nodes: nodes
other_ui:
    diffusion_models: {base}/elsewhere
nothing:
"""


def test_extra_model_paths(tmp_path: Path) -> None:
    store, root = tmp_path / "store", tmp_path / "ComfyUI"
    root.mkdir()
    write(root / "extra_model_paths.yaml", EXTRA.format(base=store))
    write(store / "SDXL/sd_xl_base.safetensors", b"extra")
    write(root / "models/checkpoints/sd_xl_base.safetensors", b"own")
    write(store / "clips/t5.safetensors", b"c")
    write(store / "elsewhere/flux/flux1.safetensors", b"b")
    pins = find(root, tmp_path / "cache")[0].models
    assert {name: pin.pin for name, pin in pins.items()} == {
        "base": sha256(b"extra"), "unet": sha256(b"b"), "clip": sha256(b"c"),
    }  # fmt: skip
    assert model_folders(root).packs == (store / "nodes",)


def test_a_base_path_is_relative_to_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIGHTS", "big")
    write(tmp_path / "paths/more.yaml", "a:\n  base_path: ../$WEIGHTS\n  checkpoints: ck\n")
    write(tmp_path / "big/ck/sd_xl_base.safetensors", b"x")
    pins = find(tmp_path / "ComfyUI", tmp_path / "cache", extra=(tmp_path / "paths/more.yaml",))[0].models
    assert pins["base"].pin == sha256(b"x")


def test_what_packs_download_for_themselves(tmp_path: Path) -> None:
    models = {
        "dwpose": {"file": "dw.pt", "folder": "controlnet_aux"},
        "faces": {"file": "models/l", "folder": "insightface"},
    }
    models["cutter"] = {"file": "ckpt_base.pth", "folder": "inspyrenet"}
    known = parse_registry({"version": 1, "models": models})
    write(tmp_path / "home/.transparent-background/ckpt_base.pth", b"c")
    write(tmp_path / "custom_nodes/comfyui_controlnet_aux/ckpts/yzd-v/DWPose/dw.pt", b"d")
    folder = tmp_path / "models/insightface/models/l"
    write(folder / "b.onnx", b"b")
    write(folder / "a.onnx", b"a")
    pins = find(tmp_path, tmp_path / "cache", known)[0].models
    assert (pins["dwpose"].pin, pins["cutter"].pin) == (sha256(b"d"), sha256(b"c"))
    whole = pins["faces"].pin
    assert whole == sha256(f"a.onnx\0{sha256(b'a')}\nb.onnx\0{sha256(b'b')}\n".encode())
    write(folder / "b.onnx", b"B")
    assert find(tmp_path, tmp_path / "cache", known)[0].models["faces"].pin not in (None, whole)


def test_a_broken_extra_file_is_named(tmp_path: Path) -> None:
    write(tmp_path / "extra_model_paths.yaml", "a: [\n")
    with pytest.raises(ContractError) as caught:
        model_folders(tmp_path)
    assert "extra_model_paths.yaml" in caught.value.where


@pytest.mark.parametrize("text", ["5", "a: 5\nb: [1]\n", "- x\n", "a: {base_path: 5, loras: [1]}\n"])
def test_what_makes_no_sense_in_an_extra_file_adds_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path / "extra_model_paths.yaml", text)
    assert model_folders(tmp_path).places == {}


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path / "models/checkpoints/deep/x.txt", b"")
    try:
        (tmp_path / "models/checkpoints/deep/again").symlink_to(tmp_path / "models", target_is_directory=True)
    except OSError:
        pytest.skip("links need a privilege here")
    assert find(tmp_path, tmp_path / "cache")[0].models == {}


@pytest.mark.parametrize(
    "place", [{"file": "../../secret"}, {"file": "/etc/passwd"}, {"folder": ".."}, {"file": "a\\b"}]
)
def test_no_registry_names_a_file_outside(place: dict[str, str]) -> None:
    with pytest.raises(ContractError):
        parse_registry({"version": 1, "models": {"a": {"file": "a", "folder": "vae", **place}}})


def test_what_a_broken_download_leaves_is_not_pinned(tmp_path: Path) -> None:
    """No hash of nothing gets into a lock: an empty file, an empty folder."""
    write(tmp_path / "models/checkpoints/sd_xl_base.safetensors", b"")
    (tmp_path / "models/diffusion_models/flux/flux1.safetensors").mkdir(parents=True)
    write(tmp_path / "models/text_encoders/t5.safetensors", WEIGHTS)
    found, _ = find(tmp_path, tmp_path / "cache")
    assert {name: pin.pin for name, pin in found.models.items()} == {
        "base": None, "unet": None, "clip": sha256(WEIGHTS),
    }  # fmt: skip
    assert sorted(note.partition(":")[0] for note in found.notes) == ["base is not hashed", "unet is not hashed"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "models/checkpoints").mkdir(parents=True)
    os.mkfifo(tmp_path / "models/checkpoints/sd_xl_base.safetensors")
    found, _ = find(tmp_path, tmp_path / "cache")
    assert found.models["base"].pin is None
    assert "neither a file nor a folder" in found.notes[0]


def test_paths_that_no_system_has_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "models/checkpoints/sd_xl_base.safetensors", WEIGHTS)
    write(
        tmp_path / "extra_model_paths.yaml",
        'a:\n  base_path: ~nobody_of_this_name/x\n  checkpoints: "a\\0b"\n  custom_nodes: "c\\0d"\n',
    )
    found, _ = find(tmp_path, tmp_path / "cache")
    assert found.models["base"].pin == sha256(WEIGHTS)
    assert model_folders(tmp_path).packs == ()
