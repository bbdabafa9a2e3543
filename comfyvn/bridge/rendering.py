"""The values that go into a render and come out of it; the bridge's public vocabulary."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Literal

State = Literal["queued", "running", "downloading", "silent"]
RENDER = "render"  # the usual purpose; any other asks for a render of its own, whatever the server remembers


@dataclass(frozen=True)
class Progress:
    """Where a prompt stands: `node` runs, step `value` of `maximum` (0 of 0: not known).

    `node_class` and `title` are what the graph says of the node, "" where it does not know it. "silent": the server
    answers nobody, `note` says since when and how long it is waited for. `preview`: an encoded picture of the work so
    far (JPEG or PNG), only where RenderContext.previews asks for them.
    """

    prompt_id: str
    state: State
    node: str = ""
    value: int = 0
    maximum: int = 0
    node_class: str = ""
    title: str = ""
    note: str = ""
    preview: bytes | None = field(default=None, repr=False)

    def words(self) -> str:
        """One short phrase for people: `KSampler 12/20`, `queued`, `does not answer since 10 s; …`."""
        if self.state != "running":
            return self.note or self.state
        steps = f"{self.value}/{self.maximum}" if self.maximum else ""
        return " ".join(part for part in (self.node_class, steps) if part) or "running"


@dataclass(frozen=True)
class RenderContext:
    """Whose render this is.

    `fingerprint`, `purpose` and `attempt` make the prompt's id, so that a build that died finds its prompt again.
    `progress` is called on the bridge's own thread and must return at once; what it raises is logged and dropped.
    `cancelled`, once set, withdraws the prompt from the server and ends the call with Interrupted.
    `previews`: `progress` is also given the pictures that the server sends while it samples.
    `elsewhere` tells whether another server could take this render now: then one that is gone is soon given up.
    It is asked on the bridge's own thread, at any time, and must answer at once.
    """

    fingerprint: str = ""
    purpose: str = RENDER
    attempt: int = 0
    target: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[Progress], None] | None = None
    cancelled: threading.Event | None = None
    previews: bool = False
    elsewhere: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Artifact:
    """One thing that a prompt made. `output` is the workflow's name for it, or else the id of `node`.

    `kind` is the server's key: images (also videos of SaveVideo), gifs (VHS), audio, text. `filename`, `subfolder` and
    `type` are the server's words, to ask it for the file and for nothing else. `data` is None where it was not fetched.
    """

    output: str
    node: str
    kind: str
    filename: str
    subfolder: str
    type: str
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class RenderResult:
    """What came back. `cached`: the server ran nothing anew; `seconds` of wall from submitting to the last byte.

    `made_with`: comfyui_version, pytorch_version, device. `attempt` is the one that succeeded.
    """

    prompt_id: str
    server: str
    artifacts: tuple[Artifact, ...]
    cached: bool
    made_with: Mapping[str, str]
    seconds: float
    attempt: int = 0


@dataclass(frozen=True)
class Limits:
    """How long and how much. `patience_s`: how long a server that cannot be reached is tried at the start of a call.

    `gone_s`: how long one that refuses connections, its process is gone, is waited for once it has answered us; never
    longer than its `silence_s`. A ComfyUI with many packs takes a minute or more to start. `handover_s`: the same where
    another server could take the render; `stranger_s`: where another could, and this one never answered.
    `tell_s`: silence that is spoken of.
    `tries`: how often a request that the server answers with 5xx, or a download that arrives broken, is made.
    `poll_s`, `poll_most_s`: first and longest pause between two looks at the queue when the socket tells nothing.
    """

    patience_s: float = 10.0
    gone_s: float = inf
    handover_s: float = 30.0
    stranger_s: float = 2.0
    tell_s: float = 10.0
    connect_s: float = 5.0
    socket_s: float = 2.0
    tries: int = 3
    poll_s: float = 0.05
    poll_most_s: float = 1.0
    answer_bytes: int = 128 * 2**20
    file_bytes: int = 1024 * 2**20
    pixels: int = 2**28
