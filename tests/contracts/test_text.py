"""Text: pieces are the text again, tags are balanced, slips are noticed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comfyvn.contracts.text import PAIRED, SINGLE, near_misses, pieces, plain, used_variables

MARKS = [*(f"{{{name}}}" for name in (*PAIRED, *SINGLE)), *(f"{{/{name}}}" for name in PAIRED)]
VALUES = ["{size=+4}", "{color=#aabbcc}", "{w=0.5}", "{cps=*2}", "{alpha=.5}", "[trust]", "[other]", "{", "}", "[", "]"]
TEXTS = st.lists(st.one_of(st.sampled_from(MARKS + VALUES), st.text(max_size=5))).map("".join)


@given(TEXTS)
@example("{i}{b}x{/i}{/b}")
@example("{{i}} [[trust]] %s \\ {i")
def test_pieces_put_together_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text, ["trust"])) == text


@given(TEXTS)
def test_tags_are_balanced_and_nested(text: str) -> None:
    stack: list[str] = []
    for piece in pieces(text, ["trust"]):
        if piece.kind == "open":
            stack.append(piece.name)
        elif piece.kind == "close":
            assert stack.pop() == piece.name
    assert stack == []


@given(TEXTS)
def test_no_two_runs_of_text_meet_and_none_is_empty(text: str) -> None:
    kinds = [piece.kind for piece in pieces(text, ["trust"])]
    assert not any(one == two == "text" for one, two in pairwise(kinds))
    assert all(piece.text for piece in pieces(text, ["trust"]))


@given(st.text(alphabet=st.characters(exclude_characters="{}[]"), max_size=50))
def test_text_without_marks_is_plain(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("There {i}you{/i} are.", "There you are."),
        ("{rb}海{/rb}{rt}うみ{/rt}", "海"),
        ("One.{w}Two.{p}Three.{nw}", "One. Two. Three."),
        ("[trust] and [other]", "[trust] and [other]"),
        ("{i}never closed", "{i}never closed"),
        ("{size=٣}no{/size}", "{size=٣}no{/size}"),
        ("{unknown} {{i}}", "{unknown} {{i}}"),
    ],
)
def test_what_is_read(text: str, shown: str) -> None:
    assert plain(text, ["trust"]) == shown


def test_only_declared_variables_are_used() -> None:
    assert used_variables("[trust] [other] [[trust]", ["trust"]) == ("trust", "trust")


@pytest.mark.parametrize(
    ("text", "slips"),
    [
        ("{I}x{/I}", (("{I}", "{i}"), ("{/I}", "{i}"))),
        ("{i}x", (("{i}", "a closed {i} … {/i}"),)),
        ("{colour=#fff}", (("{colour=#fff}", "{color}"),)),
        ("[trsut]", (("[trsut]", "[trust]"),)),
        ("{i}fine{/i} [trust] {nothing like it} [sic]", ()),
    ],
)
def test_slips(text: str, slips: tuple[tuple[str, str], ...]) -> None:
    assert near_misses(text, ["trust"]) == slips
