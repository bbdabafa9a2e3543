"""The order that a build's renders are begun in: one model set after the other, one part of them for each server."""

from __future__ import annotations

from itertools import groupby

from comfyvn.engine.order import in_order
from comfyvn.providers import Model, Registry
from comfyvn.recipe import Copy, FileInput, Manifest, Patch, Recipe, Render, Speak, TargetInput
from comfyvn.targets.row import Row, row_of
from comfyvn.targets.target import Target
from tests.fakes.simulation import Simulated, simulate

REGISTRY = Registry(
    version=1,
    models={
        **{name: Model(file=f"{name}.safetensors", folder="checkpoints") for name in ("sea", "city", "snow", "night")},
        "soft": Model(file="soft.safetensors", folder="loras"),
    },
)


def _render(*models: str) -> Render:
    return Render("comfyui", "background", {}, "image", "9", models=models)


def _targets(**recipes: Recipe) -> dict[str, Target]:
    return {name: Target(name, recipe, (f"build/{name}",)) for name, recipe in recipes.items()}


def rows(targets: dict[str, Target]) -> dict[str, Row]:
    return {name: row_of(target, "") for name, target in targets.items()}


def test_renders_of_one_model_set_come_together() -> None:
    patch = Patch(_render("city"), (0, 0, 1, 1), 0.1)
    a, b, c = _render("sea"), _render("city"), _render("sea", "soft")
    targets = _targets(a=a, b=b, c=c, d=a, e=patch)
    assert in_order(rows(targets), REGISTRY, servers=1) == ["a", "d", "c", "b", "e"]


def test_each_server_gets_a_part_of_its_own() -> None:
    names = ["sea", "city", "snow", "night"]
    targets = _targets(**{f"t{number}": _render(names[number % 4]) for number in range(80)})
    order = in_order(rows(targets), REGISTRY, servers=2)
    assert sorted(order) == sorted(targets)
    models = [targets[name].recipe.models[0] for name in order]  # type: ignore[union-attr]
    assert [[key for key, _ in groupby(models[start::2])] for start in (0, 1)] == [["sea", "city"], ["snow", "night"]]
    servers = [Simulated("one"), Simulated("two")]
    assert simulate(servers, [{name: 1.0} for name in models], window=32).swaps == 4


def test_speech_and_renders_go_on_side_by_side() -> None:
    targets = _targets(
        **{f"r{number}": _render("sea") for number in range(4)},
        **{f"s{number}": Speak("espeak", "Hello", "en") for number in range(2)},
        copy=Copy("comfyvn", inputs={"file": FileInput("data/x.png")}),
        manifest=Manifest("comfyvn", inputs={"x": TargetInput("copy")}),
    )
    assert in_order(rows(targets), REGISTRY, servers=1) == ["copy", "r0", "s0", "r1", "r2", "s1", "r3", "manifest"]


def test_no_targets() -> None:
    assert in_order({}, REGISTRY, servers=3) == []
