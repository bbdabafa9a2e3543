"""Further languages in the plan and in the Ren'Py export: clips of their own text, and texts by Ren'Py's means."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.character import Character
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene
from comfyvn.contracts.translation import SceneTranslation, source_digest
from comfyvn.contracts.voice import VoiceContract
from comfyvn.providers import Lock, Registry
from comfyvn.recipe import Speak, document, fingerprint
from comfyvn.targets import renpy
from comfyvn.targets.renpy_tl import interface_text
from comfyvn.targets.renpy_tl_words import WORDS
from comfyvn.targets.target import Target, Toolbox
from comfyvn.targets.translations import entries, unfinished
from comfyvn.targets.voices import voice_targets
from tests.fakes import renpy_novel, translations

TOOLS = Toolbox({}, Registry(version=1), Lock(version=1), {"espeak": "1.52"}, "2")
EN = "Hello there, you."


def project(
    line: dict[str, Any], lines: dict[str, Any], voice: Any = None, clips: tuple[Any, ...] = (), **novel: Any
) -> Project:
    document = {"id": "a", "title": "A", "start": "pier", "style": "x", "languages": ["en", "de", "pt_br"], **novel}
    aya = Character.model_validate({
        "id": "aya", "name": "Aya", "outfits": {"a": {}}, "pose_families": {"m": {"poses": {"s": {}}}},
        "expressions": {"calm": {}}, "voice": {"voice": "en-gb", "variant": "f3", **(voice or {})},
    })  # fmt: skip
    scene = {"id": "pier", "background": {}, "script": [{"say": "aya", "text": EN, "id": "l1", **line}]}
    voices = VoiceContract.model_validate({"clips": list(clips)})
    return Project(
        novel=Novel.model_validate(document),
        characters={"aya": aya},
        scenes={"pier": Scene.model_validate(scene)},
        clips={(clip.id, clip.language or "en"): clip for clip in voices.clips},
        scene_translations={"de/pier": SceneTranslation.model_validate({"lines": lines})} if lines else {},
    )


def planned(novel: Project) -> dict[str, Target]:
    return {target.name: target for target in voice_targets(novel, TOOLS, novel.scenes["pier"])}


def key(target: Target) -> str:
    return fingerprint(document(target.recipe, {}))


def test_a_translated_line_is_a_clip_of_its_own_and_changes_none() -> None:
    plain, dubbed = planned(project({}, {})), planned(project({}, {"l1": {"text": "Hallo, {i}du{/i}."}}))
    assert set(plain) == {"voices:en/l1"} and set(dubbed) == {"voices:en/l1", "voices:de/l1"}
    assert key(plain["voices:en/l1"]) == key(dubbed["voices:en/l1"])
    own = dubbed["voices:de/l1"]
    assert isinstance(own.recipe, Speak)
    assert (own.recipe.text, own.recipe.language) == ("Hallo, du.", "de")
    assert own.facts["tl/de/pier: l1 text"] == "Hallo, du."
    assert own.files[0] == "build/voices/de/l1.wav"


@pytest.mark.parametrize(
    "same",
    [
        ({"text": "Something else."}, {"l1": {"text": "Hallo, du."}}),  # stale: it is spoken all the same
        ({}, {"l1": {"text": "{b}Hallo{/b}, du.", "note": "n", "source": source_digest(EN)}}),
        ({"expression": "calm"}, {"l1": {"text": "Anders geschrieben.", "spoken": "Hallo, du."}}),
    ],
)
def test_a_dub_is_keyed_on_what_is_heard_in_it(same: tuple[Any, Any]) -> None:
    first = planned(project({}, {"l1": {"text": "Hallo, du."}}))["voices:de/l1"]
    assert key(planned(project(*same))["voices:de/l1"]) == key(first)
    assert key(planned(project({}, {"l1": {"text": "Hallo, ihr."}}))["voices:de/l1"]) != key(first)


@pytest.mark.parametrize(
    ("line", "lines", "novel"),
    [
        ({}, {"l1": {"text": ""}}, {}),
        ({}, {"l1": {"text": "…"}}, {}),
        ({}, {"l2": {"text": "Hallo."}}, {}),
        ({"voiced": False}, {"l1": {"text": "Hallo."}}, {}),
        ({}, {"l1": {"text": "Hallo."}}, {"voiced": "none"}),
        ({}, {"l1": {"text": "Hallo."}}, {"dubbed": []}),
        ({}, {"l1": {"text": "Hallo."}}, {"dubbed": ["pt_br"]}),
        ({}, {"l1": {"text": "Hallo, [who]."}}, {"variables": {"who": "x"}}),
        ({"clip": "c1"}, {"l1": {"text": "Hallo."}}, {}),
    ],
)
def test_what_has_no_voice_there_has_no_clip(line: Any, lines: Any, novel: Any) -> None:
    assert "voices:de/l1" not in planned(project(line, lines, **novel))


def test_a_voice_speaks_another_language_as_its_own_settings_say() -> None:
    lines = {"l1": {"text": "Hallo, Tern."}}
    usual = planned(project({}, lines))["voices:de/l1"].recipe
    assert isinstance(usual, Speak)
    assert "voice" not in usual.voice and usual.voice["variant"] == "f3"  # en-gb is how she speaks English
    german = {"languages": {"de": {"voice": "de", "rate": 150, "lexicon": {"Tern": "Törn"}}}}
    own = planned(project({}, lines, german))["voices:de/l1"].recipe
    assert isinstance(own, Speak)
    assert (own.voice["voice"], own.voice["rate"], own.text) == ("de", 150, "Hallo, Törn.")
    spoken = planned(project({}, {}, german))["voices:en/l1"].recipe
    assert isinstance(spoken, Speak) and spoken.voice["voice"] == "en-gb"


def test_a_clip_of_that_language_goes_before_the_translation() -> None:
    lines = {"l1": {"text": "Hallo."}}
    words = {"id": "l1", "language": "de", "text": "Grüß dich."}
    found = planned(project({}, lines, clips=(words,), dubbed=[]))["voices:de/l1"].recipe
    assert isinstance(found, Speak) and found.text == "Grüß dich." and found.voice["voice"] == "en-gb"
    seed = planned(project({}, lines, clips=({"id": "l1", "language": "de", "seed": 7},)))["voices:de/l1"].recipe
    assert isinstance(seed, Speak) and (seed.text, seed.seed) == ("Hallo.", 7)


# --- the Ren'Py export


@pytest.fixture(scope="module")
def novel() -> Project:
    return translations.project()


@pytest.fixture(scope="module")
def texts(novel: Project) -> dict[str, str]:
    return renpy.texts(novel)


def test_one_language_is_exported_as_it_always_was(texts: dict[str, str]) -> None:
    alone = renpy.texts(renpy_novel.project())
    assert not [place for place in alone if "/tl/" in place or "languages" in place]
    assert not [text for text in alone.values() if "{#m0" in text or "cvn_languages" in text or "LANGUAGES" in text]
    assert "".join(texts.values()).count("use cvn_languages") == 1


def test_lines_hang_on_their_say_ids_with_the_same_looks(texts: dict[str, str]) -> None:
    german = texts["game/tl/de/scenes/start.rpy"]
    assert 'translate de a0001:\n    c_aya happy "Da bist du ja, {i}endlich{/i}."\n' in german
    assert 'translate de _in:\n    c_hide _not "Ich heiße wie ein Schlüsselwort."\n' in german
    assert 'translate de m0001:\n    c_aya neutral "Wohin?" nointeract\n' in german
    assert "translate _id n0001:" in texts["game/tl/_id/scenes/start.rpy"]
    ids = set(re.findall(r" id (\w+)$", "\n".join(texts.values()), re.MULTILINE))
    assert set(re.findall(r"^translate \w+ (\w+):", german, re.MULTILINE)) - {"strings"} <= ids


def test_every_string_is_told_apart_and_looked_up_as_the_script_has_it(texts: dict[str, str]) -> None:
    for language in ("de", "he", "_id"):
        own = "\n".join(text for place, text in texts.items() if f"/tl/{language}/" in place)
        old = [ast.literal_eval(each) for each in re.findall(r"^    old (.*)$", own, re.MULTILINE)]
        assert len(set(old)) == len(old)
    assert '"Wait{#m0003}" if' in texts["game/scenes/start.rpy"]
    assert 'old "Wait{#m0003}"\n    new "Warten"' in texts["game/tl/de/scenes/start.rpy"]
    assert "default=__(" in texts["game/scenes/start.rpy"] and "$ save_name = __(" in texts["game/scenes/start.rpy"]


def test_dubs_lie_under_the_same_name(novel: Project) -> None:
    found = renpy.assets(novel)
    assert getattr(found["game/tl/de/voice/_in.ogg"], "file", "") == "build/voices/de/in.ogg"
    assert getattr(found["game/tl/_id/voice/n0001.ogg"], "file", "") == "build/voices/id/n0001.ogg"
    assert not [place for place in renpy.assets(renpy_novel.project()) if "/tl/" in place]


def test_a_font_of_its_own_and_the_way_it_is_written(novel: Project) -> None:
    fonts = {"he": "art/Hebrew.TTF", "de": "art/Fraktur.otf"}
    text = renpy.texts(replace(novel, novel=novel.novel.model_copy(update={"fonts": fonts})))["game/languages.rpy"]
    assert 'translate he style default:\n    font "fonts/he.ttf"\n' in text
    assert '("de", "{font=fonts/de.otf}Deutsch{/font}")' in text and "{font=DejaVuSans.ttf}English" in text
    assert "define config.rtl = True" in text and "translate he style say_dialogue:" in text
    only = renpy.texts(renpy_novel.project(languages=["ar"]))["game/languages.rpy"]
    assert "define config.rtl = True" in only and "cvn_languages" not in only


@given(st.text(max_size=40))
def test_a_translated_button_asks_nothing_of_the_engine_that_the_original_does_not(text: str) -> None:
    original = "Made with {a=https://www.renpy.org/}Ren'Py{/a} [renpy.version_only]."
    found = interface_text(original, text + "[renpy.quit()] {a=call:x}")
    for mark in ("{a=https://www.renpy.org/}", "{/a}", "[renpy.version_only]"):
        found = found.replace(mark, "")
    assert not re.search(r"(?<!\[)(?:\[\[)*\[(?!\[)", found) and not re.search(r"(?<!\{)(?:\{\{)*\{(?!\{)", found)


def test_a_button_that_the_engine_could_not_fill_in_is_left_out() -> None:
    assert interface_text("Saved screenshot as %s.", "Bild %s gespeichert.") == "Bild %s gespeichert."
    assert [interface_text("Saved as %s.", text) for text in ("Bild", "%s %s", "100% %s")] == ["", "", ""]
    assert interface_text("{#file_time}%Y-%m-%d", "{#file_time}%d.%m.%Y") == "{#file_time}%d.%m.%Y"
    assert interface_text("{#file_time}%Y-%m-%d", "%q") == ""


def test_screens_are_german_without_a_word_of_the_novel() -> None:
    german = renpy.texts(renpy_novel.project(languages=["en", "de"]))["game/tl/de/strings.rpy"]
    assert 'old "Preferences"\n    new "Einstellungen"' in german
    said = {text: interface_text(text, WORDS["de"].get(text, "")) for text in renpy.interface(renpy_novel.project())}
    assert [text for text, new in said.items() if not new and len(text) > 1] == []


# --- how far it is


def test_states_of_what_there_is_to_translate() -> None:
    line = {"text": "Hello, [who].", "spoken": "Hello."}
    more: dict[str, Any] = {"variables": {"who": "x"}, "exports": []}
    current = source_digest("Hello, [who].")
    for found, state in (
        ({}, "missing"), ({"text": ""}, "missing"), ({"text": "Hallo.", "source": source_digest(EN)}, "stale"),
        ({"text": "Hallo."}, "unmarked"), ({"text": "Hallo, [who].", "source": current}, "unspoken"),
        ({"text": "Hallo, [who].", "spoken": "Hallo.", "source": current}, "done"),
    ):  # fmt: skip
        one = project(line, {"l1": found} if found else {}, **more)
        assert [each.state for each in entries(one, "de") if each.id] == [state], found
    silent = project(line, {"l1": {"text": "Hallo, [who].", "source": current}}, dubbed=[], **more)
    assert [each.state for each in entries(silent, "de") if each.id] == ["done"]


def test_a_release_is_told_of_every_language_that_is_on(novel: Project) -> None:
    left = list(unfinished(novel))
    assert {entry.language for entry in left} == {"de", "he", "id"}
    german = {entry.id or entry.source for entry in left if entry.language == "de"}
    assert "m0004" in german and "a0001" not in german and "x011" not in german  # x011 says nothing
    assert "Saved screenshot as %s." in german and not {"Preferences", "Quit"} & german
    assert not list(unfinished(renpy_novel.project()))


def test_the_games_screens_are_written_once_for_all_languages() -> None:
    asked: list[str] = []

    def memo(name: str, make: Callable[[], Any]) -> Any:
        asked.append(name)
        return make()

    texts = renpy.texts(translations.project(), memo)
    assert len([name for name in texts if name.endswith("/strings.rpy")]) > 0
    assert asked.count("renpy/gui") == 1
