"""Commands about which of several results an artifact is: take, adopt, restore, approve, unapprove."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.cli.parts import Commands, add, chosen, means, need_novel, plain, say, show, teach, unknown_target
from comfyvn.errors import ComfyVNError, InputMissing, UsageError

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
ADOPT = """\
  comfyvn adopt sprites:aya/casual/standing/base                  what you changed in build/ is the artifact from now on
  comfyvn adopt sprites:aya/casual/standing/base aya.png          another file; it must have the same size in pixels
  comfyvn adopt voices:en/l1aaaa actor.wav --why "the real voice"     trimmed and levelled as every clip

Everything that is made of the artifact is made of the retouch. When its recipe moves it is kept, and `comfyvn status`
shows it as `both`: adopt it again to say that it still stands, or `comfyvn restore` it.
"""
RESTORE = """\
  comfyvn restore sprites:aya/casual/standing/base      the next `doit` makes what the contracts say

Its bytes stay under takes/objects until `comfyvn take --prune` moves them to .comfyvn/takes/dropped.
"""
APPROVE = """\
  comfyvn approve sprites:aya backgrounds        they are not made again, whatever moves; what was edited is adopted
  comfyvn approve voices:en/l1aaaa --by Mira --why "final"

When its recipe moves, an approved artifact is kept, and `comfyvn status` shows it as `frozen-stale`.
"""
UNAPPROVE = """\
  comfyvn unapprove sprites:aya/casual/standing/happy     made again by the next `doit` if its recipe moved

A pick or an adopted file is that again: `comfyvn restore` drops those.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "take", _take, "render alternatives with the next seeds, and pick one")
    teach(command, TAKE)
    command.add_argument("target", nargs="?", help="a target; without one, what was chosen so far is listed")
    command.add_argument("-n", type=int, default=8, metavar="N", dest="count", help="how many (default: 8)")
    command.add_argument("--from", type=int, default=1, metavar="M", dest="first",
                         help="the first one's distance from the seeds of the contract (default: 1)")  # fmt: skip
    command.add_argument("--prune", action="store_true", help="move bytes that no take names out of takes/")
    command.add_argument("--pick", type=int, metavar="NUMBER", help="make this one the artifact")
    _reasons(command)
    command.add_argument("--json", action="store_true", help="for machines")

    command = add(commands, "adopt", _adopt, "make a retouched file the artifact, for everybody and for good")
    teach(command, ADOPT)
    command.add_argument("target", help="a sprite, background, still or clip")
    command.add_argument("file", nargs="?", type=Path, help="the file (default: what you changed in build/)")
    command.add_argument("--final", action="store_true", help="it is finished art, though a draft was there")
    _reasons(command)

    command = add(commands, "restore", _restore, "drop a pick or an adopted file")
    teach(command, RESTORE)
    command.add_argument("targets", nargs="+", metavar="TARGET", help="targets that have a take")

    command = add(commands, "approve", _approve, "freeze artifacts as they are: nothing makes them again")
    teach(command, APPROVE)
    command.add_argument("targets", nargs="+", metavar="TARGET", help="targets or groups")
    _reasons(command)

    command = add(commands, "unapprove", _unapprove, "unfreeze what was approved")
    teach(command, UNAPPROVE)
    command.add_argument("targets", nargs="+", metavar="TARGET", help="targets or groups")


def _reasons(command: argparse.ArgumentParser) -> None:
    command.add_argument("--why", default="", metavar="TEXT", help="the reason, kept in takes/takes.json")
    command.add_argument("--by", default="", metavar="NAME", help="who chose (default: Git's user.name)")


def _reason(options: argparse.Namespace) -> Reason:
    from comfyvn.engine.choosing import Reason
    from comfyvn.nodeset.git import user_name

    return Reason(options.by or user_name(options.root.resolve()), options.why)


@contextmanager
def _building(options: argparse.Namespace) -> Iterator[OpenNovel]:
    """The novel, under the build lock."""
    from comfyvn.engine.opening import open_novel

    need_novel(options.root)
    novel = open_novel(options.root.resolve(), lambda text: _aside(text))
    novel.engine.begin()
    try:
        yield novel
    finally:
        novel.engine.end()


def _aside(text: str) -> None:
    """To stderr: stdout may be read by a machine."""
    sys.stderr.write(text + "\n")


def _target(novel: OpenNovel, name: str) -> Target:
    if name not in novel.targets:
        raise unknown_target(name, list(novel.targets))
    return novel.targets[name]


# --- take


