"""`comfyvn cache`: what this computer and a team have made before, and how it is shared, checked and kept small."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyvn.cli.parts import Commands, add, chosen, inner, need_novel, say, teach
from comfyvn.errors import UsageError

if TYPE_CHECKING:
    from comfyvn.engine.opening import OpenNovel
    from comfyvn.store.shared import SharedCache

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
CACHE = """\
  comfyvn cache stats               how much is here, and how often it was of use
  comfyvn cache gc --max-size 20G   keep what was used last
  comfyvn cache push                send what this novel has made to the team's cache

Where the team's cache is, comfyvn.yaml says: cache: {remote: "s3://bucket/prefix"}. docs/shared-cache.md shows setups.
"""
PUSH = """\
  comfyvn cache push            what this novel has rendered, and what builds could not send
  comfyvn cache push --json     for machines: sent, there, signed, gone → how many

Builds send by themselves unless comfyvn.yaml says `push: false`. After a key was changed (COMFYVN_CACHE_KEY="new,old"),
push signs this novel's entries anew. Drafts, and what is made of them, are never
sent, and what is there already is not sent again.

Exit codes: 0 everything is there; 1 the shared cache could not be reached: the same command goes on where it stopped.
"""
PULL = """\
  comfyvn cache pull                everything that is missing in build/ and in the team's cache
  comfyvn cache pull sprites:aya    some of it

Nothing is rendered; `doit` makes the rest. What is in build/ already is not touched.

Exit codes: 0 it was asked for everything; 1 the shared cache could not be reached.
"""
GC = """\
  comfyvn cache gc --max-size 20G     this computer's cache, down to 20 GiB: what was not used for longest goes first
  comfyvn cache gc                    the same, to the novel's cache_limit_gb

It may run while a build runs; what was used within the last hour stays. The shared cache is not touched.
"""
VERIFY = """\
  comfyvn cache verify              read every object here, and remove what is damaged: it is made again when needed
  comfyvn cache verify --remote     the same for the team's cache, and count who signed what

Exit codes: 0 all is sound; 1 something was damaged, or could not be read.
"""
STATS = """\
  comfyvn cache stats               entries, objects, bytes, and how often a build found what it asked for
  comfyvn cache stats --remote      the team's cache too
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = commands.add_parser("cache", help="share, check and tidy what was made before", description=__doc__)
    teach(command, CACHE)
    parts = inner(command)

    _add(parts, "push", _push, "send what this novel has made to the shared cache", PUSH)
    one = _add(parts, "pull", _pull, "take what is missing from the shared cache; nothing is rendered", PULL)
    one.add_argument("targets", nargs="*", metavar="TARGET", help="targets or groups (default: everything)")
    one = _add(parts, "gc", _gc, "remove from this computer's cache what was not used for longest", GC)
    one.add_argument("--max-size", type=_size, metavar="SIZE", help="what may stay: 500M, 20G, 1.5T, or bytes")
    one = _add(parts, "verify", _verify, "read everything that is cached, and remove what is damaged", VERIFY)
    one.add_argument("--remote", action="store_true", help="the shared cache instead of this computer's")
    one = _add(parts, "stats", _stats, "count what is cached, and how often it was of use", STATS)
    one.add_argument("--remote", action="store_true", help="the shared cache too, which may take a while")


def _add(
    commands: Commands[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    purpose: str,
    text: str,
) -> argparse.ArgumentParser:
    command = add(commands, name, run, purpose)
    teach(command, text)
    command.add_argument("--json", action="store_true", help="for machines")
    return command


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size, such as 500M, 20G or 1.5T")
    return int(float(found[1]) * UNITS[found[2].upper()])


# --- the novel's shared cache


def _opened(root: Path) -> tuple[OpenNovel, SharedCache]:
    from comfyvn.engine.opening import open_novel

    need_novel(root)
    novel = open_novel(root.resolve(), _aside)
    return novel, _need_shared(novel.engine.cache)


def _shared(root: Path) -> SharedCache:
    """The shared cache without planning the novel."""
    from comfyvn import reading
    from comfyvn.engine.opening import cache_folder
    from comfyvn.engine.sharing import cache_of

    need_novel(root)
    settings = reading.read_project(root).novel.cache
    return _need_shared(cache_of(cache_folder(), root.resolve(), settings))


def _need_shared(cache: Any) -> SharedCache:
    from comfyvn.store.shared import SharedCache

    if isinstance(cache, SharedCache):
        return cache
    todo = 'say where it is, such as cache: {remote: "file:///nas/comfyvn"}; docs/shared-cache.md shows more'
    raise UsageError("this novel shares no cache", "comfyvn.yaml", todo)


def _aside(text: str) -> None:
    """To stderr: stdout may be read by a machine."""
    sys.stderr.write(text + "\n")


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=total)
        yield lambda _name: bar.update(task, advance=1)


