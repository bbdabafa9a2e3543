"""JSON paths: what is shown can be read back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from comfyvn.contracts.place import Steps, parse, show

STEPS = st.lists(st.one_of(st.text(max_size=8), st.integers(0, 999))).map(tuple)


@given(STEPS)
def test_shown_and_read_back(steps: Steps) -> None:
    assert parse(show(steps)) == steps


def test_how_it_looks() -> None:
    assert show(("cells", "a/b/c", "seed", 0)) == '$.cells["a/b/c"].seed[0]'
