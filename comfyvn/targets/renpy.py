"""The Ren'Py export: a complete project as texts, and the place in it of every artifact. Files are made elsewhere.

The game's own names cannot clash with Ren'Py's: variables begin with `v_`, speakers with `c_` (`u_` where a line has no
voice), labels with `scene_`, screens and transforms with `cvn_`. Images are `<character> <outfit> <pose> <expression>`,
`bg <location> <variant>` and `still <scene> <shot>`, so that a hand-written script can use them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from comfyvn import paths
from comfyvn.contracts.location import split_background
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Ambience, Background, Music, Scene, Sound, lines, walk
from comfyvn.contracts.words import BASE
from comfyvn.recipe import FileInput, Input, TargetInput, text_digest
from comfyvn.targets.memo import Memo, plainly
from comfyvn.targets.renpy_cast import Voicing, atlas_text, characters_text, files_text, voicing_of
from comfyvn.targets.renpy_look import TITLE, font_place, gui_text, icon_place, main_font, options_text, scaled
from comfyvn.targets.renpy_script import (
    asset_place,
    background_image,
    say_id,
    scene_label,
    scene_text,
    still_image,
    value_code,
)
from comfyvn.targets.renpy_shown import film_images, films, shown_again
from comfyvn.targets.renpy_text import variable
from comfyvn.targets.renpy_tl import (
    dubs,
    languages_text,
    scene_tl,
    strings_tl,
    tl_folder,
    with_chooser,
)
from comfyvn.targets.renpy_ui import SCREENS, ui_strings
from comfyvn.targets.voices import said_aloud

GAME = "game"
HEADER = "# Made by ComfyVN; edits here are overwritten. Put files of your own into the novel's folder renpy/game/.\n\n"


def texts(project: Project, memo: Memo = plainly) -> dict[str, str]:
    """Place in the export → text, for everything that does not need an artifact's content.

    Raises ValueError for a condition that `parse_condition` refuses, KeyError for a reference to nothing; a checked
    novel has neither.
    """
    scenes = sorted(project.scenes)
    heard = {key: _heard_in(project, key, memo) for key in scenes}
    voiced = frozenset(speaker for one in heard.values() for speaker in one.speakers)
    paged = frozenset(speaker for one in heard.values() if one.paged for speaker in one.everybody)
    screens = _screens(project, memo)
    files = {
        **screens,
        "characters.rpy": characters_text(project, voiced, paged, memo),
        "images.rpy": _images_text(project, memo),
        "script.rpy": _script_text(project),
        **sprite_texts(project, memo),
        **{f"scenes/{key}.rpy": _scene_text(project, key, heard[key], voiced, memo) for key in scenes},
    }
    further = project.novel.languages[1:]
    buttons = ui_strings(screens.values()) if further else []
    for language in further:
        files.update(_translations(project, language, heard, voiced, buttons, memo))
    return {f"{GAME}/{place}": _finished(text) for place, text in files.items()}


def _screens(project: Project, memo: Memo) -> dict[str, str]:
    """What is the same whatever is told: options, looks, screens."""
    files = {
        "options.rpy": options_text(project.novel),
        "gui.rpy": memo("renpy/gui", lambda: gui_text(project)),
        **{place: scaled(with_chooser(text, project.novel), project.novel) for place, text in SCREENS.items()},
        "extras.rpy": scaled(shown_again(project, memo), project.novel),
        "languages.rpy": memo("renpy/languages", partial(languages_text, project)),
    }
    return {place: text for place, text in files.items() if text}


def interface(project: Project) -> list[str]:
    """Every text of the game's own screens, as a translation names it."""
    return ui_strings(_screens(project, plainly).values())


def _translations(
    project: Project,
    language: str,
    heard: Mapping[str, _Heard],
    voiced: frozenset[str | None],
    buttons: list[str],
    memo: Memo,
) -> Iterator[tuple[str, str]]:
    """The files of a further language that have something in them. `buttons`: every text of the game's screens."""
    folder = tl_folder(language)
    for key in sorted(project.scenes):
        own = Voicing(heard[key].lines, voiced & heard[key].everybody)
        told = text_digest(repr([sorted(own.lines), _listed(own.speakers)]))
        make = partial(scene_tl, project, language, key, own)
        if text := memo(f"renpy/tl/{language}/{key}/{told}", make):
            yield f"{folder}/scenes/{key}.rpy", text
    told = text_digest(repr(buttons))
    if text := memo(f"renpy/tl/{language}/{told}", partial(strings_tl, project, language, buttons, memo)):
        yield f"{folder}/strings.rpy", text


@dataclass(frozen=True)
class _Heard:
    """Of one scene: the ids of lines that have a voice, who speaks those, and everybody who speaks at all; whether
    its lines are a page of text."""

    lines: frozenset[str]
    speakers: frozenset[str | None]
    everybody: frozenset[str | None]
    paged: bool


