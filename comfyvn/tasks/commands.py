"""doit's own commands as a novel needs them, named in doit.cfg; and the loader that a later sweep goes into."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from typing import Any

from doit.cmd_base import DodoTaskLoader
from doit.cmd_clean import Clean as DoitClean
from doit.cmd_forget import Forget as DoitForget
from doit.cmd_run import Run as DoitRun
from doit.exceptions import InvalidCommand

from comfyvn.tasks.novel import Novel, opened
from comfyvn.tasks.reporter import Session

STOPPED = 130  # the shell's exit code for a program that was interrupted


class NovelLoader(DodoTaskLoader):
    """Loads the novel's dodo.py, as doit's own loader does (-f, -d and -k keep their meaning)."""


def _with_default(option: dict[str, Any], default: object) -> dict[str, Any]:
    changed = copy.copy(option)
    changed["default"] = default
    return changed


class Run(DoitRun):
    """`doit run`: threads by default; ends the servers and frees the lock whatever happens."""

    name = "run"
    cmd_options = tuple(
        _with_default(option, "thread") if option["name"] == "par_type" else option for option in DoitRun.cmd_options
    )

    def execute(self, params: Any, args: list[str]) -> Any:
        if params["par_type"] == "process":
            raise InvalidCommand(
                "-P process is not possible here: the tasks of a novel share servers, a lock and a journal; "
                "leave -P out (threads), -n sets how many"
            )
        Session.always = bool(params["always"])
        try:
            return super().execute(params, args)
        except KeyboardInterrupt:
            sys.stderr.write("\nstopped; what was finished is kept, the rest is made by the next `doit`\n")
            return STOPPED
        finally:
            for novel in opened():
                novel.engine.end()


class Clean(DoitClean):
    """`doit clean`: fails when something was refused because it was changed by hand."""

    name = "clean"

    def _execute(
        self, dryrun: bool, cleandep: bool, cleanall: bool, cleanforget: bool, pos_args: list[str] | None = None
    ) -> int:
        if not dryrun:
            for novel in opened():
                novel.engine.begin()
        super()._execute(dryrun, cleandep, cleanall, cleanforget, pos_args)
        for novel in opened():
            novel.engine.end()
        return 1 if any(novel.session.refusals for novel in opened()) else 0


class Forget(DoitForget):
    """`doit forget`: the next `doit` makes these again, whatever the records and the cache say."""

    name = "forget"

    def _execute(self, forget_sub: bool, forget_disable_default: bool, forget_all: bool) -> None:
        for novel in opened():
            names = _chosen(novel, None if forget_all or self.sel_default_tasks else list(self.sel_tasks or []))
            if not (self.sel_default_tasks and forget_disable_default):
                novel.engine.state.forget(frozenset(names))
        # doit itself stumbles when nothing is named and dodo.py has no default tasks: that means all of them.
        everything = forget_all or (self.sel_tasks is None and not forget_disable_default)
        super()._execute(forget_sub, forget_disable_default, everything)


def _chosen(novel: Novel, selected: list[str] | None) -> Iterator[str]:
    """Targets that task names mean; a group means its members, nothing means all."""
    for name in novel.targets:
        kind = name.partition(":")[0]
        if selected is None or any(name == one or name.startswith(f"{one}/") or kind == one for one in selected):
            yield name
