"""Writes the sample novel's music and sounds: `python tools/make_music.py [FOLDER]` (data/assets if left out).

Everything is computed from the notes and numbers below, with fixed seeds, so that running it again gives the same
bytes. A loop is a ring: what a note or its echo still has to say at the end goes on at the beginning.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import resample_poly

from comfyvn.audio.encode import ogg

RATE = 44_100
PEAK = 0.7  # of full scale: Vorbis and a game's mixer both add a little
Signal = NDArray[np.float64]
Voice = Callable[[float, float], Signal]
"""A note: Hz and seconds held → mono samples, its dying away included."""

STEPS = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}


@dataclass(frozen=True)
class Part:
    """Notes for one voice: `(bar, beat, name, beats held)`, beats counted from 0."""

    voice: Voice
    notes: tuple[tuple[int, float, str, float], ...]
    gain: float
    pan: float = 0.0  # −1 left … 1 right


@dataclass(frozen=True)
class Piece:
    """A loop of `bars` bars of three beats."""

    name: str
    bpm: float
    bars: int
    parts: tuple[Part, ...]
    echo: float
    seed: int
    loudness: float = -20.0  # LUFS


def pitch(name: str) -> float:
    """Hz of a note such as D5, Bb3 or F#4 (A4 = 440)."""
    accidental = name.count("#") - name.count("b")
    octave = int(name[-1])
    return float(440.0 * 2.0 ** ((STEPS[name[0]] + accidental + 12 * (octave - 4)) / 12))


def times(seconds: float) -> Signal:
    return np.arange(round(seconds * RATE), dtype=np.float64) / RATE