def _heard_in(project: Project, key: str, memo: Memo) -> _Heard:
    def make() -> list[list[str | None] | bool]:
        scene = project.scenes[key]
        said = list(lines(scene))
        heard = voicing_of(project, said)
        everybody = _listed({line.speaker for line in said})
        return [[*sorted(heard.lines)], _listed(heard.speakers), everybody, scene.mode == "nvl"]

    names, speakers, everybody, paged = memo(f"renpy/heard/{key}", make)
    return _Heard(frozenset(names), frozenset(speakers), frozenset(everybody), paged)


def _listed(speakers: Collection[str | None]) -> list[str | None]:
    return sorted(speakers, key=lambda name: name or "")


def _scene_text(project: Project, key: str, heard: _Heard, voiced: frozenset[str | None], memo: Memo) -> str:
    """A scene's script depends on which of its lines are heard, who of its speakers is heard anywhere, and no more."""
    own = Voicing(heard.lines, voiced & heard.everybody)
    # What comes from outside the part stands in its name: it is another part when other lines are heard.
    places = _described_places(project, key, memo)
    told = text_digest(repr([sorted(own.lines), _listed(own.speakers), *sorted(places.items())]))
    text: str = memo(f"renpy/scene/{key}/{told}", lambda: scene_text(project, project.scenes[key], own, places))
    return text


def _described_places(project: Project, key: str, memo: Memo) -> dict[str, str]:
    """Of the places of a scene that are described in words: location/variant → what is to be seen."""
    names = memo(f"renpy/places/{key}", partial(_places, project, key))
    alts: dict[str, str] = {}
    for location in sorted({name.partition("/")[0] for name in names}):
        alts.update(memo(f"renpy/alt/{location}", partial(_alts, project, location)))
    return {name: alts[name] for name in names if name in alts}


def _places(project: Project, key: str) -> list[str]:
    scene = project.scenes[key]
    shown = [scene.background] if isinstance(scene.background, str) else []
    shown += [statement.background for _, statement in walk(scene.script) if isinstance(statement, Background)]
    return sorted({"/".join(split_background(name)) for name in shown})


def _alts(project: Project, key: str) -> dict[str, str]:
    location = project.locations[key]
    alts = {BASE: location.alt, **{name: variant.alt for name, variant in location.variants.items()}}
    return {f"{key}/{name}": alt for name, alt in alts.items() if alt}


