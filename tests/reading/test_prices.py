"""`price_per_hour` of a server: a number that is not negative; the user's own file may say another."""

from __future__ import annotations

from pathlib import Path

import pytest

from comfyvn.engine.opening import servers
from comfyvn.errors import ContractError
from tests.fakes.small_novel import write

FILE = "providers/servers.yaml"


def _prices(root: Path) -> dict[str, float]:
    return {server.name: server.price_per_hour for server in servers(root, {})}


@pytest.mark.parametrize(("text", "price"), [("1.25", 1.25), ("3", 3.0), ("0", 0.0), ("1000", 1000.0)])
def test_a_price(tmp_path: Path, text: str, price: float) -> None:
    write(tmp_path / FILE, f"servers: {{gpu: {{url: http://127.0.0.1:8188, price_per_hour: {text}}}}}\n")
    assert _prices(tmp_path) == {"gpu": price}


@pytest.mark.parametrize("text", ["-1", ".nan", ".inf", "cheap", "[1]", "true", "'2'", "1e9"])
def test_what_is_no_price(tmp_path: Path, text: str) -> None:
    write(tmp_path / FILE, f"servers: {{gpu: {{url: http://127.0.0.1:8188, price_per_hour: {text}}}}}\n")
    with pytest.raises(ContractError) as caught:
        _prices(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("$.servers.gpu.price_per_hour", 1)


def test_without_one_it_costs_nothing_and_the_users_own_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / FILE, "servers: {gpu: {url: http://127.0.0.1:8188, price_per_hour: 2}, attic: {url: http://a}}\n")
    assert _prices(tmp_path) == {"gpu": 2.0, "attic": 0.0}
    monkeypatch.setenv("COMFYVN_CONFIG", str(tmp_path / "config"))
    write(tmp_path / "config/servers.yaml", "servers: {gpu: {price_per_hour: 0.5}}\n")
    assert _prices(tmp_path) == {"gpu": 0.5, "attic": 0.0}
