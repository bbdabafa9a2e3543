"""Sprites: a base for each outfit and pose, expressions as patches of its face, and one atlas for each character."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from comfyvn import paths
from comfyvn.contracts.character import NO_CHANGE, Cell, Character, Expression, Pose, PoseFamily, Seeds
from comfyvn.contracts.project import Project
from comfyvn.contracts.seeds import has_base
from comfyvn.contracts.style import IN_RENDER, Use, resolve
from comfyvn.contracts.words import BASE
from comfyvn.recipe import LOCAL, Copy, FileInput, Pack, Patch, Recipe, Render, TargetInput, targets_of
from comfyvn.targets import pictures
from comfyvn.targets.target import Facts, Target, Toolbox

MATTE = "sprite_matte"  # the workflow that cuts a sprite out of a picture
NEUTRAL = "calm neutral expression"
FEATHER = 0.12  # of the face box's smaller side
UPSCALED = 2  # how much larger the workflow sprite_pack makes a sprite that is upscaled


def character_targets(project: Project, tools: Toolbox, character: Character) -> Iterator[Target]:
    """A character's bases, then its sprites, then its atlas."""
    for outfit, pose in character.bases():
        if has_base(character, outfit, pose) or character.cell(outfit, pose, BASE).file:
            yield from _Cell(project, tools, character, outfit, pose).base()
    for outfit, pose, expression in character.sprites():
        yield from _Cell(project, tools, character, outfit, pose).sprite(expression)
    yield from _atlas(project, character)


def _atlas(project: Project, character: Character) -> Iterator[Target]:
    """One atlas for a character that has sprites."""
    sprites = character.sprites()
    if not sprites:
        return
    inputs = {
        f"{outfit}/{pose}/{expression}": TargetInput(
            paths.sprite_name(character.id, outfit, pose, expression),
            paths.sprite(character.id, outfit, pose, expression),
        )
        for outfit, pose, expression in sprites
    }
    recipe = Pack(engine=LOCAL, name=character.id, inputs=inputs)
    yield Target(
        paths.atlas_name(character.id), recipe, (paths.atlas(character.id),), quality=pictures.quality(project)
    )


def cut_from(recipe: Recipe) -> str | None:
    """The target whose picture a recipe cuts a sprite out of; None for every other recipe."""
    if not isinstance(recipe, Render) or recipe.workflow != MATTE:
        return None
    return next(iter(targets_of(recipe)), None)


def is_cut_apart(project: Project, character: Character, outfit: str, pose: str, cell_id: str) -> bool:
    """Whether a sprite is cut out of a picture that is a target of its own (`matte` of its style)."""
    cell = character.cell(outfit, pose, cell_id)
    expression = character.expressions.get(cell_id)
    is_whole = cell_id == BASE or (cell.mode or (expression.mode if expression else "")) == "full"
    if cell.file or not is_whole:
        return False
    uses = _styles(character, outfit, pose, cell, expression)
    return resolve(project.styles, "sprite", ("novel", project.novel.style), *uses)[0].matte != IN_RENDER


def _styles(
    character: Character, outfit: str, pose: str, cell: Cell, expression: Expression | None
) -> list[Use]:
    """The styles that a sprite's look is made of, outermost first; the novel's own comes before them."""
    contract, (family_id, posed) = f"characters/{character.id}", character.poses()[pose]
    return [
        (contract, character.style),
        (f"{contract} outfits.{outfit}", character.outfits[outfit].style),
        (f"{contract} pose_families.{family_id}.poses.{pose}", posed.style),
        (f"{contract} expressions", expression.style if expression else None),
        (f"{contract} cells", cell.style),
    ]


