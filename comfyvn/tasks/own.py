"""Tasks that authors add to a novel's dodo.py, held to what the novel's artifacts are held to.

Each is run again when its action has changed, fails when it did not make what it promised, and says what it says at
once instead of into a buffer that threads share.
"""

from __future__ import annotations

import functools
import hashlib
import io
import re
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

from doit.action import CmdAction, PythonAction
from doit.exceptions import TaskFailed

from comfyvn.tasks.backend import Checker

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def guard(tasks: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """Prepares these tasks; task → its targets."""
    targets: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        if not task.actions:
            continue
        task.io.capture = False
        if task.file_dep or task.uptodate:
            task.update_deps({"uptodate": [_SameAction(_action_of(task))]})
        for action in task.actions:
            if isinstance(action, PythonAction):
                action.py_callable = _staying(action.py_callable)
        files = [list(task.file_dep), list(task.targets)]
        task.actions.insert(0, PythonAction(_begin, [task.name, *files], task=task))
        last = task.actions[-1]  # its result is the task's: what is promised is looked at behind it, not after it
        last.execute = _keeping(last.execute, list(task.targets))
        targets[task.name] = tuple(task.targets)
    if targets and not isinstance(sys.stdout, Lines):
        sys.stdout = Lines(sys.stdout)
    return targets


def _begin(task: str, dependencies: list[str], targets: list[str]) -> None:
    if Checker.latest is not None:
        Checker.latest.begin(task, dependencies, targets)


def _staying(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function; `sys.exit` in it ends its task, and not the thread that other tasks wait for."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except SystemExit as error:
            return TaskFailed(f"the task's action ended itself: SystemExit({error.code})")
        finally:
            if isinstance(sys.stdout, Lines):
                sys.stdout.end()

    return call


class Lines(io.TextIOBase):
    """A stream that many threads print to at once: it takes whole lines of each."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._own, self._guard = stream, threading.local(), threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        whole, end, rest = (getattr(self._own, "text", "") + text).rpartition("\n")
        self._own.text = rest
        if end:
            self._put(whole + end)
        return len(text)

    def end(self) -> None:
        """What this thread has printed without an end of line."""
        rest, self._own.text = getattr(self._own, "text", ""), ""
        if rest:
            self._put(rest)

    def flush(self) -> None:
        self.end()
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def _put(self, text: str) -> None:
        with self._guard:
            self._stream.write(text)
            self._stream.flush()


class _SameAction:
    """An `uptodate` check as doit's config_changed, under a name of its own: a task may have one of those too."""

    NAME = "_action_"

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def __repr__(self) -> str:
        return "the action is as it was"

    def configure_task(self, task: Any) -> None:
        task.value_savers.append(lambda: {self.NAME: self.digest})

    def __call__(self, task: Any, values: dict[str, Any]) -> bool:
        return bool(values.get(self.NAME) == self.digest)


def _action_of(task: Any) -> str:
    return hashlib.sha256("\n".join(_said(action) for action in task.actions).encode()).hexdigest()


def _said(action: Any) -> str:
    """What an action does, as a text that is the same in every process."""
    if isinstance(action, CmdAction):
        return _code(action._action) if callable(action._action) else str(action._action)
    if isinstance(action, PythonAction):
        given = _ordered(list(action.args)), sorted(_ordered(action.kwargs).items())
        return _ADDRESS.sub("", f"{_code(action.py_callable)} {given!r}")
    return type(action).__name__


def _code(function: Any) -> str:
    code = getattr(function, "__code__", None)
    if code is None:
        return _ADDRESS.sub("", repr(function))
    return f"{function.__qualname__} {hashlib.sha256(code.co_code + repr(_constants(code)).encode()).hexdigest()}"


def _constants(code: Any) -> list[Any]:
    inner = [_constants(item) if hasattr(item, "co_consts") else _ordered(item) for item in code.co_consts]
    return [*inner, code.co_names]


def _ordered(value: Any) -> Any:
    """Sets have another order in every process."""
    if isinstance(value, set | frozenset):
        return sorted((_ordered(item) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    return {key: _ordered(item) for key, item in value.items()} if isinstance(value, dict) else value


def _keeping(execute: Callable[..., Any], targets: list[str]) -> Callable[..., Any]:
    """An action's work, which fails when it has not made what its task promises."""

    @functools.wraps(execute)
    def work(*args: Any, **kwargs: Any) -> Any:
        return execute(*args, **kwargs) or _promised(targets)

    return work


def _promised(targets: list[str]) -> TaskFailed | None:
    missing = [file for file in targets if not Path(file).exists()]
    if missing:
        todo = "let its action write it, or take it out of the task's targets"
        return TaskFailed(f"the task did not make {', '.join(missing)}: {todo}")
    return None
