"""Text for Ren'Py, held against a small model of how the engine reads it: lexer, interpolation, text tags."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.text import pieces
from comfyvn.targets.renpy_text import RESERVED, literal, python, quoted, shown, untagged, variable, word

VALUES = {"trust": 3, "name": "Kit {b}[trust]{{"}
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("[]{}%\"'\\ \n\t_n#u0:!=/ibwpsize\u3010\uff5c\u00a0\u2028\u3000r"),
        st.characters(blacklist_categories=["Cs"]),
    )
)
MARKUP = st.lists(
    st.one_of(HOSTILE, st.sampled_from(["{i}", "{/i}", "{w=0.5}", "[trust]", "[name]", "{size=+3}", "{/size}", "[x]"]))
).map("".join)


def munged(source: str) -> str:
    """What Ren'Py does to a file before it looks for strings: it renames what begins with two underscores."""
    if "[__" not in source:
        return source
    return re.sub(r"(\.|\[+)__(\w+)", lambda found: f"{found[1]}_m1_{found[2]}", source)


def lexed(source: str) -> str:
    """The value of a string literal of Ren'Py's language."""
    match = re.fullmatch(r'"((?:[^\\"]|\\.)*)"', munged(source), re.DOTALL)
    assert match is not None, source
    assert "\n" not in source and not re.search(r"[^\S ]", source), source
    return re.sub(r"\\(?:u([0-9a-fA-F]{1,4})|(.))", unescaped, re.sub(r"\s+", " ", match[1]))


def unescaped(found: re.Match[str]) -> str:
    number, letter = found.groups()
    doubled = {"{": "{{", "[": "[[", "%": "%%", "\u3010": "\u3010\u3010", "n": "\n"}
    return chr(int(number, 16)) if number else doubled.get(letter, letter)


def interpolated(text: str, store: Mapping[str, object]) -> str:
    """Ren'Py's `[` formatting, for the one form that we write."""
    out, at = "", 0
    while at < len(text):
        if text[at] != "[":
            out, at = out + text[at], at + 1
        elif text[at + 1] == "[":
            out, at = out + "[", at + 2
        else:
            end = text.index("]", at)
            name, _, conversion = text[at + 1 : end].partition("!")
            assert conversion == "q"
            out, at = out + str(store[name]).replace("{", "{{"), end + 1
    return out


def tokens(text: str) -> list[tuple[str, str]]:
    """Ren'Py's text tags: (text, characters) and (tag, its inside)."""
    out: list[tuple[str, str]] = []
    at, run = 0, ""
    while at < len(text):
        if text[at] != "{":
            run, at = run + text[at], at + 1
        elif text[at + 1] == "{":
            run, at = run + "{", at + 2
        else:
            end = text.index("}", at)
            out += [("text", run), ("tag", text[at + 1 : end])]
            run, at = "", end + 1
    return [*out, ("text", run)]


def displayed(text: str) -> str:
    return "".join(value for kind, value in tokens(interpolated(text, {})) if kind == "text")


@given(HOSTILE)
def test_a_quoted_string_reads_back_as_it_was(text: str) -> None:
    assert lexed(quoted(text)) == text


@given(HOSTILE)
def test_a_python_string_reads_back_as_it_was_in_one_line(text: str) -> None:
    source = python(text)
    assert ast.literal_eval(munged(source)) == text
    assert len(source.splitlines()) == 1


@given(HOSTILE)
def test_plain_characters_are_shown_as_typed_and_nothing_is_looked_up(text: str) -> None:
    assert displayed(lexed(quoted(literal(text)))) == text
    assert "".join(value for _, value in tokens(untagged(text))) == text


@given(MARKUP)
def test_markup_and_variables_work_and_the_rest_is_shown_as_typed(text: str) -> None:
    expected: list[tuple[str, str]] = []
    for piece in pieces(text, VALUES):
        if piece.kind in ("text", "variable"):
            run = piece.text if piece.kind == "text" else str(VALUES[piece.name])
            expected.append(("text", run))
        else:
            expected.append(("tag", piece.text[1:-1]))
    read = tokens(interpolated(lexed(quoted(shown(text, VALUES))), {variable(k): v for k, v in VALUES.items()}))
    assert joined(read) == joined(expected)


def joined(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbouring runs of text made one."""
    out: list[tuple[str, str]] = []
    for kind, value in found:
        if kind == "text" and out and out[-1][0] == "text":
            out[-1] = (kind, out[-1][1] + value)
        elif value:
            out.append((kind, value))
    return out


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("plain", '"plain"'),
        ("two  spaces ", '"two\\ \\ spaces\\ "'),
        ('"q" \\ %s\n', '"\\"q\\" \\\\ %s\\n"'),
        ("[__x]", '"[_\\u005fx]"'),
        ("\u3000\t", '"\\u3000\\u0009"'),
        ("\ud800", '"\\ufffd"'),
    ],
)
def test_literals_are_readable_where_they_can_be(text: str, source: str) -> None:
    assert quoted(text) == source


@given(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True) | st.sampled_from(sorted(RESERVED)))
def test_a_word_is_never_reserved_and_only_reserved_words_change(identifier: str) -> None:
    assert word(identifier) not in RESERVED
    assert word(identifier).removeprefix("_") == identifier
