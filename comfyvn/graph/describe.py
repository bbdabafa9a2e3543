"""Workflows as pages of Markdown: what docs/workflows.md and docs/workflows/ show, made from the files themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from comfyvn.graph.bind import bind
from comfyvn.graph.header import InputSpec, OutputSpec, split_address
from comfyvn.graph.template import Workflow
from comfyvn.graph.values import allowed
from comfyvn.providers import Implied, Registry, implied_models

INTRODUCTION = """# Workflows

The workflows that a new novel starts with. Each has a page with its graph as a picture, its inputs, seeds, models and
their licences. [Connect your ComfyUI](connect-comfyui.md) tells how to get one to run, [bring your own
workflow](bring-your-workflow.md) how to put another in its place, and [workflow-format.md](workflow-format.md) how such
a file is written. Prompts of sprites are five lines: subject, outfit, pose, expression, style. Prompts of places are
three lines: place, moment, style. To CLIP a line break is white space; the draft endpoint reads the lines as roles.
This page and those it leads to are made by `python tools/write_workflow_docs.py`.
"""

MODELS = """## Models

A checkpoint, a ControlNet or any other weights file is named by its logical name in `providers/providers.json`, which
says its file, licence, and whether what it makes may be sold (`commercial`). Every default may be. IPAdapter's FaceID
presets, FLUX.1 [dev] and XTTS may not: `comfyvn check` warns of them, with the line that asks for them.

A model states its family in `base` (`sdxl`, `sd15`, `flux`, or a kind of one such as `flux_schnell`). The checkpoint's
decides sizes, ControlNets and the like (`variants` of the workflow). LoRAs and ControlNets of another family are an
error; a model that states no base goes with everything, and a checkpoint without one is treated as SDXL.

## Models of your own

To use a checkpoint or a LoRA of yours, give it a name in `models` of `providers/providers.json` and write that name
into a style (`"checkpoint": "my_checkpoint"`, `"loras": [{"model": "my_lora", "weight": 0.8}]`):

```json
"my_checkpoint": {"file": "my_checkpoint.safetensors", "folder": "checkpoints", "base": "sdxl",
  "licence": "CC0-1.0", "commercial": "yes"},
"my_lora": {"file": "my_lora.safetensors", "folder": "loras", "base": "sdxl", "commercial": "unknown"}
```

`file` is its name in the folder `folder` of ComfyUI's `models`. Where a server calls it otherwise, that server says so
under `models` in `providers/servers.yaml`: `my_checkpoint: 'SDXL\\my_checkpoint.safetensors'`.

## Who it is

