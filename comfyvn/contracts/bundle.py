"""What a bundle holds, as models: of these its JSON Schemas are made, and by these it is verified.

A bundle is one scene with all that it shows and plays, for programs that know nothing of ComfyVN. Every path in it is
relative to the bundle's folder, with forward slashes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from comfyvn.contracts.asset import AssetKind, Caption, Loop
from comfyvn.contracts.model import Colour, File, Id, Language, Model, Rating, Size, Whole
from comfyvn.contracts.novel import Variable
from comfyvn.contracts.scene import Goal, Placement, Statement

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1)]


class BundleNovel(Model):
    """The novel that the scene is of."""

    id: Id
    title: str
    author: str = ""
    release: str
    rating: Rating


class BundleCell(Model):
    """A sprite's three parts."""

    outfit: Id
    pose: Id
    expression: Id


class BundlePerson(Model):
    """Somebody who speaks or is seen in the scene."""

    name: str
    color: Colour
    height: Annotated[float, Field(gt=0)] = Field(default=1.0, description="against the cast's average")
    baseline: float = Field(default=0.0, description="how much further down than usual the sprite stands")
    default: BundleCell = Field(description="what is shown when a statement does not say and nobody is on screen")
    sprites: dict[str, File] = Field(default_factory=dict, description="outfit/pose/expression → picture")


class BundleStill(Model):
    """A full-screen picture of the scene."""

    image: File
    title: str = ""
    alt: str = Field(default="", description="what is to be seen, for players who hear the game read aloud")


class BundleSound(Model):
    """Music, ambience, a sound or a film."""

    file: File
    kind: AssetKind
    loop: Loop | None = None
    gain: float = Field(default=0.0, description="dB, applied when it is played")
    captions: tuple[Caption, ...] = Field(default=(), description="subtitles of a film")
    alt: str = Field(default="", description="what a film shows, for players who hear the game read aloud")


class BundleVoice(Model):
    """A line as it is heard in one language."""

    file: File
    subtitles: File = Field(description="SubRip")


class BundleLine(Model):
    """A line in reading order: a menu's prompt before its choices."""

    id: Id | None = None
    kind: Literal["say", "narrate", "menu", "choice", "input"]
    speaker: Id | None = Field(default=None, description="key of `cast`; left out for the narrator")
    text: str = Field(description="as it is typed, with markup and [variables]")
    plain: str = Field(description="without markup")
    translations: dict[Language, str] = Field(default_factory=dict, description="as it is typed in further languages")


class BundleScene(Model):
    """`scene.json`: the script, and the tables in which every name that it uses stands."""

    bundle: Literal[1] = Field(description="version of the bundle's shape")
    id: Id
    title: str = ""
    mode: Literal["adv", "nvl"] = Field(default="adv", description="nvl: lines fill a page until `nvl: clear`")
    rating: Rating | None = None
    novel: BundleNovel
    language: Language
    resolution: Size = Field(description="of the game, in pixels")
    background: File = Field(description="picture that the scene begins with")
    backgrounds: dict[str, File] = Field(
        default_factory=dict, description="name as in the statement `background` → picture"
    )
    stills: dict[str, BundleStill] = Field(default_factory=dict, description="name as in the statement `still`")
    cast: dict[Id, BundlePerson] = Field(default_factory=dict)
    placements: tuple[Placement, ...] = Field(default=(), description="who is there when the scene begins")
    sounds: dict[Id, BundleSound] = Field(default_factory=dict, description="what is played, by its name there")
    music: Id | None = Field(default=None, description="plays from the beginning; key of `sounds`")
    ambience: Id | None = Field(default=None, description="plays from the beginning; key of `sounds`")
    voices: dict[Id, dict[Language, BundleVoice]] = Field(default_factory=dict, description="line id → language")
    variables: dict[Id, Variable] = Field(default_factory=dict, description="the novel's, with their first values")
    lines: tuple[BundleLine, ...] = ()
    script: tuple[Statement, ...]
    next: Goal | None = Field(default=None, description="where the story goes when the script's end is reached")


class BundleEngine(Model):
    """`wanted`: what the novel asks for; `made`: what really made it."""

    wanted: str
    made: str


class BundleProvenance(Model):
    """How an artifact was made, as its record says; or whose a file is that was made elsewhere."""

    kind: Literal["render", "patch", "speak", "copy", "pack", "file"]
    engine: BundleEngine | None = None
    workflow: str = ""
    wanted: str = Field(default="", description="fingerprint of what was asked for")
    made: str = Field(default="", description="fingerprint of what produced it")
    quality: Literal["draft", "final", ""] = ""
    repeatable: bool | None = None
    seeds: dict[str, Whole] = Field(default_factory=dict)
    sampling: dict[str, JsonValue] = Field(default_factory=dict)
    models: dict[str, dict[str, str]] = Field(default_factory=dict, description="name → SHA-256 and how sure it is")
    packs: dict[str, dict[str, str]] = Field(default_factory=dict, description="name → commit and how sure it is")
    made_with: dict[str, str] = Field(default_factory=dict)
    made_of: tuple[str, ...] = Field(default=(), description="other keys of `provenance`")
    notes: dict[str, JsonValue] = Field(default_factory=dict)
    title: str = ""
    author: str = ""
    source: str = ""
    licence: str = ""


class BundleFile(Model):
    """One file of the bundle."""

    path: File
    sha256: Sha256
    size: Whole = Field(description="bytes")
    type: Name = Field(description="media type")
    source_type: str = Field(default="", description="IPTC digital source type, where it is known")
    made_by: str = Field(default="", description="key of `provenance`; left out for what this export wrote")


class BundleManifest(Model):
    """`manifest.json`: every other file of the bundle."""

    bundle: Literal[1] = Field(description="version of the bundle's shape")
    scene: Id
    files: tuple[BundleFile, ...] = Field(description="by path; all that there are, but this one")
    provenance: dict[str, BundleProvenance] = Field(default_factory=dict)


class BundleVersions(Model):
    """`versions.json`: what the bundle was made with."""

    bundle: Literal[1] = Field(description="version of the bundle's shape")
    comfyvn: str
    contracts: dict[str, Whole] = Field(description="contract → version of its shape")
    workflows: dict[str, Whole] = Field(default_factory=dict, description="workflow → its version")
    engines: tuple[str, ...] = Field(default=(), description="what made the artifacts")
    packs: dict[str, dict[str, str]] = Field(default_factory=dict)
    models: dict[str, dict[str, str]] = Field(default_factory=dict, description="with licence and commercial use")
    made_with: tuple[dict[str, str], ...] = Field(default=(), description="versions of ComfyUI and torch, devices")


BUNDLE_FILES: dict[str, type[Model]] = {
    "scene.json": BundleScene,
    "manifest.json": BundleManifest,
    "versions.json": BundleVersions,
}
