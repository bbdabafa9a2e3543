"""Says what is wrong with a graph, in ComfyUI's own words, before (or instead of) sending it to a server.

Two questions, one set of rules (read from recorded answers of ComfyUI 0.3.64):

- `validate` answers as `POST /prompt` does: it looks only at what feeds an output node, stops at the first unknown class,
  accepts what the server accepts, and gives the graph as the server stores it (`"64"` → 64).
- `check` is for authors: every node, every unknown class, plus findings a server keeps to itself (an input name that the
  class does not have, a deprecated class, a literal where only a link can work), and it knows our tokens.

A token stands where a server decides the name: `{"$input": name}`, `{"$model": name}`, `{"$prefix": name}` (`graph.bind`).
Nothing here knows which files exist: `Definitions.with_options({"input": […]})` must name every file that may be loaded,
sub-folders and `name [output]` included; without it every file name is accepted.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from comfyvn.graph.definitions import ANY, Definitions, Input, NodeClass

Graph = Mapping[str, Any]

TOKENS = ("$input", "$model", "$prefix")
LONG_LIST = 20  # options; the server does not repeat longer lists in its answer

# Classes that look for the file itself and say so in words of their own → the word they use.
_FILE_CHECKED = {
    "LoadImage": "image",
    "LoadImageMask": "image",
    "LoadImageOutput": "image",
    "LoadAudio": "audio",
    "LoadVideo": "video",
    "VHS_LoadAudioUpload": "audio",
    "VHS_LoadVideo": "video",
}


@dataclass(frozen=True)
class Issue:
    """One finding. `code`, `message`, `details` and `extra` are ComfyUI's `type`, `message`, `details` and `extra_info`.

    `node` is "" for a finding about the whole graph; `given` is the value found, `allowed` says in words what may stand
    there, `suggestion` is the nearest right name ("" if none is near). `severity` is "error" or "warning".
    """

    node: str
    class_type: str
    input: str
    code: str
    message: str
    details: str = ""
    given: object = None
    allowed: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    suggestion: str = ""
    severity: str = "error"

    def wire(self) -> dict[str, Any]:
        """This issue as an entry of `node_errors[…].errors`, or as `error`."""
        return {"type": self.code, "message": self.message, "details": self.details, "extra_info": dict(self.extra)}

    def __str__(self) -> str:
        place = f"node {self.node}" if self.node else "graph"
        place += f" ({self.class_type})" if self.class_type else ""
        place += f" input {self.input}" if self.input else ""
        text = f"{place}: {self.message}"
        text += f" ({self.details})" if self.details and self.details != self.input else ""
        text += f"; allowed: {self.allowed}" if self.allowed else ""
        return text + (f'; did you mean "{self.suggestion}"?' if self.suggestion else "")


@dataclass(frozen=True)
class Verdict:
    """What a server would say to a graph.

    `error` is None when it runs; `outputs` are the output nodes that run then. `node_errors` may be there all the same: the
    server drops invalid outputs in silence as long as one is valid. `graph` holds the values as the server converts them.
    """

    error: Issue | None
    node_errors: Mapping[str, Any]
    outputs: tuple[str, ...]
    graph: Graph


def is_link(value: object) -> bool:
    """Whether an input value is a link `[node id, output index]` (any list of another length is a mistake)."""
    return isinstance(value, (list, tuple)) and len(value) == 2


def is_token(value: object) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in TOKENS


def types_match(received: str, wanted: str | list[Any]) -> bool:
    """ComfyUI's rule for a link: equal, either is `*`, or the two unions share a type; a listed choice takes no link."""
    if ANY in (received, wanted):
        return True
    if isinstance(wanted, list):
        return False
    parts = [{part.strip() for part in side.split(",")} for side in (received, wanted)]
    return received == wanted or ANY in parts[0] | parts[1] or bool(parts[0] & parts[1])


