"""A ComfyUI server's words about what went wrong, turned into our errors (shapes as ComfyUI 0.3.64 sends them)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from comfyvn.bridge.servers import Server
from comfyvn.errors import Interrupted, NodeError, PromptRejected, RenderFailed

Graph = Mapping[str, Mapping[str, object]]

_MOST_CHOICES = 5_000  # listed values that are looked through for one that was meant
_MOST_ERRORS = 50  # complaints that are kept of one answer
_LOOKED_AT = 1 << 20  # characters of a server's message that are looked through
_MODEL = re.compile(r"\.(safetensors|sft|ckpt|pt|pth|bin|gguf|onnx|pkl)$", re.IGNORECASE)


def clean(text: object, most: int = 300) -> str:
    """Text of a server made fit for one line of a terminal, at most `most` long.

    What is not printable becomes a space: control characters, those that change the writing direction or have no
    width, and halves of surrogate pairs.
    """
    # What is cut off anyway is not looked at: a server may send megabytes where a word belongs.
    line = "".join(letter if letter.isprintable() else " " for letter in str(text)[: 64 * most]).strip()
    return line if len(line) <= most else line[: most - 1] + "…"


def quoted(text: object, server: Server, most: int = 300) -> str:
    """`clean` text in which the server repeats none of our secrets; they go first: half a secret is not recognised."""
    return clean(server.redact(str(text)[:_LOOKED_AT]), most)


def mapping(value: object) -> Mapping[str, object]:
    """`value` if it is a JSON object, else an empty one: servers are not trusted to send the right shape."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> Sequence[object]:
    """`value` if it is a JSON list, else an empty one."""
    return value if isinstance(value, list) else ()


def class_of(graph: Graph, node: str) -> str:
    """What our own graph says of a node; "" where it has none."""
    return clean(mapping(graph.get(node)).get("class_type", ""), 80)


def node_errors(document: object, graph: Graph, server: Server) -> list[NodeError]:
    """Every complaint in a `POST /prompt` answer, in the order of node ids; none is [] ."""
    found: list[NodeError] = []
    for node, entry in sorted(mapping(mapping(document).get("node_errors")).items()):
        name = quoted(mapping(entry).get("class_type") or class_of(graph, node), server, 80)
        errors = sequence(mapping(entry).get("errors"))[: _MOST_ERRORS - len(found)]
        found += [_node_error(quoted(node, server, 40), name, mapping(error), server) for error in errors]
    return found or _whole_prompt(mapping(mapping(document).get("error")), graph, server)


def _node_error(node: str, class_type: str, error: Mapping[str, object], server: Server) -> NodeError:
    extra = mapping(error.get("extra_info"))
    code, message = quoted(error.get("type", ""), server, 60), quoted(error.get("message", ""), server)
    details, name = quoted(error.get("details", ""), server), quoted(extra.get("input_name", ""), server, 80)
    if details and details != name and details not in message:
        message = f"{message}: {details}"
    return NodeError(node, class_type, name, code, message, _fix(code, class_type, name, extra, server))


def _whole_prompt(error: Mapping[str, object], graph: Graph, server: Server) -> list[NodeError]:
    """A refusal that names no node in `node_errors`: a missing class, a missing class_type, no outputs."""
    code, message = quoted(error.get("type", ""), server, 60), quoted(error.get("message", ""), server)
    extra = mapping(error.get("extra_info"))
    missing = re.search(r"[Nn]ode '?(\S+?)'? (?:does not exist|not found)", message)
    at = re.search(r"#([^']+)'", quoted(error.get("details", ""), server))
    node = quoted(extra.get("node_id") or (at.group(1) if at else ""), server, 40)
    name = quoted(extra.get("class_type") or (missing.group(1) if missing else class_of(graph, node)), server, 80)
    if missing:
        fix = f"install the node pack that has {name} on the server (ComfyUI-Manager finds it by name); restart it"
        return [NodeError(node, name, "", "missing_node_type", message, fix)]
    fixes = {
        "prompt_no_outputs": "give the workflow an output node such as SaveImage",
        "invalid_prompt": "export the workflow in API format: a node without class_type is the editor's own format",
        "no_prompt": "the workflow's graph is empty",
    }
    return [NodeError(node, name, "", code, message, fixes.get(code, ""))] if message or code else []