def _take(options: argparse.Namespace) -> int:
    from comfyvn.engine.alternatives import MOST, check_can_vary

    if options.prune:
        return _prune(options)
    if options.target is None:
        return _list(options)
    if not 1 <= options.count <= MOST or options.first < 1:
        todo = "number 0 would be the artifact of the contract's own seeds"
        raise UsageError(f"-n is 1 to {MOST}, and --from 1 or more", "", todo)
    with _building(options) as novel:
        target = _target(novel, options.target)
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
    pick(novel.engine, target, known(novel.engine, target, one), _reason(options))
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
    say(f"{len(made)} takes of {target.name}, {new} of them made just now")
    if all(difference.is_same for difference in contact.apart.values()):
        say(f"all of them are the same as the current one: {_engine(made)} makes nothing else of another seed here")
    say(f"sheet: {contact.picture}\npage:  {contact.page.as_uri()}")
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
    say(f"{len(takes)} takes" if takes else "nothing was chosen yet; `comfyvn take TARGET` renders alternatives")
    return 0


def _prune(options: argparse.Namespace) -> int:
    if options.target is not None or options.pick is not None:
        raise UsageError("--prune is about all takes", "", "comfyvn take --prune")
    with _building(options) as novel:
        moved = novel.engine.judge.takes.prune()
        _tell_moved(novel, moved)
        say(f"{len(moved)} objects that no take names were moved out of takes/")
    return 0


def _condition(novel: OpenNovel, name: str) -> str:
    if name not in novel.targets:
        return "nothing makes this any more"
    try:
        return novel.engine.judge.verdict(novel.targets[name]).condition
    except InputMissing:
        return "waiting"


# --- adopt, restore, approve


def _adopt(options: argparse.Namespace) -> int:
    from comfyvn.engine.choosing import adopt

    with _building(options) as novel:
        target = _target(novel, options.target)
        moved = adopt(novel.engine, target, options.file, _reason(options), options.final)
        say(f"{target.name} is what you made of it now")
        _tell_moved(novel, moved)
        say("`doit` makes what is made of it; commit takes/ with your contracts")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from comfyvn.engine.choosing import restore

    with _building(options) as novel:
        names = _having(novel, options.targets)
        if not names:
            raise UsageError("none of these has a take", "", "`comfyvn take` lists what was chosen")
        for name in names:
            restore(novel.engine, name)
            say(plain(f"{name}: its take is dropped; the next `doit` makes what the contracts say"))
    return 0


def _approve(options: argparse.Namespace) -> int:
    from comfyvn.engine.choosing import approve
    from comfyvn.engine.judge import RETOUCHABLE

    with _building(options) as novel:
        named = chosen(list(novel.targets), options.targets)
        # Of a group, what is put together here (an atlas) is passed over; named itself, it is refused.
        names = [n for n in named if n in options.targets or novel.targets[n].recipe.kind in RETOUCHABLE]
        reason, counts = _reason(options), Counter[str]()
        for name in names:
            try:
                is_new = approve(novel.engine, novel.targets[name], reason)
            except ComfyVNError as error:
                show(error)  # the others can be approved all the same
                counts["not approved"] += 1
                continue
            counts["approved" if is_new else "approved before"] += 1
            if is_new:
                say(f"{name}: approved" + (" (it is a draft)" if _quality(novel, name) == "draft" else ""))
        say(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["not approved"] else 0


def _quality(novel: OpenNovel, name: str) -> str:
    from comfyvn.engine.judge import RENDERED

    record = novel.engine.judge.record(novel.targets[name])
    return record.quality if record is not None and novel.targets[name].recipe.kind in RENDERED else ""


def _unapprove(options: argparse.Namespace) -> int:
    from comfyvn.engine.choosing import unapprove

    with _building(options) as novel:
        done = [name for name in _having(novel, options.targets) if unapprove(novel.engine, name)]
        if not done:
            raise UsageError("none of these is approved", "", "`comfyvn take` lists what was chosen")
        for name in done:
            say(plain(f"{name}: not approved any more"))
    return 0


def _having(novel: OpenNovel, asked: Sequence[str]) -> list[str]:
    """Targets with a take that are named, or are in a named group; also those that nothing makes any more."""
    have = [name for name, _ in novel.engine.judge.takes]
    for word in asked:
        if not any(means(word, name) for name in (*have, *novel.targets)):
            raise unknown_target(word, [*novel.targets, *have])
    return [name for name in have if any(means(word, name) for word in asked)]


def _tell_moved(novel: OpenNovel, moved: Sequence[Path]) -> None:
    for path in moved:
        say(f"  moved aside: {path.relative_to(novel.root)}")