def check(graph: Graph, definitions: Definitions) -> list[Issue]:
    """Every finding about every node, in the graph's order; our tokens count as right values of their inputs."""
    issues = list(_class_issues(graph, definitions))
    known = {node: entry for node, entry in graph.items() if _class_of(entry) in definitions.classes}
    for node in known:
        issues += _node_issues(graph, node, definitions, tokens=True)
        issues += _own_findings(graph, node, definitions)
    issues += [_cycle_issue(graph, cycle) for cycle in cycles(known)]
    if not any(definitions.classes[_class_of(entry)].output_node for entry in known.values()):
        issues.append(_no_outputs())
    return issues


def errors(issues: Sequence[Issue]) -> list[Issue]:
    """Those that a server would refuse, or that cannot run."""
    return [issue for issue in issues if issue.severity == "error"]


def validate(graph: Graph, definitions: Definitions) -> Verdict:
    """The answer of `POST /prompt` to this graph: outputs in the graph's order, reasons only where they arise."""
    unknown = next(_class_issues(graph, definitions), None)
    wanted = [] if unknown else [node for node in graph if definitions.classes[_class_of(graph[node])].output_node]
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
            report = {"errors": [r.wire() for r in reasons], "dependent_outputs": [], "class_type": _class_of(graph[node])}
            reports.setdefault(node, report)["dependent_outputs"].append(output)
    error = None if good else _failed(own)
    return Verdict(error, reports, tuple(good), converted(graph, definitions))


def _failed(own: Sequence[Issue]) -> Issue:
    details = "\n".join(f"{issue.message}: {issue.details}" for issue in own)
    return Issue("", "", "", "prompt_outputs_failed_validation", "Prompt outputs failed validation", details)


def _no_outputs() -> Issue:
    return Issue("", "", "", "prompt_no_outputs", "Prompt has no outputs", allowed="at least one output node (SaveImage …)")


def _class_of(entry: object) -> str:
    value = entry.get("class_type") if isinstance(entry, Mapping) else None
    return value if isinstance(value, str) else ""


