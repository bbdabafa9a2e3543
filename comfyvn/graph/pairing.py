"""Finds out which node of a second graph is which node of a first one: by what they are and how they hang together.

Two that make the same of the same are one node, whatever their ids; the rest is paired by class, neighbours and values,
the likeliest first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyvn.graph.links import Graph, class_of, inputs_of, is_link

PAIRS_MAX = 200_000  # of candidates for one class; beyond that nodes are paired by id alone
FEW = 400  # pairs of equal nodes; beyond that they are paired in their order


def match(one: Graph, two: Graph) -> dict[str, str]:
    """Node of the first graph → the node of the second that it is."""
    first, second = signatures(one), signatures(two)
    pairs = _same(first, second)
    state = _State(one, two, pairs, first, second)
    while likeliest := state.likeliest():
        pairs.update(likeliest)
    _by_place(one, two, pairs)
    return {node: pairs[node] for node in one if node in pairs}


# --- nodes that make the same of the same


def _same(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """Pairs of nodes that nothing else equals. Of a few equal ones, neighbours tell later which is which."""
    mine, theirs = _by_signature(first), _by_signature(second)
    pairs: dict[str, str] = {}
    for signature, nodes in mine.items():
        others = theirs.get(signature, [])
        if len(nodes) == len(others) == 1 or len(nodes) * len(others) > FEW:
            pairs.update(zip(nodes, others, strict=False))
    return pairs


def _by_signature(signatures: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node, signature in signatures.items():
        found.setdefault(signature, []).append(node)
    return found


def signatures(graph: Graph) -> dict[str, str]:
    """Node → digest of its class, values and all that feeds it. Nodes in a circle count as fed by nothing."""
    done: dict[str, str] = {}
    for root in graph:
        stack, path = [root], set()
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
                continue
            path.add(node)
            open_ends = [source for source, _ in _sources(graph, node) if source not in done and source not in path]
            if open_ends:
                stack += open_ends
                continue
            done[node] = _signature(graph, node, done)
            stack.pop()
    return done


def _sources(graph: Graph, node: str) -> Iterator[tuple[str, str]]:
    """(node, input) of everything that a node is linked to."""
    for name, value in inputs_of(graph[node]).items():
        if is_real_link(value) and value[0] in graph:
            yield value[0], name


def is_real_link(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and is_link(value) and isinstance(value[0], str)


def _signature(graph: Graph, node: str, done: Mapping[str, str]) -> str:
    inputs = {
        name: [done.get(value[0], ""), value[1]] if is_real_link(value) else _plain(value)
        for name, value in inputs_of(graph[node]).items()
    }
    text = json.dumps([class_of(graph[node]), inputs], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    """A value for comparing: 1 and 1.0 are one number to a server, True is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


# --- the rest, likeliest first


@dataclass
class _State:
    """Candidates of one class, scored by what they share; scores grow as their neighbours find each other."""

    one: Graph
    two: Graph
    pairs: dict[str, str]
    first: Mapping[str, str]
    second: Mapping[str, str]
    users: list[dict[str, set[tuple[str, str]]]] = field(init=False)

    def __post_init__(self) -> None:
        self.users = [_users(self.one), _users(self.two)]
        self.taken = set(self.pairs.values())
        self.candidates = list(self._candidates())

    def likeliest(self) -> dict[str, str]:
        """The best pairs that are left, all of one score; of two that want the same node, the earlier has it."""
        self.taken = set(self.pairs.values())
        self.candidates = [(a, b) for a, b in self.candidates if a not in self.pairs and b not in self.taken]
        scores = [self._score(a, b) for a, b in self.candidates]
        best = max(scores, default=0)
        found: dict[str, str] = {}
        for (a, b), score in zip(self.candidates, scores, strict=True):
            if score == best and a not in found and b not in self.taken:
                found[a] = b
                self.taken.add(b)
        return found

    def _candidates(self) -> Iterator[tuple[str, str]]:
        by_class: dict[str, list[str]] = {}
        for node in self.two:
            if node not in self.taken:
                by_class.setdefault(class_of(self.two[node]), []).append(node)
        left = [node for node in self.one if node not in self.pairs]
        counts = {name: sum(1 for node in left if class_of(self.one[node]) == name) for name in by_class}
        for node in left:
            others = by_class.get(class_of(self.one[node]), [])
            if len(others) * counts.get(class_of(self.one[node]), 0) <= PAIRS_MAX // max(1, len(left) // 50):
                yield from ((node, other) for other in others)
            elif node in others:
                yield node, node

    def _score(self, a: str, b: str) -> int:
        mine, theirs = inputs_of(self.one[a]), inputs_of(self.two[b])
        fed = sum(1 for source, name in _sources(self.one, a) if self._feeds(source, mine[name], theirs.get(name)))
        used = sum(
            1 for user, name in self.users[0].get(a, ()) if (self.pairs.get(user), name) in self.users[1].get(b, ())
        )
        same = sum(1 for name, value in mine.items() if not is_real_link(value) and equal(value, theirs.get(name)))
        return (
            (100 if self.first[a] == self.second[b] else 1)
            + 4 * fed
            + 4 * used
            + 2 * same
            + (3 if a == b else 0)
            + (2 if _title(self.one[a]) == _title(self.two[b]) else 0)
        )

    def _feeds(self, source: str, mine: Any, theirs: Any) -> bool:
        return is_real_link(theirs) and self.pairs.get(source) == theirs[0] and mine[1] == theirs[1]


def _users(graph: Graph) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for node in graph:
        for source, name in _sources(graph, node):
            found.setdefault(source, set()).add((node, name))
    return found


def _title(entry: Any) -> str:
    meta = entry.get("_meta") if isinstance(entry, Mapping) else None
    return str(meta.get("title", "")) if isinstance(meta, Mapping) else ""


def _by_place(one: Graph, two: Graph, pairs: dict[str, str]) -> None:
    """Nodes of another class that took the place of one: the same users at the same inputs."""
    users = _users(one), _users(two)
    taken = set(pairs.values())
    for node in one:
        mine = {(pairs.get(user), name) for user, name in users[0].get(node, ())}
        if node in pairs or not mine:
            continue
        for other in two:
            if other not in taken and users[1].get(other) == mine:
                pairs[node] = other
                taken.add(other)
                break


def equal(one: Any, two: Any) -> bool:
    return isinstance(one, bool) == isinstance(two, bool) and bool(one == two)
