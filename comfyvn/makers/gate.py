"""The quality gate: every take is looked at, listened to where the novel asks for it, and spoken again if it is bad."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.bridge.hearing import Hearing
from comfyvn.bridge.speech import Speech
from comfyvn.bridge.tts import Said
from comfyvn.contracts.model import SEED_MAX
from comfyvn.contracts.voice import VoiceCheck

if TYPE_CHECKING:
    from comfyvn.audio.quality import Fault

VARIABLE = "COMFYVN_ASR"  # a model's folder; it goes before the one in comfyvn.yaml, as machines differ
USUAL_RATE = 165.0  # words a minute


@dataclass(frozen=True)
class Gate:
    """`hearing`: None where nobody listens; `threshold`: the word error rate that is still good; `retries`: further
    takes of one that is not.
    """

    hearing: Hearing | None = None
    threshold: float = 0.5
    retries: int = 2


@dataclass(frozen=True)
class Take:
    """The best of the takes that were made. `seed` is its own, `tries` how many were made, `errors` its word error rate
    (None: nobody listened, or nobody can say). `faults`: what is wrong with it all the same, in words.
    """

    said: Said
    seed: int
    tries: int = 1
    errors: float | None = None
    faults: tuple[str, ...] = field(default=())

    def notes(self) -> dict[str, object]:
        """What a record says of it; {} for a first take at which nothing is wrong and to which nobody listened."""
        told: dict[str, object] = {}
        if self.errors is not None:
            told["word_errors"] = round(self.errors, 2)
        if self.tries > 1:
            told |= {"tries": self.tries, "seed": self.seed}
        if self.faults:
            told["faults"] = list(self.faults)
        return {"quality": told} if told else {}


def gate_of(asked: VoiceCheck, root: Path, environ: Mapping[str, str]) -> Gate:
    """The gate that the novel in `root` asks for; a relative folder is the novel's own."""
    folder = environ.get(VARIABLE) or asked.model
    hearing = Hearing(root / Path(folder).expanduser()) if folder else None
    return Gate(hearing, asked.threshold, asked.retries)


def take(say: Callable[[Speech], Said], speech: Speech, gate: Gate) -> Take:
    """What `say` makes of `speech`, and of the next seeds while something is wrong; the best, with what is wrong still.

    Stops where another seed makes no other sound. Raises what `say` raises for the first take, and VoiceError when the
    gate is to listen and cannot.
    """
    import numpy as np

    best: Take | None = None
    before: Said | None = None
    for step in range(gate.retries + 1):
        seeded = replace(speech, seed=(speech.seed + step) % (SEED_MAX + 1))
        said = say(seeded)
        if before is not None and np.array_equal(before.spoken.samples, said.spoken.samples):
            break
        before = said
        one = replace(_judged(said, seeded, gate), tries=step + 1)
        if best is None or _badness(one) < _badness(best):
            best = one
        best = replace(best, tries=step + 1)
        if not one.faults:
            break
    assert best is not None  # the first round always makes one
    return best


def _judged(said: Said, speech: Speech, gate: Gate) -> Take:
    from comfyvn.audio.quality import faults
    from comfyvn.audio.samples import mono

    samples, rate = said.spoken.samples, said.spoken.rate
    found = [_words(fault) for fault in faults(samples, rate, speech.text, _pace(speech))]
    errors = gate.hearing.word_errors(mono(samples), rate, speech.text, speech.language) if gate.hearing else None
    if errors is not None and errors > gate.threshold:
        found.append(f"{errors:.0%} of its words are not heard (allowed: {gate.threshold:.0%})")
    return Take(said, speech.seed, errors=errors, faults=tuple(found))


def _badness(one: Take) -> tuple[int, float]:
    return len(one.faults), one.errors or 0.0


def _words(fault: Fault) -> str:
    return f"{fault.kind}: {fault.said}"


def _pace(speech: Speech) -> float:
    rate = speech.voice.get("rate")
    return speech.speed * (float(rate) / USUAL_RATE if isinstance(rate, int | float) and rate > 0 else 1.0)
