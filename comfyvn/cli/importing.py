"""What the workflow commands do: read a file of any kind, hold it against definitions, propose a header, write it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comfyvn import reading
from comfyvn.bridge.comfy import ComfyBridge, Limits
from comfyvn.bridge.servers import Server
from comfyvn.errors import BridgeError, ComfyVNError, ContractError, Problem, UsageError, WorkflowError
from comfyvn.graph.check import check, converted
from comfyvn.graph.convert_any import Incoming, read_any
from comfyvn.graph.definitions import Definitions, from_object_info
from comfyvn.graph.folders import mark_folders
from comfyvn.graph.issue import Issue, errors
from comfyvn.graph.links import class_of
from comfyvn.graph.propose import Proposal, propose
from comfyvn.graph.propose_models import ModelNames
from comfyvn.graph.template import parse
from comfyvn.graph.written import written
from comfyvn.providers import REGISTRY_FILE, Registry
from comfyvn.reading import files
from comfyvn.reading.definitions import NODES, add_nodes
from comfyvn.reading.edits import insert
from comfyvn.reading.embedded import find_workflow
from comfyvn.reading.toolbox import novel_definitions, shipped_registry, shipped_workflows

QUICK = Limits(patience_s=1.0)  # somebody sits there and waits
CUSTOM = "custom"  # the family of a workflow that stands in for none of ours


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


# --- check


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
            yield f"{self.file}: {issue.severity}: {_with_given(issue)}"
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
    if incoming.kind != "ours":
        return Findings(file, tuple(check(incoming.graph, live or novel_definitions(root))), ())
    # The file names of our files are examples; which file a logical model is, is the server's affair (`doctor`).
    known = mark_folders(live) if live else novel_definitions(root)
    issues = tuple(check(incoming.graph, known))
    return Findings(file, issues, tuple(_header_problems(incoming.document, str(file), known)))


def _header_problems(document: Mapping[str, Any], file: str, known: Definitions) -> Iterator[str]:
    try:
        parse(dict(document), file, known)
    except WorkflowError as error:
        yield from (line for line in error.problems or (error.what,) if not line.startswith("$.graph: "))


def _issue_json(issue: Issue) -> dict[str, Any]:
    keys = ("node", "input", "code", "message", "given", "allowed", "suggestion", "severity")
    return {"class": issue.class_type, **{key: getattr(issue, key) for key in keys}}


def _with_given(issue: Issue) -> str:
    text = repr(issue.given)
    shown = text if len(text) <= 80 else text[:79] + "…"
    return str(issue) if issue.given is None else f"{issue}; given: {shown}"


# --- import


@dataclass(frozen=True)
class Wish:
    """What is to be imported, and as what. `family` None: the id if a family of ours is called so, else custom."""

    file: Path
    workflow_id: str
    family: str | None
    out: Path | None
    force: bool
    add_models: bool = False


@dataclass(frozen=True)
class Imported:
    """A workflow that was written to `path`. `nodes`: classes that were added to the novel's own definitions."""

    path: Path
    how: str
    kind: str
    proposal: Proposal
    nodes: tuple[str, ...]
    packs: tuple[str, ...]
    replaces: bool
    models: Mapping[str, Mapping[str, str]]
    models_added: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path.as_posix(),
            "found": self.how,
            "form": self.kind,
            "inputs": [vars(line) for line in self.proposal.lines],
            "look": list(self.proposal.look),
            "new_models": {name: dict(model) for name, model in self.models.items()},
            "new_packs": list(self.packs),
            "new_nodes": list(self.nodes),
        }


def import_workflow(root: Path, wish: Wish, live: Definitions | None) -> Imported:
    """Converts, proposes, checks and writes. Raises WorkflowError, UsageError for a file that is there."""
    path = wish.out or Path("workflows") / f"{wish.workflow_id}.json"
    target = path if wish.out else root / path
    if target.exists() and not wish.force:
        raise UsageError(
            "this file is there already", str(path), "give another --id or --out, or --force to replace it"
        )
    shipped = shipped_workflows()
    family = wish.family or (wish.workflow_id if wish.workflow_id in shipped else CUSTOM)
    registry = reading.read_registry(root)
    known = _usable(novel_definitions(root), live, registry)
    found = find_workflow(wish.file)
    incoming = read_any(found.value, known, str(wish.file))
    _refuse_unknown(incoming.graph, known, wish.file)
    _refuse_errors(incoming.graph, known, wish.file)
    graph = converted(incoming.graph, known)
    names = ModelNames([(name, model.folder, model.file) for name, model in registry.models.items()])
    doc = f"imported from {wish.file.name}"
    try:
        proposal = propose(graph, known, names, wish.workflow_id, family, shipped.get(family), doc)
    except WorkflowError as error:
        error.where = error.where or str(wish.file)
        raise
    nodes = _needed_nodes(root, proposal.document, str(path), known)
    added = add_nodes(root, known, nodes) if nodes else []
    files.write_whole(target, written(proposal.document).encode())
    packs = tuple(pack for pack in proposal.document["packs"] if pack not in registry.packs)
    models = {name: _with_source(model, found.value) for name, model in proposal.models.items()}
    if wish.add_models and models:
        _add_models(root, models)
    replaces = wish.workflow_id in shipped
    return Imported(
        path,
        found.how,
        incoming.kind,
        proposal,
        tuple(added),
        packs,
        replaces,
        models,
        wish.add_models and bool(models),
    )


