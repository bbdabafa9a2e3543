"""A built novel without the rendering: every artifact and every record is made by the package's own engine.

Only the servers are stood in for: each render answers at once with a plain picture whose colour follows from the
target's name. Judging, patching, packing, exporting, publishing and recording are the real code, so the records are
true of the files beside them, and the next `doit` finds nothing to do. Two things make it fast and would be wrong in a
build: nothing is fsync'd, and the cache is thrown away.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PIL import Image

from comfyvn.bridge.rendering import Artifact, RenderResult
from comfyvn.engine.opening import CACHE_VARIABLE, open_novel
from comfyvn.makers.made import Run
from comfyvn.recipe import Patch, Render
from comfyvn.targets.target import Target

SIZE = (64, 96)
TOLD = 1000  # artifacts between two lines of progress


def fabricate(novel: Path) -> int:
    """Makes every target of the novel, one after the other; returns how many there are. Raises ComfyVNError."""
    sync, os.fsync = os.fsync, lambda _: None
    try:
        with tempfile.TemporaryDirectory(prefix="comfyvn-fabricate-") as folder:
            os.environ[CACHE_VARIABLE] = folder
            return _made(novel)
    finally:
        os.fsync = sync


def _made(novel: Path) -> int:
    opened = open_novel(novel.resolve())
    workshop = opened.engine.workshop
    workshop.on_a_server = _answering(opened.targets)  # type: ignore[method-assign] # the stand-in of all servers
    opened.engine.begin()
    try:
        for number, name in enumerate(opened.targets, 1):
            opened.engine.make(name)
            if number % TOLD == 0:
                sys.stderr.write(f"{number} of {len(opened.targets)} fabricated\n")
    finally:
        opened.engine.end()
    return len(opened.targets)


def _answering(targets: Mapping[str, Target]) -> Callable[..., tuple[RenderResult, Run]]:
    """What `Workshop.on_a_server` gives, without a server."""

    def answer(_kind: str, _models: Sequence[str], target: str, _work: object) -> tuple[RenderResult, Run]:
        recipe = targets[target].recipe
        render = recipe.render if isinstance(recipe, Patch) else recipe
        assert isinstance(render, Render)
        picture = Artifact(render.output, render.output_node, "images", "picture.png", "", "output", _picture(target))
        return RenderResult("", "stand-in", (picture,), False, {}, 0.0), Run("", "")

    return answer


def _picture(name: str) -> bytes:
    """A PNG of one colour, which the name decides."""
    shade = zlib.crc32(name.encode())
    buffer = io.BytesIO()
    Image.new("RGBA", SIZE, (shade & 255, shade >> 8 & 255, shade >> 16 & 255, 255)).save(buffer, "PNG")
    return buffer.getvalue()
