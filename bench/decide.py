#!/usr/bin/env python3
"""How fast a build decides what to make: us beside ninja, GNU make and plain doit on one graph, in one paired run.

usage: python bench/decide.py [--n 1000,10000] [--rounds 5] [--tools ninja,make,…] [--work DIR --keep] [--json]

The graph is that of a synthetic novel (bench/novel.py), built without rendering (bench/fabricate.py): every tool gets
the same targets with the same input files and the same artifacts as outputs. Scenarios:

  noop    nothing has changed
  touch   a contract's time stamp is new and its content is not: tools that look at time stamps build all the same
  one     the words of one pose of one character are new

The tools take turns (A B C A B C). A figure is a whole process: CPU seconds (user + system, with its children), wall
seconds, peak memory. Ratios are taken pair by pair within a round, then their median. "built" counts targets, and must
be what the graph says ("expected"), else the run fails. "first render" is the CPU, and the memory, that we had used
when the first render reached the server; pictures come from a draft endpoint, a process whose CPU is not ours. The
other tools' commands write a word into each file. Needs Linux, ninja and GNU make 4.3 (Debian: apt-get install
ninja-build make).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from bench.contenders import CONTENDERS, Contender  # noqa: E402
from bench.endpoint import Endpoint  # noqa: E402
from bench.graphs import Edge, closure, edges_of, load, save, source_of  # noqa: E402

SCENARIOS = ("noop", "touch", "one")
MADE = re.compile(r"^\[\d+/\d+\] (\S+)", re.MULTILINE)
WORDS = ("arms crossed", "hands on hips")  # poses that the draft art draws differently, so that the atlas follows
POSE = "standing"


@dataclass(frozen=True)
class Figure:
    """What one start of one tool cost, and how many targets it made of how many that it had to."""

    n: int
    scenario: str
    tool: str
    cpu: float
    wall: float
    rss_mb: float
    built: int
    expected: int
    first: float | None = None
    first_mb: float | None = None


class Wrong(Exception):
    """A tool failed, or made other targets than it had to."""


class Novel:
    """The novel of one size, its graph, and a folder of its own for every tool."""

    def __init__(self, n: int, work: Path, endpoint: Endpoint) -> None:
        self.n, self.folder, self.endpoint = n, work / str(n), endpoint
        self.root, plan = self.folder / "novel", self.folder / "graph.json"
        if not self.root.exists():
            _run([sys.executable, "bench/novel.py", str(n), str(self.root), "--fabricate"], REPOSITORY)
        if not plan.exists():
            save(edges_of(self.root), plan)
        self.edges: list[Edge] = load(plan)
        endpoint.serve(self.root)

    def place(self, tool: Contender) -> Path:
        """The folder that the tool is started in, with its inputs and its build file."""
        if tool.write is None:
            return self.root
        folder = self.folder / tool.name
        if not folder.exists():
            made = {file for edge in self.edges for file in edge.outputs}
            for file in {file for edge in self.edges for file in edge.inputs} - made:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source_of(self.root, file), folder / file)
            for parent in {(folder / file).parent for file in made}:
                parent.mkdir(parents=True, exist_ok=True)
            tool.write(folder, self.edges)
        return folder

    def character(self, number: int) -> str:
        return f"data/characters/c{number}/character.json"

    def people(self) -> int:
        return len({edge.name for edge in self.edges if edge.name.startswith("atlases:")})


def ours_after_one(novel: Novel, number: int) -> set[str]:
    """What must be made when one pose of a character has new words: its pictures, and what they are packed into."""
    sprites = {edge.name for edge in novel.edges if re.match(rf"sprites:c{number}/\w+/{POSE}/", edge.name)}
    return sprites | {f"atlases:c{number}", "manifests:renpy", "export_renpy"}


def edit(file: Path) -> None:
    """Other words for the pose: they draw another picture, and nothing can remember what was never asked for."""
    document = json.loads(file.read_text("utf-8"))
    pose = document["pose_families"]["main"]["poses"][POSE]
    words = WORDS[pose["prompt"].startswith(WORDS[0])]
    pose["prompt"] = f"{words}, take {time.time_ns()}"
    file.write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def change(novel: Novel, place: Path, scenario: str, turn: int) -> int:
    """Carries the scenario's change out in a tool's folder; returns the number of the character that it met."""
    number = (7 + 13 * turn) % novel.people()
    file = place / novel.character(number)
    if scenario == "one":
        edit(file)
    elif scenario == "touch":
        os.utime(file)
    time.sleep(0.05)  # no tool is to meet a file as new as its own clock's last tick
    return number


def expected(novel: Novel, tool: Contender, scenario: str, number: int) -> set[str]:
    if scenario == "noop":
        return set()
    if tool.is_ours():
        return ours_after_one(novel, number) if scenario == "one" else set()
    if scenario == "touch" and tool.name.startswith("doit"):
        return set()  # it looks at content too
    return closure(novel.edges, novel.character(number))


def measured(novel: Novel, tool: Contender, scenario: str, turn: int) -> Figure:
    """One start of a tool after one change. Raises Wrong."""
    place = novel.place(tool)
    number = change(novel, place, scenario, turn)
    wanted = expected(novel, tool, scenario, number)
    before = {} if tool.is_ours() else stamps(novel, place)
    prompts = len(novel.endpoint.posted())
    facts, said = started(novel, tool, place)
    made = set(MADE.findall(said)) if tool.is_ours() else changed(novel, before, stamps(novel, place))
    if made != wanted:
        raise Wrong(f"{tool.name}, {scenario}: not made {_few(wanted - made)}; made in vain {_few(made - wanted)}")
    posted = novel.endpoint.posted()[prompts:]
    first = (posted[0].cpu, posted[0].peak_mb) if posted and tool.is_ours() else (None, None)
    cost = (facts["cpu"], facts["wall"], facts["rss_mb"])
    return Figure(novel.n, scenario, tool.name, *cost, len(made), len(wanted), *first)


def started(novel: Novel, tool: Contender, place: Path) -> tuple[dict[str, float], str]:
    """Runs the tool; what it cost (see stopwatch.py) and said. Raises Wrong when it fails."""
    log = novel.folder / f"{tool.name}.log"
    watch = [sys.executable, "-I", "-S", str(REPOSITORY / "bench/stopwatch.py"), str(log), str(novel.endpoint.watch)]
    facts = json.loads(_run([*watch, *tool.command], place, COMFYVN_CACHE=str(novel.folder.parent / "cache")))
    said = log.read_text("utf-8", "replace")
    if facts["code"] != 0:
        raise Wrong(f"{tool.name} ended with {facts['code']}: {said[-800:]}")
    return facts, said


def stamps(novel: Novel, place: Path) -> dict[str, tuple[int, int]]:
    """Output → modification time and inode."""
    found = {}
    for edge in novel.edges:
        for file in edge.outputs:
            stat = os.stat(place / file)  # noqa: PTH116 - a hundred thousand of them
            found[file] = (stat.st_mtime_ns, stat.st_ino)
    return found


def changed(novel: Novel, before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> set[str]:
    """Targets of which a file was written."""
    return {edge.name for edge in novel.edges if any(before[file] != after[file] for file in edge.outputs)}


def _few(names: set[str]) -> str:
    return f"{len(names)} {' '.join(sorted(names)[:4])}".strip()


def _run(command: Sequence[str], folder: Path, **variables: str) -> str:
    # Bytecode is kept, as it is for whoever installs us: else each start would compile what was edited since.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ = {**kept, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore", **variables}
    return subprocess.run(command, cwd=folder, env=environ, stdout=subprocess.PIPE, check=True, text=True).stdout


def settle(novel: Novel, tool: Contender) -> None:
    """One start that is not measured: the others build here, and we must find that there is nothing to do."""
    _, said = started(novel, tool, novel.place(tool))
    if tool.is_ours() and MADE.search(said):
        raise Wrong(f"{tool.name}: the fabricated novel was not up to date: {said[-400:]}")


def compare(
    novel: Novel, tools: Sequence[Contender], scenarios: Sequence[str], rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """All figures of one size, in the order in which they were taken. Raises Wrong."""
    for tool in tools:
        tell(f"n={novel.n}: {tool.name} settles")
        settle(novel, tool)
    found = []
    for scenario in scenarios:
        for turn in range(rounds):
            found += [measured(novel, tool, scenario, turn) for tool in tools]
        tell(f"n={novel.n}: {scenario} measured")
    return found


def table(figures: Sequence[Figure], base: str) -> str:
    """Markdown: a row for each size, scenario and tool; medians."""
    rows = [
        f"| n | scenario | tool | CPU s | wall s | MB | built | expected | CPU / {base} | first render, CPU s | MB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key in dict.fromkeys((one.n, one.scenario, one.tool) for one in figures):
        mine = [one for one in figures if (one.n, one.scenario, one.tool) == key]
        theirs = [one for one in figures if (one.n, one.scenario, one.tool) == (*key[:2], base)]
        ratios = [one.cpu / max(other.cpu, 1e-4) for one, other in zip(mine, theirs, strict=False)]
        first = [one.first for one in mine if one.first is not None]
        then = [one.first_mb for one in mine if one.first_mb is not None]
        cells = [
            *map(str, key),
            f"{statistics.median(one.cpu for one in mine):.3f}",
            f"{statistics.median(one.wall for one in mine):.3f}",
            f"{statistics.median(one.rss_mb for one in mine):.0f}",
            "/".join(sorted({str(one.built) for one in mine})),
            "/".join(sorted({str(one.expected) for one in mine})),
            f"{statistics.median(ratios):.2f}" if ratios else "",
            f"{statistics.median(first):.2f}" if first else "",
            f"{statistics.median(then):.0f}" if then else "",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def chosen_tools(names: str, n: int, tell: Callable[[str], None]) -> list[Contender]:
    found = []
    for name in names.split(","):
        tool = CONTENDERS[name]
        if not tool.is_installed():
            tell(f"{name} is left out: it is not installed")
        elif n > tool.most:
            tell(f"{name} is left out at n={n}: it takes minutes")
        else:
            found.append(tool)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", default="1000", help="sizes in sprites, e.g. 1000,10000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tools", default=",".join(CONTENDERS))
    parser.add_argument("--scenarios", default=",".join(SCENARIOS))
    parser.add_argument("--base", default="ninja", help="the tool that ratios are taken to")
    parser.add_argument("--work", type=Path, help="where the trees are (default: a temporary folder)")
    parser.add_argument("--keep", action="store_true", help="use the trees that are there, and leave them")
    parser.add_argument("--json", action="store_true", help="every figure, for machines")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="comfyvn-decide-"))
    figures: list[Figure] = []

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        with Endpoint(work / "endpoint") as endpoint:
            for n in map(int, options.n.split(",")):
                if not options.keep:
                    shutil.rmtree(work / str(n), ignore_errors=True)
                tools = chosen_tools(options.tools, n, tell)
                novel = Novel(n, work.resolve(), endpoint)
                figures += compare(novel, tools, options.scenarios.split(","), options.rounds, tell)
    except Wrong as error:
        tell(str(error))
        return 1
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    print(json.dumps([asdict(one) for one in figures]) if options.json else table(figures, options.base))
    return 0


if __name__ == "__main__":
    sys.exit(main())
