"""Pictures, sounds and records in words, for `git diff`: stable, one fact a line, told by the file's bytes.

Git gives a picture's older content as a file without its record beside it, so what a picture says must come out of
the picture: its size, its pixels' digest, and the graph that ComfyUI and we write into it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from comfyvn.graph.sampling import sampling
from comfyvn.makers.embedded import embedded
from comfyvn.store import records
from comfyvn.store.content import byte_digest, content_digest
from comfyvn.store.git import POINTER, POINTER_BYTES
from comfyvn.store.records import Record

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".bmp"}
SOUNDS = {".wav", ".ogg", ".opus", ".flac", ".mp3"}
LONGEST = 2**26  # samples of a sound that is measured: a quarter of an hour in stereo


def shown(path: Path, alone: bool = False) -> list[str]:
    """The lines; never empty. `alone`: nothing beside the file is looked at. Raises OSError when it cannot be read."""
    data = _head(path)
    if pointer := POINTER.fullmatch(data):
        return [f"kept by Git LFS, and not here: sha256 {pointer[1].decode()}"]
    suffix = path.suffix.lower()
    if path.name.endswith(".json"):
        record = records.parse(path.read_bytes())
        return list(_record(record)) if record else path.read_text("utf-8", "replace").splitlines()
    lines = [f"{path.stat().st_size} bytes, sha256 {byte_digest(path)}"]
    try:
        if suffix in PICTURES:
            lines += _picture(path)
        elif suffix in SOUNDS:
            lines += _sound(path)
    except Exception as error:  # Pillow and libsndfile raise nearly anything on hostile bytes
        lines.append(f"no {suffix[1:]} that can be read ({type(error).__name__})")
    beside = None if alone else _beside(path)
    return [*lines, *(f"record: {line}" for line in _record(beside))] if beside else lines


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(POINTER_BYTES + 1)
    return head if len(head) <= POINTER_BYTES else b""


def _beside(path: Path) -> Record | None:
    try:
        return records.parse(path.with_name(path.name + ".render.json").read_bytes())
    except OSError:
        return None


# --- records


def _record(record: Record) -> Iterator[str]:
    yield f"target: {record.target}"
    yield f"engine: {record.engine} ({record.quality})"
    yield f"wanted: {record.wanted or 'nothing: its build was cut off'}"
    if record.made != record.wanted:
        yield f"made: {record.made}"
    for name, facts in sorted(record.files.items()):
        yield f"file {name}: {facts.content}, {facts.size} bytes"
    yield from _table("seed", record.seeds)
    for path, value in sorted(record.facts.items()):
        yield f"{path}: {json.dumps(value, ensure_ascii=False)}"
    for node, settings in sorted(record.sampling.items()):
        yield f"sampling {node}: {_pairs(settings)}"
    for kind, entries in (("model", record.models), ("pack", record.packs)):
        for name, entry in sorted(entries.items()):
            yield f"{kind} {name}: {_pairs(entry)}"
    yield from _table("made with", record.made_with)
    for name, note in sorted(record.notes.items()):
        yield f"note {name}: {json.dumps(note, ensure_ascii=False, sort_keys=True)}"


def _table(word: str, values: Mapping[str, object]) -> Iterator[str]:
    for name, value in sorted(values.items()):
        yield f"{word} {name}: {value}"


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(values.items()))


# --- pictures and sounds


def _picture(path: Path) -> Iterator[str]:
    from PIL import Image

    with Image.open(path) as image:
        frames = getattr(image, "n_frames", 1)
        more = f", {frames} frames" if frames > 1 else ""
        yield f"{image.format} {image.width} × {image.height}, {image.mode}{more}"
        image.load()
        texts = embedded(image)
    yield f"content: {content_digest(path)}"
    yield from _ours(_json(texts.get("comfyvn")))
    graph = _json(texts.get("prompt"))
    yield from _prompts(graph)
    for node, settings in sorted(sampling(graph).items()):
        yield f"sampling {node}: {_pairs(settings)}"


def _ours(said: Mapping[str, Any]) -> Iterator[str]:
    """What we write into a picture; it may be anybody's, so it is held to no form."""
    for name in ("workflow_id", "fingerprint"):
        if name in said:
            yield f"{name}: {said[name]}"
    yield from _table("seed", _mapping(said.get("seeds")))
    for kind, pins in sorted(_mapping(said.get("pins")).items()):
        for name, pin in sorted(_mapping(pins).items()):
            yield f"{kind} {name}: {pin or 'not pinned'}"


def _prompts(graph: Mapping[str, Any]) -> Iterator[str]:
    """Each line of each text that a text encoder is given."""
    for node, entry in sorted(graph.items()):
        inputs = _mapping(_mapping(entry).get("inputs"))
        for name, value in sorted(inputs.items()):
            if name.startswith("text") and isinstance(value, str):
                yield from (f"{name} {node}: {line}" for line in value.splitlines())


def _sound(path: Path) -> Iterator[str]:
    import soundfile

    from comfyvn.audio.loudness import measure

    with soundfile.SoundFile(path) as sound:
        seconds = sound.frames / sound.samplerate
        yield f"{sound.format} {sound.subtype}, {sound.samplerate} Hz, {sound.channels} channels, {seconds:.3f} s"
        samples = sound.read(dtype="float64", always_2d=True) if sound.frames * sound.channels <= LONGEST else None
        rate = sound.samplerate
    if samples is not None:
        yield f"loudness: {measure(samples, rate).lufs:.1f} LUFS"
    yield f"content: {content_digest(path)}"


def _json(text: str | None) -> Mapping[str, Any]:
    return _mapping(json.loads(text)) if text else {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
