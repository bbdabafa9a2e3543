"""Voices: one clip for each voiced line and language, keyed on what is heard and on nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from comfyvn import paths
from comfyvn.audio.heard import Heard, heard
from comfyvn.contracts.project import Project, said
from comfyvn.contracts.scene import Line, Scene, lines
from comfyvn.contracts.text import plain
from comfyvn.contracts.translated import can_be_said, dubbed, translated
from comfyvn.contracts.voice import CLONING, PHONETIC, Clip, VoiceConversion
from comfyvn.recipe import LOCAL, FileInput, Input, Speak
from comfyvn.targets.conversion import conversion_of, is_sketch
from comfyvn.targets.target import Facts, Quality, Target, Toolbox
from comfyvn.targets.voicing import Words, reference, settings, voice_of, words_of

LOUDNESS = -16.0  # LUFS, integrated (EBU R128 measurement; the level is the usual one for speech on the web)
PEAK = -1.0  # dBTP
# .vtt and .mouth are of the record alone: clips that were made before there were any are not spoken again for them
KINDS = ("wav", "ogg", "srt")


def voice_targets(project: Project, tools: Toolbox, scene: Scene) -> Iterator[Target]:
    """A clip for every voiced line of a scene in the novel's first language, and in every other that it is dubbed in.

    One that two lines share comes once.
    """
    lexicons: Lexicons = {}
    made: set[tuple[str, str]] = set()
    for line in lines(scene):
        for clip_id, language, own in heard_at(project, line):
            if (clip_id, language) not in made:
                made.add((clip_id, language))
                clip = project.clips.get((clip_id, language))
                yield _target(project, tools, clip_id, language, clip, own, lexicons)


def clip_targets(project: Project, tools: Toolbox) -> Iterator[Target]:
    """Every clip as it is by itself: what is said at a line is another target of the same name, and goes before it."""
    lexicons: Lexicons = {}
    for (clip_id, language), clip in sorted(project.clips.items()):
        yield _target(project, tools, clip_id, language, clip, None, lexicons)


def clip_of(line: Line) -> str | None:
    """The id of the clip that is heard at a line."""
    return line.clip or line.id


def said_aloud(project: Project, said: Iterable[Line]) -> Iterator[tuple[str, str, Line]]:
    """(line id, clip id, line) of all that is heard in the first language; a line without an id has no voice in games:
    nothing names its file there.
    """
    for line in said:
        if line.id is not None and project.is_voiced(line):
            yield line.id, line.clip or line.id, line


def heard_at(project: Project, line: Line) -> Iterator[tuple[str, str, Line]]:
    """(clip id, language, the line in that language) of all that is heard at a line.

    In the first language it is heard as the novel says; in another one where a clip of that language says what, or
    where the line is translated and dubbed.
    """
    clip_id = clip_of(line)
    if clip_id is None:
        return
    first, *others = project.novel.languages
    if project.is_voiced(line):
        yield clip_id, first, line
    for language in others if line.voiced is not False else ():
        own = translated(project, language, line)
        clip = project.clips.get((clip_id, language))
        if clip is not None:
            if clip.file or clip.text or (own is not None and can_be_said(project, own)):
                yield clip_id, language, own or line
        elif own is not None and dubbed(project, language, line) is not None:
            yield clip_id, language, own


Lexicons = dict[tuple[str | None, str], Words]  # of each (speaker, language), gathered once


def _target(
    project: Project,
    tools: Toolbox,
    clip_id: str,
    language: str,
    clip: Clip | None,
    line: Line | None,
    lexicons: Lexicons,
) -> Target:
    facts = Facts()
    speaker = (clip.speaker if clip else None) or (line.speaker if line else None)
    delivery = (clip.delivery if clip else None) or (line.delivery if line else None)
    key = f"characters/{speaker}" if speaker else "novel"
    if (speaker, language) not in lexicons:
        lexicons[speaker, language] = words_of(project, speaker, language)
    text = _heard(_text(project, clip, line, language, facts, clip_id), language, lexicons[speaker, language], facts)
    voice = voice_of(project, speaker)
    chosen = settings(speaker, project, voice, language, delivery, clip)
    for name, value in chosen.items():
        facts.of(key, f"voice.{name}", value)
    asked = (*(clip.engine if clip else ()), *voice.preferred_tts, *project.novel.engines.voice)
    loudness = clip.loudness if clip and clip.loudness is not None else LOUDNESS
    target_ms = (clip.target_ms if clip else None) or None
    facts.of(f"voices/{clip_id}", "target_ms", target_ms)
    if clip and clip.file:
        recipe = replace(_recorded(clip.file, text, language, loudness, target_ms), bits=_bits(project))
    else:
        engines = tuple(dict.fromkeys(asked))
        recipe = Speak(
            engine=_engine(engines, tools, chosen, tag(language)),
            text=text.text,
            language=tag(language),
            voice=chosen,
            engines=engines,
            seed=clip.seed if clip and clip.seed is not None else voice.seed,
            loudness=loudness,
            peak=PEAK,
            chunks=text.chunks,
            target_ms=target_ms,
            bits=_bits(project),
            conversion=_conversion(project, tools, clip.rvc if clip and clip.rvc else voice.rvc, key, engines, facts),
            respelt=tuple((one.start, one.stop, one.word) for one in text.respelt if text.is_respelt(one)),
            phonemes=_phonemes(text, engines),
            inputs=_imitated(reference(voice, language, delivery, clip), engines),
        )
    files = tuple(paths.voice(language, clip_id, kind) for kind in KINDS)
    return Target(paths.voice_name(language, clip_id), recipe, files, facts.values, _quality(recipe))


def _bits(project: Project) -> int | None:
    """None for 16: clips are what they were before there was a choice."""
    return None if project.novel.wav_bits == 16 else project.novel.wav_bits


def tag(language: str) -> str:
    """A language of the novel as engines are told it: pt_br is pt-br."""
    return language.replace("_", "-")


def _text(
    project: Project, clip: Clip | None, line: Line | None, language: str, facts: Facts, clip_id: str
) -> str:
    """What is said, with neither markup nor stage directions; a clip's own text is said as it stands."""
    if clip and clip.text is not None:
        return facts.text(f"voices/{clip_id}", "text", plain(clip.text, project.novel.variables))
    if line is None:
        return ""
    what = "text" if line.spoken is None else "spoken"
    contract = f"scenes/{line.scene}" if language == project.novel.languages[0] else f"tl/{language}/{line.scene}"
    return facts.text(contract, f"{line.id} {what}", said(line, project.novel.variables))


