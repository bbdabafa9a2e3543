"""Pictures that belong to a scene: its own background, and its stills."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from comfyvn import paths
from comfyvn.contracts.character import Box
from comfyvn.contracts.location import split_background
from comfyvn.contracts.model import Size
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Hero, InlineBackground, Scene, Shot
from comfyvn.contracts.style import Look, default_size
from comfyvn.contracts.words import BASE
from comfyvn.recipe import Copy, Recipe, TargetInput
from comfyvn.targets import pictures
from comfyvn.targets.backgrounds import fitted
from comfyvn.targets.target import Facts, Target, Toolbox

BESIDE = ((0.03, 0.03), (0.97, 0.03), (0.03, 0.5), (0.97, 0.5))  # where a standing hero is not, as fractions


def picture_targets(project: Project, tools: Toolbox, scene: Scene) -> Iterator[Target]:
    """A scene's own background and stills."""
    if isinstance(scene.background, InlineBackground):
        yield _background(project, tools, scene, scene.background)
    for shot in scene.shots:
        yield _still(project, tools, scene, shot)


def _background(project: Project, tools: Toolbox, scene: Scene, background: InlineBackground) -> Target:
    contract, facts = f"scenes/{scene.id}", Facts()
    if background.file:
        facts.of(contract, "background.file", background.file)
        recipe: Recipe = pictures.finished(background.file, project.novel.resolution)
    else:
        found = pictures.look(project, tools, "background", facts, (contract, background.style))
        values = {
            **pictures.look_values(found),
            **fitted(project, facts),
            "prompt": pictures.place_prompt(
                facts.text(contract, "background.prompt", background.prompt),
                facts.text(contract, "background.moment", background.moment),
                found.prompt,
            ),
            "background_seed": facts.of(contract, "background.seed", background.seed),
        }
        recipe = pictures.render(project, tools, "background", values, "background", contract)
    return _target(project, scene.id, BASE, recipe, facts)


def _still(project: Project, tools: Toolbox, scene: Scene, shot: Shot) -> Target:
    contract, path, facts = f"scenes/{scene.id}", f"shots.{shot.id}", Facts()
    if shot.file:
        facts.of(contract, f"{path}.file", shot.file)
        recipe: Recipe = pictures.finished(shot.file, project.novel.resolution)
        return _target(project, scene.id, shot.id, recipe, facts)
    found = pictures.look(project, tools, "still", facts, (contract, shot.style))
    values = {
        **pictures.look_values(found),
        **fitted(project, facts),
        **_place(project, shot, found.prompt, contract, path, facts),
        **(_hero(project, tools, shot.hero, found, contract, path, facts) if shot.hero else {}),
        "background_seed": facts.of(contract, f"{path}.seeds.background_seed", shot.seeds.background_seed),
        "hero_seed": facts.of(contract, f"{path}.seeds.hero_seed", shot.seeds.hero_seed),
    }
    recipe = pictures.render(project, tools, "scene_still", values, "still", contract)
    return _target(project, scene.id, shot.id, recipe, facts)


def _place(project: Project, shot: Shot, style: str, contract: str, path: str, facts: Facts) -> dict[str, object]:
    if shot.background:
        location, variant = split_background(shot.background)
        facts.of(contract, f"{path}.background", shot.background)
        artifact = project.locations[location]
        plate = TargetInput(paths.background_name(artifact.id, variant), paths.background(artifact.id, variant))
        return {"plate": plate}
    place = facts.text(contract, f"{path}.prompt", shot.prompt)
    moment = facts.text(contract, f"{path}.moment", shot.moment)
    return {"background_prompt": pictures.place_prompt(place, moment, style)}


def _hero(
    project: Project, tools: Toolbox, hero: Hero, look: Look, contract: str, path: str, facts: Facts
) -> dict[str, object]:
    """The hero's words are the character's own; the place on the picture is in the picture's pixels."""
    character = project.characters[hero.character]
    outfit, pose, expression = character.shown(hero.outfit, hero.pose, hero.expression)
    who = f"characters/{character.id}"
    width, height = project.novel.resolution
    face = character.poses()[pose][1].face
    facts.of(who, f"poses.{pose}.face", list(face))
    hero_height = round(facts.number(contract, f"{path}.hero.height", hero.height) * height)
    size = default_size("sprite", tools.registry.bases().get(look.checkpoint, ""))
    hero_width = round(hero_height * size[0] / size[1])
    prompt = pictures.sprite_prompt(
        facts.text(who, "prompt", character.prompt),
        facts.text(who, f"outfits.{outfit}.prompt", character.outfits[outfit].prompt),
        pictures.words(
            facts.text(who, f"poses.{pose}.prompt", character.poses()[pose][1].prompt),
            facts.text(contract, f"{path}.hero.prompt", hero.prompt),
        ),
        facts.text(who, f"expressions.{expression}.prompt", character.expressions[expression].prompt),
        look.prompt,
    )
    return {
        "hero_prompt": prompt,
        **({"hero_model": look.hero} if look.hero else {}),
        # ImageCompositeMasked refuses places left of or above the picture.
        "hero_x": max(0, round(facts.number(contract, f"{path}.hero.x", hero.x) * width - hero_width / 2)),
        "hero_y": max(0, height - hero_height),
        "hero_width": hero_width,
        "hero_height": hero_height,
        **pictures.identity(tools, "scene_still", character, facts),
        **_outline(tools, face, size),
    }


def _outline(tools: Toolbox, face: Box, size: Size) -> dict[str, object]:
    """Points for the cut-out, in pixels of the painted hero: the face, what is below it, and beside all of that."""
    workflow = tools.workflows.get("scene_still")
    if workflow is None or "hero_points" not in workflow.expected_inputs:
        return {}
    x, y, width, height = face
    body = [(x + width / 2, min(0.95, y + height * (0.5 + step))) for step in range(3)]
    return {"hero_points": _points(body, size), "hero_outside": _points(BESIDE, size)}


def _points(fractions: Sequence[tuple[float, float]], size: Size) -> str:
    return json.dumps([{"x": round(x * size[0]), "y": round(y * size[1])} for x, y in fractions])


def _target(project: Project, scene: str, shot: str, recipe: Recipe, facts: Facts) -> Target:
    quality = "final" if isinstance(recipe, Copy) else pictures.quality(project)
    return Target(
        paths.scene_picture_name(scene, shot), recipe, (paths.scene_picture(scene, shot),), facts.values, quality
    )
