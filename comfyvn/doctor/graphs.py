"""Whether a server can run what a novel sends it: node classes, models, values, definitions. Pure, on its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from comfyvn.bridge.complaints import quoted
from comfyvn.bridge.naming import matches
from comfyvn.bridge.servers import Server
from comfyvn.doctor.advice import install_model, install_pack
from comfyvn.doctor.finding import Finding
from comfyvn.doctor.moved import moved
from comfyvn.doctor.usage import Usage
from comfyvn.graph.check import check, errors
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.folders import mark_folders
from comfyvn.graph.issue import Issue
from comfyvn.graph.links import class_of, inputs_of
from comfyvn.providers import Lock, Registry

NOT_MODELS = frozenset({"", "input", "output", "input_folders"})
TOLD_APART = frozenset({"invalid_prompt", "prompt_no_outputs"})  # what unknown classes lead to
SHOWN = 8  # of a long list
OFFERED = 4  # files that a server has in place of one that it lacks
MOST = 700  # characters of a line


@dataclass(frozen=True)
class Knowledge:
    """What a server's answers are held against: the definitions that graphs were checked with, registry and lock."""

    known: Definitions
    registry: Registry
    lock: Lock


@dataclass(frozen=True)
class Patient:
    """A server's answers. `marked`: its definitions with folders in place of the files that it lists."""

    server: Server
    live: Definitions
    marked: Definitions = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "marked", mark_folders(self.live))

    def files(self, folder: str) -> tuple[str, ...] | None:
        """The files that it lists of a model folder; None when no node of it lists that folder."""
        found: list[str] = []
        is_listed = False
        for name, node in self.marked.classes.items():
            for entry in node.inputs:
                if entry.folder == folder:
                    is_listed = True
                    found += _listed(self.live, name, entry.name)
        return tuple(dict.fromkeys(found)) if is_listed else None


def examine(usage: Usage, patient: Patient, knowledge: Knowledge) -> Iterator[Finding]:
    """Everything about one workflow on one server."""
    place, server = f"{patient.server.name}: {usage.workflow}", patient.server
    missing = sorted(name for name in usage.classes if name not in patient.live)
    for finding in (
        *_classes(place, usage, missing, patient, knowledge),
        *_models(place, usage, patient, knowledge),
        *_values(place, usage, patient),
        *moved(place, usage.classes - set(missing), patient.marked, knowledge.known, knowledge.lock),
    ):
        # Words of the server's own are in it: names of files and choices.
        yield replace(finding, said=quoted(finding.said, server, MOST), todo=quoted(finding.todo, server, MOST))


# --- node classes


def _classes(
    place: str, usage: Usage, missing: Sequence[str], patient: Patient, knowledge: Knowledge
) -> Iterator[Finding]:
    if not missing:
        yield Finding(place, "node classes", "good", f"all {len(usage.classes)} are there")
        return
    by_pack: dict[str, list[str]] = {}
    for name in missing:
        known = knowledge.known.get(name)
        by_pack.setdefault(known.pack if known else "", []).append(name)
    there = {node.pack for node in patient.live.classes.values()}
    for pack, names in sorted(by_pack.items()):
        todo = install_pack(pack, pack in there, knowledge.registry, knowledge.lock)
        yield Finding(place, "node classes", "error", f"{pack or 'no known pack'}: {_few(names)} missing", todo)


# --- models


def _models(place: str, usage: Usage, patient: Patient, knowledge: Knowledge) -> Iterator[Finding]:
    named = _named(usage, patient, knowledge)
    implied = () if patient.server.kind == "draft" else usage.implied  # drafts load nothing
    found = [finding for want in named for finding in _model(place, want, patient, knowledge)]
    found += [f for name in implied for f in _implied(place, name, patient, knowledge.registry, knowledge.lock)]
    yield from found
    if not any(finding.level == "error" for finding in found):
        count = len({want.file for want in named}) + len(implied) - len(found)
        yield Finding(place, "models", "good", f"{count} found" if count or found else "it needs none")


@dataclass(frozen=True)
class _Want:
    """A model that a node names: by logical name, else by the file that stands in the graph."""

    name: str
    file: str
    class_type: str
    input: str


