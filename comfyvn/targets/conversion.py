"""Voice conversion in a recipe: the bound RVC graph, and how much of the outcome is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from comfyvn.contracts.project import Project
from comfyvn.contracts.voice import VoiceConversion
from comfyvn.recipe import FileInput, document
from comfyvn.targets import pictures
from comfyvn.targets.target import Toolbox

WORKFLOW = "voice_clip_rvc"
DRAFT = "draft"  # the engine that makes a timbre up
CONVERTING = frozenset({"alltalk"})  # engines with models of their own, which no registry of ours names


def conversion_of(
    project: Project, tools: Toolbox, asked: VoiceConversion | None, where: str, engines: tuple[str, ...] = ()
) -> dict[str, object]:
    """`Speak.conversion` for what a voice or a clip asks for; {} where nothing of it would be heard.

    It holds model, pitch, mix and, under `render`, the document of a Render whose input `clip` is the chunk: engine,
    packs, models and pins are those of every render of the novel. Where one of `engines` converts by itself, and the
    registry has no such model, there is no `render`. Raises WorkflowError, UsageError or ContractError; `where` names
    the contract.
    """
    if asked is None or asked.mix == 0:
        return {}
    told: dict[str, object] = {"model": asked.model, "pitch": asked.pitch, "mix": asked.mix}
    if asked.model not in tools.registry.models and not CONVERTING.isdisjoint(engines):
        return told
    values = {"clip": FileInput(""), "voice_model": asked.model, "pitch": asked.pitch}
    bound = pictures.render(project, tools, WORKFLOW, values, "clip", where)
    return {**told, "render": document(replace(bound, inputs={}), {})}


def is_sketch(conversion: Mapping[str, object]) -> bool:
    """Whether the draft endpoint makes the timbre up."""
    render = conversion.get("render")
    engine = str(render.get("engine", "")) if isinstance(render, Mapping) else ""
    return engine.partition("@")[0] == DRAFT