def _inputs_of(entry: object) -> Mapping[str, Any]:
    value = entry.get("inputs") if isinstance(entry, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _class_issues(graph: Graph, definitions: Definitions) -> Iterator[Issue]:
    for node, entry in graph.items():
        if not isinstance(entry, Mapping) or "class_type" not in entry:
            message = "Cannot execute because a node is missing the class_type property."
            yield Issue(node, "", "", "invalid_prompt", message, f"Node ID '#{node}'")
        elif (name := entry["class_type"]) not in definitions.classes if isinstance(entry["class_type"], str) else True:
            name = entry["class_type"]
            message = f"Cannot execute because node {name} does not exist."
            near = closest(str(name), definitions.classes)
            yield Issue(node, str(name), "", "invalid_prompt", message, f"Node ID '#{node}'", name, suggestion=near)


def closest(given: str, names: Iterator[str] | Mapping[str, Any] | Sequence[str]) -> str:
    """The name nearest to a misspelt one, "" when none is near."""
    return next(iter(difflib.get_close_matches(given, list(names), n=1)), "")


# --- walking the graph --------------------------------------------------------------------------------------------------


def _reasons(graph: Graph, output: str, definitions: Definitions) -> dict[str, list[Issue]]:
    """Nodes that spoil this output → their own errors. A node that breaks the validator itself is blamed by its consumer."""
    found: dict[str, list[Issue]] = {}
    seen: set[str] = set()
    stack: list[tuple[str, Issue | None]] = [(output, None)]
    while stack:
        node, blame = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if broken := _breaks(graph, node, definitions):
            found[node] = [_blamed(broken, blame)]
            continue
        if own := _node_issues(graph, node, definitions, tokens=False):
            found[node] = own
        stack += [step for step in reversed(list(_upstream(graph, node, definitions))) if step[0] not in seen]
    for cycle in cycles(graph, [output]):
        found.setdefault(cycle[0], []).append(_cycle_issue(graph, cycle))
    return found


def _upstream(graph: Graph, node: str, definitions: Definitions) -> Iterator[tuple[str, Issue]]:
    """(linked node, how its consumer would put it) for every sound link of a node, in the order of the class's inputs."""
    name, inputs = _class_of(graph[node]), _inputs_of(graph[node])
    for entry in definitions.classes[name].inputs:
        value = inputs.get(entry.name)
        if is_link(value) and value is not None and _link_issue(graph, node, entry, value, definitions) is None:
            extra = {"input_name": entry.name, "input_config": entry.wire(), "linked_node": list(value)}
            yield str(value[0]), Issue(node, name, entry.name, "exception_during_inner_validation", "", extra=extra)


def _breaks(graph: Graph, node: str, definitions: Definitions) -> Exception | None:
    """The exception that ComfyUI's own validator raises on this node: no inputs, or a link into nothing."""
    if not isinstance(graph[node].get("inputs"), Mapping):
        return KeyError("inputs")
    inputs = _inputs_of(graph[node])
    links = (inputs.get(entry.name) for entry in definitions.classes[_class_of(graph[node])].inputs)
    return next((broken for value in links if is_link(value) and (broken := _dangles(graph, value, definitions))), None)


def _dangles(graph: Graph, link: Any, definitions: Definitions) -> Exception | None:
    source, slot = link
    if isinstance(source, (list, dict)):
        return TypeError(f"unhashable type: '{type(source).__name__}'")
    if source not in graph:
        return KeyError(source)
    if not isinstance(slot, int):
        return TypeError(f"tuple indices must be integers or slices, not {type(slot).__name__}")
    count = len(definitions.classes[_class_of(graph[source])].outputs) if _class_of(graph[source]) in definitions else slot + 1
    return None if -count <= slot < count else IndexError("tuple index out of range")


def _blamed(broken: Exception, blame: Issue | None) -> Issue:
    kind = type(broken).__name__
    if blame is None:
        message, extra = "Exception when validating node", {"exception_type": kind, "traceback": []}
        return Issue("", "", "", "exception_during_validation", message, str(broken), extra=extra)
    reason = {"exception_message": str(broken), "exception_type": kind, "traceback": []}
    order = ("input_name", "input_config", "exception_message", "exception_type", "traceback", "linked_node")
    both = {**blame.extra, **reason}
    message = "Exception when validating inner node"
    return replace(blame, message=message, details=str(broken), extra={key: both[key] for key in order})


def cycles(graph: Graph, roots: Sequence[str] | None = None) -> list[list[str]]:
    """Every cycle of links that a depth-first walk meets, as node ids in the order of the links; [] for a sound graph."""
    found: list[list[str]] = []
    state: dict[str, int] = {}  # 1: on the path, 2: done
    for root in roots if roots is not None else list(graph):
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                state[path.pop()] = 2
            elif state.get(node) == 1:
                found.append(path[path.index(node) :])
            elif node not in state:
                state[node] = 1
                path.append(node)
                stack.append((node, True))
                stack += [(source, False) for source in _sources(graph, node)]
    return found


def _sources(graph: Graph, node: str) -> list[str]:
    links = [value for value in _inputs_of(graph[node]).values() if is_link(value)]
    return [link[0] for link in links if isinstance(link[0], str) and link[0] in graph]


def _cycle_issue(graph: Graph, cycle: Sequence[str]) -> Issue:
    shown, extra = " -> ".join([*cycle, cycle[0]]), {"cycle_nodes": list(cycle)}
    name = _class_of(graph[cycle[0]])
    return Issue(cycle[0], name, "", "dependency_cycle", "Dependency cycle detected", shown, extra=extra)


# --- one node -----------------------------------------------------------------------------------------------------------


def _node_issues(graph: Graph, node: str, definitions: Definitions, tokens: bool) -> list[Issue]:
    """The node's own errors: missing inputs, wrong links, wrong values; upstream nodes answer for themselves."""
    entry = graph[node]
    if tokens and not isinstance(entry.get("inputs"), Mapping):
        return [Issue(node, _class_of(entry), "", "inputs_missing", "Node has no inputs object", "inputs", allowed="an object")]
    inputs = _inputs_of(entry)
    issues: list[Issue | None] = []
    for wanted in definitions.classes[_class_of(entry)].inputs:
        if wanted.name not in inputs:
            issues += [_missing(graph, node, wanted)] if wanted.required else []
        elif tokens and is_token(inputs[wanted.name]):
            issues.append(_token_issue(graph, node, wanted, inputs[wanted.name]))
        elif isinstance(inputs[wanted.name], (list, tuple)):
            issues.append(_link_issue(graph, node, wanted, inputs[wanted.name], definitions, dangling=tokens))
        else:
            issues.append(_literal_issue(graph, node, wanted, inputs[wanted.name]))
    return [issue for issue in issues if issue is not None]


def _missing(graph: Graph, node: str, wanted: Input) -> Issue:
    extra = {"input_name": wanted.name}
    message = "Required input is missing"
    return Issue(
        node, _class_of(graph[node]), wanted.name, "required_input_missing", message, wanted.name, None, allowed(wanted), extra
    )


def _link_issue(
    graph: Graph, node: str, wanted: Input, value: Any, definitions: Definitions, dangling: bool = False
) -> Issue | None:
    """What is wrong with a link; `dangling`: say so when it leads nowhere (a server only trips over it)."""
    name, extra = _class_of(graph[node]), {"input_name": wanted.name, "input_config": wanted.wire()}
    if len(value) != 2:
        message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
        extra["received_value"] = list(value)
        return Issue(node, name, wanted.name, "bad_linked_input", message, wanted.name, value, extra=extra)
    if broken := _dangles(graph, value, definitions):
        if not dangling:
            return None
        message = "Link leads to a node or an output that is not there"
        return Issue(node, name, wanted.name, "dangling_link", message, f"{wanted.name}, {broken}", value)
    source = definitions.get(_class_of(graph[value[0]]))
    if source is None or types_match(source.outputs[value[1]].type, wanted.wire_type()):
        return None
    received = source.outputs[value[1]].type
    details = f"{wanted.name}, received_type({received}) mismatch input_type({wanted.wire_type()})"
    extra |= {"received_type": received, "linked_node": list(value)}
    message = "Return type mismatch between linked nodes"
    return Issue(node, name, wanted.name, "return_type_mismatch", message, details, value, wanted.type, extra)


def convert(wanted: Input, value: Any) -> Any:
    """A literal as the server stores it. Raises what Python's `int()` and `float()` raise."""
    value = value["__value__"] if isinstance(value, Mapping) and "__value__" in value else value
    kinds = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}
    return kinds[wanted.type](value) if wanted.type in kinds else value


