"""A whole novel as one value: every contract, by id, and the file that each came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from comfyvn.contracts.asset import Asset
from comfyvn.contracts.character import Character
from comfyvn.contracts.directions import without_directions
from comfyvn.contracts.location import Location
from comfyvn.contracts.novel import Novel, Variable
from comfyvn.contracts.scene import Line, Scene, lines
from comfyvn.contracts.style import Style
from comfyvn.contracts.text import has_words, plain
from comfyvn.contracts.translation import NovelTranslation, SceneTranslation
from comfyvn.contracts.voice import Clip, VoiceContract


@dataclass(frozen=True)
class Project:
    """`clips` is keyed by (clip id, language); `files` maps a contract (`characters/aya`, `novel`) to its file.

    `voices` holds the voice files as written; `clips` is what they come to. `novel_translations` is keyed by language,
    `scene_translations` by language and scene (`de/arrival`).
    """

    novel: Novel
    styles: Mapping[str, Style] = field(default_factory=dict)
    characters: Mapping[str, Character] = field(default_factory=dict)
    locations: Mapping[str, Location] = field(default_factory=dict)
    scenes: Mapping[str, Scene] = field(default_factory=dict)
    clips: Mapping[tuple[str, str], Clip] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    voices: Mapping[str, VoiceContract] = field(default_factory=dict)
    novel_translations: Mapping[str, NovelTranslation] = field(default_factory=dict)
    scene_translations: Mapping[str, SceneTranslation] = field(default_factory=dict)

    @cached_property
    def clip_ids(self) -> frozenset[str]:
        """The ids of the clips in the novel's first language."""
        return ids_in(self.clips, self.novel.languages[0])

    def lines(self) -> Iterator[Line]:
        """Every line of the novel, scenes in the order of their ids, lines in reading order."""
        for scene_id in sorted(self.scenes):
            yield from lines(self.scenes[scene_id])

    def is_voiced(self, line: Line) -> bool:
        """Whether a line gets a clip: its own word first, then the novel's `voiced`.

        Choices and inputs never do, nor does a line in which there is nothing to say ("…").
        """
        if line.kind in ("choice", "input") or not self._has_words(line):
            return False
        if line.voiced is not None:
            return line.voiced
        if line.clip is not None or line.id in self.clip_ids:
            return True
        speaker = self.characters.get(line.speaker) if line.speaker else None
        if self.novel.voiced == "main":
            return speaker is not None and speaker.main
        return self.novel.voiced == "all"

    def _has_words(self, line: Line) -> bool:
        clip = self.clips.get((line.clip or line.id or "", self.novel.languages[0]))
        if clip is not None and (clip.file or clip.text):
            return True
        return has_words(said(line, self.novel.variables))


def declared(scenes: Iterable[Scene]) -> dict[str, Variable]:
    """The variables that scenes declare; of two with one name the first, and a check says that they differ."""
    found: dict[str, Variable] = {}
    for scene in scenes:
        for name, value in scene.variables.items():
            found.setdefault(name, value)
    return found


def with_variables(novel: Novel, scenes: Mapping[str, Variable]) -> Novel:
    """The novel with the variables that its scenes declare; its own go before them."""
    return novel.model_copy(update={"variables": {**scenes, **novel.variables}}) if scenes else novel


def ids_in(clips: Iterable[tuple[str, str]], language: str) -> frozenset[str]:
    """The ids of the clips of one language."""
    return frozenset(clip_id for clip_id, own in clips if own == language)


def said(line: Line, variables: Collection[str]) -> str:
    """What a voice says at a line: its `spoken` text as it stands, else its text without stage directions.

    Neither with markup in it.
    """
    if line.spoken is not None:
        return plain(line.spoken, variables)
    return without_directions(plain(line.text, variables), variables)
