"""Words win over the hash: what a prompt says about a person, clothes, a pose, a mood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.draft.art import split_prompt
from comfyvn.draft.art.expression import FACES, WORDS, label_of
from comfyvn.draft.art.identity import identify
from comfyvn.draft.art.outfit import dress
from comfyvn.draft.art.palette import EYES, HAIR, SKIN, Colour, from_hex
from comfyvn.draft.art.pose import read_pose


@pytest.mark.parametrize(
    ("subject", "field", "value"),
    [
        ("a girl with silver hair", "hair_colour", HAIR["silver"]),
        ("silver-haired woman", "hair_colour", HAIR["silver"]),
        ("a man, short black hair, green eyes", "hair_colour", HAIR["black"]),
        ("a man, short black hair, green eyes", "eye_colour", EYES["green"]),
        ("blue-eyed boy with red hair", "eye_colour", EYES["blue"]),
        ("dark-skinned woman", "skin", SKIN["dark"]),
        ("(long auburn braid:1.2), woman", "hair", "braid"),
        ("girl with twin tails", "hair", "twintails"),
        ("old man", "age", "old"),
        ("old man", "sex", "m"),
        ("a little girl", "age", "child"),
        ("the mother of a boy", "sex", "f"),
        ("tall woman", "height", 1.0),
        ("woman, round glasses", "glasses", "round"),
        ("a woman without glasses", "glasses", ""),
        ("a man with a moustache", "beard", "moustache"),
        ("clean shaven man", "beard", ""),
        ("elf girl", "ears", "pointed"),
        ("captain's cap, man", "hat", "sailor"),
        ("woman with a hair ribbon", "accessory", "ribbon"),
        ("burly man", "build", "broad"),
        ("woman, hime cut", "fringe", "blunt"),
    ],
)
def test_words_about_a_person(subject: str, field: str, value: object) -> None:
    assert getattr(identify(subject), field) == value


def test_marks_are_said() -> None:
    assert {"freckles", "scar"} <= identify("a woman with freckles and a scar").marks


def test_nobody_gets_a_beard_by_chance_who_should_not() -> None:
    for i in range(60):
        assert identify(f"girl {i}").beard == ""
        assert identify(f"boy {i}").beard == ""


def test_identity_ignores_spacing_and_case() -> None:
    assert identify("A  Woman,\tTall") == identify("a woman, tall")


@pytest.mark.parametrize(
    ("outfit", "name"),
    [
        ("navy school blazer", "blazer"),
        ("a grey hoodie", "hoodie"),
        ("yellow oilskin", "raincoat"),
        ("plate armor", "armour"),
        ("red kimono", "kimono"),
        ("white apron over a dress", "apron"),
        ("wool jumper", "sweater"),
    ],
)
def test_words_about_clothes(outfit: str, name: str) -> None:
    assert dress(outfit, "f", "adult").name == name


def test_colours_go_to_the_thing_they_are_said_of() -> None:
    clothes = dress("red sweater, blue jeans, green scarf", "m", "adult")
    reds, blues, greens = clothes.main, clothes.bottom, clothes.accent
    assert abs(reds.h - 24) < 15
    assert 230 < blues.h < 280
    assert 130 < greens.h < 170


@pytest.mark.parametrize(
    ("pose", "hand"),
    [("waving", "open"), ("arms crossed", "flat"), ("pointing at the sea", "point"), ("peace sign", "peace")],
)
def test_words_about_a_pose(pose: str, hand: str) -> None:
    found = read_pose(pose)
    assert hand in (found.left.hand, found.right.hand)


def test_sitting_holding_and_turning_go_together() -> None:
    pose = read_pose("sitting, holding a lantern, facing left")
    assert (pose.sitting, pose.item, pose.turn) == (True, "lantern", -1)
    assert read_pose("holding a book").item == "book"


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("standing, holding a lantern", "lantern"),
        ("holding a paper lantern", "lantern"),
        ("standing, raising a glowing paper lantern", "lantern"),
        ("reading a letter", "letter"),
        ("reading", "book"),
        ("holding a box of flowers", "box"),
        ("carrying two suitcases", "bag"),
        ("holding something", "cup"),
        ("standing", ""),
        ("pointing at the map", ""),
        ("holding hands together", ""),
    ],
)
def test_what_is_held_wins_over_bare_verbs(words: str, item: str) -> None:
    pose = read_pose(words)
    assert pose.item == item
    assert ("grip" in (pose.left.hand, pose.right.hand)) == bool(item)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("happy", "joy"),
        ("a sad look", "sadness"),
        ("ANGRY", "anger"),
        ("smiling", "smile"),
        ("worried small smile", "worried smile"),
        ("crying", "cry"),
        ("furiously", "anger"),
        ("cheerily", "joy"),
        ("xyzzy", "neutral"),
        ("", "neutral"),
        ("smug grin", "smug"),
        ("angry, frowning", "anger"),
        ("tired, half closed eyes", "tired"),
        ("wistful, faint smile", "wistful"),
        ("sad smile", "wistful"),
        ("happy, bright smile, laughing eyes", "joy"),
        ("relieved, closed eyes, soft smile", "relief"),
        ("surprised, wide eyes, open mouth", "surprise"),
        ("faint smile", "gentle"),
        ("determined", "determined"),
        ("thinking", "thinking"),
    ],
)
def test_words_about_a_mood(words: str, label: str) -> None:
    assert label_of(words) == label


def test_every_mood_word_names_a_face_and_faces_differ() -> None:
    assert set(WORDS.values()) <= set(FACES)
    assert len(set(FACES.values())) == len(FACES)


def test_five_lines_are_a_sprite() -> None:
    parts = split_prompt("aya, silver hair\nschool blazer\n\nshy smile\nanime, flat colours")
    assert (parts.subject, parts.outfit, parts.pose, parts.expression) == (
        "aya, silver hair",
        "school blazer",
        "",
        "shy smile",
    )
    assert (parts.place, parts.moment, parts.style) == ("", "", "anime, flat colours")


@pytest.mark.parametrize("end", ["", "\n"])
def test_an_empty_last_line_is_a_line(end: str) -> None:
    assert split_prompt("aya\nuniform of the guild\nwaving\nsmile\n" + end).outfit == "uniform of the guild"
    assert split_prompt("aya\nblazer\nqwerty\nsmile\n" + end).pose == "qwerty"
    parts = split_prompt("a harbour\nnight\n" + end)
    assert (parts.place, parts.moment, parts.style) == ("a harbour", "night", "")


def test_a_line_break_after_the_last_line_is_no_line() -> None:
    assert split_prompt("aya\nblazer\nwaving\nsmile\nanime\n").style == "anime"


def test_three_lines_are_a_place() -> None:
    parts = split_prompt("a harbour\nnight, rain\npainted")
    assert (parts.place, parts.moment, parts.style, parts.subject) == ("a harbour", "night, rain", "painted", "")


def test_any_other_prompt_is_classified() -> None:
    parts = split_prompt(
        "masterpiece, best quality, 1girl, silver hair, green eyes, (blue dress:1.2), arms crossed, smile, "
        "standing in a forest, at night, heavy rain, named Mio"
    )
    assert parts.style == "masterpiece, best quality"
    assert parts.subject == "1girl, silver hair, green eyes, named mio"
    assert parts.outfit == "blue dress"
    assert parts.pose == "arms crossed, standing in a forest"
    assert parts.expression == "smile"
    assert parts.moment == "at night, heavy rain"


def test_a_place_prompt_without_lines_is_a_place() -> None:
    parts = split_prompt("a lighthouse on a cliff, sunset, anime style, no people")
    assert (parts.place, parts.moment, parts.subject) == ("a lighthouse on a cliff", "sunset", "")


@given(st.text(max_size=200))
def test_any_text_splits(text: str) -> None:
    split_prompt(text)


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_colours_survive_the_round_trip(red: int, green: int, blue: int) -> None:
    text = f"#{red:02x}{green:02x}{blue:02x}"
    back = from_hex(text).hex
    assert all(abs(int(text[i : i + 2], 16) - int(back[i : i + 2], 16)) <= 2 for i in (1, 3, 5))


@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(0, 360))
def test_every_colour_can_be_shown(lightness: float, chroma: float, hue: float) -> None:
    colour = Colour(lightness, chroma, hue)
    for tone in (colour, colour.shadow, colour.highlight, colour.line, colour.mix(HAIR["red"], 0.5)):
        assert len(tone.hex) == 7
        int(tone.hex[1:], 16)
