"""Tasks that authors add to a novel's dodo.py, held to what the novel's artifacts are held to.

Each is run again when its action has changed, fails when it did not make what it promised, and says what it says at
once instead of into a buffer that threads share.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from doit.action import CmdAction, PythonAction
from doit.exceptions import TaskFailed

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
        if task.targets:
            targets[task.name] = tuple(task.targets)
            task.actions.append(PythonAction(_promised, [list(task.targets)], task=task))
    return targets


class _SameAction:
    """An `uptodate` check as doit's config_changed, under a name of its own: a task may have one of those too."""

    NAME = "_action_"

    def __init__(self, digest: str) -> None:
        self.digest = digest

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


def _promised(targets: list[str]) -> TaskFailed | None:
    """The last action of a task: what it should have made is there."""
    missing = [file for file in targets if not Path(file).exists()]
    if missing:
        todo = "let its action write it, or take it out of the task's targets"
        return TaskFailed(f"the task did not make {', '.join(missing)}: {todo}")
    return None
