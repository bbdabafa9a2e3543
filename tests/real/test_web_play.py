"""The web export in a real Chromium: both endings played by its own buttons, every voice and caption, hostile text.

COMFYVN_WEB_EXPORT names an export of the sample to play instead of one with placeholders; COMFYVN_SCREENSHOTS a folder
for pictures of every screen.
"""

from __future__ import annotations

import functools
import http.server
import io
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import av
import axe_core_python
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Narrate, Say, Transition, walk
from comfyvn.contracts.text import pieces, plain
from comfyvn.reading import read_project
from tests.fakes import renpy_novel, web_novel
from tests.fakes.browser import BROWSER, Browser, opened, wait
from tests.test_sample import Way, walks

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(BROWSER is None, reason="apt-get install -y --no-install-recommends chromium"),
]
ROOT = Path(__file__).parents[2]
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
TRANSITIONS = (
    "fade", "flash", "move", "ease", "wipe_left", "wipe_right", "pixellate", "vpunch", "hpunch", "none", "dissolve",
)  # fmt: skip
WIDTHS = {360: 740, 768: 1024, 1440: 900}
WIDE = {"title", "line", "menu"}  # screens where text lies on pictures in a wide window, and not in a narrow one
UNFOLDED = "section > section:first-of-type > :is(.shelf, .clip) > :is(details, figure:first-child details)"
HOSTILE = (
    "<img src=x onerror=\"window.ran = 'img'\"><b>bold</b>",
    "</script><script>window.ran = 'script'</script>",
    "javascript:window.ran='url' &amp; &lt;b&gt; &#x3c;",
    "'); window.ran = 'quote'; ('",
    "\\'); window.ran = 'backslash'; (\\'",
    "${window.ran = 'template'} `x` {{7*7}} __proto__ constructor",
    "[os.system('false')] [__import__('os')] {python} [visitor!r]",
    "line\u2028separator\u2029and \x00 nul \x1b escape",
    "\u202eright to left\u202c שלום עליכם مرحبا",
    "zero\u200bwidth\u200djoined\ufeff \u2066isolated\u2069",
    "e" + "\u0301" * 400 + " stacked",
    "word " * 2000,
    "x" * 10_000,
    "漢字かな交じり文" * 50 + "😀👨‍👩‍👧",
)
# Notes which sounds really play, which captions are shown with them, and what must never happen.
WATCH = """
window.heard = []; window.missed = []; window.captioned = {};
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  this.addEventListener("playing", () => window.heard.push(this.src), {once: true});
  this.addEventListener("error", () => window.missed.push(this.src), {once: true});
  if (/voice/.test(this.src)) window.voice = this;
  return play.call(this);
};
for (const name of ["alert", "confirm", "prompt", "open"]) window[name] = () => { window.ran = name; };
document.addEventListener("securitypolicyviolation", (event) => window.missed.push(`policy: ${event.blockedURI}`));
"""
# Presses, answers and chooses as a player does, by the elements on the page; waits until each line's voice is heard.
DRIVE = """(async (choices) => {
  const met = [], until = async (question) => {
    for (let tries = 0; tries < 900; tries += 1) {
      const found = question();
      if (found) return found;
      await new Promise((done) => setTimeout(done, 10));
    }
    throw new Error(`stuck after ${met.at(-1)}`);
  };
  const {game} = comfyvn, say = document.querySelector(".go-on"), caption = document.querySelector(".captions");
  const newVoice = (before) => window.voice !== before && window.heard.includes(window.voice.src) && window.voice;
  let before = window.voice, here = null;
  [...document.querySelectorAll(".entry")].find((one) => one.textContent === "Start").click();
  for (;;) {
    const isNew = () => game.here && game.here !== here && game.here.line;
    const what = await until(() => document.querySelector(".ending") || isNew());
    if (typeof what !== "string") return {met, ending: what.querySelector("h2").textContent};
    here = game.here;
    met.push(here.line);
    const step = comfyvn.given(`scenes/${here.scene}`).steps[here.at];
    if (step.clip) {
      before = await until(() => newVoice(before));
      await until(() => !caption.hidden && caption.textContent);
      (window.captioned[step.clip] ??= []).push(caption.textContent);
    }
    if (step.do === "input") {
      await until(() => document.querySelector("#answer"));
      document.querySelector("form button").click();
    } else if (step.do === "menu") {
      await until(() => say.classList.contains("ready") && document.querySelector(".choice"));
      const wanted = choices.shift();
      met.push(wanted);
      document.querySelector(`[data-id="${wanted}"]`).click();
    } else {
      await until(() => say.classList.contains("ready"));
      say.click();
    }
    const pause = () => comfyvn.given(`scenes/${game.state.scene}`).steps[game.state.at - 1]?.do === "pause";
    await until(() => game.here !== here || document.querySelector(".ending") || (pause() && (say.click(), false)));
  }
})"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with opened(tmp_path_factory.mktemp("browser"), "--autoplay-policy=no-user-gesture-required") as found:
        for domain in ("Runtime", "Log", "Network"):
            found.call(f"{domain}.enable")
        found.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        yield found


@pytest.fixture(scope="module")
def sample() -> Project:
    return read_project(ROOT)


@pytest.fixture(scope="module")
def export(sample: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's export, in a folder that no address can name without care."""
    if os.environ.get("COMFYVN_WEB_EXPORT"):
        return Path(os.environ["COMFYVN_WEB_EXPORT"])
    own = tmp_path_factory.mktemp("novel")
    (own / "data").symlink_to(ROOT / "data")
    return web_novel.write(sample, tmp_path_factory.mktemp("an export & #1 %41"), own)


