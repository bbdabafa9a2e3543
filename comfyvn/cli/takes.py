"""`comfyvn take`: alternatives, their contact sheet, and picking one; and what the commands beside it share."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.cli.parts import Commands, add, need_novel, plain, rating_among, say, teach, unknown_target
from comfyvn.errors import InputMissing, UsageError

if TYPE_CHECKING:
    from comfyvn.engine.alternatives import Alternative
    from comfyvn.engine.choosing import Reason
    from comfyvn.engine.contact import Contact
    from comfyvn.engine.opening import OpenNovel
    from comfyvn.targets.target import Target

TAKE = """\
  comfyvn take backgrounds:pier/base            8 alternatives with the next seeds, and a contact sheet of them
  comfyvn take backgrounds:pier/base -n 4 --from 9      four more: seeds 9 to 12 steps on
  comfyvn take backgrounds:pier/base --pick 3 --why "calmer water"      the third is it from now on
  comfyvn take                                  what was chosen so far, by whom and why
  comfyvn take --prune                          move bytes that no take names any more out of takes/

Alternatives are untracked (.comfyvn/takes); what is picked is kept in takes/, which belongs into Git. A pick answers
for the recipe that it was picked for: when the contracts change, the artifact is made anew, unless you approve it.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "take", _take, "render alternatives with the next seeds, and pick one")
    teach(command, TAKE)
    command.add_argument("target", nargs="?", metavar="TARGET", help="without one, what was chosen so far is listed")
    command.add_argument("-n", type=int, default=8, metavar="N", dest="count", help="how many (default: 8)")
    command.add_argument("--from", type=int, default=1, metavar="M", dest="first",
                         help="the first one's distance from the seeds of the contract (default: 1)")  # fmt: skip
    command.add_argument("--prune", action="store_true", help="move bytes that no take names out of takes/")
    command.add_argument("--pick", type=int, metavar="NUMBER", help="make this one the artifact")
    add_reasons(command)
    command.add_argument("--json", action="store_true", help="for machines")


def add_reasons(command: argparse.ArgumentParser) -> None:
    command.add_argument("--why", default="", metavar="TEXT", help="the reason, kept in takes/takes.json")
    command.add_argument("--by", default="", metavar="NAME", help="who chose (default: Git's user.name)")


def reason_of(options: argparse.Namespace) -> Reason:
    from comfyvn.engine.choosing import Reason
    from comfyvn.nodeset.git import user_name

    return Reason(options.by or user_name(options.root.resolve()), options.why)


@contextmanager
def building(options: argparse.Namespace) -> Iterator[OpenNovel]:
    """The novel, under the build lock; cut to a rating where a target of that game is named."""
    from comfyvn.engine.opening import open_novel

    need_novel(options.root)
    asked = options.targets if "targets" in options else [options.target or ""]
    novel = open_novel(options.root.resolve(), _aside, rating=rating_among(asked))
    novel.engine.begin()
    try:
        yield novel
    finally:
        novel.engine.end()


def _aside(text: str) -> None:
    """To stderr: stdout may be read by a machine."""
    sys.stderr.write(text + "\n")


def target_of(novel: OpenNovel, name: str) -> Target:
    if name not in novel.targets:
        raise unknown_target(name, list(novel.targets))
    return novel.targets[name]


def _take(options: argparse.Namespace) -> int:
    from comfyvn.engine.alternatives import MOST, check_can_vary

    if options.prune:
        return _prune(options)
    if options.target is None:
        return _list(options)
    if not 1 <= options.count <= MOST or options.first < 1:
        todo = "number 0 would be the artifact of the contract's own seeds"
        raise UsageError(f"-n is 1 to {MOST}, and --from 1 or more", "", todo)
    with building(options) as novel:
        target = target_of(novel, options.target)
        check_can_vary(target, novel.tools.workflows)
        if options.pick is not None:
            return _pick(novel, target, options)
        return _offer(novel, target, options)


def _pick(novel: OpenNovel, target: Target, options: argparse.Namespace) -> int:
    from comfyvn.engine.alternatives import known, planned
    from comfyvn.engine.choosing import pick

    if options.pick < 1:
        todo = f"for the artifact of the contract's own seeds, drop the take: `comfyvn restore {target.name}`"
        raise UsageError("takes are numbered from 1", "", todo)
    [one] = planned(novel.engine, target, [options.pick], novel.tools.workflows)
    pick(novel.engine, target, known(novel.engine, target, one), reason_of(options))
    if options.json:
        say(json.dumps({"target": target.name, "picked": one.number, "seeds": dict(one.seeds)}, indent=1))
        return 0
    say(f"{target.name} is take {one.number} now ({_seeds(one.seeds)})")
    say("`doit` makes what is made of it; commit takes/ with your contracts")
    return 0


