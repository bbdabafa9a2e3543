"""What a maker is asked, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from comfyvn.makers.label import SourceType, labelled


@dataclass(frozen=True)
class Job:
    """What is made, for messages and for the prompt's id. `purpose` tells a render that must be made anew."""

    target: str
    fingerprint: str
    purpose: str = ""


@dataclass(frozen=True)
class Run:
    """Where it ran and how long it took there, in seconds: for the journal, never for a record.

    `server` and `prompt_id` are "" for what this machine made.
    """

    server: str
    prompt_id: str
    attempt: int = 0
    cached: bool = False
    queued_s: float = 0.0
    running_s: float = 0.0
    download_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture that is copied with a word about where it comes from in it (see makers.label).

    `file` is its path: as a Path, those of an export of thousands take three times the memory.
    """

    file: str
    source: SourceType

    @property
    def path(self) -> Path:
        return Path(self.file)

    def read_bytes(self) -> bytes:
        return labelled(self.path.read_bytes(), self.source)


Data = bytes | Path | Labelled
"""What a file is published from."""


@dataclass(frozen=True)
class Made:
    """`files`: what follows the artifact's stem (`.png`, `-0.png`, `/game/script.rpy`) → bytes, or a file to copy.

    They are published in this order. `engine` is what really made it, `made_with` its versions, `seeds` what it drew
    from; `run` is None where nobody timed it.
    """

    files: Mapping[str, bytes | Path | Labelled]
    engine: str
    repeatable: bool = True
    seeds: Mapping[str, int] = field(default_factory=dict)
    made_with: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, object] = field(default_factory=dict)
    run: Run | None = None
