"""Finds out what the parts of an API graph are for, by following its links: samplers, prompts, sizes, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comfyvn.graph.definitions import Input, NodeClass
from comfyvn.graph.links import upstream
from comfyvn.graph.traced import Traced

SEEDS = ("seed", "noise_seed")
ENCODED = ("text", "prompt", "text_g", "text_l", "clip_l", "clip_g", "t5xxl")  # what encoders call their words
_PLUMBING = frozenset({"NOISE", "GUIDER", "SAMPLER", "SIGMAS", "BASIC_PIPE", "DETAILER_PIPE"})


@dataclass(frozen=True)
class Sampler:
    """A node that paints, with the nodes that feed nothing but its noise, guidance, sampler and schedule.

    `detail`: it repaints a part of a finished picture. `before`: the samplers that its picture comes from.
    """

    node: str
    parts: tuple[str, ...]
    detail: bool
    before: frozenset[str]


def samplers(traced: Traced) -> list[Sampler]:
    """The samplers of a graph: those that begin pictures first, then by how much comes before them."""
    nodes = [node for node in traced.graph if _is_sampler(traced.known(node))]
    found = [
        Sampler(
            node,
            tuple(_parts(traced, node)),
            all(output.type != "LATENT" for output in traced.known(node).outputs),
            frozenset(upstream(traced.graph, [node]) & set(nodes)) - {node},
        )
        for node in nodes
    ]
    return sorted(found, key=lambda sampler: (sampler.detail, len(sampler.before)))


def _is_sampler(known: NodeClass) -> bool:
    types = {entry.type for entry in known.inputs}
    names = {entry.name for entry in known.inputs}
    makes = {output.type for output in known.outputs} & {"LATENT", "IMAGE", "SEGS"}
    by_seed = names & set(SEEDS) and ("positive" in names or types & {"BASIC_PIPE", "DETAILER_PIPE"})
    return bool(makes) and bool(by_seed or "GUIDER" in types)


def _parts(traced: Traced, node: str) -> list[str]:
    parts, waiting = [], [node]
    while waiting:
        part = waiting.pop(0)
        if part not in parts:
            parts.append(part)
            waiting += [source for entry, source, _ in traced.linked(part) if entry.type in _PLUMBING]
    return parts


def addresses(traced: Traced, sampler: Sampler, names: Iterable[str]) -> list[str]:
    """Where a sampler, or one of its parts, gets the values called `names`."""
    wanted = tuple(names)
    found = [
        address
        for part in sampler.parts
        for entry in traced.known(part).inputs
        if entry.name in wanted and (address := traced.settled(part, entry.name))
    ]
    return list(dict.fromkeys(found))


def conditionings(traced: Traced, sampler: Sampler, names: Iterable[str]) -> list[tuple[str, int]]:
    """The outputs that give a sampler its conditioning of these names (`positive`, `negative`, `conditioning`)."""
    wanted = tuple(names)
    return [
        (source, slot)
        for part in sampler.parts
        for entry, source, slot in traced.linked(part)
        if entry.name in wanted and entry.type == "CONDITIONING"
    ]


def words(traced: Traced, roots: Iterable[tuple[str, int]]) -> list[str]:
    """Addresses of the texts that conditioning is made of, from `roots` upwards through nodes that change it."""
    return list(dict.fromkeys(address for node in shaping(traced, roots) for address in _texts(traced, node)))


def further_words(traced: Traced, roots: Iterable[tuple[str, int]]) -> list[tuple[str, str]]:
    """(what their node calls them, address) of texts beside those: the lyrics beside what a song is like."""
    return [
        (entry.name, address)
        for node in shaping(traced, roots)
        for entry in _text_inputs(traced, node)[1]
        if (address := traced.settled(node, entry.name))
    ]


def asked(traced: Traced, names: Iterable[str]) -> list[str]:
    """Addresses of texts called one of `names` that are the same words everywhere: those of the first node."""
    wanted = tuple(names)
    texts = [(node, entry) for node in traced.graph for entry in traced.known(node).inputs if entry.type == "STRING"]
    found = [
        address
        for node, entry in texts
        if entry.name.rpartition(".")[2] in wanted and (address := traced.settled(node, entry.name))
    ]
    return [place for place in dict.fromkeys(found) if traced.value(place) == traced.value(found[0])]


def shaping(traced: Traced, roots: Iterable[tuple[str, int]]) -> list[str]:
    """The nodes that conditioning runs through, from `roots` upwards."""
    found: list[str] = []
    seen: set[tuple[str, int]] = set()
    waiting = list(roots)
    while waiting:
        node, slot = waiting.pop(0)
        if (node, slot) not in seen:
            seen.add((node, slot))
            found.append(node)
            waiting += _conditioned_by(traced, node, slot)
    return list(dict.fromkeys(found))


def _conditioned_by(traced: Traced, node: str, slot: int) -> list[tuple[str, int]]:
    """What an output of conditioning comes from; of a node that has both kinds, only what is of its own kind."""
    linked = [(entry.name, source, out) for entry, source, out in traced.linked(node) if entry.type == "CONDITIONING"]
    if {"positive", "negative"} <= {name for name, _, _ in linked}:
        kinds = [i for i, output in enumerate(traced.known(node).outputs) if output.type == "CONDITIONING"]
        own = "negative" if slot in kinds[1:2] else "positive"
        linked = [entry for entry in linked if entry[0] == own]
    return [(source, out) for _, source, out in linked]


def _texts(traced: Traced, node: str) -> list[str]:
    return [address for entry in _text_inputs(traced, node)[0] if (address := traced.settled(node, entry.name))]


def _text_inputs(traced: Traced, node: str) -> tuple[list[Input], list[Input]]:
    """(the words that a node encodes, its further texts)."""
    strings = [entry for entry in traced.known(node).inputs if entry.type == "STRING"]
    long = [entry for entry in strings if entry.config.get("multiline")]
    if named := [entry for entry in strings if entry.name in ENCODED]:
        return named, [entry for entry in long if entry not in named]
    return long[:1], long[1:]


def start(traced: Traced, sampler: Sampler) -> str | None:
    """The node that sampling begins with: the last one before the sampler that takes no latent itself."""
    node, seen = sampler.node, {sampler.node}
    while source := next((s for entry, s, _ in traced.linked(node) if entry.type == "LATENT" and s not in seen), None):
        seen.add(source)
        node = source
    return None if node == sampler.node else node


def before(traced: Traced, output: str) -> list[str]:
    """What an output is made of, the nearest first, as far as pictures, sounds and films run."""
    found = [output]
    for node in found:
        for entry, source, _ in traced.linked(node):
            if entry.types & {"IMAGE", "VIDEO", "AUDIO"} and source not in found:
                found.append(source)
    return found


def canvas(traced: Traced, sampler: Sampler) -> str | None:
    """The node that sets the size of a sampler's picture; None when it repaints a picture that is given."""
    node: str | None = sampler.node
    seen: set[str] = set()
    while node is not None and node not in seen:
        seen.add(node)
        sources = [source for entry, source, _ in traced.linked(node) if entry.type == "LATENT"]
        node = next(iter(sources), None)
        names = {entry.name for entry in traced.known(node).inputs} if node else set()
        if node and {"width", "height"} <= names and not any(e.type == "LATENT" for e in traced.known(node).inputs):
            return node
    return None


