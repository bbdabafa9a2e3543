"""A novel with every kind of statement, and pictures and sounds to play its Ren'Py export with."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from PIL import Image, ImageDraw

from comfyvn.contracts.asset import Asset
from comfyvn.contracts.character import Character
from comfyvn.contracts.location import Location
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Scene
from comfyvn.contracts.style import Style
from comfyvn.recipe import TargetInput
from comfyvn.targets import renpy

CANVAS = (832, 1216)
NASTY = (
    "Typed: [brackets] {tags} %s %(x)s \"quotes\" 'single' \\ backslash \\n",
    "two\nlines,  double  spaces",
    " leading and trailing ",
    "{{i}} [[x]] {#comment} {size=9999}big{/size} {unknown} } ] [ {",
    "[__import__('os').system('false')] .__class__ [__x] __init__",
    "100% %d %% {i}slanted{/i} {b}bold{/b} {nosuch}",
    "[visitor] and [nobody] and [visitor!r] and [visitor:>9]",
    "\u3010lenticular\uff5cruby\u3011 \u00a0\u200b\u2028 tab\there",
    "{rb}漢字{/rb}{rt}かんじ{/rt} {size=+6}up{/size}{size=20}small{/size}",
    "{color=#ff8800}amber{/color} {alpha=.5}pale{/alpha} {size=-99}tiny{/size} {cps=0}at once{/cps} {u}{s}both{/s}{/u}",
    "{size=0}nothing{/size} {alpha=0}unseen{/alpha} {alpha=1.999}solid{/alpha} {size=999}huge{/size}",
    "",
    "wait{w} here{w=0.1} and {fast}then {cps=*2}fast{/cps}",
    "{p=0.1}paragraph{nw=0.1}",
    "#hash : colon $ dollar 'r\"",
    "long " * 2000,
)
Statement = dict[str, Any]


def person(key: str, name: str, **more: Any) -> Character:
    document: dict[str, Any] = {
        "id": key,
        "name": name,
        "outfits": {"casual": {}, "uniform": {"poses": ["standing", "sad"]}},
        "pose_families": {"main": {"poses": {"standing": {}, "sad": {}}}},
        "expressions": {"neutral": {}, "happy": {}, "sad": {}, "not": {}},
        **more,
    }
    return Character.model_validate(document)


def opening() -> list[Statement]:
    return [
        {"narrate": "The ferry is late.", "id": "n0001"},
        {"say": "aya", "text": "There you are, {i}finally{/i}.", "expression": "happy", "id": "a0001"},
        {"show": "hide", "at": "left", "with": "ease"},
        {"say": "hide", "text": "I am called like a keyword.", "expression": "not", "id": "in"},
        {"show": "aya", "outfit": "uniform", "at": 0.8, "with": "move"},
        {"say": "aya", "text": "One look aside.", "pose": "sad", "expression": "sad", "id": "a0002", "voiced": False},
        {"say": "zed", "text": "(From outside.) Hello?", "expression": "happy", "id": "z0001"},
        {"hide": "hide", "with": "none"},
        {"input": "visitor", "prompt": "Your {b}name{/b} [please], [visitor]?", "default": "Kit {b}", "length": 12},
        {"say": "aya", "text": "So it is [visitor]. Trust: [trust], [brave], [weight].", "id": "a0003"},
        {"set": "trust", "value": 2},
        {"add": "trust", "value": -1},
        {"add": "weight", "value": 0.5},
        {"set": "mood", "value": 'a "quoted" [x] {b} __y__\n'},
        {"if": "mood == 'S0S [x] __y' and trust == 1 and not (weight > 3)", "then": [], "else": [{"narrate": "No."}]},
        {"music": "theme", "fade": 0.0, "volume": 0.5},
        {"ambience": "waves"},
        {"sound": "bell"},
        {"pause": 0.1},
        {"pause": None},
        {"transition": "vpunch"},
        {"transition": "none"},
        {"label": "again"},
        {
            "menu": [
                {"text": "Take the {i}[visitor]{/i} [road] {x} 100%?", "id": "m0002", "jump": "pier"},
                {
                    "text": "Wait",
                    "id": "m0003",
                    "if": "trust < 2 or brave",
                    "script": [{"add": "trust"}, {"narrate": "Time passes.", "id": "n0002"}],
                    "jump": ".again",
                },
                {"text": "Never", "id": "m0004", "if": "trust > 90"},
                {"text": "Nod", "id": "m0005"},
            ],
            "prompt": "Which way?",
            "speaker": "aya",
            "expression": "neutral",
            "id": "m0001",
        },
        {"still": "kiss", "with": "fade"},
        {"narrate": "A picture.", "id": "n0003"},
        {"background": "cafe/night", "with": "wipe_left"},
        {"show": "aya"},
        {"jump": "pier.stairs"},
    ]


def pier() -> list[Statement]:
    nasty = [{"narrate": text, "id": f"x{number:03}"} for number, text in enumerate(NASTY)]
    return [
        {"say": "aya", "text": NASTY[0], "id": "x900"},
        *nasty,
        {"menu": [{"text": text} for text in NASTY[:4]], "prompt": "Narrated [prompt]", "id": "m0010"},
        {"label": "stairs"},
        {"music": None},
        {"ambience": None, "fade": 0.0},
        {"sound": None},
        {"say": "aya", "text": "Ends here.", "clip": "n0001", "id": "a0009"},
        {
            "if": "trust >= 2",
            "then": [{"end": "Good {b}end{/b} [x] {y}"}],
            "else": [{"label": "if"}, {"show": "aya", "expression": "sad"}],
        },
    ]


def page() -> list[Statement]:
    return [
        {"narrate": "Nobody wrote for a long time.", "id": "p0001"},
        {"say": "aya", "text": "Then [somebody] did.", "id": "p0002", "expression": "sad"},
        {"say": "aya", "text": "Not {b}me{/b}.", "id": "p0003", "voiced": False},
        {"nvl": "clear"},
        {
            "menu": [{"text": "Read [it].", "id": "p0005"}, {"text": "Burn it.", "id": "p0006", "jump": ".ash"}],
            "prompt": "A letter lies there.",
            "id": "p0004",
        },
        {"still": "letter"},
        {"narrate": "It is empty.", "id": "p0007"},
        {"label": "ash"},
        {"movie": "opening", "with": "fade"},
        {"movie": "opening", "skip": False, "with": "none"},
        {"end": "Letters"},
    ]


def project(**novel: Any) -> Project:
    cafe = Location.model_validate({"id": "cafe", "alt": "A [café].", "variants": {"night": {"alt": "It is dark."}}})
    scenes = [
        {
            "id": "start",
            "title": "Chapter [one] {b}",
            "background": "cafe",
            "placements": [{"character": "aya", "at": "center"}],
            "music": "theme",
            "ambience": "waves",
            "shots": [{"id": "kiss"}],
            "script": opening(),
        },
        {
            "id": "pier",
            "background": {"prompt": "a pier"},
            "placements": [{"character": "aya", "outfit": "uniform", "expression": "happy", "at": "far_right"}],
            "script": pier(),
            "next": "last",
        },
        {
            "id": "last",
            "background": "cafe/night",
            "script": [
                {"narrate": "It rains.", "id": "n0900"},
                {"if": "brave", "then": [{"jump": "page"}]},
                {"end": ""},
            ],
        },
        {
            "id": "page",
            "title": "A [page] of {text}",
            "mode": "nvl",
            "replay": True,
            "background": "cafe/night",
            "shots": [{"id": "letter", "title": "The [letter] {b}", "alt": "A [letter] {i}lies{/i} there."}],
            "script": page(),
        },
    ]
    assets = [
        {"id": "theme", "kind": "music", "file": "audio/theme.OGG", "loop": {"start": 0.1, "end": 0.4}, "gain": -6.0},
        {"id": "waves", "kind": "ambience", "file": "audio/waves.ogg", "loop": {"start": 0.05}},
        {
            "id": "opening",
            "kind": "video",
            "file": "films/opening.webm",
            "alt": "Waves, [seen] from above.",
            "captions": [
                {"start": 0.0, "end": 0.8, "text": "The {i}sea[/i] of [visitor], 100% \"wet\"."},
                {"start": 1.0, "end": 1.5, "text": "(Gulls.)"},
            ],
        },
        {"id": "bell", "kind": "sound", "file": "audio/bell.ogg", "gain": 3.0},
    ]
    people = [
        person("aya", 'Aya [of] {the} %s "Pier"', color="#223344", baseline=0.1),
        person("hide", "Hide", color="#f0a0a0", height=0.8, cells={"casual/standing/not": {"skip": True}}),
        person("zed", "Zed"),
    ]
    document: dict[str, Any] = {
        "id": "tide_letters",
        "title": "Letters from [the] {Tide}",
        "author": "A. N. Author {x} [y]",
        "description": "About [a] {ferry}.\nAnd 100% of the sea.",
        "start": "start",
        "style": "plain",
        "variables": {"trust": 0, "visitor": "you", "brave": True, "weight": 1.5, "mood": "so {b} [x] so"},
        "export": {"renpy": {"sprites": "atlas"}},  # the sample has a file each
        **novel,
    }
    return Project(
        novel=Novel.model_validate(document),
        styles={"plain": Style.model_validate({"id": "plain", "prompt": "clean lines", "licence": "CC0-1.0"})},
        characters={each.id: each for each in people},
        locations={"cafe": cafe},
        scenes={str(each["id"]): Scene.model_validate(each) for each in scenes},
        assets={str(each["id"]): Asset.model_validate(each) for each in assets},
    )


def atlas(character: Character) -> dict[str, Any]:
    """A manifest as the packer writes it; every frame is a cell of a grid on one page."""
    frames: dict[str, Any] = {}
    for number, cell in enumerate(character.sprites()):
        frames["/".join(cell)] = {
            "frame": {"x": 200 * (number % 8), "y": 300 * (number // 8), "w": 200, "h": 300},
            "rotated": False,
            "trimmed": True,
            "spriteSourceSize": {"x": 2, "y": 4, "w": 200, "h": 300},
            "sourceSize": {"w": 204, "h": 304},
            "page": 0,
        }
    return {"frames": frames, "meta": {"images": [{"image": f"{character.id}-0.png", "size": {"w": 1600, "h": 900}}]}}


def sprite_page(character: Character, frames: dict[str, Any]) -> bytes:
    page = Image.new("RGBA", (1600, 900))
    draw = ImageDraw.Draw(page)
    for number, (name, frame) in enumerate(frames.items()):
        x, y = frame["frame"]["x"], frame["frame"]["y"]
        shade = (90 + 11 * number % 120, 70 + 37 * number % 130, 150, 255)
        draw.rounded_rectangle((x + 30, y + 90, x + 170, y + 300), 40, fill=shade)
        draw.ellipse((x + 55, y + 6, x + 145, y + 110), fill=(236, 200, 170, 255))
        draw.text((x + 45, y + 150), name.replace("/", "\n") + f"\n{character.id}", fill=(255, 255, 255, 255))
    return _png(page)


def backdrop(name: str) -> bytes:
    page = Image.new("RGB", (1280, 720))
    draw = ImageDraw.Draw(page)
    tone = sum(name.encode()) % 90
    for y in range(720):
        draw.line((0, y, 1280, y), fill=(60 + tone, 90 + y // 8, 140 + tone // 2))
    draw.ellipse((900, 80, 1020, 200), fill=(255, 240, 200))
    draw.rectangle((0, 560, 1280, 720), fill=(70, 60, 90))
    draw.text((20, 20), name, fill=(255, 255, 255))
    return _png(page)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def sound() -> bytes:
    wave = np.sin(np.arange(24000, dtype=np.float64) / 24000 * 440 * 6.2832) * 0.1
    out = io.BytesIO()
    soundfile.write(out, wave, 48000, format="OGG", subtype="VORBIS")
    return out.getvalue()


def film() -> bytes:
    """A second and a half of a moving stripe, VP8 in WebM."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(15):
            picture = np.full((180, 320, 3), 40, np.uint8)
            picture[:, number * 20 : number * 20 + 40] = (240, 180, 60)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return out.getvalue()


def files(novel: Project) -> Iterator[tuple[str, bytes]]:
    """Place in the export → bytes: texts, image definitions, and placeholders for every artifact but fonts."""
    atlases = {key: atlas(character) for key, character in novel.characters.items()}
    for place, text in {**renpy.texts(novel), **renpy.image_texts(novel, atlases)}.items():
        yield place, text.encode()
    noise = sound()
    for place, item in renpy.assets(novel).items():
        if place.endswith("/") and isinstance(item, TargetInput):
            key = item.target.partition(":")[2]
            yield f"{place}{key}-0.png", sprite_page(novel.characters[key], atlases[key]["frames"])
        elif place.endswith(".png"):
            yield place, backdrop(place)
        elif place.endswith(".ogg"):
            yield place, noise
        elif place.endswith(".webm"):
            yield place, film()


def write(novel: Project, folder: Path) -> Path:
    for place, data in files(novel):
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def with_scene(novel: Project, scene: Scene) -> Project:
    return replace(novel, scenes={**novel.scenes, scene.id: scene})
