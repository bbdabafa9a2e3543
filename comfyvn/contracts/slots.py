"""Every slot of a novel that names a file, with what kind of file belongs there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from comfyvn.contracts import place
from comfyvn.contracts.character import Character
from comfyvn.contracts.location import Location
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import InlineBackground, Scene
from comfyvn.contracts.voice import Delivery, Voice

FileKind = Literal["image", "audio", "font", "video"]
ASSET_FILES: dict[str, FileKind] = {
    "music": "audio", "ambience": "audio", "sound": "audio", "voice": "audio",
    "image": "image", "font": "font", "video": "video",
}  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """`key` is the contract, `path` where the slot is, `file` what it names (relative to the novel)."""

    key: str
    path: str
    file: str
    kind: FileKind


def file_slots(project: Project) -> Iterator[Slot]:
    """The filled slots of a project, contract by contract."""
    yield from _novel(project)
    for character_id, character in project.characters.items():
        yield from _character(f"characters/{character_id}", character)
    for location_id, location in project.locations.items():
        yield from _location(f"locations/{location_id}", location)
    for scene_id, scene in project.scenes.items():
        yield from _scene(f"scenes/{scene_id}", scene)
    for voices_id, contract in project.voices.items():
        for number, clip in enumerate(contract.clips):
            for name, file in (("reference", clip.reference), ("file", clip.file)):
                yield from _slot(f"voices/{voices_id}", f"$.clips[{number}].{name}", file, "audio")
    for asset_id, asset in project.assets.items():
        yield Slot(f"assets/{asset_id}", "$.file", asset.file, ASSET_FILES[asset.kind])


def _slot(key: str, path: str, file: str | None, kind: FileKind) -> Iterator[Slot]:
    if file is not None:
        yield Slot(key, path, file, kind)


def _novel(project: Project) -> Iterator[Slot]:
    novel = project.novel
    yield from _slot("novel", "$.font", novel.font, "font")
    yield from _slot("novel", "$.icon", novel.icon, "image")
    for language, file in novel.fonts.items():
        yield Slot("novel", place.show(("fonts", language)), file, "font")
    yield from _voice("novel", "$.narrator", novel.narrator)


def _voice(key: str, path: str, voice: Voice | None) -> Iterator[Slot]:
    if voice is None:
        return
    yield from _slot(key, f"{path}.reference", voice.reference, "audio")
    yield from _deliveries(key, path, voice.delivery)
    for language, other in voice.languages.items():
        yield from _slot(key, f"{path}.languages.{language}.reference", other.reference, "audio")
        yield from _deliveries(key, f"{path}.languages.{language}", other.delivery)


def _deliveries(key: str, path: str, deliveries: Mapping[str, Delivery]) -> Iterator[Slot]:
    for name, delivery in deliveries.items():
        yield from _slot(key, f"{path}.delivery.{name}.reference", delivery.reference, "audio")


def _character(key: str, character: Character) -> Iterator[Slot]:
    for group in ("face", "style"):
        for number, reference in enumerate(getattr(character.identity, group)):
            yield Slot(key, f"$.identity.{group}[{number}].file", reference.file, "image")
    for family_id, family in character.pose_families.items():
        for pose_id, pose in family.poses.items():
            path = f"$.pose_families.{family_id}.poses.{pose_id}"
            yield from _slot(key, f"{path}.image", pose.image, "image")
            yield from _slot(key, f"{path}.skeleton", pose.skeleton, "image")
    for name, cell in character.cells.items():
        yield from _slot(key, place.show(("cells", name, "file")), cell.file, "image")
    yield from _voice(key, "$.voice", character.voice)


def _location(key: str, location: Location) -> Iterator[Slot]:
    yield from _slot(key, "$.file", location.file, "image")
    for name, variant in location.variants.items():
        yield from _slot(key, f"$.variants.{name}.file", variant.file, "image")


def _scene(key: str, scene: Scene) -> Iterator[Slot]:
    if isinstance(scene.background, InlineBackground):
        yield from _slot(key, "$.background.file", scene.background.file, "image")
    for number, shot in enumerate(scene.shots):
        yield from _slot(key, f"$.shots[{number}].file", shot.file, "image")
