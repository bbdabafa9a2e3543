"""`comfyvn plan`: what it prints, for people and machines, and its exit codes; no server is asked anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comfyvn.cli import main
from comfyvn.cli.planning import seconds, span
from comfyvn.store import journal
from comfyvn.store.journal import Entry
from tests.fakes.novel_runs import tree
from tests.fakes.small_novel import NOVEL, write, write_small_novel

FINAL = NOVEL + "engines: {image: comfyui, video: draft, voice: [espeak]}\n"
NOWHERE = "http://127.0.0.1:9"
Plan = Callable[..., tuple[int, str]]


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    """Nothing of it is made; of two servers that do not answer, one costs 36 an hour: a second costs 0.01."""
    root = write_small_novel(tmp_path / "novel", novel=FINAL)
    gpu = f"gpu: {{url: '{NOWHERE}', price_per_hour: 36}}"
    write(root / "providers/servers.yaml", f"servers: {{{gpu}, attic: {{url: '{NOWHERE}'}}}}\n")
    return root


@pytest.fixture
def plan(novel: Path, capsys: pytest.CaptureFixture[str]) -> Plan:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["--dir", str(novel), "plan", *arguments])
        return code, capsys.readouterr().out

    return run


def remembered(novel: Path, workflow: str, kind: str, *took: float, server: str = "gpu") -> None:
    for running_s in took:
        entry = Entry("x", "2026-03-01T08:30:00Z", "made", kind, "comfyui", server=server, running_s=running_s,
                      workflow=workflow)  # fmt: skip
        journal.append(novel / ".comfyvn/journal", entry)


def test_what_is_not_known_is_said(plan: Plan) -> None:
    code, said = plan()
    assert code == 0
    pictures = "2 backgrounds, 3 sprites and 1 still"
    assert said.startswith(f"6 renders, 9 on this computer\n\nto render:\n  {pictures} because ")
    assert "server    price/h  renders  model loads" in said
    assert f"no past render tells how long {pictures} will take; costs count 60 s for each" in said
    assert max(map(len, said.splitlines())) <= 120


def test_times_and_costs_rest_on_past_renders(novel: Path, plan: Plan) -> None:
    remembered(novel, "background", "render", 10.0, 12.0, 900.0)
    remembered(novel, "sprite_expression", "patch", 20.0)
    found: dict[str, Any] = json.loads(plan("--json")[1])
    steps = {step["target"]: step for step in found["steps"]}
    plate = steps["backgrounds:pier/base"]["estimate"]
    assert (plate["seconds"], plate["past"]) == (12.0, 3)
    assert steps["sprites:aya/casual/standing/happy"]["estimate"]["seconds"] == 20.0
    on_gpu = [step for step in found["steps"] if step["server"] == "gpu"]
    cost = sum(step["estimate"]["seconds"] for step in on_gpu) * 36 / 3600
    assert found["totals"]["cost"] == {"certain": pytest.approx(cost), "most": pytest.approx(cost)}
    assert found["totals"]["renders"] == {"certain": 6, "most": 6}
    assert found["totals"]["unknown"] == 0
    by_server = {share["server"]: share["most"]["seconds"] for share in found["servers"]}
    assert found["totals"]["wall_s"] == max(by_server.values())
    assert sum(by_server.values()) == found["totals"]["seconds"]["most"]
    said = plan()[1]
    assert "each time is the median of 1 to 3 past renders like it" in said
    assert "no past render" not in said


def test_the_shape_for_machines(plan: Plan) -> None:
    found = json.loads(plan("--json", "--budget", "1")[1])
    assert list(found) == ["plan", "steps", "servers", "here", "totals", "assumed_s", "held", "lacking", "budget"]
    assert (found["plan"], found["assumed_s"]) == (1, 60.0)
    assert found["budget"] == {"limit": 1.0, "within": False}
    assert set(found["steps"][0]) == {
        "target", "kind", "how", "certain", "class", "why", "engine", "workflow", "models", "server", "load", "estimate"
    }  # fmt: skip
    assert set(found["servers"][0]) == {"server", "kind", "slots", "price_per_hour", "loads", "certain", "most"}
    assert set(found["servers"][0]["most"]) == {"steps", "seconds", "unknown", "cost"}
    page = (Path(__file__).parents[2] / "docs/plan.md").read_text("utf-8")
    members = {*found, *found["steps"][0], *found["servers"][0], *found["totals"], *found["servers"][0]["most"]}
    assert not [name for name in members if f"`{name}`" not in page]


@pytest.mark.parametrize(
    ("budget", "code", "said"), [("100", 0, "within the budget of 100.00"), ("1", 1, "over the budget of 1.00")]
)
def test_a_budget(plan: Plan, budget: str, code: int, said: str) -> None:
    found, told = plan("--budget", budget)
    assert (found, said in told) == (code, True)


@pytest.mark.parametrize("budget", ["-1", "nan", "inf", "five", ""])
def test_what_is_no_budget(novel: Path, budget: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("plan", "build"):
        with pytest.raises(SystemExit) as caught:
            main(["--dir", str(novel), command, f"--budget={budget}"])
        assert caught.value.code == 2
        assert "is no sum of money" in capsys.readouterr().err


def test_some_of_it(plan: Plan) -> None:
    found = json.loads(plan("backgrounds:pier/night", "--json")[1])
    assert [step["target"] for step in found["steps"]] == ["backgrounds:pier/base", "backgrounds:pier/night"]
    assert "  backgrounds:pier/night\n" in plan("backgrounds", "--all")[1]


def test_no_server_for_some_of_it(novel: Path, plan: Plan) -> None:
    (novel / "providers/servers.yaml").unlink()
    code, said = plan()
    assert code == 1
    assert "no comfyui server is named in providers/servers.yaml: 2 backgrounds, 3 sprites and 1 still cannot" in said


def test_drafts_have_no_price(novel: Path, plan: Plan) -> None:
    write(novel / "comfyvn.yaml", NOVEL)
    code, said = plan()
    assert code == 0
    assert "draft         6            0  no past render\n" in said
    assert "cost" not in said and "price" not in said


def test_nothing_of_the_novel_is_touched(novel: Path, plan: Plan, own_cache: Path) -> None:
    before = tree(novel)
    plan()
    plan("--json", "--budget", "3")
    assert tree(novel) == before
    assert tree(own_cache) == {}


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.04, "0.0 s"), (0.44, "0.4 s"), (9.9, "9.9 s"), (9.96, "10 s"), (75.0, "75 s"), (130.0, "2 min"),
     (5399.0, "1 h 30 min"), (7500.0, "2 h 05 min")],
)  # fmt: skip
def test_durations(value: float, said: str) -> None:
    assert seconds(value) == said


def test_spans() -> None:
    assert (span("1", "1"), span("1", "3")) == ("1", "1 to 3")