def image_texts(project: Project, atlases: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Place in the export → image definitions of a character's sprites.

    Where sprites are files none is placed: what defines those depends on no picture (see `sprite_texts`).
    `atlases`: character id → atlas manifest (TexturePacker JSON hash; each frame is named outfit/pose/expression and
    has the number of its `page` in `meta.images`).
    """
    return {
        f"{GAME}/images_{key}.rpy": _finished(atlas_text(project, key, atlases[key], f"atlas/{key}/"))
        for key in sorted(atlases)
    }


def sprite_texts(
    project: Project, memo: Memo = plainly, folder: str = "", scaled: str = ""
) -> dict[str, str]:
    """Place → image definitions of sprites that are files; {} where they are crops of an atlas."""
    if project.novel.export.renpy.sprites == "atlas":
        return {}
    return {
        f"images_{key}.rpy": memo(
            f"renpy/files/{folder}/{key}", partial(files_text, project, key, f"{folder}sprites/{key}/", scaled)
        )
        for key in sorted(project.characters)
        if memo(f"renpy/has_sprites/{key}", partial(_has_sprites, project, key))
    }


def assets(project: Project, memo: Memo = plainly) -> dict[str, Input]:
    """Place in the export → artifact or file. A place that ends in `/` is a folder for all that the target makes."""
    found: dict[str, Input] = {}
    for key in sorted(project.locations):
        found.update(_plates(key, memo(f"renpy/variants/{key}", partial(_variants, project, key))))
    scenes = sorted(project.scenes)
    for key in scenes:
        found.update(_scene_pictures(key, memo(f"renpy/shots/{key}", partial(_shots_of, project, key))))
    for key in sorted(project.characters):
        if not memo(f"renpy/has_sprites/{key}", partial(_has_sprites, project, key)):
            continue
        if project.novel.export.renpy.sprites == "atlas":
            found[f"{GAME}/atlas/{key}/"] = TargetInput(paths.atlas_name(key))
            continue
        for cell in memo(f"renpy/sprites/{key}", partial(_sprites, project, key)):
            file = TargetInput(paths.sprite_name(key, *cell), paths.sprite(key, *cell))
            found[f"{GAME}/sprites/{key}/{'/'.join(cell)}.png"] = file
    first, *others = project.novel.languages
    for key in scenes:
        for line_id, clip in memo(f"renpy/voices/{key}", partial(_voices, project, key)):
            found[f"{GAME}/voice/{say_id(line_id)}.ogg"] = _voice(first, clip)
        for language, line_id, clip in memo(f"renpy/dubs/{key}", partial(dubs, project, key)) if others else ():
            found[f"{GAME}/{tl_folder(language)}/voice/{say_id(line_id)}.ogg"] = _voice(language, clip)
    heard = {name for key in scenes for name in memo(f"renpy/sounds/{key}", partial(_sounds, project, key))}
    for key in sorted({*heard, *films(project, memo)}):
        place, file = memo(f"renpy/asset/{key}", partial(_asset, project, key))
        found[f"{GAME}/{place}"] = FileInput(file)
    found.update(_fonts(project))
    found.update(_icon(project))
    return found


def _finished(text: str) -> str:
    return HEADER + text.rstrip("\n") + "\n"


def _variants(project: Project, key: str) -> list[str]:
    return [BASE, *project.locations[key].variants]


def _plates(key: str, variants: list[str]) -> Iterator[tuple[str, Input]]:
    for variant in variants:
        file = paths.background(key, variant)
        yield f"{GAME}/bg/{key}/{variant}.png", TargetInput(paths.background_name(key, variant), file)


def _shots_of(project: Project, key: str) -> list[str]:
    return _shots(project.scenes[key])


def _scene_pictures(key: str, shots: list[str]) -> Iterator[tuple[str, Input]]:
    for shot in shots:
        file = paths.scene_picture(key, shot)
        yield f"{GAME}/stills/{key}/{shot}.png", TargetInput(paths.scene_picture_name(key, shot), file)


def _shots(scene: Scene) -> list[str]:
    own = [] if isinstance(scene.background, str) else [BASE]
    return [*own, *(shot.id for shot in scene.shots)]


def _has_sprites(project: Project, key: str) -> bool:
    return bool(project.characters[key].sprites())


def _sprites(project: Project, key: str) -> list[list[str]]:
    return [list(cell) for cell in project.characters[key].sprites()]


def _voices(project: Project, key: str) -> list[list[str]]:
    """[line id, clip id] of a scene: voices lie under their say ids, where the game looks for them; a clip that serves
    two lines is there twice."""
    return [[line_id, clip] for line_id, clip, _ in said_aloud(project, lines(project.scenes[key]))]


def _voice(language: str, clip: str) -> TargetInput:
    return TargetInput(paths.voice_name(language, clip), paths.voice(language, clip, "ogg"))


def _sounds(project: Project, key: str) -> list[str]:
    """Ids of the assets that a scene plays."""
    scene = project.scenes[key]
    heard = {scene.music, scene.ambience}
    for _, statement in walk(scene.script):
        if isinstance(statement, Music | Ambience | Sound):
            heard.add(getattr(statement, type(statement).__name__.lower()))
    return sorted(name for name in heard if name is not None)


def _asset(project: Project, key: str) -> list[str]:
    asset = project.assets[key]
    return [asset_place(asset), asset.file]


def _fonts(project: Project) -> Iterator[tuple[str, Input]]:
    novel = project.novel
    for language in novel.languages:
        file = main_font(novel) if language == novel.languages[0] else novel.fonts.get(language)
        if file is not None:
            yield f"{GAME}/{font_place(language, file)}", FileInput(file)
    if novel.theme.title_font is not None:
        yield f"{GAME}/{font_place(TITLE, novel.theme.title_font)}", FileInput(novel.theme.title_font)


def _icon(project: Project) -> Iterator[tuple[str, Input]]:
    """The window's picture; what Ren'Py's builds take for programs is made of it (see makers.icons)."""
    if project.novel.icon is not None:
        yield f"{GAME}/{icon_place(project.novel.icon)}", FileInput(project.novel.icon)


def _images_text(project: Project, memo: Memo) -> str:
    width, height = project.novel.resolution
    locations, scenes = sorted(project.locations), sorted(project.scenes)
    variants = {key: memo(f"renpy/variants/{key}", partial(_variants, project, key)) for key in locations}
    shots = {key: memo(f"renpy/shots/{key}", partial(_shots_of, project, key)) for key in scenes}
    return "\n".join(
        [
            "init -5 python in cvn:",
            "    from store import Transform",
            "",
            "    def plate(file):",
            '        """A picture that fills the screen; what does not fit is cut off alike on both sides."""',
            f'        return Transform(file, xysize=({width}, {height}), fit="cover", align=(0.5, 0.5))',
            "",
            *(line for key in locations for line in _plate_images(key, variants[key])),
            *(line for key in scenes for line in _still_images(key, shots[key])),
            *film_images(project, memo),
        ]
    )


def _plate_images(location: str, variants: list[str]) -> list[str]:
    return [
        f'image {background_image(f"{location}/{variant}")} = cvn.plate("bg/{location}/{variant}.png")'
        for variant in variants
    ]


def _still_images(scene: str, shots: list[str]) -> list[str]:
    return [f'image {still_image(scene, shot)} = cvn.plate("stills/{scene}/{shot}.png")' for shot in shots]


def _script_text(project: Project) -> str:
    novel = project.novel
    defaults = [f"default {variable(key)} = {value_code(value)}" for key, value in sorted(novel.variables.items())]
    return "\n".join([*defaults, "", "label start:", f"    jump {scene_label(novel.start)}"])
