"""What differs between two workflows where it matters: nodes, values, links and header; not ids, order or layout."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyvn.graph.links import class_of, inputs_of
from comfyvn.graph.pairing import equal, is_real_link, match, signatures

ABSENT = "(nothing)"


@dataclass(frozen=True)
class Change:
    """One difference. `kind`: added, removed, replaced, value, link or header; `node` as it is called in the first file
    (in the second for an added one), "" for the header; `input`: the input or the header's key.
    """

    kind: str
    node: str
    class_type: str
    input: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        place = f"node {self.node} ({self.class_type})" if self.node else "header"
        if self.kind in ("added", "removed"):
            return f"{self.kind}: {place}"
        what = {"replaced": "class", "link": f"link of {self.input}"}.get(self.kind, self.input)
        return f"{place} {what}: {self.before} → {self.after}"


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Differences of two workflow files: `{"graph": …}` with or without a header; nothing for equal ones."""
    one, two = before["graph"], after["graph"]
    pairs = match(one, two)
    paired = set(pairs.values())
    found = [Change("removed", node, class_of(one[node])) for node in one if node not in pairs]
    found += [Change("added", node, class_of(two[node])) for node in two if node not in paired]
    same = _Same(pairs, signatures(one), signatures(two))
    for node, other in pairs.items():
        found += _node_changes(node, one[node], two[other], same)
    return [*found, *_header_changes(before, after, pairs)]


@dataclass(frozen=True)
class _Same:
    """Whether an output of the first graph is one of the second: of the same node, or of one that makes the same."""

    pairs: Mapping[str, str]
    first: Mapping[str, str]
    second: Mapping[str, str]

    def link(self, mine: Any, theirs: Any) -> bool:
        if not is_real_link(mine) or not is_real_link(theirs) or mine[1] != theirs[1]:
            return False
        if mine[0] not in self.first:  # a link into nothing
            return bool(mine[0] == theirs[0]) and theirs[0] not in self.second
        return self.pairs.get(mine[0]) == theirs[0] or self.first[mine[0]] == self.second.get(theirs[0])


# --- what changed in a pair, and in the header


def _node_changes(node: str, one: Any, two: Any, same: _Same) -> Iterator[Change]:
    name = class_of(one)
    if name != class_of(two):
        yield Change("replaced", node, name, "", name, class_of(two))
    mine, theirs = inputs_of(one), inputs_of(two)
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        before, after = mine.get(key, ABSENT), theirs.get(key, ABSENT)
        if is_real_link(before) or is_real_link(after):
            if not same.link(before, after):
                yield Change("link", node, name, key, _end(before), _end(after))
        elif not equal(before, after):
            yield Change("value", node, name, key, _shown(before), _shown(after))


def _end(value: Any) -> str:
    return f"output {value[1]} of {value[0]}" if is_real_link(value) else _shown(value)


def _shown(value: Any) -> str:
    text = ABSENT if isinstance(value, str) and value == ABSENT else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:119] + "…"


def _header_changes(before: Mapping[str, Any], after: Mapping[str, Any], pairs: Mapping[str, str]) -> Iterator[Change]:
    if "expected_inputs" not in before or "expected_inputs" not in after:
        return
    for key in dict.fromkeys([*before, *after]):
        if key == "graph":
            continue
        mine = _flat(_renamed(before.get(key), pairs), key)
        theirs = _flat(after.get(key), key)
        for path in sorted(mine.keys() | theirs.keys()):
            if not equal(mine.get(path, ABSENT), theirs.get(path, ABSENT)):
                yield Change("header", "", "", path, _shown(mine.get(path, ABSENT)), _shown(theirs.get(path, ABSENT)))


def _renamed(value: Any, pairs: Mapping[str, str]) -> Any:
    """A part of the header with the second graph's ids in place of the first's."""
    if isinstance(value, Mapping):
        return {_address(key, pairs): _renamed(entry, pairs) for key, entry in value.items()}
    if isinstance(value, list):
        return [_renamed(entry, pairs) for entry in value]
    return _address(value, pairs) if isinstance(value, str) else value


def _address(text: str, pairs: Mapping[str, str]) -> str:
    node, dot, name = text.partition(".")
    return f"{pairs[node]}{dot}{name}" if node in pairs else text


def _flat(value: Any, path: str) -> dict[str, Any]:
    """Path → value for every plain member, lists in one piece and without order where they name addresses."""
    if isinstance(value, Mapping) and value:
        return {key: entry for name, inner in value.items() for key, entry in _flat(inner, f"{path}.{name}").items()}
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return {path: sorted(value)}
    return {} if value is None or value == {} else {path: value}


def describe(changes: Iterable[Change]) -> list[str]:
    """One line for each change."""
    return [str(change) for change in changes]
