"""A text is spoken chunk by chunk: what was said once is kept, whatever ends the build, and one voice says it all."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pysubs2
import pytest
import soundfile
import webvtt

from comfyvn.audio.encode import decode
from comfyvn.audio.heard import heard
from comfyvn.audio.lexicon import lexicon
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.speech import Capabilities, Speech, Spoken
from comfyvn.bridge.tts import TTSBridge
from comfyvn.contracts.directions import without_directions
from comfyvn.contracts.text import plain
from comfyvn.errors import MakeError, VoiceError
from comfyvn.makers.gate import Gate
from comfyvn.makers.made import Job, Made
from comfyvn.makers.speak import Studio, speak
from comfyvn.makers.spoken import Take, keep, kept
from comfyvn.makers.workshop import Workshop
from comfyvn.providers import Registry
from comfyvn.recipe import Speak
from comfyvn.store.cache import Cache

ENGINES = ("hum",)


@dataclass
class Hum:
    """Hums as long as the text is; `takes`: another sound each time; fails at texts that hold `refuses`."""

    name: str = "hum"
    takes: bool = False
    refuses: str = "\0"
    loud: float = 0.2
    has_speed: bool = False
    heard: list[str] = field(default_factory=list)
    spoken: list[Speech] = field(default_factory=list)

    @property
    def repeatable(self) -> bool:
        return not self.takes

    def version(self) -> str:
        return "1"

    def capabilities(self) -> Capabilities:
        return Capabilities(phonemes=True, has_speed=self.has_speed)

    def speak(self, speech: Speech) -> Spoken:
        if self.refuses in speech.text:
            raise VoiceError(f"{self.name} will not say it")
        self.heard.append(speech.text)
        self.spoken.append(speech)
        pitch = 9.0 + (len(self.heard) if self.takes else 0)
        length = round((4000 + 400 * len(speech.text)) / speech.speed)
        return Spoken(self.loud * np.sin(np.arange(length) / pitch), 22_050)


class Studios:
    """Studios over one cache."""

    def __init__(self, folder: Path) -> None:
        self.cache = Cache(folder)

    def __call__(self, *engines: Hum | Espeak, purpose: str = "", digest: str = "") -> Studio:
        workshop = Workshop([], Registry(version=1))
        workshop.voices = TTSBridge({engine.name: engine for engine in engines})
        workshop.gate = Gate(retries=0)  # a hum is no speech: no other take would please
        return Studio(workshop, self.cache, Job("voices:en/l1", "fp1:0", purpose), None, digest)


@pytest.fixture
def studios(tmp_path: Path) -> Studios:
    return Studios(tmp_path / "cache")


def recipe(text: str, engines: tuple[str, ...] = ENGINES, words: dict[str, str] | None = None, **more: object) -> Speak:
    said = heard(text, "en", lexicon(words or {}))
    respelt = tuple((one.start, one.stop, one.word) for one in said.respelt)
    found = Speak(f"{engines[0]}@1", said.text, "en", {}, engines, chunks=said.chunks, respelt=respelt)
    return replace(found, **more)  # type: ignore[arg-type]


def srt(made: Made) -> str:
    return bytes(made.files[".srt"]).decode()  # type: ignore[arg-type]


THREE = "The ferry is late. Nobody waits for it! Shall we go?"


def test_each_sentence_is_spoken_once_and_only_one_that_changed_again(studios: Studios) -> None:
    engine = Hum()
    first = speak(recipe(THREE), studios(engine))
    assert engine.heard == ["The ferry is late.", "Nobody waits for it!", "Shall we go?"]
    again = speak(recipe(THREE), studios(engine))
    assert len(engine.heard) == 3
    assert again == first  # the same bytes from kept takes as from fresh ones
    speak(recipe(THREE.replace("late", "early")), studios(engine))
    assert engine.heard[3:] == ["The ferry is early."]
    speak(recipe("Shall we go? And where to? The ferry is late."), studios(engine))
    assert engine.heard[4:] == ["And where to?"]


def test_what_servers_made_it_with_is_in_the_record_and_never_in_the_key(studios: Studios) -> None:
    class Served(Hum):
        def speak(self, speech: Speech) -> Spoken:
            version = "0.3.65" if "Shall" in speech.text else "0.3.64"
            return replace(super().speak(speech), made_with={"comfyui_version": version, "device": "RTX"})

    engine = Served()
    first, again = (speak(recipe(THREE), studios(engine)) for _ in range(2))
    assert first.made_with == again.made_with == {"comfyui_version": "0.3.64, 0.3.65", "device": "RTX"}
    plain = Hum()
    assert speak(recipe(THREE), studios(plain)).made_with == first.made_with  # the takes that were kept
    assert len(engine.heard) == 3 and not plain.heard


def test_sounds_are_part_of_a_take_where_the_engine_takes_them(studios: Studios) -> None:
    for name, count in (("espeak", 2), ("hum", 1)):
        engine = Hum(name)
        for ipa in ("fɛri", "feɪri", "fɛri"):
            speak(recipe("The ferry is late.", (name,), phonemes=((4, 9, ipa),)), studios(engine))
        assert len(engine.heard) == count
        told = [each.ipa for speech in engine.spoken for each in speech.phonemes]
        assert told == (["fɛri", "feɪri"] if count == 2 else [])


def test_loudness_length_and_subtitles_speak_nothing_again(studios: Studios) -> None:
    engine = Hum()
    made = speak(recipe(THREE), studios(engine))
    quiet = speak(recipe(THREE, loudness=-23.0), studios(engine))
    assert abs(float(str(quiet.notes["lufs"])) + 23.0) < 0.2
    short = speak(recipe(THREE, target_ms=int(str(made.notes["duration_ms"])) - 200), studios(engine))
    assert int(str(short.notes["duration_ms"])) < int(str(made.notes["duration_ms"]))
    shown = speak(recipe("The f is late. Nobody waits for it! Shall we go?", words={"f": "ferry"}), studios(engine))
    assert "The f is late" in srt(shown)
    assert len(engine.heard) == 3


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"voice": {"rate": 200}}, {"language": "fr"}, {"engine": "hum@2"}],
    ids=["seed", "settings", "language", "version"],
)
def test_what_is_heard_is_spoken_again(studios: Studios, change: dict[str, object]) -> None:
    engine = Hum()
    speak(recipe("Hello."), studios(engine))
    speak(recipe("Hello.", **change), studios(engine))
    assert engine.heard == ["Hello.", "Hello."]


def test_a_recording_to_imitate_is_heard_from_engines_that_imitate(studios: Studios) -> None:
    cloner, plain_one = Hum("xtts"), Hum("hum")
    for digest in ("au1:1", "au1:2", "au1:1"):
        speak(recipe("Hello.", ("xtts",)), studios(cloner, digest=digest))
        speak(recipe("Hello.", ("hum",)), studios(plain_one, digest=digest))
    assert (len(cloner.heard), len(plain_one.heard)) == (2, 1)


def test_an_engine_without_a_seed_is_not_asked_twice_but_on_purpose(studios: Studios) -> None:
    engine = Hum(takes=True)
    first = speak(recipe(THREE), studios(engine))
    assert not first.repeatable
    again = speak(recipe(THREE), studios(engine))
    assert again.files == first.files and not again.repeatable
    anew = speak(recipe(THREE), studios(engine, purpose="again-1"))
    assert len(engine.heard) == 6
    assert anew.files[".wav"] != first.files[".wav"]
    assert speak(recipe(THREE), studios(engine)).files == anew.files  # what was asked for last holds


def test_one_engine_says_the_whole_text(studios: Studios) -> None:
    fine, other = Hum("fine", refuses="Nobody"), Hum("other")
    both = ("fine", "other")
    made = speak(recipe(THREE, both), studios(fine, other))
    assert made.engine == "other@1"
    assert made.notes["fallback"] == {"wanted": "fine", "made": "other@1", "reason": "fine will not say it"}
    assert len(other.heard) == 3
    assert other.spoken[0].engines == both  # it is told that it stands in
    fine.refuses = "\0"
    assert speak(recipe(THREE, both), studios(fine, other)).engine == "fine@1"
    assert fine.heard == ["The ferry is late.", "Nobody waits for it!", "Shall we go?"]  # the first was kept
    with pytest.raises(VoiceError, match=r"fine: fine will not.*other: there is no speech engine"):
        speak(recipe("Nobody.", both), studios(Hum("fine", refuses="Nobody")))


def test_conversion_is_refused_with_what_to_do(studios: Studios) -> None:
    with pytest.raises(MakeError, match="soft") as caught:
        speak(recipe("Hello.", conversion={"model": "soft", "pitch": 0, "mix": 1.0}), studios(Hum()))
    assert "rvc" in caught.value.todo


def test_subtitles_show_what_is_written(studios: Studios) -> None:
    made = speak(recipe("Maren is here. Where is Maren?", words={"Maren": "MAH-ren"}), studios(Hum()))
    assert "Maren is here." in srt(made) and "MAH" not in srt(made)
    assert list(made.files) == [".wav", ".ogg", ".srt", ".vtt", ".mouth"]


def test_sentences_are_parted_by_silence(studios: Studios) -> None:
    made = speak(recipe("One now. Two now."), studios(Hum()))
    sound, rate = decode(bytes(made.files[".wav"]))  # type: ignore[arg-type]
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    assert abs(float(np.diff(loud).max()) / rate - 0.3) < 0.02


# --- a length that is asked for


def natural_ms(text: str, studio: Studio) -> int:
    return int(str(speak(recipe(text), studio).notes["duration_ms"]))


@pytest.mark.parametrize(("share", "speed"), [(0.9, 1.12), (0.8, 1.2), (1.1, 0.9), (1.3, 0.85)])
def test_an_engine_that_has_a_speed_is_asked_once_more(studios: Studios, share: float, speed: float) -> None:
    engine = Hum(has_speed=True)
    target = round(natural_ms(THREE, studios(engine)) * share)
    asked = recipe(THREE, target_ms=target)
    made = speak(asked, studios(engine))
    assert abs(int(str(made.notes["duration_ms"])) - target) <= 1 and "missed" not in made.notes
    assert len(engine.heard) == 6  # three sentences, and three once more
    assert [one.speed for one in engine.spoken[3:]] == [pytest.approx(speed, abs=0.011)] * 3
    paced = made.notes["speed"]
    assert isinstance(paced, dict) and paced["spoken"] == engine.spoken[-1].speed
    if speed not in (1.2, 0.85):  # what is left for stretching is not heard
        assert paced.get("played", 1.0) == pytest.approx(1.0, abs=0.03)
    assert speak(asked, studios(engine)).files == made.files and len(engine.heard) == 6  # kept by their speed


def test_what_is_left_is_told(studios: Studios) -> None:
    engine = Hum(has_speed=True)
    made = speak(recipe(THREE, target_ms=500), studios(engine))
    over = int(str(made.notes["duration_ms"])) - 500
    [missed] = made.notes["missed"]  # type: ignore[misc,attr-defined]
    assert missed == (
        f"{over} ms longer than the 500 ms asked for: speech is spoken 1.2 times and played 1.25 times as fast and no "
        "further"
    )
    assert made.notes["speed"] == {"spoken": 1.2, "played": 1.25}


def test_no_engine_is_asked_again_for_what_nobody_hears_or_where_it_has_no_speed(studios: Studios) -> None:
    able, unable = Hum(has_speed=True), Hum()
    usual = natural_ms(THREE, studios(able))
    close = speak(recipe(THREE, target_ms=round(usual * 0.98)), studios(able))
    assert close.notes["speed"] == {"played": pytest.approx(1.02, abs=0.003)}
    assert {one.speed for one in able.spoken} == {1.0} and len(able.heard) == 3
    assert speak(recipe(THREE), studios(able)).notes.get("speed") is None
    made = speak(recipe(THREE, target_ms=round(usual * 0.9)), studios(unable))
    assert unable.heard == [] and "missed" not in made.notes  # stretched, of what was kept


@dataclass
class Deaf(Hum):
    """Takes a speed and does not heed it, or fails at it."""

    has_speed: bool = True
    fails: bool = False

    def speak(self, speech: Speech) -> Spoken:
        if self.fails and speech.speed != 1.0:
            raise VoiceError("not so fast")
        return super().speak(replace(speech, speed=1.0))


@pytest.mark.parametrize("fails", [False, True])
def test_an_engine_that_does_not_heed_its_speed_is_stretched(studios: Studios, fails: bool) -> None:
    engine = Deaf(fails=fails)
    target = round(natural_ms(THREE, studios(engine)) * 0.9)
    made = speak(recipe(THREE, target_ms=target), studios(engine))
    assert abs(int(str(made.notes["duration_ms"])) - target) <= 1
    assert "spoken" not in made.notes["speed"] and made.engine == "hum@1"  # type: ignore[operator]
    assert len(engine.heard) == (3 if fails else 6)


def test_a_take_on_purpose_says_everything_once_for_each_speed(studios: Studios) -> None:
    engine = Hum(takes=True, has_speed=True)
    target = round(natural_ms(THREE, studios(engine)) * 0.9)
    engine.spoken.clear()
    speak(recipe(THREE, target_ms=target), studios(engine, purpose="again-1"))
    assert [one.speed == 1.0 for one in engine.spoken] == [True] * 3 + [False] * 3


def test_espeak_keeps_to_a_length_by_its_rate(studios: Studios) -> None:
    usual = speak(recipe(THREE, ("espeak",)), studios(Espeak()))
    target = round(int(str(usual.notes["duration_ms"])) * 0.87)
    asked = recipe(THREE, ("espeak",), target_ms=target)
    made = speak(asked, studios(Espeak()))
    paced: dict[str, float] = made.notes["speed"]  # type: ignore[assignment]
    assert abs(int(str(made.notes["duration_ms"])) - target) <= 1
    assert 1.1 <= paced["spoken"] <= 1.2 and abs(paced.get("played", 1.0) - 1) < 0.05
    assert speak(asked, Studios(studios.cache.folder.parent / "another")(Espeak())).files == made.files


# --- what is kept


@pytest.mark.parametrize("peak", [0.5, 1.0, 3.7, 1e-6])
def test_a_take_comes_back_as_it_went_in(tmp_path: Path, peak: float) -> None:
    cache = Cache(tmp_path)
    samples = np.round(peak * np.sin(np.arange(500) / 7.0) * 2**20) / 2**20  # as 16 or 24 bits would have it
    put = keep(cache, "fp1:" + "0" * 64, Take(Spoken(samples, 24_000), "hum@1", False))
    found = kept(cache, "fp1:" + "0" * 64)
    assert found is not None and (found.engine, found.repeatable, found.spoken.rate) == ("hum@1", False, 24_000)
    assert np.array_equal(found.spoken.samples, put.spoken.samples)
    assert np.abs(found.spoken.samples - samples).max() <= peak * 2**-22


@pytest.mark.parametrize("damage", ["object", "entry", "other"])
def test_what_is_damaged_is_spoken_again(studios: Studios, damage: str) -> None:
    engine = Hum()
    first = speak(recipe("Hello."), studios(engine))
    for path in studios.cache.folder.rglob("*"):
        if path.is_file() and damage == "entry" and path.suffix == ".json":
            path.write_text(path.read_text().replace("anchors", "anchorz"))
        if path.is_file() and "objects" in path.parts and damage == "object":
            path.write_bytes(path.read_bytes()[:-9])
    if damage == "other":  # a whole entry of another kind
        for path in (studios.cache.folder / "entries").rglob("*.json"):
            studios.cache.put("fp1:" + path.stem, {".wav": b"RIFF"}, {})
    assert speak(recipe("Hello."), studios(engine)).files == first.files
    assert engine.heard == ["Hello.", "Hello."]


def test_samples_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no numbers"):
        keep(Cache(tmp_path), "fp1:" + "0" * 64, Take(Spoken(np.array([0.1, np.nan]), 8000), "hum@1", True))


KILLED = """
import sys
from pathlib import Path
from tests.makers.test_speak import LONG, Studios, Espeak, recipe, speak
speak(recipe(LONG, ("espeak",)), Studios(Path(sys.argv[1]))(Espeak()))
"""
LONG = " ".join(f"This is the sentence with the number {number}." for number in range(1, 13))


@dataclass
class Counted(Espeak):
    """eSpeak NG, counted."""

    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def speak(self, speech: Speech) -> Spoken:
        self.heard.append(speech.text)
        return super().speak(speech)


def test_a_long_text_goes_on_where_a_killed_build_has_left_it(tmp_path: Path) -> None:
    entries = tmp_path / "cache" / "entries"
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "cache")], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    )
    until = time.monotonic() + 120
    while len(list(entries.rglob("*.json"))) < 3 and child.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    done = len(list(entries.rglob("*.json")))
    assert 3 <= done < 12, "it was to be killed in the middle"
    engine = Counted()
    made = speak(recipe(LONG, ("espeak",)), Studios(tmp_path / "cache")(engine))
    assert len(engine.heard) == 12 - done
    whole = speak(recipe(LONG, ("espeak",)), Studios(tmp_path / "another")(Espeak()))
    assert made.files == whole.files


# --- texts that try to break things


def from_line(text: str) -> Speak:
    return recipe(without_directions(plain(text)), ("espeak",))


@pytest.mark.parametrize(
    "text",
    [
        "control \x00\x01+10v\x1b[31m characters\x7f\u2028here",
        "<speak><prosody rate='x-fast'>Hi &amp; <break time=\"3s\"/></prosody></speak>",
        "1\n00:00:01,000 --> 00:00:02,000\nHello --> there. <i>You</i>.",
        "שלום עולם. مرحبا \u202eabc\u202c بالعالم.",
        "😀",
        "Hello! 😀 ♥ … Bye.",
        "[[Q]] {unknown} {{i}} %s %(x)s \\N \\h",
        "e\u0301" * 50 + "\u0301" * 300,
        "Zwölf Boxkämpfer. いろは。你好。",
    ],
)
def test_what_tries_to_break_it_becomes_a_clip(studios: Studios, text: str) -> None:
    made = speak(from_line(text), studios(Espeak()))
    sound, rate = decode(bytes(made.files[".ogg"]))  # type: ignore[arg-type]
    assert len(sound) * 1000 // rate == made.notes["duration_ms"]
    for cue in srt(made).split("\n\n"):
        assert cue.count("-->") == (1 if cue.strip() else 0)
    captions = webvtt.from_buffer(io.StringIO(bytes(made.files[".vtt"]).decode()), strict=True).captions  # type: ignore[arg-type]
    assert len(captions) == len(pysubs2.SSAFile.from_string(srt(made), "srt")) > 0
    assert json.loads(made.files[".mouth"])["mouthCues"]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", " \n", "…", "?!", "*sighs*", "{i}{/i}", "\x00\x01", "「」", "\u202e\u202c"])
def test_what_says_nothing_is_refused_before_any_engine_is_asked(studios: Studios, text: str) -> None:
    engine = Hum()
    with pytest.raises(VoiceError, match="nothing to speak") as caught:
        speak(recipe(without_directions(plain(text))), studios(engine))
    assert caught.value.where == "voices:en/l1" and "spoken" in caught.value.todo
    assert engine.heard == []


@pytest.mark.parametrize("unit", ["a", "word ", "so it went, on and on. " + "and on, " * 30])
def test_20000_characters_are_spoken_in_pieces(studios: Studios, unit: str) -> None:
    text = (unit * 20_000)[:20_000].strip()

    class Brief(Hum):
        def speak(self, speech: Speech) -> Spoken:
            return replace(super().speak(speech), samples=self.loud * np.sin(np.arange(400) / 9.0))

    engine, asked = Brief(), recipe(text)
    made = speak(asked, studios(engine))
    assert made.notes["duration_ms"]
    assert max(map(len, engine.heard)) <= 210
    assert len(engine.heard) == len({chunk.strip() for chunk in asked.chunks})  # what comes again is kept


def test_what_is_done_to_the_sound_speaks_nothing_again(studios: Studios) -> None:
    """Bits, loudness, length and the de-esser come after what was kept; and no engine is told of them."""
    engine = Hum()
    usual = speak(recipe("Hello."), studios(engine))
    fine = speak(recipe("Hello.", bits=24), studios(engine))
    soft = speak(recipe("Hello.", voice={"deess": 0.8}), studios(engine))
    assert len(engine.heard) == 1
    assert "deess" not in engine.spoken[0].voice
    infos = [soundfile.info(io.BytesIO(bytes(made.files[".wav"]))).subtype for made in (usual, fine, soft)]  # type: ignore[arg-type]
    assert infos == ["PCM_16", "PCM_24", "PCM_16"]
    assert usual.files[".wav"] != soft.files[".wav"]
