"""Says what is wrong with a graph, in ComfyUI's own words, before (or instead of) sending it to a server.

Two questions, one set of rules (read from recorded answers of ComfyUI 0.3.64):

- `validate` answers as `POST /prompt` does: it looks only at what feeds an output node, stops at the first unknown
  class, accepts what the server accepts, and gives the graph as the server stores it (`"64"` → 64).
- `check` is for authors: every node, every unknown class, plus findings a server keeps to itself (an input name that
  the class does not have, a deprecated class, a literal where only a link can work, `64.9` that becomes 64), and it
  knows our tokens.

Nothing here knows which files exist: `Definitions.with_options({"input": […]})` must name every file that may be
loaded, sub-folders and `name [output]` included; without it every file name is accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comfyvn.errors import closest
from comfyvn.graph.definitions import MATCHED, OWN_CHOICES, Definitions, Input, NodeClass
from comfyvn.graph.dynamic import live
from comfyvn.graph.issue import Issue, errors
from comfyvn.graph.links import Graph, class_of, cycles, dangles, inputs_of, is_link, is_token, types_match
from comfyvn.graph.literals import allowed, convert, doubtful_literal, literal_issue

__all__ = ["Issue", "Verdict", "check", "converted", "errors", "validate"]


@dataclass(frozen=True)
class Verdict:
    """What a server would say to a graph.

    `error` is None when it runs; `outputs` are the output nodes that run then. There may be `node_errors` all the same:
    the server drops invalid outputs in silence as long as one is valid. `graph` holds the values as it converts them.
    """

    error: Issue | None
    node_errors: Mapping[str, Any]
    outputs: tuple[str, ...]
    graph: Graph


def check(graph: Graph, definitions: Definitions) -> list[Issue]:
    """Every finding about every node, in the graph's order; our tokens count as right values of their inputs.

    What only follows from a class that is not known is left out: that one may be the output that is missing.
    """
    unknown = list(_class_issues(graph, definitions))
    issues = list(unknown)
    known = {node: entry for node, entry in graph.items() if class_of(entry) in definitions}
    for node in known:
        issues += _node_issues(graph, node, definitions, ours=True)
        issues += _own_findings(graph, node, definitions)
    issues += [_cycle_issue(graph, cycle) for cycle in cycles(known)]
    if not unknown and not any(definitions.classes[class_of(entry)].output_node for entry in known.values()):
        issues.append(_no_outputs())
    return issues


def validate(graph: Graph, definitions: Definitions) -> Verdict:
    """The answer of `POST /prompt` to this graph: outputs in the graph's order, reasons only where they arise."""
    unknown = next(_class_issues(graph, definitions), None)
    wanted = [] if unknown else [node for node in graph if definitions.classes[class_of(graph[node])].output_node]
    if unknown or not wanted:
        return Verdict(unknown or _no_outputs(), {}, (), graph)
    reports: dict[str, dict[str, Any]] = {}
    good: list[str] = []
    own: list[Issue] = []
    for output in wanted:
        found = _reasons(graph, output, definitions)
        good += [] if found else [output]
        own += found.get(output, [])
        for node, reasons in found.items():
            reports.setdefault(node, _report(graph, node, reasons))["dependent_outputs"].append(output)
    return Verdict(None if good else _failed(own), reports, tuple(good), converted(graph, definitions))


def _class(graph: Graph, node: str, definitions: Definitions) -> NodeClass:
    """The class of a node that has one, with the inputs that this node's values bring."""
    return live(definitions.classes[class_of(graph[node])], inputs_of(graph[node]))


def _report(graph: Graph, node: str, reasons: Sequence[Issue]) -> dict[str, Any]:
    listed = [reason.wire() for reason in reasons]
    return {"errors": listed, "dependent_outputs": [], "class_type": class_of(graph[node])}


def _failed(own: Sequence[Issue]) -> Issue:
    details = "\n".join(f"{issue.message}: {issue.details}" for issue in own)
    return Issue("", "", "", "prompt_outputs_failed_validation", "Prompt outputs failed validation", details)


def _no_outputs() -> Issue:
    words = "at least one output node (SaveImage …)"
    return Issue("", "", "", "prompt_no_outputs", "Prompt has no outputs", allowed=words)


