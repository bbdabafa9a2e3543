"""Who speaks, and how: the settings, the reference recording and the lexicon of a speaker in a language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comfyvn.audio.casting import cast
from comfyvn.audio.lexicon import Lexicon, lexicon
from comfyvn.contracts.project import Project
from comfyvn.contracts.pronunciation import ipa_of, spelt_of
from comfyvn.contracts.voice import DEESS, Clip, Voice, VoiceSettings


def voice_of(project: Project, speaker: str | None) -> Voice:
    """A character's voice, or the narrator's for None."""
    if speaker is None:
        return project.novel.narrator
    return project.characters[speaker].voice or Voice()


def settings(
    speaker: str | None, project: Project, voice: Voice, language: str, delivery: str | None, clip: Clip | None
) -> dict[str, object]:
    """What the engine is told: cast by the character's id and words, then whatever the contracts say, nearest last."""
    words = project.characters[speaker].prompt if speaker else ""
    chosen: dict[str, object] = dict(cast(speaker or "", words))
    for layer in (*_layers(voice, language, delivery), *((clip.settings,) if clip else ())):
        chosen.update(_stated(layer))
    if is_dub(project, language, clip) and _speaks(chosen.get("voice"), project.novel.languages[0]):
        del chosen["voice"]  # "en-gb" is how they speak English: the engine's voice of this language speaks instead
    return chosen


def is_dub(project: Project, language: str, clip: Clip | None) -> bool:
    """Whether what is said is a line's translation, and no clip says it in words of its own."""
    return language != project.novel.languages[0] and (clip is None or not (clip.text or clip.file))


def _speaks(voice: object, language: str) -> bool:
    """Whether the name of a voice says that it speaks a language, as eSpeak NG's do: `en`, `en-gb`, `gmw/en`."""
    name = str(voice or "").lower().rpartition("/")[2].replace("_", "-")
    return name.split("-")[0] == language.partition("_")[0]


def _layers(voice: Voice, language: str, delivery: str | None) -> Iterator[VoiceSettings]:
    """What a voice says of a line in a language: of all lines first, of this delivery in this language last."""
    other = voice.languages.get(language)
    yield voice
    if other is not None:
        yield other
    if delivery in voice.delivery:
        yield voice.delivery[delivery]
    if other is not None and delivery in other.delivery:
        yield other.delivery[delivery]


def _stated(layer: VoiceSettings) -> dict[str, object]:
    names = ("voice", "variant", "pitch", "pitch_range", "rate", DEESS)
    stated: dict[str, object] = {name: value for name in names if (value := getattr(layer, name)) is not None}
    return {**stated, **({"engine": layer.engine} if layer.engine else {})}


def reference(voice: Voice, language: str, delivery: str | None, clip: Clip | None) -> str | None:
    """The recording to imitate: the nearest that is named, a delivery's before its language's."""
    found: str | None = None
    for layer in (*_layers(voice, language, delivery), *((clip,) if clip else ())):
        found = getattr(layer, "reference", None) or found
    return found


@dataclass(frozen=True)
class Words:
    """`lexicon` is what holds for a speaker in a language; `stated`: word → the (contract, path) that says it."""

    lexicon: Lexicon
    stated: Mapping[str, tuple[str, str]]

    def source(self, word: str) -> tuple[str, str]:
        """Which contract says, and where, how `word` is said; it may be spelt with capitals."""
        near = (spelt for spelt in sorted(self.stated) if spelt.casefold() == word.casefold())
        return self.stated.get(word) or self.stated.get(next(near, ""), ("novel", "lexicon"))


def words_of(project: Project, speaker: str | None, language: str) -> Words:
    """How words are said: as the novel says, over that as the voice does, over that as it does in this language."""
    voice, key = voice_of(project, speaker), f"characters/{speaker}" if speaker else "novel"
    own = "voice.lexicon" if speaker else "narrator.lexicon"
    layers = [("novel", f"lexicon.{language}", project.novel.lexicon.get(language, {})), (key, own, voice.lexicon)]
    if language in voice.languages:
        layers.append((key, f"{own.partition('.')[0]}.languages.{language}.lexicon", voice.languages[language].lexicon))
    said = {word: spelt for _, _, words in layers for word, spelt in words.items()}
    stated = {word: (contract, f"{path}.{word}") for contract, path, words in layers for word in words}
    sounds = {word: ipa_of(spelt) for word, spelt in said.items()}
    return Words(lexicon({word: spelt_of(spelt) for word, spelt in said.items()}, sounds), stated)