Pictures of a face (`identity.face` of a character) are followed by an IPAdapter. The preset chooses which: a Plus
preset (`PLUS FACE (portraits)`, the default) looks at the whole picture and works for drawn faces; a FaceID preset
measures a photographed face, holds it closer, and needs weights that may not be used commercially.
"""


def index(workflows: Iterable[Workflow]) -> str:
    """docs/workflows.md: what there is, and what holds for all of them."""
    listed = sorted((workflow.workflow_id, workflow.doc) for workflow in workflows)
    rows = [f"| [{name}](workflows/{name}.md) | {_cell(doc)} |" for name, doc in listed]
    return "\n".join([INTRODUCTION, "| workflow | what it makes |", "| --- | --- |", *rows, "", MODELS])


def page(workflow: Workflow, registry: Registry) -> str:
    """docs/workflows/<id>.md: one workflow with its picture, inputs, families, seeds, outputs, packs and models."""
    name = workflow.workflow_id
    parts = [f"# {name}", "", workflow.doc, "", f"[![The graph]({name}.svg)]({name}.svg)", "", *_inputs(workflow), ""]
    parts += [*_families(workflow), *_facts(workflow, registry), "", *_models(workflow, registry)]
    return "\n".join(parts)


def _inputs(workflow: Workflow) -> list[str]:
    lines = ["## Inputs", "", "| input | type | default | what it is |", "| --- | --- | --- | --- |"]
    for name, spec in workflow.expected_inputs.items():
        lines.append(_row(f"`{name}`", spec))
        lines += [_row(f"`{name}[].{key}`", _field(entry)) for key, entry in spec.item.items()]
    return lines


def _families(workflow: Workflow) -> list[str]:
    lines: list[str] = []
    for name, variants in workflow.variants.items():
        fits = ", ".join(f"`{other}`" for other in variants.fits)
        lines += [f"The family of `{name}` decides; {fits} must be of the same.", ""]
        for base, defaults in variants.bases.items():
            said = ", ".join(f"`{key}` {json.dumps(value)}" for key, value in defaults.items())
            lines.append(f"- `{base}`: {said or 'the defaults above'}")
        lines.append("")
    return ["## Families of models", "", *lines] if lines else []


def _facts(workflow: Workflow, registry: Registry) -> list[str]:
    seeds = [f"`{key}` ({_bound(to)})" for key, to in workflow.seed_keys.items()]
    packs = [f"[{name}](https://github.com/{registry.pack(name).repo})" for name in workflow.packs]
    return [
        "## Seeds, outputs, packs",
        "",
        f"- Seeds: {', '.join(seeds) or 'none'}.",
        f"- Outputs: {', '.join(_output(name, output) for name, output in workflow.outputs.items())}.",
        f"- Packs: {', '.join(packs)}. An absent input takes the nodes and packs it needs out of the graph.",
    ]


def _output(name: str, output: OutputSpec) -> str:
    return f"`{name}` ({output.kind}{', only where it is asked for' if output.on_request else ''})"


def _bound(addresses: Iterable[str]) -> str:
    places = ", ".join(f"node {split_address(address)[0]}" for address in addresses)
    return places or "recorded and fingerprinted; no node of the graph takes a seed for it"


def _models(workflow: Workflow, registry: Registry) -> list[str]:
    """Models with their licences: those that every render needs first, apart from what contracts may ask for."""
    used = _used(workflow, registry)
    if not used:
        return []
    needed = _needed(workflow, registry)
    always = {name: places for name, places in used.items() if name in needed}
    asked = {name: places for name, places in used.items() if name not in needed}
    lines = ["## Models", ""]
    if always:
        lines += ["What every render needs (`for`: only with a checkpoint of that family):", ""]
        lines += [*_table(always, registry), ""]
    if asked:
        lines += ["Only where a contract or a style asks for it, as `used by` says:", "", *_table(asked, registry), ""]
    return lines


def _used(workflow: Workflow, registry: Registry) -> dict[str, dict[str, None]]:
    """Models that defaults name, and models that nodes load by themselves → what uses each."""
    used: dict[str, dict[str, None]] = {}
    for name, spec in workflow.expected_inputs.items():
        for key in _choosable(name, spec, workflow, registry):
            used.setdefault(key, {})[f"`{name}`"] = None
    for variants in workflow.variants.values():
        for base, defaults in variants.bases.items():
            for name, value in defaults.items():
                if workflow.expected_inputs[name].type == "model":
                    used.setdefault(value, {})[f"`{name}` for `{base}`"] = None
    bases = {base for variants in workflow.variants.values() for base in variants.bases}
    for entry in registry.implied:
        if entry.node in workflow.class_packs and (not entry.base or entry.base in bases):
            for name in entry.models:
                used.setdefault(name, {})[_reason(entry)] = None
    return used


def _reason(entry: Implied) -> str:
    """The preset that makes a node load a model; the node where there is no preset to choose."""
    presets = [value for key, value in entry.when.items() if key == "preset"]
    return ", ".join(presets) or f"the node {entry.node}"


def _needed(workflow: Workflow, registry: Registry) -> set[str]:
    """Models of a render that is given what it requires and nothing else, for each family of checkpoint."""
    bases = {name: model.base for name, model in registry.models.items() if model.base}
    needed: set[str] = set()
    for choice in _checkpoints(workflow, registry):
        bound = bind(workflow, {**_least(workflow), **choice}, bases)
        needed.update(bound.models, implied_models(registry, bound.graph))
    return needed


def _checkpoints(workflow: Workflow, registry: Registry) -> list[dict[str, str]]:
    """One model of every family that decides defaults, where an input always has a model; else the defaults alone."""
    found: list[dict[str, str]] = [{}]
    for name, variants in workflow.variants.items():
        if workflow.expected_inputs[name].default is not None:
            fitting = (_choosable_of(base, workflow.models[name], registry) for base in variants.bases)
            found += [{name: model} for model in fitting if model]
    return found


def _choosable_of(base: str, folder: str, registry: Registry) -> str:
    models = registry.models.items()
    return next((name for name, model in models if (model.base, model.folder) == (base, folder)), "")


def _least(workflow: Workflow) -> dict[str, object]:
    """Something for every seed and every required input, and nothing for others."""
    required = {name: spec for name, spec in workflow.expected_inputs.items() if spec.required}
    given = {name: {"0": "x"} if spec.type == "schedule" else "x" for name, spec in required.items()}
    return {**dict.fromkeys(workflow.seed_keys, 0), **given}


def _table(used: Mapping[str, Iterable[str]], registry: Registry) -> list[str]:
    heads = ("model", "file", "for", "licence", "may be sold", "used by")
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for name, places in used.items():
        model = registry.model(name)
        sold = model.commercial + (f" ({model.note})" if model.note and model.commercial != "yes" else "")
        cells = (f"[`{name}`]({model.source})", f"`{model.folder}/{model.file}`", model.base, model.licence, sold)
        lines.append("| " + " | ".join(map(_cell, (*cells, "; ".join(places)))) + " |")
    return lines


def _choosable(name: str, spec: InputSpec, workflow: Workflow, registry: Registry) -> list[str]:
    """The model that an input has when nobody says one; for an input that may be absent, what the registry offers."""
    if spec.type != "model":
        return []
    if spec.default is not None:
        return [spec.default]
    return [key for key, model in registry.models.items() if model.folder == workflow.models[name]]


def _row(name: str, spec: InputSpec) -> str:
    default = (
        "required" if spec.required else "may be absent" if spec.default is None else f"`{json.dumps(spec.default)}`"
    )
    shown = "choice" if len(spec.choices) > 8 else allowed(spec)
    return "| " + " | ".join(_cell(cell) for cell in (name, shown, default, spec.doc)) + " |"


def _field(entry: InputSpec) -> InputSpec:
    return entry.model_copy(update={"required": entry.default is None})


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
