"""`comfyvn lock`: pin the node packs and models that renders lean on, and hold the pins against what is there."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyvn.cli.parts import Commands, add, chosen, need_novel, plain, say
from comfyvn.errors import UsageError

if TYPE_CHECKING:
    from comfyvn.nodeset.reality import Reality
    from comfyvn.nodeset.weights import Progress
    from comfyvn.providers import Lock, Registry

COMFYUI_VARIABLE = "COMFYUI_PATH"  # as ComfyUI's own tools call it

EPILOG = """\
examples:
  comfyvn lock --comfyui ~/ComfyUI            commits of its packs and hashes of its models, from the disk
  comfyvn lock --snapshot snapshot.json       what a ComfyUI-Manager snapshot or a comfy-lock.yaml claims
  comfyvn lock --server gpu                   what a running server says (commits only where Manager runs)
  comfyvn lock --comfyui ~/ComfyUI --accept   ... and render nothing again because of it
  comfyvn lock --comfyui ~/ComfyUI --check    fail when what is there is not what is locked
  comfyvn lock --export snapshot nodes.json   for ComfyUI-Manager; `--export comfy-lock comfy-lock.yaml` for comfy-cli
  comfyvn lock                                what is pinned, and what is not

Pins enter the fingerprints of the renders that use them: another commit renders these anew (class "pins"), unless
`rebuild` in comfyvn.yaml leaves pins out. docs/lock.md tells more.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's command."""
    command = add(commands, "lock", _lock, "pin the node packs and models that renders lean on")
    command.formatter_class, command.epilog = argparse.RawDescriptionHelpFormatter, EPILOG
    command.add_argument(
        "--comfyui", type=Path, action="append", metavar="PATH",
        help=f"a ComfyUI's folder on this machine (default with --check: {COMFYUI_VARIABLE})",
    )  # fmt: skip
    command.add_argument("--extra-paths", type=Path, action="append", metavar="FILE", default=[],
                         help="another extra_model_paths.yaml, as ComfyUI's --extra-model-paths-config")  # fmt: skip
    command.add_argument("--no-models", action="store_true", help="leave models alone: hash none")
    command.add_argument("--snapshot", type=Path, action="append", metavar="FILE", default=[],
                         help="a ComfyUI-Manager snapshot (JSON or YAML) or a comfy-lock.yaml")  # fmt: skip
    command.add_argument("--server", action="append", metavar="NAME|URL", default=[],
                         help="a running server: its name in servers.yaml, or its address")  # fmt: skip
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 when lock and reality differ")
    command.add_argument("--prune", action="store_true", help="remove what is locked and no longer there")
    command.add_argument("--accept", nargs="*", metavar="TARGET",
                         help="give what is made already (all, or these) the new pins: it is not rendered")  # fmt: skip
    command.add_argument("--export", nargs=2, metavar=("KIND", "FILE"), help="write a `snapshot` or a `comfy-lock`")
    command.add_argument("--json", action="store_true", help="for machines")


def _lock(options: argparse.Namespace) -> int:
    from comfyvn import reading
    from comfyvn.nodeset.merging import merged

    need_novel(options.root)
    _check_use(options)
    registry, before = reading.read_registry(options.root), reading.read_lock(options.root)
    realities = list(_realities(options, registry))
    if options.check:
        return _check(before, realities, options.json)
    if not realities and not options.export and options.accept is None:
        return _show(options)
    lock = before
    for reality in realities:
        lock = merged(lock, reality, options.prune)
    told = {}
    with _accepting(options, before, lock, registry) as accepted:
        if realities:
            told = _write(options.root, before, lock, realities)
    if options.export:
        told |= _export(options.root, options.export[0], options.export[1], registry)
    told |= accepted
    say(json.dumps(told, ensure_ascii=False, indent=1) if options.json else plain("\n".join(_lines(told))))
    return 0