def _offer(novel: OpenNovel, target: Target, options: argparse.Namespace) -> int:
    from comfyvn.engine.alternatives import known, numbers_kept, planned, ready
    from comfyvn.engine.contact import write_contact

    engine, workflows = novel.engine, novel.tools.workflows
    ready(engine, target, novel.project.novel.rebuild)
    asked = range(options.first, options.first + options.count)
    made = _made(novel, target, planned(engine, target, asked, workflows))
    kept = planned(engine, target, set(numbers_kept(engine, target)) - set(asked), workflows)
    others = [one for one in (known(engine, target, one) for one in kept) if one.result is not None]
    everything = sorted([*made, *others], key=lambda one: one.number)
    contact = write_contact(engine, target, everything)
    if options.json:
        say(json.dumps(_told(target, everything, contact), ensure_ascii=False, indent=1))
    else:
        _print(target, everything, contact)
    return 0


def _made(novel: OpenNovel, target: Target, wanted: Sequence[Alternative]) -> list[Alternative]:
    from rich.console import Console
    from rich.progress import Progress

    from comfyvn.engine.alternatives import make_all

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("takes", total=len(wanted))
        return make_all(novel.engine, target, wanted, lambda one: bar.update(task, advance=1))


def _told(target: Target, made: Sequence[Alternative], contact: Contact) -> dict[str, object]:
    return {
        "target": target.name,
        "takes": [
            {
                "number": one.number,
                "seeds": dict(one.seeds),
                "made": one.made,
                "rendered": one.is_new,
                "difference": asdict(contact.apart[one.number]),
            }
            for one in made
        ],
        "sheet": str(contact.picture),
        "page": str(contact.page),
    }


def _print(target: Target, made: Sequence[Alternative], contact: Contact) -> None:
    for one in made:
        say(f"  {one.number:3}  {_seeds(one.seeds)}  {', '.join(contact.apart[one.number].words())}")
    new = sum(1 for one in made if one.is_new)
    say(f"{len(made)} take{'' if len(made) == 1 else 's'} of {target.name}, {new} of them made just now")
    are_same = all(difference.is_same for difference in contact.apart.values())
    if are_same:
        say(f"all of them are the same as the current one: {_engine(made)} makes nothing else of another seed here")
    say(f"sheet: {contact.picture}\npage:  {contact.page.as_uri()}")
    if not are_same:
        say(f"next: comfyvn take {target.name} --pick NUMBER")


def _engine(made: Sequence[Alternative]) -> str:
    result = made[0].result if made else None
    return result.engine if result is not None else "its engine"


def _seeds(seeds: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {seed}" for name, seed in seeds.items())


def _list(options: argparse.Namespace) -> int:
    from comfyvn.engine.opening import open_novel

    if options.pick is not None:
        raise UsageError("--pick needs a target", "", "comfyvn take TARGET --pick NUMBER")
    need_novel(options.root)
    novel = open_novel(options.root.resolve())
    takes = dict(novel.engine.judge.takes)
    conditions = {name: _condition(novel, name) for name in takes}
    if options.json:
        rows = {name: {**asdict(take), "condition": conditions[name]} for name, take in takes.items()}
        say(json.dumps(rows, ensure_ascii=False, indent=1, sort_keys=True))
        return 0
    for name, take in sorted(takes.items()):
        details = [_seeds(take.seeds), f"by {take.by}" if take.by else "", take.why]
        said = "; ".join(detail for detail in details if detail)
        say(plain(f"  {take.state:9}{name}  {conditions[name]}" + (f"  ({said})" if said else "")))
    unnamed = len(novel.engine.judge.takes.unnamed())
    if unnamed:
        say(f"{unnamed} objects under takes/ that no take names: `comfyvn take --prune` moves them out")
    count = f"{len(takes)} take{'' if len(takes) == 1 else 's'}"
    say(count if takes else "nothing was chosen yet; `comfyvn take TARGET` renders alternatives")
    return 0


def _prune(options: argparse.Namespace) -> int:
    if options.target is not None or options.pick is not None:
        raise UsageError("--prune is about all takes", "", "comfyvn take --prune")
    with building(options) as novel:
        moved = novel.engine.judge.takes.prune()
        tell_moved(novel, moved)
        say(f"{len(moved)} objects that no take names were moved out of takes/")
    return 0


def _condition(novel: OpenNovel, name: str) -> str:
    if name not in novel.targets:
        return "nothing makes this any more"
    try:
        verdict = novel.engine.judge.verdict(novel.targets[name])
    except InputMissing:
        return "waiting"
    # A pick answers for one recipe; build/ holds what the contracts' own seeds give, until that recipe comes back.
    return verdict.condition if verdict.take is not None else "for another recipe"


def tell_moved(novel: OpenNovel, moved: Sequence[Path]) -> None:
    for path in moved:
        say(f"  moved aside: {path.relative_to(novel.root)}")
