"""doit's own commands as a novel needs them, named in doit.cfg; and the loader, which gives doit what is not settled.

Every `doit` in a novel's folder imports this module: what only some commands need is imported when they run.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doit.cmd_base import DodoTaskLoader
from doit.cmd_clean import Clean as DoitClean
from doit.cmd_forget import Forget as DoitForget
from doit.cmd_info import Info as DoitInfo
from doit.cmd_list import List as DoitList
from doit.cmd_run import Run as DoitRun
from doit.cmdparse import CmdParseError
from doit.exceptions import InvalidCommand

from comfyvn.engine import sweep
from comfyvn.errors import closest
from comfyvn.paths import means, rating_of
from comfyvn.tasks.codes import WRONG_USE

if TYPE_CHECKING:
    from comfyvn.tasks.novel import Novel

BACKEND = "comfyvn"  # doit's name for our journal of authors' own tasks
DEFAULTS = {"par_type": "thread", "continue": True}  # of `doit run`
EXPORTS = ("export_renpy", "export_web", "export_bundle")
SELECTING = ("run", "clean", "forget", "list", "info")  # commands whose arguments are names of tasks


def _opened() -> list[Novel]:
    """The novels of this process; nothing is loaded where there is none."""
    module = sys.modules.get("comfyvn.tasks.novel")
    return module.opened() if module is not None else []


class NovelLoader(DodoTaskLoader):
    """Loads the novel's dodo.py, as doit's own loader does (-f, -d and -k keep their meaning).

    `doit run` gets what is not settled and what was asked for; every other command gets all.
    """

    def load_tasks(self, cmd: Any, pos_args: list[str]) -> Any:
        asked = [word for word in pos_args if not word.startswith("-") and "=" not in word]
        if cmd.name == "run":
            from comfyvn.tasks.scope import Wish

            chosen = asked or cmd.sel_tasks or ()
            for novel in _opened():
                novel.wish = Wish(tuple(chosen), novel.session.always)
        tasks = super().load_tasks(cmd, pos_args)
        _guard(tasks)
        if asked and cmd.name in SELECTING:
            _check_names(asked, tasks, files=cmd.name == "run")
        if cmd.name != "run":
            return tasks
        for novel in _opened():
            novel.remind()
        gc.freeze()
        gc.enable()
        if tasks:
            _share_memory()
        # Groups last: doit begins with what is named first, and a group would bring all of one kind before any other.
        return sorted([*tasks, *_stand_ins(tasks)], key=lambda task: task.has_subtask)


def _share_memory() -> None:
    """All threads take memory from one place. glibc gives each its own, and what one has freed the others cannot use:
    a build of 10,000 sprites takes a tenth more. Another C library knows no such option (mallopt(3)).
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(-8, 1)  # M_ARENA_MAX


def _is_ours(name: str) -> bool:
    return any(novel.owns(name) for novel in _opened())


def _guard(tasks: list[Any]) -> None:
    """Holds the author's own tasks to what the novel's artifacts are held to."""
    own = [task for task in tasks if not _is_ours(task.name)]
    if own:
        from comfyvn.tasks.backend import Journal
        from comfyvn.tasks.own import guard

        Journal.targets = guard(own)


def _stand_ins(tasks: list[Any]) -> Iterator[Any]:
    """Tasks without work for settled targets and groups that tasks of the author's own name as what they need."""
    from doit.task import Task

    names = {task.name for task in tasks}
    needed = {need for task in tasks for need in (*task.task_dep, *task.setup_tasks)}
    for name in sorted(needed - names):
        if _is_ours(name):
            yield Task(name, None)


def _check_names(asked: list[str], tasks: list[Any], files: bool) -> None:
    """Raises InvalidCommand for a name that is no task, with the nearest one; `files`: a made file is as good."""
    names = {task.name for task in tasks}.union(*(novel.names for novel in _opened()))
    kinds = {name.partition(":")[0] for name in names}
    for name in asked:
        if name in names or "*" in name:
            continue
        near = closest(name, names)
        is_file = files and any(name in task.targets for task in tasks)
        if not is_file and (not files or near or name.partition(":")[0] in kinds):
            hint = f'did you mean "{near}"? ' if near else ""
            plain = name.rpartition("/")[2] if rating_of(name) else name
            if plain in EXPORTS:
                hint = f"add {plain.removeprefix('export_')} to exports in comfyvn.yaml; "
            raise InvalidCommand(f'there is no task "{name}"; {hint}`doit list --all` names them all')


