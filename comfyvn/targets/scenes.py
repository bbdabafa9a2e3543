"""Pictures that belong to a scene: its own background, and its stills."""

from __future__ import annotations

from collections.abc import Iterator

from comfyvn import paths
from comfyvn.contracts.location import split_background
from comfyvn.contracts.model import BASE
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Hero, InlineBackground, Scene, Shot
from comfyvn.recipe import Copy, FileInput, Recipe, TargetInput
from comfyvn.targets import pictures
from comfyvn.targets.backgrounds import fitted
from comfyvn.targets.target import Facts, Target, Toolbox

HERO_ASPECT = 832 / 1216  # width to height of the hero's own render


def scene_targets(project: Project, tools: Toolbox) -> Iterator[Target]:
    """Every scene's own background and stills."""
    for scene in project.scenes.values():
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
        found = pictures.look(project, "background", facts, (contract, background.style))
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
    found = pictures.look(project, "still", facts, (contract, shot.style))
    values = {
        **pictures.look_values(found),
        **fitted(project, facts),
        **_place(project, shot, found.prompt, contract, path, facts),
        **(_hero(project, shot.hero, found.prompt, contract, path, facts) if shot.hero else {}),
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


def _hero(project: Project, hero: Hero, style: str, contract: str, path: str, facts: Facts) -> dict[str, object]:
    """The hero's words are the character's own; the place on the picture is in the picture's pixels."""
    character = project.characters[hero.character]
    outfit, pose, expression = character.shown(hero.outfit, hero.pose, hero.expression)
    who = f"characters/{character.id}"
    facts.of(who, "identity.face", [[one.file, one.weight] for one in character.identity.face])
    width, height = project.novel.resolution
    hero_height = round(facts.number(contract, f"{path}.hero.height", hero.height) * height)
    hero_width = round(hero_height * HERO_ASPECT)
    prompt = pictures.sprite_prompt(
        facts.text(who, "prompt", character.prompt),
        facts.text(who, f"outfits.{outfit}.prompt", character.outfits[outfit].prompt),
        pictures.words(
            facts.text(who, f"poses.{pose}.prompt", character.poses()[pose][1].prompt),
            facts.text(contract, f"{path}.hero.prompt", hero.prompt),
        ),
        facts.text(who, f"expressions.{expression}.prompt", character.expressions[expression].prompt),
        style,
    )
    return {
        "hero_prompt": prompt,
        # ImageCompositeMasked refuses places left of or above the picture.
        "hero_x": max(0, round(facts.number(contract, f"{path}.hero.x", hero.x) * width - hero_width / 2)),
        "hero_y": max(0, height - hero_height),
        "hero_width": hero_width,
        "hero_height": hero_height,
        "face_references": [{"image": FileInput(one.file), "weight": one.weight} for one in character.identity.face],
    }


def _target(project: Project, scene: str, shot: str, recipe: Recipe, facts: Facts) -> Target:
    quality = "final" if isinstance(recipe, Copy) else pictures.quality(project)
    return Target(
        paths.scene_picture_name(scene, shot), recipe, (paths.scene_picture(scene, shot),), facts.values, quality
    )
