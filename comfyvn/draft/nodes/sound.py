"""Node classes that make, load and change sound; speech becomes a murmur as long as its text would take to say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from comfyvn.draft.values import Samples, Sound
from comfyvn.draft.world import Call, Handler, NodeFailed, Outcome, give

RATE = 24_000
SECONDS_PER_LETTER = 0.06
LONGEST = 600.0  # seconds


def murmur(text: str, seed: int = 0) -> Sound:
    """A soft hum with the rhythm of syllables: mono, the same for the same text and seed."""
    seconds = min(LONGEST, 0.4 + SECONDS_PER_LETTER * len(text.strip()))
    time = np.arange(int(seconds * RATE), dtype=np.float64) / RATE
    pitch = 150 + (sum(text.encode()) + seed) % 100
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * time)
    hum = np.sin(2 * np.pi * pitch * time) + 0.3 * np.sin(4 * np.pi * pitch * time)
    return Sound((0.12 * syllables * hum).astype(np.float32)[:, None], RATE)


def silence(seconds: float, rate: int = RATE, channels: int = 1) -> Sound:
    count = max(1, int(min(LONGEST, max(0.0, seconds)) * rate))
    return Sound(np.zeros((count, max(1, channels)), np.float32), rate)


def speak(call: Call) -> Outcome:
    """Every text-to-speech class: the murmur for the sound, words for the rest."""
    text = next((call.text(name) for name in ("text", "srt_content") if call.text(name)), "")
    sound = murmur(text, call.whole("seed"))
    return Outcome(tuple(sound if "AUDIO" in output.type else "" for output in call.definition.outputs))


def empty(call: Call) -> Outcome:
    return give(
        silence(call.number("duration", 1.0), max(1, call.whole("sample_rate", 44100)), call.whole("channels", 2))
    )


def load(call: Call) -> Outcome:
    sound = _read(call, call.text("audio"))
    known = {"FLOAT": len(sound.samples) / sound.rate, "STRING": call.text("audio")}
    return Outcome(tuple(known.get(output.type, sound) for output in call.definition.outputs))


def _read(call: Call, name: str) -> Sound:
    import soundfile

    path = call.world.folders.find(name)
    if path is None:
        raise NodeFailed(f"audio file {name!r} is not there")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise NodeFailed(f"audio file {name!r} cannot be decoded: {error.error_string}") from error
    return Sound(np.asarray(samples, np.float32), int(rate))


def trim(call: Call) -> Outcome:
    sound = call.need("audio", Sound)
    start = int(call.number("start_index") * sound.rate) % max(1, len(sound.samples))
    stop = start + max(1, int(call.number("duration", 60.0) * sound.rate))
    return give(Sound(sound.samples[start:stop], sound.rate))


def join(call: Call) -> Outcome:
    first, second = call.need("audio1", Sound), call.need("audio2", Sound)
    other = _like(second, first)
    parts = (other, first.samples) if call.text("direction") == "before" else (first.samples, other)
    return give(Sound(np.concatenate(parts), first.rate))


def merge(call: Call) -> Outcome:
    first, second = call.need("audio1", Sound), call.need("audio2", Sound)
    other = np.zeros_like(first.samples)
    fitted = _like(second, first)[: len(other)]
    other[: len(fitted)] = fitted
    mixes = {
        "add": first.samples + other,
        "subtract": first.samples - other,
        "multiply": first.samples * other,
        "mean": (first.samples + other) / 2,
    }
    mixed = mixes.get(call.text("merge_method"), first.samples + other)
    return give(Sound(np.clip(mixed, -1, 1).astype(np.float32), first.rate))


def at_rate(sound: Sound, rate: int) -> Sound:
    """The same sound with `rate` samples a second."""
    import soxr

    if sound.rate == rate:
        return sound
    return Sound(np.asarray(soxr.resample(sound.samples, sound.rate, rate), np.float32), rate)


def _like(sound: Sound, model: Sound) -> Samples:
    """The samples at the rate and with the channels of `model`."""
    samples = at_rate(sound, model.rate).samples
    wanted = model.samples.shape[1]
    mono = samples.mean(axis=1, keepdims=True)
    return np.asarray(samples if samples.shape[1] == wanted else np.repeat(mono, wanted, axis=1), np.float32)


def louder(call: Call) -> Outcome:
    sound = call.need("audio", Sound)
    # The node's unit is whole decibels.
    factor = 10 ** (call.number("volume") / 20)
    return give(Sound(np.clip(sound.samples * factor, -1, 1).astype(np.float32), sound.rate))


HANDLERS: Mapping[str, Handler] = {
    "EmptyAudio": empty,
    **dict.fromkeys(("LoadAudio", "LoadAudioPath", "RVC-Studio.LoadAudio", "VHS_LoadAudioUpload"), load),
    **dict.fromkeys(("UnifiedTTSTextNode", "UnifiedTTSSRTNode", "XTTS_INFER", "XTTS_INFER_SRT"), speak),
    "TrimAudioDuration": trim,
    "AudioConcat": join,
    "AudioMerge": merge,
    "AudioAdjustVolume": louder,
}