def converted(graph: Graph, definitions: Definitions) -> Graph:
    """The graph as the server stores it: literals converted where they can be."""
    return {node: _converted_node(entry, definitions.get(_class_of(entry))) for node, entry in graph.items()}


def _converted_node(entry: Any, known: NodeClass | None) -> Any:
    if known is None or not isinstance(entry.get("inputs"), Mapping):
        return entry
    inputs = dict(entry["inputs"])
    for wanted in known.inputs:
        if wanted.name in inputs and not isinstance(inputs[wanted.name], (list, tuple)):
            try:
                inputs[wanted.name] = convert(wanted, inputs[wanted.name])
            except (TypeError, ValueError, OverflowError):
                continue
    return {**entry, "inputs": inputs}


def _literal_issue(graph: Graph, node: str, wanted: Input, given: Any) -> Issue | None:
    name, extra = _class_of(graph[node]), {"input_name": wanted.name, "input_config": wanted.wire(), "received_value": given}
    issue = Issue(node, name, wanted.name, "", "", wanted.name, given, allowed(wanted), extra)
    try:
        value = convert(wanted, given)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"Failed to convert an input value to a {wanted.type} value"
        details = f"{wanted.name}, {given}, {error}"
        return replace(
            issue,
            code="invalid_input_type",
            message=message,
            details=details,
            extra={**extra, "exception_message": str(error)},
        )
    extra = extra | {"received_value": value}
    return _range_issue(replace(issue, extra=extra), wanted, value) or _choice_issue(replace(issue, extra=extra), wanted, value)


def _range_issue(issue: Issue, wanted: Input, value: Any) -> Issue | None:
    low, high = wanted.config.get("min"), wanted.config.get("max")
    if not isinstance(value, (int, float)):
        return None
    if low is not None and value < low:
        return replace(issue, code="value_smaller_than_min", message=f"Value {value} smaller than min of {low}")
    if high is not None and value > high:
        return replace(issue, code="value_bigger_than_max", message=f"Value {value} bigger than max of {high}")
    return None


