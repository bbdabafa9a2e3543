"""Plays a game: a copy of it, engines that take runs from one search, lint beside them, and one report."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from comfyvn.playtest.copy import add_driver, copied, game_folder
from comfyvn.playtest.display import display
from comfyvn.playtest.engine import environment
from comfyvn.playtest.lint import lint
from comfyvn.playtest.media import broken
from comfyvn.playtest.notes import Notes
from comfyvn.playtest.report import Report
from comfyvn.playtest.search import Run, Search
from comfyvn.playtest.wire import Conversation, EngineEnded, Message, conversation
from comfyvn.reading.game.installed import engine

MOST_STARTS = 10  # of engines; each crash is one fault, and the runs that are left go on
CROWD = 6  # runs that wait for each engine before another is started: a start costs as much as a few runs
WARP = "10"  # how much faster the engine's clock goes while screenshots wait for screens to come to rest

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Wishes:
    """`screenshots`: a folder for a picture of every line; `timeout`: seconds for all of it; `engines`: at most so many
    at a time; `language`: a translation to play in.
    """

    screenshots: Path | None = None
    timeout: float = 600.0
    engines: int = 1
    language: str = ""


def playtest(
    folder: Path, wishes: Wishes, environ: Mapping[str, str], progress: Progress = lambda _said: None
) -> Report:
    """Plays every branch of the game in `folder`, which is only read. Raises UsageError where it cannot be played."""
    project, program = game_folder(folder), engine(environ)
    if wishes.screenshots is not None:
        wishes.screenshots.mkdir(parents=True, exist_ok=True)
    scratch = tempfile.TemporaryDirectory(prefix="comfyvn-playtest-", ignore_cleanup_errors=True)
    with scratch as home, display() as shown:
        game = copied(project, Path(home, "project"))
        add_driver(game)
        return _Play(game, program, environment(environ, Path(home), shown), wishes, progress).report(project)


class _Play:
    """One playtest. Each engine has a thread; they share the search and the notes under one guard."""

    def __init__(
        self, game: Path, program: str, environ: Mapping[str, str], wishes: Wishes, progress: Progress
    ) -> None:
        self._game, self._program, self._environ = game, program, environ
        self._wishes, self._progress = wishes, progress
        self._deadline = time.monotonic() + wishes.timeout
        self._notes = Notes()
        self._search: Search | None = None
        self._is_stopped = False  # no engine is started any more
        self._starts = 0
        self._again: list[Run] = []  # an engine crashed in each: they are played once more before anything is blamed
        self._crashed: set[int] = set()  # their numbers
        self._threads: list[threading.Thread] = []
        self._guard = threading.Condition()

    def report(self, project: Path) -> Report:
        media = threading.Thread(target=self._look_at_media, args=(project,), name="comfyvn-playtest-media")
        media.start()
        with self._guard:
            self._begin_engine()
            self._guard.wait_for(lambda: self._search is not None or self._is_stopped)
        # The first engine is up: it has compiled the scripts, for lint as well.
        is_time = time.monotonic() < self._deadline
        linted = lint(self._program, self._game, self._environ, self._deadline) if is_time else []
        for thread in (*self._threads, media):
            thread.join()
        return self._notes.report(self._search, linted)

    def _look_at_media(self, project: Path) -> None:
        found = list(broken(project))
        with self._guard:
            self._notes.findings += found

    # --- engines

    def _begin_engine(self) -> None:
        number = len(self._threads)
        thread = threading.Thread(target=self._work, args=(number,), name=f"comfyvn-playtest-{number}")
        self._threads.append(thread)
        thread.start()

    def _work(self, number: int) -> None:
        """One engine, and another in its place while they crash and something is left to play."""
        try:
            while self._may_start():
                self._play(number)
        finally:
            with self._guard:
                self._is_stopped = self._is_stopped or self._search is None
                self._guard.notify_all()

    def _may_start(self) -> bool:
        with self._guard:
            is_over = self._search is not None and self._search.is_over()
            if self._is_stopped or is_over:
                return False
            if self._again:  # at most once for each run, so that these need not be counted
                return True
            if self._starts >= MOST_STARTS:
                return False
            self._starts += 1
            return True

    def _play(self, number: int) -> None:
        """From an engine's start to its end: nothing left to play, or a crash."""
        run: Run | None = None
        try:
            with conversation(self._command(number), self._told(number), self._deadline) as talk:
                self._greeted(talk.hear())
                while run := self._next_run():
                    talk.tell({"run": {"number": run.number, "start": run.start, "plan": run.plan, "taken": run.taken}})
                    if not self._follow(talk, run):
                        return
                talk.tell({"end": True})
                self._note_end(talk.hear())
        except EngineEnded as ended:
            self._ended(ended, run)

    def _ended(self, ended: EngineEnded, run: Run | None) -> None:
        """A crash of the program itself may be chance (threads that decode sound and films): the run is tried again."""
        with self._guard:
            self._is_stopped = self._is_stopped or self._search is None or time.monotonic() > self._deadline
            if ended.crash and run is not None and run.number not in self._crashed and not self._is_stopped:
                self._crashed.add(run.number)
                self._notes.crashed_once(ended)
                self._again.append(run)
            else:
                self._notes.engine_ended(ended)
                if run is not None and self._search is not None:
                    self._search.played(run, (), (), ())
            self._guard.notify_all()

    def _command(self, number: int) -> list[str]:
        saves = self._game.parent / f"saves-{number}"  # one for each: they would write into each other's
        return [self._program, str(self._game), "run", "--savedir", str(saves)]

    def _told(self, number: int) -> dict[str, str]:
        told = {**self._environ, "COMFYVN_PLAY_LANGUAGE": self._wishes.language}
        if self._wishes.screenshots is not None:
            told |= {"COMFYVN_PLAY_SHOTS": str(self._wishes.screenshots.resolve()), "RENPY_TIMEWARP": WARP}
        return {**told, "COMFYVN_PLAY_MENUS": "1"} if number == 0 else told

    # --- what engines say

    def _greeted(self, message: Message) -> None:
        hello = message["hello"]
        with self._guard:
            if self._search is None:
                self._notes.hello(hello)
                names = [label["name"] for label in hello["labels"]]
                self._search = Search(names, hello["parameters"], self._notes.lines)
                self._guard.notify_all()

    def _next_run(self) -> Run | None:
        """The next run, waited for while others play that may lead to it; None when all is played."""
        with self._guard:
            search = self._search
            while search is not None and not self._is_stopped:
                run = self._again.pop(0) if self._again else search.next()
                if run is not None:
                    alive = sum(thread.is_alive() for thread in self._threads)
                    if alive < self._wishes.engines and search.waiting() > CROWD * alive:
                        self._begin_engine()
                    return run
                if search.is_over():
                    break
                self._guard.wait()
            self._guard.notify_all()
            return None

    def _follow(self, talk: Conversation, run: Run) -> bool:
        """Hears of a run until it is over; False when the engine crashed in it."""
        while True:
            message = talk.hear()
            if at := message.get("at"):
                self._notes.at = f"{at[0]}:{at[1]}"
                self._progress(f"run {run.number + 1}: {at[0]}:{at[1]}")
                continue
            with self._guard:
                is_whole = "played" in message
                told = message["played"] if is_whole else message["crashed"]["run"]
                choices = self._notes.played(run, told or {}, is_whole)
                if not is_whole:
                    self._notes.crashed(message["crashed"]["fault"])
                if self._search is not None:
                    self._search.played(run, (told or {}).get("labels", ()), (told or {}).get("ids", ()), choices)
                self._guard.notify_all()
            return is_whole

    def _note_end(self, message: Message) -> None:
        with self._guard:
            self._notes.ended(message["ended"])