@pytest.fixture(scope="module")
def ways(sample: Project) -> list[Way]:
    return list(walks(sample))


def visit(browser: Browser, url: str, **settings: Any) -> None:
    """Opens a page anew, with these settings of the player and nothing saved."""
    browser.told.clear()
    browser.open(url)
    browser.run("localStorage.clear()")
    if settings:
        place = browser.run("`comfyvn/${comfyvn.given('novel').id}/settings`")
        browser.run(f"localStorage.setItem({json.dumps(place)}, {json.dumps(json.dumps(settings))})")
        browser.open(url)


def complaints(browser: Browser) -> list[str]:
    """What the console was told since the last `visit`."""
    found = []
    for told in browser.told:
        if told["method"] == "Runtime.exceptionThrown":
            found.append(json.dumps(told["params"]["exceptionDetails"])[:400])
        elif told["method"] == "Log.entryAdded" or told["params"].get("type") in ("error", "warning"):
            found.append(json.dumps(told["params"])[:400])
    return found


def asked(browser: Browser) -> set[str]:
    return {told["params"]["request"]["url"] for told in browser.told if told["method"] == "Network.requestWillBeSent"}


def sized(browser: Browser, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1}
    browser.call("Emulation.setDeviceMetricsOverride", mobile=width < 500, **size)


def pictured(browser: Browser, name: str) -> None:
    folder = os.environ.get("COMFYVN_SCREENSHOTS")
    if folder:
        browser.run("new Promise((done) => setTimeout(done, 400))")
        (Path(folder) / f"web-{name}.png").write_bytes(browser.picture())


def test_the_player_meets_every_line_on_every_way(browser: Browser, export: Path, ways: list[Way]) -> None:
    visit(browser, (export / "index.html").as_uri())
    found = browser.run("""(() => {
      const ways = [];
      const follow = (state, met) => {
        for (;;) {
          const step = comfyvn.next(state);
          if (step.id) met.push(step.id);
          if (step.do === "input") comfyvn.answer(state, step, "");
          else if (step.do === "end" || step.do === "finish") return ways.push([met, state.variables]);
          else if (step.do === "menu") {
            for (const choice of step.choices) {
              const copy = structuredClone(state);
              comfyvn.choose(copy, choice);
              follow(copy, [...met, choice.id]);
            }
            return;
          }
        }
      };
      follow(comfyvn.begin(), []);
      return ways;
    })()""")
    assert found == [[way.heard, way.state] for way in ways]


