"""Colours of a theme: what can be read on what, and what `check` says when it cannot."""

from __future__ import annotations

import pytest

from comfyvn.contracts.check import check
from comfyvn.contracts.colours import contrast, readable
from tests.fakes import renpy_novel


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#12f456", "#12f456", 1)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


def test_a_colour_that_can_be_read_stays() -> None:
    assert readable("#f4efe6", "#1d2430") == "#f4efe6"


def test_a_theme_that_cannot_be_read_is_a_warning_with_a_better_colour() -> None:
    novel = renpy_novel.project(theme={"ink": "#505050", "paper": "#404040"})
    found = [problem for problem in check(novel) if problem.path.startswith("$.theme")]
    assert [problem.path for problem in found] == ["$.theme.ink"] and found[0].severity == "warning"
    assert contrast(found[0].allowed.split()[-2], "#404040") >= 4.5
    assert not [problem for problem in check(renpy_novel.project()) if problem.path.startswith("$.theme")]
