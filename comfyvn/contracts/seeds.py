"""Which seeds a contract must state but does not: nothing random happens at build time, so each render has one."""

from __future__ import annotations

from collections.abc import Iterator

from comfyvn.contracts.character import Character, PoseFamily, Seeds
from comfyvn.contracts.location import Location
from comfyvn.contracts.model import Contract
from comfyvn.contracts.place import Steps
from comfyvn.contracts.scene import InlineBackground, Scene
from comfyvn.contracts.words import BASE

SPRITE_SEEDS = tuple(Seeds.model_fields)


def missing_seeds(contract: Contract) -> Iterator[Steps]:
    """The places of seeds that a render will need and that nobody has given. Finished art (`file`) needs none."""
    if isinstance(contract, Character):
        yield from _character(contract)
    elif isinstance(contract, Location):
        yield from _location(contract)
    elif isinstance(contract, Scene):
        yield from _scene(contract)


def _character(character: Character) -> Iterator[Steps]:
    for family_id, family in character.pose_families.items():
        for name in SPRITE_SEEDS:
            if getattr(family.seeds, name) is None and _lacks(character, family, name):
                yield ("pose_families", family_id, "seeds", name)
    for expression_id, expression in character.expressions.items():
        if expression.seed is None and _is_rendered(character, expression_id):
            yield ("expressions", expression_id, "seed")


def _lacks(character: Character, family: PoseFamily, name: str) -> bool:
    """Whether a pose of the family is rendered and does not state the seed itself."""
    return any(
        pose_id in family.poses
        and getattr(family.poses[pose_id].seeds, name) is None
        and has_base(character, outfit, pose_id)
        for outfit, pose_id in character.bases()
    )


def has_base(character: Character, outfit: str, pose: str) -> bool:
    """Whether a base is rendered for this outfit and pose: no finished art stands for it or for all its sprites."""
    if character.cell(outfit, pose, BASE).file is not None:
        return False
    cells = [character.cell(outfit, pose, expression) for expression in character.expressions]
    return any(cell.file is None and not cell.skip for cell in cells)


def _is_rendered(character: Character, expression: str) -> bool:
    """Whether some sprite with this expression is rendered and its cell states no seed."""
    return any(
        cell.file is None and cell.seed is None
        for outfit, pose, name in character.sprites()
        if name == expression
        for cell in [character.cell(outfit, pose, name)]
    )


def _location(location: Location) -> Iterator[Steps]:
    if location.file is None and location.seed is None:
        yield ("seed",)
    for name, variant in location.variants.items():
        if variant.file is None and variant.seed is None:
            yield ("variants", name, "seed")


def _scene(scene: Scene) -> Iterator[Steps]:
    background = scene.background
    if isinstance(background, InlineBackground) and background.file is None and background.seed is None:
        yield ("background", "seed")
    for number, shot in enumerate(scene.shots):
        if shot.file is not None:
            continue
        if shot.background is None and shot.seeds.background_seed is None:
            yield ("shots", number, "seeds", "background_seed")
        if shot.hero is not None and shot.seeds.hero_seed is None:
            yield ("shots", number, "seeds", "hero_seed")