@pytest.mark.parametrize("ending", ["The Light", "The Lanterns"])
def test_an_ending_is_reached_with_every_voice_heard(
    browser: Browser, export: Path, ways: list[Way], sample: Project, ending: str
) -> None:
    way = next(way for way in ways if way.ending == ending)
    visit(browser, (export / "index.html").as_uri(), speed=0, still=True, captions="always")
    told = browser.run(f"{DRIVE}({json.dumps(way.chosen)})")
    assert told == {"met": way.heard, "ending": ending}
    clips = {line.id: line.clip or line.id for line in sample.lines() if line.id and sample.is_voiced(line)}
    expected = {clips[line] for line in way.heard if line in clips}
    voices = {Path(str(url)).stem for url in browser.run("heard") if "/voice/" in str(url)}
    assert voices == expected
    captioned = browser.run("captioned")
    cues = browser.run("Object.fromEntries(['arrival', 'second_cup', 'the_light', 'low_water', 'first_light']"
                       ".flatMap((scene) => Object.entries(comfyvn.given(`heard/${scene}`))))")  # fmt: skip
    assert set(captioned) == expected
    assert all(texts[0] == cues[clip]["cues"][0][2] for clip, texts in captioned.items())
    if not os.environ.get("COMFYVN_WEB_EXPORT"):
        assert {clip: texts[0] for clip, texts in captioned.items()} == {
            clip: text for clip, text in web_novel.captions(sample).items() if clip in expected
        }
    assert browser.run("missed") == []
    assert complaints(browser) == []
    inside = f"{export.as_uri()}/"
    assert len(asked(browser)) > 50
    assert [url for url in asked(browser) if not url.startswith(inside)] == []


def test_it_is_played_by_keys_saved_loaded_and_gone_back_in(browser: Browser, export: Path) -> None:
    visit(browser, (export / "index.html").as_uri(), speed=0, still=True)
    line = "comfyvn.game.here?.line"
    press(browser, "Enter")  # the first button has the focus
    wait(lambda: browser.run(line) == "xtdmgs")
    for expected in ("bfm4jh", "hgjfjp"):
        wait(lambda: browser.run("document.querySelector('.go-on.ready') !== null"))
        press(browser, " ")
        wait(lambda expected=expected: browser.run(line) == expected)
    assert browser.run("document.querySelectorAll('.figure').length") == 1
    press(browser, "PageUp")
    wait(lambda: browser.run(line) == "bfm4jh")
    press(browser, "q")
    told = browser.run("document.querySelector('[role=log]').lastElementChild.textContent")
    assert told.startswith("There is a yellow")
    wait(lambda: browser.run("document.querySelector('.go-on.ready') !== null"))
    press(browser, "Enter")
    wait(lambda: browser.run(line) == "hgjfjp")
    browser.open((export / "index.html").as_uri())  # the browser keeps saves
    assert "Continue" in browser.run("[...document.querySelectorAll('.entry')].map((one) => one.textContent)")
    browser.run("[...document.querySelectorAll('.entry')].find((one) => one.textContent === 'Load').click()")
    browser.run("document.querySelectorAll('.slot')[1].click()")
    wait(lambda: browser.run(line) == "bfm4jh")
    press(browser, "s")  # skips what was read, and stops at what was not
    wait(lambda: browser.run(line) == "ftgtbx")
    wait(lambda: browser.run("document.querySelector('[data-action=skip]').getAttribute('aria-pressed')") == "false")
    press(browser, "a")  # goes on by itself when the voice has been heard
    wait(lambda: browser.run(line) == "nc23zc")
    press(browser, "l")
    assert browser.run("document.querySelectorAll('.history li').length") >= 3
    assert complaints(browser) == []


def press(browser: Browser, key: str) -> None:
    text = {"Enter": "\r", " ": " "}.get(key)
    for kind in ("keyDown", "keyUp"):
        more = {"text": text} if text and kind == "keyDown" else {}
        browser.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=ord(text or "\0"), **more)


def test_no_screen_has_a_serious_accessibility_fault_or_is_too_wide(browser: Browser, export: Path) -> None:
    for width, height in WIDTHS.items():
        sized(browser, width, height)
        visit(browser, (export / "index.html").as_uri(), speed=0, still=True)
        faultless(browser, "title", width)
        at(browser, "arrival", "khmrft")
        faultless(browser, "line", width)
        at(browser, "arrival", "n9znb5", ".choice")
        faultless(browser, "menu", width)
        at(browser, "arrival", "rp7vpm", "#answer")
        faultless(browser, "input", width)
        for screen in ("history", "save", "load", "settings", "title"):
            browser.run(f"document.querySelector('[data-action={screen}]').click()")
            faultless(browser, f"{screen}-screen", width)
            browser.run("document.querySelector('dialog').close()")
        browser.open((export / "assets/gallery.html").as_uri())
        browser.run(f"document.querySelectorAll({UNFOLDED!r}).forEach((one) => one.open = true)")
        faultless(browser, "gallery", width)
    browser.call("Emulation.clearDeviceMetricsOverride")


