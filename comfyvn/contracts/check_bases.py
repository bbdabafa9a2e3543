"""Checks that the models of one picture are of one family: no SD 1.5 LoRA on an SDXL checkpoint."""

from __future__ import annotations

from collections.abc import Iterator

from comfyvn.contracts.bases import family, goes_with
from comfyvn.contracts.character import Character
from comfyvn.contracts.check_styles import style_uses
from comfyvn.contracts.findings import View
from comfyvn.contracts.scene import InlineBackground
from comfyvn.contracts.style import Look, PictureKind, Style, StyleUse, Use, resolve
from comfyvn.errors import Problem

# What IPAdapter's own presets say about themselves → the family that they are for.
ONLY = {"SD1.5 only": "sd15", "SDXL only": "sdxl"}
Site = tuple[PictureKind, tuple[Use, ...], Character | None]


def check_bases(view: View) -> Iterator[Problem]:
    """Findings where a style is said, each once; nothing while all models of the novel are of one family."""
    if not _is_mixed(view):
        return
    seen: set[tuple[str, str, str]] = set()
    for kind, uses, character in _sites(view):
        try:
            look, said_by = resolve(view.project.styles, kind, ("novel $.style", view.project.novel.style), *uses)
        except KeyError:  # an unknown style; told already
            continue
        for problem in _findings(view, look, said_by, character):
            if (mark := (problem.file, problem.path, problem.message)) not in seen:
                seen.add(mark)
                yield problem


def _findings(view: View, look: Look, said_by: dict[str, str], character: Character | None) -> Iterator[Problem]:
    base = view.bases.get(look.checkpoint, "")
    key, path = _place(said_by.get("loras", ""))
    for number, lora in enumerate(look.loras):
        if not goes_with(base, other := view.bases.get(lora.model, "")):
            yield _mixed(key, f"{path}.loras[{number}].model", "LoRA", lora.model, other, look.checkpoint, base)
    if character is None:
        return
    key, control, preset = f"characters/{character.id}", character.control.model, character.identity.preset or ""
    if control and not goes_with(base, other := view.bases.get(control, "")):
        yield _mixed(key, "$.control.model", "ControlNet", control, other, look.checkpoint, base)
    for words, other in ONLY.items():
        if words in preset and not goes_with(base, other):
            yield _mixed(key, "$.identity.preset", "identity preset", preset, other, look.checkpoint, base)


def _mixed(key: str, path: str, what: str, name: str, other: str, checkpoint: str, base: str) -> Problem:
    message = f'the {what} "{name}" is made for {other}, and the checkpoint "{checkpoint}" is of the family {base}'
    return Problem(key, message, path=path, value=f'"{name}"', allowed=f"one made for {family(base)}")


def _place(said: str) -> tuple[str, str]:
    """Where a style says something: contract and JSON path."""
    key, _, path = said.partition(" ")
    return key, path or "$"


def _is_mixed(view: View) -> bool:
    styles: list[StyleUse | Style] = [use for _, _, use in style_uses(view.project)]
    layers = [use for use in (*styles, *view.project.styles.values()) if not isinstance(use, str)]
    names = {layer.checkpoint for layer in layers} | {lora.model for layer in layers for lora in layer.loras or ()}
    cast = view.project.characters.values()
    presets = [character.identity.preset or "" for character in cast]
    families = {family(view.bases.get(name or "", "")) for name in names | {one.control.model for one in cast}}
    families |= {base for words, base in ONLY.items() if any(words in preset for preset in presets)}
    return len(families - {""}) > 1


def _sites(view: View) -> Iterator[Site]:
    """Every picture's styles, outermost first, as (where, what it says)."""
    for character in view.project.characters.values():
        yield from _sprite_sites(character)
    for location in view.project.locations.values():
        own: Use = (f"locations/{location.id} $.style", location.style)
        yield "background", (own,), None
        for name, variant in location.variants.items():
            yield "background", (own, (f"locations/{location.id} $.variants.{name}.style", variant.style)), None
    for scene in view.project.scenes.values():
        if isinstance(scene.background, InlineBackground):
            yield "background", ((f"scenes/{scene.id} $.background.style", scene.background.style),), None
        for number, shot in enumerate(scene.shots):
            yield "still", ((f"scenes/{scene.id} $.shots[{number}].style", shot.style),), None


def _sprite_sites(character: Character) -> Iterator[Site]:
    key = f"characters/{character.id}"
    for outfit, pose in character.bases():
        family_id, posed = character.poses()[pose]
        uses: tuple[Use, ...] = (
            (f"{key} $.style", character.style),
            (f"{key} $.outfits.{outfit}.style", character.outfits[outfit].style),
            (f"{key} $.pose_families.{family_id}.poses.{pose}.style", posed.style),
        )
        yield "sprite", uses, character
        for name, expression in character.expressions.items():
            cell = character.cell(outfit, pose, name)
            if expression.style or cell.style:
                place = f'{key} $.cells["{outfit}/{pose}/{name}"].style'
                own: tuple[Use, ...] = ((f"{key} $.expressions.{name}.style", expression.style), (place, cell.style))
                yield "sprite", (*uses, *own), character
