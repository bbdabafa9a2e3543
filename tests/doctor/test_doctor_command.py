"""`comfyvn doctor` on real sockets: servers of every kind, a novel and none, what it prints and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from comfyvn.bridge.speech import Speech, Spoken
from comfyvn.bridge.tts import embedded
from comfyvn.cli import main
from comfyvn.doctor.finding import Finding, summary
from comfyvn.doctor.installation import HERE, examine_installation, program, renpy, room, speech
from comfyvn.doctor.junit import junit
from comfyvn.errors import VoiceError
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.facts import dump_facts, to_facts
from comfyvn.reading import read_definitions, read_registry
from comfyvn.reading.toolbox import shipped_registry
from tests.fakes.comfy import FakeComfy, paint, running
from tests.fakes.novel_runs import tree
from tests.fakes.small_novel import write, write_small_novel

Told = dict[tuple[str, str], list[dict[str, str]]]


@pytest.fixture
def fake() -> Iterator[FakeComfy]:
    """A server with the shipped classes and every model of the shipped registry."""
    with running(FakeComfy(paint)) as server:
        folders = read_registry(Path()).models_by_folder()
        server.definitions = read_definitions().with_options(folders).to_object_info()
        yield server


@pytest.fixture
def novel(tmp_path: Path, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMFYVN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("COMFYVN_CACHE", str(tmp_path / "cache"))
    root = write_small_novel(tmp_path / "novel")
    write(root / "providers/servers.yaml", f"servers: {{gpu: {{url: '{fake.url}'}}}}\n")
    return root


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Told]]:
    def run(root: Path, *arguments: str) -> tuple[int, Told]:
        code = main(["--dir", str(root), "doctor", "--json", *arguments])
        document = json.loads(capsys.readouterr().out)
        assert document["healthy"] == (code == 0)
        found: Told = {}
        for finding in document["findings"]:
            found.setdefault((finding["place"], finding["check"]), []).append(finding)
        return code, found

    return run


def _levels(found: Told, *key: str) -> list[str]:
    return [finding["level"] for finding in found[key[0], key[1]]]


def test_a_healthy_novel(novel: Path, told: Callable[..., tuple[int, Told]]) -> None:
    before = tree(novel)
    code, found = told(novel)
    assert (code, [each for findings in found.values() for each in findings if each["level"] == "error"]) == (0, [])
    assert _levels(found, "gpu", "reachable") == ["good"]
    assert _levels(found, "gpu", "version") == ["good"]
    assert "RTX 4090" in found["gpu", "device"][0]["said"]
    assert _levels(found, "gpu", "disk space") == ["note"]
    assert _levels(found, "gpu: sprite_pack", "node classes") == ["good"]
    assert _levels(found, "draft: background_variant", "values") == ["good"]
    assert set(_levels(found, HERE, "speech")) == {"good"}  # Piper, too, where it is installed
    assert _levels(found, HERE, "SSH") == ["note"]
    assert tree(novel) == before  # it never changes anything


def test_one_server_and_one_workflow(novel: Path, told: Callable[..., tuple[int, Told]]) -> None:
    code, found = told(novel, "--server", "gpu", "--workflow", "background")
    assert code == 0
    assert {place for place, _ in found} == {"this novel", "gpu", "gpu: background"}


def test_a_workflow_that_the_novel_does_not_use(
    novel: Path, fake: FakeComfy, told: Callable[..., tuple[int, Told]]
) -> None:
    assert told(novel, "--server", "gpu", "--workflow", "voice_clip_xtts")[0] == 0
    gone = [name for name, node in fake.definitions.items() if "XTTS" in node["python_module"]]
    for name in gone:
        del fake.definitions[name]
    code, found = told(novel, "--server", "gpu", "--workflow", "voice_clip_xtts")
    assert code == 1
    assert "XTTS" in found["gpu: voice_clip_xtts", "node classes"][0]["said"]


def test_a_server_that_is_off(novel: Path, told: Callable[..., tuple[int, Told]]) -> None:
    write(novel / "providers/servers.yaml", "servers: {gpu: {url: 'http://127.0.0.1:9'}}\n")
    code, found = told(novel, "--server", "gpu")
    assert code == 1
    assert "cannot be reached" in found["gpu", "reachable"][0]["said"]
    assert "start it" in found["gpu", "reachable"][0]["todo"]


def test_classes_of_the_novel_itself_are_on_the_draft_endpoint(
    novel: Path, told: Callable[..., tuple[int, Told]]
) -> None:
    shipped = read_definitions()
    mine = replace(shipped.classes["SaveImage"], name="MySave", pack="Mine")
    own = Definitions({"MySave": mine}, shipped.comfyui)
    (novel / "providers/nodes.json").write_text(dump_facts(to_facts(own)), encoding="utf-8")
    workflow = json.loads((Path(__file__).parents[2] / "comfyvn/workflows/background.json").read_text("utf-8"))
    saving = next(node for node in workflow["graph"].values() if node["class_type"] == "SaveImage")
    saving["class_type"] = "MySave"
    workflow["packs"].append("Mine")
    write(novel / "workflows/background.json", workflow)
    registry = json.loads(shipped_registry())
    registry["packs"]["Mine"] = {"repo": "me/mine"}
    write(novel / "providers/providers.json", registry)
    _, found = told(novel, "--server", "draft", "--workflow", "background")
    assert _levels(found, "draft: background", "node classes") == ["good"]


def test_odd_definitions_of_one_pack_hide_nothing(
    novel: Path, fake: FakeComfy, told: Callable[..., tuple[int, Told]]
) -> None:
    """Python packs say infinity, which JSON has no word for, and some say things that make no sense."""
    steps = fake.definitions["KSampler"]["input"]["required"]["steps"]
    steps[1] = {**steps[1], "max": float("inf"), "min": float("-inf")}
    fake.definitions |= {"Odd": {"output": 3}, "Odder": {"input": [1]}}
    fake.definitions["Oddest"] = {"input": {"required": {"x": [], "y": None}}, "output": []}
    fake.overrides["GET /object_info"] = [(200, json.dumps(fake.definitions), {"content-type": "application/json"})]
    code, found = told(novel, "--server", "gpu", "--workflow", "background")
    assert (code, _levels(found, "gpu: background", "node classes")) == (0, ["good"])
    assert "has max inf" in found["gpu: background", "definitions"][0]["said"]


def test_a_server_that_wants_a_secret(novel: Path, fake: FakeComfy, told: Callable[..., tuple[int, Told]]) -> None:
    fake.wants_header = ("authorization", "Bearer abc")
    _, found = told(novel, "--server", "gpu")
    assert "refuses us" in found["gpu", "reachable"][0]["said"]


@pytest.mark.parametrize(
    ("version", "level", "word"),
    [("0.3.10", "warning", "older"), ("0.9.1", "good", "tested with"), ("", "note", "does not say"),
     ("0.3.64+comfyvn.draft", "warning", "placeholders"), ("\x1b[31mwild", "note", "wild")],
)  # fmt: skip
def test_versions(
    novel: Path, fake: FakeComfy, told: Callable[..., tuple[int, Told]], version: str, level: str, word: str
) -> None:
    devices = [{"name": "cpu", "type": "cpu", "vram_total": 8 * 2**30, "vram_free": 2**30}, "nonsense"]
    stats: dict[str, Any] = {"system": {"comfyui_version": version}, "devices": devices}
    fake.overrides["GET /system_stats"] = [(200, json.dumps(stats), {"content-type": "application/json"})]
    _, found = told(novel, "--server", "gpu", "--workflow", "background")
    (finding,) = found["gpu", "version"]
    assert (finding["level"], word in finding["said"], "\x1b" in finding["said"]) == (level, True, False)
    assert found["gpu", "device"][0]["level"] == "warning"
    assert "8.0 GiB RAM (1.0 free)" in found["gpu", "device"][0]["said"]


def test_names_that_mean_nothing(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--dir", str(novel), "doctor", "--server", "gpa"]) == 2
    assert 'did you mean "gpu"?' in capsys.readouterr().err
    assert main(["--dir", str(novel), "doctor", "--workflow", "sprite_pak"]) == 2
    assert 'did you mean "sprite_pack"?' in capsys.readouterr().err


def test_a_novel_that_is_not_sound_hides_nothing_else(novel: Path, told: Callable[..., tuple[int, Told]]) -> None:
    write(novel / "data/locations/pier.json", {"version": 1, "id": "pier"})
    code, found = told(novel)
    assert code == 1
    assert "comfyvn check" in found["this novel", "contracts"][0]["todo"]
    assert _levels(found, "gpu", "reachable") == ["good"]
    assert (HERE, "speech") in found


def test_without_a_novel(tmp_path: Path, novel: Path, told: Callable[..., tuple[int, Told]]) -> None:
    code, found = told(tmp_path)
    assert code == 0
    assert {place for place, _ in found} == {"draft", HERE}
    assert (HERE, "novel") in found


def test_the_table_and_the_report(novel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(novel / "providers/servers.yaml", "servers: {gpu: {url: 'http://127.0.0.1:9'}}\n")
    report = tmp_path / "doctor.xml"
    assert main(["--dir", str(novel), "doctor", "--server", "gpu", "--junit", str(report)]) == 1
    shown = capsys.readouterr().out
    assert "ERROR  reachable" in shown
    assert "to do: start it" in shown
    assert shown.splitlines()[-1] == "1 error; 1 other check is good"
    suites = JUnitXml.fromfile(str(report))
    assert (suites.tests, suites.failures) == (2, 1)
    assert main(["--dir", str(novel), "doctor", "--server", "gpu", "--junit", str(tmp_path / "no/where.xml")]) == 1
    assert "cannot write the report" in capsys.readouterr().err


def test_junit_takes_any_text() -> None:
    found = [
        Finding("gpu", "x", "error", "\x00\x1b<&>", "do"),
        Finding("gpu", "y", "note", "seen"),
        Finding("b", "z", "good", ""),
    ]
    suites = JUnitXml.fromstring(junit(found))
    assert [(suite.name, suite.tests, suite.failures) for suite in suites] == [("gpu", 2, 1), ("b", 1, 0)]
    assert junit(found) == junit(found)


def test_summary() -> None:
    found = [Finding("a", "b", level, "") for level in ("error", "error", "warning", "good", "note")]  # type: ignore[arg-type]
    assert summary(found) == "2 errors, 1 warning; 2 other checks are good"
    assert summary(found[3:]) == "nothing is wrong; 2 other checks are good"


class _Mute:
    name, repeatable = "mute", True

    def version(self) -> str:
        return "1"

    def speak(self, speech: Speech) -> Spoken:
        raise VoiceError("no library", "mute", "install it")


def test_speech_engines() -> None:
    found = list(speech({"mute": _Mute()}, [("xtts", "mute"), ("piper",)]))
    assert [(finding.level, finding.said.partition(":")[0]) for finding in found] == [
        ("error", "mute"), ("error", "piper"), ("error", "xtts")
    ]  # fmt: skip
    assert "a clip names no other that works" in found[1].said


def test_an_engine_that_is_not_here_matters_only_to_clips_without_another() -> None:
    found = list(speech({"espeak": embedded()["espeak"]}, [("xtts", "espeak"), ("espeak",)]))
    assert [finding.level for finding in found] == ["good", "note"]


def test_an_extra_that_is_installed_and_does_not_speak_is_a_warning_while_nobody_names_it() -> None:
    found = list(speech({"espeak": embedded()["espeak"], "mute": _Mute()}, [("espeak",)]))
    assert [(finding.level, finding.said.partition(" ")[0]) for finding in found] == [
        ("good", "espeak"), ("warning", "mute:")
    ]  # fmt: skip


@pytest.mark.parametrize(("gib", "level"), [(0.4, "error"), (1.0, "warning"), (6.0, "good")])
def test_room(tmp_path: Path, gib: float, level: str) -> None:
    asked: list[Path] = []

    def free(folder: Path) -> int:
        asked.append(folder)
        return int(gib * 2**30)

    finding = room("build/", tmp_path / "not/yet/there", free)
    assert (finding.level, finding.check) == (level, "room for build/")
    assert f"{gib} GiB free at" in finding.said
    assert asked == [tmp_path]


def test_a_disk_that_cannot_be_asked(tmp_path: Path) -> None:
    def fail(_folder: Path) -> int:
        raise OSError(5, "Input/output error")

    assert room("the cache", tmp_path, fail).level == "warning"


def test_everything_on_this_computer_is_looked_at(tmp_path: Path) -> None:
    found = list(examine_installation({"build/": tmp_path}, {}, []))
    assert [finding.check for finding in found] == [
        "version", "room for build/", "listening", "sound", "video", "Ren'Py", "git", "SSH"
    ]  # fmt: skip


def test_programs(tmp_path: Path) -> None:
    engine = tmp_path / "renpy.sh"
    assert (renpy({"RENPY": str(engine)}).level, renpy({"RENPY": str(engine)}).said) == (
        "warning", f"$RENPY: there is no {engine}",
    )  # fmt: skip
    engine.write_text("#!/bin/sh\n")
    engine.chmod(0o755)
    assert renpy({"RENPY": str(engine)}).said == str(engine)
    assert program("no-such-program-anywhere", "used by x", "install it").level == "note"


def test_every_check_is_in_the_docs(novel: Path, told: Callable[..., tuple[int, Told]]) -> None:
    page = (Path(__file__).parents[2] / "docs/doctor.md").read_text("utf-8")
    _, found = told(novel)
    assert {check for _, check in found if f"`{check}`" not in page} == set()
