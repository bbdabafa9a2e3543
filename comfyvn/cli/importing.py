"""Makes a workflow file of the novel out of any workflow: reads and converts it, proposes a header, writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comfyvn import reading
from comfyvn.cli.checking import with_given
from comfyvn.errors import ComfyVNError, ContractError, Problem, UsageError, WorkflowError
from comfyvn.graph.check import check, converted
from comfyvn.graph.convert_any import Incoming, read_any
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.folders import mark_folders
from comfyvn.graph.issue import errors
from comfyvn.graph.links import class_of, inputs_of
from comfyvn.graph.propose import Proposal, propose
from comfyvn.graph.propose_models import ModelNames
from comfyvn.graph.template import Workflow, parse
from comfyvn.graph.written import written
from comfyvn.providers import REGISTRY_FILE, Registry
from comfyvn.reading import files
from comfyvn.reading.definitions import NODES, add_nodes
from comfyvn.reading.edits import insert
from comfyvn.reading.embedded import find_workflow
from comfyvn.reading.toolbox import novel_definitions, shipped_registry, shipped_workflows

CUSTOM = "custom"  # the family of a workflow that stands in for none of ours


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
    registry = reading.read_registry(root)
    own = novel_definitions(root)
    known = _usable(own, live, registry)
    found = find_workflow(wish.file)
    incoming = read_any(found.value, known, str(wish.file))
    _refuse_unknown(incoming.graph, known, own, wish.file)
    _refuse_errors(incoming.graph, known, wish.file)
    proposal = _proposal(root, wish, incoming, found.workflow_id, known, registry)
    nodes = _needed_nodes(root, proposal.document, str(path), known)
    added = add_nodes(root, known, nodes) if nodes else []
    files.write_whole(target, written(proposal.document).encode())
    packs = tuple(pack for pack in proposal.document["packs"] if pack not in registry.packs)
    models = {name: _with_source(model, found.value) for name, model in proposal.models.items()}
    if wish.add_models and models:
        _add_models(root, models)
    replaces = wish.workflow_id in shipped_workflows()
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


def _proposal(
    root: Path, wish: Wish, incoming: Incoming, built_from: str, known: Definitions, registry: Registry
) -> Proposal:
    """The header that is proposed; `built_from`: the workflow that a picture says it was built from."""
    shipped = shipped_workflows()
    said = incoming.document.get("workflow_id") if incoming.kind == "ours" else built_from
    made_from = said if isinstance(said, str) and said in shipped else ""
    family = wish.family or (wish.workflow_id if wish.workflow_id in shipped else made_from or CUSTOM)
    origin = _parsed(incoming, known) if incoming.kind == "ours" else _origin(root, made_from)
    graph = _stored(incoming.graph, known)
    names = ModelNames([(name, model.folder, model.file) for name, model in registry.models.items()])
    doc = f"imported from {wish.file.name}"
    try:
        return propose(graph, known, names, wish.workflow_id, family, shipped.get(family), doc, origin)
    except WorkflowError as error:
        error.where = error.where or str(wish.file)
        raise


def _stored(graph: Mapping[str, Any], known: Definitions) -> dict[str, Any]:
    """The graph with its values as a server converts them; a list stays wrapped, because bare it would be a link."""
    found: dict[str, Any] = {}
    for node, entry in converted(graph, known).items():
        before = inputs_of(graph[node])
        found[node] = {**entry, "inputs": {key: _kept(before[key], value) for key, value in inputs_of(entry).items()}}
    return found


def _kept(before: Any, after: Any) -> Any:
    return before if isinstance(after, list) and isinstance(before, Mapping) else after


def _parsed(incoming: Incoming, known: Definitions) -> Workflow | None:
    try:
        return parse(dict(incoming.document), "", known)
    except WorkflowError:  # then its graph is taken as anybody's
        return None


def _origin(root: Path, name: str) -> Workflow | None:
    """The workflow that a picture was built from: the novel's own file where there is one, else ours."""
    try:
        return reading.read_workflows(root).get(name) if name else None
    except ComfyVNError:  # what is wrong with the novel's files is no matter of this picture
        return shipped_workflows().get(name)


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


def _pack(own: Definitions, name: str) -> str:
    return node.pack if (node := own.get(name)) else ""


def _refuse_unknown(graph: Mapping[str, Any], known: Definitions, own: Definitions, file: Path) -> None:
    missing = sorted({class_of(entry) for entry in graph.values()} - set(known))
    if missing:
        packs = sorted({pack for name in missing if (pack := _pack(own, name))})
        what = f"node classes that are not known: {', '.join(missing)}"
        todo = "name a server that has them: --server NAME or --server http://127.0.0.1:8188"
        if packs:
            todo = f"install {', '.join(packs)} on that server, or leave --server out: ComfyVN knows these classes"
        raise WorkflowError(what, str(file), todo, missing)


def _refuse_errors(graph: Mapping[str, Any], known: Definitions, file: Path) -> None:
    if found := errors(check(graph, known)):
        lines = [with_given(issue) for issue in found]
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