def rise(t: Signal, seconds: float) -> Signal:
    """From 0 to 1 in `seconds`, without a corner."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(t / seconds, 0.0, 1.0)), dtype=np.float64)


def music_box(hz: float, held: float) -> Signal:
    """A plucked steel tooth: inharmonic partials, the high ones gone at once."""
    del held  # a tooth rings as long as it rings
    t = times(3.2)
    partials = ((1.0, 1.0, 1.1), (2.0, 0.22, 2.2), (3.01, 0.16, 3.5), (5.42, 0.09, 8.0), (8.93, 0.03, 16.0))
    tone = sum(level * np.sin(2 * np.pi * hz * ratio * t) * np.exp(-t * decay) for ratio, level, decay in partials)
    return np.asarray(tone * rise(t, 0.004) * rise(t[::-1], 0.4), dtype=np.float64)


def harp(hz: float, held: float) -> Signal:
    """A soft gut string: harmonics that fall off, a round attack."""
    t = times(max(held, 0.6) + 1.6)
    tone = sum(np.sin(2 * np.pi * hz * n * t) * np.exp(-t * (0.9 + 0.75 * n)) / n**1.7 for n in range(1, 7))
    return np.asarray(tone * rise(t, 0.012) * rise(t[::-1], 0.5), dtype=np.float64)


def pad(hz: float, held: float) -> Signal:
    """Three slightly different reeds that breathe in and out slowly."""
    t = times(held + 1.4)
    tone = np.zeros_like(t)
    for cents, phase in ((-4.0, 0.3), (0.0, 1.9), (5.0, 4.1)):
        f = hz * 2 ** (cents / 1200)
        tone += sum(np.sin(2 * np.pi * f * n * t + phase * n) / n**2.2 for n in range(1, 6))
    return np.asarray(tone / 3 * rise(t, 0.9) * rise(t[::-1], 1.4), dtype=np.float64)


def whistle(hz: float, held: float) -> Signal:
    """A wooden flute far away: nearly a sine, with a late vibrato."""
    t = times(held + 0.5)
    bend = 0.004 * hz * rise(t, 1.2) / 4.6 * np.sin(2 * np.pi * 4.6 * t)
    phase = 2 * np.pi * hz * t + bend
    tone = np.sin(phase) + 0.12 * np.sin(2 * phase) + 0.05 * np.sin(3 * phase)
    return np.asarray(tone * rise(t, 0.16) * rise(t[::-1], 0.45), dtype=np.float64)


def ring(loop: Signal, sound: Signal, at: int) -> None:
    """Adds `sound` (frames, 2) to `loop` from frame `at` on; what is past the end goes on at the beginning."""
    index = (at + np.arange(len(sound))) % len(loop)
    np.add.at(loop, index, sound)


def panned(mono: Signal, pan: float) -> Signal:
    """Constant-power panning: mono → (frames, 2)."""
    angle = (pan + 1) * np.pi / 4
    return np.stack([mono * np.cos(angle), mono * np.sin(angle)], axis=1)


def echoed(loop: Signal, amount: float, seed: int, seconds: float = 2.4) -> Signal:
    """`loop` in a stone room: convolved around the ring with decaying noise, different on each side."""
    t = times(seconds)
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal((len(t), 2))
    tail = noise * (np.exp(-t * 2.6) * rise(t, 0.03))[:, None]
    answer = np.zeros_like(loop)
    answer[: len(tail)] = tail / np.sqrt(np.sum(tail**2, axis=0))
    shape = band(len(loop), 90.0, 3200.0)[:, None]
    wet = np.fft.irfft(np.fft.rfft(loop, axis=0) * np.fft.rfft(answer, axis=0) * shape, n=len(loop), axis=0)
    return np.asarray(loop + amount * wet, dtype=np.float64)


def band(frames: int, low: float, high: float, slope: float = 2.0) -> Signal:
    """Gains for the bins of a real FFT over `frames`: a soft band between two frequencies in Hz."""
    f = np.maximum(np.fft.rfftfreq(frames, 1 / RATE), 1e-3)
    return np.asarray(1 / (1 + (low / f) ** slope) / (1 + (f / high) ** slope), dtype=np.float64)


def noise_ring(frames: int, seed: int, low: float, high: float) -> Signal:
    """Stereo noise of RMS 1 that repeats without a seam, kept to a band."""
    white = np.random.Generator(np.random.PCG64(seed)).standard_normal((frames, 2))
    shaped = np.fft.irfft(np.fft.rfft(white, axis=0) * band(frames, low, high)[:, None], n=frames, axis=0)
    return np.asarray(shaped / np.sqrt(np.mean(shaped**2)), dtype=np.float64)


def played(piece: Piece) -> Signal:
    """The piece as a ring of stereo samples, echo included."""
    beat = 60.0 / piece.bpm
    loop = np.zeros((round(piece.bars * 3 * beat * RATE), 2))
    human = np.random.Generator(np.random.PCG64(piece.seed))
    for part in piece.parts:
        for bar, at, name, held in part.notes:
            late, touch = human.uniform(0, 0.012), human.uniform(0.86, 1.0)
            sound = part.voice(pitch(name), held * beat) * part.gain * touch
            ring(loop, panned(sound, part.pan), round(((bar * 3 + at) * beat + late) * RATE))
    return echoed(loop, piece.echo, piece.seed + 1)


def at_loudness(loop: Signal, lufs: float) -> Signal:
    """`loop` at an integrated loudness, lower where its true peak would pass PEAK."""
    meter = pyloudnorm.Meter(RATE, filter_class="DeMan")
    gain = 10 ** ((lufs - meter.integrated_loudness(np.concatenate([loop, loop]))) / 20)
    peak = float(np.max(np.abs(resample_poly(loop, 4, 1, axis=0))))
    return np.asarray(loop * min(gain, PEAK / peak), dtype=np.float64)


# Notes -------------------------------------------------------------------------------------------------------------

Notes = tuple[tuple[int, float, str, float], ...]


def melody(text: str) -> Notes:
    """Bars between `|`, notes as NAME:BEATS one after another; `-:BEATS` is silence."""
    found: list[tuple[int, float, str, float]] = []
    for number, bar in enumerate(text.split("|")):
        at = 0.0
        for word in bar.split():
            name, _, beats = word.partition(":")
            if name != "-":
                found.append((number, at, name, float(beats)))
            at += float(beats)
    return tuple(found)


def waltz(chords: str) -> Notes:
    """A chord a bar, its notes joined by `+`: the lowest on one, the rest on two and three."""
    found: list[tuple[int, float, str, float]] = []
    for bar, chord in enumerate(chords.split()):
        low, *rest = chord.split("+")
        found.append((bar, 0.0, low, 2.6))
        found += [(bar, beat, name, 0.9) for beat in (1.0, 2.0) for name in rest]
    return tuple(found)


def held(chords: str, bars: int = 1) -> Notes:
    """Chords that stand for `bars` bars each."""
    return tuple(
        (at * bars, 0.0, name, 3.0 * bars) for at, chord in enumerate(chords.split()) for name in chord.split("+")
    )


TERN = """
 D5:2 E5:1 | F5:1.5 E5:.5 D5:1 | A4:2 C5:1 | D5:3 | D5:1 E5:1 G5:1 | A5:2 G5:1 | E5:1.5 F5:.5 E5:1 | D5:2 C5:1 |
 A5:2 B5:1 | C6:1.5 B5:.5 A5:1 | G5:2 E5:1 | F5:2 D5:1 | A4:1 C5:1 E5:1 | G5:1.5 F5:.5 E5:1 | D5:2 C5:1 | D5:2 -:1
