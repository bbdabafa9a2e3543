"""The tools that take part: how each one's build file is written from the graph, and how it is started."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.graphs import Edge

REPOSITORY = Path(__file__).resolve().parents[1]
MANY = 100  # outputs beyond which they are named in a file: a command line has an end
Write = Callable[[Path, Sequence[Edge]], None]


@dataclass(frozen=True)
class Contender:
    """`write` puts its build file into a folder that has the inputs; None for us, who read the novel itself.

    `most`: above so many sprites it is left out, because nobody would wait for it.
    """

    name: str
    command: tuple[str, ...]
    write: Write | None = None
    most: int = 10**9

    def is_ours(self) -> bool:
        return self.write is None

    def is_installed(self) -> bool:
        return shutil.which(self.command[0]) is not None


def _list(folder: Path, number: int, files: Sequence[str]) -> str:
    name = f"lists/{number}.txt"
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(files) + "\n", "utf-8")
    return name


def _ninja(folder: Path, edges: Sequence[Edge]) -> None:
    def safe(files: Sequence[str]) -> str:
        return " ".join(file.replace("$", "$$").replace(" ", "$ ").replace(":", "$:") for file in files)

    rows = ["rule few", "  command = echo x | tee $out >/dev/null", ""]
    rows += ["rule many", "  command = echo x | xargs -a $list tee >/dev/null", ""]
    for number, edge in enumerate(edges):
        rule = "few" if len(edge.outputs) <= MANY else "many"
        rows.append(f"build {safe(edge.outputs)}: {rule} {safe(edge.inputs)}")
        if rule == "many":
            rows.append(f"  list = {_list(folder, number, edge.outputs)}")
    (folder / "build.ninja").write_text("\n".join(rows) + "\n", "utf-8")


def _ninja_records(folder: Path, edges: Sequence[Edge]) -> None:
    """The same rules, which make each target's record too: as many files to look at as we have."""
    _ninja(folder, [replace(edge, outputs=(*edge.outputs, edge.record)) for edge in edges])


def _make(folder: Path, edges: Sequence[Edge]) -> None:
    """GNU make 4.3 or newer: `&:` says that one command makes all of these."""
    rows = [f"all: {' '.join(edge.outputs[0] for edge in edges)}"]
    for number, edge in enumerate(edges):
        outputs = " ".join(edge.outputs)
        command = f"echo x | tee {outputs} >/dev/null"
        if len(edge.outputs) > MANY:
            command = f"echo x | xargs -a {_list(folder, number, edge.outputs)} tee >/dev/null"
        rows.append(f"{outputs} &: {' '.join(edge.inputs)}\n\t{command}")
    (folder / "Makefile").write_text("\n".join(rows) + "\n", "utf-8")


DODO = '''\
import json
import time
from pathlib import Path

DOIT_CONFIG = {{"backend": "{backend}", "dep_file": ".doit.db", "verbosity": 0}}


def make(files):
    for file in files:
        Path(file).write_text(str(time.time_ns()))


def task_make():
    for number, edge in enumerate(json.loads(Path("plan.json").read_text())):
        yield {{
            "name": str(number),
            "actions": [(make, [edge["outputs"]])],
            "file_dep": edge["inputs"],
            "targets": edge["outputs"],
        }}
'''


def _doit(backend: str) -> Write:
    def write(folder: Path, edges: Sequence[Edge]) -> None:
        (folder / "plan.json").write_text(json.dumps([asdict(edge) for edge in edges]), "utf-8")
        (folder / "dodo.py").write_text(DODO.format(backend=backend), "utf-8")

    return write


def _doit_script() -> tuple[str, ...]:
    """doit's console script in this environment, as users start it; else its module."""
    script = Path(sys.executable).parent / "doit"
    return (str(script),) if script.exists() else (sys.executable, "-m", "doit")


def _own_script() -> tuple[str, ...]:
    """What the console script `comfyvn` runs, by this tree's pyproject.toml: another tree may be the installed one."""
    scripts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, _, name = scripts["comfyvn"].partition(":")
    return (sys.executable, "-P", "-c", f"import sys\nfrom {module} import {name}\nsys.exit({name}())")


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("ninja", ("ninja", "--quiet", "-j1"), _ninja),
        Contender("ninja-records", ("ninja", "--quiet", "-j1"), _ninja_records),
        Contender("make", ("make", "-r", "-R", "-s", "-j1"), _make),
        Contender("doit-dbm", (*_doit_script(), "run"), _doit("dbm"), most=10_000),
        Contender("doit-json", (*_doit_script(), "run"), _doit("json"), most=10_000),
        Contender("ours-doit", _doit_script()),
        Contender("ours-build", (*_own_script(), "build")),
    )
}
