"""How long renders and loading models take on a server, learnt while it works; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SERVICE_S = 10.0  # one render, until the first has been seen to end
SWAP_RATIO = 2.0  # loading a checkpoint takes so many renders, until one has been seen
WARM = 0.3  # models of less weight than this are loaded beside the others: no swap worth avoiding
NEWEST = 0.3  # share of the newest measurement in the averages


@dataclass
class Measured:
    """Averages of one server, in seconds: a render without and with a swap; `cold_weight` is what the swaps weighed."""

    warm_s: float | None = None
    cold_s: float | None = None
    cold_weight: float = 0.0

    def learn(self, took_s: float, missing: float) -> None:
        """A render ended; `missing` is the weight of the models that were loaded for it."""
        took_s = max(took_s, 1e-6)
        if missing < WARM:
            self.warm_s = _averaged(self.warm_s, took_s)
        else:
            self.cold_weight = _averaged(self.cold_weight or None, missing)
            self.cold_s = _averaged(self.cold_s, took_s)

    def swap_pace(self) -> float | None:
        """Seconds for each unit of weight; None while it is not known."""
        if self.warm_s is None or self.cold_s is None:
            return None
        return max(self.cold_s - self.warm_s, 0.0) / self.cold_weight


def service_s(own: Measured, others: Iterable[Measured]) -> float:
    """Seconds of a render on a server that has the models: its own average, else that of the others."""
    if own.warm_s is not None:
        return own.warm_s
    known = [one.warm_s for one in others if one.warm_s is not None]
    return sum(known) / len(known) if known else SERVICE_S


def swap_s(own: Measured, others: Iterable[Measured], weight: float) -> float:
    """Seconds that loading models of this weight takes."""
    if weight == 0.0:
        return 0.0
    everyone = list(others)
    pace = own.swap_pace()
    if pace is None:
        known = [found for one in everyone if (found := one.swap_pace()) is not None]
        pace = sum(known) / len(known) if known else SWAP_RATIO * service_s(own, everyone)
    return weight * pace


def _averaged(old: float | None, new: float) -> float:
    return new if old is None else old + NEWEST * (new - old)
