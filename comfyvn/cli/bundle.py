"""`comfyvn bundle`: prove that bundles are whole, and pack them into zips that are the same bytes every time."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from comfyvn.cli.parts import Commands, add, plain, say, teach
from comfyvn.errors import StoreError, UsageError

BUNDLE = """\
  comfyvn bundle verify                          every bundle in build/export/bundle/
  comfyvn bundle verify ~/Downloads/pier.zip     one that came from elsewhere; nothing of it is unpacked
  comfyvn bundle zip                             build/bundles/<scene>.zip of each
  comfyvn bundle zip pier cafe --out share/      of two, elsewhere

`exports: [renpy, bundle]` in comfyvn.yaml and `doit export_bundle` make bundles; docs/bundle.md tells what is in one.
Exit code: 0 when every bundle is whole and is what it says; 1 when one is not, and every fault is named.
"""
HERE, ZIPS = Path("build/export/bundle"), Path("build/bundles")


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "bundle", _bundle, "verify bundles of scenes, and zip them")
    teach(command, BUNDLE)
    command.add_argument("action", choices=("verify", "zip"), help="what to do")
    command.add_argument("names", nargs="*", metavar="BUNDLE", help="verify: folders or zips; zip: scenes or folders")
    command.add_argument("--out", type=Path, default=None, help="zip: where to (default: build/bundles)")
    command.add_argument("--json", action="store_true", help="for machines")


def _bundle(options: argparse.Namespace) -> int:
    if options.action == "verify" and options.out is not None:
        raise UsageError("--out is where zips go: it belongs to `comfyvn bundle zip`", "", "leave it out")
    return _verify(options) if options.action == "verify" else _zip(options)


def _verify(options: argparse.Namespace) -> int:
    from comfyvn.engine.bundles import found_in, verify

    asked = [Path(name) for name in options.names] or [options.root / HERE]
    if not options.names:
        _need(options.root)
    found = [verify(bundle) for path in asked for bundle in found_in(path)]
    if options.json:
        say(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
    else:
        for one in found:
            say(plain(f"{one.path}: {'whole' if not one.faults else 'NOT what it says'}, {one.files} files"))
            for fault in one.faults:
                say(plain(f"  {fault}"))
    return 1 if any(one.faults for one in found) else 0


def _zip(options: argparse.Namespace) -> int:
    from comfyvn.engine.bundles import found_in, verify

    if not options.names:
        _need(options.root)
    asked = [_folder(options.root, name) for name in options.names] or found_in(options.root / HERE)
    out = options.out if options.out is not None else options.root / ZIPS
    written = []
    for folder in asked:
        found = verify(folder)
        if found.faults:
            more = f" (and {len(found.faults) - 1} more)" if len(found.faults) > 1 else ""
            raise StoreError(f"it is not whole: {found.faults[0]}{more}", str(folder), "run `doit export_bundle`")
        written.append(_written(folder, out / f"{found.scene}.zip"))
    if options.json:
        say(json.dumps([str(path) for path in written], ensure_ascii=False, indent=1))
    else:
        for path in written:
            say(f"{path} ({path.stat().st_size:,} bytes)")
    return 0


def _written(folder: Path, path: Path) -> Path:
    from comfyvn.store.trees import Folder, write_zip

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        write_zip({name: folder / name for name in Folder(folder).names()}, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _folder(root: Path, name: str) -> Path:
    named, inside = Path(name), root / HERE / name
    for path in (named, inside):
        if (path / "manifest.json").is_file():
            return path
    raise UsageError(f'there is no bundle "{name}"', str(inside), "`comfyvn bundle verify` names those that are there")


def _need(root: Path) -> None:
    if not (root / HERE).is_dir():
        todo = "write `exports: [renpy, bundle]` into comfyvn.yaml, then run `doit export_bundle`"
        raise StoreError("there is no bundle yet", str(root / HERE), todo)
