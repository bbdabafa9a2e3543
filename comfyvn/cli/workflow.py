"""Commands about workflows of your own: import one, check any, see what differs between two."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from comfyvn.cli.parts import Commands, add, inner, need_novel, plain, say
from comfyvn.errors import UsageError

ID = re.compile(r"[a-z][a-z0-9_]*")

WORKFLOW = """\
Use a graph of your own: bring it into the novel, see that a server can run it, compare it with another.

  comfyvn workflow import my_room.json --id background     in place of ComfyVN's own background
  comfyvn workflow check workflows/*.json --server gpu     can that server run them?
  comfyvn workflow diff before.json after.png              what has changed that matters?

docs/bring-your-workflow.md goes through it.
"""
IMPORT = """\
FILE is a workflow as ComfyUI's editor saves it or exports it for the API, or a picture, film or sound that ComfyUI
wrote its workflow into (PNG, WebP, MP4, WebM, FLAC …). It is converted, inputs are proposed, and workflows/<id>.json
is written.

  comfyvn workflow import portrait.png --family sprite_pack
  comfyvn workflow import my_room.json --id background --server gpu
"""
CHECK = """\
Checks files of any kind against the node definitions that ship with ComfyVN, or against those of a running server.

  comfyvn workflow check workflows/*.json
  comfyvn workflow check from_the_forum.json --server http://127.0.0.1:8188
"""
DIFF = """\
Nodes are matched by what they do, not by their ids; order, layout, colours and titles do not count.

  comfyvn workflow diff old.json new.png
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    group = commands.add_parser(
        "workflow",
        help="import, check and compare ComfyUI workflows",
        description=WORKFLOW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = inner(group, "actions", "ACTION")

    command = _action(actions, "import", _import, "turn a ComfyUI workflow into a workflow file of this novel", IMPORT)
    command.add_argument("file", type=Path, help="JSON, or a picture, film or sound that carries a workflow")
    command.add_argument("--id", help="the new workflow's id (default: from the file's name)")
    command.add_argument("--family", help="what it is for: sprite_pack, background … (default: its id, else custom)")
    command.add_argument("--out", type=Path, help="where to write it (default: workflows/<id>.json)")
    command.add_argument(
        "--add-models", action="store_true", help="put models that are new into providers/providers.json"
    )
    command.add_argument("--force", action="store_true", help="replace a file that is there")
    _common(command)

    command = _action(actions, "check", _check, "say everything that is wrong with workflows", CHECK)
    command.add_argument("files", type=Path, nargs="+", metavar="FILE", help="workflow files of any kind")
    _common(command)

    command = _action(actions, "diff", _diff, "show what differs between two workflows where it matters", DIFF)
    command.add_argument("before", type=Path, metavar="A", help="a workflow file of any kind")
    command.add_argument("after", type=Path, metavar="B", help="another one")
    _common(command)


def _action(
    actions: Commands[argparse.ArgumentParser], name: str, run: Any, purpose: str, teaching: str
) -> argparse.ArgumentParser:
    command = add(actions, name, run, purpose)
    command.epilog, command.formatter_class = teaching, argparse.RawDescriptionHelpFormatter
    return command


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--server", metavar="NAME|URL", help="use this server's node definitions (default: shipped)")
    command.add_argument("--json", action="store_true", help="for machines")


# --- commands. What they need is imported when they run, so that --help is instant.


def _import(options: argparse.Namespace) -> int:
    from comfyvn.cli.importing import Wish, import_workflow, report

    if options.out is None:
        need_novel(options.root)
    name = options.id or _id_of(options.file)
    if not ID.fullmatch(name):
        raise UsageError(f'"{name}" is no id', "--id", "use small letters, digits and _, beginning with a letter")
    wish = Wish(options.file, name, options.family, options.out, options.force, options.add_models)
    done = import_workflow(options.root, wish, _live(options))
    if options.json:
        say(_json(done.as_json()))
    else:
        for line in report(done):
            say(plain(line))
    return 0


def _check(options: argparse.Namespace) -> int:
    from comfyvn.cli.checking import Findings, findings

    live = _live(options)
    found: list[Findings] = [findings(options.root, file, live) for file in options.files]
    bad = any(each.errors for each in found)
    if options.json:
        say(_json([entry for each in found for entry in each.as_json()]))
        return 1 if bad else 0
    for each in found:
        for line in each.lines():
            say(plain(line))
    return 1 if bad else 0


def _diff(options: argparse.Namespace) -> int:
    from comfyvn.cli.checking import opened
    from comfyvn.graph.compare import compare

    live = _live(options)
    before, after = (opened(options.root, file, live).document for file in (options.before, options.after))
    changes = compare(before, after)
    if options.json:
        say(_json([vars(change) for change in changes]))
        return 0
    for change in changes:
        say(plain(str(change)))
    if not changes:
        say("they do the same")
    return 0


# --- parts


def _live(options: argparse.Namespace) -> Any:
    """The definitions of the server that was named, None without one."""
    import os

    from comfyvn.cli.checking import definitions_of
    from comfyvn.engine.which_server import server_named

    return definitions_of(server_named(options.root, options.server, os.environ)) if options.server else None


def _id_of(file: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", file.stem.lower()).strip("_")
    return name if ID.fullmatch(name) else f"workflow_{name}".strip("_")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
