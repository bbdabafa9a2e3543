"""`comfyvn build`: what `doit` does, and at once where nothing has moved."""

from __future__ import annotations

import argparse

from comfyvn.cli.parts import Commands, add, need_novel, teach

BUILD = """\
  comfyvn build                    everything that is not up to date, as `doit` does
  comfyvn build sprites:aya        some of it
  comfyvn build -n 8               how many artifacts are worked on at once (default: what keeps all servers busy)

Exit codes: 0 all is up to date; 1 something failed, and the end of the output names it; 2 or 3 it could not begin;
130 stopped by Ctrl-C.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "build", _build, "make everything that is not up to date, and nothing else")
    teach(command, BUILD)
    command.add_argument("targets", nargs="*", metavar="TARGET", help="targets or groups (default: everything)")
    command.add_argument("-n", type=int, default=None, metavar="N", dest="tickets", help="work on N artifacts at once")


def _build(options: argparse.Namespace) -> int:
    need_novel(options.root)
    from comfyvn.tasks.running import run_doit

    tickets = ["-n", str(options.tickets)] if options.tickets is not None else []
    return run_doit(options.root.resolve(), ["run", *tickets, *options.targets])
