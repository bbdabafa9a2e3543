"""Draws a workflow's graph as an SVG picture: loaders at the top, outputs at the bottom, each input where it goes.

Layers and crossings are igraph's affair (Sugiyama's layout); the same workflow gives the same bytes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from xml.sax.saxutils import escape

import igraph

from comfyvn.graph import rewire
from comfyvn.graph.definitions import Definitions
from comfyvn.graph.header import split_address
from comfyvn.graph.links import class_of, inputs_of, is_link
from comfyvn.graph.template import Workflow

BOX, WIRE, GAP, LETTERS = 196, 8, 20, 31  # pixels, pixels, pixels, letters on a line
LINE, HEAD, BETWEEN, MARGIN = 14, 42, 46, 28
INK, PAPER, FAINT, ACCENT = "#22262b", "#ffffff", "#6b737d", "#a03c12"
# ComfyUI's own colours of links, dark enough for a white page.
COLOURS = {
    "MODEL": "#7e5fc4", "CLIP": "#c59a17", "VAE": "#d3423f", "CONDITIONING": "#d97a1f", "LATENT": "#d653a8",
    "IMAGE": "#2f80c8", "MASK": "#4a9a42", "CONTROL_NET": "#1f8f83", "AUDIO": "#8b5a2b", "AUDIOPATH": "#8b5a2b",
}  # fmt: skip
TINTS = (
    "#e8eef7", "#f3ece1", "#e7f3ea", "#f6e8ee", "#ece8f6", "#e4f3f3", "#f7f3da", "#f0e6e0", "#e6eadf", "#eae6ef"
)  # fmt: skip


@dataclass(frozen=True)
class Edge:
    """A link: nodes by number, the output's number and type, and where it bends (pixels from the left, layer).

    `instead`: it is there only while an input is absent.
    """

    source: int
    target: int
    slot: int
    kind: str
    instead: bool = False
    bends: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class Box:
    """A node in the picture: `x` is its middle, `y` its top, in pixels."""

    x: float
    y: float
    height: int
    lines: tuple[str, ...]


def picture(workflow: Workflow, definitions: Definitions) -> str:
    """The SVG text."""
    nodes = list(workflow.graph)
    edges = list(_edges(workflow, definitions))
    layers = _layers(len(nodes), edges)
    texts = _texts(workflow)
    heights = [HEAD + LINE * len(texts.get(node, ())) for node in nodes]
    tops = _tops(layers, heights)
    xs, edges = _placed(len(nodes), edges, layers)
    boxes = [Box(xs[i], tops[layers[i]], heights[i], texts.get(node, ())) for i, node in enumerate(nodes)]
    return _document(workflow, boxes, edges, tops)


def _edges(workflow: Workflow, definitions: Definitions) -> Iterator[Edge]:
    number = {node: index for index, node in enumerate(workflow.graph)}
    for node, entry in workflow.graph.items():
        for value in inputs_of(entry).values():
            if is_link(value):
                kind = definitions.classes[class_of(workflow.graph[value[0]])].outputs[value[1]].type
                yield Edge(number[value[0]], number[node], value[1], kind)
    for absence in workflow.optional.values():
        for address, (source, slot) in absence.link.items():
            kind = definitions.classes[class_of(workflow.graph[source])].outputs[slot].type
            yield Edge(number[source], number[split_address(address)[0]], slot, kind, instead=True)


def _layers(count: int, edges: Sequence[Edge]) -> list[int]:
    """Each node as far down as its users allow, so that a loader stands right above what it is for."""
    below = [0] * count
    for _ in range(count):
        for edge in edges:
            below[edge.source] = max(below[edge.source], below[edge.target] + 1)
    deepest = max(below)
    return [deepest - steps for steps in below]


def _tops(layers: Sequence[int], heights: Sequence[int]) -> list[float]:
    tops, y = [], float(MARGIN)
    for layer in range(max(layers) + 1):
        tops.append(y)
        y += max(height for height, mine in zip(heights, layers, strict=True) if mine == layer) + BETWEEN
    return [*tops, y]


def _placed(count: int, edges: Sequence[Edge], layers: Sequence[int]) -> tuple[list[float], list[Edge]]:
    """The middles of the nodes from left to right, and the edges with a bend in every layer that they pass."""
    depths, chains = list(layers), []
    steps: list[tuple[int, int]] = []
    for edge in edges:
        passed = range(layers[edge.source] + 1, layers[edge.target])
        chain = [edge.source, *(len(depths) + number for number in range(len(passed))), edge.target]
        depths.extend(passed)
        steps.extend(pairwise(chain))
        chains.append(chain[1:-1])
    graph = igraph.Graph(len(depths), steps, directed=True)
    columns = [round(float(x), 3) for x, _ in graph.layout_sugiyama(layers=depths, maxiter=500)]
    xs = _compact(columns, depths, [BOX if i < count else WIRE for i in range(len(depths))])
    bent = [
        replace(edge, bends=tuple((xs[i], depths[i]) for i in chain)) for edge, chain in zip(edges, chains, strict=True)
    ]
    return xs[:count], bent


def _compact(columns: Sequence[float], layers: Sequence[int], widths: Sequence[int]) -> list[float]:
    """Columns as pixels, as near to each other as what stands in them allows; what is passing by needs little room."""
    places: dict[float, float] = {}
    last: dict[int, int] = {}  # layer → the thing placed last in it
    for column in sorted(set(columns)):
        mine = [i for i, value in enumerate(columns) if value == column]
        least = [
            places[columns[left]] + (widths[left] + widths[i]) / 2 + GAP
            for i in mine
            if (left := last.get(layers[i])) is not None
        ]
        places[column] = max([max(places.values(), default=0.0) + WIRE, *least])
        last.update({layers[i]: i for i in mine})
    return [places[column] for column in columns]


def _texts(workflow: Workflow) -> dict[str, tuple[str, ...]]:
    """Node → the inputs and seeds that go there, wrapped."""
    found: dict[str, list[str]] = {}
    for name, spec in workflow.expected_inputs.items():
        items = workflow.expand[name].items.values() if name in workflow.expand else ()
        shown = f"{name}[]" if name in workflow.expand else name
        for address in (*spec.to, *(a for addresses in items for a in addresses)):
            _note(found, address, shown)
    for name, addresses in workflow.seed_keys.items():
        for address in addresses:
            _note(found, address, name)
    return {node: tuple(textwrap.wrap(", ".join(names), LETTERS)) for node, names in found.items()}


def _note(found: dict[str, list[str]], address: str, name: str) -> None:
    names = found.setdefault(split_address(address)[0], [])
    if name not in names:
        names.append(name)


def _optional(workflow: Workflow) -> set[str]:
    """Nodes that are not always there: they need an optional input, or stand in for one."""
    ends = [output.node for output in workflow.outputs.values()]
    least = rewire.pruned(rewire.without(workflow.graph, workflow.optional.values()), ends)
    return set(workflow.graph) - (set(least) & set(rewire.pruned(workflow.graph, ends)))


def _document(workflow: Workflow, boxes: Sequence[Box], edges: Sequence[Edge], tops: Sequence[float]) -> str:
    xs = [box.x for box in boxes] + [x for edge in edges for x, _ in edge.bends]
    shift = MARGIN + BOX / 2 - min(xs)
    width = round(max(xs) + shift + BOX / 2 + MARGIN)
    legend, legend_height = _legend(workflow, edges, MARGIN, tops[-1] - BETWEEN + MARGIN, width)
    height = round(tops[-1] - BETWEEN + legend_height + MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="DejaVu Sans, Verdana, sans-serif">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        f'<g transform="translate({shift:.1f} 0)">',
        *_lines(workflow, boxes, edges, tops),
        *(text for index, node in enumerate(workflow.graph) for text in _node(workflow, node, boxes[index])),
        "</g>",
        *legend,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _lines(workflow: Workflow, boxes: Sequence[Box], edges: Sequence[Edge], tops: Sequence[float]) -> Iterator[str]:
    inward: dict[int, list[Edge]] = {}
    for edge in edges:
        inward.setdefault(edge.target, []).append(edge)
    for edge in edges:
        mates = sorted(inward[edge.target], key=lambda each: _from(each, boxes))
        used = sorted({each.slot for each in edges if each.source == edge.source})
        source, target = boxes[edge.source], boxes[edge.target]
        start = (_port(source.x, used.index(edge.slot), len(used)), source.y + source.height)
        end = (_port(target.x, mates.index(edge), len(mates)), target.y)
        colour = COLOURS.get(edge.kind, FAINT)
        dash = ' stroke-dasharray="5 4"' if edge.instead else ""
        yield f'<path d="{_path(start, edge, end, tops)}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}/>'
        yield f'<circle cx="{end[0]:.1f}" cy="{end[1]:.1f}" r="3.2" fill="{colour}"/>'


def _from(edge: Edge, boxes: Sequence[Box]) -> float:
    """Where an edge comes from, from left to right."""
    return edge.bends[-1][0] if edge.bends else boxes[edge.source].x


def _port(middle: float, index: int, count: int) -> float:
    return middle - BOX / 2 + BOX * (index + 1) / (count + 1)


def _path(start: tuple[float, float], edge: Edge, end: tuple[float, float], tops: Sequence[float]) -> str:
    words, here = [f"M{start[0]:.1f} {start[1]:.1f}"], start
    for x, layer in edge.bends:
        top, bottom = tops[layer], tops[layer + 1] - BETWEEN
        words += [_curve(here, (x, top)), f"L{x:.1f} {bottom:.1f}"]
        here = (x, bottom)
    return " ".join([*words, _curve(here, end)])


def _curve(here: tuple[float, float], there: tuple[float, float]) -> str:
    bend = max(18.0, (there[1] - here[1]) / 2)
    first, second = here[1] + bend, there[1] - bend
    return f"C{here[0]:.1f} {first:.1f} {there[0]:.1f} {second:.1f} {there[0]:.1f} {there[1]:.1f}"


def _node(workflow: Workflow, node: str, box: Box) -> Iterator[str]:
    entry = workflow.graph[node]
    kind = class_of(entry)
    title = str(entry.get("_meta", {}).get("title", "")) or kind
    dash = ' stroke-dasharray="5 3"' if node in _optional(workflow) else ""
    strong = any(output.node == node for output in workflow.outputs.values())
    left, width = box.x - BOX / 2, 2.4 if strong else 1.2
    yield (
        f'<rect x="{left:.1f}" y="{box.y:.1f}" width="{BOX}" height="{box.height}" rx="6" '
        f'fill="{_tints(workflow)[workflow.class_packs[kind]]}" stroke="{INK}" stroke-width="{width}"{dash}/>'
    )
    yield _text(left + 8, box.y + 17, 12, INK, _cut(title, 24), "bold")
    yield _text(left + 8, box.y + 32, 10, FAINT, _cut(f"{node} · {kind}", 32))
    for number, line in enumerate(box.lines):
        yield _text(left + 8, box.y + HEAD + LINE * number + 5, 10.5, ACCENT, line)


def _text(x: float, y: float, size: float, colour: str, text: str, weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
    )


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _tints(workflow: Workflow) -> Mapping[str, str]:
    packs = sorted(set(workflow.class_packs.values()), key=lambda pack: (pack != "ComfyUI", pack))
    return {pack: TINTS[number % len(TINTS)] for number, pack in enumerate(packs)}


def _legend(workflow: Workflow, edges: Sequence[Edge], x: float, y: float, width: int) -> tuple[list[str], int]:
    """What the colours mean, in rows that fit the picture; and how high that is."""
    kinds = sorted({edge.kind for edge in edges} & set(COLOURS))
    words = [(COLOURS[kind], kind.lower()) for kind in kinds]
    words += [(tint, pack) for pack, tint in _tints(workflow).items()]
    words += [("", "dashed: only with some inputs"), ("", "in red: inputs and seeds")]
    parts, left, top = [], x, y
    for colour, word in words:
        room = 30 + round(6.4 * len(word))
        if left > x and left + room > width - MARGIN:
            left, y = x, y + 20
        if colour:
            parts.append(
                f'<rect x="{left:.1f}" y="{y - 9:.1f}" width="12" height="12" rx="3" fill="{colour}" stroke="{INK}" '
                'stroke-width="0.6"/>'
            )
        parts.append(_text(left + (17 if colour else 0), y + 1, 10.5, FAINT, word))
        left += room
    return parts, round(y - top) + MARGIN
