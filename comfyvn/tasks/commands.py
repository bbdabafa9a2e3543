"""doit's own commands as a novel needs them, named in doit.cfg; and the loader that a later sweep goes into."""

from __future__ import annotations

import copy
import difflib
import sys
from collections.abc import Iterator
from typing import Any

from doit.cmd_base import DodoTaskLoader
from doit.cmd_clean import Clean as DoitClean
from doit.cmd_forget import Forget as DoitForget
from doit.cmd_info import Info as DoitInfo
from doit.cmd_list import List as DoitList
from doit.cmd_run import Run as DoitRun
from doit.cmdparse import CmdParseError
from doit.exceptions import InvalidCommand

from comfyvn.engine.survey import survey
from comfyvn.engine.why import why
from comfyvn.recipe import targets_of
from comfyvn.tasks.ending import WRONG_USE, ending, stop_all
from comfyvn.tasks.novel import Novel, clean, opened
from comfyvn.tasks.reporter import Session
from comfyvn.tasks.stopping import stoppable

DEFAULTS = {"par_type": "thread", "continue": True}  # of `doit run`
SELECTING = ("run", "clean", "forget", "list", "info")  # commands whose arguments are names of tasks


class NovelLoader(DodoTaskLoader):
    """Loads the novel's dodo.py, as doit's own loader does (-f, -d and -k keep their meaning)."""

    def load_tasks(self, cmd: Any, pos_args: list[str]) -> Any:
        tasks = super().load_tasks(cmd, pos_args)
        if cmd.name in SELECTING:
            _check_names(pos_args, tasks, files=cmd.name == "run")
        # Groups last: doit begins with what is named first, and a group would bring all of one kind before any other.
        return sorted(tasks, key=lambda task: task.has_subtask) if cmd.name == "run" else tasks


def _check_names(asked: list[str], tasks: list[Any], files: bool) -> None:
    """Raises InvalidCommand for a name that is no task, with the nearest one; `files`: a made file is as good."""
    names = {task.name for task in tasks}
    kinds = {name.partition(":")[0] for name in names}
    for name in asked:
        if name in names or "*" in name or name.startswith("-"):
            continue
        near = difflib.get_close_matches(name, sorted(names), n=1)
        is_file = files and any(name in task.targets for task in tasks)
        if not is_file and (not files or near or name.partition(":")[0] in kinds):
            hint = f'did you mean "{near[0]}"? ' if near else ""
            raise InvalidCommand(f'there is no task "{name}"; {hint}`doit list --all` names them all')


class _Helpful:
    """`doit COMMAND -h` and `--help` show the command's help, as `doit help COMMAND` does; wrong use has a code."""

    name: str
    bin_name: str

    def parse_execute(self, arguments: list[str]) -> Any:
        if {"-h", "--help"} & set(arguments):
            sys.stdout.write(self.help() + "\n")  # type: ignore[attr-defined]
            return 0
        try:
            return super().parse_execute(arguments)  # type: ignore[misc]
        except (CmdParseError, InvalidCommand) as error:
            if isinstance(error, InvalidCommand):
                error.cmd_used, error.bin_name = self.name if self.name != "run" else None, self.bin_name
            sys.stderr.write(f"ERROR: {error}\n")
            return WRONG_USE


def _with_default(option: dict[str, Any], default: object) -> dict[str, Any]:
    changed = copy.copy(option)
    changed["default"] = default
    return changed


class Run(_Helpful, DoitRun):
    """`doit run`: threads by default; ends the servers and frees the lock whatever happens."""

    name = "run"
    cmd_options = tuple(
        _with_default(option, DEFAULTS.get(option["name"], option["default"])) for option in DoitRun.cmd_options
    )

    def execute(self, params: Any, args: list[str]) -> Any:
        if params["par_type"] == "process":
            raise InvalidCommand(
                "-P process is not possible here: the tasks of a novel share servers, a lock and a journal; "
                "leave -P out (threads), -n sets how many"
            )
        Session.always, Session.asked = bool(params["always"]), tuple(args or ())
        Session.goes_on = bool(params["continue"])
        with stoppable(stop_all) as stopping:
            return ending(stopping, lambda: super(Run, self).execute(params, args))


