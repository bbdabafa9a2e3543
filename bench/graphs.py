"""A built novel as a plain graph of files, from which every other tool's build file is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Edge:
    """A target: the files that it makes and those that it is made of, all relative to the novel's folder; and the
    record that we write beside them, and look at too.
    """

    name: str
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    record: str


def edges_of(novel: Path) -> list[Edge]:
    """Every target, needs first. The novel must be built: an atlas and an export tell their files in their record."""
    from comfyvn import paths
    from comfyvn.engine.judge import file_of
    from comfyvn.engine.opening import open_novel

    opened = open_novel(novel.resolve())
    files, outputs = dict(opened.project.files), {}
    edges = []
    for name, target in opened.targets.items():
        record = opened.engine.judge.record(target)
        if record is None:
            raise SystemExit(f"{name} is not built: bench/novel.py --fabricate builds a novel")
        outputs[name] = tuple(file_of(target, file) for file in record.files)
        contracts = files if name.startswith("export_") else {fact.partition(":")[0] for fact in target.facts}
        found = [*_recipe_files(target.recipe, outputs), *(files[key] for key in contracts if key in files)]
        inputs = tuple(dict.fromkeys([*found, "comfyvn.yaml"]))
        edges.append(Edge(name, outputs[name], inputs, paths.record(target.artifact)))
    return edges


def _recipe_files(recipe: object, outputs: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Files of a recipe: its inputs, and the workflow and the registry that a render is bound with."""
    from comfyvn.recipe import FileInput, Patch, Render, inputs_of

    for item in inputs_of(recipe).values():  # type: ignore[arg-type]
        if isinstance(item, FileInput):
            yield item.path
        else:
            yield from [item.file] if item.file else outputs[item.target]
    render = recipe.render if isinstance(recipe, Patch) else recipe
    if isinstance(render, Render):
        yield f"workflows/{render.workflow}.json"
        yield "providers/providers.json"


def source_of(novel: Path, file: str) -> Path:
    """Where an input lies: in the novel, or among what the package brings along."""
    own = novel / file
    return own if own.exists() else REPOSITORY / "comfyvn" / file


def closure(edges: Iterable[Edge], moved: str) -> set[str]:
    """Names of the targets that a tool which looks at files alone must make again once the file `moved` has changed."""
    dirty, found = {moved}, set()
    for edge in edges:  # needs first: one pass is enough
        if not dirty.isdisjoint(edge.inputs):
            found.add(edge.name)
            dirty.update(edge.outputs)
    return found


def save(edges: Iterable[Edge], path: Path) -> None:
    path.write_text(json.dumps([asdict(edge) for edge in edges]), "utf-8")


def load(path: Path) -> list[Edge]:
    rows = json.loads(path.read_text("utf-8"))
    return [Edge(row["name"], tuple(row["outputs"]), tuple(row["inputs"]), row["record"]) for row in rows]
