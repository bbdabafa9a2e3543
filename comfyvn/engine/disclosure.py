"""What of a game was generated, by which models and engines: told by the records of what players see and hear.

Valve's content survey asks after two kinds of AI content: pre-generated (made with AI tools during development, and in
what ships) and live-generated (made while the game runs; partner.steamgames.com, "Content Survey"). itch.io asks which
of graphics, sound, text and code were generated. Our games generate nothing while they run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.shipped import Shipped
from comfyvn.makers.label import TRAINED, WITH_TRAINED
from comfyvn.providers import Model, Registry
from comfyvn.store.records import Record
from comfyvn.targets.credits import Speech, printable_line, speech

GRAPHICS = {"sprites": "Character sprites", "scenes": "Full-screen pictures", "backgrounds": "Backgrounds",
            "videos": "Films"}  # fmt: skip
VOICES = "Voice clips"


@dataclass(frozen=True)
class Kind:
    """`all`: how many of a kind there are; `generated`: of them by AI; `retouched`: of those by hand as well."""

    name: str
    all: int
    generated: int
    retouched: int
    engines: tuple[str, ...]


@dataclass(frozen=True)
class Disclosure:
    """`models`: name → what is known of those that took part; `voices`: engine → what is known of it."""

    title: str
    release: str
    kinds: tuple[Kind, ...]
    models: Mapping[str, Mapping[str, str]]
    voices: Mapping[str, Speech]
    drafts: int

    def as_json(self) -> dict[str, object]:
        made = [vars(kind) | {"engines": list(kind.engines)} for kind in self.kinds]
        return {
            "disclosure": 1,
            "title": self.title,
            "release": self.release,
            "pre_generated": {"used": any(kind.generated for kind in self.kinds), "content": made},
            "live_generated": {"used": False},
            "models": {name: dict(told) for name, told in self.models.items()},
            "voices": {name: vars(told) for name, told in self.voices.items()},
            "drafts": self.drafts,
        }


def disclosure(novel: OpenNovel, parts: Shipped) -> Disclosure:
    """Reads the record of every artifact that players meet."""
    found = {name: novel.engine.judge.record(novel.targets[name]) for name in parts.seen}
    records = {name: record for name, record in found.items() if record is not None and record.wanted}
    grouped: dict[str, list[str]] = {}
    for name in records:
        kind = name.partition(":")[0] if not name.startswith("rated:") else name.split("/")[1]
        grouped.setdefault(kind, []).append(name)
    kinds = [_pictures(novel, GRAPHICS[kind], names, records) for kind, names in grouped.items() if kind in GRAPHICS]
    spoken = [records[name] for name in grouped.get("voices", ())]
    licences = novel.project.novel.licences
    voices = {engine: speech(engine, licences) for engine in sorted({r.engine for r in spoken}) if _speaks(engine)}
    models = _models(novel, parts, [*records.values()])
    said = novel.project.novel
    drafts = sum(1 for record in records.values() if record.quality == "draft")
    listed = (*kinds, *([_clips(spoken, voices)] if spoken else []))
    return Disclosure(printable_line(said.title), said.release, listed, models, voices, drafts)


def _speaks(engine: str) -> bool:
    return engine.partition("@")[0] != "comfyvn"  # that is a recording, levelled


def _pictures(novel: OpenNovel, kind: str, names: Iterable[str], records: Mapping[str, Record]) -> Kind:
    sources = {name: novel.engine.labels.origin(name) for name in names}
    made = [name for name, source in sources.items() if source in (TRAINED, WITH_TRAINED)]
    retouched = sum(1 for name in made if sources[name] == WITH_TRAINED)
    return Kind(kind, len(sources), len(made), retouched, tuple(sorted({records[name].engine for name in made})))


def _clips(spoken: Iterable[Record], voices: Mapping[str, Speech]) -> Kind:
    all_ = list(spoken)
    made = [record for record in all_ if _is_generated(record, voices)]
    return Kind(VOICES, len(all_), len(made), 0, tuple(sorted({record.engine for record in made})))


def _is_generated(record: Record, voices: Mapping[str, Speech]) -> bool:
    return bool(_conversion(record)) or (record.engine in voices and voices[record.engine].is_trained)


def _conversion(record: Record) -> Mapping[str, object]:
    found = record.recipe.get("conversion")
    return found if isinstance(found, Mapping) else {}


def _models(novel: OpenNovel, parts: Shipped, seen: Iterable[Record]) -> dict[str, Mapping[str, str]]:
    """Of what is seen and of what that was made of; none of drafts, which use no model."""
    judge, targets = novel.engine.judge, novel.targets
    records = [*seen, *(judge.record(targets[name]) for name in parts.whole if name not in parts.seen)]
    names: dict[str, Mapping[str, str]] = {}
    for record in records:
        if record is None or record.engine.partition("@")[0] == "draft":
            continue
        names.update(record.models)
        converted = _conversion(record).get("model")
        if isinstance(converted, str):
            names.setdefault(converted, {})
    return {name: {**_licence(name, novel.tools.registry), **names[name]} for name in sorted(names)}


def _licence(name: str, registry: Registry) -> dict[str, str]:
    model: Model | None = registry.models.get(name)
    if model is None:
        return {"licence": "", "commercial": "unknown", "source": ""}
    return {"licence": model.licence, "commercial": model.commercial, "source": model.source}


# --- in words


def disclosure_text(found: Disclosure) -> str:
    """The disclosure as plain text, in the terms of the stores that ask for one."""
    lines = [*_pre_generated(found), *_live_generated(), *_used(found), *_itch(found), *_rest()]
    return "\n".join(lines).rstrip() + "\n"


def _pre_generated(found: Disclosure) -> Iterator[str]:
    yield from (f"AI content disclosure: {found.title} {found.release}", "", "Pre-generated AI content", "")
    made = [kind for kind in found.kinds if kind.generated]
    if not made:
        yield from ("None: no picture and no voice of this game was generated by a trained model.", "")
    for kind in made:
        hand = f", {kind.retouched} of them retouched by hand" if kind.retouched else ""
        engines = ", ".join(kind.engines)
        yield f"- {kind.name}: {kind.generated} of {kind.all} were generated during development ({engines}){hand}."
    if made:
        yield ""
    others = Counter({kind.name: kind.all - kind.generated for kind in found.kinds if kind.all > kind.generated})
    if others:
        listed = ", ".join(f"{count} {name[0].lower()}{name[1:]}" for name, count in others.items())
        yield from (f"Not generated by a trained model: {listed}.", "")
    if found.drafts:
        yield from (f"{found.drafts} pictures are drafts, drawn by a program that was trained on nothing.", "")


def _live_generated() -> Iterator[str]:
    yield from ("Live-generated AI content", "", "None: the game generates nothing while it is running.", "")


def _used(found: Disclosure) -> Iterator[str]:
    if found.models or found.voices:
        yield from ("Models and engines, and their licences", "")
    for name, told in found.models.items():
        parts = [told.get("licence") or "licence not known", _may(told.get("commercial", "")), told.get("source", "")]
        yield printable_line(f"- model {name}: " + ", ".join(part for part in parts if part))
    for engine, voice in found.voices.items():
        parts = [voice.licence or "licence not known", _may(voice.commercial), voice.source]
        trained = "trained on recordings" if voice.is_trained else "speaks by rules, trained on nothing"
        known = ", ".join(part for part in parts if part)
        yield printable_line(f"- voice {voice.name} ({engine}), {trained}: {known}")
    if found.models or found.voices:
        yield ""


def _may(commercial: str) -> str:
    return {"yes": "may be sold", "no": "may not be sold"}.get(commercial, "not known whether it may be sold")


def _itch(found: Disclosure) -> Iterator[str]:
    graphics = any(kind.generated for kind in found.kinds if kind.name != VOICES)
    sounds = any(kind.generated for kind in found.kinds if kind.name == VOICES)
    ticks = [name for name, is_used in (("Graphics", graphics), ("Sound", sounds)) if is_used]
    yield from ("itch.io, \"Generative AI disclosure\"", "")
    yield f"Yes: {', '.join(ticks)}." if ticks else "No."
    yield ""


def _rest() -> Iterator[str]:
    yield "What these records cannot know: whether the story, its translations, the music and other files made"
    yield "elsewhere, or the store page's own pictures were made with AI. Add a sentence of your own where they were."


