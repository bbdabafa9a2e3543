"""From a workflow and its values to a render's recipe: what sprites, plates and stills have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from comfyvn.contracts.character import Character, Reference
from comfyvn.contracts.project import Project
from comfyvn.contracts.style import Look, PictureKind, Use, resolve
from comfyvn.errors import ComfyVNError, UsageError
from comfyvn.graph.bind import bind
from comfyvn.providers import implied_models, pins
from comfyvn.recipe import LOCAL, Copy, FileInput, Input, Render
from comfyvn.targets.target import Facts, Quality, Toolbox


def engine(project: Project, tools: Toolbox) -> str:
    """The engine that pictures are made with, as it stands in a recipe."""
    chosen = project.novel.engines.image
    return f"draft@{tools.draft}" if chosen == "draft" else chosen


def quality(project: Project) -> Quality:
    return "draft" if project.novel.engines.image == "draft" else "final"


def look(project: Project, tools: Toolbox, kind: PictureKind, facts: Facts, *uses: Use) -> Look:
    """The look after inheritance; the novel's own style comes before `uses`."""
    bases = tools.registry.bases()
    found, said_by = resolve(project.styles, kind, ("novel", project.novel.style), *uses, bases=bases)
    values = found.model_dump(mode="json")
    for name, contract in said_by.items():
        facts.of(contract, name if contract.startswith("styles/") else f"style.{name}", values[name])
    return found


def look_values(found: Look) -> dict[str, object]:
    """The inputs that every picture's workflow takes from its style."""
    width, height = found.size
    return {
        **({"upscale_model": found.upscale} if found.upscale else {}),
        "negative": found.negative,
        "checkpoint": found.checkpoint,
        "loras": [{"model": lora.model, "weight": lora.weight} for lora in found.loras],
        "sampler_name": found.sampler,
        "scheduler": found.scheduler,
        "steps": found.steps,
        "cfg": found.cfg,
        "width": width,
        "height": height,
    }


def render(
    project: Project, tools: Toolbox, workflow_id: str, values: Mapping[str, object], output: str, where: str
) -> Render:
    """A bound render. Values that stand for files are `Input`s. Raises WorkflowError; `where` names the contract."""
    if workflow_id not in tools.workflows:
        known = ", ".join(sorted(tools.workflows))
        todo = f"add workflows/{workflow_id}.json; known: {known}"
        raise UsageError(f'there is no workflow "{workflow_id}"', where, todo)
    try:
        workflow = tools.workflows[workflow_id]
        spec = workflow.outputs.get(output)
        # What a workflow gives without being asked stays in the graph: a fingerprint is of the whole.
        wanted = (output,) if spec is None or spec.on_request else None
        bound = bind(workflow, values, tools.registry.bases(), wanted)
        models = tuple(sorted({*bound.models, *implied_models(tools.registry, bound.graph)}))
        pinned = pins(tools.registry, tools.lock, bound.packs, models)
    except ComfyVNError as error:
        error.where = f"{where} ({error.where})" if error.where else where
        raise
    inputs: dict[str, Input] = dict(bound.inputs)
    return Render(
        engine=engine(project, tools),
        workflow=workflow_id,
        graph=bound.graph,
        output=output,
        output_node=bound.outputs[output],
        seeds=bound.seeds,
        packs=bound.packs,
        models=bound.models,
        pins=pinned,
        inputs=inputs,
    )


def identity(tools: Toolbox, workflow_id: str, character: Character, facts: Facts) -> dict[str, object]:
    """The inputs that say who is painted: pictures of the face, for the adapter that the preset is of."""
    contract, chosen = f"characters/{character.id}", character.identity
    facts.of(contract, "identity.face", [[one.file, one.weight] for one in chosen.face])
    if not chosen.face:
        return {}
    preset = facts.of(contract, "identity.preset", chosen.preset)
    kind = "faceid" if preset in _choices(tools, workflow_id, "faceid_preset") else "face"
    values: dict[str, object] = {f"{kind}_references": references(chosen.face)}
    return values | ({"faceid_preset" if kind == "faceid" else "identity_preset": preset} if preset else {})


def references(pictures: Iterable[Reference]) -> list[dict[str, object]]:
    """Pictures that are followed, as a workflow's list takes them."""
    return [{"image": FileInput(one.file), "weight": one.weight} for one in pictures]


def _choices(tools: Toolbox, workflow_id: str, name: str) -> tuple[str, ...]:
    workflow = tools.workflows.get(workflow_id)
    spec = workflow.expected_inputs.get(name) if workflow else None
    return spec.choices if spec else ()


def finished(file: str, size: tuple[int, int] | None, fit: str = "cover") -> Copy:
    """Art made elsewhere, for a slot that says `file`."""
    return Copy(
        engine=LOCAL, size=size, fit="contain" if fit == "contain" else "cover", inputs={"file": FileInput(file)}
    )


def sprite_prompt(subject: str, outfit: str, pose: str, expression: str, style: str) -> str:
    """Five lines, one for each role, so that whoever reads the prompt knows which words mean what.

    Line breaks are white space to a text encoder; the draft endpoint reads them as roles.
    """
    return "\n".join(_line(part) for part in (subject, outfit, pose, expression, style))


def place_prompt(place: str, moment: str, style: str) -> str:
    """Three lines: the place, its time and weather, the style."""
    return "\n".join(_line(part) for part in (place, moment, style))


def words(*parts: str) -> str:
    """Prompt words joined by commas, empty parts left out."""
    return ", ".join(part.strip().strip(",") for part in parts if part.strip())


def _line(text: str) -> str:
    return " ".join(text.split())
