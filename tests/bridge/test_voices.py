"""Each kind of speech server as the real one answers, on a real socket: what it is sent, and what comes of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.bridge.phonemes import warn
from comfyvn.bridge.servers import Server
from comfyvn.bridge.speech import Sounded, Speech, settings_for
from comfyvn.bridge.tts import TTSBridge, embedded
from comfyvn.bridge.voices.alltalk import file_path
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.bridge.voices.openai import anchors
from comfyvn.bridge.voices.served import Served, dialect
from comfyvn.contracts.voice import CLONING, PHONETIC
from comfyvn.errors import VoiceError
from comfyvn.targets.conversion import CONVERTING
from tests.fakes import speech_servers as fakes
from tests.fakes.speech_servers import Api, FakeSpeech, packed, serving, tone

Open = Callable[..., tuple[Served, FakeSpeech]]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Starts a fake server and gives the engine that speaks through it."""
    with ExitStack() as stack:

        def open_(engine: str, api: Api, path: str = "", headers: object = (), **heard: object) -> object:
            fake = stack.enter_context(serving(api))
            place = Server("studio", fake.url + path, headers=dict(headers), silence_s=5.0)  # type: ignore[call-overload]
            served = Served(engine, [VoiceServer(place, engine, wait_s=0.5, **heard)])  # type: ignore[arg-type]
            stack.callback(served.close)
            return served, fake

        yield open_  # type: ignore[misc]


def speech(text: str = "Hello there", engine: str = "openai", **more: object) -> Speech:
    return Speech(text, engines=(engine,), **more)  # type: ignore[arg-type]


# --- openai


