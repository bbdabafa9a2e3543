"""A target: one thing to make, its files, its recipe, and the contract values that the recipe was made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from comfyvn.graph.template import Workflow
from comfyvn.providers import Lock, Registry
from comfyvn.recipe import Recipe

Quality = Literal["draft", "final"]


@dataclass(frozen=True)
class Target:
    """`files` are known before making (the first is the artifact that bears the record); an atlas adds its pages.

    `facts` holds every contract value that went into the recipe (`characters/aya: expressions.happy.prompt` → value),
    so that "why is this stale?" is a difference of two mappings.
    """

    name: str
    recipe: Recipe
    files: tuple[str, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    quality: Quality = "final"

    @property
    def artifact(self) -> str:
        return self.files[0]


Speaker = Callable[[tuple[str, ...], Mapping[str, object], str], str]


def _nobody(_engines: tuple[str, ...], _voice: Mapping[str, object], _language: str) -> str:
    return ""


@dataclass(frozen=True)
class Toolbox:
    """What planning needs beside the contracts. `voices`: engine → version; `draft`: the draft art's version.

    `speaker`: of engines in order, settings and a language, the version of the first one's voice ("" for none).
    `packages`: what voices are installed, with their versions. `player`: gives the web player's script and style by
    file name; asked by novels that have such an export alone.
    """

    workflows: Mapping[str, Workflow]
    registry: Registry
    lock: Lock
    voices: Mapping[str, str]
    draft: str
    overlay: tuple[str, ...] = ()  # the author's own files under renpy/, relative to it
    speaker: Speaker = _nobody
    packages: tuple[str, ...] = ()
    player: Callable[[], Mapping[str, str]] = dict


class Facts:
    """Collects contract values while a recipe is composed."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def of(self, contract: str, path: str, value: object) -> object:
        """Notes `value` as what `contract` says at `path`, and gives it back."""
        if value not in (None, "", (), {}, []):
            self.values[f"{contract}: {path}"] = value
        return value

    def number(self, contract: str, path: str, value: float) -> float:
        self.of(contract, path, value)
        return value

    def text(self, contract: str, path: str, value: str) -> str:
        self.of(contract, path, value)
        return value
