"""The fault matrix: every case on real sockets, with what the user must see; nothing is ever lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fakes.fault_cases import CASES

DOWN = r'the ComfyUI server "gpu" \(URL\) cannot be reached: '
START = r" \(to do: start it, or correct its url in providers/servers\.yaml; then run the build again\)"
SILENT = r"gpu does not answer since N s; waiting up to 2 s; "
# Fault → what the user sees (nothing: the build goes on), how often a prompt began to run beyond the once.
SEEN: dict[str, tuple[str, int]] = {
    "HTTP 500 in plain text, always, to a prompt": (
        r'the server could not read the graph of workflow "sprite_pack"; it said: 500 Internal Server Error +'
        r"Server got itself in trouble \(to do: look into the server's own log; .*\)",
        0,
    ),
    "connection refused; started later": (
        rf"gpu refuses connections since N s; waiting up to 3 s; {DOWN}connection refused{START}",
        0,
    ),
    "hung socket: accepts, never answers": (rf"{SILENT}{DOWN}no answer within 2 s{START}", 0),
    "server hangs in the middle of a prompt, and comes back": (rf"{SILENT}{DOWN}no answer within 2 s{START}", 0),
    "server killed (kill -9) in the middle of a prompt, restarted": (
        r"(nothing|gpu refuses connections since N s; waiting up to 60 s)",
        1,  # what it had done of the prompt died with it
    ),
    "server killed (kill -9) in the middle of a prompt, for good; another is named": (
        rf"gpu refuses connections since N s; waiting up to 3 s; {DOWN}connection refused{START}",
        1,
    ),
    "server killed (kill -9) while our prompt waits behind another, restarted": (
        r"(nothing|gpu refuses connections since N s; waiting up to 60 s)",
        0,
    ),
    "history evicted, and the WebSocket silent too": ("nothing", 1),
    "our running prompt interrupted by somebody else": (
        r"somebody stopped the render at node 1 \(LoadImage\) \(to do: run the build again to render it anew\)",
        1,
    ),
    "out of memory, once": ("nothing", 1),
    "out of memory, until the user makes room": (
        r"node 1 \(KSampler\) failed: torch\.OutOfMemoryError: Allocation on device \(to do: use a smaller size .*\)",
        2,
    ),
    "a download that lies: a picture cut short under a true length, always": (
        r"the download of sprite_00001_\.png \(node 2\) is broken: the picture cannot be decoded: .* "
        r"\(to do: run the build again; if it stays so, look at that file on the server\)",
        0,
    ),
    "the file that the history names is gone": ("nothing", 1),
    "a prompt that runs on for ever; the server is restarted by hand": ("nothing", 1),
}


@pytest.mark.parametrize("fault", CASES)
def test_nothing_is_lost_and_the_user_is_told(fault: str, tmp_path: Path) -> None:
    row = CASES[fault](tmp_path)
    seen, repeated = SEEN.get(fault, ("nothing", 0))
    assert row.lost == 0
    assert re.fullmatch(seen, row.seen), row.seen
    assert row.repeated == repeated


def test_every_expectation_has_its_case() -> None:
    assert set(SEEN) <= set(CASES)


def test_the_page_on_faults_names_them_all() -> None:
    page = (Path(__file__).parents[2] / "docs/faults.md").read_text("utf-8")
    section = page.partition("## One render")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| (.+?) \|", section, re.MULTILINE)[2:]
    assert listed == list(CASES)
