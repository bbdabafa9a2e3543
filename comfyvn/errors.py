"""Every error a user can meet, in one tree; each says what failed, where, and what to do next.

ComfyVNError
├── ContractError       problems in the novel's own files, all of them at once
├── WorkflowError       a workflow file, or a graph bound from it, that no server would accept
├── UsageError          a command or a name that means nothing here
├── StoreError          build/, its records or the cache cannot be read or written
│   ├── LockHeld        another build runs in this novel
│   └── RemoteError     the shared cache cannot be reached, or lets nobody in
│   ├── DiskFull        no room is left on the disk, or to this account
│   ├── NotWritable     the disk or the folder does not let us write
│   └── FileHeld        another program holds the file open
├── MakeError           an artifact could not be made
│   ├── InputMissing    a file or an artifact that a recipe needs is not there
│   ├── InputMoved      a contract or a workflow has changed since the build planned with it
│   └── OverBudget      a render that would cost more than this build may spend
└── BridgeError         a server or an engine outside
    ├── ServerDown      cannot be reached, or went away for good
    ├── PromptRejected  the server says the graph is invalid
    ├── RenderFailed    the server ran the graph and a node failed
    ├── Interrupted     somebody stopped the prompt
    ├── DownloadError   what came back is not what was promised
    └── VoiceError      a speech engine failed
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one file.

    `file` is relative to the novel's folder, `line` counts from 1 (0: not known), `path` is a JSON path such as
    `$.poses.standing.seed`, `value` the offending value shown as JSON, `allowed` what would be accepted there.
    """

    file: str
    message: str
    line: int = 0
    path: str = ""
    value: str = ""
    allowed: str = ""
    suggestion: str = ""
    severity: str = "error"  # or "warning"

    def where(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.path}".rstrip()

    def __str__(self) -> str:
        return f"{self.where()}: {self.said()}"

    def said(self) -> str:
        """The message with what was given, what is allowed and what was probably meant."""
        parts = [self.message]
        if self.value:
            parts.append(f"given {self.value}")
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.suggestion:
            parts.append(f'did you mean "{self.suggestion}"?')
        return "; ".join(parts)


def plain(text: str) -> str:
    """Text that may come from a foreign file or a server, without what would speak to a terminal."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else letter.encode("unicode_escape").decode()
        for letter in text
    )


class ComfyVNError(Exception):
    """`what` failed, `where` it is (file:line and JSON path, node, server …), `todo`: the next step for the user."""

    def __init__(self, what: str, where: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.todo = what, where, todo

    def lines(self) -> list[str]:
        """The three lines a shell shows (fewer where there is nothing to say)."""
        return [
            f"error: {self.what}",
            *([f"where: {self.where}"] if self.where else []),
            *([f"to do: {self.todo}"] if self.todo else []),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


class ContractError(ComfyVNError):
    """The novel's files have `problems`; `where` names the first, the report shows them all."""

    def __init__(self, problems: Sequence[Problem], todo: str = "") -> None:
        self.problems = tuple(problems)  # more than one: the report shows them all, the three lines the first
        first, count = self.problems[0], len(self.problems)
        what = first.said() if count == 1 else f"{count} problems in the novel's files; the first: {first.message}"
        super().__init__(what, first.where(), todo or "correct what the report names, then run `comfyvn check`")


class WorkflowError(ComfyVNError):
    """A workflow file or a bound graph that no server would accept; `problems` holds every finding as a line."""

    def __init__(self, what: str, where: str = "", todo: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(what, where, todo)
        self.problems = tuple(problems)


class UsageError(ComfyVNError):
    """A command, an option or a target name that means nothing here."""


class StoreError(ComfyVNError):
    """build/, a record or the cache cannot be read or written."""


class LockHeld(StoreError):
    """Another build runs in this novel."""


class RemoteError(StoreError):
    """The shared cache cannot be reached, read or written."""
class DiskFull(StoreError):
    """No room is left on the disk, or to this account (quota)."""


class NotWritable(StoreError):
    """The disk is read-only, or the folder is not ours to write in."""


class FileHeld(StoreError):
    """Another program holds the file open, and went on holding it while we waited."""


class MakeError(ComfyVNError):
    """An artifact could not be made."""


class InputMissing(MakeError):
    """A file or an artifact that a recipe needs is not there."""


class InputMoved(MakeError):
    """A contract or a workflow has changed since the build planned with it."""


class OverBudget(MakeError):
    """A render was not begun: it would have cost more than this build may spend."""


class BridgeError(ComfyVNError):
    """A server or an engine outside failed us. `retryable`: the same call may succeed later."""

    retryable = False


class ServerDown(BridgeError):
    """The server cannot be reached, or went away for good."""

    retryable = True


@dataclass(frozen=True)
class NodeError:
    """One complaint of a server about one node: `code` is ComfyUI's error type, `fix` what to do about it."""

    node: str
    class_type: str
    input: str
    code: str
    message: str
    fix: str = ""


class PromptRejected(BridgeError):
    """The server says that the graph is invalid; `nodes` holds every complaint."""

    def __init__(self, what: str, where: str = "", todo: str = "", nodes: Sequence[NodeError] = ()) -> None:
        super().__init__(what, where, todo)
        self.nodes = tuple(nodes)


class RenderFailed(BridgeError):
    """The server ran the graph and a node raised."""


class Interrupted(BridgeError):
    """Somebody stopped the prompt, or removed it from the queue."""


class DownloadError(BridgeError):
    """What came back is not what was promised: truncated, undecodable, or gone."""

    retryable = True


class VoiceError(BridgeError):
    """A speech engine failed."""


def closest(given: str, names: Iterable[str]) -> str:
    """The name nearest to a misspelt one, "" when none is near."""
    import difflib  # most programs misspell nothing

    return next(iter(difflib.get_close_matches(given, list(names), n=1)), "")
