"""The section `voices:` of servers.yaml: what is wrong with it, what of it is heard, and no secret in what is shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml

from comfyvn.bridge.voices import alltalk, gpt_sovits, openai, xtts_server
from comfyvn.bridge.voices.named import VoiceServer, read_voices, version_of
from comfyvn.bridge.voices.served import dialect, engines_of
from comfyvn.contracts.servers import VOICE_SETTINGS, VoiceKind
from comfyvn.contracts.speakers import ENGINES
from comfyvn.errors import ContractError, Problem
from comfyvn.reading import read
from tests.fakes.small_novel import write_small_novel

GOOD = """
servers:
  gpu: {url: "http://127.0.0.1:8188"}
voices:
  studio:
    url: https://host.example/tts/
    engine: openai
    model: kokoro
    voice: af_heart
    settings: {speed: 1.1}
    headers: {Authorization: {env: TTS_TOKEN, prefix: "Bearer "}}
    slots: 2
  clone: {url: "http://127.0.0.1:8020", engine: xtts_server}
"""


def found(text: str, **environ: str) -> list[VoiceServer]:
    return list(read_voices(yaml.safe_load(text), environ, "providers/servers.yaml"))


def problems(text: str) -> list[Problem]:
    with pytest.raises(ContractError) as caught:
        found(text)
    return list(caught.value.problems)


def test_a_section_becomes_speech_servers_in_its_order() -> None:
    studio, clone = found(GOOD, TTS_TOKEN="tops3cret\n")
    assert (studio.place.name, studio.place.url, studio.place.slots) == ("studio", "https://host.example/tts", 2)
    assert studio.place.headers == {"Authorization": "Bearer tops3cret"}
    assert "tops3cret" not in repr(studio) + studio.place.label()
    assert (clone.engine, clone.model, clone.voice, dict(clone.settings), clone.place.slots) == (
        "xtts_server", None, None, {}, 1,
    )  # fmt: skip
    assert found(GOOD)[0].place.unset == ("TTS_TOKEN",)


@pytest.mark.parametrize("document", ["", "servers: {}", "voices: {}"])
def test_no_section_is_no_problem(document: str) -> None:
    assert found(document) == []


def test_every_problem_is_told_at_once_with_its_path() -> None:
    text = """