def _check_use(options: argparse.Namespace) -> None:
    """Raises UsageError for options that do not go together."""
    named = os.environ.get(COMFYUI_VARIABLE)
    options.comfyui = options.comfyui or ([Path(named)] if options.check and named and not _sources(options) else [])
    if options.check and (options.accept is not None or options.export or options.prune):
        raise UsageError("--check writes nothing", "", "leave --accept, --export and --prune out, or --check")
    if not options.comfyui and not _sources(options):
        for name in ("check", "prune"):
            if getattr(options, name):
                todo = "add --comfyui PATH, --server NAME or --snapshot FILE"
                raise UsageError(f"--{name} needs something to hold the lock against", "", todo)
    if options.export and options.export[0] not in ("snapshot", "comfy-lock"):
        raise UsageError(f'there is no export "{options.export[0]}"', "", "write `--export snapshot` or `comfy-lock`")


def _sources(options: argparse.Namespace) -> list[Any]:
    return [*options.server, *options.snapshot]


# --- looking


def _realities(options: argparse.Namespace, registry: Registry) -> Iterator[Reality]:
    from comfyvn.nodeset.local import read_local
    from comfyvn.nodeset.snapshot import read_snapshot

    for path in options.comfyui:
        with _progress() as progress:
            extra = tuple(options.extra_paths)
            yield read_local(path, registry, None if options.no_models else _hashes(), progress, extra)
    for name in options.server:
        yield _live(options.root, name, registry)
    for file in options.snapshot:
        yield read_snapshot(file, registry)


def _hashes() -> Any:
    from comfyvn.engine.opening import cache_folder
    from comfyvn.nodeset.weights import HashTable

    return HashTable(cache_folder())


def _live(root: Path, name: str, registry: Registry) -> Reality:
    from comfyvn import reading
    from comfyvn.engine.which_server import server_named
    from comfyvn.nodeset.classes import classes_of
    from comfyvn.nodeset.live import read_server

    return read_server(server_named(root, name, os.environ), registry, classes_of(reading.read_workflows(root)))


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar for each model that is hashed, on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(24), DownloadColumn(), TimeRemainingColumn())
    bars: dict[str, Any] = {}
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:

        def hashed(name: str, done: int, total: int) -> None:
            if name not in bars:
                bars[name] = shown.add_task(f"hashing {name}", total=total)
            shown.update(bars[name], completed=done, visible=done < total)

        yield hashed


# --- telling and writing


def _check(lock: Lock, realities: Sequence[Reality], as_json: bool) -> int:
    from comfyvn.nodeset.merging import differences

    found = [(reality.source, difference) for reality in realities for difference in differences(lock, reality)]
    if as_json:
        rows = [{"source": source, **vars(difference)} for source, difference in found]
        say(json.dumps({"differences": rows, "notes": _notes(realities)}, ensure_ascii=False, indent=1))
        return 1 if found else 0
    for source, difference in found:
        say(plain(f"{source}: {difference}"))
    for note in _notes(realities):
        say(plain(f"note: {note}"))
    say(f"{len(found)} differences; `comfyvn lock` with the same options takes them over" if found else "as locked")
    return 1 if found else 0


def _notes(realities: Sequence[Reality]) -> list[str]:
    return [note for reality in realities for note in reality.notes]


def _write(root: Path, before: Lock, lock: Lock, realities: Sequence[Reality]) -> dict[str, Any]:
    from comfyvn.nodeset.lock_file import write_lock
    from comfyvn.providers import LOCK_FILE

    changed = write_lock(root, lock)
    told = {"file": LOCK_FILE, "changed": changed, "pins": len(_values(lock)), "notes": _notes(realities)}
    return {**told, "moved": _moves(before, lock)}


def _values(lock: Lock) -> dict[tuple[str, str], str]:
    """(kind, name) → pin, of everything that is pinned."""
    packs = {("pack", name): pin.pin for name, pin in lock.packs.items()}
    models = {("model", name): pin.pin for name, pin in lock.models.items()}
    return {key: value for key, value in {**packs, **models}.items() if value}