def _named(usage: Usage, patient: Patient, knowledge: Knowledge) -> list[_Want]:
    """Each once for every node class that loads it; nodes that the server lacks are left out: nothing lists files."""
    found: dict[_Want, None] = {}
    for graph in usage.graphs:
        for node in graph.values():
            known = patient.marked.get(class_of(node))
            for entry in known.inputs if known else ():
                value = inputs_of(node).get(entry.name)
                want = _want(value, entry.folder, knowledge.registry) if entry.folder not in NOT_MODELS else None
                if want and (want[0] or not usage.has_examples):
                    found[_Want(*want, class_of(node), entry.name)] = None
    return list(found)


def _want(value: object, folder: str, registry: Registry) -> tuple[str, str] | None:
    """(logical name, file) of a model input's value; None for a link, and for a file that stands for none."""
    if isinstance(value, Mapping) and isinstance(value.get("$model"), str):
        name = value["$model"]
        return name, registry.models[name].file if name in registry.models else name
    if not isinstance(value, str) or value.lower() in ("", "none"):
        return None
    same = (name for name, model in registry.models.items() if model.folder == folder and matches(model.file, [value]))
    return next(same, ""), value


def _model(place: str, want: _Want, patient: Patient, knowledge: Knowledge) -> Iterator[Finding]:
    server, listed = patient.server, _listed(patient.live, want.class_type, want.input)
    asked = server.models.get(want.name, want.file)
    fitting = [asked] if asked in listed else [] if want.name in server.models else matches(asked, listed)
    label = f"{want.name} ({asked})" if want.name else asked
    key = f"servers.{server.name}.models.{want.name or 'NAME'} in providers/servers.yaml"
    if len(fitting) > 1:
        said = f"{label}: the server has several: {_few(fitting)}"
        yield Finding(place, "models", "error", said, f"say which one under {key}")
    elif not fitting and want.name in server.models:
        yield Finding(place, "models", "error", f"{label} is not there", f"correct {key}, or put that file there")
    elif not fitting:
        todo = install_model(want.name, want.file, knowledge.registry, knowledge.lock)
        said = f"{label} is not there" + (f"; there {_are(listed)}" if listed else "")
        other = f"; or name its file under {key}, or another model in the style or contract"
        yield Finding(place, "models", "error", said, todo + other)


def _implied(place: str, name: str, patient: Patient, registry: Registry, lock: Lock) -> Iterator[Finding]:
    """A model that a node finds by itself, by its file's name."""
    if name not in registry.models:
        return
    model = registry.models[name]
    files = patient.files(model.folder)
    if files is None:
        said = f"{name} ({model.file}): a node loads it by itself, and this server lists no {model.folder}"
        origin = f"get it from {model.source} and " if model.source else ""
        todo = (
            f"nothing, if its pack downloads it at the first use, as most do; else {origin}put it where the pack looks"
        )
        yield Finding(place, "models", "note", said, todo)
    elif not matches(model.file, files):
        said = f"{name} ({model.file}) is not there; a node loads it by itself"
        yield Finding(place, "models", "error", said, install_model(name, model.file, registry, lock))


def _listed(live: Definitions, class_type: str, key: str) -> list[str]:
    known = live.get(class_type)
    entry = known.input(key) if known else None
    return [option for option in (entry.options or () if entry else ()) if isinstance(option, str)]


# --- values


def _values(place: str, usage: Usage, patient: Patient) -> Iterator[Finding]:
    """What the server would refuse beside missing classes; each kind of mistake once."""
    found: dict[tuple[str, str, str, str], Issue] = {}
    for graph in usage.graphs:
        for issue in errors(check(graph, patient.marked)):
            if issue.code not in TOLD_APART:
                found.setdefault((issue.class_type, issue.input, issue.code, str(issue.given)), issue)
    for issue in found.values():
        where = f"{issue.class_type} {issue.input}".strip()
        given = f", given {str(issue.given)[:80]}" if issue.given is not None else ""
        allowed = f"allowed there: {issue.allowed[:200]}; " if issue.allowed else ""
        yield Finding(
            place,
            "values",
            "error",
            f"node {issue.node} ({where}): {issue.message[:160]}{given}",
            f"{allowed}change it in the contract or in workflows/{usage.workflow}.json, or update that pack",
        )
    if not found:
        count = len(usage.graphs)
        yield Finding(place, "values", "good", f"{count} graph{'s' if count != 1 else ''} would be accepted")


def _are(listed: Sequence[str]) -> str:
    return f"{'is' if len(listed) == 1 else 'are'} {_few(listed, OFFERED)}"


def _few(names: Sequence[str], shown: int = SHOWN) -> str:
    rest = len(names) - shown
    return ", ".join(name[:80] for name in names[:shown]) + (f" and {rest} more" if rest > 0 else "")