def _push(options: argparse.Namespace) -> int:
    from comfyvn.engine import exchange

    novel, cache = _opened(options.root)
    names = exchange.to_send(novel.engine, cache)
    try:
        with _progress("sending", len(names)) as advance:
            counts = {"sent": 0, "there": 0, "signed": 0, "gone": 0, **exchange.push(cache, names, advance)}
            cache.remote.sweep()
    finally:
        cache.close()
    if options.json:
        say(json.dumps(counts))
        return 0
    words = {
        "sent": "sent",
        "signed": "signed anew",
        "there": "there already",
        "gone": "not in this computer's cache any more",
    }
    parts = [f"{counts[key]} {word}" for key, word in words.items() if counts[key]]
    say(", ".join(parts) or "there is nothing to send: drafts are not shared")
    if not cache.sharing.trust.keys and counts["sent"]:
        say("they are not signed (COMFYVN_CACHE_KEY is not set): others take them where a tracked record or")
        say("`trusted: true` vouches for them")
    return 0


def _pull(options: argparse.Namespace) -> int:
    from comfyvn.engine import exchange

    novel, cache = _opened(options.root)
    names = chosen(list(novel.targets), options.targets)
    novel.engine.begin()
    try:
        with _progress("taking", len(names)) as advance:
            found = exchange.pull(novel.engine, names, advance)
        is_aside = cache.is_aside
    finally:
        novel.engine.end()
    if options.json:
        say(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    else:
        say(f"{len(found.taken)} taken, {len(found.kept)} ready for the next `doit`, {len(found.absent)} not to be had")
    return 1 if is_aside else 0


# --- this computer's cache


def _gc(options: argparse.Namespace) -> int:
    from comfyvn.engine.opening import cache_folder
    from comfyvn.store.collect import collect

    limit = options.max_size if options.max_size is not None else _limit(options.root)
    found = collect(cache_folder(), limit)
    if options.json:
        say(json.dumps(asdict(found)))
    else:
        removed = f"{found.entries} entries and {found.objects} objects removed ({_shown(found.freed)})"
        say(f"{removed}; {_shown(found.left)} left")
        if found.left > limit:
            say("what is left was used within the last hour, so it stays")
    return 0


def _limit(root: Path) -> int:
    from comfyvn import reading

    if (root / "comfyvn.yaml").is_file():
        limit = reading.read_project(root).novel.cache_limit_gb
        if limit:
            return limit * UNITS["G"]
    todo = "say it: comfyvn cache gc --max-size 20G, or cache_limit_gb in comfyvn.yaml"
    raise UsageError("how much may stay is not said", "", todo)


def _verify(options: argparse.Namespace) -> int:
    return _verify_remote(options) if options.remote else _verify_local(options)


def _verify_local(options: argparse.Namespace) -> int:
    from comfyvn.engine.opening import cache_folder
    from comfyvn.store.collect import check

    with _progress("reading", None) as advance:
        found = check(cache_folder(), advance)
    if options.json:
        say(json.dumps(asdict(found), indent=1))
    else:
        _tell_damaged(found.damaged)
        say(f"{found.objects} objects and {found.entries} entries read, {len(found.damaged)} damaged and removed")
    return 1 if found.damaged else 0


def _verify_remote(options: argparse.Namespace) -> int:
    from comfyvn.store.remote_check import check

    cache = _shared(options.root)
    try:
        with _progress("reading", None) as advance:
            found = check(cache.remote, cache.sharing.trust, advance)
    finally:
        cache.close()
    if options.json:
        say(json.dumps(asdict(found), indent=1))
    else:
        _tell_damaged(found.damaged)
        beliefs = ", ".join(f"{count} {belief}" for belief, count in sorted(found.believed.items())) or "none"
        say(f"{found.objects} objects and {found.entries} entries read, {len(found.damaged)} damaged")
        say(f"entries by who vouches for them: {beliefs}")
    return 1 if found.damaged else 0


def _tell_damaged(names: tuple[str, ...]) -> None:
    for name in names:
        say(f"damaged: {name}")


def _stats(options: argparse.Namespace) -> int:
    from comfyvn.engine.opening import cache_folder
    from comfyvn.store import collect, remote_check

    found = collect.stats(cache_folder())
    told: dict[str, object] = {"folder": str(cache_folder()), **asdict(found)}
    if options.remote:
        cache = _shared(options.root)
        try:
            told["remote"] = {"address": cache.remote.label, **asdict(remote_check.stats(cache.remote))}
        finally:
            cache.close()
    if options.json:
        say(json.dumps(told, ensure_ascii=False, indent=1))
        return 0
    say(f"{cache_folder()}: {found.entries} entries, {found.objects} objects, {_shown(found.bytes)}")
    hits = found.hits
    say(f"asked for: {hits['near']} were here, {hits['far']} in a shared cache, {hits['missed']} nowhere")
    if isinstance(remote := told.get("remote"), dict):
        say(f"{remote['address']}: {remote['entries']} entries, {remote['objects']} objects, {_shown(remote['bytes'])}")
    return 0


def _shown(count: int) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.4g} {unit}"
        count /= 1024  # type: ignore[assignment]
    return f"{count:.4g} TiB"
