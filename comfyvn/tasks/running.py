"""doit started from our own command: the same loader, commands and reporter as `doit` in a novel's folder."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfyvn.contracts.model import Rating


def hold_to(limit: float | None, rating: Rating | None) -> None:
    """What the build of this process is held to; said before the novel is opened, by whatever opens it first.

    `limit`: what the renders may cost on servers that have a price; `rating`: what is rated higher is left out of the
    exports.
    """
    from comfyvn.tasks import commands
    from comfyvn.tasks.reporter import Session

    Session.limit, Session.rating = limit, rating
    commands.Run.is_whole = rating is None


def run_doit(root: Path, arguments: Sequence[str]) -> int:
    """`doit ARGUMENTS` in the novel's folder; returns its exit code. Without doit.cfg our own commands are used too."""
    from doit.doit_cmd import DoitMain

    from comfyvn.tasks import commands

    class Main(DoitMain):
        def get_cmds(self) -> object:
            found = super().get_cmds()
            for command in (commands.Run, commands.Clean, commands.Forget, commands.List, commands.Info):
                found[command.name] = command
            return found

    with contextlib.chdir(root):
        return int(Main(commands.NovelLoader(), config_filenames=("pyproject.toml", "doit.cfg")).run(list(arguments)))


def targets_among(root: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the names that are targets of the novel now; all of them where it cannot be read, which doit tells."""
    from doit.exceptions import InvalidDodoFile

    from comfyvn.tasks.novel import open_novel

    try:
        targets = open_novel(str(root)).targets
    except InvalidDodoFile:
        return tuple(names)
    return tuple(name for name in names if name in targets)


def forget_stand_ins(root: Path, asked: Sequence[str]) -> int:
    """Lets the next build speak again what another engine has spoken than the wanted one; returns how many clips.

    `asked`: names of targets and groups, () for all. A clip that is approved, adopted or picked is left alone; a novel
    that cannot be read has none, and doit tells why.
    """
    from doit.exceptions import InvalidDodoFile

    from comfyvn import paths
    from comfyvn.bridge.tts import FALLBACK
    from comfyvn.engine.takes import NOTE
    from comfyvn.store import records
    from comfyvn.tasks.novel import open_novel

    try:
        novel = open_novel(str(root))
    except InvalidDodoFile:
        return 0
    found = set()
    for name, row in novel.rows.items():
        if row.kind == "speak" and (not asked or not {name, *paths.groups(name)}.isdisjoint(asked)):
            record = records.read(root, row.artifact)
            if record is not None and FALLBACK in record.notes and NOTE not in record.notes:
                found.add(name)
    if found:
        novel.engine.state.forget(frozenset(found))
    return len(found)
