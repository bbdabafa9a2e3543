"""Failures as they are told: by cause, as lines in a pipe and as a table on a terminal, with the shortest retry."""

from __future__ import annotations

import io
import re

import pytest

from comfyvn.tasks.causes import Cause, Failure, causes, covering, retry
from comfyvn.tasks.table import write_table

OFF = ("the server is off", 'server "gpu"', "start it")
KNOWN = [
    "sprites", "sprites:aya", "sprites:aya/casual", "sprites:aya/casual/happy", "sprites:aya/casual/calm",
    "sprites:bo", "sprites:bo/calm", "voices", "voices:en", "voices:en/l1", "export_renpy",
]  # fmt: skip


def test_failures_of_one_cause_are_one_row_whatever_their_places() -> None:
    told = causes([Failure("a", *OFF), Failure("b", "full", "/x", "free"), Failure("c", OFF[0], "server two", OFF[2])])
    assert told[0] == Cause(OFF[0], OFF[2], ("a", "c"), ('server "gpu"', "server two"))
    assert told[1].targets == ("b",)
    assert "\n".join(told[0].lines()) == (
        'failed: a, c\nerror: the server is off\nwhere: server "gpu"; server two\nto do: start it'
    )


def test_of_very_many_the_first_few_are_named() -> None:
    (cause,) = causes([Failure(f"t{number:03}", "full", f"/{number}", "free") for number in range(50)])
    assert cause.lines()[0].endswith("t007 and 42 more")
    assert cause.where() == "/0; /1; /2; and 47 more"


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        (["sprites:aya/casual/happy"], ["sprites:aya/casual/happy"]),
        (["sprites:aya/casual/happy", "sprites:aya/casual/calm"], ["sprites:aya"]),
        (["sprites:aya/casual/happy", "sprites:bo/calm"], ["sprites:aya/casual/happy", "sprites:bo/calm"]),
        (["sprites:aya/casual/happy", "sprites:aya/casual/calm", "sprites:bo/calm"], ["sprites"]),
        (["voices:en/l1", "export_renpy"], ["voices:en/l1", "export_renpy"]),
    ],
)
def test_groups_stand_for_their_members_where_all_of_them_failed(failed: list[str], words: list[str]) -> None:
    assert covering(failed, KNOWN) == words


def test_the_command_is_short_and_means_just_these() -> None:
    assert retry(["export_renpy"], KNOWN, KNOWN) == "to retry just this: doit export_renpy"
    many = [f"sprites:c{number}/x" for number in range(20)]
    others = [f"sprites:c{number}/y" for number in range(20)]
    assert retry(many, [*many, *others], [*many, *others]) == "to retry just these: comfyvn build --failed"
    assert "run the same command again" in retry(many, [*many, *others], others)  # tasks that an author added
    assert retry(["my task"], ["my task"], []) == "to retry just this: doit 'my task'"


def test_a_build_with_a_rating_is_retried_with_it() -> None:
    names = ["rated:teen/export_renpy", "rated:teen/atlases/aya"]
    again = retry(["rated:teen/export_renpy"], names, names, "teen")
    assert again == "to retry just this: comfyvn build --rating teen rated:teen/export_renpy"
    many = [f"voices:{language}/x" for language in "abcdefghij"]
    every = [*many, *(f"{name}2" for name in many)]
    assert retry(many, every, every, "teen") == "to retry just these: comfyvn build --rating teen --failed"


def test_what_an_author_s_task_says_is_kept_and_speaks_to_no_terminal() -> None:
    failure = Failure.parse("mine", "error: no\x1b[31m such thing\nmore of it\nwhere: here\nto do: that\n")
    assert failure == Failure("mine", "no\\x1b[31m such thing\nmore of it", "here", "that")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_the_table_fits_the_terminal_and_cuts_nothing(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    todo = "start it, or correct its url in providers/servers.yaml; then run the build again"
    failures = [Failure(f"sprites:aya/casual/standing/{number}", OFF[0], OFF[1], todo) for number in range(11)]
    out = Terminal()
    write_table(out, causes([*failures, Failure("voices:en/[bold]l1", "[red]mute", "", "")]), width)
    said = out.getvalue()
    assert "\x1b[" in said
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert max(map(len, plain.splitlines())) <= width
    assert "12 failed" in plain
    if width < 80:
        return  # words are broken across columns there
    letters = re.sub(r"\s", "", plain)
    for text in ("sprites:aya/casual/standing/7", "and3more", "[bold]l1", "[red]mute"):
        assert text in letters
    head = next(line for line in plain.splitlines() if "why" in line)
    assert ("where" in head and "to do" in head) == (width >= 120)
