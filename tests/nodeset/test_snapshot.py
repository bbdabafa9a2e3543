"""Files of other tools: ComfyUI-Manager's snapshots in both forms, comfy-lock.yaml; there and back."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from comfyvn.errors import ContractError, UsageError
from comfyvn.nodeset.merging import merged
from comfyvn.nodeset.repository import repository_of, url_of
from comfyvn.nodeset.snapshot import read_snapshot, to_comfy_lock, to_snapshot
from comfyvn.providers import Lock, ModelPin, PackPin, Registry
from comfyvn.reading import read_registry
from tests.fakes.small_novel import write

A, B, DIGITS, HASH = "a" * 40, "b" * 40, "1234567890" * 4, "c" * 64

# As ComfyUI-Manager 3 saves one: remotes in the form that was cloned, packs of the registry by id, pip's freeze.
SNAPSHOT = {
    "comfyui": A,
    "git_custom_nodes": {
        "https://github.com/ltdrdata/ComfyUI-Impact-Pack": {"hash": B, "disabled": False},
        "https://github.com/kijai/ComfyUI-KJNodes.git": {"hash": DIGITS, "disabled": False},
        "git@github.com:cubiq/ComfyUI_IPAdapter_plus.git": {"hash": "unknown", "disabled": False},
        "https://github.com/AIFSH/ComfyUI-XTTS": {"hash": B, "disabled": True},
        "https://gitlab.com/somebody/else": {"hash": B, "disabled": False},
        "D:\\mirrors\\ComfyUI_FizzNodes.git": {"hash": B + "\n", "disabled": False},  # Manager reads HEAD's whole line
    },
    "cnr_custom_nodes": {"comfyui-videohelpersuite": "1.7.9", "comfyui-manager": "3.37.1"},
    "file_custom_nodes": [{"filename": "websocket_image_save.py", "disabled": False}],
    "pips": {"torch==2.8.0": "", "sageattention": "file:///wheels/x.whl"},
}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return read_registry(tmp_path)


def save(folder: Path, name: str) -> Path:
    file = folder / name
    if file.suffix == ".json":
        write(file, json.dumps(SNAPSHOT, indent=4))
    else:
        write(file, yaml.dump({"custom_nodes": SNAPSHOT}, allow_unicode=True))
    return file


@pytest.mark.parametrize("name", ["snapshot.json", "snapshot.yaml"])
def test_a_snapshot_claims_commits_and_versions(tmp_path: Path, registry: Registry, name: str) -> None:
    found = read_snapshot(save(tmp_path, name), registry)
    assert {name: pin.pin for name, pin in found.packs.items()} == {
        "ComfyUI": A, "ComfyUI-Impact-Pack": B, "ComfyUI-KJNodes": DIGITS, "ComfyUI_IPAdapter_plus": None,
        "ComfyUI-VideoHelperSuite": "1.7.9", "ComfyUI_FizzNodes": B,
    }  # fmt: skip
    assert {pin.state for pin in found.packs.values()} == {"claimed"}
    assert found.lists_packs


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "comfy-lock.yaml"])
def test_what_is_exported_reads_back(tmp_path: Path, registry: Registry, name: str) -> None:
    packs = {
        "ComfyUI": PackPin(commit=A),
        "ComfyUI-KJNodes": PackPin(commit=DIGITS),
        "ComfyUI_FizzNodes": PackPin(commit=B, source="me/ComfyUI_FizzNodes"),
        "ComfyUI-VideoHelperSuite": PackPin(version="1.7.9", cnr="comfyui-videohelpersuite"),
    }
    models = {"sdxl_base": ModelPin(sha256=HASH)}
    lock = Lock(packs={**packs, "Comfy-RVC": PackPin()}, models=models)
    is_lock = name == "comfy-lock.yaml"
    exported = to_comfy_lock(lock, registry) if is_lock else to_snapshot(lock, registry, name == "a.yaml")
    assert exported.left_out == ("Comfy-RVC",)
    write(tmp_path / name, exported.text)
    back = merged(Lock(), read_snapshot(tmp_path / name, registry))
    assert back.packs == packs
    assert back.models == (models if is_lock else {})
    again = to_comfy_lock(back, registry) if is_lock else to_snapshot(back, registry, name == "a.yaml")
    assert again.text == exported.text


def test_the_exported_forms_are_those_of_the_tools(registry: Registry) -> None:
    lock = Lock(packs={"ComfyUI-KJNodes": PackPin(commit=A)}, models={"sdxl_base": ModelPin(sha256=HASH)})
    nodes = {
        "comfyui": None,
        "git_custom_nodes": {"https://github.com/kijai/ComfyUI-KJNodes": {"hash": A, "disabled": False}},
        "cnr_custom_nodes": {},
        "file_custom_nodes": [],
        "pips": {},
    }
    assert json.loads(to_snapshot(lock, registry).text) == nodes
    assert yaml.safe_load(to_snapshot(lock, registry, as_yaml=True).text) == {"custom_nodes": nodes}
    document = yaml.safe_load(to_comfy_lock(lock, registry).text)
    assert set(document) == {"basic", "models", "custom_nodes"}
    (model,) = document["models"]
    assert model["paths"] == [{"path": "models/checkpoints/sd_xl_base_1.0.safetensors"}]
    assert model["hashes"] == [{"hash": HASH, "type": "SHA256"}]


def test_models_of_a_foreign_lock_are_known_by_their_place(tmp_path: Path, registry: Registry) -> None:
    entry = {
        "model": "SDXL Base 1.0",
        "url": "https://huggingface.co/x",
        "paths": [{"path": "/srv/ComfyUI/models/checkpoints/sd_xl_base_1.0.safetensors"}],
        "hashes": [{"hash": "00", "type": "AutoV2"}, {"hash": HASH.upper(), "type": "SHA256"}],
    }
    stray = {"model": "other", "paths": [{"path": "x"}, "y"], "hashes": [{"hash": HASH, "type": "SHA256"}]}
    document = {"basic": None, "models": [entry, stray, 3], "custom_nodes": {"comfyui": A}}
    write(tmp_path / "comfy-lock.yaml", yaml.dump(document))
    assert read_snapshot(tmp_path / "comfy-lock.yaml", registry).models == {"sdxl_base": ModelPin(sha256=HASH)}


@pytest.mark.parametrize("commit", [None, "", "0" * 40, "unknown", "main", 0, True, ["a"], "a" * 39])
def test_what_is_no_commit_pins_nothing(tmp_path: Path, registry: Registry, commit: object) -> None:
    url = "https://github.com/kijai/ComfyUI-KJNodes"
    write(tmp_path / "s.json", {"comfyui": commit, "git_custom_nodes": {url: {"hash": commit}}})
    assert {pin.pin for pin in read_snapshot(tmp_path / "s.json", registry).packs.values()} == {None}


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.json", "{"), ("a.json", "[]"), ("a.json", '{"nodes": []}'), ("a.yaml", "a: *b"), ("a.yaml", ""),
     ("a.json", '{"custom_nodes": {}}')],
)  # fmt: skip
def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path, registry: Registry, name: str, text: str) -> None:
    write(tmp_path / name, text)
    with pytest.raises(ContractError) as caught:
        read_snapshot(tmp_path / name, registry)
    assert name in caught.value.where


def test_shapes_that_no_tool_writes_do_no_harm(tmp_path: Path, registry: Registry) -> None:
    git = {"": 3, "https://[": {"hash": A}, "https://github.com/a\u202eb/c": {"hash": A}}
    cnr = {"comfyui-kjnodes": 3, "comfyui_fizznodes": "../.."}
    write(tmp_path / "a.json", {"comfyui": {}, "git_custom_nodes": git, "cnr_custom_nodes": cnr, "models": "x"})
    assert {name: pin.pin for name, pin in read_snapshot(tmp_path / "a.json", registry).packs.items()} == {
        "ComfyUI": None
    }


def test_a_file_that_is_not_there(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(UsageError):
        read_snapshot(tmp_path / "none.json", registry)


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("https://github.com/Owner/Name", "Owner/Name"),
        ("https://github.com/Owner/Name.git/", "Owner/Name"),
        ("http://www.GitHub.com/Owner/Name", "Owner/Name"),
        ("git@github.com:Owner/Name.git", "Owner/Name"),
        ("ssh://git@github.com:22/Owner/Name.git", "Owner/Name"),
        ("git://github.com/Owner/Name.git", "Owner/Name"),
        ("github.com/Owner/Name", "Owner/Name"),
        ("https://user:token@github.com/Owner/Name?x=1#y", "Owner/Name"),
        ("https://gitlab.com/a/b/c.git", "gitlab.com/a/b/c"),
        ("me@example.org:x/y", "example.org/x/y"),
        ("C:\\packs\\name", ""),
        ("/srv/packs/name.git", ""),
        ("../name", ""),
        ("file:///srv/name", ""),
        ("", ""),
    ],
)
def test_addresses_of_repositories(url: str, repository: str) -> None:
    assert repository_of(url) == repository
    assert not repository or repository_of(url_of(repository)) == repository


@given(st.text(), st.text())
def test_no_password_stays_in_an_address(user: str, password: str) -> None:
    secrets = f"{quote(user, safe='')}:{quote(password, safe='')}"
    assert repository_of(f"https://{secrets}@github.com/Owner/Name.git") == "Owner/Name"
    assert repository_of(f"ssh://{secrets}@example.org:22/x/y") == "example.org/x/y"


@example("\x1f/0", "https://{}")
@given(st.text(), st.sampled_from(["{}", "https://{}", "https://github.com/{}", "git@{}:a/b", "git@github.com:{}"]))
def test_whatever_stands_for_an_address_is_told_or_passed_over(text: str, form: str) -> None:
    found = repository_of(form.format(text))
    assert found == "" or (found.isprintable() and "/" in found)


@pytest.mark.parametrize(
    "models", ["5", "[5]", "[{model: [1]}]", "[{hashes: 5}]", "[{hashes: [5], paths: 5, model: {}}]"]
)
def test_what_makes_no_sense_in_a_comfy_lock_is_passed_over(tmp_path: Path, models: str) -> None:
    file = tmp_path / "comfy-lock.yaml"
    write(file, f"custom_nodes: {{comfyui: null}}\nmodels: {models}\n")
    assert read_snapshot(file, read_registry(tmp_path)).models == {}


@pytest.mark.parametrize(
    "models",
    [
        "5",
        "[5, x]",
        "[{model: x, hashes: 5}]",
        "[{model: [1], paths: 7}]",
        "[{model: {a: b}, paths: [1], hashes: [2]}]",
    ],
)
def test_models_of_any_shape_are_passed_over(tmp_path: Path, registry: Registry, models: str) -> None:
    write(tmp_path / "comfy-lock.yaml", f"custom_nodes: {{comfyui: {A}}}\nmodels: {models}\n")
    found = read_snapshot(tmp_path / "comfy-lock.yaml", registry)
    assert (found.packs["ComfyUI"].commit, found.models) == (A, {})


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "-5", "1" * 70])
def test_a_number_that_is_no_commit(tmp_path: Path, registry: Registry, number: str) -> None:
    write(tmp_path / "a.yaml", f"comfyui: {number}\n")
    assert read_snapshot(tmp_path / "a.yaml", registry).packs["ComfyUI"].pin is None


@pytest.mark.parametrize("url", ["https://h\udcff/o/x", "https://h\x1b[31m/o/x"])
def test_a_host_that_cannot_be_written_down_is_none(url: str) -> None:
    assert repository_of(url) == ""
