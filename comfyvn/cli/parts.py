"""What every command of `comfyvn` shares: how it is added, how it speaks, and what it needs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyvn.errors import ComfyVNError, ContractError, UsageError, WorkflowError, closest
from comfyvn.errors import plain as plain  # part of what commands share
from comfyvn.paths import groups, means, rating_of

if TYPE_CHECKING:
    from comfyvn.contracts.model import Rating

RATINGS: tuple[Rating, ...] = ("everyone", "teen", "mature", "adult")  # all of them; --help need not load contracts
Commands = argparse._SubParsersAction  # [argparse.ArgumentParser], which Python subscripts only in annotations


def add(
    commands: Commands[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int] | None,
    purpose: str,
    *,
    has_novel: bool = True,
) -> argparse.ArgumentParser:
    """A command of this name; `run` gets the options (`root`: the novel's folder) and returns the exit code; None for
    one that has commands of its own (see `inner`).

    `has_novel`: whether it works in a novel's folder; one that begins a novel has no use for `--dir`.
    """
    command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
    if has_novel:
        default = argparse.SUPPRESS  # `comfyvn --dir X status` and `comfyvn status --dir X` are the same
        about = "the novel's folder (default: here)"
        command.add_argument("--dir", type=Path, default=default, dest="root", help=about)
    if run is not None:
        command.set_defaults(run=run)
    return command


def inner(command: argparse.ArgumentParser, title: str = "commands", metavar: str = "COMMAND") -> Any:
    """Where the command's own commands are added; without one of them its help is shown, and the exit code is 2."""

    def helped(_options: argparse.Namespace) -> int:
        command.print_help()
        return 2

    command.set_defaults(run=helped)
    return command.add_subparsers(title=title, metavar=metavar)


def teach(command: argparse.ArgumentParser, examples: str) -> None:
    """Ends the command's --help with these lines as they are."""
    command.formatter_class, command.epilog = argparse.RawDescriptionHelpFormatter, f"examples:\n{examples}"


def show(error: ComfyVNError) -> None:
    """On stderr: what failed, where, what to do; all problems of a contract or a workflow."""
    first, *rest = error.lines()
    listed = error.problems if isinstance(error, (ContractError, WorkflowError)) else ()
    problems = listed if len(listed) > 1 else ()
    sys.stderr.write(plain("\n".join([first, *(f"  {problem}" for problem in problems), *rest])) + "\n")


def amount(text: str) -> float:
    """A sum of money for argparse: a number that is not negative."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}" is no sum of money: give a number such as 5 or 0.5')
    return value


def rating_among(words: Sequence[str]) -> Rating | None:
    """The rating of the cut game that is meant, where one of its own targets is named (`rated:teen/…`)."""
    named = {rating_of(word) for word in words}
    return next((rating for rating in RATINGS if rating in named), None)


def chosen(names: Sequence[str], asked: Sequence[str]) -> list[str]:
    """The targets that are named, or are in a named group, in the order of `names`; all of them when nothing is.

    Raises UsageError.
    """
    for word in asked:
        if not any(means(word, name) for name in names):
            raise unknown_target(word, names)
    return [name for name in names if not asked or any(means(word, name) for word in asked)]


def unknown_target(asked: str, names: Sequence[str]) -> UsageError:
    inside = [name for name in names if means(asked, name)]
    if inside:
        some = ", ".join(inside[:3])
        what = f'"{asked}" is a group of {len(inside)} target{"s" if len(inside) > 1 else ""}, and this works on one'
        return UsageError(what, "", f"name one, such as {some}")
    near = closest(asked, {*names, *(group for name in names for group in groups(name))})
    hint = f'did you mean "{near}"? ' if near else ""
    return UsageError(f'there is no target "{asked}"', "", f"{hint}`doit list --all` names them all")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def need_novel(root: Path) -> None:
    """Raises UsageError where no novel is."""
    if not (root / "comfyvn.yaml").is_file():
        raise UsageError(
            "there is no novel here (no comfyvn.yaml)",
            str(root.resolve()),
            "go to a novel's folder or name it with --dir; `comfyvn init DIR` begins one",
        )
