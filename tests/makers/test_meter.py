"""A server that costs more than may be spent is passed over; when no other is left, that is what failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from comfyvn.bridge.comfy import ComfyBridge
from comfyvn.bridge.servers import Server
from comfyvn.errors import OverBudget
from comfyvn.makers.workshop import Workshop
from tests.fakes.comfy import FakeComfy, running
from tests.fakes.fleet import Costs, workshop


@pytest.fixture
def shop() -> Iterator[Workshop]:
    with ExitStack() as stack:
        urls = [stack.enter_context(running(FakeComfy(Costs()))).url for _ in range(2)]
        shop = workshop([Server("gpu", urls[0], price_per_hour=1.0), Server("attic", urls[1])])
        stack.callback(shop.close)
        yield shop


def test_what_costs_nothing_goes_on(shop: Workshop) -> None:
    asked: list[str] = []

    def work(bridge: ComfyBridge) -> str:
        asked.append(bridge.server.name)
        if bridge.server.price_per_hour:
            raise OverBudget("too dear")
        return bridge.server.name

    assert [shop.on_a_server("comfyui", [], f"t{number}", work) for number in range(6)] == ["attic"] * 6
    assert set(asked) == {"gpu", "attic"}


def test_when_none_is_left_the_refusal_is_raised(shop: Workshop) -> None:
    asked: list[str] = []

    def work(bridge: ComfyBridge) -> None:
        asked.append(bridge.server.name)
        raise OverBudget(f"{bridge.server.name} is too dear")

    with pytest.raises(OverBudget, match="is too dear"):
        shop.on_a_server("comfyui", [], "t", work)
    assert sorted(asked) == ["attic", "gpu"]
    assert shop.on_a_server("comfyui", [], "t", lambda bridge: "later") == "later"  # no server was put aside
