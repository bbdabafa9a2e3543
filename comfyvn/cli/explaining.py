"""`comfyvn why`: which value, pin or file made targets stale; equal causes of many targets told once."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from comfyvn.cli.parts import Commands, add, chosen, need_novel, plain, rating_among, say, teach

if TYPE_CHECKING:
    from comfyvn.engine.grouping import Group
    from comfyvn.engine.survey import Found

WHY = """\
  comfyvn why                                       everything that is not up to date, equal causes together
  comfyvn why sprites:aya                           all of Aya's sprites
  comfyvn why sprites:aya/casual/standing/happy     every value, pin and file that changed: old → new
  comfyvn why export_renpy                          which script, which artifact in it, and what comes first
  comfyvn why sprites --all                         names every target, and tells every cause
  comfyvn why --json                                for machines: targets, groups, first (docs/plan.md)
"""
FEW = 3  # names below a cause
MOST_CAUSES = 6  # of one group: a workflow may have moved in a hundred values


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "why", _why, "say why targets are not up to date: which value, pin or file changed")
    teach(command, WHY)
    command.add_argument("targets", nargs="*", metavar="TARGET", help="targets or groups (default: everything)")
    command.add_argument("--all", action="store_true", help="name every target and every cause")
    command.add_argument("--json", action="store_true", help="for machines")


def _why(options: argparse.Namespace) -> int:
    from comfyvn.engine.opening import open_novel
    from comfyvn.engine.order import needed
    from comfyvn.engine.standings import known
    from comfyvn.engine.survey import Found, Some, inspected

    need_novel(options.root)
    novel = open_novel(options.root.resolve(), rating=rating_among(options.targets))
    names = chosen(list(novel.targets), options.targets)
    closure = Some(novel.targets, needed(novel.rows, names))
    standing = known(novel)
    found = {name: Found(standing[name]) for name in closure if name in standing}
    found |= inspected(closure, novel.engine.judge, novel.project.novel.rebuild, standing)
    if options.json:
        say(json.dumps(_document(found, names), ensure_ascii=False, indent=1))
    else:
        _tell(found, names, options.targets, options.all)
    return 0


def _document(found: Mapping[str, Found], names: Sequence[str]) -> dict[str, object]:
    return {
        "targets": {
            name: {
                "condition": found[name].standing.condition,
                "class": found[name].standing.cause,
                "held": found[name].standing.held,
                "reasons": [reason.text for reason in found[name].reasons],
                "waits_for": list(found[name].moving),
            }
            for name in names
        },
        "groups": _listed(_groups(found, names)),
        "first": _listed(_groups(found, _first(found, names))),
    }


def _listed(groups: Sequence[Group]) -> list[dict[str, list[str]]]:
    return [{"causes": list(group.causes), "targets": list(group.names)} for group in groups]


def _groups(found: Mapping[str, Found], names: Sequence[str]) -> list[Group]:
    from comfyvn.engine.grouping import grouped

    return grouped(
        {
            name: [reason.general() for reason in found[name].reasons]
            for name in names
            if found[name].standing.condition not in ("fresh", "approved")
        }
    )


def _first(found: Mapping[str, Found], names: Sequence[str]) -> list[str]:
    """What these are made of and is made again on its own account."""
    asked = set(names)
    return [
        name
        for name, one in found.items()
        if name not in asked and one.standing.condition in ("stale", "missing") and not one.standing.held
    ]


def _tell(found: Mapping[str, Found], names: Sequence[str], asked: Sequence[str], everything: bool) -> None:
    moved = [name for name in names if found[name].standing.condition not in ("fresh", "approved")]
    if list(names) == list(asked) and len(names) == 1:
        _tell_one(names[0], found[names[0]], everything)
    elif not moved:
        said = " ".join(asked)
        say(f"{said}: all {len(names)} are up to date" if said else f"all {len(names)} are up to date")
    else:
        say(f"{len(moved)} of {len(names)} {'is' if len(moved) == 1 else 'are'} not up to date")
        _tell_groups(_groups(found, names), everything)
    first = _first(found, moved) if moved else []
    if first:
        say("\nwhat comes first:")
        _tell_groups(_groups(found, first), everything)


def _tell_one(name: str, found: Found, everything: bool) -> None:
    cause = found.standing.cause
    say(name + (f"  (stale by {cause})" if cause else ""))
    for reason in found.reasons:
        line(reason.text, "  ", "    ")
        listed(reason.names, everything, "    ")
    if not found.reasons:
        take = found.standing.take
        say(f"  up to date: it is {take}" if take else "  up to date")


def _tell_groups(groups: Sequence[Group], everything: bool) -> None:
    for group in groups:
        say("")
        for text in _sentences(group, everything):
            line(text, "", "    ")
        listed(group.names if len(group.names) > 1 else (), everything)


def _sentences(group: Group, everything: bool) -> Iterator[str]:
    from comfyvn.engine.grouping import said_of

    yield group.sentence()
    more = group.causes[1:] if everything else group.causes[1:MOST_CAUSES]
    margin = " " * (len(f"{group.subject()} because") - len("and"))
    yield from (f"{margin}and {said_of(cause, len(group.names))}" for cause in more)
    rest = len(group.causes) - 1 - len(more)
    if rest:
        yield f"{margin}and {rest} more causes (--all tells them)"


def listed(names: Sequence[str], everything: bool, indent: str = "  ") -> None:
    """Names, one a line; the first few, where not all are asked for."""
    shown = names if everything or len(names) <= FEW + 1 else names[:FEW]
    for name in shown:
        say(f"{indent}{plain(name)}")
    if len(shown) < len(names):
        say(f"{indent}and {len(names) - len(shown)} more (--all names them)")


def line(text: str, indent: str, hanging: str) -> None:
    """On a terminal, folded at its width; a pipe gets one line, so that `grep` finds whole ones."""
    text = indent + plain(text)
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        own = text[: len(text) - len(text.lstrip())]
        text = textwrap.fill(
            text, width, subsequent_indent=own + hanging, break_long_words=False, break_on_hyphens=False
        )
    say(text)
