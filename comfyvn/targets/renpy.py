"""The Ren'Py export: a complete project as texts, and the place in it of every artifact. Files are made elsewhere.

The game's own names cannot clash with Ren'Py's: variables begin with `v_`, speakers with `c_` (`u_` where a line has no
voice), labels with `scene_`, screens and transforms with `cvn_`. Images are `<character> <outfit> <pose> <expression>`,
`bg <location> <variant>` and `still <scene> <shot>`, so that a hand-written script can use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from comfyvn import paths
from comfyvn.contracts.location import Location
from comfyvn.contracts.model import BASE
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Ambience, Music, Scene, Sound, walk
from comfyvn.recipe import FileInput, Input, TargetInput
from comfyvn.targets.renpy_cast import atlas_text, characters_text, voicing
from comfyvn.targets.renpy_look import font_place, gui_text, main_font, options_text, scaled
from comfyvn.targets.renpy_menus import MENU_SCREENS
from comfyvn.targets.renpy_screens import STORY_SCREENS
from comfyvn.targets.renpy_script import (
    asset_place,
    background_image,
    say_id,
    scene_label,
    scene_text,
    still_image,
    value_code,
)
from comfyvn.targets.renpy_text import variable

GAME = "game"
HEADER = "# Made by ComfyVN; edits here are overwritten. Put files of your own into the novel's folder renpy/game/.\n\n"


def texts(project: Project) -> dict[str, str]:
    """Place in the export → text, for everything that does not need an artifact's content.

    Raises ValueError for a condition that `parse_condition` refuses, KeyError for a reference to nothing; a checked
    novel has neither.
    """
    heard = voicing(project)
    scenes = {f"scenes/{key}.rpy": scene_text(project, project.scenes[key], heard) for key in sorted(project.scenes)}
    files = {
        "options.rpy": options_text(project.novel),
        "gui.rpy": gui_text(project),
        "screens.rpy": scaled(STORY_SCREENS, project.novel),
        "menus.rpy": scaled(MENU_SCREENS, project.novel),
        "characters.rpy": characters_text(project, heard.speakers),
        "images.rpy": _images_text(project),
        "script.rpy": _script_text(project),
        **scenes,
    }
    return {f"{GAME}/{place}": _finished(text) for place, text in files.items()}


def image_texts(project: Project, atlases: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Place in the export → image definitions of a character's sprites.

    `atlases`: character id → atlas manifest (TexturePacker JSON hash; each frame is named outfit/pose/expression and
    has the number of its `page` in `meta.images`).
    """
    return {
        f"{GAME}/images_{key}.rpy": _finished(atlas_text(project, key, atlases[key], f"atlas/{key}/"))
        for key in sorted(atlases)
    }


def assets(project: Project) -> dict[str, Input]:
    """Place in the export → artifact or file. A place that ends in `/` is a folder for all that the target makes."""
    found: dict[str, Input] = {}
    for key in sorted(project.locations):
        found.update(_plates(project.locations[key]))
    for key in sorted(project.scenes):
        found.update(_scene_pictures(project.scenes[key]))
    for key in sorted(project.characters):
        found[f"{GAME}/atlas/{key}/"] = TargetInput(paths.atlas_name(key))
    found.update(_voices(project))
    for key in sorted(_heard(project)):
        asset = project.assets[key]
        found[f"{GAME}/{asset_place(asset)}"] = FileInput(asset.file)
    found.update(_fonts(project))
    return found


def _finished(text: str) -> str:
    return HEADER + text.rstrip("\n") + "\n"


def _plates(location: Location) -> Iterator[tuple[str, Input]]:
    for variant in (BASE, *location.variants):
        file = paths.background(location.id, variant)
        yield f"{GAME}/bg/{location.id}/{variant}.png", TargetInput(paths.background_name(location.id, variant), file)


def _scene_pictures(scene: Scene) -> Iterator[tuple[str, Input]]:
    for shot in _shots(scene):
        file = paths.scene_picture(scene.id, shot)
        yield f"{GAME}/stills/{scene.id}/{shot}.png", TargetInput(paths.scene_picture_name(scene.id, shot), file)


def _shots(scene: Scene) -> list[str]:
    own = [] if isinstance(scene.background, str) else [BASE]
    return [*own, *(shot.id for shot in scene.shots)]


def _voices(project: Project) -> Iterator[tuple[str, Input]]:
    """Voices under their say ids, where the game looks for them; a clip that serves two lines is there twice."""
    language = project.novel.languages[0]
    for line in project.lines():
        if line.id is not None and project.is_voiced(line):
            clip = line.clip or line.id
            voice = TargetInput(paths.voice_name(language, clip), paths.voice(language, clip, "ogg"))
            yield f"{GAME}/voice/{say_id(line.id)}.ogg", voice


def _heard(project: Project) -> set[str]:
    """Ids of the assets that scripts play."""
    heard = set()
    for scene in project.scenes.values():
        heard |= {scene.music, scene.ambience}
        for _, statement in walk(scene.script):
            if isinstance(statement, Music | Ambience | Sound):
                heard.add(getattr(statement, type(statement).__name__.lower()))
    return {key for key in heard if key is not None}


def _fonts(project: Project) -> Iterator[tuple[str, Input]]:
    novel = project.novel
    for language in novel.languages:
        file = main_font(novel) if language == novel.languages[0] else novel.fonts.get(language)
        if file is not None:
            yield f"{GAME}/{font_place(language, file)}", FileInput(file)


def _images_text(project: Project) -> str:
    width, height = project.novel.resolution
    return "\n".join(
        [
            "init -5 python in cvn:",
            "    from store import Transform",
            "",
            "    def plate(file):",
            '        """A picture that fills the screen; what does not fit is cut off alike on both sides."""',
            f'        return Transform(file, xysize=({width}, {height}), fit="cover", align=(0.5, 0.5))',
            "",
            *(line for key in sorted(project.locations) for line in _plate_images(project.locations[key])),
            *(line for key in sorted(project.scenes) for line in _still_images(project.scenes[key])),
        ]
    )


def _plate_images(location: Location) -> list[str]:
    return [
        f'image {background_image(f"{location.id}/{variant}")} = cvn.plate("bg/{location.id}/{variant}.png")'
        for variant in (BASE, *location.variants)
    ]


def _still_images(scene: Scene) -> list[str]:
    return [
        f'image {still_image(scene.id, shot)} = cvn.plate("stills/{scene.id}/{shot}.png")' for shot in _shots(scene)
    ]


def _script_text(project: Project) -> str:
    novel = project.novel
    defaults = [f"default {variable(key)} = {value_code(value)}" for key, value in sorted(novel.variables.items())]
    return "\n".join([*defaults, "", "label start:", f"    jump {scene_label(novel.start)}"])
