"""Voices: one clip for each voiced line and language, keyed on what is heard and on nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comfyvn import paths
from comfyvn.audio.casting import cast
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Line, Scene, lines
from comfyvn.contracts.text import plain
from comfyvn.contracts.voice import Clip, Voice, VoiceSettings
from comfyvn.recipe import LOCAL, FileInput, Input, Speak
from comfyvn.targets.target import Facts, Target, Toolbox

LOUDNESS = -16.0  # LUFS, integrated (EBU R128 measurement; the level is the usual one for speech on the web)
PEAK = -1.0  # dBTP


def voice_targets(project: Project, tools: Toolbox, scene: Scene) -> Iterator[Target]:
    """A clip for every voiced line of a scene in the novel's first language; one that two lines share comes once."""
    language = project.novel.languages[0]
    made: set[str] = set()
    for line in lines(scene):
        clip_id = clip_of(line)
        if clip_id and clip_id not in made and project.is_voiced(line):
            made.add(clip_id)
            yield _target(project, tools, clip_id, language, project.clips.get((clip_id, language)), line)


def clip_targets(project: Project, tools: Toolbox) -> Iterator[Target]:
    """Every clip as it is by itself: what is said at a line is another target of the same name, and goes before it."""
    for (clip_id, language), clip in sorted(project.clips.items()):
        yield _target(project, tools, clip_id, language, clip, None)


def clip_of(line: Line) -> str | None:
    """The id of the clip that is heard at a line."""
    return line.clip or line.id


def _target(
    project: Project, tools: Toolbox, clip_id: str, language: str, clip: Clip | None, line: Line | None
) -> Target:
    facts = Facts()
    text = _text(project, clip, line, facts, clip_id)
    speaker = (clip.speaker if clip else None) or (line.speaker if line else None)
    delivery = (clip.delivery if clip else None) or (line.delivery if line else None)
    voice = _voice(project, speaker)
    settings = _settings(speaker, project, voice, language, delivery, clip)
    for name, value in settings.items():
        facts.of(f"characters/{speaker}" if speaker else "novel", f"voice.{name}", value)
    asked = (*(clip.engine if clip else ()), *voice.preferred_tts, *project.novel.engines.voice)
    engines = tuple(dict.fromkeys(asked))
    seed = clip.seed if clip and clip.seed is not None else voice.seed
    loudness = clip.loudness if clip and clip.loudness is not None else LOUDNESS
    inputs: dict[str, Input] = {"recording": FileInput(clip.file)} if clip and clip.file else {}
    recipe = Speak(
        engine=LOCAL if inputs else _engine(engines[0], tools.voices),
        text=text,
        language=language.replace("_", "-"),
        voice={} if inputs else settings,
        engines=() if inputs else engines,
        seed=0 if inputs else seed,
        loudness=loudness,
        peak=PEAK,
        inputs=inputs,
    )
    # .vtt and .mouth are of the record alone: clips that were made before there were any are not spoken again for them
    files = tuple(paths.voice(language, clip_id, kind) for kind in ("wav", "ogg", "srt"))
    return Target(paths.voice_name(language, clip_id), recipe, files, facts.values)


def _text(project: Project, clip: Clip | None, line: Line | None, facts: Facts, clip_id: str) -> str:
    if clip and clip.text is not None:
        return facts.text(f"voices/{clip_id}", "text", clip.text)
    if line is None:
        return ""
    if line.spoken is not None:
        return facts.text(f"scenes/{line.scene}", f"{line.id} spoken", line.spoken)
    return facts.text(f"scenes/{line.scene}", f"{line.id} text", plain(line.text, project.novel.variables))


def _engine(name: str, versions: Mapping[str, str]) -> str:
    return f"{name}@{versions[name]}" if name in versions else name


def _voice(project: Project, speaker: str | None) -> Voice:
    if speaker is None:
        return project.novel.narrator
    return project.characters[speaker].voice or Voice()


def _settings(
    speaker: str | None, project: Project, voice: Voice, language: str, delivery: str | None, clip: Clip | None
) -> dict[str, object]:
    """What the engine is told: cast by the character's id and words, then whatever the contracts say, nearest last."""
    words = project.characters[speaker].prompt if speaker else ""
    chosen: dict[str, object] = dict(cast(speaker or "", words))
    layers: list[VoiceSettings] = [voice]
    if language in voice.languages:
        layers.append(voice.languages[language])
    if delivery in voice.delivery:
        layers.append(voice.delivery[delivery])
    if clip:
        layers.append(clip.settings)
    for layer in layers:
        chosen.update(_stated(layer))
    return chosen


def _stated(layer: VoiceSettings) -> dict[str, object]:
    names = ("voice", "variant", "pitch", "pitch_range", "rate")
    stated: dict[str, object] = {name: value for name in names if (value := getattr(layer, name)) is not None}
    return {**stated, **({"engine": layer.engine} if layer.engine else {})}