def given_size(traced: Traced, sampler: Sampler) -> str | None:
    """The node that gives a picture its size before a sampler repaints it."""
    waiting, seen = [sampler.node], {sampler.node}
    while waiting:
        for entry, source, _ in traced.linked(waiting.pop(0)):
            if entry.type == "LATENT" and source not in seen:
                seen.add(source)
                waiting.append(source)
                if any(each.type == "IMAGE" for each, _, _ in traced.linked(source)):
                    return resized(traced, source)
    return None


def resized(traced: Traced, output: str) -> str | None:
    """The node that gives the finished picture its size: the nearest one before the output that has both sizes."""
    waiting, seen = [output], set()
    while waiting:
        node = waiting.pop(0)
        seen.add(node)
        plain = {entry.name for entry in traced.plain(node)}
        if {"width", "height"} <= plain and any(entry.type == "IMAGE" for entry in traced.known(node).inputs):
            return node
        pictures = [source for entry, source, _ in traced.linked(node) if entry.type == "IMAGE"]
        waiting += [source for source in pictures if source not in seen]
    return None


def consumer(traced: Traced, node: str) -> tuple[str, Input] | None:
    """The first node after a picture's loader that makes something other than pictures of it, and its input."""
    waiting, seen = [node], {node}
    while waiting:
        for user, entry, _ in traced.users(waiting.pop(0)):
            makes = {traced.known(user).outputs[slot].type for slot in used_outputs(traced, user)}
            if makes - {"IMAGE", "MASK", "INT", "FLOAT", "STRING"}:
                return user, entry
            if user not in seen:
                seen.add(user)
                waiting.append(user)
    return None


def between(traced: Traced, node: str, gate: str) -> list[str]:
    """`node` and what it feeds before `gate`, in the graph's order."""
    waiting, seen = [node], {node}
    while waiting:
        for user, _, _ in traced.users(waiting.pop()):
            if user != gate and user not in seen:
                seen.add(user)
                waiting.append(user)
    return [each for each in traced.graph if each in seen]


def used_outputs(traced: Traced, node: str) -> set[int]:
    return {slot for _, _, slot in traced.users(node)}


def bypass_of(traced: Traced, node: str) -> Mapping[str, str | None] | None:
    """What stands for each used output of a node once it is gone; None when one of them has nothing of its type."""
    outputs: dict[str, str | None] = {}
    for slot in sorted(used_outputs(traced, node)):
        kind = traced.known(node).outputs[slot].type
        same = [entry.name for entry, _, _ in traced.linked(node) if entry.type == kind]
        named = [name for name in same if name == traced.known(node).outputs[slot].name.lower()]
        if not same:
            return None
        nth = [i for i, output in enumerate(traced.known(node).outputs) if output.type == kind].index(slot)
        outputs[str(slot)] = f"{node}.{(named or same[nth:] or same)[0]}"
    return outputs
