"""Stage directions are not spoken, and what only looks like one is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.directions import without_directions
from comfyvn.contracts.project import said
from comfyvn.contracts.scene import Line


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("*sighs* I don't know.", "I don't know."),
        ("Well *sighs* I don't know. *She turns to the window, and waits.*", "Well I don't know. "),
        ("*leans in* (whispering) Come here.", "Come here."),
        ("[laughs] Hello. [whispers, low] Go.", "Hello. Go."),
        ("(laughs) You did it. (to herself) At last.", "You did it. At last."),
        ("Hm… (coughs) Sorry!", "Hm… Sorry!"),
        ("（笑）はい。はい＊ため息＊そうね", "はい。はいそうね"),
        ("(laughs)", ""),
        ("*sighs*", ""),
        # no directions:
        ("My brother (the tall one) said so.", "My brother (the tall one) said so."),
        ("(It rained, and I had no umbrella.) Well.", "(It rained, and I had no umbrella.) Well."),
        ("(I wonder where all of them went) Well.", "(I wonder where all of them went) Well."),
        ("5*3*2 is 30, and 2 * 3 * 4 is 24", "5*3*2 is 30, and 2 * 3 * 4 is 24"),
        ("**Stop**, you f**k, or *", "**Stop**, you f**k, or *"),
        ("a[0] is not a[i]", "a[0] is not a[i]"),
        ("Hello, [player].", "Hello, [player]."),
        ("f(x) and (", "f(x) and ("),
    ],
)
def test_directions(text: str, spoken: str) -> None:
    assert without_directions(text, {"player"}) == spoken


@given(st.text("a *[](). （）＊", max_size=40))
def test_nothing_is_added_and_all_of_them_go_at_once(text: str) -> None:
    spoken = without_directions(text)
    rest = iter(text)
    assert all(letter in rest for letter in spoken)  # in the same order
    if not set(text) & set("*[(（＊"):
        assert spoken == text


def test_spoken_is_said_as_it_stands_and_without_markup() -> None:
    def line(text: str, spoken: str | None = None) -> Line:
        return Line("s", "$", "say", "l1", text, spoken=spoken)

    assert said(line("{i}*sighs*{/i} {b}No{/b}{w}not now"), ()) == "No not now"
    assert said(line("{rb}東京{/rb}{rt}とうきょう{/rt}"), ()) == "東京"
    assert said(line("Hello, [player].", "(Hello) *there* {i}you{/i}"), {"player": 1}) == "(Hello) *there* you"
    assert said(line("Hello", ""), ()) == ""
