"""Says how a mouth stands while a clip is heard: Rhubarb Lip Sync's shapes, from timed words or from the sound alone.

The shapes, as Rhubarb's manual describes them: A closed (m, b, p), B slightly open with clenched teeth (most
consonants, "ee"), C open ("e"), D wide open ("a"), E rounded ("o"), F puckered ("u", w), G teeth on the lip (f, v),
H tongue behind the teeth (l), X at rest.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from comfyvn.audio.samples import PIECE, Samples, doubles, pieces
from comfyvn.audio.subtitles import Anchor

FRAME_MS = 10
SHORTEST = 4  # frames: what is shorter is not seen at 24 pictures a second
HUSH = 6  # frames of quiet that are still part of the speech: the stop before a "t"
QUIET = -32.0
"""dB under the loudest frame: below it nobody speaks."""

LEVELS = ((-6.0, "D"), (-14.0, "C"))  # dB under the loudest frame from which the mouth is that wide; else B
HISS = 0.25  # zero crossings for each sample above which a sound is a hiss, spoken with closed teeth

LETTERS = {
    **dict.fromkeys("mbp", "A"), **dict.fromkeys("fv", "G"), "l": "H", "w": "F", "q": "F",
    "a": "D", "e": "C", "i": "B", "y": "B", "o": "E", "u": "F",
}  # fmt: skip
"""Shape of a Latin letter or of a kana's vowel; any other consonant is B."""


@dataclass(frozen=True)
class MouthCue:
    """The mouth has the shape `value` (A to H, X) from `start_ms` until `end_ms`."""

    start_ms: int
    end_ms: int
    value: str


def mouth_cues(samples: Samples, rate: int, text: str, anchors: Sequence[Anchor]) -> tuple[MouthCue, ...]:
    """Shapes of the whole clip without a gap. `anchors` time the words of `text` against mono `samples`.

    The letters of a word share the time in which it sounds. Where nobody timed words, or their script does not spell
    sounds, loudness opens the mouth.
    """
    size = rate * FRAME_MS // 1000
    count = len(samples) // size
    duration = len(samples) * 1000 // rate
    if count == 0:
        return (MouthCue(0, duration, "X"),) if duration else ()
    frames = samples[: count * size].reshape(count, size)
    speaking, shapes = _heard(frames)
    for begin, end, letters in _words(text, anchors, count):
        sounding = begin + np.flatnonzero(speaking[begin:end])
        for number, frame in enumerate(sounding):
            shapes[frame] = letters[number * len(letters) // len(sounding)]
    drawn = [shape if speaks else "X" for shape, speaks in zip(shapes, speaking.tolist(), strict=True)]
    return tuple(_merged(drawn, duration))


def rhubarb(shown: Sequence[MouthCue], duration_ms: int) -> bytes:
    """`shown` as Rhubarb's JSON (`--exportFormat json`), times in seconds; the sound file is the one beside it."""
    cues = [
        f'    {{ "start": {_seconds(cue.start_ms)}, "end": {_seconds(cue.end_ms)}, "value": {json.dumps(cue.value)} }}'
        for cue in shown
    ]
    head = f'{{\n  "metadata": {{\n    "soundFile": "",\n    "duration": {_seconds(duration_ms)}\n  }},\n'
    return (head + '  "mouthCues": [\n' + ",\n".join(cues) + "\n  ]\n}\n").encode()


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}" if ms % 10 else f"{ms / 1000:.2f}"


def _heard(frames: Samples) -> tuple[npt.NDArray[np.bool_], list[str]]:
    """For each frame whether somebody speaks, and the shape that its loudness suggests."""
    measured = [_measured(frames[place]) for _, _, place in pieces(len(frames), 0, PIECE // frames.shape[1])]
    power, crossings = (np.concatenate(each) for each in zip(*measured, strict=True))
    level = 20 * np.log10(np.maximum(power, 1e-9) / max(float(power.max()), 1e-9))
    shapes = [
        "B" if hiss > HISS else next((shape for least, shape in LEVELS if db >= least), "B")
        for db, hiss in zip(level.tolist(), crossings.tolist(), strict=True)
    ]
    return _bridged(level > QUIET), shapes


def _measured(frames: Samples) -> tuple[Samples, Samples]:
    """RMS amplitude of each frame, and its zero crossings for each sample."""
    power = np.sqrt(np.mean(doubles(frames) ** 2, axis=1))
    return power, np.mean(np.diff(np.signbit(frames), axis=1), axis=1)


def _bridged(speaking: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Short stops inside of speech count as speech."""
    heard = np.flatnonzero(speaking).tolist()
    for before, after in pairwise(heard):
        if after - before - 1 <= HUSH:
            speaking[before:after] = True
    return speaking


def _words(text: str, anchors: Sequence[Anchor], count: int) -> list[tuple[int, int, str]]:
    """First frame, one past the last, and the shapes of each word that was timed and spells sounds."""
    timed: list[Anchor] = []
    for anchor in anchors:
        if not anchor.sentence and (not timed or (anchor.position > timed[-1].position and anchor.ms > timed[-1].ms)):
            timed.append(anchor)
    words = []
    for anchor, after in pairwise([*timed, Anchor(len(text), count * FRAME_MS)]):
        shapes = "".join(map(_shape, text[anchor.position : after.position]))
        first, last = max(int(anchor.ms / FRAME_MS), 0), min(int(after.ms / FRAME_MS), count)
        if shapes and first < last:
            words.append((first, last, shapes))
    return words


def _shape(letter: str) -> str:
    """The shape of a letter; "" for what is no letter, or stands for a word rather than for a sound."""
    base = unicodedata.normalize("NFKD", letter)[:1].lower()
    if base.isascii():
        return LETTERS.get(base, "B") if base.isalpha() else ""
    name = unicodedata.name(base, "")
    if name.startswith(("HIRAGANA LETTER", "KATAKANA LETTER")):
        return LETTERS.get(name[-1].lower(), "B")
    return ""


def _merged(drawn: Sequence[str], duration: int) -> list[MouthCue]:
    """Runs of equal shapes; a run too short to be seen goes to its neighbour, except that lips always close."""
    runs: list[tuple[int, str]] = []  # first frame, shape
    for frame, shape in enumerate(drawn):
        if runs and shape == runs[-1][1]:
            continue
        if len(runs) > 1 and frame - runs[-1][0] < SHORTEST and runs[-1][1] not in "AX":
            runs.pop()
            if runs[-1][1] == shape:
                continue
        runs.append((frame, shape))
    starts = [frame * FRAME_MS for frame, _ in runs]
    return [
        MouthCue(start, end, shape)
        for start, end, (_, shape) in zip(starts, [*starts[1:], duration], runs, strict=True)
    ]
