"""The web export: the novel as pages that play in a browser, and the place in it of every artifact.

Everything is a static file. `index.html` is the player, `assets/gallery.html` shows every artifact and how it was made.
What needs no artifact's content is text of the recipe (`texts`); what does (frames of atlases, captions, waveforms,
records) is made of the manifest's `sources` by `makers.web`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from comfyvn import paths
from comfyvn.contracts.colours import readable
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import lines, statement_kind, walk
from comfyvn.contracts.words import BASE
from comfyvn.recipe import FileInput, Input, TargetInput
from comfyvn.targets.memo import Memo, plainly
from comfyvn.targets.renpy_look import main_font, one_line
from comfyvn.targets.renpy_script import asset_place
from comfyvn.targets.voices import said_aloud
from comfyvn.targets.web_pages import font_place, gallery_page, icon, player_page, text_size, theme_style
from comfyvn.targets.web_script import plate_place, scene_json, still_place, voice_place
from comfyvn.targets.web_values import data_file, value_json

ASSETS = "assets/"
SOURCE = "source:"  # inputs of this prefix of a manifest are read for texts of the export, and not placed in it
FRAMES, HEARD, MADE = "frames", "heard", "made"  # what is derived from sources: see makers.web
DERIVED = 1  # raised when other texts are derived from the same sources


def texts(project: Project, own: Mapping[str, str], memo: Memo = plainly) -> dict[str, str]:
    """Place in the export → text. `own`: the player's script and style by file name, which are the same in every novel.

    Raises ValueError for a condition that `parse_condition` refuses, KeyError for a reference to nothing; a checked
    novel has neither.
    """
    scenes, cast = sorted(project.scenes), sorted(project.characters)
    with_sprites = [key for key in cast if memo(f"web/has_sprites/{key}", partial(_has_sprites, project, key))]
    data = {
        "novel": data_file("novel", memo("web/novel", partial(_novel, project))),
        **{f"cast/{key}": memo(f"web/cast/{key}", partial(_cast_file, project, key)) for key in cast},
        **{f"scenes/{key}": memo(f"web/scene/{key}", partial(_scene_file, project, key)) for key in scenes},
    }
    derived = [*(f"{FRAMES}/{key}" for key in with_sprites), *(f"{HEARD}/{key}" for key in scenes)]
    shown = [f"{MADE}/{folder}/{key}" for folder, key in _units(project)]
    loaded = sorted([*data, *derived])
    has_gallery = project.novel.web.gallery
    gallery = {f"{ASSETS}gallery.html": gallery_page(project.novel, sorted([*loaded, *shown]))} if has_gallery else {}
    files = {name: text for name, text in sorted(own.items()) if has_gallery or not name.startswith("gallery.")}
    return {
        "index.html": player_page(project.novel, loaded),
        **gallery,
        f"{ASSETS}theme.css": theme_style(project.novel),
        f"{ASSETS}icon.svg": icon(project.novel),
        **{f"{ASSETS}{name}": text for name, text in files.items()},
        **{data_place(name): text for name, text in data.items()},
    }


def data_place(name: str) -> str:
    return f"{ASSETS}data/{name}.js"


def _units(project: Project) -> Iterator[tuple[str, str]]:
    """(folder, id) of every contract that artifacts are made of."""
    for folder, keys in (
        ("characters", project.characters), ("locations", project.locations), ("scenes", project.scenes)
    ):  # fmt: skip
        yield from ((folder, key) for key in sorted(keys))


def assets(project: Project, memo: Memo = plainly) -> dict[str, Input]:
    """Place in the export → artifact or file; what begins with `SOURCE` is a source (see `source`)."""
    found: dict[str, Input] = {}
    for folder, key in _units(project):
        for made in memo(f"web/{folder}/{key}", partial(_made_of, project, folder, key)):
            found.update(_inputs(project.novel.web.gallery, folder, key, *made))
    scenes = sorted(project.scenes)
    heard = {name for key in scenes for name in memo(f"web/sounds/{key}", partial(_sounds, project, key))}
    for key in sorted(heard):
        place, file = memo(f"web/asset/{key}", partial(_asset, project, key))
        found[f"{ASSETS}{place}"] = FileInput(file)
    font = main_font(project.novel)
    if font is not None:
        found[f"{ASSETS}{font_place(font)}"] = FileInput(font)
    return found


def source(kind: str, unit: str, name: str) -> str:
    """The manifest's name of an input that `kind` of `unit` is derived from."""
    return f"{SOURCE}{kind}/{unit}|{name}"


def sources(inputs: Mapping[str, Input]) -> dict[str, dict[str, Input]]:
    """What is derived (`heard/arrival`) → name → what it is derived from, of a manifest's inputs."""
    found: dict[str, dict[str, Input]] = {}
    for place, item in inputs.items():
        if place.startswith(SOURCE):
            part, _, name = place.removeprefix(SOURCE).partition("|")
            found.setdefault(part, {})[name] = item
    return found


