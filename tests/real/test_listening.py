"""The sheet of a clip's takes in a real browser: it plays from the disk, by keys alone, and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from comfyvn.audio.encode import ogg
from comfyvn.engine.contact_page import contact_page
from comfyvn.engine.contrasts import Difference, Shown
from tests.fakes.browser import BROWSER, Browser, opened, wait

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(BROWSER is None, reason="apt-get install -y --no-install-recommends chromium"),
]
CLIP = "voices:en/l1aaaa"
SECONDS = 6


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("a sheet & its takes")
    shown = []
    for number in range(3):
        data = ogg(0.1 * np.sin(2 * np.pi * (220 + 60 * number) * np.arange(SECONDS * 48_000) / 48_000))
        (folder / f"{number}.ogg").write_bytes(data)
        notes = {"duration_ms": SECONDS * 1000, "lufs": -16.0}
        shown.append(Shown(number, {"seed": 7 + number}, {".ogg": data}, notes))
    apart = {number: Difference(False, longer_ms=0, louder_lu=0.1, psnr_db=31.2) for number in (1, 2)}
    place = folder / "index.html"
    place.write_text(contact_page(CLIP, shown, apart), "utf-8")
    with opened(tmp_path_factory.mktemp("browser"), "--autoplay-policy=no-user-gesture-required") as browser:
        browser.open(place.as_uri())
        wait(lambda: browser.run("players.length === 3 && players.every((one) => one.readyState >= 2)"))
        yield browser


def playing(page: Browser) -> list[int]:
    found = page.run("players.filter((one) => !one.paused && !one.ended).map((one) => Number(one.dataset.take))")
    return list(found)


def press(page: Browser, key: str, then: list[int]) -> None:
    page.press(key)
    wait(lambda: playing(page) == then)


def test_every_take_plays_by_its_number_and_one_at_a_time(page: Browser) -> None:
    for number in (1, 2, 0):
        press(page, str(number), [number])
        assert page.run("document.querySelectorAll('figure.playing').length") == 1
    press(page, " ", [])
    press(page, " ", [0])


def test_another_one_goes_on_at_the_same_place(page: Browser) -> None:
    press(page, "1", [1])
    page.run("now.currentTime = 3")
    press(page, "2", [2])
    assert page.run("now.currentTime") >= 3
    press(page, "x", [1])
    assert page.run("now.currentTime") >= 3
    press(page, "x", [2])
    press(page, "j", [0])
    press(page, "k", [2])
    press(page, " ", [])


def test_one_that_begins_before_another_has_quite_begun_is_the_one_that_plays(page: Browser) -> None:
    page.run("play(players[0]), play(players[1]), play(players[2]), 0")
    again = "new Promise((done) => setTimeout(() => done(players.filter((one) => one.paused).length), 300))"
    assert page.run(again) == 2
    assert playing(page) == [2]
    press(page, " ", [])


def test_keys_reach_every_player(page: Browser) -> None:
    page.run("document.activeElement.blur()")
    seen = set()
    for _ in range(40):
        page.press("Tab")
        seen.add(page.run("document.activeElement.dataset.take ?? ''"))
    assert {"0", "1", "2"} <= seen
    names = page.run("players.map((one) => one.getAttribute('aria-label'))")
    assert names == ["the current one", "take 1", "take 2"]


def test_nothing_else_may_run_or_load(page: Browser) -> None:
    asked = page.run("performance.getEntriesByType('resource').map((one) => one.name)")
    assert all(str(name).startswith("file:") for name in asked)
    refused = """(async () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      const answer = await fetch("http://127.0.0.1:9/").then(() => "sent", (error) => error.name);
      return [window.ran === true, answer];
    })()"""
    assert page.run(refused) == [False, "TypeError"]
