"""Prompts that make sound: what a ComfyUI server gives back for a bound graph, as samples."""

from __future__ import annotations

from collections.abc import Mapping
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


def sound(
    recipe: Render, inputs: Mapping[str, Path | bytes], job: Job, workshop: Workshop
) -> tuple[Samples, int]:
    """The sound that the recipe's output holds: samples of shape (n,) or (n, channels), and their rate in Hz.

    `inputs`: token → file or bytes to upload. Raises BridgeError or MakeError.
    """
    from comfyvn.audio.encode import decode

    result, _ = submitted(recipe, inputs, job, workshop)
    try:
        return decode(_data(recipe, result))
    except ValueError as error:
        todo = "look at what the workflow saves: WAV, FLAC, OGG and MP3 are read"
        what = f"the server's sound cannot be read ({error})"
        raise DownloadError(what, f"workflow {recipe.workflow}", todo) from error


def _data(recipe: Render, result: RenderResult) -> bytes:
    for artifact in result.artifacts:
        if artifact.output == recipe.output and artifact.kind == "audio" and artifact.data is not None:
            return artifact.data
    raise DownloadError(
        f'the server gave no sound for the output "{recipe.output}"',
        f"workflow {recipe.workflow}, node {recipe.output_node}",
        "check the workflow's outputs with `comfyvn check`, then build again",
    )