def _class_issues(graph: Graph, definitions: Definitions) -> Iterator[Issue]:
    for node, entry in graph.items():
        place = f"Node ID '#{node}'"
        if not isinstance(entry, Mapping) or "class_type" not in entry:
            message = "Cannot execute because a node is missing the class_type property."
            yield Issue(node, "", "", "invalid_prompt", message, place)
        elif class_of(entry) not in definitions:
            name = str(entry["class_type"])
            message = f"Cannot execute because node {name} does not exist."
            yield Issue(node, name, "", "invalid_prompt", message, place, name, suggestion=closest(name, definitions))


def _reasons(graph: Graph, output: str, definitions: Definitions) -> dict[str, list[Issue]]:
    """Nodes that spoil this output → their own errors. What breaks the validator itself is told by the consumer."""
    found: dict[str, list[Issue]] = {}
    seen: set[str] = set()
    stack: list[tuple[str, Issue | None]] = [(output, None)]
    while stack:
        node, consumer = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if broken := _breaks(graph, node, definitions):
            found[node] = [_broken(broken, consumer)]
            continue
        if own := _node_issues(graph, node, definitions, ours=False):
            found[node] = own
        stack += [step for step in reversed(list(_linked(graph, node, definitions))) if step[0] not in seen]
    for cycle in cycles(graph, [output]):
        found.setdefault(cycle[0], []).append(_cycle_issue(graph, cycle))
    return found


def _linked(graph: Graph, node: str, definitions: Definitions) -> Iterator[tuple[str, Issue]]:
    """(linked node, how its consumer would put it) for every sound link, in the order of the class's inputs."""
    name, inputs = class_of(graph[node]), inputs_of(graph[node])
    for entry in _class(graph, node, definitions).inputs:
        value = inputs.get(entry.name)
        if value is not None and is_link(value) and _link_issue(graph, node, entry, value, definitions) is None:
            extra = {"input_name": entry.name, "input_config": entry.wire(), "linked_node": list(value)}
            yield str(value[0]), Issue(node, name, entry.name, "exception_during_inner_validation", "", extra=extra)


def _breaks(graph: Graph, node: str, definitions: Definitions) -> Exception | None:
    """The exception that ComfyUI's own validator raises on this node: no inputs, or a link into nothing."""
    if not isinstance(graph[node].get("inputs"), Mapping):
        return KeyError("inputs")
    inputs = inputs_of(graph[node])
    links = [inputs[entry.name] for entry in _class(graph, node, definitions).inputs if entry.name in inputs]
    return next((broken for link in links if is_link(link) and (broken := dangles(graph, link, definitions))), None)


def _broken(broken: Exception, consumer: Issue | None) -> Issue:
    kind = type(broken).__name__
    if consumer is None:
        extra = {"exception_type": kind, "traceback": []}
        message = "Exception when validating node"
        return Issue("", "", "", "exception_during_validation", message, str(broken), extra=extra)
    both = {**consumer.extra, "exception_message": str(broken), "exception_type": kind, "traceback": []}
    order = ("input_name", "input_config", "exception_message", "exception_type", "traceback", "linked_node")
    message = "Exception when validating inner node"
    return replace(consumer, message=message, details=str(broken), extra={key: both[key] for key in order})


def _cycle_issue(graph: Graph, cycle: Sequence[str]) -> Issue:
    shown, extra = " -> ".join([*cycle, cycle[0]]), {"cycle_nodes": list(cycle)}
    name = class_of(graph[cycle[0]])
    return Issue(cycle[0], name, "", "dependency_cycle", "Dependency cycle detected", shown, extra=extra)


def _node_issues(graph: Graph, node: str, definitions: Definitions, ours: bool) -> list[Issue]:
    """The node's own errors. `ours`: tokens are values, and a link into nothing is told here, not by an exception."""
    entry, name = graph[node], class_of(graph[node])
    if ours and not isinstance(entry.get("inputs"), Mapping):
        return [Issue(node, name, "", "inputs_missing", "Node has no inputs object", "inputs", allowed="an object")]
    wanted = _class(graph, node, definitions).inputs
    found = [_input_issue(graph, node, entry, definitions, ours) for entry in wanted]
    return [issue for issue in found if issue is not None]


def _input_issue(graph: Graph, node: str, wanted: Input, definitions: Definitions, ours: bool) -> Issue | None:
    name, inputs = class_of(graph[node]), inputs_of(graph[node])
    if wanted.name not in inputs:
        return _missing(node, name, wanted) if wanted.required else None
    value = inputs[wanted.name]
    if ours and is_token(value):
        return _token_issue(node, name, wanted, value)
    if isinstance(value, (list, tuple)):
        return _link_issue(graph, node, wanted, value, definitions, dangling=ours)
    return literal_issue(node, name, wanted, value)