class Clean(_Helpful, DoitClean):
    """`doit clean`: fails when something was refused because it was changed by hand."""

    name = "clean"

    def _execute(
        self, dryrun: bool, cleandep: bool, cleanall: bool, cleanforget: bool, pos_args: list[str] | None = None
    ) -> int:
        try:
            super()._execute(dryrun, cleandep, cleanall, cleanforget, pos_args)
        finally:
            for novel in opened():
                novel.engine.end()
        return 1 if any(novel.session.refusals for novel in opened()) else 0

    def clean_tasks(self, tasks: list[Any], dryrun: bool, cleanforget: bool) -> None:
        """The novel's artifacts are removed by the engine, without doit's word on each action; other tasks by doit."""
        own: set[str] = set()
        for novel in opened():
            if not dryrun:
                novel.engine.begin()
            names = list(_chosen(novel, [task.name for task in tasks]))
            clean(novel, names, dryrun)
            own |= {*names, *(name.partition(":")[0] for name in names)}
            if cleanforget and not dryrun:
                novel.engine.state.forget(frozenset(names))
        rest = [task for task in tasks if task.name not in own and (task.actions or not task.name.count(":"))]
        super().clean_tasks(rest, dryrun, cleanforget)


class Forget(_Helpful, DoitForget):
    """`doit forget`: the next `doit` makes these again, whatever the records and the cache say."""

    name = "forget"

    def _execute(self, forget_sub: bool, forget_disable_default: bool, forget_all: bool) -> None:
        # doit itself stumbles when nothing is named and dodo.py has no default tasks: that means all of them.
        everything = forget_all or (self.sel_tasks is None and not forget_disable_default)
        super()._execute(forget_sub, forget_disable_default, everything)
        if self.sel_default_tasks and forget_disable_default:
            return
        for novel in opened():
            names = _chosen(novel, None if everything else list(self.sel_tasks or []))
            novel.engine.state.forget(frozenset(names))


class List(_Helpful, DoitList):
    """`doit list`: with help of its own."""

    name = "list"


class Info(_Helpful, DoitInfo):
    """`doit info TARGET`: what it makes, of what, whether it is up to date, and why not."""

    name = "info"

    def _execute(self, pos_args: list[str], hide_status: bool = False) -> Any:
        for novel in opened():
            if len(pos_args) == 1 and (names := list(_chosen(novel, pos_args))):
                return self._tell(novel, pos_args[0], names, hide_status)
        return super()._execute(pos_args, hide_status)

    def _tell(self, novel: Novel, asked: str, names: list[str], hide_status: bool) -> int:
        standings = survey(novel.targets, novel.engine.judge, novel.rebuild)
        stale = [name for name in names if not standings[name].is_settled()]
        lines = [asked]
        if names == [asked]:
            target = novel.targets[asked]
            lines += [f"  makes   {file}" for file in target.files]
            lines += [f"  needs   {need}" for need in dict.fromkeys(targets_of(target.recipe))]
            lines += [f"  recipe  {target.recipe.kind}, {target.recipe.engine}"]
        else:
            lines += [f"  {standings[name].condition:8}{name}" for name in names]
        if not hide_status:
            held = [standings[name].label() for name in names if standings[name].held]
            lines.append(f"  status  {'run' if stale else f'{held[0]}, kept' if held else 'up-to-date'}")
        if names == [asked] and stale and not hide_status:
            lines += [f"  why     {cause}" for cause in why(novel.targets[asked], novel.engine.judge, novel.targets)]
        self.outstream.write("\n".join(lines) + "\n")
        return 1 if stale else 0


def _chosen(novel: Novel, selected: list[str] | None) -> Iterator[str]:
    """Targets that task names mean; a group means its members, nothing means all."""
    for name in novel.targets:
        kind = name.partition(":")[0]
        if selected is None or any(name == one or name.startswith(f"{one}/") or kind == one for one in selected):
            yield name
