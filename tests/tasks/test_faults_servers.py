"""Builds on a ComfyUI server that are killed, interrupted or run out of disk: real processes, counted on the server."""

from __future__ import annotations

import io
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.fakes import forked
from tests.fakes.comfy import FakeComfy, Prompt, paint, running
from tests.fakes.comfy_process import comfy_process
from tests.fakes.novel_runs import doit, environment, set_up
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")

PLACES = [f"pier{letter}" for letter in "abcdef"]
FINAL = NOVEL.replace("voiced: all", "voiced: none") + "engines: {image: comfyui, video: draft, voice: [espeak]}\n"
THEIRS = {"prompt_id": "theirs", "prompt": {}}


@pytest.fixture
def fake() -> Iterator[FakeComfy]:
    with running(FakeComfy(paint)) as server:
        yield server


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A novel of several places whose pictures a ComfyUI server makes; `name_servers` says which."""
    location = files()["data/locations/pier.json"]
    places = {
        f"data/locations/{name}.json": {**location, "id": name, "seed": 100 + number, "variants": {}}
        for number, name in enumerate(PLACES)
    }
    return set_up(write_small_novel(tmp_path / "novel", places, FINAL))


def name_servers(studio: Path, **urls: str) -> None:
    entries = "".join(f"  {name}: {{url: '{url}', slots: 2, silence_s: 3.0}}\n" for name, url in urls.items())
    write(studio / "providers/servers.yaml", f"servers:\n{entries}")


TARGETS = [f"backgrounds:{name}/base" for name in PLACES]


def _start(studio: Path) -> forked.Process:
    return forked.start("doit", TARGETS, studio, environment())


def _wait(what: str, is_so: Callable[[], object], build: forked.Process | None = None) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        if build is not None and build.poll() is not None:
            raise AssertionError(f"the build ended before {what}:\n{build.communicate()[0]}")
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.01)


@pytest.mark.parametrize("finished", [0, 3])
def test_a_killed_build_renders_nothing_twice(studio: Path, fake: FakeComfy, finished: int) -> None:
    """Killed when so many prompts were through, one ran and at least one waited; the server goes on meanwhile."""
    reached, go_on = threading.Event(), threading.Event()

    def play(server: FakeComfy, prompt: Prompt) -> None:
        if len(server.begun) == finished + 1:
            reached.set()
            go_on.wait(60)
        paint(server, prompt)

    fake.play = play
    name_servers(studio, gpu=fake.url)
    build = _start(studio)
    _wait("a prompt runs and another waits", lambda: reached.is_set() and fake.pending, build)
    build.kill()
    build.communicate()
    go_on.set()
    run = doit(studio, *TARGETS)
    assert run.code == 0, run.output
    assert Counter(fake.begun).most_common(1)[0][1] == 1
    assert len(fake.begun) == len(TARGETS)
    assert all((studio / f"build/backgrounds/{name}/base.png").is_file() for name in PLACES)
    again = doit(studio, *TARGETS)
    assert (again.code, again.made, len(fake.begun)) == (0, frozenset(), len(TARGETS))


def test_a_killed_build_asks_the_same_one_of_several_servers_again(studio: Path) -> None:
    """Whichever server a prompt went to before the kill, it is found there, though the next build would choose anew."""
    go_on = threading.Event()

    def play(server: FakeComfy, prompt: Prompt) -> None:
        go_on.wait(60)
        paint(server, prompt)

    with running(FakeComfy(play)) as one, running(FakeComfy(play)) as two, running(FakeComfy(play)) as three:
        fleet = [one, two, three]
        name_servers(studio, **{f"gpu{number}": fake.url for number, fake in enumerate(fleet)})
        build = _start(studio)
        _wait("every server has a prompt", lambda: all(fake.running for fake in fleet), build)
        build.kill()
        build.communicate()
        go_on.set()
        _wait("what was begun is done", lambda: not any([*fake.running, *fake.pending] for fake in fleet))
        # Asked for in another order, and one by one: each would go to the first server that is free.
        for target in reversed(TARGETS):
            run = doit(studio, target)
            assert run.code == 0, run.output
        begun = Counter(identity for fake in fleet for identity in fake.begun)
        assert (len(begun), begun.most_common(1)[0][1]) == (len(TARGETS), 1)
        assert list((studio / ".comfyvn/placed").iterdir()) == []


def test_ctrl_c_stops_our_prompts_and_leaves_other_people_s_alone(studio: Path, fake: FakeComfy) -> None:
    """Ours runs, another of ours waits, and somebody else's stand before and behind it."""
    name_servers(studio, gpu=fake.url)

    def play(server: FakeComfy, prompt: Prompt) -> None:
        for _ in range(6000):
            if prompt.status == "interrupted":
                return
            time.sleep(0.01)

    fake.play = play
    build = _start(studio)
    _wait("one of ours runs and one waits", lambda: fake.running and fake.pending, build)
    ours = fake.running[0]
    before, behind = Prompt({**THEIRS, "prompt_id": "before"}), Prompt({**THEIRS, "prompt_id": "behind"})
    fake.gate.clear()
    fake.pending[:] = [before, *fake.pending, behind]
    build.send_signal(signal.SIGINT)
    output = build.communicate(timeout=60)[0]
    assert build.returncode == 130, output
    assert "Traceback" not in output
    assert ours.status == "interrupted"
    assert fake.pending == [before, behind]
    fake.play = paint
    fake.pending.clear()
    fake.gate.set()
    assert doit(studio, *TARGETS).code == 0


