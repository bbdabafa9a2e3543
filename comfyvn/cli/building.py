"""`comfyvn build`: what `doit` does, and at once where nothing has moved."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from comfyvn.cli.parts import RATINGS, Commands, add, amount, need_novel, say, teach
from comfyvn.errors import UsageError
from comfyvn.paths import is_export, rated_name, rating_of

BUILD = """\
  comfyvn build                    everything that is not up to date, as `doit` does
  comfyvn build sprites:aya        some of it
  comfyvn build --failed           what failed before, and nothing else; done when none is left
  comfyvn build --upgrade          also clips that another voice has spoken because the wanted one was away
  comfyvn build --budget 5         stops before its renders have cost more (price_per_hour of a server; docs/plan.md)
  comfyvn build --rating teen      without what is rated higher: exports in build/rated/teen/ (docs/release.md)
  comfyvn build -n 8               how many artifacts are worked on at once (default: what keeps all servers busy)

Exit codes: 0 all is up to date; 1 something failed or was over the budget, and the end of the output names it; 2 wrong
use; 3 it could not begin; 130 stopped by Ctrl-C (143 by SIGTERM, 129 by SIGHUP). docs/failures.md tells of failures
and of stopping.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "build", _build, "make everything that is not up to date, and nothing else")
    teach(command, BUILD)
    command.add_argument("targets", nargs="*", metavar="TARGET", help="targets or groups (default: everything)")
    command.add_argument("--budget", type=amount, default=None, metavar="SUM", help="what its renders may cost")
    command.add_argument("--rating", choices=RATINGS, default=None, help="leave out what is rated higher")
    command.add_argument("-n", type=int, default=None, metavar="N", dest="tickets", help="work on N artifacts at once")
    command.add_argument("--failed", action="store_true", help="what could not be made by the last runs, nothing else")
    command.add_argument(
        "--upgrade", action="store_true", help="speak again what a voice has spoken in the place of the wanted one"
    )


def _build(options: argparse.Namespace) -> int:
    need_novel(options.root)
    if options.failed and options.targets:
        raise UsageError("--failed names its targets itself", "", "leave either --failed or the names out")
    if options.failed and options.upgrade:
        raise UsageError("--failed and --upgrade name different targets", "", "give one of them")
    from comfyvn.tasks.running import forget_stand_ins, hold_to, run_doit

    hold_to(options.budget, options.rating)
    names = _failed(options.root) if options.failed else _named(options.targets, options.rating)
    if options.failed and not names:
        say("nothing failed that is still to be made")
        _tell_of_ratings(options.root, options.rating)
        return 0
    if options.upgrade and not forget_stand_ins(options.root.resolve(), names):
        say("no clip was spoken in the place of another voice")
    tickets = ["-n", str(options.tickets)] if options.tickets is not None else []
    code = run_doit(options.root.resolve(), ["run", *tickets, *names])
    _tell_spent(options.budget)
    return code


def _named(names: Sequence[str], rating: str | None) -> list[str]:
    """Exports of a game that is cut to a rating are always others than the whole novel's: its own are meant."""
    return [rated_name(rating, name) if rating and is_export(name) and not rating_of(name) else name for name in names]


def _tell_of_ratings(root: Path, asked: str | None) -> None:
    """Where something of another game failed than the one that was asked for."""
    from comfyvn.engine import failed
    from comfyvn.engine.state import FOLDER

    for rating in sorted({rating_of(name) for name in failed.read(root / FOLDER)} - {"", asked}):
        say(f"of what is cut to a rating something did: comfyvn build --rating {rating} --failed")


def _failed(root: Path) -> tuple[str, ...]:
    """What failed before and is still a target of the novel, cut to the rating that was asked for."""
    from comfyvn.engine import failed
    from comfyvn.engine.state import FOLDER

    names = failed.read(root / FOLDER)
    if not names:
        return ()
    from comfyvn.tasks.running import targets_among

    return targets_among(root.resolve(), names)


def _tell_spent(limit: float | None) -> None:
    """What the renders have cost; nothing where no server has a price."""
    from comfyvn.engine.budget import money
    from comfyvn.tasks.novel import opened

    spent = {name: cost for novel in opened() for name, cost in novel.budget.spent().items()}
    if spent or limit is not None:
        total = money(sum(spent.values())) + (f" of {money(limit)}" if limit is not None else "")
        each = ", ".join(f"{name} {money(cost)}" for name, cost in sorted(spent.items()))
        say(f"spent: {total}" + (f" ({each})" if len(spent) > 1 else ""))
