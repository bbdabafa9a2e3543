"""Commands about a novel as it stands: begin it, check it, see what is stale and why, fill ids and seeds."""

from __future__ import annotations

import argparse
import json
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.cli.parts import Commands, add, need_novel, say, teach
from comfyvn.errors import ComfyVNError, ContractError, Problem

if TYPE_CHECKING:
    from comfyvn.contracts.project import Project
    from comfyvn.engine.opening import OpenNovel
    from comfyvn.engine.orphans import Orphan
    from comfyvn.engine.survey import Standing

INIT = """\
  comfyvn init my_novel              one character, one room, one scene: yours to change
  comfyvn init my_novel --sample     the complete sample novel
  cd my_novel && doit                build it; no GPU is needed
"""
CHECK = """\
  comfyvn check             contracts, workflows and licences; exit code 1 when something is wrong
  comfyvn check --strict    for a release: also what `comfyvn lock` has not pinned
  comfyvn check --json      for an editor or a CI server

It asks no server: `comfyvn doctor` does.
"""
STATUS = """\
  comfyvn status            every target that is not fresh, with its first reason
  comfyvn status --json     all of them, for machines

  fresh    it is what the contracts say        waiting  something that it is made of comes first
  stale    a value, pin or file has changed    edited   you changed the file by hand; it is kept and used
  missing  it is not there yet                 kept     a finished picture while drafts are asked for
  orphan   no contract makes it any more: `doit clean --orphans` removes it
  approved you approved it: it is never made again by itself (counted, not listed)
  both           a hand edit or an adopted file, kept, whose recipe has moved since
  frozen-stale   approved, kept, and its recipe has moved since

`doit` makes what is stale, missing or waiting; `comfyvn why TARGET` gives every reason. Of drafts, and of clips that
one voice has spoken in the place of another, it says how many there are; in --json, `quality` is draft or stand-in.
"""
IDS = """\
  comfyvn ids            how many lines have none, by file; exit code 1 when there are any
  comfyvn ids --fill     write them

Voices, translations and saved games hang on a line's id: it is written once and never changes.
"""
SEEDS = """\
  comfyvn seeds            how many are missing, by file; exit code 1 when there are any
  comfyvn seeds --fill     write them

A seed stays in the contract, so that the same picture can be made again.
"""
SCHEMAS = """\
  comfyvn schemas          write them to schemas/, which the `$schema` of a new novel's files names
"""
DRAFT_SERVER = """\
  comfyvn draft-server --port 8190     then: servers: {sketch: {url: "http://127.0.0.1:8190", kind: draft}}

Builds start one by themselves when they need it; this is for trying out clients of ComfyUI without a GPU.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "init", _init, "start a novel in a new folder", has_novel=False)
    teach(command, INIT)
    command.add_argument("folder", type=Path, help="the novel's folder; made if it is not there, never overwritten")
    command.add_argument("--sample", action="store_true", help="begin with the complete sample novel")

    command = add(commands, "check", _check, "read every contract and report every problem, with file and line")
    teach(command, CHECK)
    command.add_argument("--json", action="store_true", help="for machines")
    command.add_argument("--strict", action="store_true", help="what renders use and no pin fixes is an error too")

    command = add(commands, "status", _status, "count what is fresh, stale, missing and edited, and name it")
    teach(command, STATUS)
    command.add_argument(
        "--json", action="store_true", help="for machines: target → condition, reason, quality, cause, held, take"
    )

    command = add(commands, "ids", _ids, "count the lines that have no id yet; --fill writes them")
    teach(command, IDS)
    command.add_argument("--fill", action="store_true", help="write missing ids into the files; nothing else changes")

    command = add(commands, "seeds", _seeds, "count the seeds that are not set yet; --fill writes them")
    teach(command, SEEDS)
    command.add_argument("--fill", action="store_true", help="write missing seeds into the JSON; nothing else changes")

    command = add(commands, "schemas", _schemas, "write the JSON Schemas that editors check contracts with")
    teach(command, SCHEMAS)
    command.add_argument("folder", type=Path, nargs="?", default=Path("schemas"), help="where to (default: schemas)")

    add(commands, "mirror", _mirror, "write flat copies data/characters/<id>.json for tools that read only those")

    command = add(commands, "draft-server", _draft_server, "run the draft endpoint, which speaks ComfyUI's protocol")
    teach(command, DRAFT_SERVER)
    command.add_argument("--port", type=int, default=8188, help="port on 127.0.0.1 (default: 8188, as ComfyUI; 0: any)")


# --- commands. What they need is imported when they run, so that --help is instant.


def _init(options: argparse.Namespace) -> int:
    from comfyvn.beginning import begin

    written = begin(options.folder, sample=options.sample)
    say(f"{len(written)} files written to {options.folder}")
    say(f"next: cd {shlex.quote(str(options.folder))} && doit")
    return 0


def _check(options: argparse.Namespace) -> int:
    from comfyvn import reading

    need_novel(options.root)
    found = reading.read(options.root)
    if options.json:
        planned = _planning_problems(options.root, found.errors, options.strict)
        problems = [vars(problem) for problem in (*found.problems, *planned)]
        say(json.dumps(problems, ensure_ascii=False, indent=1))
        return 1 if any(problem["severity"] == "error" for problem in problems) else 0
    for problem in found.warnings:
        say(f"warning: {problem}")
    if found.errors:
        raise ContractError(found.errors)
    planned = _plan(options.root, options.strict)
    for problem in planned:
        say(f"warning: {problem}")
    count = len(found.warnings) + len(planned)
    say(f"the novel is sound ({count} warning{'' if count == 1 else 's'})")
    return 0


def _planning_problems(root: Path, errors: Sequence[Problem], strict: bool) -> list[Problem]:
    """What stands in the way of a plan, when the contracts are sound by themselves."""
    if errors:
        return []
    try:
        return _plan(root, strict)
    except ContractError as error:
        return list(error.problems)
    except ComfyVNError as error:
        return [Problem(error.where, error.what, allowed=error.todo)]


def _plan(root: Path, strict: bool) -> list[Problem]:
    """Binds every graph too: a contract may be well formed and still ask a workflow for something impossible.

    Gives warnings about models that may not be sold, and takes of what nobody makes. Takes whose bytes are not here are
    errors. `strict`: what no pin fixes is an error too.
    """
    from comfyvn import reading
    from comfyvn.engine import takes
    from comfyvn.engine.opening import open_novel
    from comfyvn.engine.unpinned import unpinned
    from comfyvn.targets.licences import unsold

    novel = open_novel(root.resolve())
    loose = list(unpinned(novel.targets, novel.tools.lock)) if strict else []
    if loose:
        raise ContractError(loose, "run `comfyvn lock --comfyui PATH`, which pins what is there (docs/lock.md)")
    found = takes.problems(root.resolve(), novel.targets)
    if bad := [problem for problem in found if problem.severity == "error"]:
        raise ContractError(bad, bad[0].allowed)
    return [*found, *reading.located_in(root, novel.project, unsold(novel.targets, novel.tools.registry))]


def _status(options: argparse.Namespace) -> int:
    from comfyvn.engine.opening import open_novel
    from comfyvn.engine.standings import standings as standings_of
    from comfyvn.engine.survey import CONDITIONS
    from comfyvn.tasks.stand_ins import reminded

    need_novel(options.root)
    novel = open_novel(options.root.resolve())
    standings = standings_of(novel)
    standings |= _orphaned(novel)
    if options.json:
        say(json.dumps({name: vars(standing) for name, standing in standings.items()}, ensure_ascii=False, indent=1))
        return 0
    counts = Counter(standing.label() for standing in standings.values())
    drafts = sum(1 for standing in standings.values() if standing.quality == "draft")
    labels = sorted(counts, key=lambda label: (CONDITIONS.index(label.partition(" ")[0]), label))
    told = "1 picture is a draft" if drafts == 1 else f"{drafts} pictures are drafts"
    say(", ".join(f"{counts[label]} {label}" for label in labels) + f"; {told}")
    for line in reminded(Counter(one.reason for one in standings.values() if one.is_stand_in())):
        say(line)
    for word in CONDITIONS[2:]:
        for name, standing in standings.items():
            if standing.condition == word:
                say(f"  {standing.label():8} {name}" + (f"  ({standing.reason})" if standing.reason else ""))
    return 0


def _orphaned(novel: OpenNovel) -> dict[str, Standing]:
    from comfyvn.engine.orphans import orphans
    from comfyvn.engine.survey import Standing

    found = orphans(novel.root, novel.rows, novel.engine.state.digests)
    return {one.target or one.files[-1]: Standing("orphan", _of_orphan(one)) for one in found}


def _of_orphan(orphan: Orphan) -> str:
    if orphan.edited:
        return f"no contract makes it any more; {orphan.edited} was changed by hand: keep it elsewhere, or delete it"
    return "no contract makes it any more; `doit clean --orphans` removes it"


def _ids(options: argparse.Namespace) -> int:
    return _fill(options, "ids")


def _seeds(options: argparse.Namespace) -> int:
    return _fill(options, "seeds")


def _fill(options: argparse.Namespace, what: str) -> int:
    from comfyvn import reading

    need_novel(options.root)
    if options.fill:
        found = reading.fill_ids(options.root) if what == "ids" else reading.fill_seeds(options.root)
    else:
        found = _missing(options.root, what)
    for file, number in found:
        say(f"{file}: {number} {what[:-1] if number == 1 else what} {'written' if options.fill else 'missing'}")
    if not found:
        say(f"no {what} are missing")
    elif not options.fill:
        say(f"run `comfyvn {what} --fill` to write them")
    return 0 if options.fill or not found else 1


def _missing(root: Path, what: str) -> list[tuple[str, int]]:
    """(file, how many ids or seeds are not set yet)."""
    from comfyvn import reading

    found = reading.read(root)
    if what == "ids" and found.project is not None:
        files = [_script_file(root, found.project, line.scene) for line in found.project.lines() if line.id is None]
    else:
        files = [problem.file for problem in found.problems if f"comfyvn {what} --fill" in str(problem)]
    return sorted(Counter(files).items())


def _script_file(root: Path, project: Project, scene: str) -> str:
    from comfyvn.reading.pairs import script_file

    file = project.files[f"scenes/{scene}"]
    return script_file(file) if (root / script_file(file)).exists() else file


def _schemas(options: argparse.Namespace) -> int:
    from comfyvn import reading

    for file in reading.write_schemas(options.root / options.folder):
        say(str(file))
    return 0


def _mirror(options: argparse.Namespace) -> int:
    from comfyvn import reading

    for file in reading.mirror(options.root):
        say(file)
    return 0


def _draft_server(options: argparse.Namespace) -> int:
    import tempfile

    from comfyvn import reading
    from comfyvn.draft.__main__ import serve

    models = {folder: list(names) for folder, names in reading.read_registry(options.root).models_by_folder().items()}
    with tempfile.TemporaryDirectory(prefix="comfyvn-draft-") as folder:
        say("the draft endpoint draws placeholders; Ctrl-C stops it")
        serve(Path(folder), models=models, nodes=reading.own_nodes_file(options.root), port=options.port)
    return 0
