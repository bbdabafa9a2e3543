"""Prompts that make sound: what a ComfyUI server gives back for a bound graph, as samples."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.bridge.rendering import RenderResult
from comfyvn.errors import DownloadError
from comfyvn.makers.made import Job
from comfyvn.makers.render import submitted
from comfyvn.makers.workshop import Workshop
from comfyvn.recipe import Render

if TYPE_CHECKING:
    from comfyvn.audio.samples import Samples


@dataclass(frozen=True)
class Sound:
    """Samples of shape (n,) or (n, channels), their rate in Hz, and the versions of what made them."""

    samples: Samples
    rate: int
    made_with: Mapping[str, str]


def sound(recipe: Render, inputs: Mapping[str, Path | bytes], job: Job, workshop: Workshop) -> Sound:
    """The sound that the recipe's output holds. `inputs`: token → file or bytes to upload.

    Raises BridgeError or MakeError.
    """
    from comfyvn.audio.encode import decode

    began = time.monotonic()
    with workshop.turns.elsewhere():
        result, run = submitted(recipe, inputs, job, workshop)
    workshop.turns.wait(time.monotonic() - began - run.running_s - run.download_s)
    try:
        return Sound(*decode(_data(recipe, result)), result.made_with)
    except ValueError as error:
        todo = "look at what the workflow saves: WAV, FLAC, OGG and MP3 are read"
        what = f"the server's sound cannot be read ({error})"
        raise DownloadError(what, f"workflow {recipe.workflow}", todo) from error


def together(versions: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """What several sounds were made with, as one: where their servers differ, all that there was."""
    found: dict[str, set[str]] = {}
    for one in versions:
        for name, value in one.items():
            found.setdefault(name, set()).add(value)
    return {name: ", ".join(sorted(values)) for name, values in sorted(found.items())}


def _data(recipe: Render, result: RenderResult) -> bytes:
    for artifact in result.artifacts:
        if artifact.output == recipe.output and artifact.kind == "audio" and artifact.data is not None:
            return artifact.data
    raise DownloadError(
        f'the server gave no sound for the output "{recipe.output}"',
        f"workflow {recipe.workflow}, node {recipe.output_node}",
        "check the workflow's outputs with `comfyvn check`, then build again",
    )