def test_openedai_speech_is_asked_for_wav(opened: Open) -> None:
    engine, fake = opened("openai", fakes.openedai_speech)
    spoken = engine.speak(speech(voice={"voice": "nova", "variant": "f3", "pitch": 60, "engine": {"speed": 1.25}}))
    assert (spoken.rate, len(spoken.samples), spoken.anchors) == (22_050, 22_050 * 11 // 20, ())
    sent = {"model": "tts-1", "voice": "nova", "input": "Hello there", "response_format": "wav", "speed": 1.25}
    assert fake.asked[-1].body == sent | {"stream": False}
    engine.speak(speech())
    assert fake.paths() == ["/dev/captioned_speech", "/v1/audio/speech", "/v1/audio/speech"]  # looked for once


def test_kokoro_tells_when_each_word_is_said(opened: Open) -> None:
    engine, fake = opened("openai", fakes.kokoro, model="kokoro", voice="af_bella")
    spoken = engine.speak(speech("Hello there, hello!"))
    assert [(anchor.position, anchor.ms) for anchor in spoken.anchors] == [(0, 0.0), (6, 200.0), (13, 400.0)]
    assert np.allclose(spoken.samples, tone("Hello there, hello!"), atol=1e-4)
    (asked,) = fake.asked
    assert asked.path == "/dev/captioned_speech"
    assert asked.body["stream"] is False and asked.body["voice"] == "af_bella"


@pytest.mark.parametrize("path", ["", "/v1"])
def test_kokoro_without_word_times_is_told_not_to_stream(opened: Open, path: str) -> None:
    engine, fake = opened("openai", fakes.kokoro, path, settings={"word_times": False})
    assert np.allclose(engine.speak(speech()).samples, tone("Hello there"), atol=1e-4)
    (asked,) = fake.asked
    assert asked.path == "/v1/audio/speech" and asked.body["stream"] is False


def test_word_times_are_found_below_an_address_that_ends_in_v1(opened: Open) -> None:
    engine, fake = opened("openai", fakes.kokoro, "/v1")
    assert engine.speak(speech()).anchors and fake.paths() == ["/dev/captioned_speech"]


def test_a_stream_is_read_as_well_as_a_whole_answer(opened: Open) -> None:
    def stubborn(fake: FakeSpeech, asked: fakes.Asked) -> fakes.Reply:
        asked.body.pop("stream", None)
        return fakes.kokoro(fake, asked)

    engine, _ = opened("openai", stubborn, settings={"word_times": False})
    assert np.allclose(engine.speak(speech()).samples, tone("Hello there"), atol=1e-4)


def test_a_server_that_does_not_know_the_word_stream_is_asked_without_it(opened: Open) -> None:
    engine, fake = opened("openai", fakes.strict_openai, headers={"Authorization": "Bearer s3cretkey"})
    for _ in range(2):
        engine.speak(speech())
    assert ["stream" in asked.body for asked in fake.asked] == [True, True, False, False]


def test_a_key_that_is_refused_is_not_repeated(opened: Open) -> None:
    engine, _ = opened("openai", fakes.strict_openai, headers={"Authorization": "Bearer wr0ngkey"})
    with pytest.raises(VoiceError) as caught:
        engine.speak(speech())
    assert "HTTP 401" in caught.value.what and "Incorrect API key" in caught.value.what
    assert "wr0ngkey" not in str(caught.value) and "env" in caught.value.todo


@pytest.mark.parametrize(
    ("api", "words"),
    [(fakes.kokoro, "Voice 'nobody' not found. Available voices: af_heart"),
     (fakes.openedai_speech, "Error loading voice: nobody")],
)  # fmt: skip
def test_what_the_server_says_of_a_wrong_voice_is_told(opened: Open, api: Api, words: str) -> None:
    engine, _ = opened("openai", api)
    with pytest.raises(VoiceError, match="HTTP 400") as caught:
        engine.speak(speech(voice={"voice": "nobody"}))
    assert words in caught.value.what and "127.0.0.1" not in caught.value.what
    assert "studio" in caught.value.where


@given(st.text(max_size=60), st.lists(st.fixed_dictionaries({"word": st.text(max_size=6), "start_time": st.floats()})))
def test_anchors_rise_and_stand_in_the_text_whatever_the_server_says(text: str, times: list[object]) -> None:
    found = list(anchors(text, times))
    assert all(0 <= anchor.position < max(len(text), 1) for anchor in found)
    assert [anchor.position for anchor in found] == sorted({anchor.position for anchor in found})
    assert [anchor.ms for anchor in found] == sorted(anchor.ms for anchor in found)


def test_letters_that_become_two_in_lower_case_move_nothing() -> None:
    times = [{"word": "İİİ", "start_time": 0}, {"word": "yes", "start_time": 1}]
    assert [anchor.position for anchor in anchors("İİİ Yes", times)] == [0, 4]


def maren(text: str, **more: object) -> Speech:
    return speech(text, phonemes=(Sounded(text.index("Maren"), text.index("Maren") + 5, "ˈmærən"),), **more)


def test_kokoro_is_told_ipa_in_its_own_letters_where_its_entry_says_so(opened: Open) -> None:
    typed = "[Bo](/b/) is Maren's friend."
    engine, fake = opened("openai", fakes.kokoro, voice="af_heart", phonemes="kokoro")
    engine.speak(maren(typed))
    assert fake.asked[-1].body["input"] == "[Bo] (/b/) is [Maren's](/mˈæɹənz/) friend."
    engine.speak(maren(typed, voice={"engine": {"lang_code": "f"}}))
    plain, other = opened("openai", fakes.kokoro, voice="af_heart")
    plain.speak(maren(typed))
    assert fake.asked[-1].body["input"] == other.asked[-1].body["input"] == "[Bo] (/b/) is Maren's friend."
    assert [each.capabilities().phonemes for each in (engine, plain)] == [True, False]
    assert engine.version() != plain.version()


def test_an_engine_that_takes_no_ipa_is_told_of_once(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    engine, fake = opened("alltalk", fakes.alltalk, voice="female_01.wav")
    warn.cache_clear()
    for _ in range(2):
        TTSBridge({"alltalk": engine}).say(replace(maren("Maren!"), engines=("alltalk",)))
    assert fake.asked[0].body["text_input"] == "Maren!"
    assert caplog.text.count("alltalk takes no IPA") == 1


# --- xtts-api-server


def test_xtts_is_asked_for_a_speaker_of_its_own(opened: Open) -> None:
    engine, fake = opened("xtts_server", fakes.xtts, voice="aya")
    engine.speak(speech(engine="xtts_server", language="pt-BR"))
    engine.speak(speech(engine="xtts_server", language="zh"))
    assert [asked.path for asked in fake.asked] == ["/tts_to_audio/"] * 2
    assert fake.asked[0].body == {"text": "Hello there", "language": "pt", "speaker_wav": "aya"}
    assert fake.asked[1].body["language"] == "zh-cn"


def test_the_settings_of_xtts_are_set_once_and_the_others_left_alone(opened: Open) -> None:
    engine, fake = opened("xtts_server", fakes.xtts, voice="aya", settings={"temperature": 0.5})
    for _ in range(2):
        engine.speak(speech(engine="xtts_server"))
    assert fake.paths() == ["/get_tts_settings", "/set_tts_settings", "/tts_to_audio/", "/tts_to_audio/"]
    assert fake.state["settings"]["temperature"] == 0.5 and fake.state["settings"]["top_k"] == 50


def test_xtts_in_streaming_mode_is_found_out(opened: Open) -> None:
    engine, fake = opened("xtts_server", fakes.xtts, voice="aya")
    fake.state["streaming"] = True
    with pytest.raises(VoiceError, match="silence, as it does in streaming mode") as caught:
        engine.speak(speech(engine="xtts_server"))
    assert "without --streaming-mode" in caught.value.todo


def test_a_recording_is_named_to_a_server_on_this_computer(opened: Open, tmp_path: Path) -> None:
    engine, fake = opened("xtts_server", fakes.xtts, voice="aya")
    engine.speak(speech(engine="xtts_server", reference=tmp_path / "ref.wav"))
    assert fake.asked[0].body["speaker_wav"] == str((tmp_path / "ref.wav").resolve())


def elsewhere(engine: str, fake: FakeSpeech) -> Served:
    """The same server by an address that is not this computer's own to us."""
    return Served(engine, [VoiceServer(Server("far", fake.url.replace("127.0.0.1", "0.0.0.0")), engine)])


@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_another_computer_is_sent_the_recording_once(opened: Open, tmp_path: Path, kind: str) -> None:
    _, fake = opened("xtts_server", fakes.xtts)
    reference = tmp_path / "hers.take1"
    reference.write_bytes(packed(tone("Hello"), kind=kind))
    for _ in range(2):
        engine = elsewhere("xtts_server", fake)
        for _ in range(2):
            engine.speak(speech(engine="xtts_server", reference=reference))
        engine.close()
    said = ["/tts_to_audio/"] * 2
    assert fake.paths() == ["/speakers_list", "/upload_sample", *said, "/speakers_list", *said]
    (name,) = set(fake.state["speakers"]) - {"aya", "female"}
    assert {asked.body["speaker_wav"] for asked in fake.asked if "speaker_wav" in asked.body} == {name}
    samples, _ = soundfile.read(io.BytesIO(fake.state["speakers"][name]))
    assert np.allclose(samples, tone("Hello"), atol=1e-3)
    reference.write_bytes(packed(tone("Other words")))
    engine = elsewhere("xtts_server", fake)
    engine.speak(speech(engine="xtts_server", reference=reference))
    engine.close()
    assert len(fake.state["speakers"]) == 4


def test_what_is_no_recording_is_not_sent(opened: Open, tmp_path: Path) -> None:
    _, fake = opened("xtts_server", fakes.xtts)
    (tmp_path / "ref.wav").write_text("hello")
    engine = elsewhere("xtts_server", fake)
    with pytest.raises(VoiceError, match="cannot be read") as caught:
        engine.speak(speech(engine="xtts_server", reference=tmp_path / "ref.wav"))
    assert "WAV" in caught.value.todo and not fake.asked
    engine.close()


def test_a_server_that_takes_no_recordings_must_be_given_them_by_hand(opened: Open, tmp_path: Path) -> None:
    def older(fake: FakeSpeech, asked: fakes.Asked) -> fakes.Reply:
        return fakes.Reply.json({"detail": "Not Found"}, 404) if "upload" in asked.path else fakes.xtts(fake, asked)

    (tmp_path / "ref.wav").write_bytes(packed(tone()))
    for engine, api, place in (("xtts_server", older, "`speakers`"), ("gpt_sovits", fakes.gpt_sovits, "its own disk")):
        far = elsewhere(engine, opened(engine, api)[1])
        with pytest.raises(VoiceError, match=r"cannot read ref\.wav: it is another computer") as caught:
            far.speak(speech(engine=engine, reference=tmp_path / "ref.wav"))
        assert place in caught.value.todo and "voice: {engine:" in caught.value.todo
        far.close()


def test_xtts_says_who_is_missing(opened: Open) -> None:
    engine, _ = opened("xtts_server", fakes.xtts)
    with pytest.raises(VoiceError, match=r"HTTP 500\): Error: Speaker bob not found\."):
        engine.speak(speech(engine="xtts_server", voice={"voice": "bob"}))
    with pytest.raises(VoiceError, match="no voice is named"):
        engine.speak(speech(engine="xtts_server"))
    with pytest.raises(VoiceError, match='does not speak "sv"'):
        engine.speak(speech(engine="xtts_server", language="sv"))


# --- AllTalk


def test_alltalk_gets_a_form_and_is_asked_for_the_sound(opened: Open) -> None:
    engine, fake = opened("alltalk", fakes.alltalk, voice="female_01.wav")
    spoken = engine.speak(speech("Hi & bye = 100%", "alltalk", language="zh"))
    assert np.allclose(spoken.samples, tone("Hi & bye = 100%"), atol=1e-4) and not spoken.is_converted
    generate, fetch = fake.asked
    assert fetch.path == "/audio/comfyvn_0.wav"
    assert generate.headers["content-type"] == "application/x-www-form-urlencoded"
    sent = {"text_input": "Hi & bye = 100%", "language": "zh-cn", "narrator_enabled": "false", "text_filtering": "none"}
    assert sent.items() <= generate.body.items()
    assert generate.body["rvccharacter_voice_gen"] == "Disabled"


def test_alltalk_converts_as_the_recipe_asks(opened: Open) -> None:
    engine, fake = opened("alltalk", fakes.alltalk, voice="female_01.wav")
    asked = {"model": "aya/aya.pth", "pitch": 3, "mix": 1.0}
    assert engine.speak(speech(engine="alltalk", conversion=asked)).is_converted
    assert fake.asked[0].body["rvccharacter_voice_gen"] == "aya/aya.pth"
    assert fake.asked[0].body["rvccharacter_pitch"] == "3"
    assert not engine.speak(speech(engine="alltalk", conversion={**asked, "mix": 0.5})).is_converted
    assert fake.asked[2].body["rvccharacter_voice_gen"] == "Disabled"


def test_alltalk_is_followed_to_no_other_host(opened: Open) -> None:
    engine, fake = opened("alltalk", fakes.alltalk, voice="female_01.wav")
    fake.state["host"] = "http://evil.example:1"
    engine.speak(speech(engine="alltalk"))
    assert fake.asked[-1].path == "/audio/comfyvn_0.wav"
    assert file_path("http://x/audio/a%20b.wav?x=1#y") == "audio/a%20b.wav"
    assert file_path("//evil.example/x") == "x" and file_path("audio/a b.wav") == "audio/a%20b.wav"


def test_what_alltalk_says_is_told(opened: Open) -> None:
    engine, _ = opened("alltalk", fakes.alltalk)
    with pytest.raises(VoiceError, match=r"HTTP 500\): TTS generation failed"):
        engine.speak(speech(engine="alltalk", voice={"voice": "nobody.wav"}))
    with pytest.raises(VoiceError, match="needs to be one of the following"):
        engine.speak(speech(engine="alltalk", language="ja", voice={"voice": "female_01.wav"}))


# --- GPT-SoVITS


def test_gpt_sovits_gets_the_seed(opened: Open) -> None:
    engine, fake = opened("gpt_sovits", fakes.gpt_sovits, voice="aya.wav", settings={"prompt_text": "I am Aya."})
    first, same, other = (engine.speak(speech(engine="gpt_sovits", seed=seed)) for seed in (7, 7, 2**64 - 1))
    assert first.rate == 32_000
    assert np.array_equal(first.samples, same.samples) and not np.array_equal(first.samples, other.samples)
    assert [asked.body["seed"] for asked in fake.asked] == [7, 7, 2**32 - 1]
    assert fake.asked[0].body["prompt_text"] == "I am Aya." and fake.asked[0].body["prompt_lang"] == "en"
    assert engine.repeatable and engine.capabilities().seedable


def test_what_gpt_sovits_says_is_told(opened: Open) -> None:
    engine, _ = opened("gpt_sovits", fakes.gpt_sovits)
    with pytest.raises(VoiceError, match=r"HTTP 400\): tts failed; 参考音频在3~10秒范围外"):
        engine.speak(speech(engine="gpt_sovits", voice={"voice": "short.wav"}))


# --- settings


def test_servers_without_a_seed_are_not_repeatable(opened: Open) -> None:
    assert not any(opened(name, fakes.kokoro)[0].repeatable for name in ("openai", "xtts_server", "alltalk"))


@pytest.mark.parametrize("engine", ["openai", "alltalk", "gpt_sovits"])
@pytest.mark.parametrize(
    "settings", [{"speed": "fast"}, {"speed": 90}, {"speed": True}, {"temperature": "hot", "voice": 3}]
)
def test_a_setting_of_the_wrong_kind_is_refused_before_anybody_is_asked(
    opened: Open, engine: str, settings: dict[str, object]
) -> None:
    served, fake = opened(engine, fakes.kokoro, voice="v")
    with pytest.raises(VoiceError):
        served.speak(speech(engine=engine, voice={"engine": settings}))
    assert fake.asked == []


def test_a_stand_in_is_not_told_the_voice_of_the_engine_it_stands_in_for() -> None:
    voice = {
        "voice": "af_heart", "variant": "f3", "pitch": 60,
        "engine": {"model": "kokoro", "espeak": {"rate": 150}, "alltalk": {"voice": "female_01.wav"}},
    }  # fmt: skip
    asked = Speech("Hi", engines=("openai", "alltalk", "espeak"), voice=voice)
    assert settings_for(asked, "openai") == {"voice": "af_heart", "variant": "f3", "pitch": 60, "model": "kokoro"}
    assert settings_for(asked, "alltalk") == {"voice": "female_01.wav", "variant": "f3", "pitch": 60}
    assert settings_for(asked, "espeak") == {"variant": "f3", "pitch": 60, "rate": 150}


def test_espeak_stands_in_for_a_server_that_is_away() -> None:
    away = Served("openai", [VoiceServer(Server("studio", "http://127.0.0.1:9"), "openai", wait_s=0.0)])
    bridge = TTSBridge({**embedded(), "openai": away})
    asked = Speech("Hello", engines=("openai", "espeak"), voice={"voice": "af_heart", "engine": {"speed": 1.1}})
    clip = bridge.synthesize_clip(asked)
    bridge.close()
    assert clip.engine.startswith("espeak@") and clip.wanted_engine == "openai"
    assert clip.reason == 'the openai server "studio" cannot be reached (connection refused)'


def test_a_reference_counts_for_those_engines_that_imitate_one() -> None:
    """What planning goes by is what the adapters say of themselves; and so for those that convert."""
    served = {name: dialect(name).can for name in ("openai", "xtts_server", "alltalk", "gpt_sovits")}
    assert {name for name, each in served.items() if each.clones} | {"xtts"} == CLONING
    assert {name for name, each in served.items() if each.converts} == CONVERTING
    here = {name for name, each in embedded().items() if name == "piper" or each.capabilities().phonemes}
    assert here | {"openai"} == PHONETIC