def _moves(before: Lock, lock: Lock) -> list[dict[str, str | None]]:
    """Each pin that is new, moved or gone."""
    old, new = _values(before), _values(lock)
    moved = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    return [{"kind": key[0], "name": key[1], "old": old.get(key), "new": new.get(key)} for key in moved]


def _short(pin: str | None) -> str:
    return "not pinned" if pin is None else pin[:12] if len(pin) >= 40 else pin


def _export(root: Path, kind: str, name: str, registry: Registry) -> dict[str, Any]:
    from comfyvn import reading
    from comfyvn.nodeset import snapshot
    from comfyvn.reading.files import write_whole

    lock, file = reading.read_lock(root), Path(name)
    if kind == "snapshot":
        exported = snapshot.to_snapshot(lock, registry, file.suffix.lower() in snapshot.YAML)
    else:
        exported = snapshot.to_comfy_lock(lock, registry)
    write_whole(file, exported.text.encode())
    return {"exported": name, "left_out": exported.left_out}


@contextmanager
def _accepting(options: argparse.Namespace, before: Lock, lock: Lock, registry: Registry) -> Iterator[dict[str, Any]]:
    """Accepts what was asked for; no build begins until the block ends, which writes the lock file.

    The file comes last: whenever this is cut off, the same command finds the lock from before, and does the rest.
    """
    from comfyvn.engine.accept import accept
    from comfyvn.engine.opening import open_novel

    if options.accept is None:
        yield {}
        return
    novel = open_novel(options.root.resolve(), lock=lock)
    names = chosen(list(novel.targets), options.accept)
    try:
        novel.engine.begin()
        done = accept(novel.engine, names, before, registry)
        yield {"accepted": done.records, "accepted_in_cache": done.cached}
    finally:
        novel.engine.end()


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    """What was done, for people."""
    for row in told.get("moved", ()):
        yield f"  {row['kind']} {row['name']}: {_short(row['old'])} → {_short(row['new'])}"
    yield from (f"note: {note}" for note in told.get("notes", ()))
    if "pins" in told:
        yield f"{told['file']}: {told['pins']} pins{'' if told['changed'] else ', unchanged'}"
        if told["moved"] and "accepted" not in told:
            yield "next: `comfyvn status` says what is stale by this; `comfyvn lock --accept` keeps that as it is"
    if "exported" in told:
        yield from (f"note: {name} has no pin that such a file can hold: it is left out" for name in told["left_out"])
        yield f"{told['exported']}: written"
    if "accepted" in told:
        more = f", and {len(told['accepted_in_cache'])} more out of the cache" if told["accepted_in_cache"] else ""
        count = len(told["accepted"])
        have = "1 artifact has" if count == 1 else f"{count} artifacts have"
        yield f"{have} the new pins now{more}; nothing is rendered for that"


def _show(options: argparse.Namespace) -> int:
    """What the novel's renders use, and how it is pinned."""
    from comfyvn.engine.opening import open_novel
    from comfyvn.engine.unpinned import uses

    novel = open_novel(options.root.resolve())
    found = uses(novel.targets, novel.tools.lock)
    if options.json:
        say(json.dumps([vars(use) for use in found], ensure_ascii=False, indent=1))
        return 0
    width = max((len(use.name) for use in found), default=0)
    for use in found:
        pin = _short(use.pin) if use.pin else ""
        used_by = "1 target" if use.targets == 1 else f"{use.targets} targets"
        say(f"  {use.kind:5}  {use.name:{width}}  {use.state:10}  {pin:12}  {used_by}")
    loose = sum(1 for use in found if use.pin is None)
    say(f"{len(found) - loose} of {len(found)} packs and models in use are pinned")
    if loose:
        say("next: `comfyvn lock --comfyui PATH` where they are; `comfyvn lock --help` tells of other ways")
    return 0
