"""Turns a line of text into a finished clip with the first of its speech engines that can say it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.speech import (
    Capabilities,
    Engine,
    HasConnections,
    HasPlaces,
    HasProcesses,
    HasVoices,
    Speech,
    Spoken,
)
from comfyvn.bridge.voices.piper import Piper
from comfyvn.errors import VoiceError

if TYPE_CHECKING:
    from comfyvn.audio.clip import Finished

__all__ = ["Clip", "Engine", "Said", "Speech", "Spoken", "TTSBridge", "embedded", "fallback_note", "versions"]

FALLBACK = "fallback"  # the note's name in a record


@dataclass(frozen=True)
class Said:
    """What was said before it is finished: by which engine ("name@version"), whether the same words would come again,
    which was asked for first, and why that did not say it ("" when it did).
    """

    spoken: Spoken
    engine: str
    repeatable: bool
    reason: str = ""
    wanted: str = ""

    def note(self) -> dict[str, object]:
        """See `fallback_note`."""
        return fallback_note(self.wanted, self.engine, self.reason)


@dataclass(frozen=True)
class Clip:
    """A finished clip, 48 kHz mono, its subtitles, its mouth cues (JSON) and how it came about.

    `lufs` and `gated` are measured on the WAV (not gated: shorter than 0.4 s), `peak_dbtp` is the higher true peak of
    WAV and decoded OGG, `limited_db` how far peaks were pressed down. `engine` is "name@version"; `wanted_engine` was
    asked for first, and `reason` says why it was not used ("" when it was).
    """

    wav: bytes
    ogg: bytes
    srt: str
    vtt: str
    mouth: bytes
    duration_ms: int
    lufs: float
    gated: bool
    peak_dbtp: float
    limited_db: float
    engine: str
    repeatable: bool
    wanted_engine: str
    reason: str = ""


def embedded() -> Mapping[str, Engine]:
    """The engines that need nothing outside the installation; Piper is there when its extra is installed."""
    return {"espeak": Espeak(), "piper": Piper()}


def fallback_note(wanted: str, made: str, reason: str) -> dict[str, object]:
    """What a record says of a clip that another engine spoke than the wanted one; {} for one that was spoken as wanted.

    `comfyvn build --upgrade` makes again what has such a note.
    """
    return {FALLBACK: {"wanted": wanted, "made": made, "reason": reason}} if reason else {}


def stood_in(notes: Mapping[str, object]) -> str:
    """What is said of a clip by the notes of its record: which engine spoke for which; "" where none stood in."""
    note = notes.get(FALLBACK)
    if not isinstance(note, Mapping):
        return ""
    wanted, made = (str(note.get(key, "")).partition("@")[0] for key in ("wanted", "made"))
    return f"spoken by {made} in the place of {wanted}"


def versions(engines: Mapping[str, Engine] | None = None) -> dict[str, str]:
    """Version of each engine that is there, by name; no process is started. For fingerprints."""
    found = {}
    for name, engine in (embedded() if engines is None else engines).items():
        try:
            found[name] = engine.version()
        except VoiceError:
            continue  # it is missing; whoever needs it is told when it is to speak
    return found


def speaker(engines: Mapping[str, Engine], names: tuple[str, ...], voice: Mapping[str, object], language: str) -> str:
    """The version of the voice that the first of `names` would speak with; "" where it has none. For fingerprints."""
    return _voice_version(engines.get(names[0]), Speech("", language, names, voice))


def _voice_version(engine: Engine | None, speech: Speech) -> str:
    return engine.voice_version(speech) if isinstance(engine, HasVoices) else ""


class TTSBridge:
    """Speaks through `engines` (by name; the embedded ones when None). Any number of threads may use one bridge."""

    def __init__(self, engines: Mapping[str, Engine] | None = None) -> None:
        self._engines = dict(embedded() if engines is None else engines)

    def add(self, engine: Engine) -> None:
        """One more engine, before anything is said."""
        self._engines[engine.name] = engine

    def synthesize_clip(self, speech: Speech) -> Clip:
        """Say `speech` with the first engine of its list that can, and finish the clip.

        Raises VoiceError when there is nothing to say, and with every engine's reason when all of them fail.
        """
        from comfyvn.audio.wording import has_words, spoken_text  # sound libraries take a second to import

        said = replace(speech, text=spoken_text(speech.text))
        if not has_words(said.text):
            raise VoiceError(
                f"there is nothing to speak in {speech.text[:40]!r}", "text of the clip",
                'give the line a "spoken" text, or leave it unvoiced',
            )  # fmt: skip
        heard = self.say(said)
        done = _finished(heard, said)
        return Clip(
            wav=done.wav,
            ogg=done.ogg,
            srt=done.srt.decode(),
            vtt=done.vtt.decode(),
            mouth=done.mouth,
            duration_ms=done.duration_ms,
            lufs=done.loudness.lufs,
            gated=done.loudness.gated,
            peak_dbtp=done.peak_dbtp,
            limited_db=done.limited_db,
            engine=heard.engine,
            repeatable=heard.repeatable,
            wanted_engine=speech.engines[0],
            reason=heard.reason,
        )

    def say(self, speech: Speech) -> Said:
        """Say `speech`, whose text has something in it to say, with the first engine of its list that can.

        Raises VoiceError with every engine's reason when all of them fail.
        """
        failures: list[VoiceError] = []
        for name in speech.engines:
            try:
                said = self.say_with(name, speech)
            except VoiceError as failure:
                failures.append(failure)
            else:
                reason = "; ".join(failure.what for failure in failures)
                return replace(said, reason=reason, wanted=speech.engines[0])
        raise exhausted(speech.engines, failures)

    def say_with(self, name: str, speech: Speech) -> Said:
        """Say `speech` with the engine of that name, one of those that it asks for. Raises VoiceError."""
        engine = self._engine(name)
        if speech.phonemes and not engine.capabilities().phonemes:
            from comfyvn.bridge.phonemes import warn

            warn(name)
        spoken = engine.speak(speech)
        _check_heard(name, spoken, speech)
        return Said(spoken, self.version(name, speech), engine.repeatable)

    def version(self, name: str, speech: Speech) -> str:
        """The engine of that name with its version, and that of the voice that says `speech` ("name@version").

        Raises VoiceError when it is not there.
        """
        engine = self._engine(name)
        return "+".join(part for part in (f"{name}@{engine.version()}", _voice_version(engine, speech)) if part)

    def can(self, name: str) -> Capabilities:
        """What the engine of that name can do; nothing, where it is not there."""
        try:
            return self._engine(name).capabilities()
        except VoiceError:
            return Capabilities()  # whoever lets it speak is told

    def places(self) -> int:
        """How many lines its engines say at once on servers."""
        return sum(engine.places for engine in self._engines.values() if isinstance(engine, HasPlaces))

    def stop(self) -> None:
        """Ends the processes of its engines: for a build that is stopped. From any thread, at once."""
        for engine in self._engines.values():
            if isinstance(engine, HasProcesses):
                engine.stop()

    def close(self) -> None:
        """Ends what its engines keep open between two lines; it may be asked again."""
        for engine in self._engines.values():
            if isinstance(engine, HasConnections):
                engine.close()

    async def synthesize_clip_async(self, speech: Speech) -> Clip:
        """`synthesize_clip` in a thread of its own, for callers with an event loop."""
        return await asyncio.to_thread(self.synthesize_clip, speech)

    def _engine(self, name: str) -> Engine:
        if name not in self._engines:
            known = ", ".join(sorted(self._engines)) or "none"
            raise VoiceError(f'there is no speech engine "{name}"', "engines of the clip", f"there are: {known}")
        return self._engines[name]


def _check_heard(name: str, spoken: Spoken, speech: Speech) -> None:
    """Raises VoiceError for a take without sound: the next engine is asked."""
    from comfyvn.audio.trim import sounding

    if sounding(spoken.samples)[1] == 0:
        raise _unsaid(name, speech, "there is no sound in it")


def _finished(heard: Said, speech: Speech) -> Finished:
    from comfyvn.audio.clip import Part, finish

    spoken = heard.spoken
    part = Part(spoken.samples, spoken.rate, speech.text, spoken.anchors)
    try:
        return finish([part], loudness=speech.loudness, peak=speech.peak)
    except ValueError as error:
        raise _unsaid(heard.engine.partition("@")[0], speech, str(error)) from error


def _unsaid(name: str, speech: Speech, why: str) -> VoiceError:
    what = f"{name} cannot say {speech.text[:40]!r}: {why}"
    return VoiceError(what, name, 'give the line a "spoken" text it can say')


def exhausted(engines: tuple[str, ...], failures: list[VoiceError]) -> VoiceError:
    """What to raise when none of `engines` could say it; `failures`: why, one of each."""
    if not failures:
        return VoiceError("no speech engine is named", "engines of the clip", 'name one, such as "espeak"')
    if len(failures) == 1:
        return failures[0]
    reasons = "; ".join(f"{name}: {failure.what}" for name, failure in zip(engines, failures, strict=True))
    return VoiceError(f"no speech engine could say it ({reasons})", failures[-1].where, failures[-1].todo)
