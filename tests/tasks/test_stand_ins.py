"""A speech server that goes away and comes back: what is spoken instead is told, kept, and made again on request."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comfyvn.bridge.tts import stood_in
from comfyvn.tasks.stand_ins import earlier, reminded, told
from tests.fakes.novel_runs import MADE, comfyvn, doit
from tests.fakes.small_novel import NOVEL, write
from tests.fakes.speech_servers import Asked, FakeSpeech, Reply, kokoro, serving

SERVERS = "providers/servers.yaml"

@pytest.fixture
def server() -> Iterator[FakeSpeech]:
    with serving(kokoro) as running:
        yield running


@pytest.fixture
def voiced(novel: Path, server: FakeSpeech) -> Path:
    """The small novel, built before with eSpeak, whose narrator now speaks through a server."""
    write(novel / "comfyvn.yaml", NOVEL + "engines: {voice: [openai, espeak]}\n")
    aya = novel / "data/characters/aya/character.json"
    aya.write_text(aya.read_text("utf-8").replace('"en-gb"', '"af_heart"'), "utf-8")
    name_server(novel, server.url)
    return novel


def name_server(novel: Path, url: str, more: str = "") -> None:
    write(novel / SERVERS, f"voices: {{studio: {{url: '{url}', engine: openai, model: kokoro, wait_s: 0{more}}}}}\n")


def away(_fake: FakeSpeech, _asked: Asked) -> Reply:
    return Reply.json({"detail": "loading"}, 503)


def record(novel: Path, clip: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((novel / f"build/voices/en/{clip}.wav.render.json").read_text("utf-8"))
    return found


def clips(made: frozenset[str]) -> set[str]:
    return {name for name in made if name.startswith("voices:")}


def made(novel: Path, *arguments: str) -> set[str]:
    return {name for name in doit(novel, *(arguments or ("voices",))).made if name.startswith("voices:")}


def upgraded(novel: Path, *arguments: str) -> tuple[set[str], str]:
    run = comfyvn(novel, "build", "--upgrade", *arguments)
    return {name for name, _ in MADE.findall(run.output) if name.startswith("voices:")}, run.output


def test_a_stand_in_is_told_kept_and_made_again_on_request(voiced: Path, server: FakeSpeech) -> None:
    # The server is away: eSpeak speaks, and that is told.
    server.api = away
    run = doit(voiced, "voices")
    spoken = run.made
    assert run.code == 0 and len(spoken) > 4
    (line,) = [line for line in run.output.splitlines() if "in the place of" in line]
    assert f"{len(spoken)} clips were spoken by espeak in the place of openai" in line and "--upgrade" in line
    clip = sorted(spoken)[0].rpartition("/")[2]
    old = record(voiced, clip)
    note = old["notes"]["fallback"]
    assert (note["wanted"], note["made"]) == ("openai", old["engine"]) and "HTTP 503" in note["reason"]
    assert old["wanted"] != old["made"] and "127.0.0.1" not in json.dumps(old)

    # Later builds and `status` remind of it, in one line; that of parts does not.
    reminder = (
        f"{len(spoken)} clips were spoken by espeak in the place of openai: `comfyvn build --upgrade` speaks them again"
    )
    rest = doit(voiced)  # the export, which is a whole build
    assert rest.output.count("in the place of") == 1 and reminder in rest.output.splitlines()
    quiet = doit(voiced)
    assert [line.partition(":")[0] for line in quiet.output.splitlines()] == [reminder.partition(":")[0], "up to date"]
    assert comfyvn(voiced, "build").output == quiet.output
    status = comfyvn(voiced, "status").output.splitlines()
    assert reminder in status and not any(line.startswith("  fresh") for line in status)
    told = json.loads(comfyvn(voiced, "status", "--json").output)
    assert {name for name, one in told.items() if one["quality"] == "stand-in"} == spoken
    assert {told[name]["reason"] for name in spoken} == {"spoken by espeak in the place of openai"}
    assert "in the place of" not in doit(voiced, "backgrounds").output

    # It is back: nothing is made again by itself, not even where it has another voice, or is named no more.
    server.api = kokoro
    name_server(voiced, server.url, ", voice: af_bella")
    assert made(voiced) == set()
    write(voiced / SERVERS, "")
    assert made(voiced) == set()

    # On request, those that are named, or all of them.
    name_server(voiced, server.url)
    one = sorted(spoken)[0]
    assert upgraded(voiced, one)[0] == {one}
    rest, output = upgraded(voiced, "voices")
    assert rest == spoken - {one} and "in the place of" not in output
    new = record(voiced, clip)
    assert new["engine"] == "openai@1+kokoro" and "fallback" not in new["notes"] and not new["repeatable"]
    assert upgraded(voiced, "voices")[1].startswith("no clip was spoken")
    assert "in the place of" not in doit(voiced).output + comfyvn(voiced, "status").output

    # What the server has spoken is not spoken by another one because it is not named on this computer, or moved.
    asked = len(server.asked)
    write(voiced / SERVERS, "")
    assert made(voiced) == set()
    name_server(voiced, "http://127.0.0.1:9")
    assert made(voiced) == set() and len(server.asked) == asked

    # What is heard is another matter.
    name_server(voiced, server.url, ", settings: {speed: 1.5}")
    assert made(voiced) == spoken
    assert {asked.body.get("speed") for asked in server.asked[-len(spoken) :]} == {1.5}


def test_lines_of_one_reason_are_told_together() -> None:
    note = {"wanted": "openai", "made": "espeak@1.52", "reason": "it is away"}
    odd = {**note, "reason": "\x1b[2J"}
    lines = list(told({"voices:en/a": note, "voices:en/b": note, "voices:en/c": odd, "x": "old"}))
    assert lines == [
        "2 clips were spoken by espeak in the place of openai: voices:en/a, voices:en/b; it is away; "
        "`comfyvn build --upgrade` speaks them again",
        "1 clip was spoken by espeak in the place of openai: voices:en/c; \\x1b[2J; "
        "`comfyvn build --upgrade` speaks it again",
    ]


def test_a_reminder_leaves_out_what_this_run_has_told() -> None:
    note = {"wanted": "openai", "made": "espeak@1.52", "reason": "it is away"}
    words = "spoken by espeak in the place of openai"
    assert stood_in({"fallback": note}) == words and stood_in({}) == stood_in({"fallback": "odd"}) == ""
    left = earlier(Counter({words: 3, "spoken by x in the place of \x1b": 1}), [note, note])
    assert list(reminded(left)) == [
        "1 clip was spoken by espeak in the place of openai: `comfyvn build --upgrade` speaks it again",
        "1 clip was spoken by x in the place of \\x1b: `comfyvn build --upgrade` speaks it again",
    ]
    assert not earlier(Counter({words: 1}), [note, note])


def test_two_servers_that_are_heard_differently_are_refused(voiced: Path) -> None:
    write(
        voiced / SERVERS,
        "voices:\n  a: {url: 'http://127.0.0.1:1', engine: openai, voice: x}\n"
        "  b: {url: 'http://127.0.0.1:2', engine: openai, voice: y}\n",
    )
    run = comfyvn(voiced, "check")
    assert run.code != 0 and '"a" and "b" are both openai, and would be heard differently' in run.output
