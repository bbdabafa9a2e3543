"""`comfyvn watch`: rebuild on save, with drafts, so that what was written is seen at once."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from comfyvn.cli.parts import Commands, add, chosen, need_novel, plain, say, teach
from comfyvn.errors import ComfyVNError, ContractError, UsageError, WorkflowError

if TYPE_CHECKING:
    from comfyvn.engine.rounds import Round, Rounds
    from comfyvn.engine.saves import Saves

NAMED = 6  # targets in a line

WATCH = """\
  comfyvn watch                     make what is not up to date, then again after every save; Ctrl-C ends it
  comfyvn watch sprites:aya         of that only these, and what they are made of
  comfyvn watch --final             render with the novel's own engines too (a GPU may be at work after every save)
  comfyvn watch --json              one JSON object a line and round, for editors

In a novel that draws drafts (engines.image: draft) this is `doit` on save. In one that renders (image: comfyui) no
server is asked: a picture whose contract moved gets a draft beside it, build/drafts/..., and build/drafts/index.html
shows both; voices, atlases, scripts and exports are really made, of the finals that are there.

Tasks of your own in dodo.py are not run: `doit` runs them. A file with a mistake is named with its line, and the next
save is waited for. Exit codes: 0 ended by Ctrl-C; 1 the folder cannot be watched; 2 wrong use.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's command."""
    command = add(commands, "watch", _watch, "rebuild on save, with drafts beside finished pictures")
    teach(command, WATCH)
    command.add_argument("targets", nargs="*", metavar="TARGET", help="targets or groups (default: everything)")
    command.add_argument("--final", action="store_true", help="render with the novel's own engines, not with drafts")
    command.add_argument("--json", action="store_true", help="for machines: an object a round")


def _watch(options: argparse.Namespace) -> int:
    need_novel(options.root)
    from comfyvn.engine.rounds import Rounds
    from comfyvn.engine.saves import Saves
    from comfyvn.engine.warm import WarmDrafts

    root = options.root.resolve()
    with suppress(KeyboardInterrupt), WarmDrafts(root) as warm:
        rounds = Rounds(root, warm, lambda names: chosen(names, options.targets), options.final, _aside)
        _follow(rounds, Saves(root), options.json)
    if not options.json:
        say("\nwatching ended; what was finished is kept")
    return 0


def _follow(rounds: Rounds, saves: Saves, as_json: bool) -> None:
    """Raises UsageError when no target is meant at first; later, a contract may be being renamed."""
    with saves:
        if not as_json:
            say("watching for saves; Ctrl-C ends it")
        _round(rounds, (), as_json, is_first=True)
        rounds.prepare()
        for names in saves.batches():
            _round(rounds, names, as_json)


def _round(rounds: Rounds, saved: Sequence[str], as_json: bool, is_first: bool = False) -> None:
    with Counting() as counting:
        try:
            done: Round | ComfyVNError = replace(rounds, progress=counting.show).run()
        except ComfyVNError as error:
            if is_first and isinstance(error, UsageError):
                raise
            done = error
    if as_json:
        say(json.dumps({"saved": list(saved), **_as_json(done)}, ensure_ascii=False))
    else:
        head = _some(saved) or "at first"
        lines = _trouble(done) if isinstance(done, ComfyVNError) else _lines(done)
        say(plain("\n".join([f"{head}: {lines[0]}", *(f"  {line}" for line in lines[1:])])))
    sys.stdout.flush()


class Counting:
    """On a terminal, how far a long round is; the line is gone when the round ends."""

    def __init__(self) -> None:
        self._shown = 0

    def __enter__(self) -> Counting:
        return self

    def show(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self._write(f"{done} of {total} done")

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r{text:{self._shown}}" + ("" if text else "\r"))
        sys.stderr.flush()
        self._shown = len(text)


def _aside(text: str) -> None:
    """To stderr: stdout may be read by a machine."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


# --- what is told


def _lines(done: Round) -> list[str]:
    """The round in one line; below it what cannot be in it: drafts, failures, what waits."""
    made = [*done.made, *done.cached]
    counts = {
        "made": len(done.made),
        "from the cache": len(done.cached),
        "draft beside its final" if len(done.drafts) == 1 else "drafts beside their finals": len(done.drafts),
        "failed": len(done.failed),
        "waiting": len(done.waiting),
        "kept stale, as `rebuild` says": done.held,
    }
    told = [f"{count} {word}" for word, count in counts.items() if count]
    head = f"{', '.join(told) or 'nothing to make'}, {done.fresh} up to date, in {done.seconds:.1f} s"
    lines = [head + (f": {_some(made)}" if made else "")]
    lines += [f"draft: {file}" for file in done.drafts[:NAMED]]
    if done.drafts:
        rest = len(done.drafts) - NAMED
        lines.append((f"and {rest} more; " if rest > 0 else "") + "beside the finals: build/drafts/index.html")
    elif done.moved:
        lines.append(f"{_finals(done.moved)}; `doit` renders, build/drafts/index.html shows the drafts")
    if done.gone:
        lines.append(f"{len(done.gone)} {_word(len(done.gone), 'draft')} removed: no final has moved from it any more")
    for name, error in done.failed.items():
        lines += [f"failed: {name}", *(f"  {line}" for line in error.lines())]
    lines += [f"waits: {name}: {why}" for name, why in list(done.waiting.items())[:NAMED]]
    return lines


def _finals(count: int) -> str:
    return "1 final is not what its contract says" if count == 1 else f"{count} finals are not what their contracts say"


def _word(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def _trouble(error: ComfyVNError) -> list[str]:
    first, *rest = error.lines()
    listed = error.problems if isinstance(error, ContractError | WorkflowError) else ()
    problems = [str(problem) for problem in listed] if len(listed) > 1 else []
    return [first, *problems, *rest, "nothing was made; the next save is waited for"]


def _some(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _as_json(done: Round | ComfyVNError) -> dict[str, object]:
    if isinstance(done, ComfyVNError):
        listed = done.problems if isinstance(done, ContractError) else ()
        problems = [vars(problem) for problem in listed] or [{"message": str(done)}]
        return {"problems": problems}
    return {**vars(done), "failed": {name: str(error) for name, error in done.failed.items()}, "problems": []}

