"""Adds languages to the novel that Ren'Py plays: German with everything in it, Hebrew and Indonesian with a little."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import lines
from comfyvn.contracts.translation import NovelTranslation, SceneTranslation, source_digest
from tests.fakes import renpy_novel

GERMAN = {
    "n0001": "Die Fähre kommt zu spät.",
    "a0001": "Da bist du ja, {i}endlich{/i}.",
    "in": "Ich heiße wie ein Schlüsselwort.",
    "a0003": "Also [visitor]. Vertrauen: [trust], [brave], [weight].",
    "m0001": "Wohin?",
    "m0002": 'Die {i}[visitor]{/i} [road] {x} "100%" nehmen?',
    "m0003": "Warten",
    "m0005": "Nicken",
    "n0002": "Die Zeit vergeht.",
}
HEBREW = {"n0001": "המעבורת מאחרת (1)."}
STRINGS = {
    "Letters from [the] {Tide}": "Briefe von [der] {Flut}",
    'Aya [of] {the} %s "Pier"': 'Aya [vom] {the} %s "Steg"',
    "Hide": "Versteck",
    "Preferences": "Einstellungen",
    "Save": "Speichern [__import__('os').system('false')] {b}",
    "Language": "Sprache",
    "Saved screenshot as %s.": "Bild %s %s gespeichert.",
    "Good {b}end{/b} [x] {y}": "Gutes {b}Ende{/b} [x] {y}",
    "Made with ComfyVN and {a=https://www.renpy.org/}Ren'Py{/a} [renpy.version_only].":
        "Mit ComfyVN und {a=https://www.renpy.org/}Ren'Py{/a} [renpy.version_only] {a=call:evil}x{/a} gemacht.",
}  # fmt: skip


def scene_of(project: Project, scene: str, texts: dict[str, str]) -> SceneTranslation:
    known = {line.id: line.text for line in lines(project.scenes[scene])}
    rows = {key: {"text": text, "source": source_digest(known[key])} for key, text in texts.items()}
    return SceneTranslation.model_validate({"lines": rows})


def project(**novel: Any) -> Project:
    """Every nasty line is translated by the next one."""
    one = renpy_novel.project(languages=["en", "de", "he", "id"], **novel)
    nasty = [text or "nichts" for text in renpy_novel.NASTY]
    turned = {f"x{number:03}": nasty[(number + 1) % len(nasty)] for number in range(len(nasty))}
    return replace(
        one,
        novel_translations={"de": NovelTranslation.model_validate({"strings": STRINGS})},
        scene_translations={
            "de/start": scene_of(one, "start", GERMAN),
            "de/pier": scene_of(one, "pier", turned),
            "he/start": scene_of(one, "start", HEBREW),
            "id/start": scene_of(one, "start", {"n0001": "Ferinya terlambat."}),
        },
    )
