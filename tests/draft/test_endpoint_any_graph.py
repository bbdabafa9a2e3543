"""Any graph that the validator accepts runs to its end: every known class once, then random graphs of them."""

from __future__ import annotations

import functools
import io
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from comfyvn.draft.__main__ import shipped_definitions
from comfyvn.draft.folders import Folders
from comfyvn.draft.values import Frame
from comfyvn.draft.video import WEBM, encode
from comfyvn.graph.definitions import Definitions, Input
from tests.draft.conftest import execute

TEXTS = (
    "a lighthouse keeper, old man\nred coat\nwaving\nsmile\nflat",
    "a pier\nnight, rain\nflat",
    "",
    "1girl, smile",
    "x{}%s\\",
)
# Inputs whose literal names a file or holds a language of its own.
FILES = {
    "image": "picture.png", "audio": "sound.wav", "file": "film.webm", "video": "film.webm", "srt": "words.srt",
    "directory": "pictures", "images_directory": "pictures", "audio_file": "sound.wav",
}  # fmt: skip
LARGEST = 96  # literals of INT inputs: a picture of that size is enough to go wrong


class Choice(Protocol):
    """How a builder decides: the index of one of so many possibilities."""

    def __call__(self, count: int) -> int: ...


@functools.cache
def definitions() -> Definitions:
    files = sorted(set(FILES.values()))
    options = {
        folder: ["a.safetensors"] for folder in ("checkpoints", "loras", "vae", "controlnet", "diffusion_models")
    }
    return shipped_definitions().with_options(
        {**options, "input": files, "output": files, "input_folders": ["pictures"]}
    )


@functools.cache
def costs() -> Mapping[str, int]:
    """Class → how many nodes the smallest graph that ends in it has (classes that can never be fed are missing)."""
    known: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for name, node in definitions().classes.items():
            needed = [entry for entry in node.inputs if entry.required and not entry.is_widget]
            sources = [[known[p] for p, _ in producers(entry.type) if p in known] for entry in needed]
            if all(sources):
                cost = 1 + sum(min(found) for found in sources)
                if cost < known.get(name, 10**9):
                    known[name], changed = cost, True
    return known


@functools.cache
def producers(kind: str) -> tuple[tuple[str, int], ...]:
    """(class, slot) of every output that fits an input of this type."""
    wanted = {part.strip() for part in kind.split(",")}
    return tuple(
        (name, slot)
        for name, node in sorted(definitions().classes.items())
        for slot, output in enumerate(node.outputs)
        if "*" in wanted or wanted & {part.strip() for part in output.type.split(",")}
    )


class Builder:
    """Builds a valid graph around one class, asking `choose` where there is a choice."""

    def __init__(self, choose: Choice) -> None:
        self.choose = choose
        self.graph: dict[str, Any] = {}

    def add(self, name: str, depth: int) -> str:
        node = str(len(self.graph) + 1)
        self.graph[node] = {"class_type": name, "inputs": {}}
        for entry in definitions().classes[name].inputs:
            if entry.required or (depth > 0 and self.choose(3) == 0):
                value = self.value(entry, depth)
                if value is not None:
                    self.graph[node]["inputs"][entry.name] = value
        return node

    def value(self, entry: Input, depth: int) -> Any:
        if entry.is_widget and "*" not in entry.types:
            return self.literal(entry)
        found = [pair for pair in producers(entry.type) if pair[0] in costs()]
        if not found:
            return None
        found.sort(key=lambda pair: (costs()[pair[0]], pair))
        name, slot = found[self.choose(len(found)) if depth > 0 else 0]
        return [self.add(name, depth - 1), slot]

    def literal(self, entry: Input) -> Any:
        if entry.is_choice:
            options = entry.options or ()
            if entry.folder in ("input", "output", "input_folders"):
                return FILES.get(entry.name, "picture.png")
            return options[self.choose(len(options))] if options else "a.safetensors"
        low, high = max(entry.config.get("min", 0), -LARGEST), entry.config.get("max", LARGEST)
        if "BOOLEAN" in entry.types:
            return bool(self.choose(2))
        if "INT" in entry.types:
            step = max(1, int(entry.config.get("step") or 1))
            return int(low) + step * self.choose(max(1, (min(int(high), int(low) + LARGEST) - int(low)) // step + 1))
        if "FLOAT" in entry.types:
            return low + (min(high, low + 4) - low) * self.choose(5) / 4
        return FILES.get(entry.name, TEXTS[self.choose(len(TEXTS))])


def with_output(builder: Builder, name: str, depth: int) -> dict[str, Any]:
    """A graph that runs `name` and shows one of its results."""
    node = builder.add(name, depth)
    definition = definitions().classes[name]
    if not definition.output_node:
        slot = builder.choose(len(definition.outputs))
        kind = definition.outputs[slot].type
        shown = {"IMAGE": ("SaveImage", {"filename_prefix": "x/y", "images": [node, slot]})}
        saver, inputs = shown.get(kind, ("PreviewAny", {"source": [node, slot]}))
        builder.graph[str(len(builder.graph) + 1)] = {"class_type": saver, "inputs": inputs}
    return builder.graph


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    made = Folders(tmp_path_factory.mktemp("any"))
    made.create()
    base = made.root / "input"
    for kind in ("input", "output"):
        Image.new("RGBA", (40, 60), (200, 100, 50, 128)).save(made.root / kind / "picture.png")
    (base / "pictures").mkdir()
    Image.new("RGB", (20, 30)).save(base / "pictures" / "a.png")
    (base / "sound.wav").write_bytes(tone())
    film(base / "film.webm")
    (base / "words.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n", encoding="utf-8")
    return made


def tone() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000))
    return stream.getvalue()


def film(path: Path) -> None:
    encode(path, [Frame(np.full((32, 32, 3), 50 * i, np.uint8)) for i in range(3)], 8.0, WEBM)


def steady(count: int) -> int:
    return 0


@pytest.mark.parametrize("name", sorted(definitions().classes))
def test_every_class_runs(name: str, folders: Folders) -> None:
    if name not in costs():
        pytest.skip(f"no known class makes what {name} needs")
    graph = with_output(Builder(steady), name, depth=0)
    done = execute(graph, folders, definitions())
    outcome = done["1"]
    assert len(outcome.values) == len(definitions().classes[name].outputs)
    assert all(value is not None for value in outcome.values)


def drawn_choices(data: st.DataObject) -> Choice:
    return lambda count: data.draw(st.integers(0, max(0, count - 1)))


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_random_graphs_run(data: st.DataObject, folders: Folders) -> None:
    names: Sequence[str] = sorted(costs())
    builder = Builder(drawn_choices(data))
    name = names[builder.choose(len(names))]
    done = execute(with_output(builder, name, depth=2), folders, definitions())
    shown = [outcome for outcome in done.values() if outcome.ui is not None]
    for outcome in shown:
        for entry in [*outcome.ui.get("images", ()), *outcome.ui.get("gifs", ()), *outcome.ui.get("audio", ())]:
            if "%03d" not in entry["filename"]:
                assert (folders.root / entry["type"] / entry["subfolder"] / entry["filename"]).stat().st_size > 0
