"""Clips: a text spoken chunk by chunk and finished as one, or an actor's recording finished like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyvn.audio.chunks import RATE, pause_after
from comfyvn.audio.heard import Heard, Passage, passages
from comfyvn.audio.lexicon import Respelt
from comfyvn.audio.wording import has_words
from comfyvn.bridge.speech import Sounded, Speech, Spoken
from comfyvn.bridge.tts import Said, exhausted, fallback_note
from comfyvn.contracts.voice import CLONING, DEESS, PHONETIC
from comfyvn.errors import MakeError, VoiceError
from comfyvn.makers import gate
from comfyvn.makers.convert import convert, is_repeatable
from comfyvn.makers.made import Job, Made
from comfyvn.makers.sounds import together
from comfyvn.makers.spoken import Take, keep, kept, key_of
from comfyvn.makers.workshop import Workshop
from comfyvn.recipe import LOCAL, Speak
from comfyvn.store.cache import Cache
from comfyvn.targets.conversion import CONVERTING

if TYPE_CHECKING:
    from comfyvn.audio.clip import Finished, Part


@dataclass(frozen=True)
class Studio:
    """What speaking needs beside the recipe: who speaks, where takes of chunks are kept, and whose clip it is.

    `reference` is the recording to imitate, `digest` its content's. A job with a purpose is spoken anew.
    """

    workshop: Workshop
    cache: Cache
    job: Job
    reference: Path | None = None
    digest: str = ""
    made: dict[str, Take] = field(default_factory=dict)  # by key, what this clip needed already


def speak(recipe: Speak, studio: Studio) -> Made:
    """WAV, OGG, subtitles and mouth cues of the whole text, in the voice of one engine: the first that can say it all.

    Raises VoiceError when no engine can, MakeError when what they said cannot be converted.
    """
    if not has_words(recipe.text):
        raise VoiceError(
            f"there is nothing to speak in {recipe.text[:40]!r}", studio.job.target,
            'give the line a "spoken" text, or leave it unvoiced',
        )  # fmt: skip
    said = passages(heard_in(recipe))
    reading, failures = _reading(recipe, said, studio)
    takes = reading.takes
    done = _finished(recipe, reading, said, studio)
    notes = _measured(done) | _paced(reading.speed, done.stretch)
    notes |= fallback_note(recipe.engines[0], takes[0].engine, "; ".join(failure.what for failure in failures))
    notes |= _told(takes)
    repeatable = all(take.repeatable for take in takes)
    made_with = together(take.spoken.made_with for take in takes)
    return Made(done.files(), takes[0].engine, repeatable=repeatable, made_with=made_with, notes=notes)


def heard_in(recipe: Speak) -> Heard:
    """What is heard by a recipe: its respelt words and those in IPA, one of each in its place."""
    sounds = {(start, stop): ipa for start, stop, ipa in recipe.phonemes}
    words = {(start, stop): word for start, stop, word in recipe.respelt}
    places = sorted(sounds.keys() | words.keys())
    found = (Respelt(*at, words.get(at, recipe.text[slice(*at)]), sounds.get(at, "")) for at in places)
    return Heard(recipe.text, recipe.chunks, tuple(found))


@dataclass(frozen=True)
class Reading:
    """Every passage of a text as one engine says it, `speed` times as fast as it is cast."""

    takes: list[Take]
    speed: float = 1.0


def _reading(recipe: Speak, said: tuple[Passage, ...], studio: Studio) -> tuple[Reading, list[VoiceError]]:
    """By the first engine that can say every passage; and why those before it could not."""
    failures: list[VoiceError] = []
    for name in recipe.engines:
        try:
            return _read_by(name, recipe, said, studio), failures
        except VoiceError as failure:
            failures.append(failure)
    raise exhausted(recipe.engines, failures)


def _read_by(name: str, recipe: Speak, said: tuple[Passage, ...], studio: Studio) -> Reading:
    """As the engine says it by itself, or, where the clip is to have a length, as fast as that asks for."""
    is_paced = recipe.target_ms is not None and studio.workshop.voices.can(name).has_speed
    speed = _speed(name, recipe, said, studio) if is_paced else 1.0
    return Reading([_take(recipe, passage, name, studio, speed) for passage in said], speed)


def _speed(name: str, recipe: Speak, said: tuple[Passage, ...], studio: Studio) -> float:
    """How fast the engine is to speak: how long it takes is known once it has spoken; then it is asked once more.

    Not where it cannot, or does not heed it: what was said the first time is stretched.
    """
    from comfyvn.audio.timing import off_by, speed_for

    target = recipe.target_ms or 0

    def seconds(speed: float) -> float:
        """With the same pauses at any speed: they alone would be shorter where the engine is not."""
        takes = [_take(recipe, passage, name, studio, speed, is_final=False) for passage in said]
        return _seconds(_parts(recipe, said, Reading(takes)))

    first = seconds(1.0)
    speed = speed_for(first, target)
    try:
        return speed if speed != 1.0 and off_by(seconds(speed), target) < off_by(first, target) else 1.0
    except VoiceError:
        return 1.0


def _seconds(parts: list[Part]) -> float:
    from comfyvn.audio.clip import spoken_seconds

    try:
        return spoken_seconds(parts)
    except ValueError as error:
        raise VoiceError(str(error), "what was spoken", 'give the line a "spoken" text that can be said') from error


def _take(
    recipe: Speak, passage: Passage, name: str, studio: Studio, speed: float = 1.0, is_final: bool = True
) -> Take:
    """A chunk as the engine says it: as it was kept, unless it is to be made anew. Raises VoiceError, MakeError.

    One that is not `is_final` need not have its timbre yet.
    """
    speech = Speech(
        text=passage.heard,
        language=recipe.language,
        engines=recipe.engines,
        voice={name: value for name, value in recipe.voice.items() if name != DEESS},  # what comes after it is spoken
        seed=recipe.seed,
        reference=studio.reference,
        conversion=recipe.conversion,
        target=studio.job.target,
        phonemes=_phonemes(passage) if name in PHONETIC else (),
        speed=speed,
    )
    imitated = studio.digest if name in CLONING else ""
    engine = _version(recipe, name, speech, studio)

    def spoken() -> Take:
        best = gate.take(partial(_said, name, studio.workshop), speech, studio.workshop.gate)
        return Take(best.said.spoken, best.said.engine, best.said.repeatable, best.notes())

    def plainly() -> Take:
        by_itself = recipe.conversion if name in CONVERTING else {}
        return _once(key_of(speech, engine, imitated, by_itself), spoken, studio)

    if not recipe.conversion or not is_final:
        return plainly()
    key = key_of(speech, engine, imitated, recipe.conversion)
    return _once(key, lambda: _converted(recipe, plainly(), studio), studio)


def _said(name: str, workshop: Workshop, speech: Speech) -> Said:
    """What the engine says; who speaks behind a server takes no core of this machine for it."""
    if not workshop.voices.can(name).is_elsewhere:
        return workshop.voices.say_with(name, speech)
    with workshop.turns.elsewhere():
        said = workshop.voices.say_with(name, speech)
    workshop.turns.wait(said.spoken.waited_s)
    return said


def _phonemes(passage: Passage) -> tuple[Sounded, ...]:
    return tuple(Sounded(one.start, one.stop, one.ipa) for one in passage.respelt if one.ipa)


def _version(recipe: Speak, name: str, speech: Speech, studio: Studio) -> str:
    """The engine with its version: what was planned with, so that a server that is away need not be asked for it."""
    return recipe.engine if recipe.engine.startswith(f"{name}@") else studio.workshop.voices.version(name, speech)


def _once(key: str, make: Callable[[], Take], studio: Studio) -> Take:
    """What was kept, or is made and kept at once: whatever ends the build, it is not made again."""
    take = studio.made.get(key) or (None if studio.job.purpose else kept(studio.cache, key))
    if take is None:
        take = keep(studio.cache, key, make())
    studio.made[key] = take
    return take


def _converted(recipe: Speak, take: Take, studio: Studio) -> Take:
    if take.spoken.is_converted:
        return take
    done = convert(take.spoken.samples, take.spoken.rate, recipe.conversion, studio.job, studio.workshop)
    made_with = together((take.spoken.made_with, done.made_with))
    spoken = Spoken(done.samples, done.rate, take.spoken.anchors, made_with=made_with)
    return Take(spoken, take.engine, take.repeatable and is_repeatable(recipe.conversion), take.notes)


def _parts(recipe: Speak, said: tuple[Passage, ...], reading: Reading) -> list[Part]:
    from comfyvn.audio.clip import Part  # sound libraries take a second to import

    rate = float(str(recipe.voice.get("rate", RATE))) * reading.speed
    return [
        Part(
            take.spoken.samples,
            take.spoken.rate,
            passage.text,
            passage.as_written(take.spoken.anchors),
            0 if passage is said[-1] else pause_after(passage.heard, rate),
        )
        for passage, take in zip(said, reading.takes, strict=True)
    ]


def _finished(recipe: Speak, reading: Reading, said: tuple[Passage, ...], studio: Studio) -> Finished:
    from comfyvn.audio.clip import finish

    try:
        return finish(
            _parts(recipe, said, reading),
            loudness=recipe.loudness,
            peak=recipe.peak,
            target_ms=recipe.target_ms,
            bits=recipe.bits or 16,
            deess=float(str(recipe.voice.get(DEESS, 0.0))),
            speed=reading.speed,
        )
    except ValueError as error:
        what = f"{recipe.text[:40]!r} cannot be made a clip: {error}"
        raise VoiceError(what, studio.job.target, 'give the line a "spoken" text that can be said') from error


def _told(takes: Sequence[Take]) -> dict[str, object]:
    """What the quality gate noted of the chunks, as one: the worst word error rate, the most tries, every fault."""
    noted: list[Mapping[str, Any]] = [take.notes["quality"] for take in takes if "quality" in take.notes]  # type: ignore[misc]
    told: dict[str, object] = {}
    for name in ("word_errors", "tries"):
        if values := [note[name] for note in noted if name in note]:
            told[name] = max(values)
    if faults := [fault for note in noted for fault in note.get("faults", ())]:
        told["faults"] = list(dict.fromkeys(faults))
    return {"quality": told} if told else {}


def _paced(spoken: float, stretch: float) -> dict[str, object]:
    """How a length was come by: so many times as fast as usual was it spoken, and then played; {} where neither was."""
    found = {"spoken": spoken, "played": round(stretch, 3)}
    changed = {name: speed for name, speed in found.items() if speed != 1.0}
    return {"speed": changed} if changed else {}


def _measured(done: Finished) -> dict[str, object]:
    """What a record says of a clip: milliseconds, LUFS (gated or not), dBTP, and how far peaks were pressed down."""
    return {
        "duration_ms": done.duration_ms,
        "lufs": round(done.loudness.lufs, 2),
        "gated": done.loudness.gated,
        "peak_dbtp": round(done.peak_dbtp, 2),
        "limited_db": round(done.limited_db, 2),
        **({"missed": list(done.notes)} if done.notes else {}),
    }


def recording(recipe: Speak, source: Path) -> Made:
    """An actor's recording, trimmed, timed and levelled like a synthesised clip. Raises MakeError for what is none."""
    import soundfile

    from comfyvn.audio.clip import Part, finish

    try:
        samples, rate = soundfile.read(source, dtype="float64", always_2d=True)
        part = Part(samples, rate, recipe.text)
        done = finish(
            [part], loudness=recipe.loudness, peak=recipe.peak, target_ms=recipe.target_ms, bits=recipe.bits or 16
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise MakeError(f"not a usable recording ({error})", str(source), "replace it by a WAV, FLAC or OGG") from error
    return Made(done.files(), LOCAL, notes=_measured(done) | _paced(1.0, done.stretch))
