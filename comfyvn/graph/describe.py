"""Workflows as tables in Markdown: what docs/workflows.md shows, made from the files themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable

from comfyvn.graph.header import InputSpec
from comfyvn.graph.template import Workflow
from comfyvn.graph.values import allowed

INTRODUCTION = """# Workflows

The workflows that a new novel starts with, and what each takes. [workflow-format.md](workflow-format.md) tells how such
a file is written. Prompts of sprites are five lines: subject, outfit, pose, expression, style. Prompts of places are
three lines: place, moment, style. To CLIP a line break is white space; the draft endpoint reads the lines as roles.
This page is made by `python tools/write_workflow_docs.py`.

A checkpoint, a ControlNet or any other weights file is named by its logical name in `providers/providers.json`. The
face adapters are those of IPAdapterUnifiedLoader, whose weights may be used commercially; FaceID needs another loader
class and weights that may not, so it is left to workflows of your own.

## Models of your own

To use a checkpoint or a LoRA of yours, give it a name in `models` of `providers/providers.json` and write that name
into a style (`"checkpoint": "my_checkpoint"`, `"loras": [{"model": "my_lora", "weight": 0.8}]`):

```json
"my_checkpoint": {"file": "my_checkpoint.safetensors", "folder": "checkpoints", "licence": "CC0-1.0"},
"my_lora": {"file": "my_lora.safetensors", "folder": "loras"}
```

`file` is its name in the folder `folder` of ComfyUI's `models`. Where a server calls it otherwise, that server says so
under `models` in `providers/servers.yaml`: `my_checkpoint: 'SDXL\\my_checkpoint.safetensors'`.
"""


def page(workflows: Iterable[Workflow]) -> str:
    """The whole page: an introduction, then one section per workflow in the order of their ids."""
    sections = [section(workflow) for workflow in sorted(workflows, key=lambda each: each.workflow_id)]
    return "\n".join([INTRODUCTION, *sections])


def section(workflow: Workflow) -> str:
    """One workflow: its purpose, a table of its inputs, its seeds, outputs and packs."""
    lines = [
        f"## {workflow.workflow_id}",
        "",
        workflow.doc,
        "",
        "| input | type | default | what it is |",
        "| --- | --- | --- | --- |",
    ]
    for name, spec in workflow.expected_inputs.items():
        lines.append(_row(f"`{name}`", spec))
        lines += [_row(f"`{name}[].{key}`", _field(entry)) for key, entry in spec.item.items()]
    lines += ["", *_facts(workflow), ""]
    return "\n".join(lines)


def _row(name: str, spec: InputSpec) -> str:
    default = (
        "required" if spec.required else "may be absent" if spec.default is None else f"`{json.dumps(spec.default)}`"
    )
    shown = "choice" if len(spec.choices) > 8 else allowed(spec)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (name, shown, default, spec.doc)) + " |"


def _field(entry: InputSpec) -> InputSpec:
    return entry.model_copy(update={"required": entry.default is None})


def _facts(workflow: Workflow) -> list[str]:
    seeds = [f"`{key}`" + ("" if to else " (recorded; no node uses it)") for key, to in workflow.seed_keys.items()]
    return [
        f"- Seeds: {', '.join(seeds)}.",
        f"- Outputs: {', '.join(f'`{name}` ({output.kind})' for name, output in workflow.outputs.items())}.",
        f"- Packs: {', '.join(workflow.packs)}. An absent input takes the nodes and packs it needs out of the graph.",
    ]
