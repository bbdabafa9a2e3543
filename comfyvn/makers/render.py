"""Renders: a bound graph submitted to a server, and the picture that comes back.

What looks at pictures is imported when there is one: before the first render is sent, it would only hold that up.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.bridge.rendering import RENDER, Progress, RenderContext, RenderResult
from comfyvn.errors import DownloadError, MakeError
from comfyvn.makers.made import Job, Made, Run
from comfyvn.makers.meter import Meter
from comfyvn.makers.stopwatch import Stopwatch
from comfyvn.makers.workshop import Workshop
from comfyvn.recipe import Patch, Render

if TYPE_CHECKING:
    from comfyvn.bridge.comfy import ComfyBridge


def render(recipe: Render, sources: Mapping[str, Path], job: Job, workshop: Workshop) -> Made:
    """The picture as the server wrote it, its metadata included. Raises BridgeError or MakeError."""
    data, result, run = _picture(recipe, dict(sources), job, workshop)
    return Made({".png": data}, recipe.engine, seeds=recipe.seeds, made_with=result.made_with, run=run)


def patch(recipe: Patch, sources: Mapping[str, Path], job: Job, workshop: Workshop) -> Made:
    """The base with its face repainted inside the mask. Raises BridgeError or MakeError."""
    from PIL import Image

    from comfyvn.makers import patch as patching
    from comfyvn.makers.copy import png

    base = sources["base"].read_bytes()
    try:
        with Image.open(io.BytesIO(base)) as image:
            mask = png(patching.mask(image.size, recipe.box, recipe.feather))
    except (OSError, SyntaxError, ValueError) as error:
        raise MakeError(f"the base is not a picture ({error})", str(sources["base"]), "make it again") from error
    inputs: dict[str, Path | bytes] = {**sources, "mask": mask}
    face, result, run = _picture(recipe.render, inputs, job, workshop)
    data = patching.patched(base, face, recipe.box, recipe.feather)
    return Made({".png": data}, recipe.engine, seeds=recipe.render.seeds, made_with=result.made_with, run=run)


def _picture(
    recipe: Render, inputs: Mapping[str, Path | bytes], job: Job, workshop: Workshop
) -> tuple[bytes, RenderResult, Run]:
    result, run = submitted(recipe, inputs, job, workshop)
    return _image_of(recipe, result), result, run


def submitted(
    recipe: Render, inputs: Mapping[str, Path | bytes], job: Job, workshop: Workshop
) -> tuple[RenderResult, Run]:
    """Submits to the server that suits the models best; one that is down is passed over while another is left.

    Raises BridgeError or MakeError.
    """
    kind = recipe.engine.partition("@")[0]
    return workshop.on_a_server(
        kind, recipe.models, job.target, lambda bridge: _submit(recipe, inputs, job, workshop, bridge)
    )


def _submit(
    recipe: Render, inputs: Mapping[str, Path | bytes], job: Job, workshop: Workshop, bridge: ComfyBridge
) -> tuple[RenderResult, Run]:
    watch = Stopwatch()

    def progress(step: Progress) -> None:
        watch.enter(step.state)
        workshop.report(job.target, f"{bridge.server.name}: {step.words()}")

    payload = {
        "workflow_id": recipe.workflow,
        "workflow": recipe.graph,
        "inputs": dict(inputs),
        "outputs": {recipe.output: recipe.output_node},
        "packs": list(recipe.packs),
        "pins": dict(recipe.pins),
        "seeds": dict(recipe.seeds),
        "models": {name: workshop.registry.model(name).file for name in recipe.models},
    }
    context = _context(job, progress, lambda: workshop.has_other(bridge.server))
    return _metered(job.target, bridge, watch, workshop.meter, lambda: bridge.submit(payload, context))


def _metered(
    target: str, bridge: ComfyBridge, watch: Stopwatch, meter: Meter, submit: Callable[[], RenderResult]
) -> tuple[RenderResult, Run]:
    """What the server worked is paid for, whether anything came of it or not."""
    meter.begin(target, bridge.server)
    is_whole = False
    try:
        result = submit()
        is_whole = not result.cached
        return result, _run(result, watch)
    finally:
        meter.end(target, bridge.server, watch.seconds()["running"], is_whole)


def _run(result: RenderResult, watch: Stopwatch) -> Run:
    spent = watch.seconds()
    return Run(
        server=result.server,
        prompt_id=result.prompt_id,
        attempt=result.attempt,
        cached=result.cached,
        queued_s=spent["queued"],
        running_s=spent["running"],
        download_s=spent["downloading"],
    )


def _context(job: Job, progress: Callable[[Progress], None], elsewhere: Callable[[], bool]) -> RenderContext:
    return RenderContext(
        fingerprint=job.fingerprint,
        purpose=job.purpose or RENDER,
        target=job.target,
        progress=progress,
        elsewhere=elsewhere,
    )


def _image_of(recipe: Render, result: RenderResult) -> bytes:
    for artifact in result.artifacts:
        if artifact.output == recipe.output and artifact.kind == "images" and artifact.data is not None:
            return _as_png(artifact.data)
    raise DownloadError(
        f'the server gave no picture for the output "{recipe.output}"',
        f"workflow {recipe.workflow}, node {recipe.output_node}",
        "check the workflow's outputs with `comfyvn check`, then build again",
    )


def _as_png(data: bytes) -> bytes:
    from PIL import Image

    from comfyvn.makers.copy import png
    from comfyvn.makers.embedded import embedded

    with Image.open(io.BytesIO(data)) as image:
        return data if image.format == "PNG" else png(image, embedded(image))
