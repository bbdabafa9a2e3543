"""Whatever the contracts' fields say, the script's code stays the same: it can only change what strings say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.targets import renpy
from tests.fakes import hostile_novel
from tests.fakes.hostile_novel import HARMLESS, HOSTILE, skeleton

PARTS = st.sampled_from([
    "[", "]", "{", "}", '"', "'", "\\", "\n", "%", "#", "$", ":", "__", "[v_trust!q]", "{w=0.1}", "{/i}", "{i}", "!q",
    "python:", "\u202e", "\u200b", "\ufeff", "\u2028", "\x85", "\r", "\t", "<b>", "&", "-->", "\u05e9", "\u0627", "\0",
])  # fmt: skip
WORDS = st.lists(st.one_of(PARTS, st.characters(blacklist_categories=["Cs"])), max_size=30).map("".join)
INTERPOLATED = re.compile(r"\[\[|\[v_[a-z0-9_]+!q\]")


@pytest.fixture(scope="module")
def harmless() -> dict[str, list[str]]:
    return {place: skeleton(text) for place, text in renpy.texts(hostile_novel.with_words(HARMLESS)).items()}


def test_the_fields_that_take_any_words_are_known() -> None:
    """A field that is new, and takes text, is seen here: think of where its text comes out."""
    kinds = {f"{folder or 'novel'}.{last(steps)}" for folder, _, steps in hostile_novel.slots()}
    assert {"novel.title", "novel.author", "novel.description", "novel.visitor", "characters.name", "scenes.title",
            "scenes.text", "scenes.narrate", "scenes.prompt", "scenes.default", "scenes.end", "scenes.alt",
            "scenes.spoken", "scenes.value", "locations.alt", "assets.text", "assets.alt",
            "styles.prompt"} <= kinds  # fmt: skip
    assert not kinds & {"scenes.if", "scenes.id", "scenes.jump", "assets.file", "novel.font", "characters.color"}


def last(steps: tuple[str | int, ...]) -> str:
    return next(step for step in reversed(steps) if isinstance(step, str))


@settings(max_examples=15)
@given(WORDS)
def test_hostile_words_in_every_field_leave_the_code_as_it_is(harmless: dict[str, list[str]], words: str) -> None:
    texts = renpy.texts(hostile_novel.with_words(f"{HARMLESS} {words}"))
    assert {place: skeleton(text) for place, text in texts.items()} == harmless


def test_known_attacks_leave_the_code_as_it_is(harmless: dict[str, list[str]]) -> None:
    for words in (HOSTILE, HARMLESS + " long" * 380):
        texts = renpy.texts(hostile_novel.with_words(words))
        assert {place: skeleton(text) for place, text in texts.items()} == harmless


def test_nothing_is_looked_up_but_declared_variables() -> None:
    for place, text in renpy.texts(hostile_novel.with_words(HOSTILE)).items():
        if "/scenes/" not in place and not place.endswith(("characters.rpy", "extras.rpy", "gui.rpy")):
            continue
        for line in text.splitlines():
            if "/scenes/" in place:
                ours = not re.match(r" *(\$ (save_name|v_)|if )", line)  # values, which nothing looks into
            else:
                ours = re.match(r"define (gui\.\w+|[cnmu]_\w+) = | +\(\"", line) is not None
            for found in hostile_novel.STRING.findall(line) if ours else ():
                assert "[" not in INTERPOLATED.sub("", found), (place, line)


def test_names_that_contracts_give_are_ids_or_files() -> None:
    """What becomes code, or a path, is held to a pattern by its model."""
    novel = hostile_novel.with_words(HOSTILE)
    for place in [*renpy.texts(novel), *renpy.assets(novel)]:
        assert re.fullmatch(r"game/[a-z0-9_./-]+", place) and ".." not in place
    assert set(renpy.assets(novel)) == set(renpy.assets(hostile_novel.with_words(HARMLESS)))
