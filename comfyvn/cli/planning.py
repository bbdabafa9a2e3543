"""`comfyvn plan`: what a build would do, where, and what it is likely to take and cost; nothing is begun."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from comfyvn.cli.explaining import line, listed
from comfyvn.cli.parts import Commands, add, amount, chosen, need_novel, say, teach

if TYPE_CHECKING:
    from comfyvn.engine.forecast import Amount, Forecast, Share
    from comfyvn.engine.opening import OpenNovel
    from comfyvn.engine.steps import Step

PLAN = """\
  comfyvn plan                     everything that is not up to date
  comfyvn plan sprites:aya         some of it, with what that is made of
  comfyvn plan --budget 5          exit code 1 when it may cost more than 5
  comfyvn plan --all               names every target
  comfyvn plan --json              for machines (docs/plan.md tells the shape)

Nothing is started, rendered or written. "maybe" is what is made of something that is made first: where that comes out
as it was, nothing follows. Times are medians of past renders (.comfyvn/journal); costs need `price_per_hour` of a
server in providers/servers.yaml.

Exit codes: 0; 1 over the budget, or no server is named for some of the renders; 2 wrong use.
"""
VERSION = 1  # of the JSON's shape
SECTIONS = (
    ("to render", "render", True),
    ("maybe rendered, if what they are made of comes out as another picture", "render", False),
    ("from the cache", "cache", True),
    ("on this computer", "work", True),
    ("maybe on this computer", "work", False),
)


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "plan", _plan, "say what a build would do, why, where, how long it takes and what it costs")
    teach(command, PLAN)
    command.add_argument("targets", nargs="*", metavar="TARGET", help="targets or groups (default: everything)")
    command.add_argument("--budget", type=amount, default=None, metavar="SUM", help="what it may cost at most")
    command.add_argument("--all", action="store_true", help="name every target")
    command.add_argument("--json", action="store_true", help="for machines")


def _plan(options: argparse.Namespace) -> int:
    from comfyvn.engine.opening import open_novel

    need_novel(options.root)
    novel = open_novel(options.root.resolve())
    found = _forecast(novel, options.targets)
    if options.json:
        say(json.dumps(document(found, options.budget), ensure_ascii=False, indent=1))
    else:
        _tell(found, options.all, options.budget)
    return 1 if found.lacking or (options.budget is not None and found.cost()[1] > options.budget) else 0


def _forecast(novel: OpenNovel, asked: Sequence[str]) -> Forecast:
    from comfyvn.engine.estimates import Estimates
    from comfyvn.engine.forecast import forecast
    from comfyvn.engine.foresight import Foresight
    from comfyvn.engine.order import needed
    from comfyvn.engine.standings import known
    from comfyvn.engine.steps import Outlook
    from comfyvn.store import journal

    engine = novel.engine
    names = chosen(list(novel.targets), asked)
    outlook = Outlook(
        targets=novel.targets,
        judge=engine.judge,
        foresight=Foresight(novel.root, novel.targets, engine.state, engine.cache),
        rebuild=novel.project.novel.rebuild,
        asked=frozenset(names if asked else ()),
    )
    past = Estimates(journal.read(engine.state.journal))
    settled = known(novel)
    open_ = [name for name in needed(novel.rows, names) if name not in settled]
    return forecast(outlook, open_, novel.tools.registry, novel.servers, past)


# --- for machines


def document(found: Forecast, budget: float | None) -> dict[str, object]:
    from comfyvn.engine.estimates import ASSUMED_S

    certain, most = found.cost()
    renders = [step for step in found.steps if step.how == "render"]
    return {
        "plan": VERSION,
        "steps": [_step(step) for step in found.steps],
        "servers": [_share(share) for share in found.shares],
        "here": {"certain": asdict(found.here[0]), "most": asdict(found.here[1])},
        "totals": {
            "renders": {"certain": sum(step.is_certain for step in renders), "most": len(renders)},
            "cached": sum(step.how == "cache" for step in found.steps),
            "loads": sum(share.loads for share in found.shares),
            "unknown": sum(step.estimate is None for step in renders),
            "seconds": {
                "certain": sum(share.certain.seconds for share in found.shares),
                "most": sum(share.most.seconds for share in found.shares),
            },
            "wall_s": found.wall_s(),
            "cost": {"certain": certain, "most": most},
        },
        "assumed_s": ASSUMED_S,
        "held": list(found.held),
        "lacking": list(found.lacking),
        "budget": None if budget is None else {"limit": budget, "within": most <= budget},
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "target": step.target,
        "kind": step.kind,
        "how": step.how,
        "certain": step.is_certain,
        "class": step.cause,
        "why": step.why,
        "engine": step.engine,
        "workflow": step.workflow,
        "models": list(step.models),
        "server": step.likely,
        "load": step.is_load,
        "estimate": None if step.estimate is None else asdict(step.estimate),
    }


def _share(share: Share) -> dict[str, object]:
    price = share.server.price_per_hour
    return {
        "server": share.server.name,
        "kind": share.server.kind,
        "slots": share.server.slots,
        "price_per_hour": price,
        "loads": share.loads,
        "certain": asdict(share.certain) | {"cost": share.certain.cost(price)},
        "most": asdict(share.most) | {"cost": share.most.cost(price)},
    }


# --- for people


def _tell(found: Forecast, everything: bool, budget: float | None) -> None:
    if not found.steps:
        say("nothing would be done: all is up to date" + (f", {len(found.held)} held" if found.held else ""))
    else:
        say(_head(found))
    for title, how, is_certain in SECTIONS:
        _tell_section(title, [s for s in found.steps if (s.how, s.is_certain) == (how, is_certain)], everything)
    if found.shares:
        say("")
        _tell_table(found)
    _tell_notes(found)
    if budget is not None:
        _tell_budget(found.cost()[1], budget)


def _head(found: Forecast) -> str:
    counts = dict.fromkeys(("render", "maybe", "cache", "work"), 0)
    for step in found.steps:
        counts["maybe" if step.how == "render" and not step.is_certain else step.how] += 1
    renders = f"{counts['render']} render{'' if counts['render'] == 1 else 's'}"
    parts = [renders + (f" and {counts['maybe']} more maybe" if counts["maybe"] else "")]
    parts += [f"{counts['cache']} from the cache"] if counts["cache"] else []
    parts += [f"{counts['work']} on this computer"] if counts["work"] else []
    return ", ".join(parts)


def _tell_section(title: str, steps: Sequence[Step], everything: bool) -> None:
    from comfyvn.engine.grouping import grouped

    if not steps:
        return
    say(f"\n{title}:")
    for group in grouped({step.target: [step.why] for step in steps}):
        line(group.sentence(), "  ", "    ")
        if everything and len(group.names) > 1:
            listed(group.names, everything, "    ")


def _tell_table(found: Forecast) -> None:
    """One row for each server; together it takes as long as the last of them."""
    from comfyvn.engine.budget import money

    has_price = any(share.server.price_per_hour for share in found.shares)
    rows = [["server", "price/h", "renders", "model loads", "time", "cost"]]
    for share in found.shares:
        price = share.server.price_per_hour
        costs = (share.certain.cost(price), share.most.cost(price))
        rows.append(
            [
                share.server.name,
                f"{price:g}" if price else "-",
                span(str(share.certain.steps), str(share.most.steps)),
                str(share.loads),
                _time(share.certain, share.most),
                span(*map(money, costs)) if price else "-",
            ]
        )
    if len(found.shares) > 1:
        loads = sum(share.loads for share in found.shares)
        counts = (sum(s.certain.steps for s in found.shares), sum(s.most.steps for s in found.shares))
        wall = found.wall_s()
        time = "unknown" if wall is None else seconds(wall)
        rows.append(["together", "", span(*map(str, counts)), str(loads), time, span(*map(money, found.cost()))])
    _columns(rows if has_price else [[row[0], *row[2:5]] for row in rows])


def _columns(rows: Sequence[Sequence[str]]) -> None:
    """The first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        say("  ".join(cells).rstrip())


