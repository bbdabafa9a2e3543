"""Checks characters and voices by themselves: cells, defaults and outfits name what the character has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comfyvn.contracts import place
from comfyvn.contracts.character import Character
from comfyvn.contracts.findings import View, sprite_parts, unknown, warning
from comfyvn.contracts.mistakes import shown
from comfyvn.contracts.scene import Line
from comfyvn.contracts.text import has_words
from comfyvn.contracts.translated import translation
from comfyvn.contracts.voice import Clip, Voice
from comfyvn.contracts.words import BASE
from comfyvn.errors import Problem


def check_cast(view: View) -> Iterator[Problem]:
    for character_id, character in view.project.characters.items():
        key = f"characters/{character_id}"
        yield from _poses(key, character)
        yield from _cells(key, character)
        default = character.default
        wanted = (default.outfit, default.pose, default.expression)
        yield from sprite_parts(view, key, "$.default", character, wanted)
        if character.bases() and not character.sprites():
            yield Problem(key, "the character has no sprite at all: every cell is skipped", path="$.cells")
    yield from _clips(view)


def _poses(key: str, character: Character) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for family_id, family in character.pose_families.items():
        for pose_id in family.poses:
            path = f"$.pose_families.{family_id}.poses.{pose_id}"
            if pose_id in first:
                yield Problem(key, f'the pose "{pose_id}" is in the family "{first[pose_id]}" too', path=path)
            first.setdefault(pose_id, family_id)
        if not family.poses:
            yield warning(key, f"$.pose_families.{family_id}.poses", "the family has no pose")
    if not first:
        yield Problem(key, "the character has no pose", path="$.pose_families")
    for outfit_id, outfit in character.outfits.items():
        for number, pose_id in enumerate(outfit.poses or ()):
            if pose_id not in first:
                yield unknown(
                    key, f"$.outfits.{outfit_id}.poses[{number}]", "pose", pose_id, first, f"of {character.id}"
                )


def _cells(key: str, character: Character) -> Iterator[Problem]:
    bases = set(character.bases())
    for name, cell in character.cells.items():
        outfit, pose, expression = name.split("/")
        path = place.show(("cells", name))
        wrong = [
            unknown(key, path, what, part, known, f"of {character.id}")
            for what, part, known in (
                ("outfit", outfit, character.outfits),
                ("pose", pose, character.poses()),
                ("expression", expression, {**character.expressions, BASE: None}),
            )
            if part not in known
        ]
        yield from wrong
        if not wrong and (outfit, pose) not in bases:
            yield Problem(key, f'the outfit "{outfit}" is not worn in the pose "{pose}"', path=path)
        if expression == BASE and cell.skip:
            message = "a base cannot be skipped"
            yield Problem(key, message, path=f"{path}.skip", allowed=f'leave "{pose}" out of $.outfits.{outfit}.poses')


def voice_of(view: View, speaker: str | None) -> Voice | None:
    """The voice of a character, or of the narrator for None; None when it is not known."""
    if speaker is None:
        return None if "novel" in view.unread else view.project.novel.narrator
    character = view.project.characters.get(speaker)
    return (character.voice or Voice()) if character else None


def delivery(view: View, key: str, path: str, speaker: str | None, name: str | None) -> Iterator[Problem]:
    """A warning when the speaker's voice does not say how such a delivery sounds."""
    voice = voice_of(view, speaker)
    if name is not None and voice is not None and name not in voice.delivery:
        found = unknown(key, path, "delivery", name, voice.delivery, f"of {speaker or 'the narrator'}")
        yield warning(
            key, path, f"{found.message}; it is spoken as usual", found.allowed, found.value, found.suggestion
        )


def _clips(view: View) -> Iterator[Problem]:
    lines = {line.id: line for line in view.project.lines() if line.id}
    first: dict[tuple[str, str], str] = {}
    for voices_id, contract in view.project.voices.items():
        key = f"voices/{voices_id}"
        for number, clip in enumerate(contract.clips):
            path = f"$.clips[{number}]"
            language = clip.language or view.project.novel.languages[0]
            other = first.setdefault((clip.id, language), f"{key} {path}")
            if other != f"{key} {path}":
                message = f'the clip "{clip.id}" in "{language}" is also in {other}'
                yield Problem(key, message, path=f"{path}.id", value=f'"{clip.id}"')
            yield from _clip(view, key, path, clip, lines)


def _clip(view: View, key: str, path: str, clip: Clip, lines: Mapping[str, Line]) -> Iterator[Problem]:
    novel = view.project.novel
    if clip.language is not None and clip.language not in novel.languages and "novel" not in view.unread:
        yield unknown(key, f"{path}.language", "language", clip.language, novel.languages, "in the novel's languages")
    yield from view.misses(key, f"{path}.speaker", "characters", clip.speaker)
    line = lines.get(clip.id)
    speaker = clip.speaker or (line.speaker if line else None)
    yield from delivery(view, key, f"{path}.delivery", speaker, clip.delivery)
    whole = not any(name.startswith("scenes/") for name in view.unread)
    if clip.file is not None:
        return
    if clip.text is None and line is None and whole:
        message = f'the clip "{clip.id}" says nothing: it has no text, and no line has that id'
        yield Problem(key, message, path=f"{path}.text", allowed="the words to say, or a line's id as the clip's id")
    elif clip.text is None and "novel" not in view.unread and clip.language not in (None, novel.languages[0]):
        if line is not None and translation(view.project, clip.language or "", line) is not None:
            return
        message = f'the clip "{clip.id}" says nothing: the line is written in "{novel.languages[0]}", not translated'
        yield Problem(key, message, path=f"{path}.text", allowed=f'the words to say in "{clip.language}"')
    elif clip.text is not None and not has_words(clip.text):
        message = f'there is nothing to speak in the clip "{clip.id}"'
        yield Problem(key, message, path=f"{path}.text", value=shown(clip.text), allowed="words, or a recording (file)")
