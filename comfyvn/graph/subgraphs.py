"""Where a node of the editor's file stands: the outermost graph, or one instance of a subgraph, at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from comfyvn.errors import WorkflowError
from comfyvn.graph.ui import BYPASSED, MUTED, NODES_MAX, Document, Link, Net, Node, Subgraph

DEPTH_MAX = 32  # instances inside instances


@dataclass(frozen=True)
class Scope:
    """One graph that runs: the document's own, or the inside of the instance `host` that stands in `outer`.

    `path`: the instances' ids from the outside in. `inner`: instance id → its inside. `dropped`: the instance, or one
    around it, is muted or bypassed, so that nothing in here runs.
    """

    path: tuple[str, ...]
    net: Net
    host: Node | None
    outer: Scope | None
    dropped: bool
    nodes: Mapping[str, Node]
    links: Mapping[str, Link]
    inner: dict[str, Scope] = field(default_factory=dict)

    def id_of(self, node: Node) -> str:
        """The node's id in an API graph: `57:3` is node 3 inside instance 57."""
        return ":".join((*self.path, node.id))

    def boundary(self, name: str) -> int | None:
        """The index of this subgraph's input `name`."""
        return next((index for index, entry in enumerate(self.net.inputs) if entry.name == name), None)


def scopes(document: Document, file: str = "") -> Scope:
    """The outermost scope with all inner ones. Raises `WorkflowError` for a subgraph in itself, for too many nodes."""
    known = document.subgraphs()
    root = _scope(document, None, None)
    waiting, count = [root], len(root.nodes)
    while waiting:
        scope = waiting.pop()
        for node in scope.net.nodes:
            if node.type in known:
                _refuse_depth(scope, node, file)
                scope.inner[node.id] = _scope(known[node.type], scope, node)
                waiting.append(scope.inner[node.id])
                count += len(known[node.type].nodes)
        if count > NODES_MAX:
            what = f"with all its subgraphs the workflow has more than {NODES_MAX} nodes"
            raise WorkflowError(what, file, "use fewer instances of subgraphs inside subgraphs")
    return root


def all_scopes(root: Scope) -> Iterator[Scope]:
    """The scope and every one inside, outer ones first."""
    waiting = [root]
    while waiting:
        scope = waiting.pop(0)
        yield scope
        waiting += scope.inner.values()


def _scope(net: Net, outer: Scope | None, host: Node | None) -> Scope:
    path = (*outer.path, host.id) if outer and host else ()
    dropped = bool(outer and outer.dropped) or bool(host and host.mode in (MUTED, BYPASSED))
    return Scope(path, net, host, outer, dropped, net.by_id(), {link.id: link for link in net.links})


def _refuse_depth(scope: Scope, node: Node, file: str) -> None:
    around: Scope | None = scope
    while around is not None:
        if isinstance(around.net, Subgraph) and around.net.id == node.type:
            what = f"a subgraph contains itself: {scope.id_of(node)} ({around.net.name or node.type})"
            raise WorkflowError(what, file, "take the inner instance out in ComfyUI's editor")
        around = around.outer
    if len(scope.path) >= DEPTH_MAX:
        raise WorkflowError(f"subgraphs are nested deeper than {DEPTH_MAX}", file, "unpack some of them in the editor")
