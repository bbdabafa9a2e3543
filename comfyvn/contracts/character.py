"""Characters: who they are, and every sprite of them (outfit × pose × expression)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from comfyvn.contracts.model import CellId, Colour, Contract, File, Flag, Fraction, Id, Model, Positive, Rating, Seed
from comfyvn.contracts.style import Strength, StyleUse
from comfyvn.contracts.voice import Voice

Box = tuple[Fraction, Fraction, Fraction, Fraction]
FACE_BOX: Box = (0.28, 0.04, 0.44, 0.26)
CellName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$")]


class Reference(Model):
    """A picture that holds identity or style, and how strongly it acts."""

    file: File = Field(description="picture in the novel's folder")
    weight: Annotated[float, Field(strict=True, ge=0, le=3)] = Field(default=0.8, description="0 does nothing")


class Identity(Model):
    """What keeps a face the same from picture to picture."""

    face: tuple[Reference, ...] = Field(default=(), description="pictures of the face")
    style: tuple[Reference, ...] = Field(default=(), description="pictures whose manner is taken over")
    preset: str | None = Field(
        default=None,
        description="IPAdapter preset, a Plus or a FaceID one (FaceID's weights may not be used commercially); "
        "the workflow's own when left out",
    )


class Control(Model):
    """ControlNet defaults of this character's poses."""

    strength: Strength = Field(default=0.8, description="how strictly a pose picture is followed")
    model: str | None = Field(default=None, description="logical ControlNet name; the workflow's own when left out")


class Outfit(Model):
    """What somebody wears."""

    name: str = ""
    prompt: str = Field(default="", description="the clothes in words")
    style: StyleUse | None = None
    poses: tuple[Id, ...] | None = Field(default=None, description="only these poses wear it; all when left out")
    rating: Rating | None = Field(default=None, description="not worn in games with a lower rating (`--rating`)")


class Seeds(Model):
    """Seeds of a sprite's base, named as the workflow's seed keys; a pose states only what differs."""

    character_seed: Seed | None = None
    detail_seed: Seed | None = None
    control_seed: Seed | None = None


class Pose(Model):
    """One way of standing or sitting."""

    prompt: str = Field(default="", description="the pose in words")
    image: File | None = Field(default=None, description="somebody in the pose; the skeleton is read from the picture")
    skeleton: File | None = Field(default=None, description="skeleton in OpenPose colours, used as it is")
    face: Box = Field(default=FACE_BOX, description="x, y, width, height of the face as fractions of the canvas")
    seeds: Seeds = Field(default=Seeds(), description="only those that differ from the family's")
    style: StyleUse | None = None


class PoseFamily(Model):
    """Poses that share seeds, so that they look like one photo session."""

    seeds: Seeds = Seeds()
    prompt: str = Field(default="", description="words that all its poses share")
    poses: dict[CellId, Pose]


class Expression(Model):
    """A face. `patch` repaints the face of the accepted base; `full` renders the whole cell."""

    prompt: str = Field(default="", description="the face in words")
    seed: Seed | None = None
    mode: Literal["patch", "full"] = "patch"
    denoise: Annotated[float, Field(strict=True, gt=0, le=1)] = Field(
        default=0.55, description="how far a patch may leave the base"
    )
    style: StyleUse | None = None


class Cell(Model):
    """What one sprite (or one base: outfit/pose/base) says differently."""

    prompt: str | None = Field(default=None, description="replaces the expression's (a base: adds to the pose's) words")
    seed: Seed | None = None
    mode: Literal["patch", "full"] | None = None
    style: StyleUse | None = None
    file: File | None = Field(default=None, description="finished art, used instead of rendering")
    skip: Flag = Field(default=False, description="this sprite does not exist")


class Default(Model):
    """What is shown when a scene does not say."""

    outfit: Id | None = None
    pose: Id | None = None
    expression: Id | None = None


class Character(Contract):
    """`data/characters/<id>/character.json`: one person."""

    id: Id
    name: str = Field(description="as the player reads it")
    color: Colour = Field(default="#ffffff", description="colour of the name")
    prompt: str = Field(default="", description="what is true of the person in every picture")
    main: Flag = Field(default=True, description="voiced when the novel voices its main characters")
    style: StyleUse | None = None
    identity: Identity = Identity()
    control: Control = Control()
    height: Positive = Field(default=1.0, description="height against the cast's average")
    baseline: Fraction = Field(default=0.0, description="how much further down than usual the sprite stands")
    outfits: Annotated[dict[CellId, Outfit], Field(min_length=1)]
    pose_families: Annotated[dict[Id, PoseFamily], Field(min_length=1)]
    expressions: Annotated[dict[CellId, Expression], Field(min_length=1)]
    cells: dict[CellName, Cell] = Field(default_factory=dict, description="outfit/pose/expression → what differs")
    default: Default = Default()
    voice: Voice | None = None

    def poses(self) -> dict[str, tuple[str, Pose]]:
        """Pose id → (family id, pose), in the file's order."""
        return {
            pose_id: (family_id, pose)
            for family_id, family in self.pose_families.items()
            for pose_id, pose in family.poses.items()
        }

    def bases(self) -> tuple[tuple[str, str], ...]:
        """Every (outfit, pose) that exists, in the file's order."""
        return tuple(
            (outfit_id, pose_id)
            for outfit_id, outfit in self.outfits.items()
            for pose_id in self.poses()
            if outfit.poses is None or pose_id in outfit.poses
        )

    def sprites(self) -> tuple[tuple[str, str, str], ...]:
        """Every (outfit, pose, expression) that exists, in the file's order."""
        return tuple(
            (outfit, pose, expression)
            for outfit, pose in self.bases()
            for expression in self.expressions
            if not self.cell(outfit, pose, expression).skip
        )

    def cell(self, outfit: str, pose: str, expression: str) -> Cell:
        return self.cells.get(f"{outfit}/{pose}/{expression}", NO_CHANGE)

    def shown(self, outfit: str | None, pose: str | None, expression: str | None) -> tuple[str, str, str]:
        """The sprite that is meant when a scene leaves parts out: the defaults, else the first of each."""
        return (
            outfit or self.default.outfit or next(iter(self.outfits)),
            pose or self.default.pose or next(iter(self.poses())),
            expression or self.default.expression or next(iter(self.expressions)),
        )


NO_CHANGE = Cell()
