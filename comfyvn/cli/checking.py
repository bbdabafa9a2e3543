"""What is wrong with workflows of any kind: the graph against a server's node classes or the novel's, the header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comfyvn.bridge.comfy import ComfyBridge, Limits
from comfyvn.bridge.servers import Server
from comfyvn.errors import BridgeError, ComfyVNError, WorkflowError
from comfyvn.graph.check import check
from comfyvn.graph.convert_any import Incoming, read_any
from comfyvn.graph.definitions import CORE_PACK, Definitions, from_object_info
from comfyvn.graph.folders import mark_folders
from comfyvn.graph.issue import Issue
from comfyvn.graph.template import parse
from comfyvn.reading.embedded import find_workflow
from comfyvn.reading.toolbox import novel_definitions

QUICK = Limits(patience_s=1.0)  # somebody sits there and waits


def definitions_of(server: Server) -> Definitions:
    """What a running server says of its node classes. Raises ServerDown, BridgeError."""
    with ComfyBridge(server, limits=QUICK) as bridge:
        answer = bridge.object_info()
    try:
        return from_object_info(answer)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        what = f"the answer to /object_info cannot be understood: {type(error).__name__}"
        raise BridgeError(what, server.label(), "see whether that is a ComfyUI server, and update it") from error


def opened(root: Path, file: Path, live: Definitions | None) -> Incoming:
    """The workflow in a file of any kind, as an API graph. Raises WorkflowError."""
    found = find_workflow(file)
    try:
        return read_any(found.value, live or novel_definitions(root), str(file))
    except WorkflowError as error:
        error.where = error.where or str(file)
        raise


@dataclass(frozen=True)
class Findings:
    """What is wrong with one file: issues of its graph, and other problems as lines."""

    file: Path
    issues: tuple[Issue, ...]
    problems: tuple[str, ...]

    @property
    def errors(self) -> int:
        return len(self.problems) + sum(issue.severity == "error" for issue in self.issues)

    def lines(self) -> Iterator[str]:
        for problem in self.problems:
            yield f"{self.file}: error: {problem}"
        for issue in self.issues:
            yield f"{self.file}: {issue.severity}: {with_given(issue)}"
        count = len(self.issues) + len(self.problems) - self.errors
        more = f", {count} warning{'' if count == 1 else 's'}" if count else ""
        yield f"{self.file}: " + (
            f"{self.errors} problem{'' if self.errors == 1 else 's'}{more}" if self.errors else f"sound{more}"
        )

    def as_json(self) -> list[dict[str, Any]]:
        """One object for each finding; the keys are always the same."""
        blank = {"node": "", "class": "", "input": "", "code": "", "given": None, "allowed": "", "suggestion": ""}
        others = [
            {"file": str(self.file), **blank, "severity": "error", "message": problem} for problem in self.problems
        ]
        return [*({"file": str(self.file), **_issue_json(issue)} for issue in self.issues), *others]


def findings(root: Path, file: Path, live: Definitions | None) -> Findings:
    """Everything that is wrong with a workflow file, against a server's definitions or the novel's."""
    try:
        incoming = opened(root, file, live)
    except ComfyVNError as error:
        lines = error.problems if isinstance(error, WorkflowError) and error.problems else (error.what,)
        return Findings(file, (), tuple(f"{line}; to do: {error.todo}" if error.todo else line for line in lines))
    own = novel_definitions(root)
    if incoming.kind != "ours":
        return Findings(file, tuple(_with_packs(check(incoming.graph, live or own), own)), ())
    # The file names of our files are examples; which file a logical model is, is the server's affair (`doctor`).
    known = mark_folders(live) if live else own
    issues = tuple(_with_packs(check(incoming.graph, known), own))
    return Findings(file, issues, tuple(_header_problems(incoming.document, str(file), known)))


def _with_packs(issues: Iterable[Issue], own: Definitions) -> Iterator[Issue]:
    """The issues; where a server lacks a class that we know, with who provides it in place of a similar name."""
    for issue in issues:
        known = own.get(issue.class_type) if issue.code == "invalid_prompt" else None
        if known is None:
            yield issue
            continue
        todo = "update ComfyUI there" if known.pack == CORE_PACK else "install that on the server"
        yield replace(issue, given=None, suggestion="", details=f"it is of {known.pack}: {todo}")


def _header_problems(document: Mapping[str, Any], file: str, known: Definitions) -> Iterator[str]:
    try:
        parse(dict(document), file, known)
    except WorkflowError as error:
        yield from (line for line in error.problems or (error.what,) if not line.startswith("$.graph: "))


def _issue_json(issue: Issue) -> dict[str, Any]:
    keys = ("node", "input", "code", "message", "given", "allowed", "suggestion", "severity")
    return {"class": issue.class_type, **{key: getattr(issue, key) for key in keys}}


def with_given(issue: Issue) -> str:
    text = repr(issue.given)
    shown = text if len(text) <= 80 else text[:79] + "…"
    return str(issue) if issue.given is None else f"{issue}; given: {shown}"
