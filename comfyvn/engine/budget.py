"""What a build spends on its servers, and a limit that it does not pass: seconds of work × price per hour.

Before a render begins on a server that has a price, what was spent, what the renders under way are estimated to cost,
and the estimate of this one must be within the limit. Estimates come from the journal and from this build itself; a
render of which nothing past tells is counted with `ASSUMED_S`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from comfyvn.bridge.servers import Server
from comfyvn.engine.estimates import ASSUMED_S, Estimate, Estimates, Sort, engine_name
from comfyvn.errors import OverBudget
from comfyvn.recipe import Patch, Recipe, Render
from comfyvn.targets.row import models_of
from comfyvn.targets.target import Target

HOUR_S = 3600.0


class Budget:
    """Thread-safe; it is the workshop's meter. Without a `limit` it only counts. `past`: asked once, when needed."""

    def __init__(
        self, targets: Mapping[str, Target], past: Callable[[], Estimates], limit: float | None = None
    ) -> None:
        self._targets, self._past, self.limit = targets, past, limit
        self._estimates: Estimates | None = None
        self._spent: dict[str, float] = {}
        self._under_way: dict[tuple[str, str], float] = {}
        self._refusal = ""
        self._refused: set[str] = set()
        self._guard = threading.Lock()
        self._changed = threading.Condition(self._guard)

    def begin(self, target: str, server: Server) -> None:
        """Waits while only what is under way stands against it: that may cost less than it was thought to.

        Raises OverBudget. A server without a price is never refused.
        """
        if self.limit is None or server.price_per_hour <= 0:
            return
        with self._changed:
            while True:
                estimate = self._estimate(target, server)
                cost = cost_of(estimate.seconds if estimate else ASSUMED_S, server.price_per_hour)
                spent, under_way = sum(self._spent.values()), sum(self._under_way.values())
                if spent + under_way + cost <= self.limit:
                    self._under_way[target, server.name] = cost
                    return
                if spent + cost > self.limit:
                    self._refused.add(target)
                    raise self._over(self.limit, spent, cost, is_assumed=estimate is None)
                self._changed.wait()  # every render under way ends, if only because the build is stopped

    def end(self, target: str, server: Server, running_s: float, is_whole: bool) -> None:
        with self._changed:
            self._under_way.pop((target, server.name), None)
            self._refused.discard(target)
            cost = cost_of(running_s, server.price_per_hour)
            self._spent[server.name] = self._spent.get(server.name, 0.0) + cost
            if is_whole and running_s > 0 and self._estimates is not None and target in self._targets:
                self._estimates.learn(render_sort(self._targets[target].recipe), server.name, running_s)
            self._changed.notify_all()

    def spent(self) -> dict[str, float]:
        """Server → what its work has cost so far; those without a price are left out."""
        with self._guard:
            return {name: cost for name, cost in self._spent.items() if cost}

    def refused(self) -> frozenset[str]:
        """Targets that were refused and not made elsewhere since."""
        with self._guard:
            return frozenset(self._refused)

    def _estimate(self, target: str, server: Server) -> Estimate | None:
        if target not in self._targets:  # speech that is tried out belongs to none
            return None
        if self._estimates is None:
            self._estimates = self._past()
        return self._estimates.of(render_sort(self._targets[target].recipe), server.name)

    def _over(self, limit: float, spent: float, cost: float, is_assumed: bool) -> OverBudget:
        """The first refusal is told of all that follow: a hundred of them are one failure, not a hundred."""
        self._refusal = self._refusal or (
            f"the budget of {money(limit)} would be passed: {money(spent)} is spent, and the next render costs about "
            f"{money(cost)}" + (f" (no past render tells: {ASSUMED_S:.0f} s are counted)" if is_assumed else "")
        )
        todo = f"what is finished is kept; `comfyvn build --budget {limit:g}` goes on, and may spend as much again"
        return OverBudget(self._refusal, "price_per_hour in providers/servers.yaml", todo)


def render_sort(recipe: Recipe) -> Sort:
    """What makes this recipe's durations alike."""
    render = recipe.render if isinstance(recipe, Patch) else recipe
    workflow = render.workflow if isinstance(render, Render) else ""
    return Sort(recipe.kind, engine_name(recipe.engine), workflow, frozenset(models_of(recipe)))


def cost_of(seconds: float, price_per_hour: float) -> float:
    return seconds * price_per_hour / HOUR_S


def money(amount: float) -> str:
    """To a hundredth; smaller amounts to their first two digits, so that none but nothing reads as nothing."""
    return f"{amount:.2f}" if amount >= 0.01 or amount == 0 else f"{amount:.2g}"