voices:
  a: {url: ftp://x, engine: openai, slots: 0, modle: x}
  b: {engine: openai}
  c: {url: "http://h"}
  d: {url: "http://h", engine: elevenlabs}
  E: {url: "http://h", engine: openai}
  f: {url: "http://h", engine: openai, settings: {temperature: .nan}, voice: "", model: "a\\x1bb", wait_s: -1}
  g: http://h
"""
    assert {(problem.path, problem.suggestion) for problem in problems(text)} == {
        ("$.voices.a.url", ""),
        ("$.voices.a.slots", ""),
        ("$.voices.a.modle", "model"),
        ("$.voices.b.url", ""),
        ("$.voices.c.engine", ""),
        ("$.voices.d.engine", ""),
        ("$.voices.E", ""),
        ("$.voices.f.settings", ""),
        ("$.voices.f.voice", ""),
        ("$.voices.f.model", ""),
        ("$.voices.f.wait_s", ""),
        ("$.voices.g", ""),
    }
    said = {problem.path: problem.said() for problem in problems(text)}
    assert "openai, xtts_server, alltalk, gpt_sovits" in said["$.voices.c.engine"]
    assert "g: {url: http://127.0.0.1:8000, engine: openai}" in said["$.voices.g"]


@pytest.mark.parametrize(
    "entry",
    [
        "{url: 'http://h', engine: openai, headers: {Authorization: tops3cret}}",
        "{url: 'http://h', engine: openai, headers: {Authorization: {env: TOKEN, value: tops3cret}}}",
        "{url: 'http://user:tops3cret@h', engine: openai}",
        "{url: 'http://h/?key=tops3cret', engine: openai}",
        "{url: 'http://h', engine: openai, settings: tops3cret}",
        "{url: 'http://h', engine: openai, settings: [tops3cret]}",
        "[tops3cret]",
    ],
)
def test_what_may_be_a_secret_is_refused_and_not_repeated(entry: str) -> None:
    assert "tops3cret" not in "".join(map(str, problems(f"voices: {{a: {entry}}}")))


@pytest.mark.parametrize("text", ["voices: []", "voices: {a: null}", "voices: {a: {url: {}, engine: []}}"])
def test_a_section_of_another_shape_is_refused(text: str) -> None:
    assert problems(text)


def test_the_user_says_only_what_is_different_about_a_server_of_the_novel() -> None:
    theirs = {server.place.name: server for server in found(GOOD)}
    own = yaml.safe_load("voices: {studio: {settings: {speed: 1.5, lang_code: a}, headers: {X-Key: {env: MINE}}}}")
    (studio,) = read_voices(own, {"MINE": "tops3cret"}, "/home/me/servers.yaml", Path("/novel"), theirs)
    assert (studio.place.url, studio.model, studio.place.slots) == ("https://host.example/tts", "kokoro", 2)
    assert studio.settings == {"speed": 1.5, "lang_code": "a"}
    assert studio.place.headers == {"X-Key": "tops3cret"} and studio.place.unset == ()


def test_a_setting_that_the_engine_has_not_is_refused_with_the_nearest() -> None:
    (problem,) = problems("voices: {a: {url: 'http://h', engine: gpt_sovits, settings: {temprature: 1, top_k: 5}}}")
    assert (problem.path, problem.suggestion) == ("$.voices.a.settings.temprature", "temperature")


def test_the_adapters_take_just_these_settings() -> None:
    own = {
        "openai": {*openai.PASSED, "speed", "word_times"},
        "xtts_server": {*xtts_server.STATE},
        "alltalk": {*alltalk.PASSED, "speed", "rvc", "rvc_pitch"},
        "gpt_sovits": {*gpt_sovits.PASSED, "speed"},
    }
    assert own == {engine: set(names) for engine, names in VOICE_SETTINGS.items()}


SAME = ("{speed: 1, volume_multiplier: 2.0}", "{volume_multiplier: 2, speed: 1}")


def test_what_is_heard_is_in_the_version_and_the_machine_is_not() -> None:
    def version(more: str) -> str:
        return version_of(found(f"voices: {{a: {{engine: openai, {more}}}}}")[0])

    plain = version("url: 'http://h'")
    assert plain == version("url: 'https://other/base', slots: 9, silence_s: 3, wait_s: 0, verify: false") == "1"
    assert version("url: 'http://h', model: 'a@b'") == "1+a_b"
    others = {version(f"url: 'http://h', {more}") for more in ("voice: x", "voice: y", "settings: {speed: 1.1}")}
    assert len(others | {plain}) == 4
    one, same = (version(f"url: 'http://h', settings: {text}") for text in SAME)
    assert one == same


def test_servers_of_one_engine_must_be_heard_alike() -> None:
    alike = "voices: {a: {url: 'http://h', engine: openai, voice: x}, b: {url: 'http://i', engine: openai, voice: x}}"
    (engine,) = engines_of(found(alike)).values()
    assert engine.name == "openai"
    with pytest.raises(ContractError, match='"a" and "b" are both openai, and would be heard differently'):
        engines_of(found(alike.replace("voice: x}}", "voice: y}}")))


def test_check_tells_where_it_stands(tmp_path: Path) -> None:
    text = (
        "voices:\n  a: {url: 'http://h', engine: openai}\n"
        "  b: {url: 'http://i', engine: openai, model: x}\n  c: {url: 'http://i', engine: alltalk}\n"
    )
    write_small_novel(tmp_path, {"providers/servers.yaml": text})
    (problem,) = read(tmp_path).problems
    assert (problem.file, problem.line, problem.path) == ("providers/servers.yaml", 3, "$.voices.b")


def test_planning_with_speech_servers_loads_no_http_client() -> None:
    code = (
        "import sys; from comfyvn.bridge.voices.named import read_voices; "
        "from comfyvn.bridge.voices.served import engines_of; from comfyvn.bridge.tts import versions; "
        "document = {'voices': {'a': {'url': 'http://h', 'engine': 'openai'}}}; "
        "print(versions(engines_of(read_voices(document, {}, 'f'))), {'httpx', 'numpy', 'tenacity'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "{'openai': '1'} set()"


def test_every_server_kind_is_an_engine_that_contracts_know() -> None:
    assert set(get_args(VoiceKind)) <= set(ENGINES)
    assert all(dialect(name).say for name in get_args(VoiceKind))


