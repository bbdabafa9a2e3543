"""Builds that are stopped by a signal: nothing half-written, nothing left running, and the next build goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes import forked
from tests.fakes.comfy import FakeComfy, Prompt, paint, running
from tests.fakes.failing import studio
from tests.fakes.novel_runs import doit, environment, set_up, tree
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")

ENDINGS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def start(
    novel: Path, *arguments: str, module: str = "doit", begin: forked.Begin = forked.start
) -> forked.Process:
    """Most are forks; each signal is also sent to a process that the interpreter itself has begun (`unforked`)."""
    return begin(module, arguments, novel, environment(**{forked.DRAWN_ANEW: "1"}))


def wait_for(what: str, is_so: Callable[[], object], build: forked.Process) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        if build.poll() is not None:
            raise AssertionError(f"the build ended before {what}:\n{build.communicate()[0]}")
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.005)


def children(pid: int) -> dict[int, str]:
    """Processes below this one, by id, with their command lines. Linux alone tells so."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found: dict[int, str] = {}
    todo = [pid]
    while todo:
        above = todo.pop()
        for child in [each for each, parent in parents.items() if parent == above]:
            todo.append(child)
            found[child] = command(child)
    return found


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def stop(build: forked.Process, number: signal.Signals) -> tuple[str, list[str]]:
    """Sends the signal and waits for the end; (what was said, processes that were left running)."""
    below = children(build.pid) if Path("/proc").is_dir() else {}
    build.send_signal(number)
    output = build.communicate(timeout=60)[0]
    deadline = time.monotonic() + 60  # a child that ends itself when we have gone needs a moment for that
    left = dict(below)
    while left and time.monotonic() < deadline:
        left = {pid: name for pid, name in left.items() if name and command(pid) == name}
        time.sleep(0.02)
    return output, list(left.values())


def left_behind(novel: Path, cache: Path) -> list[Path]:
    """What is half-written in the novel or the cache, and a lock that somebody seems to hold."""
    half = [*(novel / ".comfyvn/partial").glob("*"), *(cache / "partial").glob("*"), *novel.rglob("*.part")]
    return half + list((novel / ".comfyvn").glob("lock.json"))


def unbuilt(novel: Path, own_cache: Path) -> dict[str, bytes]:
    """Takes away what was built; gives what it was."""
    expected = tree(novel / "build")
    for folder in (novel / "build", novel / ".comfyvn", own_cache):
        shutil.rmtree(folder)
    return expected


@pytest.mark.parametrize("number", list(ENDINGS))
def test_a_signal_during_draft_renders(novel: Path, own_cache: Path, number: signal.Signals) -> None:
    expected = unbuilt(novel, own_cache)
    build = start(novel, begin=forked.unforked if number == signal.SIGHUP else forked.start)
    assert build.stdout is not None
    build.stdout.readline()
    output, left = stop(build, number)
    assert (build.returncode, left) == (ENDINGS[number], []), output
    assert "stopped; what was finished is kept" in output
    assert "Traceback" not in output and "failed" not in output
    assert left_behind(novel, own_cache) == []
    run = doit(novel)
    assert (run.code, tree(novel / "build") == expected) == (0, True), run.output


def test_a_signal_while_the_draft_endpoint_starts(novel: Path, own_cache: Path) -> None:
    unbuilt(novel, own_cache)
    build = start(novel, "backgrounds:pier/base", begin=forked.unforked)
    wait_for("the endpoint starts", lambda: "comfyvn.draft" in str(children(build.pid)), build)
    output, left = stop(build, signal.SIGINT)
    assert (build.returncode, left) == (130, []), output
    assert left_behind(novel, own_cache) == []


def test_our_own_command_is_stopped_alike(novel: Path, own_cache: Path) -> None:
    unbuilt(novel, own_cache)
    build = start(novel, "build", module="comfyvn.cli", begin=forked.unforked)
    assert build.stdout is not None
    build.stdout.readline()
    output, left = stop(build, signal.SIGTERM)
    assert (build.returncode, left) == (143, []), output
    assert left_behind(novel, own_cache) == []


@pytest.fixture
def slow() -> Iterator[FakeComfy]:
    """A server whose prompts run until they are interrupted."""

    def play(server: FakeComfy, prompt: Prompt) -> None:
        for _ in range(6000):
            if prompt.status == "interrupted":
                return
            time.sleep(0.01)

    with running(FakeComfy(play)) as server:
        yield server


