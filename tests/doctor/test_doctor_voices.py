"""`comfyvn doctor` and speech servers: each kind on a real socket, held against what a novel asks of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from comfyvn.bridge.servers import Server
from comfyvn.bridge.tts import embedded
from comfyvn.bridge.voices.looks import look
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.cli import main
from comfyvn.doctor.finding import Finding
from comfyvn.doctor.installation import listening, speech
from comfyvn.doctor.voices import Wish, examine_voices, wishes
from comfyvn.errors import VoiceError
from comfyvn.recipe import FileInput, Speak
from tests.fakes import speech_servers as fakes
from tests.fakes.small_novel import NOVEL, write, write_small_novel
from tests.fakes.speech_servers import Asked, FakeSpeech, Reply, serving

APIS: Mapping[str, Any] = {
    "openai": fakes.kokoro,
    "xtts_server": fakes.xtts,
    "alltalk": fakes.alltalk,
    "gpt_sovits": fakes.gpt_sovits,
}


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, FakeSpeech]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(serving(api)) for name, api in APIS.items()}


def server(engine: str, url: str, **more: Any) -> VoiceServer:
    return VoiceServer(Server("studio", url), engine, **more)


def asked(voice: str | None, language: str = "en", engine: str = "openai", is_alone: bool = False) -> Wish:
    return Wish(engine, voice, language, is_alone)


def told(found: list[Finding]) -> dict[str, tuple[str, str]]:
    assert {finding.place for finding in found} == {"studio"}
    return {finding.check: (finding.level, finding.said) for finding in found}


@pytest.mark.parametrize(
    ("engine", "voice", "said", "voices", "languages"),
    [
        ("openai", "af_heart", "openai, models: tts-1, kokoro", "2 voices, the 1 that", "asked for: en"),
        ("xtts_server", "aya", "xtts_server", "2 voices, the 1 that the novel names among them: aya", "en, pt, zh"),
        ("alltalk", "female_01.wav", "alltalk, xtts, xtts - xttsv2_2.0.3", "2 voices, the 1", "ar, cs, de, en"),
        ("gpt_sovits", "refs/aya.wav", "gpt_sovits", "does not list its voices; named: refs/aya.wav", "en, ja, ko"),
    ],
)  # fmt: skip
def test_a_server_that_is_well(
    running: dict[str, FakeSpeech], engine: str, voice: str, said: str, voices: str, languages: str
) -> None:
    before = len(running[engine].asked)
    found = examine_voices([server(engine, running[engine].url)], [asked(voice, engine=engine)])
    assert not [finding for finding in found if finding.level in ("error", "warning")]
    lines = told(found)
    assert lines["engine"] == ("good", said)
    assert voices in lines["voices"][1] and languages in lines["languages"][1]
    assert {each.method for each in running[engine].asked[before:]} == {"GET"}  # it says and changes nothing


@pytest.mark.parametrize("named", APIS)
@pytest.mark.parametrize("real", APIS)
def test_a_server_of_another_kind_is_told_by_its_own(running: dict[str, FakeSpeech], named: str, real: str) -> None:
    found = examine_voices([server(named, running[real].url)], [])
    if named == real:
        assert told(found)["engine"][0] == "good"
        return
    assert told(found)["engine"] == ("error", f"it does not answer as {named}")
    assert found[-1].todo == f"write engine: {real} for it in providers/servers.yaml"


def test_a_voice_that_is_not_there(running: dict[str, FakeSpeech]) -> None:
    url = running["openai"].url
    for is_alone, level in ((True, "error"), (False, "warning")):
        found = examine_voices([server("openai", url)], [asked("af_hart", "ja", is_alone=is_alone), asked("nova")])
        assert told(found)["voices"] == (level, "af_hart is not there")
        (advice,) = [finding.todo for finding in found if finding.check == "voices"]
        assert 'did you mean "af_heart"?' in advice and "af_bella" in advice
    mixed = examine_voices([server("openai", url)], [asked("af_bella(2)+af_heart(1)")])
    assert told(mixed)["voices"][0] == "good"


def test_clips_that_name_no_voice_and_languages_that_it_has_not(running: dict[str, FakeSpeech]) -> None:
    own = [asked("", "de", "xtts_server"), asked("", "en", "xtts_server"), asked(None, "en", "xtts_server")]
    found = told(examine_voices([server("xtts_server", running["xtts_server"].url)], own))
    assert found["voices"] == ("warning", "2 clips name no voice")
    assert found["languages"] == ("warning", "it does not speak de")


def test_a_server_that_is_off_or_wants_a_key() -> None:
    (one,) = examine_voices([server("openai", "http://127.0.0.1:9", wait_s=60.0)], [asked("x", is_alone=True)])
    assert (one.check, one.level) == ("reachable", "error") and "start it" in one.todo

    def locked(_fake: FakeSpeech, _asked: Asked) -> Reply:
        return Reply.json({"error": {"message": "no key"}}, 401)

    with serving(locked) as fake:
        (one,) = examine_voices([server("openai", fake.url)], [])
    assert one.level == "warning" and "HTTP 401" in one.said and "headers" in one.todo


def test_openai_itself_lists_no_voices() -> None:
    with serving(fakes.openedai_speech) as fake:
        found = look(server("openai", fake.url + "/v1"))
    assert found is not None and (found.voices, found.said) == (None, "")


def test_what_clips_ask_is_what_they_would_be_spoken_with() -> None:
    servers = [server("openai", "http://a", voice="af_heart"), server("xtts_server", "http://b")]
    recipes = [
        Speak("openai@1", "Hi", "en", {"voice": "nova"}, ("openai", "espeak")),
        Speak("openai@1", "Hi", "en", {}, ("openai",)),
        Speak("espeak@1", "Hi", "fr", {"voice": "fr"}, ("espeak", "openai")),
        Speak("x@1", "Hi", "en", {}, ("xtts_server",), inputs={"reference": FileInput("a.wav")}),
        Speak("x@1", "Hi", "en", {"engine": {"xtts_server": {"voice": "aya"}}}, ("xtts_server", "alltalk")),
    ]
    assert wishes(recipes, servers) == [
        Wish("openai", "nova", "en", False), Wish("openai", "af_heart", "en", True),
        Wish("openai", "af_heart", "fr", False), Wish("xtts_server", None, "en", True),
        Wish("xtts_server", "aya", "en", False),
    ]  # fmt: skip


# --- the command


def test_the_doctor_asks_them(
    running: dict[str, FakeSpeech], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYVN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("COMFYVN_CACHE", str(tmp_path / "cache"))
    root = write_small_novel(tmp_path / "novel", {}, f"{NOVEL}engines: {{voice: [openai, espeak]}}\n")
    entry = f"{{url: '{running['openai'].url}', engine: openai, voice: af_heart}}"
    write(root / "providers/servers.yaml", f"voices: {{kokoro: {entry}}}\n")
    assert main(["--dir", str(root), "doctor", "--server", "kokoro", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["findings"]
    found = {each["check"]: each for each in told if each["place"] == "kokoro"}
    assert [found[check]["level"] for check in ("reachable", "engine", "voices", "languages")] == [
        "good", "good", "warning", "note"
    ]  # fmt: skip
    assert found["voices"]["said"] == "en-gb is not there"  # Aya's, which is eSpeak's
    assert main(["--dir", str(root), "doctor", "--server", "kokroo"]) != 0
    assert 'did you mean "kokoro"?' in capsys.readouterr().err


# --- this computer


def test_engines_that_servers_have_are_looked_at_there() -> None:
    chains = [("openai", "xtts"), ("alltalk",)]
    found = [(one.level, one.said) for one in speech({"espeak": embedded()["espeak"]}, chains, {"openai"})]
    assert found[1][0] == "error" and found[1][1].startswith("alltalk: no speech server of that engine is named")
    assert found[2] == ("note", "xtts: no ComfyUI is named; the next one of each clip speaks")
    assert len(found) == 3


class Ear:
    folder = Path("/models/small")

    def __init__(self, errors: float | VoiceError | None) -> None:
        self._errors = errors

    def word_errors(self, samples: Any, rate: int, text: str, language: str) -> float | None:
        assert len(samples) > rate and language == "en" and text
        if isinstance(self._errors, VoiceError):
            raise self._errors
        return self._errors


def test_whoever_listens_to_takes_hears_a_sentence() -> None:
    voice = embedded()["espeak"]
    heard = [listening(voice, Ear(errors)) for errors in (0.2, None, VoiceError("no model", "x", "name one"))]  # type: ignore[arg-type]
    assert [(one.level, one.said) for one in heard] == [
        ("good", "small: it misses 20% of eSpeak's words"), ("good", "small: it knows no English"),
        ("error", "no model"),
    ]  # fmt: skip
    assert heard[2].todo == "name one" and listening(voice, None).level == "note"
