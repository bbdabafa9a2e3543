"""An engine that speaks through the servers of its name: whichever is free, and another where one is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from comfyvn.bridge.speech import Capabilities, Speech, Spoken, settings_for
from comfyvn.bridge.voices.named import VoiceServer, check_agreement, version_of
from comfyvn.errors import VoiceError

if TYPE_CHECKING:
    from comfyvn.bridge.voices.line import Line


@dataclass(frozen=True)
class Dialect:
    """How a kind of server is spoken to. `say`: the speech with its settings, those of the server among them.

    `is_repeatable`: the same request gives the same samples.
    """

    can: Capabilities
    say: Callable[[Line, Speech, Mapping[str, object]], Spoken]
    is_repeatable: bool = False


class Served:
    """An engine of `servers`, all of one kind, which are heard alike. Its connections are made when it first speaks."""

    def __init__(self, name: str, servers: Sequence[VoiceServer]) -> None:
        self.name, self._servers = name, tuple(servers)
        self._desks: list[_Desk] = []
        self._guard = threading.Lock()
        self._is_stopped = False

    @property
    def repeatable(self) -> bool:
        return dialect(self.name).is_repeatable

    def capabilities(self) -> Capabilities:
        """What it can do; no server is asked."""
        return replace(dialect(self.name).can, phonemes=self._servers[0].phonemes is not None)

    @property
    def places(self) -> int:
        """How many lines its servers take at once, all together."""
        return sum(server.place.slots for server in self._servers)

    def version(self) -> str:
        """What is known of it without asking: see `named.version_of`."""
        return version_of(self._servers[0])

    def speak(self, speech: Speech) -> Spoken:
        """Say it on the server that is least busy, and on another where that one cannot. Raises VoiceError."""
        failures: list[VoiceError] = []
        for desk in self._in_turn():
            settings = {**_defaults(desk.server), **settings_for(speech, self.name)}
            began = time.monotonic()
            try:
                with desk.place():
                    waited = time.monotonic() - began
                    return replace(dialect(self.name).say(desk.line, speech, settings), waited_s=waited)
            except VoiceError as failure:
                failures.append(failure)
        raise failures[0]

    def close(self) -> None:
        """Ends its connections; the next line opens them again."""
        for desk in self._desks:
            desk.line.close()

    def stop(self) -> None:
        """Ends what is being said, and says nothing any more."""
        self._is_stopped = True
        for desk in self._desks:
            desk.line.stop()

    def _in_turn(self) -> Iterator[_Desk]:
        """Every server once: of those that are left the one with the most room, whoever is away last."""
        left = list(self._open())
        while left:
            desk = min(left, key=lambda each: (each.line.is_aside(), each.load()))
            left.remove(desk)
            yield desk

    def _open(self) -> Sequence[_Desk]:
        with self._guard:
            if not self._desks:
                from comfyvn.bridge.voices.line import Line  # HTTP: not for a build with nothing to say

                self._desks = [_Desk(Line(server)) for server in self._servers]
                for desk in self._desks if self._is_stopped else ():
                    desk.line.stop()
            return self._desks


class _Desk:
    """A server with its places: more lines than `slots` at once would only make each of them slower, or fail."""

    def __init__(self, line: Line) -> None:
        self.line, self.server = line, line.server
        self._places = threading.BoundedSemaphore(line.place.slots)
        self._count = 0
        self._guard = threading.Lock()

    def load(self) -> float:
        return self._count / self.line.place.slots

    @contextmanager
    def place(self) -> Iterator[None]:
        self._counted(1)
        try:
            with self._places:
                yield
        finally:
            self._counted(-1)

    def _counted(self, change: int) -> None:
        with self._guard:
            self._count += change


def engines_of(servers: Sequence[VoiceServer]) -> dict[str, Served]:
    """The engines that these servers serve, by the engine's name in contracts.

    Raises ContractError where two servers of one engine would be heard differently.
    """
    check_agreement(servers)
    found: dict[str, list[VoiceServer]] = {}
    for server in servers:
        found.setdefault(server.engine, []).append(server)
    return {name: Served(name, each) for name, each in found.items()}


def dialect(name: str) -> Dialect:
    """The adapter of an engine's name; it is loaded when somebody needs it."""
    if name == "openai":
        from comfyvn.bridge.voices.openai import OPENAI

        return OPENAI
    if name == "xtts_server":
        from comfyvn.bridge.voices.xtts_server import XTTS_SERVER

        return XTTS_SERVER
    if name == "alltalk":
        from comfyvn.bridge.voices.alltalk import ALLTALK

        return ALLTALK
    if name == "gpt_sovits":
        from comfyvn.bridge.voices.gpt_sovits import GPT_SOVITS

        return GPT_SOVITS
    raise VoiceError(f'no adapter speaks to servers of the kind "{name}"', "providers/servers.yaml", "correct `engine`")


def _defaults(server: VoiceServer) -> dict[str, object]:
    named = {"model": server.model, "voice": server.voice}
    return {**server.settings, **{name: value for name, value in named.items() if value is not None}}
