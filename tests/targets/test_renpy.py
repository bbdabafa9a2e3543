"""The Ren'Py export as values: what its texts say, where its artifacts go, and that both agree."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.colours import readable
from comfyvn.contracts.condition import parse_condition
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.scene import Scene
from comfyvn.recipe import FileInput, TargetInput
from comfyvn.targets import renpy
from comfyvn.targets.renpy_cast import WHOLE, some_attributes
from comfyvn.targets.renpy_look import scaled
from comfyvn.targets.renpy_script import condition_code
from tests.fakes import renpy_novel


def scene(name: str = "start") -> str:
    return renpy.texts(renpy_novel.project())[f"game/scenes/{name}.rpy"]


def block(text: str, first: str) -> list[str]:
    """The lines from the one that begins with `first`, stripped."""
    found = [line.strip() for line in text.splitlines()]
    return found[next(index for index, line in enumerate(found) if line.startswith(first)) :]


def test_every_text_says_where_it_comes_from_and_ends_with_a_newline() -> None:
    novel = renpy_novel.project()
    atlases = {key: renpy_novel.atlas(character) for key, character in novel.characters.items()}
    for place, text in {**renpy.texts(novel), **renpy.image_texts(novel, atlases)}.items():
        assert text.startswith("# Made by ComfyVN") and "renpy/game/" in text.splitlines()[0], place
        assert text.endswith("\n") and not text.endswith("\n\n"), place
        assert "\t" not in text, place
        assert not re.search(r"\bpx\(|TEXT_SIZE", text), place


def test_the_same_novel_gives_the_same_texts_and_places_are_plain_names() -> None:
    first, second = renpy_novel.project(), renpy_novel.project()
    assert list(renpy.texts(first).items()) == list(renpy.texts(second).items())
    assert list(renpy.assets(first).items()) == list(renpy.assets(second).items())
    for place in [*renpy.texts(first), *renpy.assets(first)]:
        assert re.fullmatch(r"game/[a-z0-9_./-]+", place) and ".." not in PurePosixPath(place).parts


def test_every_file_that_a_text_names_is_an_asset_and_the_other_way_round() -> None:
    novel = renpy_novel.project()
    atlases = {key: renpy_novel.atlas(character) for key, character in novel.characters.items()}
    texts = {**renpy.texts(novel), **renpy.image_texts(novel, atlases)}
    named = {
        "game/" + re.sub(r"^<[^>]*>", "", name)
        for text in texts.values()
        for name in re.findall(r'"((?:<[^>]*>)?(?:bg|stills|audio|movies|atlas|fonts)/[^"]+)"', text)
    }
    pages = {f"game/atlas/{key}/{key}-0.png" for key in novel.characters}
    places = {place for place in renpy.assets(novel) if not place.startswith("game/voice/")}
    assert named == {place for place in places if not place.endswith("/")} | pages


def test_assets_name_their_targets_and_files() -> None:
    assets = renpy.assets(renpy_novel.project())
    assert assets["game/bg/cafe/night.png"] == TargetInput("backgrounds:cafe/night", "build/backgrounds/cafe/night.png")
    assert assets["game/stills/start/kiss.png"] == TargetInput("scenes:start/kiss", "build/scenes/start/kiss.png")
    assert assets["game/stills/pier/base.png"] == TargetInput("scenes:pier/base", "build/scenes/pier/base.png")
    assert assets["game/atlas/aya/"] == TargetInput("atlases:aya")
    assert assets["game/audio/theme.ogg"] == FileInput("audio/theme.OGG")
    assert assets["game/voice/a0001.ogg"] == TargetInput("voices:en/a0001", "build/voices/en/a0001.ogg")
    assert assets["game/voice/a0009.ogg"] == TargetInput("voices:en/n0001", "build/voices/en/n0001.ogg")
    assert assets["game/voice/_in.ogg"] == TargetInput("voices:en/in", "build/voices/en/in.ogg")
    assert "game/voice/a0002.ogg" not in assets


def test_say_ids_are_line_ids_and_unique() -> None:
    ids = [
        found
        for text in renpy.texts(renpy_novel.project()).values()
        for found in re.findall(r'" id (\w+)$', text, re.M)
    ]
    lines = [line for line in renpy_novel.project().lines() if line.kind in ("say", "narrate", "menu") and line.id]
    assert Counter(ids) == Counter("_in" if line.id == "in" else str(line.id) for line in lines)


def test_a_scene_opens_with_its_place_its_people_and_its_music() -> None:
    assert block(scene("pier"), "label")[:6] == [
        "label scene_pier:",
        '$ save_name = ""',
        "scene still pier base",
        "show aya uniform standing happy at cvn_at(0.88)",
        "with dissolve",
        f"c_aya {renpy_novel_line(0)} id x900",
    ]


def renpy_novel_line(number: int) -> str:
    escaped = renpy_novel.NASTY[number].replace("\\", "\\\\").replace('"', '\\"').replace("[", "[[").replace("{", "{{")
    return f'"{escaped}"'


def test_a_say_with_looks_names_only_what_it_changes_and_a_silent_one_has_no_voice_tag() -> None:
    text = scene()
    assert 'c_aya happy "There you are, {i}finally{/i}." id a0001' in text
    assert 'c_hide _not "I am called like a keyword." id _in' in text
    assert 'u_aya _pose_sad _face_sad "One look aside." id a0002' in text
    assert (
        "define u_aya = Character(kind=c_aya, voice_tag=None)"
        in renpy.texts(renpy_novel.project())["game/characters.rpy"]
    )


def test_menus_hold_prompt_conditions_branches_and_jumps() -> None:
    assert block(scene(), "menu:")[:12] == [
        "menu:",
        'c_aya neutral "Which way?" id m0001',
        '"Take the {i}[v_visitor!q]{/i} [[road] {{x} 100%?":',
        "jump scene_pier",
        '"Wait" if v_trust < 2 or v_brave:',
        "$ v_trust += 1",
        '"Time passes." id n0002',
        "jump scene_start.again",
        '"Never" if v_trust > 90:',
        "pass",
        '"Nod":',
        "pass",
    ]


@pytest.mark.parametrize(
    "line",
    [
        'play music "<loop 0.1 to 0.4>audio/theme.ogg" volume 0.2506 if_changed',
        'play ambience "<loop 0.05>audio/waves.ogg" fadeout 1.0 fadein 1.0 if_changed',
        'play sound "audio/bell.ogg" volume 1.4125',
        "pause 0.1",
        "pause",
        "with vpunch",
        "with None",
        "with wipeleft",
        "with easeinleft",
        "with moveinright",
        "show aya uniform at cvn_at(0.8)",
        "show _hide at cvn_at(0.27)",
        "hide _hide",
        "scene still start kiss",
        "label .again:",
        "jump scene_pier.stairs",
        "$ v_trust = 2",
        "$ v_weight += 0.5",
        'if v_mood == "S0S [x] _\\u005fy" and v_trust == 1 and (not v_weight > 3):',
        '$ v_visitor = renpy.input("Your {b}name{/b} [[please], [v_visitor!q]?", default="Kit {b}", length=12).strip() '
        'or "Kit {b}"',
    ],
)
def test_every_statement_has_its_line(line: str) -> None:
    assert line in [each.strip() for each in scene().splitlines()]


def test_a_scene_without_an_end_goes_on_to_the_next_and_an_end_returns() -> None:
    assert [line.strip() for line in scene("pier").splitlines()][-1] == "jump scene_last"
    assert block(scene("last"), "call screen")[:2] == ['call screen cvn_ending("")', "return"]
    assert 'call screen cvn_ending("Good {b}end{/b} [[x] {{y}")' in scene("pier")


def test_hostile_titles_and_names_are_written_as_text() -> None:
    texts = renpy.texts(renpy_novel.project(title='A "b" \\ [c] {d}\n__e__', id="tide"))
    assert 'define gui.title = "A \\"b\\" \\\\ [[c] {{d} _\\u005fe_\\u005f"' in texts["game/gui.rpy"]
    assert 'define config.name = "A \\"b\\" \\\\ [c] {d} _\\u005fe_\\u005f"' in texts["game/options.rpy"]
    assert 'define config.save_directory = "tide"' in texts["game/options.rpy"]
    assert 'Character("Aya [[of] {{the} %s \\"Pier\\""' in texts["game/characters.rpy"]
    assert 'default v_mood = "so {b} [x] so"' in texts["game/script.rpy"]


def test_fonts_of_the_novel_are_copied_and_named() -> None:
    novel = renpy_novel.project(font="fonts/Serif.TTC", fonts={"ja": "fonts/Gothic.otf"}, languages=["en", "ja", "de"])
    fonts = {place: item for place, item in renpy.assets(novel).items() if "/fonts/" in place}
    assert fonts == {
        "game/fonts/en.ttc": FileInput("fonts/Serif.TTC"),
        "game/fonts/ja.otf": FileInput("fonts/Gothic.otf"),
    }
    assert 'define gui.font = "0@fonts/en.ttc"' in renpy.texts(novel)["game/gui.rpy"]


def test_frames_become_static_images_scaled_to_the_characters_height() -> None:
    novel = renpy_novel.project()
    text = renpy.image_texts(novel, {"hide": renpy_novel.atlas(novel.characters["hide"])})["game/images_hide.rpy"]
    lines = [line for line in text.splitlines() if line.startswith("image ")]
    assert len(lines) == len(novel.characters["hide"].sprites())
    assert lines[0] == (
        "image _hide casual standing neutral = Transform(Composite((204, 304), (2, 4), "
        'Crop((0, 0, 200, 300), "atlas/hide/hide-0.png")), zoom=3.06947, yoffset=103)'
    )


@pytest.mark.parametrize("resolution", [[1920, 1080], [1280, 720]])
def test_a_sprites_cut_is_below_the_screen_and_its_head_below_the_upper_edge(resolution: list[int]) -> None:
    novel = renpy_novel.project(resolution=resolution)
    text = renpy.image_texts(novel, {"aya": renpy_novel.atlas(novel.characters["aya"])})["game/images_aya.rpy"]
    found = re.search(r"Composite\(\(\d+, (\d+)\).*zoom=([\d.]+), yoffset=(\d+)", text)
    assert found is not None
    character, high = novel.characters["aya"], resolution[1]
    canvas = float(found[1]) * float(found[2]) / character.height
    drop = float(found[3]) / character.height - canvas * character.baseline
    assert drop > 0.1 * high
    hair = 0.045 * canvas  # where it begins in a draft
    assert 0.08 <= (high - canvas + drop + hair) / high <= 0.1


def test_choices_stand_on_the_text_box_below_the_faces() -> None:
    screens = renpy.texts(renpy_novel.project(resolution=[1920, 1080]))["game/screens.rpy"]

    def size(style: str, name: str) -> int:
        found = re.search(rf"style {style}[^\n]*:\n(?:    .*\n)*?    {name} (\d+)", screens)
        assert found is not None, style
        return int(found[1])

    low, row, gap = (
        size("choice_list", "ysize"), size("choice_button", "yminimum"), size("choice_vbox", "spacing"),
    )  # fmt: skip
    assert 0.62 * 1080 <= low <= 0.66 * 1080
    assert low - (4 * row + 3 * gap) >= 0.35 * 1080
    assert low - (8 * row + 7 * gap) >= 0


def test_a_second_page_is_named() -> None:
    novel = renpy_novel.project()
    atlas = renpy_novel.atlas(novel.characters["zed"])
    atlas["meta"]["images"].append({"image": "zed-1.png"})
    atlas["frames"]["casual/standing/happy"]["page"] = 1
    text = renpy.image_texts(novel, {"zed": atlas})["game/images_zed.rpy"]
    assert re.findall(r"image (.*) = .*zed-1", text) == ["zed casual standing happy"]


def whole(shown: tuple[str, ...] | None) -> Any:
    """The exported function that completes a sprite's name, run with a stage on which `shown` is seen."""
    parts = {"outfit": ["coat", "dress"], "pose": ["sit", "stand"], "face": ["glad", "calm"]}
    cells = [(o, p, f) for o in parts["outfit"] for p in parts["pose"] for f in parts["face"]]
    cells.remove(("dress", "sit", "calm"))
    stage = SimpleNamespace(
        config=SimpleNamespace(adjust_attributes={}),
        showing=lambda tag: shown is not None,
        get_attributes=lambda tag: shown,
    )
    store: dict[str, Any] = {
        "renpy": stage, "cast": {"aya": {**parts, "default": ("coat", "stand", "calm"), "sprites": cells}},
    }  # fmt: skip
    exec("if True:" + WHOLE, store)
    return stage.config.adjust_attributes["aya"]


