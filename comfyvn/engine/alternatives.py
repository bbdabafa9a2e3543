"""Alternatives to an artifact: the same recipe with the next seeds, made beside build/ and kept untracked.

They lie in `.comfyvn/takes/<artifact>/`, numbered by how far their seeds are from the contract's, and in the cache. The
contact sheet lies beside them; which one is picked is said in takes/takes.json.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath

from comfyvn import paths
from comfyvn.engine.build import Engine
from comfyvn.engine.entries import facts_of, made_of
from comfyvn.engine.entry import entry_of
from comfyvn.engine.judge import RETOUCHABLE
from comfyvn.errors import StoreError, UsageError
from comfyvn.graph.template import Workflow
from comfyvn.makers.carry_out import carry_out
from comfyvn.makers.made import Job, Made
from comfyvn.recipe import document, fingerprint, targets_of
from comfyvn.store import journal
from comfyvn.store.cache import Cached
from comfyvn.targets.reseed import next_seeds, reaches_a_node, seeds_of, with_seeds
from comfyvn.targets.sprites import cut_from
from comfyvn.targets.target import Target

LIST = "alternatives.json"
MOST = 64  # alternatives at once: a sheet of more is not looked at
Workflows = Mapping[str, Workflow]


@dataclass(frozen=True)
class Alternative:
    """One of several results for a target. `number`: how far its seeds are from the contract's, from 1.

    `made`: fingerprint of the recipe with these seeds; `document` that recipe. `result`: None while it is not made.
    `is_new`: it was made just now, and not found in the cache or from an earlier call.
    """

    number: int
    seeds: Mapping[str, int]
    made: str
    target: Target
    document: Mapping[str, object] = field(repr=False)
    result: Made | None = field(default=None, repr=False)
    is_new: bool = False


def folder_of(engine: Engine, target: Target) -> Path:
    """Where a target's alternatives lie: named as the artifact is under build/, whose names are safe."""
    inner = PurePosixPath(target.artifact).relative_to(paths.BUILD).with_suffix("")
    return engine.state.folder / "takes" / inner


def check_can_vary(target: Target, workflows: Workflows) -> None:
    """Raises UsageError, saying why, for a target of which all takes would be equal."""
    if target.recipe.kind not in RETOUCHABLE:
        what = f"{target.name} is put together here from other artifacts: it has no takes"
        raise UsageError(what, target.artifact, "take one of what it is made of, such as a sprite")
    if (uncut := cut_from(target.recipe)) is not None:
        what = f"{target.name} is cut out of {uncut}, without a seed: all its takes would be equal"
        raise UsageError(what, target.artifact, f"comfyvn take {uncut}")
    if not seeds_of(target.recipe):
        what = f"{target.name} is finished art or a recording, drawn from no seed: all its takes would be equal"
        raise UsageError(what, target.artifact, f"adopt another file: `comfyvn adopt {target.name} FILE`")
    if not reaches_a_node(target.recipe, workflows):
        what = f"{target.name}: no node of its workflow takes a seed, so all its takes would be equal"
        raise UsageError(what, target.artifact, "give the workflow a seed_keys address (docs/workflow-format.md)")


def ready(engine: Engine, target: Target, rebuild: Iterable[str]) -> None:
    """Makes what the target is made of, and the target itself, as a build would: alternatives stand beside it.

    What is stale and held by `rebuild` stays as it is. Raises ComfyVNError.
    """
    done: set[str] = set()
    held = frozenset(rebuild)

    def visit(name: str) -> None:
        if name in done:
            return
        done.add(name)
        for need in targets_of(engine.targets[name].recipe):
            visit(need)
        if not engine.judge.verdict(engine.targets[name]).is_held(held):
            engine.make(name)

    visit(target.name)


def planned(engine: Engine, target: Target, numbers: Iterable[int], workflows: Workflows) -> list[Alternative]:
    """Alternatives of these numbers, none of them made. Raises InputMissing."""
    digests = {name: engine.judge.digest(item) for name, item in target.recipe.inputs.items()}
    found = []
    for number in numbers:
        seeds = next_seeds(seeds_of(target.recipe), number)
        recipe = with_seeds(target.recipe, seeds, workflows)
        described = document(recipe, digests)
        found.append(Alternative(number, seeds, fingerprint(described), replace(target, recipe=recipe), described))
    return found