def test_screens_that_are_opened_one_after_another_or_over_another_share_no_id(browser: Browser, export: Path) -> None:
    sized(browser, 360, WIDTHS[360])
    visit(browser, (export / "index.html").as_uri(), speed=0, still=True)
    at(browser, "arrival", "khmrft")
    twice = """(() => {
      const press = (name) => document.querySelector(`[data-action=${name}]`).click();
      const ids = () => [...document.querySelectorAll('[id]')].map((one) => one.id);
      press('settings'); document.querySelector('dialog').close();  // its event has not come yet
      press('settings'); press('title');
      return [document.querySelectorAll('dialog').length, ids().filter((one, at, all) => all.indexOf(one) !== at)];
    })()"""
    assert browser.run(twice) == [2, []]
    browser.run("document.querySelectorAll('dialog').forEach((one) => one.close())")
    browser.call("Emulation.clearDeviceMetricsOverride")


def at(browser: Browser, scene: str, line: str, shown: str = ".go-on.ready") -> None:
    """Plays on from a line of a scene, in front of a picture with somebody in it."""
    more = {
        "scene": scene, "line": line, "at": 0, "picture": {"place": "bg/harbour/base.png", "alt": "Harbour"},
        "people": [{"who": "maren", "at": 0.7, "sprite": ["oilskin", "standing", "happy"]}],
    }  # fmt: skip
    browser.run(f"comfyvn.load({{...comfyvn.begin(), ...{json.dumps(more)}}})")
    wait(lambda: browser.run(f"comfyvn.game.here?.line === {line!r} && document.querySelector({shown!r}) !== null"))


def faultless(browser: Browser, name: str, width: int) -> None:
    pictured(browser, f"{name}-{width}")
    overflow = browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{name} is wider than its window of {width}"
    if width != min(WIDTHS) and name not in WIDE:
        return  # the same elements as in the narrow window, laid out otherwise
    if not browser.run("'axe' in window"):
        browser.run(f"{AXE}; true")
    found = browser.run("axe.run({resultTypes: ['violations']}).then(({violations}) => violations"
                        ".filter(({impact}) => impact === 'serious' || impact === 'critical')"
                        ".map(({id, nodes}) => [id, nodes.slice(0, 3).map((one) => one.html)]))")  # fmt: skip
    assert found == [], (name, width)


def hostile_novel() -> Project:
    """Every nasty line as text, and hostile words in every field that takes any."""
    novel = renpy_novel.project(title=HOSTILE[0], author=HOSTILE[1], description="\n".join(HOSTILE))
    people = {
        key: one.model_copy(update={"name": HOSTILE[number], "outfits": {
            outfit: it.model_copy(update={"name": HOSTILE[1]}) for outfit, it in one.outfits.items()
        }})
        for number, (key, one) in enumerate(novel.characters.items())
    }  # fmt: skip
    lines = [*renpy_novel.NASTY, *HOSTILE]
    said = [Narrate(narrate=text, id=f"h{number:03}") for number, text in enumerate(lines)]
    spoken = [Say(say="aya", text=text, id=f"s{number:03}") for number, text in enumerate(HOSTILE)]
    pier = novel.scenes["pier"]
    hostile = pier.model_copy(update={"title": HOSTILE[1], "script": (*said, *spoken, *pier.script)})
    places = {key: one.model_copy(update={"name": HOSTILE[0]}) for key, one in novel.locations.items()}
    scenes = {**novel.scenes, "pier": hostile}
    return Project(novel.novel, {}, people, places, scenes, {}, novel.assets)