@pytest.mark.parametrize(
    ("shown", "asked", "found"),
    [
        (None, (), ("coat", "stand", "calm")),
        (None, ("glad",), ("coat", "stand", "glad")),
        (("dress", "sit", "glad"), (), ("dress", "sit", "glad")),
        (("coat", "sit", "glad"), ("dress",), ("dress", "sit", "glad")),
        (("dress", "sit", "glad"), ("calm",), ("dress", "stand", "calm")),
        (("coat", "sit", "glad"), ("-glad",), ("coat", "sit", "glad")),
        (None, ("drawn_by_hand",), ("drawn_by_hand",)),
    ],
)
def test_what_a_script_leaves_out_stays_as_on_screen_else_is_the_default(
    shown: tuple[str, ...] | None, asked: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert whole(shown)(("aya", *asked)) == ("aya", *found)


def test_a_word_with_two_roles_is_told_apart() -> None:
    assert some_attributes(renpy_novel.project().characters["aya"], None, "sad", "sad") == " _pose_sad _face_sad"


@given(st.integers(0, 9), st.booleans(), st.text("ab S01_[]{}%", max_size=9))
def test_conditions_mean_the_same_over_the_games_names(trust: int, brave: bool, mood: str) -> None:
    for text in ("trust * 2 - 1 > 5 and not brave", f"mood == {mood!r} or (trust < 3) == brave", "-trust + 1 >= -3"):
        code = parse_condition(text).code
        names = {"trust": trust, "brave": brave, "mood": mood}
        expected = eval(code, {}, names)
        assert eval(condition_code(text), {}, {f"v_{key}": value for key, value in names.items()}) == expected


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_names_can_be_read_on_any_paper(colour: str, paper: str) -> None:
    def luminance(rgb: str) -> float:
        channels = [int(rgb[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    one, other = sorted((luminance(readable(colour, paper)), luminance(paper)))
    assert (other + 0.05) / (one + 0.05) >= 4.5


def test_screens_are_sized_for_the_novels_resolution() -> None:
    small = Novel.model_validate({"id": "n", "title": "N", "start": "s", "style": "p", "resolution": [1280, 720]})
    assert scaled("size px(30) px(1) text_px(36)", small) == "size 20 1 24"
    texts = renpy.texts(renpy_novel.project(resolution=[1280, 720]))
    assert "gui.init(1280, 720)" in texts["game/gui.rpy"]
    assert "define gui.text_size = int(24 * gui.growth)\n" in texts["game/gui.rpy"]
    assert "    xsize 1040\n" in texts["game/screens.rpy"]


def test_the_game_says_what_a_distribution_holds_and_what_stands_for_it() -> None:
    novel = renpy_novel.project()
    assert "window_icon" not in renpy.texts(novel)["game/options.rpy"]
    with_icon = replace(novel, novel=novel.novel.model_copy(update={"icon": "art/Icon.PNG", "release": "2.1"}))
    options = renpy.texts(with_icon)["game/options.rpy"]
    assert 'define config.window_icon = "gui/window_icon.png"' in options
    assert 'define config.version = "2.1"' in options and 'build.classify("**.rpy", None)' in options
    assert renpy.assets(with_icon)["game/gui/window_icon.png"] == FileInput("art/Icon.PNG")


def test_code_of_the_author_stands_as_it_is() -> None:
    code = "if renpy.variant('pc'):\n    show screen tide\n\nwith None"
    scene = Scene.model_validate({
        "id": "pier", "background": "cafe", "script": [{"if": "brave", "then": [{"renpy": code}]}],
    })  # fmt: skip
    novel = renpy_novel.project(trusted=True)
    text = renpy.texts(replace(novel, scenes={**novel.scenes, "pier": scene}))["game/scenes/pier.rpy"]
    block = "\n".join(" " * 8 + line if line else "" for line in code.split("\n"))
    assert f"    if v_brave:\n{block}\n    return" in text


def test_sprites_are_files_of_their_own_or_crops_of_atlas_pages() -> None:
    whole = renpy_novel.project()
    novel = renpy_novel.project(export={})
    assets, texts = renpy.assets(novel), renpy.texts(novel)
    cells = ["/".join(cell) for cell in novel.characters["aya"].sprites()]
    assert {place for place in assets if "/sprites/aya/" in place} == {f"game/sprites/aya/{cell}.png" for cell in cells}
    assert not any("/atlas/" in place for place in assets)
    lines = [line for line in texts["game/images_aya.rpy"].splitlines() if line.startswith("image aya ")]
    crops = renpy.image_texts(whole, {"aya": renpy_novel.atlas(whole.characters["aya"])})["game/images_aya.rpy"]
    names = [line.partition(" =")[0] for line in crops.splitlines() if line.startswith("image aya ")]
    assert [line.partition(" =")[0] for line in lines] == names
    drops = [line.rpartition("yoffset=")[2] for line in (*lines, *crops.splitlines()[2:])]
    assert len(set(drops)) == 1  # both stand alike