def _missing(node: str, class_type: str, wanted: Input) -> Issue:
    message, extra = "Required input is missing", {"input_name": wanted.name}
    shown = allowed(wanted)
    return Issue(node, class_type, wanted.name, "required_input_missing", message, wanted.name, None, shown, extra)


def _link_issue(
    graph: Graph, node: str, wanted: Input, value: Sequence[Any], definitions: Definitions, dangling: bool = False
) -> Issue | None:
    """What is wrong with a link; `dangling`: say so when it leads nowhere (a server only trips over it)."""
    name, extra = class_of(graph[node]), {"input_name": wanted.name, "input_config": wanted.wire()}
    if len(value) != 2:
        message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
        extra["received_value"] = list(value)
        return Issue(node, name, wanted.name, "bad_linked_input", message, wanted.name, value, extra=extra)
    if broken := dangles(graph, value, definitions):
        message = "Link leads to a node or an output that is not there"
        details = f"{wanted.name}, {broken}"
        return Issue(node, name, wanted.name, "dangling_link", message, details, value) if dangling else None
    source = definitions.get(class_of(graph[value[0]]))
    if source is None or types_match(source.outputs[value[1]].type, wanted.wire_type()):
        return None
    received = source.outputs[value[1]].type
    message = "Return type mismatch between linked nodes"
    details = f"{wanted.name}, received_type({received}) mismatch input_type({wanted.wire_type()})"
    extra |= {"received_type": received, "linked_node": list(value)}
    return Issue(node, name, wanted.name, "return_type_mismatch", message, details, value, wanted.type, extra)


def converted(graph: Graph, definitions: Definitions) -> Graph:
    """The graph as the server stores it: literals converted where they can be."""
    return {node: _converted_node(entry, definitions.get(class_of(entry))) for node, entry in graph.items()}


def _converted_node(entry: Any, known: NodeClass | None) -> Any:
    if known is None or not isinstance(entry.get("inputs"), Mapping):
        return entry
    inputs = dict(entry["inputs"])
    for wanted in live(known, inputs).inputs:
        if wanted.name in inputs and not isinstance(inputs[wanted.name], (list, tuple)):
            try:
                inputs[wanted.name] = convert(wanted, inputs[wanted.name])
            except (TypeError, ValueError, OverflowError):
                continue
    return {**entry, "inputs": inputs}


def _token_issue(node: str, class_type: str, wanted: Input, token: Mapping[str, Any]) -> Issue | None:
    ((kind, value),) = token.items()
    fits = {
        "$input": wanted.folder == "input",
        "$model": wanted.folder not in ("", "input", "output", "input_folders"),
        "$prefix": wanted.type == "STRING",
    }
    if isinstance(value, str) and value and fits[kind]:
        return None
    message, shown = f"The token {kind} does not belong here", allowed(wanted)
    return Issue(node, class_type, wanted.name, "misplaced_token", message, wanted.name, token, shown)


def _own_findings(graph: Graph, node: str, definitions: Definitions) -> Iterator[Issue]:
    """Findings that a server keeps to itself."""
    known, inputs = _class(graph, node, definitions), inputs_of(graph[node])
    extras = {e.name: e for wanted in known.inputs for e in wanted.format_inputs(inputs.get(wanted.name))}
    for name, value in inputs.items():
        is_value = not isinstance(value, (list, tuple))
        if (wanted := known.input(name)) is not None:
            if is_value and not wanted.is_widget and wanted.type != MATCHED:
                message, shown = "Input takes a link, not a value", allowed(wanted)
                yield Issue(node, known.name, name, "link_expected", message, name, value, shown)
            elif is_value and not is_token(value) and (found := doubtful_literal(node, known.name, wanted, value)):
                yield found
        elif known.name in OWN_CHOICES:
            continue
        elif name not in extras:
            message, near = "Class has no such input; the server ignores it", closest(name, [*_names(known), *extras])
            yield Issue(
                node, known.name, name, "unknown_input", message, name, value, suggestion=near, severity="warning"
            )
        elif is_value and (issue := literal_issue(node, known.name, extras[name], value)):
            yield issue
    if known.deprecated:
        yield Issue(node, known.name, "", "deprecated_class", "Class is deprecated", known.name, severity="warning")


def _names(known: NodeClass) -> list[str]:
    return [wanted.name for wanted in known.inputs]
