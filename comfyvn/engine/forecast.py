"""What a build would do, without doing any of it: what is made, why, where, and what it is likely to take and cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from comfyvn.bridge.servers import Server
from comfyvn.engine.budget import cost_of, render_sort
from comfyvn.engine.estimates import ASSUMED_S, Estimates
from comfyvn.engine.order import in_order
from comfyvn.engine.placing import Job, placings
from comfyvn.engine.steps import Outlook, Step, steps
from comfyvn.makers.workshop import DRAFT, DRAFT_SLOTS, weights
from comfyvn.providers import Registry
from comfyvn.targets.row import row_of
from comfyvn.targets.target import Target


@dataclass(frozen=True)
class Amount:
    """Of some steps: how many, the estimated seconds of those that have an estimate, and how many have none."""

    steps: int = 0
    seconds: float = 0.0
    unknown: int = 0

    def cost(self, price_per_hour: float) -> float:
        """What no past render tells of counts with `ASSUMED_S`."""
        return cost_of(self.seconds + self.unknown * ASSUMED_S, price_per_hour)


@dataclass(frozen=True)
class Share:
    """What one server would do. `certain` is a part of `most`."""

    server: Server
    certain: Amount
    most: Amount
    loads: int


@dataclass(frozen=True)
class Forecast:
    """`steps` in the order of the plan; `here`: what this computer would do, certainly and at most.

    `lacking`: kinds of servers that are needed and that the novel does not name. `held`: targets that are stale, and
    kept all the same.
    """

    steps: tuple[Step, ...]
    shares: tuple[Share, ...]
    here: tuple[Amount, Amount]
    lacking: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    def cost(self) -> tuple[float, float]:
        """Of what is certain, and of everything."""
        prices = [(share, share.server.price_per_hour) for share in self.shares]
        return (
            sum(share.certain.cost(price) for share, price in prices),
            sum(share.most.cost(price) for share, price in prices),
        )

    def wall_s(self) -> float | None:
        """Seconds until the last server is done with everything; None where of some render nothing is known."""
        if self.lacking or any(share.most.unknown for share in self.shares):
            return None
        return max((share.most.seconds for share in self.shares), default=0.0)


def forecast(
    outlook: Outlook, names: Sequence[str], registry: Registry, servers: Sequence[Server], estimates: Estimates
) -> Forecast:
    """`names`: what is built, needs included and first. `servers`: those that the novel names."""
    found, held = steps(outlook, names)
    renders = [step for step in found.values() if step.how == "render"]
    kinds = dict.fromkeys(step.engine for step in renders)
    lacking: list[str] = []
    shares: list[Share] = []
    for kind in kinds:
        own = servers_of(kind, servers)
        mine = {step.target: step for step in renders if step.engine == kind}
        placed = _placed(mine, outlook.targets, registry, own, estimates)
        found.update(placed)
        lacking += [] if own else [kind]
        shares += [_share(server, placed.values()) for server in own]
    local = _estimated({n: step for n, step in found.items() if step.how == "work"}, outlook.targets, estimates)
    found.update(local)
    return Forecast(
        steps=tuple(found[name] for name in names if name in found),
        shares=tuple(shares),
        here=(amount(step for step in local.values() if step.is_certain), amount(local.values())),
        lacking=tuple(lacking),
        held=tuple(held),
    )


# --- where, and what it takes


def servers_of(kind: str, servers: Sequence[Server]) -> list[Server]:
    """The servers that render this kind; our own endpoint, where no draft server is named."""
    named = [server for server in servers if server.kind == kind]
    return named or ([Server(DRAFT, "", "draft", slots=DRAFT_SLOTS)] if kind == DRAFT else [])


def _placed(
    renders: Mapping[str, Step],
    targets: Mapping[str, Target],
    registry: Registry,
    servers: Sequence[Server],
    estimates: Estimates,
) -> dict[str, Step]:
    """The renders of one kind with the servers that they are likely to run on."""
    if not servers:
        return _estimated(renders, targets, estimates)
    sorts = {name: render_sort(targets[name].recipe) for name in renders}
    known = {
        (sort, server.name): estimates.of(sort, server.name) for sort in {*sorts.values()} for server in servers
    }
    typical = median([found.seconds for found in known.values() if found] or [ASSUMED_S])

    def seconds(name: str, server: str) -> float:
        found = known[sorts[name], server]
        return found.seconds if found else typical

    order = in_order({name: row_of(targets[name], "") for name in renders}, registry, len(servers))
    placed = placings([Job(name, _weights(renders[name], registry)) for name in order], servers, seconds)
    return {
        name: replace(step, likely=at.server, is_load=at.is_load, estimate=known[sorts[name], at.server])
        for name, step in renders.items()
        for at in (placed[name],)
    }


def _estimated(these: Mapping[str, Step], targets: Mapping[str, Target], estimates: Estimates) -> dict[str, Step]:
    return {
        name: replace(step, estimate=estimates.of(render_sort(targets[name].recipe))) for name, step in these.items()
    }


def _weights(step: Step, registry: Registry) -> dict[str, float]:
    return {} if step.engine == DRAFT else weights(step.models, registry)  # drafts load nothing


def _share(server: Server, placed: Iterable[Step]) -> Share:
    own = [step for step in placed if step.likely == server.name]
    certain = amount(step for step in own if step.is_certain)
    return Share(server, certain, amount(own), sum(step.is_load for step in own))


def amount(these: Iterable[Step]) -> Amount:
    estimates = [step.estimate for step in these]
    known = [found.seconds for found in estimates if found is not None]
    return Amount(len(estimates), sum(known), len(estimates) - len(known))
