"""Conditions: what is understood, what is refused, and that the normal form means the same."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.condition import FOREIGN, NODES, parse_condition, type_fault, type_of

ATOMS = st.sampled_from(["trust", "late", "3", "2.5", "true", "false", "True"])
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or", "==", "!=", "<", ">=", "+", "-", "*"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda part: f"(not {part})"),
    ),
    max_leaves=12,
)
VALUES = {"trust": 2, "late": True, "true": True, "false": False}


@given(CONDITIONS)
def test_the_normal_form_means_the_same(text: str) -> None:
    code = parse_condition(text).code
    assert eval(code, {"__builtins__": {}}, VALUES) == eval(text, {"__builtins__": {}}, VALUES)


@given(CONDITIONS)
def test_the_normal_form_is_stable(text: str) -> None:
    once = parse_condition(text)
    assert parse_condition(once.code) == once
    assert set(once.names) <= {"trust", "late"}


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_a_value_error(text: str) -> None:
    try:
        parse_condition(text)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    "text",
    [
        "", "trust >", "trust = 3", "__import__('os')", "trust.real", "trust[0]", "[1]", "lambda: 1", "x if y else z",
        "trust ** 9", "f'{trust}'", "b'x'", "1 is 2", "a in b", "...", "None", "'\\x41'", "not " * 240 + "trust",
        "(" * 300 + ")" * 300, "-" * 990 + "1", "trust\nlate", "a := 3", "1 / 0", "9" * 1001, "1j",
    ],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_condition(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f(trust)", "a condition has no function call; use "),
        ("trust >> 1", "a condition has no >>; use "),
        ("trust & late", "a condition has no &, only `and`; use "),
        ("trust is 2", "a condition has no `is`, only ==; use "),
        ("trust = 2", "not a condition (compare with == instead of =)"),
        ("trust && late", "not a condition (write and instead of &&)"),
        ("!late", "not a condition (write not instead of !)"),
    ],
)
def test_refusals_speak_of_what_was_typed(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_condition(text)
    assert str(caught.value).startswith(said)


def test_every_piece_of_python_has_words() -> None:
    kinds = [kind for base in (ast.expr, ast.operator, ast.unaryop, ast.cmpop) for kind in base.__subclasses__()]
    public = {kind for kind in kinds if hasattr(ast, kind.__name__) and not issubclass(kind, NODES)}
    deprecated = {"Index", "ExtSlice", "Num", "Str", "Bytes", "NameConstant", "Ellipsis"}
    named = {kind for words in FOREIGN.values() for kind in words}
    assert {kind.__name__ for kind in public - named} <= {*deprecated, "TemplateStr", "Interpolation"}


TYPES = {"trust": type_of(1), "name": type_of("x"), "late": type_of(False)}


@pytest.mark.parametrize(
    "text",
    ["trust > 2", "1 < trust < 3.5", "name == 'Mira'", "name + '!' != 'x'", "late", "not late and trust", "-trust < 0",
     "late == true", "(trust > 1) == late", "name < 'z'"],
)  # fmt: skip
def test_kinds_that_fit(text: str) -> None:
    assert type_fault(parse_condition(text), TYPES) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("trust > 'a'", "a number is compared with text"),
        ("name == 3", "text is compared with a number"),
        ("late > true", "true and false are neither larger nor smaller"),
        ("name - 'a' == ''", "- reckons with numbers, not with text"),
        ("-name", "- reckons with numbers, not with text"),
        ("late + 1 > 1", "+ reckons with numbers, not with true or false"),
        ("trust and name == 3", "text is compared with a number"),
    ],
)
def test_kinds_that_do_not_fit(text: str, fault: str) -> None:
    assert type_fault(parse_condition(text), TYPES) == fault
