"""Texts of the web export that tell of artifacts' content; each is made again when what it tells of has changed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from comfyvn.errors import MakeError, StoreError
from comfyvn.recipe import Input, fingerprint
from comfyvn.store.cache import Cache
from comfyvn.targets.web import ASSETS, DERIVED, FRAMES, HEARD, data_place
from comfyvn.targets.web_made import cues, frames_json, made_json
from comfyvn.targets.web_values import data_file

PEAKS = 96  # bars of a waveform
KEPT = ".json"  # place → text
LOUDEST = 63  # the highest bar; a byte of JSON or two for each


@dataclass(frozen=True)
class Sources:
    """`files`: an input → the files that it stands for; `digest`: its content digest."""

    files: Callable[[Input], list[Path]]
    digest: Callable[[Input], str]
    cache: Cache


def derived(parts: Mapping[str, Mapping[str, Input]], sources: Sources) -> dict[str, str]:
    """Place → text. `parts`: see targets.web.sources. Raises MakeError for what cannot be read."""
    found: dict[str, str] = {}
    for part, inputs in sorted(parts.items()):
        found.update(_kept(part, inputs, sources))
    return found


def _kept(part: str, inputs: Mapping[str, Input], sources: Sources) -> dict[str, str]:
    """From the cache when the same was derived before: a thousand waveforms are not drawn for one new line."""
    told = {name: sources.digest(item) for name, item in inputs.items()}
    key = fingerprint({"kind": "web", "version": DERIVED, "part": part, "inputs": told})
    known = sources.cache.find(key)
    if known is not None:
        with contextlib.suppress(KeyError, ValueError):
            return {str(place): str(text) for place, text in json.loads(known.files[KEPT]).items()}
    made = _made(part, {name: sources.files(item) for name, item in inputs.items()})
    with contextlib.suppress(StoreError):  # where it cannot be kept, it is derived once more
        sources.cache.put(key, {KEPT: json.dumps(made).encode()}, {})
    return made


def _made(part: str, files: Mapping[str, list[Path]]) -> dict[str, str]:
    kind, _, unit = part.partition("/")
    if kind == FRAMES:
        return {data_place(part): data_file(part, frames_json(_json(files[unit][0])))}
    if kind == HEARD:
        return {data_place(part): data_file(part, {clip: _heard(found) for clip, found in sorted(files.items())})}
    records = {target: _json(found[0]) for target, found in sorted(files.items())}
    whole = json.dumps(records, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return {
        data_place(part): data_file(part, {target: made_json(record) for target, record in records.items()}),
        f"{ASSETS}records/{unit}.json": whole,
    }


def _heard(files: list[Path]) -> dict[str, object]:
    """Captions and waveform of a clip. Clips made before there was WebVTT have the same cues as SRT."""
    by_kind = {path.suffix: path for path in files}
    text = _text(by_kind.get(".vtt") or by_kind[".srt"])
    length, bars = _waveform(by_kind[".wav"])
    return {"cues": cues(text), "ms": length, "bars": bars}


def _waveform(path: Path) -> tuple[int, list[int]]:
    """Milliseconds, and the highest sample of each of `PEAKS` equal parts; of PCM, so the same everywhere."""
    import numpy as np
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="int32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise MakeError(f"a clip cannot be read ({error})", str(path), "make the clip again") from error
    heights = np.abs(samples.astype(np.int64)).max(axis=1, initial=0)
    parts = [int(part.max(initial=0)) for part in np.array_split(heights, PEAKS)]
    highest = max([*parts, 1])
    return round(len(samples) * 1000 / rate), [part * LOUDEST // highest for part in parts]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise MakeError(f"captions cannot be read ({error})", str(path), "make the clip again") from error


def _json(path: Path) -> dict[str, object]:
    try:
        found: dict[str, object] = json.loads(path.read_text("utf-8"))
        return found
    except (OSError, ValueError) as error:
        raise MakeError(f"it cannot be read ({error})", str(path), "make it again") from error