def _time(certain: Amount, most: Amount) -> str:
    if most.unknown == most.steps:
        return "no past render" if most.steps else "-"
    known = span(seconds(certain.seconds), seconds(most.seconds))
    return f"{known} + {most.unknown} unknown" if most.unknown else known


def _tell_notes(found: Forecast) -> None:
    from comfyvn.engine.estimates import ASSUMED_S
    from comfyvn.engine.grouping import counted

    renders = [step for step in found.steps if step.how == "render"]
    past = [step.estimate.past for step in renders if step.estimate is not None]
    unknown = [step.target for step in renders if step.estimate is None]
    notes = [_rest(min(past), max(past))] if past else []
    if unknown:
        notes.append(f"no past render tells how long {counted(unknown)} will take{_assumed(found, ASSUMED_S)}")
    if found.here[1].steps > found.here[1].unknown:
        notes.append(f"this computer works for about {seconds(found.here[1].seconds)} beside")
    if found.held:
        notes.append(f"{counted(found.held)}: stale, but kept as `rebuild` in comfyvn.yaml says")
    notes += [
        f"no {kind} server is named in providers/servers.yaml: {counted(_of(found, kind))} cannot be made"
        for kind in found.lacking
    ]
    if notes:
        say("")
    for note in notes:
        line(note, "", "  ")


def _rest(fewest: int, most: int) -> str:
    """How many past renders estimates rest on."""
    if most == 1:
        return "each time is that of 1 past render"
    return f"each time is the median of {span(str(fewest), str(most))} past renders like it"


def _assumed(found: Forecast, assumed_s: float) -> str:
    """What a cost counts for a render without a past one; only where there is a cost."""
    is_paid = any(share.most.unknown and share.server.price_per_hour for share in found.shares)
    return f"; costs count {seconds(assumed_s)} for each" if is_paid else ""


def _of(found: Forecast, kind: str) -> list[str]:
    return [step.target for step in found.steps if step.how == "render" and step.engine == kind]


def _tell_budget(most: float, budget: float) -> None:
    from comfyvn.engine.budget import money

    is_over = most > budget
    say(f"\n{'over' if is_over else 'within'} the budget of {money(budget)}: it may cost {money(most)}")
    if is_over:
        say(f"`comfyvn build --budget {budget:g}` stops before it is passed, and keeps what is finished")


def span(one: str, other: str) -> str:
    return one if one == other else f"{one} to {other}"


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `6 min`, `2 h 05 min`."""
    if value < 9.95:
        return f"{value:.1f} s"
    if value < 90:
        return f"{value:.0f} s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