class _Cell:
    """One outfit in one pose, with the words, seeds and style that its pictures share."""

    def __init__(self, project: Project, tools: Toolbox, character: Character, outfit: str, pose: str) -> None:
        self.project, self.tools, self.character = project, tools, character
        self.outfit, self.pose = outfit, pose
        self.contract = f"characters/{character.id}"

    def base(self) -> Iterator[Target]:
        cell = self.character.cell(self.outfit, self.pose, BASE)
        facts = Facts()
        if cell.file:
            facts.of(self.contract, f"cells.{self.outfit}/{self.pose}/{BASE}.file", cell.file)
            yield self._target(BASE, pictures.finished(cell.file, None), facts)
            return
        words = facts.text(self.contract, self._cell_path(BASE, "prompt"), cell.prompt or "") or NEUTRAL
        yield from self._full(words, self._seeds(facts, cell), cell, facts, BASE)

    def sprite(self, expression_id: str) -> Iterator[Target]:
        """Also what it is cut out of, where that is a target of its own."""
        cell = self.character.cell(self.outfit, self.pose, expression_id)
        expression = self.character.expressions[expression_id]
        facts = Facts()
        if cell.file:
            facts.of(self.contract, self._cell_path(expression_id, "file"), cell.file)
            yield self._target(expression_id, self._finished(cell.file, facts), facts)
            return
        words = self._expression_words(expression_id, expression, cell, facts)
        seed = self._expression_seed(expression_id, expression, cell, facts)
        mode = facts.text(self.contract, f"expressions.{expression_id}.mode", cell.mode or expression.mode)
        if mode == "full":
            seeds = {**self._seeds(facts, NO_CHANGE), "detail_seed": seed}
            yield from self._full(words, seeds, cell, facts, expression_id)
            return
        yield self._target(expression_id, self._patch(words, seed, expression_id, expression, cell, facts), facts)

    def _target(self, expression: str, recipe: Recipe, facts: Facts) -> Target:
        names = (self.character.id, self.outfit, self.pose, expression)
        quality = "final" if isinstance(recipe, Copy) else pictures.quality(self.project)
        return Target(paths.sprite_name(*names), recipe, (paths.sprite(*names),), facts.values, quality)

    def _finished(self, file: str, facts: Facts) -> Copy:
        """Art for one cell stands on the canvas that its pose's other sprites have."""
        found = pictures.look(self.project, self.tools, "sprite", facts, *self._styles(NO_CHANGE, None))
        base = self.character.cell(self.outfit, self.pose, BASE)
        larger = UPSCALED if found.upscale else 1
        size = (found.size[0] * larger, found.size[1] * larger)
        return pictures.finished(file, None if base.file else size, "contain")

    # --- what a picture is made of

    def _full(
        self, expression: str, seeds: dict[str, int], cell: Cell, facts: Facts, cell_id: str
    ) -> Iterator[Target]:
        """A sprite that is rendered whole. Where it is cut out apart, first the picture that it is cut out of."""
        _, pose = self._family()
        styles = self._styles(cell, self.character.expressions.get(cell_id))
        found = pictures.look(self.project, self.tools, "sprite", facts, *styles)
        values: dict[str, object] = {
            **pictures.look_values(found),
            "prompt": self._prompt(expression, found.prompt, facts),
            **self._identity("sprite_pack", facts),
            **self._guides(pose, facts),
            **seeds,
        }
        if self.character.identity.style:
            styled = self.character.identity.style
            facts.of(self.contract, "identity.style", [[one.file, one.weight] for one in styled])
            values["style_references"] = pictures.references(styled)
        output = "sprite" if found.matte == IN_RENDER else "uncut"
        recipe = pictures.render(self.project, self.tools, "sprite_pack", values, output, self.contract)
        if output == "sprite":
            yield self._target(cell_id, recipe, facts)
            return
        names = (self.character.id, self.outfit, self.pose, cell_id)
        name, file, quality = paths.uncut_name(*names), paths.uncut(*names), pictures.quality(self.project)
        yield Target(name, recipe, (file,), facts.values, quality)
        picture = {"picture": TargetInput(name, file)}
        matte = pictures.render(self.project, self.tools, MATTE, picture, "sprite", self.contract)
        yield self._target(cell_id, matte, facts)  # what it shows was said there

    def _patch(
        self, words: str, seed: int, expression_id: str, expression: Expression, cell: Cell, facts: Facts
    ) -> Patch:
        _, pose = self._family()
        found = pictures.look(self.project, self.tools, "sprite", facts, *self._styles(cell, expression))
        base = TargetInput(
            paths.sprite_name(self.character.id, self.outfit, self.pose, BASE),
            paths.sprite(self.character.id, self.outfit, self.pose, BASE),
        )
        whole = ("width", "height", "upscale_model")  # what is repainted has the base's size
        values = {name: value for name, value in pictures.look_values(found).items() if name not in whole}
        values |= {
            "prompt": self._prompt(words, found.prompt, facts),
            "base": base,
            "mask": "mask",
            "denoise": facts.of(self.contract, f"expressions.{expression_id}.denoise", expression.denoise),
            "expression_seed": seed,
            **self._identity("sprite_expression", facts),
        }
        facts.of(self.contract, f"{self._pose_path()}.face", list(pose.face))
        render = pictures.render(self.project, self.tools, "sprite_expression", values, "face", self.contract)
        kept = {name: item for name, item in render.inputs.items() if name != "mask"}  # the mask is drawn from `box`
        return Patch(render=replace(render, inputs=kept), box=pose.face, feather=FEATHER)

    def _prompt(self, expression: str, style: str, facts: Facts) -> str:
        character, (family, pose) = self.character, self._family()
        outfit = character.outfits[self.outfit]
        family_id = character.poses()[self.pose][0]
        return pictures.sprite_prompt(
            facts.text(self.contract, "prompt", character.prompt),
            facts.text(self.contract, f"outfits.{self.outfit}.prompt", outfit.prompt),
            pictures.words(
                facts.text(self.contract, f"pose_families.{family_id}.prompt", family.prompt),
                facts.text(self.contract, f"{self._pose_path()}.prompt", pose.prompt),
            ),
            expression,
            style,
        )

    def _identity(self, workflow_id: str, facts: Facts) -> dict[str, object]:
        return pictures.identity(self.tools, workflow_id, self.character, facts)

    def _guides(self, pose: Pose, facts: Facts) -> dict[str, object]:
        """What fixes the pose beside its words: a picture of somebody, or a drawn skeleton."""
        control, values = self.character.control, {}
        for name, file in (("pose_image", pose.image), ("pose_skeleton", pose.skeleton)):
            facts.of(self.contract, f"{self._pose_path()}.{name.removeprefix('pose_')}", file)
            if file:
                values[name] = FileInput(file)
        if not values:
            return {}
        strength = facts.of(self.contract, "control.strength", control.strength)
        model = facts.of(self.contract, "control.model", control.model)
        return {**values, "pose_strength": strength, "controlnet": model}

    def _styles(self, cell: Cell, expression: Expression | None) -> list[Use]:
        return _styles(self.character, self.outfit, self.pose, cell, expression)

    def _expression_words(self, expression_id: str, expression: Expression, cell: Cell, facts: Facts) -> str:
        if cell.prompt is not None:
            return facts.text(self.contract, self._cell_path(expression_id, "prompt"), cell.prompt)
        return facts.text(self.contract, f"expressions.{expression_id}.prompt", expression.prompt) or expression_id

    def _expression_seed(self, expression_id: str, expression: Expression, cell: Cell, facts: Facts) -> int:
        if cell.seed is not None:
            facts.of(self.contract, self._cell_path(expression_id, "seed"), cell.seed)
            return cell.seed
        facts.of(self.contract, f"expressions.{expression_id}.seed", expression.seed)
        return expression.seed or 0

    def _seeds(self, facts: Facts, cell: Cell) -> dict[str, int]:
        """The pose's own seeds, else its family's; the cell's own seed replaces the character seed."""
        family, pose = self._family()
        chosen: dict[str, int] = {}
        for name in Seeds.model_fields:
            own, shared = getattr(pose.seeds, name), getattr(family.seeds, name)
            value = own if own is not None else shared
            if name == "character_seed" and cell.seed is not None:
                value = cell.seed
            if value is not None:
                chosen[name] = value
                facts.of(self.contract, f"{self._pose_path()}.seeds.{name}", value)
        return chosen

    def _family(self) -> tuple[PoseFamily, Pose]:
        family_id, pose = self.character.poses()[self.pose]
        return self.character.pose_families[family_id], pose

    def _pose_path(self) -> str:
        family_id = self.character.poses()[self.pose][0]
        return f"pose_families.{family_id}.poses.{self.pose}"

    def _cell_path(self, expression: str, name: str) -> str:
        return f"cells.{self.outfit}/{self.pose}/{expression}.{name}"