def _made_of(project: Project, folder: str, key: str) -> list[list[str]]:
    """[kind, names…] of every artifact of a contract, as `_inputs` understands them."""
    if folder == "characters":
        cells = project.characters[key].sprites()
        return [["sprite", *cell] for cell in cells] + ([["atlas"]] if cells else [])
    if folder == "locations":
        return [["plate", variant] for variant in (BASE, *project.locations[key].variants)]
    scene = project.scenes[key]
    stills = [*([] if isinstance(scene.background, str) else [BASE]), *(shot.id for shot in scene.shots)]
    language = project.novel.languages[0]
    clips = dict.fromkeys(clip for _, clip, _ in said_aloud(project, lines(scene)))
    return [*(["still", still] for still in stills), *(["clip", language, clip] for clip in clips)]


def _inputs(has_gallery: bool, folder: str, key: str, kind: str, *names: str) -> Iterator[tuple[str, Input]]:
    unit = f"{folder}/{key}"
    if kind == "atlas":
        yield f"{ASSETS}atlas/{key}/", TargetInput(paths.atlas_name(key))
        yield source(FRAMES, key, key), TargetInput(paths.atlas_name(key), paths.atlas(key))
        return
    if kind == "sprite":
        target, file = paths.sprite_name(key, *names), paths.sprite(key, *names)
    elif kind == "plate":
        target, file = paths.background_name(key, *names), paths.background(key, *names)
        yield f"{ASSETS}{plate_place(f'{key}/{names[0]}')}", TargetInput(target, file)
    elif kind == "still":
        target, file = paths.scene_picture_name(key, *names), paths.scene_picture(key, *names)
        yield f"{ASSETS}{still_place(key, *names)}", TargetInput(target, file)
    else:
        language, clip = names
        target, file = paths.voice_name(language, clip), paths.voice(language, clip)
        yield f"{ASSETS}{voice_place(clip)}", TargetInput(target, paths.voice(language, clip, "ogg"))
        yield source(HEARD, key, clip), TargetInput(target)
    if has_gallery:
        yield source(MADE, unit, target), TargetInput(target, paths.record(file))


def _sounds(project: Project, key: str) -> list[str]:
    """Ids of the assets that a scene plays, films too."""
    scene = project.scenes[key]
    heard = {scene.music, scene.ambience}
    for _, statement in walk(scene.script):
        if statement_kind(statement) in ("music", "ambience", "sound", "movie"):
            heard.add(getattr(statement, statement_kind(statement) or ""))
    return sorted(name for name in heard if name is not None)


def _asset(project: Project, key: str) -> list[str]:
    asset = project.assets[key]
    return [asset_place(asset), asset.file]


def _has_sprites(project: Project, key: str) -> bool:
    return bool(project.characters[key].sprites())


# --- data


def _scene_file(project: Project, key: str) -> str:
    return data_file(f"scenes/{key}", scene_json(project, key))


def _cast_file(project: Project, key: str) -> str:
    one = project.characters[key]
    sprites = [list(cell) for cell in one.sprites()]
    value = {
        "id": key,
        "name": one.name,
        "color": readable(one.color, project.novel.theme.paper),
        "height": one.height,
        "baseline": one.baseline,
        "default": list(one.shown(None, None, None)),
        "sprites": sprites,
        "outfits": {outfit: it.name for outfit, it in one.outfits.items() if it.name},
    }
    return data_file(f"cast/{key}", value)


def _novel(project: Project) -> dict[str, Any]:
    novel = project.novel
    return {
        "id": novel.id,
        "title": one_line(novel.title),
        "author": one_line(novel.author),
        "description": novel.description,
        "release": novel.release,
        "resolution": list(novel.resolution),
        "text_size": text_size(novel),
        "start": novel.start,
        "variables": {key: value_json(value) for key, value in novel.variables.items()},
        "backdrop": _backdrop(project),
        "sounds": {key: _sound(project, key) for key in sorted(project.assets)},
        "gallery": novel.web.gallery,
        "places": [_place(project, key) for key in sorted(project.locations)],
    }


def _backdrop(project: Project) -> str | None:
    """The picture behind the title: where the story begins."""
    scene = project.scenes.get(project.novel.start)
    if scene is None:
        return None
    return plate_place(scene.background) if isinstance(scene.background, str) else still_place(scene.id)


def _sound(project: Project, key: str) -> dict[str, Any]:
    asset = project.assets[key]
    loop = {"from": asset.loop.start, "to": asset.loop.end} if asset.loop else None
    return {"place": asset_place(asset), "title": asset.title, "kind": asset.kind, "loop": loop}


def _place(project: Project, key: str) -> dict[str, Any]:
    one = project.locations[key]
    return {"id": key, "name": one.name or key, "variants": [BASE, *one.variants]}
