"""`comfyvn build`: what `doit` does, and at once where nothing has moved."""

from __future__ import annotations

import argparse
from pathlib import Path

from comfyvn.cli.parts import Commands, add, need_novel, say, teach
from comfyvn.errors import UsageError

BUILD = """\
  comfyvn build                    everything that is not up to date, as `doit` does
  comfyvn build sprites:aya        some of it
  comfyvn build --failed           what failed before, and nothing else; done when none is left
  comfyvn build -n 8               how many artifacts are worked on at once (default: what keeps all servers busy)

Exit codes: 0 all is up to date; 1 something failed, and the end of the output names it; 2 wrong use; 3 it could not
begin; 130 stopped by Ctrl-C (143 by SIGTERM, 129 by SIGHUP). docs/failures.md tells of failures and stopping.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "build", _build, "make everything that is not up to date, and nothing else")
    teach(command, BUILD)
    command.add_argument("targets", nargs="*", metavar="TARGET", help="targets or groups (default: everything)")
    command.add_argument("-n", type=int, default=None, metavar="N", dest="tickets", help="work on N artifacts at once")
    command.add_argument("--failed", action="store_true", help="what could not be made by the last runs, nothing else")


def _build(options: argparse.Namespace) -> int:
    need_novel(options.root)
    if options.failed and options.targets:
        raise UsageError("--failed names its targets itself", "", "leave either --failed or the names out")
    names = _failed(options.root) if options.failed else options.targets
    if options.failed and not names:
        say("nothing failed that is still to be made")
        return 0
    from comfyvn.tasks.running import run_doit

    tickets = ["-n", str(options.tickets)] if options.tickets is not None else []
    return run_doit(options.root.resolve(), ["run", *tickets, *names])


def _failed(root: Path) -> tuple[str, ...]:
    """What failed before and is still a target of the novel."""
    from comfyvn.engine import failed
    from comfyvn.engine.state import FOLDER

    names = failed.read(root / FOLDER)
    if not names:
        return ()
    from comfyvn.tasks.running import targets_among

    return targets_among(root.resolve(), names)