def test_a_signal_during_a_render_takes_it_off_its_server(slow: FakeComfy, tmp_path: Path, own_cache: Path) -> None:
    novel = studio(tmp_path / "novel", slow.url)
    build = start(novel)
    wait_for("a prompt runs and another waits", lambda: slow.running and slow.pending, build)
    ours = slow.running[0]
    output, left = stop(build, signal.SIGTERM)
    assert (build.returncode, left) == (143, []), output
    assert (ours.status, slow.pending) == ("interrupted", [])
    assert left_behind(novel, own_cache) == []
    assert "failed" not in output and "Traceback" not in output


def test_a_server_that_does_not_answer_keeps_nobody(tmp_path: Path, own_cache: Path) -> None:
    """It hangs when asked to interrupt; the build says so, and the next one takes the prompt up."""
    go_on, is_deaf = threading.Event(), threading.Event()

    def play(server: FakeComfy, prompt: Prompt) -> None:
        is_deaf.set()
        go_on.wait(60)
        paint(server, prompt)

    with running(FakeComfy(play)) as fake:
        inner = fake.queue

        async def queue(request: object) -> object:
            import asyncio

            while is_deaf.is_set() and not go_on.is_set():
                await asyncio.sleep(0.05)
            return await inner(request)  # type: ignore[arg-type]

        fake.queue = queue  # type: ignore[method-assign, assignment]
    with running(fake) as fake:
        novel = studio(tmp_path / "novel", fake.url)
        build = start(novel, "backgrounds:pier/base")
        wait_for("a prompt runs", is_deaf.is_set, build)
        output, left = stop(build, signal.SIGINT)
        assert (build.returncode, left) == (130, []), output
        assert left_behind(novel, own_cache) == []
        go_on.set()
        run = doit(novel, "backgrounds:pier/base")
        assert run.code == 0, run.output
        assert len(fake.begun) == 1


def test_a_signal_while_a_server_is_waited_for(tmp_path: Path, own_cache: Path) -> None:
    novel = studio(tmp_path / "novel", "http://127.0.0.1:9")
    text = (novel / "providers/servers.yaml").read_text("utf-8")
    write(novel / "providers/servers.yaml", text.replace("silence_s: 3.0", "silence_s: 60.0"))
    build = start(novel)
    assert build.stdout is not None
    assert "gpu refuses connections" in build.stdout.readline()
    output, left = stop(build, signal.SIGINT)
    assert (build.returncode, left) == (130, []), output
    assert "failed" not in output
    assert left_behind(novel, own_cache) == []


def spoken(folder: Path, lines: int, words: int) -> Path:
    """A novel with so many long lines, and so much to say and to encode."""
    scene, text = files()["data/scenes/evening.json"], "over the dark water " * words
    said = [{"narrate": f"Line {number}. {text}", "id": f"w{number:05}"} for number in range(lines)]
    changed = {"data/scenes/evening.json": {**scene, "script": [*said, *scene["script"]]}}
    return set_up(write_small_novel(folder, changed, NOVEL))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_signal_while_espeak_speaks_leaves_none_speaking(tmp_path: Path, own_cache: Path) -> None:
    novel = spoken(tmp_path / "novel", 6, 400)
    build = start(novel, "voices")
    wait_for("one speaks", lambda: "espeak_worker" in str(children(build.pid)), build)
    output, left = stop(build, signal.SIGTERM)
    assert (build.returncode, left) == (143, []), output
    assert "failed" not in output
    assert left_behind(novel, own_cache) == []


def test_a_second_signal_ends_it_at_once_and_nothing_is_lost(novel: Path, own_cache: Path) -> None:
    expected = unbuilt(novel, own_cache)
    build = start(novel)
    assert build.stdout is not None
    build.stdout.readline()
    build.send_signal(signal.SIGINT)
    build.send_signal(signal.SIGINT)
    output, left = stop(build, signal.SIGINT)
    assert (build.returncode, left) == (130, []), output
    assert "Traceback" not in output
    run = doit(novel)
    assert (run.code, tree(novel / "build") == expected) == (0, True), run.output


def test_a_signal_that_is_ignored_stays_ignored(novel: Path, own_cache: Path) -> None:
    """As under nohup."""
    unbuilt(novel, own_cache)
    script = "trap '' HUP; exec \"$0\" -m doit backgrounds:pier/base"
    build = subprocess.Popen(
        ["sh", "-c", script, sys.executable],
        cwd=novel, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8",
    )  # fmt: skip
    wait_for("it has begun", lambda: (novel / ".comfyvn/lock.json").exists(), build)
    os.kill(build.pid, signal.SIGHUP)
    output = build.communicate(timeout=100)[0]
    assert build.returncode == 0, output