def _usable(own: Definitions, live: Definitions | None, registry: Registry) -> Definitions:
    """The definitions to import with: the server's, with folders in place of its files and packs by our names."""
    if live is None:
        return own
    names = {pack.repo.rpartition("/")[2].casefold(): name for name, pack in registry.packs.items()}
    names |= {name.casefold(): name for name in registry.packs}
    marked = mark_folders(live).classes
    classes = {
        name: replace(node, pack=known.pack if (known := own.get(name)) else names.get(node.pack.casefold(), node.pack))
        for name, node in marked.items()
    }
    return Definitions(classes, live.comfyui)


def _refuse_unknown(graph: Mapping[str, Any], known: Definitions, file: Path) -> None:
    missing = sorted({class_of(entry) for entry in graph.values()} - set(known))
    if missing:
        what = f"node classes that are not known: {', '.join(missing)}"
        todo = "name a server that has them: --server NAME or --server http://127.0.0.1:8188"
        raise WorkflowError(what, str(file), todo, missing)


def _refuse_errors(graph: Mapping[str, Any], known: Definitions, file: Path) -> None:
    if found := errors(check(graph, known)):
        lines = [_with_given(issue) for issue in found]
        what = lines[0] if len(lines) == 1 else f"{len(lines)} problems in the graph; the first: {lines[0]}"
        todo = "correct it in ComfyUI; `comfyvn workflow check` lists everything, with --server against your server"
        raise WorkflowError(what, str(file), todo, lines)


def _needed_nodes(root: Path, document: Mapping[str, Any], file: str, known: Definitions) -> list[str]:
    """Classes that the novel's own definitions must have for this file. Raises WorkflowError if it is not sound."""
    own = novel_definitions(root)
    used = {class_of(entry) for entry in document["graph"].values()}
    lacking = sorted(used - set(own))
    both = Definitions({**own.classes, **{name: known.classes[name] for name in lacking}}, own.comfyui)
    try:
        parse(dict(document), file, both)
    except WorkflowError:
        # The server's classes may be newer than those that are known here; if they fit, they are what counts.
        parse(dict(document), file, known)
        return sorted(name for name in used if own.get(name) != known.classes[name])
    return lacking


def _with_source(model: Mapping[str, str], value: object) -> Mapping[str, str]:
    """The entry with where the editor's file says that the weights are to be had."""
    nodes = value.get("nodes") if isinstance(value, Mapping) else None
    for node in nodes if isinstance(nodes, list) else []:
        properties = node.get("properties") if isinstance(node, Mapping) else None
        listed = properties.get("models") if isinstance(properties, Mapping) else None
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, Mapping) and entry.get("name") == model["file"]:
                url = entry.get("url")
                if isinstance(url, str) and url.startswith("https://") and url.isprintable() and len(url) < 500:
                    return {**model, "source": url}
    return model


def _add_models(root: Path, models: Mapping[str, Mapping[str, str]]) -> None:
    """Puts the new models into the novel's registry; what else is in that file stays as it is."""
    file = root / REGISTRY_FILE
    if not file.exists():
        files.write_whole(file, shipped_registry())
    data = files.load_bytes(root, REGISTRY_FILE)
    if isinstance(data, Problem):
        raise ContractError([data])
    files.write_whole(file, insert(data, {("models", name): dict(model) for name, model in models.items()}))


def report(done: Imported) -> Iterator[str]:
    """What was proposed, as a table, and what to look at."""
    source = f" ({done.how})" if done.how else ""
    yield f"{done.path.as_posix()} written from {_FORMS[done.kind]}{source}"
    rows = [(line.name, line.type, _to(line.to)) for line in done.proposal.lines]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row, line in zip(rows, done.proposal.lines, strict=True):
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {cells}  {line.note}".rstrip()
    for remark in done.proposal.look:
        yield f"look: {remark}"
    for name, model in done.models.items():
        shown = json.dumps(dict(model), ensure_ascii=False)
        what = "state the licence of" if done.models_added else "add to models in"
        yield f'look: {what} {REGISTRY_FILE}: "{name}": {shown}'
    for pack in done.packs:
        yield f'look: add to packs in providers/providers.json: "{pack}": {{"repo": "owner/name"}}, with its repository'
    if done.nodes:
        yield f"{len(done.nodes)} node classes written to {NODES}: {', '.join(done.nodes)}"
    if done.replaces:
        yield f"it now stands in the place of ComfyVN's own {done.path.stem}"
    yield "next: look over the file (docs/bring-your-workflow.md), then run `comfyvn check`"


_FORMS = {"ours": "a workflow file of ComfyVN", "api": "an API graph", "ui": "the editor's file"}


def _to(places: tuple[str, ...]) -> str:
    return ", ".join(places[:4]) + (" …" if len(places) > 4 else "")
