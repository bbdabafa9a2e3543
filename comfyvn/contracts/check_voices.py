"""Checks who speaks and with what: engines that there are, and voices and variants that an engine has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comfyvn.contracts.check_cast import voice_of
from comfyvn.contracts.check_lexicon import check_lexicon
from comfyvn.contracts.findings import View, unknown
from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.speakers import ENGINES
from comfyvn.contracts.voice import Clip, Voice, VoiceSettings
from comfyvn.errors import Problem


def check_voices(view: View) -> Iterator[Problem]:
    usual = () if "novel" in view.unread else view.project.novel.engines.voice
    if "novel" not in view.unread:
        yield from _engines("novel", "$.engines.voice", usual)
        for language, words in view.project.novel.lexicon.items():
            if language not in view.project.novel.languages:
                known = view.project.novel.languages
                yield unknown("novel", f"$.lexicon.{language}", "language", language, known, "in the novel's languages")
            yield from check_lexicon("novel", ("lexicon", language), words, usual)
        yield from _voice(view, "novel", "$.narrator", view.project.novel.narrator, usual)
    for character_id, character in view.project.characters.items():
        if character.voice is not None:
            yield from _voice(view, f"characters/{character_id}", "$.voice", character.voice, usual)
    speakers = {line.id: line.speaker for line in view.project.lines()} if view.project.voices else {}
    for voices_id, contract in view.project.voices.items():
        for number, clip in enumerate(contract.clips):
            speaker = voice_of(view, clip.speaker or speakers.get(clip.id))
            yield from _clip(view, f"voices/{voices_id}", f"$.clips[{number}]", clip, speaker, usual)


def _voice(view: View, key: str, path: str, voice: Voice, usual: Sequence[str]) -> Iterator[Problem]:
    yield from _engines(key, f"{path}.preferred_tts", voice.preferred_tts)
    engines = (*voice.preferred_tts, *usual)
    yield from _settings(view, key, path, voice, engines)
    own = path.removeprefix("$.")
    yield from check_lexicon(key, (own, "lexicon"), voice.lexicon, engines)
    for language, settings in voice.languages.items():
        yield from _settings(view, key, f"{path}.languages.{language}", settings, engines)
        yield from check_lexicon(key, (own, "languages", language, "lexicon"), settings.lexicon, engines)
        for name, delivery in settings.delivery.items():
            yield from _settings(view, key, f"{path}.languages.{language}.delivery.{name}", delivery, engines)
    for name, delivery in voice.delivery.items():
        yield from _settings(view, key, f"{path}.delivery.{name}", delivery, engines)


def _clip(
    view: View, key: str, path: str, clip: Clip, speaker: Voice | None, usual: Sequence[str]
) -> Iterator[Problem]:
    yield from _engines(key, f"{path}.engine", clip.engine)
    if clip.file is None and speaker is not None:
        engines = (*clip.engine, *speaker.preferred_tts, *usual)
        yield from _settings(view, key, f"{path}.settings", clip.settings, engines)


def _engines(key: str, path: str, names: Sequence[str]) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name not in ENGINES:
            yield unknown(key, f"{path}[{number}]", "speech engine", name, ENGINES)


def _settings(view: View, key: str, path: str, settings: VoiceSettings, engines: Sequence[str]) -> Iterator[Problem]:
    """Names that the first of `engines` has not; what is meant for another one, which only stands in, is not judged."""
    known = view.speakers.get(engines[0]) if engines else None
    if known is None:
        return
    language = view.project.novel.languages[0].partition("_")[0]
    for what, names in (("voice", known.voices), ("variant", known.variants)):
        is_own = settings.engine.get(what) is not None
        name = settings.engine[what] if is_own else getattr(settings, what)
        if not isinstance(name, str) or name.removeprefix("+" if what == "variant" else "") in names:
            continue
        near = names.near(name, language if what == "voice" else name[:1])
        here = f"{path}.engine.{what}" if is_own else f"{path}.{what}"
        yield _unheard(key, here, f"{known.engine} has no {what}", name, near)


def _unheard(key: str, path: str, message: str, name: str, near: list[str]) -> Problem:
    return Problem(
        key, f'{message} "{name}"', path=path, value=f'"{name}"', allowed=f"such as {', '.join(near)}" if near else "",
        suggestion=nearest(name, near),
    )  # fmt: skip
