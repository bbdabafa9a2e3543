"""What a node handler is given and gives back: the seam between the interpreter and the node classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from comfyvn.draft.folders import Folders
from comfyvn.draft.values import Bundle, Images
from comfyvn.graph.definitions import NodeClass

T = TypeVar("T")


class Stopped(Exception):
    """Somebody asked to interrupt the running prompt."""


class NodeFailed(Exception):
    """A node cannot do its work; the message is shown to the client as the node's exception."""


def no_progress(value: int, maximum: int, preview: Images | None) -> None:
    """For runs that nobody watches."""


@dataclass(frozen=True)
class World:
    """What a prompt is run in.

    `graph` is the whole prompt and `pnginfo` what the client wants written into files. `progress(value, maximum,
    preview)` reports a step of the running node and raises `Stopped` when the prompt is to end. `consumers`: node → the
    classes that its outputs reach, however far.
    """

    folders: Folders
    graph: Mapping[str, Any] = field(default_factory=dict)
    pnginfo: Mapping[str, Any] = field(default_factory=dict)
    consumers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    progress: Callable[[int, int, Images | None], None] = no_progress


@dataclass(frozen=True)
class Call:
    """One node about to run: `inputs` are evaluated values by input name, in the order of the class's definition."""

    node: str
    definition: NodeClass
    inputs: Mapping[str, Any]
    world: World

    def get(self, name: str, kind: type[T]) -> T | None:
        """The input `name` if it is of this Python type; a bundle is searched for one."""
        value = self.inputs.get(name)
        if isinstance(value, kind):
            return value
        return value.find(kind) if isinstance(value, Bundle) else None

    def need(self, name: str, kind: type[T]) -> T:
        """As `get`; raises `NodeFailed` when there is none."""
        value = self.get(name, kind)
        if value is None:
            raise NodeFailed(f"{self.definition.name}: input {name!r} holds no {kind.__name__.lower()}")
        return value

    def first(self, kind: type[T]) -> T | None:
        """The first input of this Python type, bundles included, whatever its name."""
        return next((value for name in self.inputs if (value := self.get(name, kind)) is not None), None)

    def number(self, name: str, default: float = 0.0) -> float:
        value = self.inputs.get(name)
        return float(value) if isinstance(value, (int, float)) else default

    def whole(self, name: str, default: int = 0) -> int:
        # Not through float: seeds have 64 bits.
        value = self.inputs.get(name)
        return value if isinstance(value, int) else int(self.number(name, default))

    def text(self, name: str, default: str = "") -> str:
        value = self.inputs.get(name)
        return value if isinstance(value, str) else default


@dataclass(frozen=True)
class Outcome:
    """`values`: one for each output of the class; `ui`: what history shows for an output node (None: nothing)."""

    values: tuple[Any, ...] = ()
    ui: Mapping[str, Any] | None = None


Handler = Callable[[Call], Outcome]


def give(*values: Any) -> Outcome:
    return Outcome(values)