def _choice_issue(issue: Issue, wanted: Input, value: Any) -> Issue | None:
    if not wanted.is_choice or (wanted.options is None and isinstance(value, str)):
        return None
    options = list(wanted.options or ())
    if value in options or _loads(issue.class_type, wanted, value):
        return None
    if wanted.folder and (word := _FILE_CHECKED.get(issue.class_type)):
        details = f"{wanted.name} - Invalid {word} file: {value}"
        message, extra = "Custom validation failed for node", {"input_name": wanted.name}
        return replace(issue, code="custom_validation_failed", message=message, details=details, extra=extra)
    long = len(options) > LONG_LIST
    shown = f"(list of length {len(options)})" if long else str(options)
    extra = {**issue.extra, **({"input_config": None} if long else {})}
    near = closest(str(value), [str(option) for option in options])
    details = f"{wanted.name}: '{value}' not in {shown}"
    return replace(
        issue, code="value_not_in_list", message="Value not in list", details=details, extra=extra, suggestion=near
    )


def _loads(class_type: str, wanted: Input, value: Any) -> bool:
    """`name [input]` is another spelling of `name`, for the classes that look for the file themselves."""
    plain = value.removesuffix(" [input]") if isinstance(value, str) else value
    return class_type in _FILE_CHECKED and plain in (wanted.options or ())


def allowed(wanted: Input) -> str:
    """What may stand in this input, in words: `0…100`, `"a", "b"`, `a file of checkpoints`, `a link to MODEL`."""
    if wanted.folder and wanted.options is None:
        return f"a file of {wanted.folder}"
    if wanted.is_choice:
        options = [f'"{option}"' for option in wanted.options or ()]
        return ", ".join(options[:LONG_LIST]) + (f" … ({len(options)} in all)" if len(options) > LONG_LIST else "")
    low, high = wanted.config.get("min"), wanted.config.get("max")
    kind = wanted.type if wanted.is_widget else f"a link to {wanted.type}"
    return kind if low is None and high is None else f"{kind} {'' if low is None else low}…{'' if high is None else high}"


# --- what a server keeps to itself --------------------------------------------------------------------------------------


def _token_issue(graph: Graph, node: str, wanted: Input, token: Mapping[str, Any]) -> Issue | None:
    ((kind, value),) = token.items()
    folder = {"$input": ("input",), "$prefix": ("",)}.get(kind)
    fits = wanted.folder in folder if folder else wanted.folder not in ("", "input", "output")
    if isinstance(value, str) and value and fits and (wanted.folder or wanted.type == "STRING"):
        return None
    message = f"The token {kind} does not belong here"
    return Issue(node, _class_of(graph[node]), wanted.name, "misplaced_token", message, wanted.name, token, allowed(wanted))


def _own_findings(graph: Graph, node: str, definitions: Definitions) -> Iterator[Issue]:
    known, inputs = definitions.classes[_class_of(graph[node])], _inputs_of(graph[node])
    extras = {e.name: e for wanted in known.inputs for e in wanted.format_inputs(_plain(inputs.get(wanted.name)))}
    names = {wanted.name for wanted in known.inputs}
    for name, value in inputs.items():
        wanted = known.input(name)
        if wanted is not None:
            if not wanted.is_widget and not isinstance(value, (list, tuple)):
                message = "Input takes a link, not a value"
                yield Issue(node, known.name, name, "link_expected", message, name, value, allowed(wanted))
        elif name in extras:
            if not isinstance(value, (list, tuple)) and (issue := _literal_issue(graph, node, extras[name], value)):
                yield issue
        else:
            message, near = "Class has no such input; the server ignores it", closest(name, sorted(names | set(extras)))
            yield Issue(node, known.name, name, "unknown_input", message, name, value, suggestion=near, severity="warning")
    if known.deprecated:
        message = "Class is deprecated"
        yield Issue(node, known.name, "", "deprecated_class", message, known.name, severity="warning")


def _plain(value: object) -> object:
    return None if isinstance(value, (list, tuple, Mapping)) else value