"""
TERN_CHORDS = (
    "D3+F3+A3 D3+F3+A3 A2+E3+C4 D3+F3+A3 G2+D3+B3 A2+E3+C4 C3+E3+G3 G2+D3+B3 "
    "D3+F3+A3 F2+C3+A3 C3+E3+G3 D3+F3+A3 A2+E3+C4 C3+E3+G3 G2+D3+B3 D3+F3+A3"
)

CUP = """
 A4:1 C5:1 F5:1 | E5:1.5 D5:.5 C5:1 | D5:2 F5:1 | C5:3 | A4:1 C5:1 D5:1 | F5:2 G5:1 | A5:1.5 G5:.5 F5:1 | G5:3 |
 A5:2 G5:1 | F5:1.5 D5:.5 F5:1 | D5:2 C5:1 | A4:2 C5:1 | D5:1 F5:1 G5:1 | A5:1 G5:1 D5:1 | F5:3 | -:3
"""
CUP_CHORDS = (
    "F2+C3+A3 C3+G3+E4 Bb2+F3+D4 F2+C3+A3 D3+A3+F4 Bb2+F3+D4 F2+C3+A3 C3+G3+E4 "
    "F2+C3+A3 D3+A3+F4 Bb2+F3+D4 F2+C3+A3 Bb2+F3+D4 C3+G3+E4 F2+C3+A3 F2+C3+A3"
)

LOW = "-:3 | A4:2 C5:1 | D5:3 | -:3 | -:3 | A4:2 G4:1 | F4:3 | -:3 | -:3 | D5:1.5 E5:.5 F5:1 | E5:3 | C5:2 A4:1"
LOW_BOX = "D6:3 | -:3 | -:3 | A5:1 -:2 | -:3 | -:3 | C6:3 | -:3 | A5:3 | -:3 | -:2 E6:1 | -:3"
LOW_CHORDS = "D2+A2+F3 Bb2+F3+D4 G2+D3+Bb3 D2+A2+F3 Bb2+F3+C4 A2+E3+C4"

PIECES = (
    Piece("tern_waltz", 88, 16, (
        Part(music_box, melody(TERN), 0.5, 0.15), Part(harp, waltz(TERN_CHORDS), 0.17, -0.2),
        Part(pad, held(TERN_CHORDS), 0.05),
    ), echo=0.5, seed=101),
    Piece("second_cup", 104, 16, (
        Part(harp, melody(CUP), 0.5, 0.1), Part(harp, waltz(CUP_CHORDS), 0.22, -0.25),
        Part(music_box, melody(CUP.replace("5:", "6:").replace("4:", "5:"))[::4], 0.07, 0.4),
    ), echo=0.3, seed=102),
    Piece("low_water", 66, 12, (
        Part(pad, held(LOW_CHORDS, 2), 0.2), Part(whistle, melody(LOW), 0.16, -0.1),
        Part(music_box, melody(LOW_BOX), 0.16, 0.35),
    ), echo=0.9, seed=103, loudness=-21.0),
)  # fmt: skip


# Ambiences and sounds ----------------------------------------------------------------------------------------------


def sea() -> Signal:
    """Twelve seconds of waves on a quay: two swells that turn at their own speeds over a low wash."""
    frames = 12 * RATE
    turn = np.arange(frames) / frames
    low, hiss = noise_ring(frames, 201, 60.0, 420.0), noise_ring(frames, 202, 500.0, 3600.0)
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * (2 * turn + 0.25 * np.sin(2 * np.pi * turn)))
    lap = 0.5 + 0.5 * np.sin(2 * np.pi * (3 * turn + 0.4))
    return np.asarray(low * (0.4 + 0.6 * swell[:, None]) + 0.5 * hiss * (swell**3 + 0.25 * lap**2)[:, None])


def rain() -> Signal:
    """Eight seconds of steady rain behind a window, with drops on the sill."""
    frames = 8 * RATE
    loop = 0.8 * noise_ring(frames, 211, 500.0, 2400.0) + 0.35 * noise_ring(frames, 212, 60.0, 300.0)
    chance = np.random.Generator(np.random.PCG64(213))
    for at, hz, side in zip(
        chance.integers(0, frames, 90), chance.uniform(900, 2300, 90), chance.uniform(-0.8, 0.8, 90), strict=True
    ):
        t = times(0.05)
        drop = np.sin(2 * np.pi * hz * t * (1 + 2 * t)) * np.exp(-t * 110) * rise(t, 0.002)
        ring(loop, panned(drop * chance.uniform(1.0, 5.0), float(side)), int(at))
    return loop


def bell() -> Signal:
    """The brass bell over a shop's door: two strokes."""
    loop = np.zeros((round(2.6 * RATE), 2))
    for at, level in ((0.02, 1.0), (0.21, 0.55)):
        t = times(2.2)
        ratios = ((1.0, 1.0, 3.0), (2.76, 0.6, 4.5), (5.4, 0.3, 8.0), (8.93, 0.1, 14.0))
        stroke = sum(a * np.sin(2 * np.pi * 1480 * r * t) * np.exp(-t * d) for r, a, d in ratios)
        ring(loop, panned(level * np.asarray(stroke) * rise(t, 0.002) * rise(t[::-1], 0.3), 0.1), round(at * RATE))
    return loop