class _Helpful:
    """`doit COMMAND -h` and `--help` show the command's help, as `doit help COMMAND` does; wrong use has a code.

    Every command knows our journal of authors' own tasks.
    """

    name: str
    bin_name: str

    def get_backends(self) -> Any:
        from comfyvn.tasks.backend import Journal

        found = super().get_backends()  # type: ignore[misc]
        found[BACKEND] = Journal
        return found

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
    is_whole = True  # a game that is cut to a rating is another build than the one that the sweep remembers
    cmd_options = tuple(
        _with_default(option, DEFAULTS.get(option["name"], option["default"])) for option in DoitRun.cmd_options
    )

    def parse_execute(self, arguments: list[str]) -> Any:
        """Where nothing has moved since the last build, says so at once: no contract is read, no task is made."""
        if not arguments and self.is_whole and Path("comfyvn.yaml").exists():
            said = sweep.settled(".")
            if said is not None:
                sys.stdout.write("".join(f"{line}\n" for line in said))
                return 0
        # Until work begins, all that is loaded stays: looking for garbage among it would take a fifth of the time.
        gc.disable()
        return super().parse_execute(arguments)

    def execute(self, params: Any, args: list[str]) -> Any:
        if params["par_type"] == "process":
            raise InvalidCommand(
                "-P process is not possible here: the tasks of a novel share servers, a lock and a journal; "
                "leave -P out (threads), -n sets how many"
            )
        from comfyvn.tasks.ending import ending, stop_all
        from comfyvn.tasks.reporter import Session
        from comfyvn.tasks.stopping import stoppable

        Session.always, Session.asked = bool(params["always"]), tuple(args or ())
        Session.goes_on = bool(params["continue"])
        with stoppable(stop_all) as stopping:
            return ending(stopping, lambda: super(Run, self).execute(params, args))


    @functools.wraps(DoitRun._execute)  # doit asks for its parameters by name
    def _execute(self, *arguments: Any, **options: Any) -> Any:
        """No more threads than there are tasks: a small edit of a novel with many servers needs few."""
        options["num_process"] = min(options["num_process"], len(self.task_list))
        return super()._execute(*arguments, **options)


ORPHANS = {
    "name": "orphans",
    "short": "",
    "long": "orphans",
    "type": bool,
    "default": False,
    "help": "remove artifacts that no contract makes any more, and nothing else (-n: only name them)",
}


class Clean(_Helpful, DoitClean):
    """`doit clean`: fails when something was refused because it was changed by hand."""

    name = "clean"
    cmd_options = (*DoitClean.cmd_options, ORPHANS)

    def _execute(
        self,
        dryrun: bool,
        cleandep: bool,
        cleanall: bool,
        cleanforget: bool,
        orphans: bool,
        pos_args: list[str] | None = None,
    ) -> int:
        try:
            if orphans:
                self._clean_orphans(dryrun, pos_args or [])
            else:
                super()._execute(dryrun, cleandep, cleanall, cleanforget, pos_args)
        finally:
            for novel in _opened():
                novel.engine.end()
        return 1 if any(novel.session.refusals for novel in _opened()) else 0

    def _clean_orphans(self, dry_run: bool, named: list[str]) -> None:
        from comfyvn.tasks.leftovers import clean_orphans

        if named:
            raise InvalidCommand("--orphans takes no names: `comfyvn status` lists what it would remove")
        known = {task.name: list(task.targets) for task in self.task_list}
        for novel in _opened():
            clean_orphans(novel, self.dep_manager.backend, known, dry_run)

    def clean_tasks(self, tasks: list[Any], dryrun: bool, cleanforget: bool) -> None:
        """The novel's artifacts are removed by the engine, without doit's word on each action; other tasks by doit."""
        from comfyvn.tasks.novel import clean

        own: set[str] = set()
        for novel in _opened():
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
        for novel in _opened():
            names = _chosen(novel, None if everything else list(self.sel_tasks or []))
            novel.engine.state.forget(frozenset(names))


class List(_Helpful, DoitList):
    """`doit list`: with help of its own."""

    name = "list"


class Info(_Helpful, DoitInfo):
    """`doit info TARGET`: what it makes, of what, whether it is up to date, and why not."""

    name = "info"

    def _execute(self, pos_args: list[str], hide_status: bool = False) -> Any:
        for novel in _opened():
            if len(pos_args) == 1 and (names := list(_chosen(novel, pos_args))):
                return self._tell(novel, pos_args[0], names, hide_status)
        return super()._execute(pos_args, hide_status)

    def _tell(self, novel: Novel, asked: str, names: list[str], hide_status: bool) -> int:
        from comfyvn.engine.why import why
        from comfyvn.recipe import targets_of

        standings = novel.standings()
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
        if selected is None or any(means(word, name) for word in selected):
            yield name