def known(engine: Engine, target: Target, one: Alternative) -> Alternative:
    """The alternative with what was made of it before: beside the sheet, else in the cache; else as it is."""
    cached = _kept(folder_of(engine, target), one) or engine.cache.get(one.made)
    return replace(one, result=made_of(cached)) if cached is not None else one


def numbers_kept(engine: Engine, target: Target) -> list[int]:
    """Numbers of the alternatives that lie beside the sheet, whatever recipe they are of."""
    return sorted(int(number) for number in _listed(folder_of(engine, target)) if number.isdecimal())


def make_all(
    engine: Engine, target: Target, wanted: Sequence[Alternative], done: Callable[[Alternative], None]
) -> list[Alternative]:
    """Makes those that are not known; `done` is told as they come, on this thread. The engine must have begun.

    Each is kept as soon as it is there: after Ctrl-C the next call makes the rest. Raises the first ComfyVNError.
    """
    pool = ThreadPoolExecutor(engine.workshop.tickets(), "takes")
    made: dict[int, Alternative] = {}
    try:
        jobs = [pool.submit(_made, engine, target, one) for one in wanted]
        for job in as_completed(jobs):
            one = job.result()
            _keep(engine, target, one)
            made[one.number] = one
            done(one)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        engine.workshop.close()  # takes our prompts off the servers, so that no thread waits for one
        raise
    pool.shutdown()
    return [made[one.number] for one in wanted]


def _made(engine: Engine, target: Target, one: Alternative) -> Alternative:
    found = known(engine, target, one)
    if found.result is not None:
        return found
    began = time.monotonic()
    made = carry_out(one.target, Job(target.name, one.made), engine.bench)
    engine.workshop.settled(target.name)
    journal.append(
        engine.state.journal, entry_of(one.target, one.document, made, "made", one.made, time.monotonic() - began)
    )
    return replace(one, result=made, is_new=True)


# --- the folder


def _keep(engine: Engine, target: Target, one: Alternative) -> None:
    """Writes an alternative beside the others, and into the cache; a full cache is no reason to fail."""
    if one.result is None:
        return
    folder, scratch = folder_of(engine, target), engine.state.scratch
    files = bytes_of(one.result)
    for suffix, data in files.items():
        path = folder / f"{one.number}{suffix}"
        if not path.is_file() or path.read_bytes() != data:
            scratch.publish(data, path)
    digests = {suffix: sha256(data).hexdigest() for suffix, data in files.items()}
    entry = {"made": one.made, "files": digests, "facts": facts_of(one.result)}
    listed = {**_listed(folder), str(one.number): entry}
    scratch.publish((json.dumps(listed, indent=1, sort_keys=True) + "\n").encode(), folder / LIST)
    if one.is_new:
        try:
            engine.cache.put(really_made(one, one.result), files, facts_of(one.result))
        except StoreError:
            return


def really_made(one: Alternative, result: Made) -> str:
    """The fingerprint of what really happened: another where an engine stood in for the asked one."""
    if result.engine == one.target.recipe.engine:
        return one.made
    return fingerprint({**one.document, "engine": result.engine})


def bytes_of(made: Made) -> dict[str, bytes]:
    """Suffix → bytes."""
    return {suffix: data if isinstance(data, bytes) else data.read_bytes() for suffix, data in made.files.items()}


def _listed(folder: Path) -> dict[str, object]:
    try:
        found = json.loads((folder / LIST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _kept(folder: Path, one: Alternative) -> Cached | None:
    """What lies in the folder under this number; None when it is of another recipe, or not what was made."""
    entry = _listed(folder).get(str(one.number))
    if not isinstance(entry, dict) or entry.get("made") != one.made:
        return None
    digests, facts = entry.get("files"), entry.get("facts")
    if not isinstance(digests, dict) or not isinstance(facts, dict):
        return None
    promised = {"." + file.rpartition("/")[2].partition(".")[2] for file in one.target.files}
    try:
        files = {suffix: (folder / f"{one.number}{suffix}").read_bytes() for suffix in promised}
    except OSError:
        return None
    is_whole = all(sha256(data).hexdigest() == digests.get(suffix) for suffix, data in files.items())
    return Cached(files, facts) if is_whole else None
