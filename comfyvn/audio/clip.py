"""Makes a finished clip of what engines spoke: joined, timed, levelled, encoded, subtitled and given a mouth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from comfyvn.audio.deess import deessed
from comfyvn.audio.encode import RATE, resample
from comfyvn.audio.join import Joined, Part, joined
from comfyvn.audio.loudness import Loudness
from comfyvn.audio.master import master
from comfyvn.audio.mouth import mouth_cues, rhubarb
from comfyvn.audio.subtitles import Anchor, cues, srt
from comfyvn.audio.timing import FASTEST, SLOWEST, Fitted, fitted
from comfyvn.audio.trim import sounding, trim
from comfyvn.audio.vtt import vtt

__all__ = ["Finished", "Part", "finish"]


@dataclass(frozen=True)
class Finished:
    """A finished clip, 48 kHz mono, as the bytes of its files.

    `srt` and `vtt` are UTF-8; `mouth` is JSON as Rhubarb Lip Sync writes it. `loudness` is measured on the WAV (not
    gated: shorter than 0.4 s), `peak_dbtp` is the higher true peak of WAV and decoded OGG, `limited_db` how far peaks
    were pressed down. `stretch`: how many times as fast as it was spoken it is played. `notes` say what could not be
    done as it was asked for.
    """

    wav: bytes
    ogg: bytes
    srt: bytes
    vtt: bytes
    mouth: bytes
    duration_ms: int
    loudness: Loudness
    peak_dbtp: float
    limited_db: float
    stretch: float = 1.0
    notes: tuple[str, ...] = ()

    def files(self) -> dict[str, bytes]:
        """What follows the clip's stem → the file."""
        return {".wav": self.wav, ".ogg": self.ogg, ".srt": self.srt, ".vtt": self.vtt, ".mouth": self.mouth}


def finish(
    parts: Sequence[Part],
    *,
    loudness: float,
    peak: float,
    target_ms: int | None = None,
    bits: int = 16,
    deess: float = 0.0,
    speed: float = 1.0,
) -> Finished:
    """Finish the spoken `parts` at `loudness` LUFS and at most `peak` dBTP, in WAV (16 or 24 bits) and in OGG.

    `target_ms` is the length that the clip is to have, with the quiet around it; it is reached by playing the sound
    0.8 to 1.25 times as fast, and missed with a note beyond that. `deess`, 0 to 1: how much of the hiss of an "s" is
    taken away. `speed` is of the note alone: how many times as fast as usual the parts were spoken. Raises ValueError
    when a part has no sound, or what is in it cannot be measured.
    """
    timed, text, anchors = _timed(joined(parts), target_ms)
    sound = master(deessed(timed.samples, deess), loudness=loudness, peak=peak, bits=bits)
    stretch, missed = timed.speed, _missed(timed, target_ms, speed)
    del timed  # half of the memory that a long clip takes
    samples = sound.samples
    duration = len(samples) * 1000 // RATE
    shown = cues(text, anchors, duration)
    return Finished(
        wav=sound.wav,
        ogg=sound.ogg,
        srt=srt(shown).encode(),
        vtt=vtt(shown, text, anchors).encode(),
        mouth=rhubarb(mouth_cues(samples, RATE, text, anchors), duration),
        duration_ms=duration,
        loudness=sound.loudness,
        peak_dbtp=sound.peak_dbtp,
        limited_db=sound.limited_db,
        stretch=stretch,
        notes=missed,
    )


def _timed(whole: Joined, target_ms: int | None) -> tuple[Fitted, str, list[Anchor]]:
    """The sound with even quiet around it, `target_ms` long; its text, and when which character of it is heard then."""
    kept, shift = trim(whole.samples, whole.rate)
    if not len(kept):
        raise ValueError("there is no sound in it")
    timed = fitted(resample(kept, whole.rate), RATE, target_ms)
    return timed, whole.text, [replace(anchor, ms=timed.at(anchor.ms - shift * 1000)) for anchor in whole.anchors]


def spoken_seconds(parts: Sequence[Part]) -> float:
    """From the first sound of `parts` to the last, with the pauses between them. Raises ValueError as `finish` does."""
    whole = joined(parts)
    first, last = sounding(whole.samples)
    return (last - first) / whole.rate


def _missed(timed: Fitted, target_ms: int | None, spoken: float) -> tuple[str, ...]:
    if target_ms is None or timed.missed_ms == 0:
        return ()
    how, limit = ("longer", FASTEST) if timed.missed_ms > 0 else ("shorter", SLOWEST)
    before = "" if spoken == 1.0 else f"spoken {spoken:g} times and "
    return (
        f"{abs(timed.missed_ms)} ms {how} than the {target_ms} ms asked for: speech is {before}played {limit:g} times "
        "as fast and no further",
    )