def _fix(code: str, class_type: str, name: str, extra: Mapping[str, object], server: Server) -> str:
    config = sequence(extra.get("input_config"))
    given, options = extra.get("received_value"), mapping(config[1]) if len(config) > 1 else {}
    kind = quoted(config[0] if config else "", server, 60)
    if code == "value_not_in_list":
        return _fix_choice(str(given), config, options, server)
    if code in ("value_smaller_than_min", "value_bigger_than_max"):
        least, most = (quoted(options.get(end, "…"), server, 40) for end in ("min", "max"))
        return f"give {name} a value from {least} to {most}"
    if code == "return_type_mismatch":
        return f"link {name} to an output of type {kind}"
    if code == "custom_validation_failed":
        return f"{class_type} does not accept this {name or 'value'}; a file may be gone from the server: try again"
    fixes = {
        "required_input_missing": f"give {name} of {class_type} a value or a link; the server applies no defaults",
        "invalid_input_type": f"give {name} a value of type {kind}",
        "bad_linked_input": f'write {name} as a link, ["node id", output number], or as a plain value',
    }
    return fixes.get(code, "check the node's links and inputs in the workflow file")


def _fix_choice(given: str, config: Sequence[object], options: Mapping[str, object], server: Server) -> str:
    listed = config[0] if config and isinstance(config[0], list) else options.get("options")
    choices = [quoted(choice, server, 200) for choice in sequence(listed)[:_MOST_CHOICES]]
    given = quoted(given, server, 200)
    close = difflib.get_close_matches(given, choices, 3, 0.5) or choices[:5]
    offer = f"; it has {', '.join(clean(choice, 80) for choice in close)}" if close else ""
    if _MODEL.search(given):
        return f"put {clean(given, 80)} on the server, or map its name under servers.{server.name}.models{offer}"
    return f"choose a value that the server lists{offer}"


def rejected(document: object, text: str, graph: Graph, server: Server, workflow: str) -> PromptRejected:
    """The error for a graph that the server will not run: it answered 400, 200 with node_errors, or plain text."""
    complaints = node_errors(document, graph, server)
    subject = f'the graph of workflow "{workflow}"' if workflow else "the graph"
    if not complaints:
        said = quoted(text, server, 200) or "nothing"
        return PromptRejected(
            f"the server could not read {subject}; it said: {said}",
            server.label(),
            "look into the server's own log; a node pack may have failed while it checked the graph",
        )
    first, others = complaints[0], len(complaints) - 1
    place = f"node {first.node}" if first.node else ""
    place = f"{place or 'a node'} ({first.class_type})" if first.class_type else place
    place = f"{place}, input {first.input}" if first.input else place
    where = ", ".join(part for part in (server.label(), place) if part)
    more = f" (and {others} more)" if others else ""
    what = f"the server rejects {subject}: {place + ': ' if place else ''}{first.message}{more}"
    return PromptRejected(what, where, first.fix, complaints)


def stopped(messages: Sequence[object], prompt_id: str, server: Server) -> RenderFailed | Interrupted:
    """The error for a history entry whose status is "error"; its messages tell a failure from an interruption."""
    told = {kind: data for kind, data in events(messages) if kind.startswith("execution_")}
    where = f"{server.label()}, prompt {prompt_id}"
    if "execution_error" not in told:
        data = told.get("execution_interrupted", {})
        place = f" at node {_named(data, server)}" if data else ""
        return Interrupted(f"somebody stopped the render{place}", where, "run the build again to render it anew")
    data = told["execution_error"]
    kind = quoted(data.get("exception_type", "error"), server, 80)
    said = quoted(data.get("exception_message", ""), server, 400)
    todo = "look into the server's log for the whole traceback"
    if is_out_of_memory(messages):
        todo = "use a smaller size or batch, or close what else uses the graphics card; then build again"
    what = f"node {_named(data, server)} failed: {kind}: {said}"
    return RenderFailed(what, f"{where}, node {_named(data, server)}", todo)


def events(messages: Sequence[object]) -> list[tuple[str, Mapping[str, object]]]:
    """The well-formed ones of a history entry's `messages`: (event, its data)."""
    pairs = [event for event in messages if isinstance(event, list | tuple) and len(event) == 2]
    return [(str(kind), mapping(data)) for kind, data in pairs]


def is_out_of_memory(messages: Sequence[object]) -> bool:
    """Whether the prompt failed because the device had no memory left; the server has then unloaded its models."""
    kinds = [str(data.get("exception_type", "")) for event, data in events(messages) if event == "execution_error"]
    return any(kind.endswith("OutOfMemoryError") for kind in kinds)


def _named(data: Mapping[str, object], server: Server) -> str:
    return f"{quoted(data.get('node_id', '?'), server, 40)} ({quoted(data.get('node_type', '?'), server, 80)})"
