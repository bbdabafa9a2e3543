"""Commands that say what an artifact is from now on: adopt, restore, approve, unapprove."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.cli.parts import Commands, add, chosen, plain, say, show, teach, unknown_target
from comfyvn.cli.takes import add_reasons, building, reason_of, target_of, tell_moved
from comfyvn.errors import ComfyVNError, UsageError
from comfyvn.paths import means

if TYPE_CHECKING:
    from comfyvn.engine.opening import OpenNovel

ADOPT = """\
  comfyvn adopt sprites:aya/casual/standing/base                  what you changed in build/ is the artifact from now on
  comfyvn adopt sprites:aya/casual/standing/base aya.png          another file; it must have the same size in pixels
  comfyvn adopt voices:en/l1aaaa actor.wav --why "the real voice"     trimmed and levelled as every clip

Everything that is made of the artifact is made of the retouch. When its recipe moves it is kept, and `comfyvn status`
shows it as `both`: adopt it again to say that it still stands, or `comfyvn restore` it.
"""
RESTORE = """\
  comfyvn restore sprites:aya/casual/standing/base      the next `doit` makes what the contracts say

Its bytes stay under takes/objects until `comfyvn take --prune` moves them to .comfyvn/takes/dropped.
"""
APPROVE = """\
  comfyvn approve sprites:aya backgrounds        they are not made again, whatever moves; what was edited is adopted
  comfyvn approve voices:en/l1aaaa --by Mira --why "final"

When its recipe moves, an approved artifact is kept, and `comfyvn status` shows it as `frozen-stale`.
"""
UNAPPROVE = """\
  comfyvn unapprove sprites:aya/casual/standing/happy     made again by the next `doit` if its recipe moved

A pick or an adopted file is that again: `comfyvn restore` drops those.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "adopt", _adopt, "make a retouched file the artifact, for everybody and for good")
    teach(command, ADOPT)
    command.add_argument("target", metavar="TARGET", help="a sprite, background, still or clip")
    command.add_argument("file", nargs="?", type=Path, help="the file (default: what you changed in build/)")
    command.add_argument("--final", action="store_true", help="it is finished art, though a draft was there")
    add_reasons(command)

    command = add(commands, "restore", _restore, "drop a pick or an adopted file")
    teach(command, RESTORE)
    command.add_argument("targets", nargs="+", metavar="TARGET", help="targets that have a take")

    command = add(commands, "approve", _approve, "freeze artifacts as they are: nothing makes them again")
    teach(command, APPROVE)
    command.add_argument("targets", nargs="+", metavar="TARGET", help="targets or groups")
    add_reasons(command)

    command = add(commands, "unapprove", _unapprove, "unfreeze what was approved")
    teach(command, UNAPPROVE)
    command.add_argument("targets", nargs="+", metavar="TARGET", help="targets or groups")


def _adopt(options: argparse.Namespace) -> int:
    from comfyvn.engine.choosing import adopt

    with building(options) as novel:
        target = target_of(novel, options.target)
        moved = adopt(novel.engine, target, options.file, reason_of(options), options.final)
        say(f"{target.name} is what you made of it now")
        tell_moved(novel, moved)
        say("`doit` makes what is made of it; commit takes/ with your contracts")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from comfyvn.engine.choosing import restore

    with building(options) as novel:
        names = _having(novel, options.targets)
        if not names:
            raise UsageError("none of these has a take", "", "`comfyvn take` lists what was chosen")
        for name in names:
            restore(novel.engine, name)
            say(plain(f"{name}: its take is dropped; the next `doit` makes what the contracts say"))
    return 0


def _approve(options: argparse.Namespace) -> int:
    from comfyvn.engine.choosing import approve
    from comfyvn.engine.judge import RETOUCHABLE

    with building(options) as novel:
        named = chosen(list(novel.targets), options.targets)
        # Of a group, what is put together here (an atlas) is passed over; named itself, it is refused.
        names = [n for n in named if n in options.targets or novel.targets[n].recipe.kind in RETOUCHABLE]
        reason, counts = reason_of(options), Counter[str]()
        for name in names:
            try:
                is_new = approve(novel.engine, novel.targets[name], reason)
            except ComfyVNError as error:
                show(error)  # the others can be approved all the same
                counts["not approved"] += 1
                continue
            counts["approved" if is_new else "approved before"] += 1
            if is_new:
                say(f"{name}: approved" + (" (it is a draft)" if _quality(novel, name) == "draft" else ""))
        say(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["not approved"] else 0


def _quality(novel: OpenNovel, name: str) -> str:
    from comfyvn.engine.judge import RENDERED

    record = novel.engine.judge.record(novel.targets[name])
    return record.quality if record is not None and novel.targets[name].recipe.kind in RENDERED else ""


def _unapprove(options: argparse.Namespace) -> int:
    from comfyvn.engine.choosing import unapprove

    with building(options) as novel:
        done = [name for name in _having(novel, options.targets) if unapprove(novel.engine, name)]
        if not done:
            raise UsageError("none of these is approved", "", "`comfyvn take` lists what was chosen")
        for name in done:
            say(plain(f"{name}: not approved any more"))
    return 0


def _having(novel: OpenNovel, asked: Sequence[str]) -> list[str]:
    """Targets with a take that are named, or are in a named group; also those that nothing makes any more."""
    have = [name for name, _ in novel.engine.judge.takes]
    for word in asked:
        if not any(means(word, name) for name in (*have, *novel.targets)):
            raise unknown_target(word, [*novel.targets, *have])
    return [name for name in have if any(means(word, name) for word in asked)]