def test_hostile_text_is_shown_as_typed_and_never_runs(browser: Browser, tmp_path: Path) -> None:
    novel = hostile_novel()
    facts = {"facts": {f"x{number}: prompt": text for number, text in enumerate(HOSTILE)}, "engine": HOSTILE[1]}
    folder = web_novel.write(novel, tmp_path / "web", tmp_path, **facts)
    visit(browser, (folder / "index.html").as_uri(), speed=0, still=True)
    assert browser.run("document.title") == " ".join(HOSTILE[0].split())
    variables = novel.novel.variables
    values = {f"[{key}]": str(value) for key, value in variables.items()}
    for _, one in walk(novel.scenes["pier"].script):
        if not isinstance(one, Say | Narrate) or not one.id or not one.id.startswith(("h", "s")):
            continue
        text = one.text if isinstance(one, Say) else one.narrate
        browser.run(f"comfyvn.load({{...comfyvn.begin(), scene: 'pier', line: {one.id!r}, at: 0}})")
        wait(lambda one=one: browser.run(f"comfyvn.game.here?.line === {one.id!r}"), 20)
        expected = plain(text, variables)
        for mark, value in values.items():
            expected = expected.replace(mark, value)
        seen = browser.run("[comfyvn.game.last, document.querySelector('.text').textContent, "
                           "document.querySelector('.name').textContent]")  # fmt: skip
        shown = expected.replace("\ud800", "\ufffd")
        assert seen[0] == shown, one.id
        if not any(piece.kind == "single" or piece.name == "rt" for piece in pieces(text, variables)):
            assert seen[1] == shown, one.id
        assert seen[2] == (novel.characters["aya"].name if isinstance(one, Say) else "")
    safe(browser)
    for screen in ("history", "save", "load", "title"):
        browser.run(f"document.querySelector('[data-action={screen}]').click()")
        browser.run("document.querySelector('dialog').close()")
    visit(browser, (folder / "assets/gallery.html").as_uri())
    browser.run("document.querySelectorAll('details').forEach((one) => one.open = true)")
    wait(lambda: browser.run("document.querySelectorAll('dd').length > 20"))
    words = browser.run("[...document.querySelectorAll('dd')].map((one) => one.textContent)")
    assert {text for text in HOSTILE if text not in words} == set()
    safe(browser)


def safe(browser: Browser) -> None:
    assert browser.run("[window.ran ?? null, window.missed]") == [None, []]
    assert browser.run("document.querySelectorAll('[onerror], script:not([src])').length") == 0
    assert complaints(browser) == []


def test_a_save_is_found_again_in_a_scene_that_was_edited(browser: Browser, export: Path) -> None:
    visit(browser, (export / "index.html").as_uri(), speed=0, still=True)
    at(browser, "arrival", "khmrft")
    saved = json.dumps(browser.run("comfyvn.game.here"))
    browser.run("""(() => {
      const {steps} = comfyvn.given("scenes/arrival");
      steps.splice(1, 0, {do: "say", id: "new", text: ["New."]}, {do: "say", id: "newer", text: ["Newer."]});
    })()""")
    browser.run(f"comfyvn.load({saved})")
    wait(lambda: browser.run("comfyvn.game.last") == "Hands out. No, flat, as if somebody's giving you a cat.")
    browser.run("comfyvn.given('scenes/arrival').steps.find((step) => step.id === 'khmrft').id = 'another'")
    browser.run(f"comfyvn.load({saved})")
    wait(lambda: browser.run("comfyvn.game.here?.line") == "new")
    assert complaints(browser) == []


def test_a_novels_own_font_is_used(browser: Browser, tmp_path: Path) -> None:
    font = tmp_path / "fonts/own.ttf"
    font.parent.mkdir()
    font.write_bytes(own_font())
    novel = renpy_novel.project(font="fonts/own.ttf")
    visit(browser, (web_novel.write(novel, tmp_path / "web", tmp_path) / "index.html").as_uri())
    loaded = "document.fonts.ready.then((all) => [...all].map((one) => [one.family, one.status]))"
    assert browser.run(loaded) in ([["Novel", "loaded"]], [['"Novel"', "loaded"]])
    assert complaints(browser) == []


