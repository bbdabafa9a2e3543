"""Everything in a workflow file that names something else must name something that is there, and of the right type.

Of nodes whose class is not known nothing is said here: what they take and give cannot be told, and `check` names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comfyvn.errors import closest
from comfyvn.graph.check import check
from comfyvn.graph.definitions import Definitions, Input
from comfyvn.graph.dynamic import live
from comfyvn.graph.header import FILES, ITEMS_MAX, Absence, Expansion, Header, InputSpec, Kind, Variants, split_address
from comfyvn.graph.issue import errors
from comfyvn.graph.links import class_of, inputs_of, is_link, types_match

NODE_TYPES: Mapping[str, str] = {
    "text": "STRING", "schedule": "STRING", "int": "INT", "seed": "INT", "float": "FLOAT", "bool": "BOOLEAN",
}  # fmt: skip


def graph_problems(header: Header, definitions: Definitions) -> Iterator[str]:
    found = errors(check(header.graph, definitions))
    yield from (f"$.graph: {issue}" for issue in found)
    if any(issue.code == "invalid_prompt" for issue in found):
        return
    needed = {definitions.classes[class_of(node)].pack for node in header.graph.values()}
    yield from (f"$.packs: {pack} is used by the graph and not listed" for pack in sorted(needed - set(header.packs)))
    yield from (f"$.packs: {pack} is listed and no node uses it" for pack in sorted(set(header.packs) - needed))


def reference_problems(header: Header, definitions: Definitions) -> Iterator[str]:
    """Everything in the header that names something else."""
    for name, spec in header.expected_inputs.items():
        yield from _input_problems(header, name, spec, definitions)
    for name, addresses in header.seed_keys.items():
        for address in addresses:
            yield from _address_problem(header, f"$.seed_keys.{name}", address, "seed", definitions)
        if name in header.expected_inputs:
            yield f"$.seed_keys.{name}: an expected input has the same name"
    for name, output in header.outputs.items():
        known = definitions.get(class_of(header.graph.get(output.node)))
        if (known is None or not known.output_node) and not _is_unknown(header, output.node, definitions):
            yield f"$.outputs.{name}.node: {output.node} is no output node of the graph"
    for name, absence in header.optional.items():
        yield from _absence_problems(header, name, absence, definitions)
    for name, expansion in header.expand.items():
        yield from _expansion_problems(header, name, expansion, definitions)
    for name, variants in header.variants.items():
        yield from _variant_problems(header, name, variants)
    for name, folder in header.models.items():
        yield from _model_problems(header, name, folder, definitions)


def _is_unknown(header: Header, node: str, definitions: Definitions) -> bool:
    """Whether a node is there whose class nobody has defined."""
    return bool(name := class_of(header.graph.get(node))) and name not in definitions


def _input_problems(header: Header, name: str, spec: InputSpec, definitions: Definitions) -> Iterator[str]:
    path = f"$.expected_inputs.{name}"
    for address in spec.to:
        yield from _address_problem(header, path, address, spec.type, definitions)
    is_list = spec.type == "list"
    if is_list != bool(spec.item):
        yield f"{path}.item: a list, and only a list, describes its items"
    if is_list != (name in header.expand):
        yield f"$.expand.{name}: a list, and only a list, says here how it becomes nodes"
    if not is_list and not spec.to and name not in header.optional:
        yield f"{path}.to: no address, so the input changes nothing"
    if not spec.required and spec.default is None and name not in header.optional:
        yield f"$.optional.{name}: the input may be absent, so say what to bypass or to link then"
    yield from (f"{path}.unless: no input {other}" for other in spec.unless if other not in header.expected_inputs)
    fields = {name: spec, **{f"{name}.item.{key}": entry for key, entry in spec.item.items()}}
    needs = {key.replace(".item.", "/"): entry for key, entry in fields.items() if entry.type == "model"}
    if needs and name not in header.models:
        yield f"$.models.{name}: say which folder this model is in"


def _model_problems(header: Header, name: str, folder: str, definitions: Definitions) -> Iterator[str]:
    spec = header.expected_inputs.get(name)
    if spec is None:
        yield f"$.models.{name}: no expected input has this name"
        return
    fields = [key for key, entry in spec.item.items() if entry.type == "model"] if name in header.expand else []
    addresses = [*spec.to, *(a for key in fields for a in header.expand[name].items.get(key, ()))]
    targets = [target for address in addresses if (target := target_of(header, address, definitions))]
    yield from (f"$.models.{name}: the node lists {target.folder}" for target in targets if target.folder != folder)


def _variant_problems(header: Header, name: str, variants: Variants) -> Iterator[str]:
    path = f"$.variants.{name}"
    if name not in header.models:
        yield f"{path}: no input with a model has this name"
    yield from (
        f"{path}.fits: no input with a model is called {other}" for other in variants.fits if other not in header.models
    )
    for base, defaults in variants.bases.items():
        for key in defaults:
            spec = header.expected_inputs.get(key)
            if spec is None or spec.default is None:
                yield f"{path}.bases.{base}: {key} is no expected input with a default"


def target_of(header: Header, address: str, definitions: Definitions) -> Input | None:
    """The node input that an address names, None if there is no such thing.

    Some inputs are there only for the chosen option of another one (`crf` of a node that writes films).
    """
    node, name = split_address(address)
    if (plain := definitions.get(class_of(header.graph.get(node)))) is None:
        return None
    given = inputs_of(header.graph[node])
    known = live(plain, given)
    if (found := known.input(name)) is not None:
        return found
    extras = (extra for wanted in known.inputs for extra in wanted.format_inputs(given.get(wanted.name)))
    return next((extra for extra in extras if extra.name == name), None)


def _address_problem(header: Header, path: str, address: str, kind: Kind, definitions: Definitions) -> Iterator[str]:
    node, name = split_address(address)
    target = target_of(header, address, definitions)
    if target is None and not _is_unknown(header, node, definitions):
        names = inputs_of(header.graph.get(node))
        near = closest(name, names) if names else closest(node, header.graph)
        missing = f"node {node} has no input {name}" if node in header.graph else f"the graph has no node {node}"
        yield f"{path}: {address}: {missing}" + (f'; did you mean "{near}"?' if near else "")
    elif target is not None and not _takes(target, kind):
        yield f"{path}: {address} takes {target.type}, not {kind}"


def _takes(target: Input, kind: Kind) -> bool:
    if kind in FILES:
        return target.folder == "input"
    if kind == "model":
        return target.folder not in ("", "input", "output", "input_folders")
    return target.is_choice and not target.folder if kind == "choice" else NODE_TYPES.get(kind, "") in target.types


def _absence_problems(header: Header, name: str, absence: Absence, definitions: Definitions) -> Iterator[str]:
    path = f"$.optional.{name}"
    spec = header.expected_inputs.get(name)
    if spec is None or (spec.required and not spec.unless) or spec.default is not None:
        yield f"{path}: only an expected input that may be absent belongs here"
    for address, (source, slot) in absence.link.items():
        if any(_is_unknown(header, node, definitions) for node in (split_address(address)[0], source)):
            continue
        target, known = target_of(header, address, definitions), definitions.get(class_of(header.graph.get(source)))
        if target is None or known is None or not 0 <= slot < len(known.outputs):
            yield f"{path}.link: {address} or [{source}, {slot}] is not in the graph"
        elif not types_match(known.outputs[slot].type, target.wire_type()):
            yield f"{path}.link: {address} takes {target.type}, [{source}, {slot}] gives {known.outputs[slot].type}"
    for node, outputs in absence.bypass.items():
        yield from _bypass_problems(header, f"{path}.bypass.{node}", node, outputs, definitions)


def _bypass_problems(
    header: Header, path: str, node: str, outputs: Mapping[str, str | None], definitions: Definitions
) -> Iterator[str]:
    known = definitions.get(class_of(header.graph.get(node)))
    if known is None:
        if node not in header.graph:
            yield f"{path}: the graph has no such node"
        return
    used = {
        str(link[1]) for entry in header.graph.values() for link in inputs_of(entry).values() if _leads_to(link, node)
    }
    yield from (f"{path}: output {slot} is used and not mentioned" for slot in sorted(used - set(outputs)))
    for slot, address in outputs.items():
        if not slot.isdecimal() or int(slot) >= len(known.outputs):
            yield f"{path}: {known.name} has no output {slot}"
        elif address is not None and split_address(address)[0] != node:
            yield f"{path}.{slot}: {address} is not an input of the bypassed node"
        elif address is not None and not _same_type(
            known.input(split_address(address)[1]), known.outputs[int(slot)].type
        ):
            yield f"{path}.{slot}: {address} does not give {known.outputs[int(slot)].type}"


def _leads_to(link: object, node: str) -> bool:
    return isinstance(link, (list, tuple)) and is_link(link) and link[0] == node


def _same_type(entry: Input | None, given: str) -> bool:
    return entry is not None and types_match(given, entry.wire_type())


def _chain_problem(
    header: Header, path: str, address: str, source: str, expansion: Expansion, definitions: Definitions
) -> Iterator[str]:
    (into, _), (node, slot) = split_address(address), split_address(source)
    if any(_is_unknown(header, each, definitions) for each in (into, node)):
        return
    target, known = target_of(header, address, definitions), definitions.get(class_of(header.graph.get(node)))
    if target is None or known is None or not {into, node} <= set(expansion.nodes):
        yield f"{path}: {address} or {source} is not in `nodes`"
    elif (
        not slot.isdecimal() or int(slot) >= len(known.outputs) or not _same_type(target, known.outputs[int(slot)].type)
    ):
        yield f"{path}: {source} does not give {target.type}"


def _expansion_problems(header: Header, name: str, expansion: Expansion, definitions: Definitions) -> Iterator[str]:
    path, spec = f"$.expand.{name}", header.expected_inputs.get(name)
    fields = spec.item if spec else {}
    if set(fields) != set(expansion.items):
        yield f"{path}.items: must have the fields of $.expected_inputs.{name}.item"
    yield from (f"{path}.nodes: the graph has no node {node}" for node in expansion.nodes if node not in header.graph)
    for key, addresses in expansion.items.items():
        for address in addresses:
            if split_address(address)[0] not in expansion.nodes:
                yield f"{path}.items.{key}: {address} is not in `nodes`"
            elif key in fields:
                yield from _address_problem(header, f"{path}.items.{key}", address, fields[key].type, definitions)
    for address, source in expansion.chain.items():
        yield from _chain_problem(header, f"{path}.chain", address, source, expansion, definitions)
    for node, outputs in expansion.first.items():
        if node not in expansion.nodes:
            yield f"{path}.first: {node} is not in `nodes`"
        else:
            yield from _bypass_problems(header, f"{path}.first.{node}", node, outputs, definitions)
    copies = {f"{node}{i:03d}" for node in expansion.nodes for i in range(1, ITEMS_MAX)}
    yield from (f"{path}: the id {node} is needed for a copy" for node in sorted(copies & set(header.graph)))
