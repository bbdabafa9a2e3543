"""Checks styles and everywhere that uses one: ids of styles, and models of the registry."""

from __future__ import annotations

from collections.abc import Iterator

from comfyvn.contracts import place
from comfyvn.contracts.findings import View, unknown, warning
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import InlineBackground
from comfyvn.contracts.style import NONE, Lora, Sizes, Style, StyleChange, StyleUse
from comfyvn.errors import Problem

ENTER = 'a new entry there (docs/workflows.md, "Models of your own", shows one)'


def check_styles(view: View) -> Iterator[Problem]:
    for style_id, style in view.project.styles.items():
        yield from _models(view, f"styles/{style_id}", "$", style)
    for key, path, use in style_uses(view.project):
        if key in view.unread:
            continue
        if isinstance(use, str):
            yield from view.misses(key, path, "styles", use)
        else:
            yield from view.misses(key, f"{path}.id", "styles", use.id)
            yield from _models(view, key, path, use)
    for character_id, character in view.project.characters.items():
        key, preset = f"characters/{character_id}", character.identity.preset
        offered = (*view.choices.get("identity_preset", ()), *view.choices.get("faceid_preset", ()))
        if preset is not None and offered and preset not in offered:
            yield unknown(key, "$.identity.preset", "identity preset", preset, offered, "in the workflows")
        yield from _model(view, key, "$.control.model", character.control.model, "controlnet")


def style_uses(project: Project) -> Iterator[tuple[str, str, StyleUse]]:
    """(contract key, JSON path, use) of every place that names or changes a style."""
    for key, path, use in _uses(project):
        if use is not None:
            yield key, path, use


def _uses(project: Project) -> Iterator[tuple[str, str, StyleUse | None]]:
    yield "novel", "$.style", project.novel.style
    for character_id, character in project.characters.items():
        key = f"characters/{character_id}"
        yield key, "$.style", character.style
        yield from ((key, f"$.outfits.{name}.style", outfit.style) for name, outfit in character.outfits.items())
        for family_id, family in character.pose_families.items():
            for name, pose in family.poses.items():
                yield key, f"$.pose_families.{family_id}.poses.{name}.style", pose.style
        yield from ((key, f"$.expressions.{name}.style", item.style) for name, item in character.expressions.items())
        yield from ((key, place.show(("cells", name, "style")), cell.style) for name, cell in character.cells.items())
    for location_id, location in project.locations.items():
        key = f"locations/{location_id}"
        yield key, "$.style", location.style
        yield from ((key, f"$.variants.{name}.style", variant.style) for name, variant in location.variants.items())
    for scene_id, scene in project.scenes.items():
        key = f"scenes/{scene_id}"
        if isinstance(scene.background, InlineBackground):
            yield key, "$.background.style", scene.background.style
        yield from ((key, f"$.shots[{number}].style", shot.style) for number, shot in enumerate(scene.shots))


def _sizes(key: str, path: str, sizes: Sizes | None) -> Iterator[Problem]:
    for kind in Sizes.model_fields:
        size = getattr(sizes, kind, None)
        if size is not None and any(length % 8 for length in size):
            rounded = " × ".join(str(length - length % 8) for length in size)
            yield warning(key, f"{path}.size.{kind}", f"rendered at {rounded}: models paint in steps of 8 pixels")


def _choice(view: View, key: str, path: str, value: str | None, name: str) -> Iterator[Problem]:
    """A finding when no workflow offers such a value for its input `name`."""
    offered = view.choices.get(name)
    if value is not None and offered is not None and value not in offered:
        yield unknown(key, path, name.replace("_name", "").replace("_", " "), value, offered, "in the workflows")


def _models(view: View, key: str, path: str, style: Style | StyleChange) -> Iterator[Problem]:
    yield from _sizes(key, path, style.size)
    yield from _choice(view, key, f"{path}.sampler", style.sampler, "sampler_name")
    yield from _choice(view, key, f"{path}.scheduler", style.scheduler, "scheduler")
    yield from _model(view, key, f"{path}.checkpoint", style.checkpoint, "checkpoints")
    yield from _model(view, key, f"{path}.upscale", _named(style.upscale), "upscale_models")
    yield from _model(view, key, f"{path}.hero", _named(style.hero), "diffusion_models")
    loras: tuple[Lora, ...] = style.loras or ()
    for number, lora in enumerate(loras):
        yield from _model(view, key, f"{path}.loras[{number}].model", lora.model, "loras")


def _named(model: str | None) -> str | None:
    return None if model == NONE else model


def _model(view: View, key: str, path: str, name: str | None, folder: str) -> Iterator[Problem]:
    """A finding when the registry has no such model, or has it as another kind of model."""
    if name is None or view.models is None:
        return
    fitting = [model for model, place_ in view.models.items() if place_ == folder]
    if name not in view.models:
        yield unknown(key, path, "model", name, fitting, "in the registry providers/providers.json", ENTER)
    elif name not in fitting:
        message = f'the model "{name}" lies in the folder {view.models[name]}, not in {folder}'
        yield Problem(key, message, path=path, value=f'"{name}"', allowed=", ".join(fitting))
