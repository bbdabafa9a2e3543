"""Models that a novel's targets really use and that may not be sold with a game: one warning for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comfyvn.errors import Problem
from comfyvn.providers import REGISTRY_FILE, Model, Registry, not_for_sale
from comfyvn.recipe import Patch, Render, Speak
from comfyvn.targets.target import Target


def unsold(targets: Mapping[str, Target], registry: Registry) -> Iterator[Problem]:
    """Warnings; `file` is the contract that names the model (`styles/ink`), or the registry when none can be told."""
    users: dict[str, list[str]] = {}
    for name, target in targets.items():
        for model in _models(target):
            users.setdefault(model, []).append(name)
    for model, entry in not_for_sale(registry, users).items():
        place, path = _said(model, [targets[name] for name in users[model]], registry)
        allowed = f"a model whose entry in {REGISTRY_FILE} says that it may be sold"
        yield Problem(place, _words(model, entry, users[model]), 0, path, f'"{model}"', allowed, severity="warning")


def _models(target: Target) -> list[str]:
    """Models that the graph names, and those that its nodes load by themselves: what is pinned."""
    recipe = target.recipe
    if isinstance(recipe, Speak):
        named = _within(_within(recipe.conversion, "render"), "pins").get("models")
    else:
        render = recipe.render if isinstance(recipe, Patch) else recipe
        named = render.pins.get("models") if isinstance(render, Render) else None
    return list(named) if isinstance(named, Mapping) else []


def _within(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    inner = value.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _words(name: str, model: Model, users: list[str]) -> str:
    may = "may not be sold" if model.commercial == "no" else "may perhaps not be sold: its entry does not say"
    licence = f" ({model.licence})" if model.licence else ""
    note = f": {model.note}" if model.note else ""
    rest = f" and {len(users) - 1} more" if len(users) > 1 else ""
    return f'what the model "{name}"{licence} makes {may}{note}; it is used by {users[0]}{rest}'


def _said(model: str, targets: list[Target], registry: Registry) -> tuple[str, str]:
    """(contract, JSON path) of the first value that names the model, or the preset that brings it."""
    implied = [entry for entry in registry.implied if model in entry.models]
    names = {model, *(value for entry in implied for value in entry.when.values())}
    for target in targets:
        for fact, value in target.facts.items():
            if names & set(_texts(value)):
                place, _, path = fact.partition(": ")
                contract, _, inside = place.partition(" ")
                return contract, "$." + ".".join(part for part in (inside, path) if part)
    return REGISTRY_FILE, f"$.models.{model}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
