"""A ComfyUI that does what a test tells it, and a bridge to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from comfyvn.bridge.comfy import ComfyBridge, Server
from tests.fakes.comfy import FakeComfy, paint, running
from tests.fakes.payloads import QUICK


@pytest.fixture
def fake() -> Iterator[FakeComfy]:
    with running(FakeComfy(paint)) as server:
        yield server


@pytest.fixture
def bridge(fake: FakeComfy) -> Iterator[ComfyBridge]:
    with ComfyBridge(Server("gpu", fake.url, slots=4, silence_s=10.0), limits=QUICK) as made:
        yield made