def own_font() -> bytes:
    """A font with nothing but an A."""
    pen = TTGlyphPen(None)
    for number, point in enumerate([(0, 0), (300, 700), (600, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({65: "A"})
    builder.setupGlyf(dict.fromkeys([".notdef", "A"], pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", "A"], (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Own", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def test_a_statement_for_renpy_alone_is_skipped_with_a_warning(browser: Browser, export: Path) -> None:
    visit(browser, (export / "index.html").as_uri(), speed=0, still=True)
    browser.run("""(() => {
      const {steps} = comfyvn.given("scenes/arrival");
      steps[1] = {do: "skip", what: "renpy"};
      [...document.querySelectorAll(".entry")][0].click();
    })()""")
    wait(lambda: browser.run("comfyvn.game.here?.line") == "xtdmgs")
    said = [told["params"]["args"][0]["value"] for told in browser.told if told["method"] == "Runtime.consoleAPICalled"]
    assert said == ['skipped: "renpy" is a statement for Ren\'Py alone']


def test_every_transition_ends_in_the_new_picture_and_a_click_goes_on(browser: Browser, export: Path) -> None:
    visit(browser, (export / "index.html").as_uri(), speed=200)
    assert set(TRANSITIONS) == set(get_args(Transition))
    browser.run(f"""(() => {{
      const scene = comfyvn.given("scenes/arrival"), say = {{do: "say", text: ["Done."], id: "done"}};
      const shown = {json.dumps(TRANSITIONS)}.map((name, index) => index % 3 === 1
        ? {{do: "scene", picture: "bg/harbour/base.png", alt: "", with: name}}
        : {{do: "show", who: "maren", sprite: [null, null, "happy"], at: index % 2 ? 0.2 : 0.8, with: name}});
      shown.push({{do: "show", who: "anker", sprite: [null, null, null], with: "none"}});
      scene.steps = [scene.steps[0], ...shown, say, {{...say, id: "next", text: ["Next."]}}];
      [...document.querySelectorAll(".entry")][0].click();
    }})()""")
    wait(lambda: browser.run("comfyvn.game.here?.line") == "done")
    wait(lambda: browser.run("document.querySelector('.go-on.ready') !== null"))
    assert browser.run("document.querySelectorAll('.layer, .veil').length") == 1
    assert browser.run("[...document.querySelectorAll('.figure')].map((one) => one.dataset.who)") == ["anker"]
    assert browser.run("document.querySelector('.stage').getAttribute('aria-label')") == "Captain Anker"
    for kind in ("mousePressed", "mouseReleased"):
        browser.call("Input.dispatchMouseEvent", type=kind, x=300, y=200, button="left", clickCount=1)
    wait(lambda: browser.run("comfyvn.game.here?.line") == "next")
    assert complaints(browser) == []


def test_a_film_plays_with_its_subtitles_and_the_story_goes_on(browser: Browser, tmp_path: Path) -> None:
    folder = web_novel.write(renpy_novel.project(), tmp_path / "web", tmp_path)
    (folder / "assets/movies").mkdir(exist_ok=True)
    (folder / "assets/movies/tide.webm").write_bytes(film())
    visit(browser, (folder / "index.html").as_uri(), speed=0, still=True)
    browser.run("""(() => {
      const movie = {do: "movie", film: "movies/tide.webm", alt: "The tide", skip: true, with: "none",
                     captions: [[0, 9000, ["It <b>rises</b>."]]]};
      const say = {do: "say", text: ["After."], id: "after"};
      const scene = comfyvn.given("scenes/start");
      scene.steps = [scene.steps[0], {...movie, skip: false}, movie, {...movie, film: "movies/gone.webm"}, say];
      window.subtitles = [];
      new MutationObserver(() => {
        const caption = document.querySelector(".captions");
        if (!caption.hidden) subtitles.push(caption.textContent);
      }).observe(document.querySelector(".captions"), {childList: true, characterData: true, attributes: true});
      [...document.querySelectorAll(".entry")][0].click();
    })()""")
    wait(lambda: browser.run("comfyvn.game.here?.line") == "after", 30)
    assert browser.run("[...new Set(subtitles)]") == ["It <b>rises</b>."]
    assert browser.run("heard.filter((url) => url.endsWith('/movies/tide.webm')).length") == 2
    assert browser.run("document.querySelectorAll('video').length") == 0
    assert browser.run("document.querySelectorAll('.figure').length") == 0  # the stage is empty afterwards


def film() -> bytes:
    """Half a second of VP8 in WebM."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for shade in range(5):
            picture = np.full((36, 64, 3), 40 * shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return out.getvalue()


def test_values_and_text_are_shown_as_python_shows_them(browser: Browser, export: Path) -> None:
    visit(browser, (export / "index.html").as_uri())
    numbers = [2.0, 0.1, -0.5, 1e16, 1.5e-7, 123456789.25, 1e15, 0.0001, 5e-5, -0.0, 1e22, 3.141592653589793]
    values = [*({"f": number} for number in numbers), 7, True, False, "as it is"]
    expected = [*map(str, numbers), "7", "True", "False", "as it is"]
    found = browser.run(f"{json.dumps(values)}.map((value) => comfyvn.plain([['variable', 'x']], {{x: value}}))")
    assert found == expected


def test_it_works_from_a_static_host_too(browser: Browser, export: Path) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=export)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}/"
        visit(browser, f"{host}index.html", speed=0, still=True)
        at(browser, "arrival", "khmrft")
        wait(lambda: browser.run("heard.some((url) => url.endsWith('/voice/khmrft.ogg'))"))
        assert complaints(browser) == []
        assert [url for url in asked(browser) if not url.startswith(host)] == []
        browser.open("about:blank")
        server.shutdown()
