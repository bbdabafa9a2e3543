"""What a terminal shows while a build runs, and the lines that a server's silence is worth anywhere."""

from __future__ import annotations

import io
import logging
from types import SimpleNamespace

import pytest
from doit.exceptions import TaskFailed

from comfyvn.tasks.live import ROWS, Work, rows
from comfyvn.tasks.reporter import NovelReporter, Session, reporter_for


def test_current_work_is_shown_by_server_and_the_rest_is_counted() -> None:
    working = [
        Work("sprites:b", "gpu: KSampler 12/20", 0.0),
        Work("sprites:c", "waiting for a server", 0.0),
        Work("sprites:a", "far: queued", 0.0),
        Work("voices:en/l1", "starting", 0.0),
    ]
    assert rows(working, 1.0, 80) == ["  far: queued  sprites:a", "  gpu: KSampler 12/20  sprites:b", "  2 waiting"]


def test_more_work_than_lines_is_counted() -> None:
    working = [Work(f"sprites:{n}", "gpu: queued", 0.0) for n in range(ROWS + 3)]
    assert len(rows(working, 1.0, 80)) == ROWS + 1
    assert rows(working, 1.0, 80)[-1] == "  3 more at work"


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("gpu: KSampler 3/20", "gpu: KSampler 3/20, for 14 s"),
        ("gpu: queued", "gpu: queued, for 14 s"),
        ("gpu: CheckpointLoaderSimple", "gpu: CheckpointLoaderSimple, for 14 s without a step: models may be loading"),
    ],
)
def test_a_long_phase_says_for_how_long(what: str, shown: str) -> None:
    assert rows([Work("s:a", what, 100.0)], 114.0, 100) == [f"  {shown}  s:a"]


def test_no_line_is_wider_than_the_terminal() -> None:
    (line,) = rows([Work("sprites:" + "x" * 90, "gpu: KSampler 3/20", 0.0)], 1.0, 60)
    assert len(line) <= 62 and line.endswith("…")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _reporter(out: io.StringIO) -> tuple[NovelReporter, Session]:
    session = Session()
    return reporter_for(session)(out, {}), session


def _task(name: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, actions=[print], task_dep=[], setup_tasks=[])


def test_a_terminal_shows_what_each_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    reporter, session = _reporter(out)
    reporter.initialize({"sprites:a": _task("sprites:a")}, ["sprites:a"])
    reporter.execute_task(_task("sprites:a"))
    session.report("sprites:a", "gpu: KSampler 12/20")
    assert reporter._live is not None
    reporter._live.refresh()
    reporter.notice("gpu does not answer since 10 s; waiting up to 120 s")
    session.finished("sprites:a", "made", "comfyui")
    reporter.add_success(_task("sprites:a"))
    reporter.complete_run()
    said = out.getvalue()
    assert "gpu: KSampler 12/20  sprites:a" in said
    assert "gpu does not answer since 10 s; waiting up to 120 s" in said
    assert "[1/1] sprites:a" in said


def test_elsewhere_warnings_of_the_bridge_are_lines_and_steps_are_not() -> None:
    out = io.StringIO()
    reporter, session = _reporter(out)
    reporter.initialize({}, [])
    reporter.execute_task(_task("sprites:a"))
    session.report("sprites:a", "gpu: KSampler 12/20")
    logging.getLogger("comfyvn.bridge.renderer").warning("%s %s", "gpu", "answers again")
    reporter.complete_run()
    logging.getLogger("comfyvn.bridge.renderer").info("too late")
    assert out.getvalue().splitlines()[0] == "gpu answers again"
    assert "KSampler" not in out.getvalue()
    assert not logging.getLogger("comfyvn.bridge").handlers


def _told_of_failures(messages: dict[str, str]) -> str:
    out = io.StringIO()
    reporter, _ = _reporter(out)
    reporter.initialize({}, [])
    for name, message in messages.items():
        reporter.add_failure(_task(name), TaskFailed(message))
    reporter.complete_run()
    return out.getvalue()


def test_failures_of_one_cause_are_told_once() -> None:
    said = _told_of_failures({"sprites:a": "error: off", "sprites:b": "error: other", "sprites:c": "error: off"})
    assert "failed: sprites:a, sprites:c\nerror: off\n" in said
    assert said.count("error: off") == said.count("error: other") == 1
    assert "to retry just these: doit sprites:a sprites:b sprites:c\n" in said
    assert "3 failed in" in said


def test_of_very_many_failures_the_rest_is_counted() -> None:
    said = _told_of_failures({f"sprites:{number:03}": "error: off" for number in range(100)})
    assert "sprites:000" in said and "and 92 more" in said and "sprites:050" not in said
    assert "to retry: run the same command again" in said
    assert "100 failed in" in said
