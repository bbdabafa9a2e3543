"""The whole plan: every target of a novel by name, in an order in which each comes after what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from comfyvn.contracts.project import Project
from comfyvn.errors import UsageError
from comfyvn.recipe import targets_of
from comfyvn.targets.backgrounds import background_targets
from comfyvn.targets.exports import export_targets
from comfyvn.targets.scenes import scene_targets
from comfyvn.targets.sprites import atlas_targets, sprite_targets
from comfyvn.targets.target import Target, Toolbox
from comfyvn.targets.voices import voice_targets


def plan(project: Project, tools: Toolbox) -> dict[str, Target]:
    """Target name → target. Raises WorkflowError or UsageError naming the contract that cannot be planned."""
    targets: dict[str, Target] = {}
    for target in _all(project, tools):
        if target.name in targets:
            raise UsageError(f"two contracts make {target.name}", target.artifact, "rename one of them")
        targets[target.name] = target
    return {name: targets[name] for name in _in_order(targets)}


def _all(project: Project, tools: Toolbox) -> Iterator[Target]:
    yield from background_targets(project, tools)
    yield from sprite_targets(project, tools)
    yield from scene_targets(project, tools)
    yield from voice_targets(project, tools)
    yield from atlas_targets(project)
    yield from export_targets(project, tools)


def _in_order(targets: dict[str, Target]) -> Iterator[str]:
    """Names with every need before its user; otherwise in the order given."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[str]:
        if name not in done:
            done.add(name)
            for need in targets_of(targets[name].recipe):
                yield from visit(need)
            yield name

    for name in targets:
        yield from visit(name)
