"""What the export makes of pages of text, films, pictures to see again, scenes to replay, voices and descriptions."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from comfyvn.recipe import FileInput
from comfyvn.targets import renpy
from comfyvn.targets.renpy_extras import EXTRA_SCREENS
from comfyvn.targets.renpy_shown import story_order
from comfyvn.targets.renpy_ui import ENGINE, SCREENS, ui_strings
from tests.fakes import renpy_novel


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return renpy.texts(renpy_novel.project())


def stripped(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def test_a_scene_of_the_mode_nvl_is_said_on_pages(texts: dict[str, str]) -> None:
    page = stripped(texts["game/scenes/page.rpy"])
    assert page[5:10] == [
        "with dissolve",
        "nvl clear",
        'alt "It is dark."',
        'n_narrator "Nobody wrote for a long time." id p0001',
        'n_aya _face_sad "Then [[somebody] did." id p0002',
    ]
    assert 'm_aya "Not {b}me{/b}." id p0003' in page
    assert page.index("menu (nvl=True):") == page.index("nvl clear", 7) + 1
    characters = texts["game/characters.rpy"]
    look = 'kind=nvl, image="aya", voice_tag="aya", who_color='
    assert re.search(rf'^define n_aya = Character\(".*", {look}', characters, re.M)
    assert "define m_aya = Character(kind=n_aya, voice_tag=None)" in characters
    narrator = "Character(None, kind=nvl, what_style='nvl_thought', voice_tag='_narrator')"
    assert f"define n_narrator = {narrator}" in characters


def test_who_never_speaks_on_a_page_is_not_defined_for_one(texts: dict[str, str]) -> None:
    assert "n_zed" not in texts["game/characters.rpy"]


def test_a_film_fills_the_screen_with_its_captions_and_its_file_is_an_asset(texts: dict[str, str]) -> None:
    page = stripped(texts["game/scenes/page.rpy"])
    at = page.index("scene movie opening")
    assert page[at - 1] == 'alt "Waves, [[seen] from above."'
    called = re.fullmatch(r"call screen cvn_movie\((\[.*\]), True\)", page[at + 1])
    assert called is not None
    assert ast.literal_eval(called[1]) == [
        (0.0, 0.8, 'The {{i}sea[[/i] of [v_visitor!q], 100% "wet".'), (1.0, 1.5, "(Gulls.)"),
    ]  # fmt: skip
    assert page[at + 2 : at + 4] == ["scene black", "with fade"]
    assert 'image movie opening = cvn.film("movies/opening.webm")' in texts["game/images.rpy"]
    assert renpy.assets(renpy_novel.project())["game/movies/opening.webm"] == FileInput("films/opening.webm")
    assert "films = True" in texts["game/extras.rpy"]


def table(text: str, name: str) -> Any:
    found = re.search(rf"^    {name} = (\[.*?^    \])", text, re.M | re.S)
    assert found is not None, name
    return ast.literal_eval(found[1])


def test_the_gallery_has_the_stills_in_the_order_of_the_story(texts: dict[str, str]) -> None:
    pictures = table(texts["game/extras.rpy"], "pictures")
    assert pictures == [("still start kiss", ""), ("still page letter", "The [[letter] {{b}")]


def test_a_still_can_be_left_out_of_the_gallery_and_is_described(texts: dict[str, str]) -> None:
    novel = renpy_novel.project()
    page = novel.scenes["page"]
    hidden = page.model_copy(update={"shots": (page.shots[0].model_copy(update={"gallery": False}),)})
    changed = renpy.texts(renpy_novel.with_scene(novel, hidden))
    assert table(changed["game/extras.rpy"], "pictures") == [("still start kiss", "")]
    lines = stripped(texts["game/scenes/page.rpy"])
    at = lines.index("scene still page letter")
    assert lines[at + 2] == 'alt "A [[letter] {i}lies{/i} there."'


def test_a_replay_ends_where_the_story_leaves_the_scene(texts: dict[str, str]) -> None:
    assert table(texts["game/extras.rpy"], "scenes") == [("scene_page", "A [[page] of {{text}")]
    page = stripped(texts["game/scenes/page.rpy"])
    assert page[page.index("jump scene_page.ash") - 1] != "$ renpy.end_replay()"
    ending = page.index('call screen cvn_ending("Letters")')
    assert "$ renpy.end_replay()" in page[ending - 5 : ending]
    assert "end_replay" not in texts["game/scenes/start.rpy"]


def test_everybody_who_is_heard_has_a_volume(texts: dict[str, str]) -> None:
    voices = re.search(r"voices = \[\n(.*?)\n    \]", texts["game/characters.rpy"], re.S)
    assert voices is not None
    tags = re.findall(r'\("(\w+)", ', voices[1])
    assert tags == ["aya", "_hide", "zed", "_narrator"]
    assert set(tags) - {"_narrator"} == set(re.findall(r'voice_tag="(\w+)"', texts["game/characters.rpy"]))


def test_a_novel_without_voices_films_or_pictures_offers_none() -> None:
    novel = renpy_novel.project(voiced="none")
    scenes = {key: scene.model_copy(update={"shots": (), "script": ()}) for key, scene in novel.scenes.items()}
    for scene in scenes.values():
        novel = renpy_novel.with_scene(novel, scene.model_copy(update={"replay": False}))
    texts = renpy.texts(novel)
    assert "pictures = []" in texts["game/extras.rpy"] and "scenes = []" in texts["game/extras.rpy"]
    assert "films = False" in texts["game/extras.rpy"]
    assert "voices = [\n    ]" in texts["game/characters.rpy"]


def test_stories_are_read_from_their_start() -> None:
    goals = {"a": ["b"], "b": [], "c": ["d", "a"], "d": ["b"], "e": []}
    assert story_order("c", goals) == ["c", "d", "a", "b", "e"]
    assert story_order("nowhere", goals) == ["a", "b", "c", "d", "e"]


def test_the_theme_states_colours_fonts_and_sizes() -> None:
    theme = {
        "accent": "#102030", "ink": "#405060", "paper": "#708090", "text_size": 40, "name_size": 50,
        "interface_size": 30, "title_size": 120, "title_font": "fonts/Fancy.otf", "radius": 3, "opacity": 0.5,
    }  # fmt: skip
    novel = renpy_novel.project(theme=theme, font="fonts/Plain.ttf")
    gui = renpy.texts(novel)["game/gui.rpy"]
    for line in (
        'define gui.accent = "#102030"', 'define gui.ink = "#405060"', 'define gui.paper = "#708090"',
        'define gui.panel = "#70809080"', 'define gui.font = "fonts/en.ttf"',
        'define gui.title_font = "fonts/title.otf"',
        "define gui.text_size = int(40 * gui.growth)", "define gui.name_size = int(50 * gui.growth)",
        "define gui.interface_size = int(30 * gui.growth)", "define gui.title_size = 120", "define gui.radius = 3",
    ):  # fmt: skip
        assert line in gui.splitlines()
    assert renpy.assets(novel)["game/fonts/title.otf"] == FileInput("fonts/Fancy.otf")


def test_the_translator_meets_every_word_of_the_screens() -> None:
    strings = ui_strings([*SCREENS.values(), EXTRA_SCREENS])
    some = {"Start", "Return", "Accessibility", "High contrast", "Voice volume", "Narrator", "Previous page"}
    assert some | {*ENGINE} <= {*strings}
    assert len(set(strings)) == len(strings)
    for place, text in SCREENS.items():
        words = re.findall(r'^ *(?:textbutton|label|text) "([^"]*)"', text, re.M)
        assert [word for word in words if re.search(r"[a-z]{2}", re.sub(r"\[.*?\]|\{.*?\}", "", word))
                and word not in ("DejaVu Sans", "OpenDyslexic")] == [], place  # fmt: skip


def test_every_button_without_words_is_named_for_who_hears_it() -> None:
    for place, text in SCREENS.items():
        for line in text.splitlines():
            label = re.match(r' *textbutton (?:_\()?"([^"]*)"', line)
            if label and not re.search(r"[A-Za-z]{2}", re.sub(r"\[.*?\]|\{.*?\}", "", label[1])):
                following = text[text.index(line) :][:300]
                assert "alt " in following, (place, line)