def test_ctrl_c_does_not_stop_somebody_else_s_running_prompt(studio: Path, fake: FakeComfy) -> None:
    name_servers(studio, gpu=fake.url)
    theirs, go_on = Prompt(dict(THEIRS)), threading.Event()

    def play(_server: FakeComfy, _prompt: Prompt) -> None:
        go_on.wait(60)

    fake.play = play
    fake.pending.append(theirs)
    build = _start(studio)
    _wait("ours wait behind theirs", lambda: fake.running == [theirs] and fake.pending, build)
    build.send_signal(signal.SIGINT)
    output = build.communicate(timeout=60)[0]
    assert build.returncode == 130, output
    assert (theirs.status, fake.running, fake.pending) == ("success", [theirs], [])
    assert "POST /interrupt" not in fake.requests
    go_on.set()


def _noise() -> bytes:
    buffer = io.BytesIO()
    Image.frombytes("RGB", (320, 320), random.Random(2).randbytes(3 * 320 * 320)).save(buffer, "PNG")
    return buffer.getvalue()


def _no_file_over_100_kb() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_disk_that_is_full_costs_no_second_render(studio: Path, fake: FakeComfy) -> None:
    picture = _noise()

    def play(server: FakeComfy, prompt: Prompt) -> None:
        paint(server, prompt, lambda: server.files.update(dict.fromkeys(server.files, picture)))

    fake.play = play
    name_servers(studio, gpu=fake.url)
    build = subprocess.Popen(
        [sys.executable, "-m", "doit", *TARGETS], cwd=studio, env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", preexec_fn=_no_file_over_100_kb,
    )  # fmt: skip
    output = build.communicate(timeout=120)[0]
    assert build.returncode != 0
    assert "Traceback" not in output
    assert f"failed: {TARGETS[0]}" in output and "File too large" in output and "to do: " in output
    assert not list((studio / "build").rglob("*.png"))
    begun = list(fake.begun)
    run = doit(studio, *TARGETS)
    assert run.code == 0, run.output
    assert fake.begun == begun and len(set(begun)) == len(TARGETS)
    assert (studio / f"build/backgrounds/{PLACES[0]}/base.png").read_bytes() == picture
    assert list((studio / ".comfyvn/partial").glob("*")) == []


def test_a_server_that_is_killed_hands_its_work_to_another(studio: Path, fake: FakeComfy, tmp_path: Path) -> None:
    with comfy_process(tmp_path / "runs", seconds=60) as doomed:
        name_servers(studio, doomed=doomed.url, other=fake.url)
        build = _start(studio)
        doomed.wait_for_runs(1)
        doomed.kill()
        output = build.communicate(timeout=120)[0]
    assert build.returncode == 0, output
    assert "doomed refuses connections since 2 s; waiting up to 3 s" in output
    assert len(doomed.runs()) == 1  # its other prompt had not begun
    assert len(set(fake.begun)) == len(fake.begun) == len(TARGETS)


def test_a_server_that_is_killed_and_comes_back_goes_on(studio: Path, tmp_path: Path) -> None:
    with comfy_process(tmp_path / "runs", seconds=60) as server:
        name_servers(studio, gpu=server.url)
        text = (studio / "providers/servers.yaml").read_text("utf-8")
        write(studio / "providers/servers.yaml", text.replace("silence_s: 3.0", "silence_s: 60.0"))
        build = _start(studio)
        server.wait_for_runs(1)
        server.kill()
        server.start(0.01)
        output = build.communicate(timeout=120)[0]
        assert build.returncode == 0, output
        # One more than there are targets: what ran when the server was killed ran again, under an id of its own.
        assert len(set(server.runs())) == len(server.runs()) == len(TARGETS) + 1
    assert list((studio / ".comfyvn/partial").glob("*")) == []