def horn() -> Signal:
    """A tuba that is doing its best to be a ferry's horn: a low note, a lip that slips, a long echo."""
    t = times(2.1)
    hz = 87.3 * (1 - 0.035 * np.exp(-t * 9) - 0.02 * rise(np.maximum(t - 1.3, 0), 0.7))
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    bright = 0.35 + 0.65 * rise(t, 0.35)
    tone = sum(np.sin(n * phase) * bright ** (n - 1) / n**1.15 for n in range(1, 15))
    breath = rise(t, 0.09) * rise(t[::-1], 0.3)
    whole = np.zeros((round(4.8 * RATE), 2))
    ring(whole, panned(np.asarray(tone) * breath, 0.0), 0)
    wet = echoed(whole, 0.45, 221, seconds=2.5)
    return np.asarray(wet * rise(times(4.8)[::-1], 0.6)[:, None], dtype=np.float64)


def main(folder: Path) -> None:
    made = {piece.name: at_loudness(played(piece), piece.loudness) for piece in PIECES}
    made["sea"], made["rain"] = at_loudness(sea(), -28.0), at_loudness(rain(), -30.0)
    made["bell"], made["horn"] = at_loudness(bell(), -24.0), at_loudness(horn(), -20.0)
    folder.mkdir(parents=True, exist_ok=True)
    for name, samples in made.items():
        data = ogg(samples, RATE)
        (folder / f"{name}.ogg").write_bytes(data)
        print(f"{name}.ogg  {len(samples) / RATE:6.2f} s  {len(data) / 1024:7.1f} KiB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "data" / "assets")
