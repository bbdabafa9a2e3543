"""`comfyvn script`: a scene's script from JSON into Ren'Py's language, and back."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from comfyvn.cli.parts import Commands, add, inner, need_novel, say, teach

SCRIPT = """\
  comfyvn script to-rpy arrival      data/scenes/arrival.json's script moves into data/scenes/arrival.rpy
  comfyvn script to-rpy --all        every scene that is still JSON
  comfyvn script to-json arrival     and back: nothing is lost but comments, of which it asks first
  comfyvn script show arrival        how it would look; nothing is written

The rest of a scene (background, placements, shots, music) stays in its JSON. The game, every line id and every
fingerprint stay the same. docs/script.md has the language, with examples.
"""
ALL = "every scene that is written the other way"
SCENES = "the scenes' ids"


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "script", None, "write a scene's script in Ren'Py's language in place of JSON, or back")
    teach(command, SCRIPT)
    verbs = inner(command, "what to do", "VERB")

    verb = add(verbs, "to-rpy", _to_rpy, "move scripts from JSON into .rpy files beside it")
    verb.add_argument("scenes", nargs="*", metavar="SCENE", help=SCENES)
    verb.add_argument("--all", action="store_true", help=ALL)

    verb = add(verbs, "to-json", _to_json, "move scripts from .rpy files back into JSON")
    verb.add_argument("scenes", nargs="*", metavar="SCENE", help=SCENES)
    verb.add_argument("--all", action="store_true", help=ALL)
    verb.add_argument("--drop-comments", action="store_true", help="JSON has no place for comments: lose them")

    verb = add(verbs, "show", _show, "print a scene's script in Ren'Py's language")
    verb.add_argument("scene", metavar="SCENE", help="the scene's id")


def _to_rpy(options: argparse.Namespace) -> int:
    from comfyvn.reading.script.convert import to_rpy

    return _convert(options.root, to_rpy(options.root, _chosen(options)))


def _to_json(options: argparse.Namespace) -> int:
    from comfyvn.reading.script.convert import to_json

    return _convert(options.root, to_json(options.root, _chosen(options), drop_comments=options.drop_comments))


def _chosen(options: argparse.Namespace) -> Sequence[str] | None:
    from comfyvn.errors import UsageError

    need_novel(options.root)
    if bool(options.scenes) == options.all:
        raise UsageError("no scene is named", todo="name scenes by their ids, or give --all for all of them")
    return None if options.all else list(options.scenes)


def _convert(root: Path, written: Sequence[str]) -> int:
    for file in written:
        say(file)
    if not written:
        say("nothing to do: every scene is written that way already")
    return 0


def _show(options: argparse.Namespace) -> int:
    from comfyvn.reading.script.convert import shown

    need_novel(options.root)
    say(shown(options.root, options.scene).rstrip("\n"))
    return 0
