"""Node classes that make, load and change sound; speech becomes a murmur as long as its text would take to say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from comfyvn.draft.values import Bundle, Samples, Sound
from comfyvn.draft.world import Call, Handler, NodeFailed, Outcome, give

RATE = 24_000
SECONDS_PER_LETTER = 0.06
LONGEST = 600.0  # seconds


QUIET = frozenset("\t\n\r .,;:!?…—、。，！？")  # what is no sound of speech


def murmur(text: str, seed: int = 0, voice: Sound | None = None) -> Sound:
    """A hum that goes up and down with the letters and is silent between words: mono, the same for the same arguments.

    `voice`: the recording that it is to resemble, which decides how high it is.
    """
    said = text.strip()[: int(LONGEST / SECONDS_PER_LETTER)]
    letter = int(SECONDS_PER_LETTER * RATE)
    count = len(said) * letter + int(0.4 * RATE)
    codes = np.array([ord(each) for each in said] or [0], dtype=np.float64)
    pitch = 90 + (_print(voice) + sum(text.encode()) % 20 + seed) % 120
    tones = np.repeat(pitch * (1 + 0.04 * (codes % 5)), letter)
    loud = np.repeat([0.0 if each in QUIET else 1.0 for each in said] or [0.0], letter)
    rises = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(letter) / letter)
    shape = loud * (0.35 + 0.65 * np.tile(rises, len(codes)))
    shape = np.convolve(shape, np.hanning(letter // 2) / np.hanning(letter // 2).sum(), "same")
    phase = 2 * np.pi * np.cumsum(tones) / RATE
    hum = shape * (np.sin(phase) + 0.3 * np.sin(2 * phase) + 0.15 * np.sin(3 * phase))
    out = np.zeros(count, np.float32)
    start = int(0.1 * RATE)
    out[start : start + len(hum)] = (0.12 * hum)[: count - start]
    return Sound(out[:, None], RATE)


def _print(voice: Sound | None) -> int:
    """A number that follows from what a recording holds."""
    return 60 if voice is None else hashlib.sha256(np.ascontiguousarray(voice.samples).tobytes()).digest()[0]


def silence(seconds: float, rate: int = RATE, channels: int = 1) -> Sound:
    count = max(1, int(min(LONGEST, max(0.0, seconds)) * rate))
    return Sound(np.zeros((count, max(1, channels)), np.float32), rate)


def speak(call: Call) -> Outcome:
    """Every text-to-speech class: the murmur for the sound, words for the rest."""
    text = next((call.text(name) for name in ("text", "srt_content") if call.text(name)), "")
    sound = murmur(text, call.whole("seed"), call.first(Sound))
    return Outcome(tuple(sound if "AUDIO" in output.type else "" for output in call.definition.outputs))


def revoice(call: Call) -> Outcome:
    """RVCNode: as long as it was, so many semitones higher, with an echo of a few samples that the model decides."""
    sound, model = call.need("audio", Sound), call.inputs.get("model")
    other = higher(sound, call.number("f0_up_key"))
    name = model.find(str) if isinstance(model, Bundle) else None
    late = 8 + hashlib.sha256((name or "").encode()).digest()[0] % 40
    echo = np.zeros_like(other.samples)
    echo[late:] = other.samples[:-late] if len(echo) > late else 0
    changed = Sound((0.7 * other.samples + 0.45 * echo).astype(np.float32), sound.rate)
    return Outcome(tuple(changed if "AUDIO" in output.type else "" for output in call.definition.outputs))


def higher(sound: Sound, semitones: float) -> Sound:
    """The sound raised by `semitones` at the same length: short overlapping grains, each played faster in its place."""
    if semitones == 0 or not len(sound.samples):
        return sound
    half, factor = max(8, int(0.02 * sound.rate)), 2 ** (semitones / 12)
    inside = np.arange(-half, half)
    window = 0.5 + 0.5 * np.cos(np.pi * inside / half)
    out = np.zeros((len(sound.samples) + 2 * half, sound.samples.shape[1]))
    for middle in range(0, len(sound.samples), half):
        at = np.clip(np.round(middle + inside * factor).astype(int), 0, len(sound.samples) - 1)
        out[middle : middle + 2 * half] += sound.samples[at] * window[:, None]
    return Sound(out[half : half + len(sound.samples)].astype(np.float32), sound.rate)


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
    "RVCNode": revoice,
    "TrimAudioDuration": trim,
    "AudioConcat": join,
    "AudioMerge": merge,
    "AudioAdjustVolume": louder,
}