def _heard(text: str, language: str, words: Words, facts: Facts) -> Heard:
    found = heard(text, tag(language), words.lexicon)
    for one in found.respelt:
        contract, path = words.source(one.word)
        facts.of(contract, path, f"/{one.ipa}/" if one.ipa else found.text[one.start : one.stop])
    return found


def _recorded(file: str, text: Heard, language: str, loudness: float, target_ms: int | None) -> Speak:
    """An actor's recording, levelled and timed like any other clip; its subtitles show what is written."""
    return Speak(
        engine=LOCAL,
        text=text.written,
        language=tag(language),
        loudness=loudness,
        peak=PEAK,
        target_ms=target_ms,
        inputs={"recording": FileInput(file)},
    )


def _engine(engines: tuple[str, ...], tools: Toolbox, voice: Mapping[str, object], language: str) -> str:
    """The first engine with its version, and its voice's where that is a package of its own."""
    name = engines[0]
    if name not in tools.voices:
        return name
    return "+".join(part for part in (f"{name}@{tools.voices[name]}", tools.speaker(engines, voice, language)) if part)


def _conversion(
    project: Project, tools: Toolbox, rvc: VoiceConversion | None, key: str, engines: tuple[str, ...], facts: Facts
) -> Mapping[str, object]:
    """The second step that gives what was said another timbre; {} where nothing of it would be heard."""
    found = conversion_of(project, tools, rvc, key, engines)
    for name in ("model", "pitch", "mix"):
        if name in found:
            facts.of(key, f"voice.rvc.{name}", found[name])
    return found


def _quality(recipe: Speak) -> Quality:
    """A clip whose timbre the draft endpoint makes up is a draft."""
    return "draft" if is_sketch(recipe.conversion) else "final"


def _phonemes(text: Heard, engines: tuple[str, ...]) -> tuple[tuple[int, int, str], ...]:
    """The words that are given in IPA, where an engine is asked that takes it."""
    if PHONETIC.isdisjoint(engines):
        return ()
    return tuple((one.start, one.stop, one.ipa) for one in text.respelt if one.ipa)


def _imitated(file: str | None, engines: tuple[str, ...]) -> Mapping[str, Input]:
    """The recording that is imitated, where an engine is asked that does."""
    return {"reference": FileInput(file)} if file is not None and not CLONING.isdisjoint(engines) else {}
