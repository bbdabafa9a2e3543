"""Clips are keyed on what is heard: what is not heard never makes one again, and what is heard always does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.character import Character
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene
from comfyvn.contracts.voice import VoiceContract
from comfyvn.engine.opening import toolbox
from comfyvn.providers import Lock, Model
from comfyvn.reading.novel import build_project
from comfyvn.recipe import FileInput, Speak, document, fingerprint
from comfyvn.targets.target import Target, Toolbox
from comfyvn.targets.voices import clip_targets, voice_targets
from tests.fakes.small_novel import files

SHIPPED = toolbox(Path(__file__).parent)  # a folder with nothing of its own
OWN = {name: Model(file=f"RVC/{name}.pth", folder="rvc") for name in ("soft", "other", "x")}
REGISTRY = SHIPPED.registry.model_copy(update={"models": {**SHIPPED.registry.models, **OWN}})
TOOLS = Toolbox(SHIPPED.workflows, REGISTRY, Lock(), {"espeak": "1.52.0"}, "1")
AYA = "data/characters/aya/character.json"


def project(
    script: list[Any], voice: dict[str, Any] | None = None, clips: list[Any] | None = None, **novel: Any
) -> Project:
    aya = {**files()[AYA], "voice": {"variant": "f3", **(voice or {})}}
    whole = {"id": "small", "title": "Small", "start": "one", "style": "plain", **novel}
    contracts = {
        "novel": Novel.model_validate(whole),
        "characters/aya": Character.model_validate(aya),
        "scenes/one": Scene.model_validate({"id": "one", "background": "pier", "script": [*script, {"end": "End"}]}),
        "voices/all": VoiceContract.model_validate({"clips": clips or []}),
    }
    return build_project(contracts, {})


def clips(novel: Project) -> dict[str, Target]:
    own = [*voice_targets(novel, TOOLS, novel.scenes["one"]), *clip_targets(novel, TOOLS)]
    return {target.name: target for target in reversed(own)}


def recipe(novel: Project, name: str = "voices:en/l1") -> Speak:
    found = clips(novel)[name].recipe
    assert isinstance(found, Speak)
    return found


def key(novel: Project, name: str = "voices:en/l1") -> str:
    found = recipe(novel, name)
    return fingerprint(document(found, dict.fromkeys(found.inputs, "au1:0")))


def say(text: str, **more: Any) -> dict[str, Any]:
    return {"say": "aya", "text": text, "id": "l1", **more}


FRENCH = {"id": "l1", "language": "fr", "text": "Bonjour."}
PLAIN = project([say("Hello there, you.")])


def test_a_line_of_one_sentence_has_the_recipe_it_always_had() -> None:
    found = document(recipe(PLAIN), {})
    assert not {"chunks", "respelt", "target_ms", "conversion", "inputs"} & set(found)
    assert key(PLAIN) == "fp1:d837a89219fa638dca9ed366201e962fa324eadfa9f070378e77b9cb943975bc"


words = st.lists(st.sampled_from(["Hello", "there", "you", "now", "Anna"]), min_size=1, max_size=6)
tags = st.sampled_from(["i", "b", "u", "s"])


@given(
    words, tags, st.sampled_from(["*sighs* ", "[laughs] ", "(quietly) ", "{w}", "{w=0.5}", "\n", "\u00ad", "{fast}"])
)
def test_markup_and_directions_are_not_heard(said: list[str], tag: str, before: str) -> None:
    middle = len(said) // 2
    marked = [*said[:middle], f"{{{tag}}}{said[middle]}{{/{tag}}}", *said[middle + 1 :]]
    assert key(project([say(before + "  ".join(marked) + ".")])) == key(project([say(" ".join(said) + ".")]))


def test_nor_is_anything_else_about_the_line() -> None:
    other = {"say": "aya", "text": "Something else.", "id": "l2"}
    for same in (
        project([say("Hello there, you.", expression="happy", outfit="casual", pose="standing")]),
        project([other, {"narrate": "Rain.", "id": "n1"}, say("Hello there, you.")]),
        project([{"if": "true", "then": [say("Hello there, you.")]}], variables={"trust": 0}),
        project([say("Anything at all", spoken="Hello there, you.")]),
        project([say("Hello there, you.", delivery="unknown")]),
        project([say("Hello there, you.")], title="Renamed", languages=["en", "fr"], voiced="main"),
        project([say("Hello there, you.")], {"reference": "audio/aya.wav"}),
        project([say("Hello there, you.")], {"lexicon": {"Maren": "MAH-ren"}}, lexicon={"en": {"hell": "heck"}}),
        project([say("Hello there, you.")], {"rvc": {"model": "soft", "mix": 0}}),
        project([say("Hello there, you.")], clips=[FRENCH], languages=["en", "fr"]),
    ):  # fmt: skip
        assert key(same) == key(PLAIN)
    renamed = project([{**say("Hello there, you."), "id": "l9"}])
    assert key(renamed, "voices:en/l9") == key(PLAIN)


@pytest.mark.parametrize(
    ("script", "voice", "clip"),
    [
        (say("Hello there, me."), {}, {}),
        (say("Hello there, you."), {"rate": 200}, {}),
        (say("Hello there, you."), {"seed": 5}, {}),
        (say("Hello there, you."), {"lexicon": {"you": "yoo"}}, {}),
        (say("Hello there, you."), {"languages": {"en": {"lexicon": {"you": "yoo"}}}}, {}),
        (say("Hello there, you."), {"languages": {"en": {"pitch": 60}}}, {}),
        (say("Hello there, you.", delivery="low"), {"delivery": {"low": {"pitch": 20}}}, {}),
        (say("Hello there, you.", delivery="low"), {"languages": {"en": {"delivery": {"low": {"pitch": 20}}}}}, {}),
        (say("Hello there, you."), {"preferred_tts": ["xtts"]}, {}),
        (say("Hello there, you."), {"rvc": {"model": "soft"}}, {}),
        (say("Hello there, you."), {}, {"target_ms": 1500}),
        (say("Hello there, you."), {"deess": 0.3}, {}),
        (say("Hello there, you."), {}, {"rvc": {"model": "soft", "pitch": 2}}),
        (say("Hello there, you."), {}, {"loudness": -20.0}),
        (say("Hello there, you."), {}, {"settings": {"pitch": 3}}),
    ],
)
def test_what_is_heard_makes_another_clip(script: Any, voice: dict[str, Any], clip: dict[str, Any]) -> None:
    own = [{"id": "l1", **clip}] if clip else []
    assert key(project([script], voice, own)) != key(PLAIN)


def test_sentences_are_chunks_and_the_lexicon_is_in_the_text() -> None:
    words = {"lexicon": {"en": {"Maren": "Wrong", "St. Elmo": "Saint Elmo"}}}
    found = recipe(project([say("Maren? *waits* It was {i}St. Elmo{/i}!")], {"lexicon": {"Maren": "MAH-ren"}}, **words))
    assert found.text == "MAH-ren? It was Saint Elmo!"
    assert found.chunks == ("MAH-ren? ", "It was Saint Elmo!")
    assert found.respelt == ((0, 7, "Maren"), (16, 26, "St. Elmo"))


def test_a_word_of_the_lexicon_is_a_fact_of_those_clips_alone_that_say_it() -> None:
    novel = project([say("Maren!"), {**say("You."), "id": "l2"}], {"lexicon": {"Maren": "MAH-ren"}})
    found = clips(novel)
    assert found["voices:en/l1"].facts["characters/aya: voice.lexicon.Maren"] == "MAH-ren"
    assert not any("lexicon" in fact for fact in found["voices:en/l2"].facts)


def test_ipa_is_in_the_recipe_where_an_engine_is_asked_that_takes_it() -> None:
    said = {"Maren": "/ˈmɑːrən/", "Odile": {"ipa": "oʊˈdiːl", "spelt": "oh-DEEL"}}
    found = recipe(project([say("Hi MAREN, Odile.")], {"lexicon": said}))
    assert found.text == "Hi MAREN, oh-DEEL."
    assert (found.respelt, found.phonemes) == ((((10, 17, "Odile"),)), ((3, 8, "ˈmɑːrən"), (10, 17, "oʊˈdiːl")))
    novel = project([say("Hi MAREN, Odile.")], {"lexicon": said, "preferred_tts": ["alltalk"]}, engines={"voice": []})
    assert recipe(novel).phonemes == () and recipe(novel).respelt == ((10, 17, "Odile"),)
    other = project([say("Hello there, you.")], {"lexicon": said})
    assert key(other) == key(PLAIN)
    facts = clips(project([say("Maren!")], {"lexicon": said}))["voices:en/l1"].facts
    assert facts["characters/aya: voice.lexicon.Maren"] == "/ˈmɑːrən/"


def test_the_voice_that_an_engine_speaks_with_has_a_version_of_its_own() -> None:
    asked = []

    def speaker(engines: tuple[str, ...], voice: Mapping[str, object], language: str) -> str:
        asked.append((engines, voice.get("variant"), language))
        return "amy-piper-voice.2.0"

    tools = replace(TOOLS, voices={"piper": "1.8.0"}, speaker=speaker)
    (target,) = voice_targets(PLAIN, tools, PLAIN.scenes["one"])
    assert target.recipe.engine == "espeak"  # its version is not known to these tools, and so no voice is asked for
    novel = project([say("Hello there, you.")], {"preferred_tts": ["piper"]})
    (target,) = voice_targets(novel, tools, novel.scenes["one"])
    assert target.recipe.engine == "piper@1.8.0+amy-piper-voice.2.0"
    assert asked == [(("piper", "espeak"), "f3", "en")]


# --- reference recordings, conversion, length


def test_the_nearest_recording_is_imitated_by_engines_that_can() -> None:
    voice = {
        "preferred_tts": ["xtts"],
        "reference": "a/voice.wav",
        "delivery": {"low": {"reference": "a/low.wav"}, "high": {}},
        "languages": {"fr": {"reference": "a/fr.wav", "delivery": {"low": {"reference": "a/fr_low.wav"}}}},
    }
    own = [{"id": "l1", "language": "fr", "text": "Oui."}, {"id": "l2", "language": "fr", "text": "Oui."},
           {"id": "l3", "reference": "a/own.wav"}]  # fmt: skip
    script = [
        {**say("Yes.", delivery=delivery), "id": f"l{number}"}
        for number, delivery in enumerate(["low", "high", "low"], start=1)
    ]
    novel = project(script, voice, own, languages=["en", "fr"])
    found = {name: recipe(novel, name).inputs for name in clips(novel)}
    assert {name: item["reference"] for name, item in found.items()} == {
        "voices:en/l1": FileInput("a/low.wav"),
        "voices:en/l2": FileInput("a/voice.wav"),
        "voices:en/l3": FileInput("a/own.wav"),
        "voices:fr/l1": FileInput("a/fr_low.wav"),
        "voices:fr/l2": FileInput("a/fr.wav"),
    }
    assert key(novel) != fingerprint(document(recipe(novel), {"reference": "au1:1"}))
    embedded = project(script, {**voice, "preferred_tts": []}, own, languages=["en", "fr"])
    assert not any(recipe(embedded, name).inputs for name in clips(embedded))


def test_length_and_conversion_are_in_the_recipe() -> None:
    own = [{"id": "l1", "target_ms": 2000, "rvc": {"model": "soft", "pitch": -3, "mix": 0.5}}]
    found = recipe(project([say("Hi.")], {"rvc": {"model": "other"}}, own))
    assert found.target_ms == 2000
    asked = {name: value for name, value in found.conversion.items() if name != "render"}
    assert asked == {"model": "soft", "pitch": -3, "mix": 0.5}
    assert found.conversion["render"]
    assert recipe(project([say("Hi.")], clips=[{"id": "l1", "target_ms": 0}])).target_ms is None


def test_a_recording_is_timed_but_neither_spoken_nor_converted() -> None:
    own = [{"id": "l1", "file": "a/take.wav", "target_ms": 900}]
    found = recipe(project([say("Maren!")], {"rvc": {"model": "x"}, "lexicon": {"Maren": "MAH-ren"}}, own))
    assert (found.engine, found.text, found.target_ms) == ("comfyvn", "Maren!", 900)
    assert not (found.conversion or found.respelt or found.engines or found.voice)
    assert found.inputs == {"recording": FileInput("a/take.wav")}


# --- languages, and who is heard


def test_clips_of_all_languages_are_said_by_the_speaker_of_the_line() -> None:
    own = [
        {"id": "l1", "language": "fr", "text": "M. Dupont est là. Oui."},
        {"id": "n1", "language": "pt_br", "file": "a/n1.wav"},
    ]
    script = [say("Mr. Dupont is here. Yes."), {"narrate": "Rain.", "id": "n1"}, {**say("Go."), "id": "l2"}]
    voice = {"languages": {"fr": {"voice": "fr", "rate": 150}}}
    novel = project(script, voice, own, languages=["en", "fr", "pt_br"])
    assert sorted(clips(novel)) == [
        "voices:en/l1", "voices:en/l2", "voices:en/n1", "voices:fr/l1", "voices:pt_br/n1"
    ]  # fmt: skip
    french = recipe(novel, "voices:fr/l1")
    assert french.chunks == ("M. Dupont est là. ", "Oui.")
    assert (french.language, french.voice["voice"], french.voice["rate"]) == ("fr", "fr", 150)
    assert french.voice["variant"] == recipe(novel).voice["variant"] == "f3"
    assert recipe(novel, "voices:pt_br/n1").language == "pt-br"


@pytest.mark.parametrize(
    ("voiced", "main", "expected"),
    [
        ("all", True, ["l1", "l2", "l4", "n1"]),
        ("main", True, ["l1", "l2", "l4"]),
        ("main", False, ["l2", "l4"]),
        ("none", True, ["l2", "l4"]),
    ],
)
def test_who_is_heard(voiced: str, main: bool, expected: list[str]) -> None:
    script = [
        say("One."),
        {**say("Two.", voiced=True), "id": "l2"},
        {**say("Three.", voiced=False), "id": "l3"},
        {**say("Four."), "id": "l4"},
        {**say("*sighs*"), "id": "l5"},
        {**say("(laughs) …", spoken=None), "id": "l6"},
        {"narrate": "Rain.", "id": "n1"},
    ]
    novel = project(script, clips=[{"id": "l4"}], voiced=voiced)
    characters = {"aya": novel.characters["aya"].model_copy(update={"main": main})}
    novel = Project(novel.novel, characters=characters, scenes=novel.scenes, clips=novel.clips, voices=novel.voices)
    heard = [target.name.partition("/")[2] for target in voice_targets(novel, TOOLS, novel.scenes["one"])]
    assert sorted(heard) == expected


def test_a_clip_in_another_language_voices_no_line_in_the_first() -> None:
    own = [{"id": "l1", "language": "fr", "text": "Oui."}]
    novel = project([say("Yes.")], clips=own, languages=["en", "fr"], voiced="none")
    assert list(clips(novel)) == ["voices:fr/l1"]
    assert recipe(novel, "voices:fr/l1").voice["variant"] == "f3"  # hers, not the narrator's


def test_bits_are_in_the_recipe_where_they_are_not_the_usual_ones() -> None:
    assert "bits" not in document(recipe(PLAIN), {})
    fine = project([say("Hello there, you.")], clips=[{"id": "l2", "file": "a/take.wav"}], wav_bits=24)
    assert [recipe(fine, name).bits for name in ("voices:en/l1", "voices:en/l2")] == [24, 24]
