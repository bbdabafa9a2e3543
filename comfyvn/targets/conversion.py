"""Voice conversion in a recipe: the bound RVC graph, and how much of the outcome is heard."""

from __future__ import annotations

from dataclasses import replace

from comfyvn.contracts.project import Project
from comfyvn.contracts.voice import VoiceConversion
from comfyvn.recipe import FileInput, document
from comfyvn.targets import pictures
from comfyvn.targets.target import Toolbox

WORKFLOW = "voice_clip_rvc"


def conversion_of(project: Project, tools: Toolbox, asked: VoiceConversion | None, where: str) -> dict[str, object]:
    """`Speak.conversion` for what a voice or a clip asks for; {} where nothing of it would be heard.

    It holds model, pitch, mix and, under `render`, the document of a Render whose input `clip` is the chunk: engine,
    packs, models and pins are those of every render of the novel. Raises WorkflowError, UsageError or ContractError;
    `where` names the contract.
    """
    if asked is None or asked.mix == 0:
        return {}
    values = {"clip": FileInput(""), "voice_model": asked.model, "pitch": asked.pitch}
    bound = pictures.render(project, tools, WORKFLOW, values, "clip", where)
    render = document(replace(bound, inputs={}), {})
    return {"model": asked.model, "pitch": asked.pitch, "mix": asked.mix, "render": render}
