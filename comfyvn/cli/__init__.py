"""The `comfyvn` command: everything about a novel that is not building it (that is `doit`)."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comfyvn import __version__
from comfyvn.cli import (
    building,
    bundle,
    cache,
    choosing,
    doctor,
    explaining,
    hooks,
    import_renpy,
    lock,
    novel,
    planning,
    playtest,
    records,
    release,
    script,
    takes,
    translate,
    watch,
    workflow,
)
from comfyvn.cli.parts import show
from comfyvn.errors import ComfyVNError, UsageError, closest

# Each has `register(commands)`; what a command needs is imported when it runs, so that --help is instant.
MODULES = (
    novel, explaining, planning, building, watch, takes, choosing, lock, records, cache, bundle, release, workflow,
    hooks, doctor, translate, script, import_renpy, playtest,
)  # fmt: skip

DESCRIPTION = """\
ComfyVN builds visual novels: contracts (JSON under data/) in, sprites, stills, voices and a playable game out.

  comfyvn init my_novel --sample    a complete little novel to play with
  cd my_novel && doit               build it: everything that is not up to date, and nothing else
  doit sprites:aya                  build some of it
  doit list --all                   what can be built
  comfyvn status                    what is fresh, stale, missing or edited by hand
  comfyvn why sprites:aya/...       which value of which contract made it stale
  comfyvn plan                      what a build would do, where, how long it takes and what it costs
  comfyvn take backgrounds:...      alternatives to choose from; adopt keeps a retouch, approve freezes
  comfyvn doctor                    what your ComfyUI lacks, and where to get it
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0, 1 (something is wrong with the novel) or 2 (wrong use)."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a pipe on Windows takes few of Unicode's letters
    parser = _parser()
    try:
        options = parser.parse_args(argv)
        if not hasattr(options, "run"):
            parser.print_help()
            return 2
        return int(options.run(options))
    except ComfyVNError as error:
        show(error)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        show(ComfyVNError(error.strerror or str(error), str(error.filename or ""), "see that it is there and yours"))
        return 1


class Parser(argparse.ArgumentParser):
    """Says which command was probably meant; argparse does from Python 3.14 on, and names all the others as well."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action.choices, dict) and value not in action.choices:  # the commands
            near = closest(value, action.choices)
            hint = f"did you mean `{self.prog} {near}`? " if near else ""
            raise UsageError(f'there is no command "{value}"', "", f"{hint}`{self.prog} --help` tells them all")
        super()._check_value(action, value)


def _parser() -> argparse.ArgumentParser:
    parser = Parser("comfyvn", None, DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"comfyvn {__version__}")
    parser.add_argument("--dir", type=Path, default=Path(), dest="root", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in MODULES:
        module.register(commands)
    return parser
