"""What was spoken once is kept: each chunk of a clip by the fingerprint of all that is heard in it.

So a long text goes on where a killed build has left it, one that was edited is spoken anew only where it changed, and
what an engine without a seed has said stays said. Loudness, length and subtitles are no part of it: they come after.
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comfyvn.bridge.speech import Speech, Spoken
from comfyvn.errors import StoreError
from comfyvn.recipe import EMPTY, fingerprint, plain
from comfyvn.store.cache import Cache, Cached

if TYPE_CHECKING:
    from comfyvn.audio.samples import Samples

SUFFIX = ".flac"
VERSION = 1  # raised when the same entry is to mean other samples


@dataclass(frozen=True)
class Take:
    """A chunk as it was spoken, by which engine ("name@version"), whether the same would come again, and what the
    quality gate noted of it.
    """

    spoken: Spoken
    engine: str
    repeatable: bool
    notes: Mapping[str, object] = field(default_factory=dict)


def key_of(speech: Speech, engine: str, reference: str, conversion: Mapping[str, object]) -> str:
    """The fingerprint of what is heard when `engine` ("name@version") says `speech`.

    `reference` is the content digest of the recording that is imitated, "" for none; `conversion` as a recipe has it.
    """
    members: dict[str, object] = {
        "engine": engine,
        "text": speech.text,
        "language": speech.language,
        "voice": plain(speech.voice),
        "seed": speech.seed,
        "reference": reference,
        "conversion": plain(conversion),
        "phonemes": [[one.start, one.stop, one.ipa] for one in speech.phonemes],
        "speed": None if speech.speed == 1.0 else speech.speed,
    }
    heard = {name: value for name, value in members.items() if value not in EMPTY}
    return fingerprint({"kind": "spoken", "version": VERSION, **heard})


def kept(cache: Cache, key: str) -> Take | None:
    """What was kept under `key` on this computer; None where there is nothing, or it cannot be read."""
    found = cache.find(key)
    try:
        return None if found is None else _take(found)
    except (KeyError, ValueError, TypeError, RuntimeError):
        return None  # damaged, or another version's: it is spoken again


def keep(cache: Cache, key: str, take: Take) -> Take:
    """Keeps `take`, and gives it back as it will be read: a clip has the same bytes however it came about."""
    sound, scale = _flac(take.spoken)
    anchors = [[one.position, one.ms, one.sentence] for one in take.spoken.anchors]
    facts = {"engine": take.engine, "repeatable": take.repeatable, "scale": scale, "anchors": anchors}
    facts |= {"notes": plain(take.notes), "is_converted": take.spoken.is_converted}
    facts |= {"made_with": plain(take.spoken.made_with)} if take.spoken.made_with else {}
    with contextlib.suppress(StoreError):  # where it cannot be kept, it is spoken once more when it is needed again
        cache.put(key, {SUFFIX: sound}, facts)
    return _take(Cached({SUFFIX: sound}, facts))


def _take(found: Cached) -> Take:
    import soundfile

    from comfyvn.audio.subtitles import Anchor

    facts: Mapping[str, Any] = found.facts
    samples, rate = soundfile.read(io.BytesIO(found.files[SUFFIX]), dtype="float32")  # it holds 24 bits exactly
    anchors = tuple(Anchor(int(position), float(ms), bool(is_new)) for position, ms, is_new in facts["anchors"])
    made_with = {str(name): str(version) for name, version in facts.get("made_with", {}).items()}
    sound = samples * samples.dtype.type(facts["scale"])
    spoken = Spoken(sound, int(rate), anchors, bool(facts["is_converted"]), made_with)
    return Take(spoken, str(facts["engine"]), bool(facts["repeatable"]), dict(facts["notes"]))


def _flac(spoken: Spoken) -> tuple[bytes, float]:
    """The samples in 24 bits, which hold any 16 or 24 bits exactly, and the power of two that they are parts of."""
    import soundfile

    highest = _highest(spoken.samples)
    scale = 2.0 ** max(math.ceil(math.log2(highest)), 0) if highest > 0 else 1.0
    file = io.BytesIO()
    soundfile.write(file, spoken.samples / scale, spoken.rate, format="FLAC", subtype="PCM_24")
    return file.getvalue(), scale


def _highest(samples: Samples) -> float:
    """The largest amplitude. Raises ValueError for samples that are no numbers."""
    highest = float(abs(samples).max(initial=0.0))
    if not math.isfinite(highest):
        raise ValueError("there are samples in it that are no numbers")
    return highest
