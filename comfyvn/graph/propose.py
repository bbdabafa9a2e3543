"""Proposes a header for somebody's API graph: which inputs it takes, what it gives, which seeds, packs and models.

With a canonical workflow of the family the names are that one's, so that the result can stand in its place; what the
graph has nothing for is then declared without an address, and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from comfyvn.errors import WorkflowError
from comfyvn.graph import propose_trace as trace
from comfyvn.graph.definitions import Definitions, Input
from comfyvn.graph.header import InputSpec
from comfyvn.graph.links import Graph, class_of, inputs_of, upstream
from comfyvn.graph.propose_draft import Draft, Line, free
from comfyvn.graph.propose_files import bind_files, bind_loras, bind_models
from comfyvn.graph.propose_models import ModelNames
from comfyvn.graph.propose_ours import bind_ours
from comfyvn.graph.propose_settings import bind_prompts, bind_settings, bind_sizes
from comfyvn.graph.propose_trace import Sampler
from comfyvn.graph.template import Workflow, parse
from comfyvn.graph.traced import Traced

SHOWING = ("preview", "imagecompare")  # classes that show a picture to whoever sits there


@dataclass(frozen=True)
class Proposal:
    """A workflow file as a JSON value, what is proposed in it, what to look at, and models that the registry lacks."""

    document: dict[str, Any]
    lines: tuple[Line, ...]
    look: tuple[str, ...]
    models: Mapping[str, Mapping[str, str]]


def propose(
    graph: Graph,
    definitions: Definitions,
    names: ModelNames,
    workflow_id: str,
    family: str,
    canonical: Workflow | None = None,
    doc: str = "",
    origin: Workflow | None = None,
) -> Proposal:
    """A workflow file for `graph`, whose classes must all be in `definitions`.

    `names`: models of the registry by (folder, file). `canonical`: the family's own workflow, which says what its users
    give. `origin`: the workflow that the graph may have been made from (default: `canonical`); as far as it was, its
    header holds. Raises `WorkflowError` for a graph that gives no picture, film or sound.
    """
    origin = origin or canonical
    draft, is_copy = _filled(graph, definitions, names, canonical, origin)
    document = _document(draft, workflow_id, family, doc)
    if is_copy and not _is_sound(document, definitions):  # the copy was rewired where its header says how nodes hang
        draft, _ = _filled(graph, definitions, names, canonical, None)
        document = _document(draft, workflow_id, family, doc)
    return Proposal(document, tuple(draft.lines), tuple(draft.look), names.new)


def _is_sound(document: dict[str, Any], definitions: Definitions) -> bool:
    try:
        parse(document, "", definitions)
    except WorkflowError:
        return False
    return True


def _filled(
    graph: Graph, definitions: Definitions, names: ModelNames, canonical: Workflow | None, origin: Workflow | None
) -> tuple[Draft, bool]:
    """(the header, whether `origin`'s was of use)."""
    chosen = _renumbered({node: dict(entry) for node, entry in graph.items()})
    traced = Traced(chosen, definitions)
    outputs = _outputs(traced)
    kept = upstream(chosen, [node for node, _ in outputs])
    traced = Traced({node: entry for node, entry in chosen.items() if node in kept}, definitions)
    draft = Draft(traced, canonical, names)
    _name_outputs(draft, outputs, origin)
    _left_out(draft, set(chosen) - kept)
    found = trace.samplers(traced)
    is_copy = origin is not None and bind_ours(draft, origin)
    bind_prompts(draft, found)
    bind_loras(draft)
    bind_models(draft)
    bind_settings(draft, found)
    bind_sizes(draft, found)
    bind_files(draft)
    _seeds(draft, found)
    _alternatives(draft)
    _fill_in(draft)
    return draft, is_copy


# --- outputs


def _outputs(traced: Traced) -> list[tuple[str, str]]:
    """(node, kind) of what a novel can use, saving nodes before previews."""
    found = [(node, kind) for node in traced.graph if (kind := _gives(traced, node))]
    saving = [pair for pair in found if not class_of(traced.graph[pair[0]]).lower().startswith(SHOWING)]
    if not found:
        what = "the graph saves no picture, film or sound"
        raise WorkflowError(what, "", "give it a node such as SaveImage, VHS_VideoCombine or SaveAudio")
    depth = {node: len(upstream(traced.graph, [node])) for node, _ in found}
    return sorted(saving or found, key=lambda pair: -depth[pair[0]])


def _gives(traced: Traced, node: str) -> str:
    known = traced.known(node)
    if not known.output_node:
        return ""
    types = {entry.type for entry, _, _ in traced.linked(node)}
    names = {entry.name for entry in known.inputs}
    if "VIDEO" in types or ("IMAGE" in types and names & {"fps", "frame_rate"}):
        return "video"
    if "IMAGE" in types:
        return "image"
    return "audio" if types & {"AUDIO", "VHS_AUDIO", "AUDIOPATH"} else ""


def _name_outputs(draft: Draft, outputs: list[tuple[str, str]], origin: Workflow | None) -> None:
    """Names of the family in their order; those on request only for nodes that are still those of our own file."""
    wanted = [name for name, spec in draft.canonical.outputs.items() if not spec.on_request] if draft.canonical else []
    asked = {spec.node: name for name, spec in origin.outputs.items() if spec.on_request} if origin else {}
    plain = [node for node, _ in outputs if node not in asked]
    for node, kind in outputs:
        name = asked.get(node) or next(iter(wanted[plain.index(node) :]), "") or free(kind, draft.outputs)
        draft.outputs[name] = {"node": node, "kind": kind, **({"on_request": True} if plain and node in asked else {})}
        draft.lines.append(Line(name, f"output ({kind})", (node,), class_of(draft.traced.graph[node])))
    if wanted[len(plain) :]:
        draft.look.append(f"no node for the output {', '.join(wanted[len(plain) :])} of the family")


def _left_out(draft: Draft, nodes: Iterable[str]) -> None:
    if left := sorted(nodes):
        draft.look.append(f"{len(left)} nodes feed no output and were left out: {', '.join(left[:10])}")


# --- seeds


def _seeds(draft: Draft, found: list[Sampler]) -> None:
    """Every seed of the graph gets a key: the family's in their order, details apart, else keys of their own."""
    wanted = list(draft.canonical.seed_keys) if draft.canonical else []
    details = [key for key in wanted if "detail" in key]
    plain = [key for key in wanted if key not in details and (draft.canonical and draft.canonical.seed_keys[key])]
    starts = 0
    for sampler in found:
        places = [place for place in trace.addresses(draft.traced, sampler, trace.SEEDS) if place not in draft.taken]
        if not places:
            continue
        if sampler.detail or sampler.before:
            key = (details or plain[:1] or [free("detail_seed", draft.seeds)])[0]
        else:
            key = (plain[starts:] or plain[-1:] or [free("seed", draft.seeds)])[0]
            starts += 1
        draft.seeds.setdefault(key, []).extend(places)
        draft.taken.update(places)
    rest = [place for place in _seed_places(draft.traced) if place not in draft.taken]
    for place in rest:
        key = plain[0] if plain else free("seed", draft.seeds)
        draft.seeds.setdefault(key, []).append(place)
        draft.taken.add(place)
    draft.lines += [Line(key, "seed", tuple(places)) for key, places in draft.seeds.items()]


def _seed_places(traced: Traced) -> list[str]:
    return [
        f"{node}.{entry.name}"
        for node in traced.graph
        for entry in traced.plain(node)
        if entry.type == "INT" and _is_seed(traced, node, entry)
    ]


def _is_seed(traced: Traced, node: str, entry: Input) -> bool:
    """Whether a number is a seed: it is called so, or the editor rolls it and it is no constant for something else."""
    if entry.name in trace.SEEDS:
        return True
    if not entry.config.get("control_after_generate"):
        return False
    constant = all(output.type in ("INT", "FLOAT", "STRING") for output in traced.known(node).outputs)
    return not constant or any(user.name in trace.SEEDS for _, user, _ in traced.users(node))


# --- what is left


def _alternatives(draft: Draft) -> None:
    """Texts with `{fog|rain}`, of which the editor picks one by chance for every run; here nothing is left to it."""
    for node in draft.traced.graph:
        for entry in draft.traced.plain(node):
            value = draft.traced.value(f"{node}.{entry.name}")
            if entry.config.get("dynamicPrompts") and isinstance(value, str) and re.search(r"{[^{}]*\|[^{}]*}", value):
                draft.look.append(f"{node}.{entry.name} has alternatives such as {{fog|rain}}: choose one, nobody will")


def _fill_in(draft: Draft) -> None:
    """Declares what the family's targets give and this graph has no place for, so that binding accepts it."""
    if draft.canonical is None:
        return
    unused = [name for name in draft.canonical.expected_inputs if name not in draft.inputs]
    for name in unused:
        _placeholder(draft, name, draft.canonical.expected_inputs[name])
    seeds = [key for key in draft.canonical.seed_keys if key not in draft.seeds]
    draft.seeds |= {key: [] for key in seeds}
    ours = draft.canonical
    if vital := [name for name in unused if ours.expected_inputs[name].required]:
        what = f"what {ours.workflow_id} is always given has no place in this graph, so the result does not follow it"
        draft.look.insert(0, f"{what}: {', '.join(vital)}")
    if others := [name for name in unused if name not in vital]:
        what = f"declared because {ours.workflow_id} has them, but this graph has no place for them"
        draft.look.append(f"{what}: {', '.join(others)}")
    if seeds and (waiting := [key for key in seeds if draft.canonical.seed_keys[key]]):
        draft.look.append(f"seeds that are recorded and change nothing: {', '.join(waiting)}")


def _placeholder(draft: Draft, name: str, spec: InputSpec) -> None:
    entry: dict[str, Any] = {"type": spec.type, "doc": "not used by this graph"}
    if spec.type == "list":
        entry["item"] = {key: {"type": item.type} | _given(item) for key, item in spec.item.items()}
        draft.expand[name] = {"nodes": [], "items": {key: [] for key in spec.item}}
    draft.inputs[name] = entry
    draft.optional[name] = {}
    if draft.canonical and name in draft.canonical.models:
        draft.folders[name] = draft.canonical.models[name]


def _given(item: InputSpec) -> dict[str, Any]:
    return {} if item.default is None else {"default": item.default}


def _renumbered(graph: dict[str, Any]) -> dict[str, Any]:
    """The same graph, with numbers for ids that no address could name."""
    if all(re.fullmatch(r"[\w:-]+", node, re.ASCII) for node in graph):
        return graph
    ids = {node: str(number) for number, node in enumerate(graph, 1)}
    return {
        ids[node]: {**entry, "inputs": {name: _moved(value, ids) for name, value in inputs_of(entry).items()}}
        for node, entry in graph.items()
    }


def _moved(value: Any, ids: Mapping[str, str]) -> Any:
    return [ids.get(value[0], value[0]), value[1]] if isinstance(value, list) and len(value) == 2 else value


def _document(draft: Draft, workflow_id: str, family: str, doc: str) -> dict[str, Any]:
    graph = draft.traced.graph
    packs = sorted({draft.traced.known(node).pack for node in graph})
    return {
        "workflow_id": workflow_id,
        "family": family,
        "version": 1,
        "doc": doc,
        "packs": packs,
        "models": draft.folders,
        "expected_inputs": draft.inputs,
        "seed_keys": draft.seeds,
        "outputs": draft.outputs,
        "optional": draft.optional,
        "expand": draft.expand,
        "graph": {node: graph[node] for node in sorted(graph, key=_natural)},
    }


def _natural(node: str) -> tuple[Any, ...]:
    parts = node.split(":")
    return tuple((0, int(part), "") if part.isdecimal() and len(part) < 20 else (1, 0, part) for part in parts)
