"""Reading servers.yaml: every problem at once, and no secret in anything that is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from comfyvn.bridge.servers import Server, read_servers
from comfyvn.errors import ContractError, Problem

GOOD = r"""
servers:
  gpu:
    url: https://host.example:8443/comfy/
    slots: 2
    headers:
      Authorization: {env: GPU_TOKEN, prefix: "Bearer "}
    models:
      sdxl_base: 'SDXL\x.safetensors'
    silence_s: 300
    verify: false
  sketch: {url: "http://127.0.0.1:9000", kind: draft}
"""


def problems(text: str) -> list[Problem]:
    with pytest.raises(ContractError) as caught:
        read_servers(yaml.safe_load(text), {}, "providers/servers.yaml")
    return list(caught.value.problems)


def test_a_file_becomes_servers_in_its_order() -> None:
    gpu, sketch = read_servers(yaml.safe_load(GOOD), {"GPU_TOKEN": "tops3cret\n"}, "servers.yaml")
    assert gpu == Server(
        name="gpu",
        url="https://host.example:8443/comfy",
        slots=2,
        headers={"Authorization": "Bearer tops3cret"},
        models={"sdxl_base": "SDXL\\x.safetensors"},
        silence_s=300.0,
        verify=False,
    )
    assert (sketch.kind, sketch.slots, sketch.is_local()) == ("draft", 2, True)
    assert "tops3cret" not in repr(gpu) + str(gpu) + gpu.label()
    assert gpu.redact("Bearer tops3cret, tops3cret") == "[secret], [secret]"


@pytest.mark.parametrize("environ", [{}, {"GPU_TOKEN": " \n"}])
def test_an_unset_variable_waits_until_the_server_is_used(environ: dict[str, str]) -> None:
    gpu, _ = read_servers(yaml.safe_load(GOOD), environ, "servers.yaml")
    assert gpu.unset == ("GPU_TOKEN",) and not gpu.headers


def test_the_user_says_only_what_is_different_about_a_server_of_the_novel() -> None:
    theirs = {server.name: server for server in read_servers(yaml.safe_load(GOOD), {}, "providers/servers.yaml")}
    own = """
servers:
  gpu:
    models: {flux: 'unet\\f.gguf', sdxl_base: mine.ckpt}
    verify: office.pem
    headers: {X-Key: {env: MINE}}
"""
    environ = {"MINE": "tops3cret"}
    (gpu,) = read_servers(yaml.safe_load(own), environ, "/home/me/servers.yaml", Path("/novel"), theirs)
    assert (gpu.url, gpu.slots, gpu.silence_s) == ("https://host.example:8443/comfy", 2, 300.0)
    assert gpu.models == {"sdxl_base": "mine.ckpt", "flux": "unet\\f.gguf"}
    assert gpu.verify == str(Path("/home/me/office.pem"))
    assert gpu.headers == {"X-Key": "tops3cret"} and gpu.unset == ()


def test_a_server_that_nobody_else_names_needs_its_url() -> None:
    with pytest.raises(ContractError, match="the server has no url"):
        read_servers(
            {"servers": {"gpu": {"slots": 1}}}, {}, "servers.yaml", None, {"other": Server("other", "http://x")}
        )


def test_files_are_named_from_the_folder_of_the_one_that_names_them() -> None:
    document = {"servers": {"gpu": {"url": "https://x", "verify": "ca.pem"}}}
    (gpu,) = read_servers(document, {}, "providers/servers.yaml", Path("novel"))
    assert gpu.verify == str(Path("novel/providers/ca.pem"))


@pytest.mark.parametrize("value", ["5", "''", "[]", "'no'", "'True'", "{}"])
def test_verify_is_a_flag_or_a_file(value: str) -> None:
    (problem,) = problems(f"servers: {{gpu: {{url: 'https://h', verify: {value}}}}}")
    assert problem.path == "$.servers.gpu.verify" and "PEM file" in problem.message


@pytest.mark.parametrize("document", [None, {}, {"servers": {}}])
def test_no_servers_is_no_problem(document: object) -> None:
    assert read_servers(document, {}, "servers.yaml") == ()


def test_every_problem_is_told_at_once_with_its_path() -> None:
    text = """
servers:
  gpu: {url: ftp://x, slots: 0, modles: {}}
  Bad Name: {url: "http://127.0.0.1"}
  other: {slots: 2}
extra: 1
"""
    found = {(problem.path, problem.suggestion) for problem in problems(text)}
    assert found == {
        ("$.servers.gpu.url", ""),
        ("$.servers.gpu.slots", ""),
        ("$.servers.gpu.modles", "models"),
        ('$.servers["Bad Name"]', ""),
        ("$.servers.other.url", ""),
        ("$.extra", ""),
    }


@pytest.mark.parametrize("header", ["Bearer tops3cret", "{env: TOKEN, value: tops3cret}", "{env: '$tops3cret'}"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(header: str) -> None:
    (problem,) = problems(f"servers: {{gpu: {{url: 'http://127.0.0.1', headers: {{Authorization: {header}}}}}}}")
    assert problem.path.startswith("$.servers.gpu.headers.Authorization")
    assert "tops3cret" not in str(problem)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:tops3cret@host",
        "http://host/?token=tops3cret",
        "host:8188",
        "http://",
        "http://host:99999",
        "file:///x",
        "http://a b",
    ],
)
def test_urls_that_cannot_be_used_are_refused_and_not_repeated(url: str) -> None:
    (problem,) = problems(f"servers: {{gpu: {{url: '{url}'}}}}")
    assert problem.path == "$.servers.gpu.url" and problem.file == "providers/servers.yaml"
    assert "tops3cret" not in str(problem)


@pytest.mark.parametrize("document", [[], "x", {"servers": []}, {"servers": {"gpu": None}}])
def test_a_file_of_another_shape_is_refused(document: object) -> None:
    with pytest.raises(ContractError):
        read_servers(document, {}, "servers.yaml")


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://localhost:1", True),
        ("http://[::1]:8188", True),
        ("http://10.0.0.2", False),
        ("https://x.org", False),
    ],
)
def test_loopback_is_known(url: str, is_local: bool) -> None:
    assert Server("gpu", url).is_local() is is_local
