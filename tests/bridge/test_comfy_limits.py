"""docs/untrusted-servers.md names the limits that hold."""

from __future__ import annotations

from pathlib import Path

from comfyvn.bridge import outputs, transport
from comfyvn.bridge.comfy import Limits

PAGE = (Path(__file__).parents[2] / "docs" / "untrusted-servers.md").read_text("utf-8")


def test_the_page_names_the_limits_that_hold() -> None:
    assert f"more than {Limits().answer_bytes >> 20} MiB" in PAGE
    assert f"more than {Limits().file_bytes >> 30} GiB" in PAGE
    assert f"{outputs.MOST_FILES:,} files" in PAGE
    assert f"more than {transport.MOST_VALUES:,} values" in PAGE
    assert f"less than {transport.SLOWEST >> 10} KiB a second" in PAGE
