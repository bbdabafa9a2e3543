"""Characters in the Ren'Py export: who speaks, what their pictures are called, and their crops from the atlas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from comfyvn.contracts.character import Character
from comfyvn.contracts.colours import readable
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Line
from comfyvn.targets.memo import Memo, plainly
from comfyvn.targets.renpy_text import literal, python, word
from comfyvn.targets.voices import said_aloud

ROLES = ("outfit", "pose", "face")
SPRITE_HEIGHT = 1.08  # of the screen, for a character of height 1: the head's top is then some 9 % below the screen's
SPRITE_DROP = 0.11  # of the sprite: this much is below the screen, so that nobody sees where the picture was cut off
Speakers = frozenset[str | None]  # ids of characters; None: the narrator
NOBODY: Speakers = frozenset()


NVL_NARRATOR = "n_narrator"  # no character is called so: the prefix of characters is c_, u_, n_ or m_ and their id


def voice_of(character: str, silent: bool, paged: bool) -> str:
    """Who says a line: `silent` without a voice, `paged` on a page of text instead of in the box."""
    return f"{('m' if silent else 'n') if paged else ('u' if silent else 'c')}_{character}"


@dataclass(frozen=True)
class Voicing:
    """What is heard: the ids of lines, and who has at least one (None: the narrator)."""

    lines: frozenset[str]
    speakers: frozenset[str | None]


def voicing_of(project: Project, said: Iterable[Line]) -> Voicing:
    """Of these lines; one without an id has no voice: nothing names its file."""
    heard = [(line_id, line.speaker) for line_id, _, line in said_aloud(project, said)]
    return Voicing(frozenset(line_id for line_id, _ in heard), frozenset(speaker for _, speaker in heard))


def attributes(character: Character) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Ids of outfits, poses and expressions → image attributes; a word with two roles gets its role before it."""
    roles = (tuple(character.outfits), tuple(character.poses()), tuple(character.expressions))
    count = Counter(identifier for role in roles for identifier in role)
    outfit, pose, face = (
        {each: f"_{name}_{each}" if count[each] > 1 else word(each) for each in role}
        for name, role in zip(ROLES, roles, strict=True)
    )
    return outfit, pose, face


def image_name(character: Character, outfit: str, pose: str, expression: str) -> str:
    words = attributes(character)
    return " ".join([word(character.id), words[0][outfit], words[1][pose], words[2][expression]])


def some_attributes(character: Character, outfit: str | None, pose: str | None, expression: str | None) -> str:
    """The attributes of what is named, with a space before each; the game fills in the rest (`cvn.whole`)."""
    asked = zip(attributes(character), (outfit, pose, expression), strict=True)
    return "".join(f" {words[each]}" for words, each in asked if each is not None)


def characters_text(project: Project, voiced: Speakers, paged: Speakers = NOBODY, memo: Memo = plainly) -> str:
    """`characters.rpy`: the speakers, of whom `voiced` have voices and `paged` speak on pages of text (NVL); which
    sprite is meant when parts are named.
    """
    keys = sorted(project.characters)
    names = [line for key in keys for line in _memorised_speaker(project, key, key in voiced, key in paged, memo)]
    narrator = ", voice_tag='_narrator'" if None in voiced else ""
    page = [f"define {NVL_NARRATOR} = Character(None, kind=nvl, what_style='nvl_thought'{narrator})"]
    heard = [memo(f"renpy/volume/{key}", partial(_volume, project, key)) for key in keys if key in voiced]
    heard += ['        ("_narrator", _("Narrator")),'] if None in voiced else []
    return "\n".join(
        [
            *names,
            f"define narrator = Character(None, what_style='say_thought'{narrator})",
            *(page if None in paged else []),
            "",
            "# Who is heard, by voice tag: each has a volume of their own in the preferences.",
            "init -3 python in cvn:",
            "    voices = [",
            *heard,
            "    ]",
            "",
            cast_text(project, memo),
        ]
    )


def cast_text(project: Project, memo: Memo = plainly, store: str = "cvn") -> str:
    """Which sprites there are, and which is meant when parts of its name are named; in a store of the script."""
    cast = [memo(f"renpy/cast/{key}", partial(_cast_of, project, key)) for key in sorted(project.characters)]
    lines = (line for lines in cast for line in lines)
    return "\n".join([f"init -3 python in {store}:", "    cast = {", *lines, "    }", WHOLE])


def _volume(project: Project, key: str) -> str:
    """Of a voice: its tag, and whose it is."""
    return f"        ({python(word(key))}, {python(literal(project.characters[key].name))}),"


def _memorised_speaker(project: Project, key: str, voiced: bool, paged: bool, memo: Memo) -> list[str]:
    told = ("heard" if voiced else "silent") + ("/paged" if paged else "")
    lines: list[str] = memo(f"renpy/speaker/{key}/{told}", partial(_speaker_lines, project, key, voiced, paged))
    return lines


def _cast_of(project: Project, key: str) -> list[str]:
    return _cast_lines(project.characters[key])


def _speaker_lines(project: Project, key: str, voiced: bool, paged: bool) -> list[str]:
    character = project.characters[key]
    colour = readable(character.color, project.novel.theme.paper)
    tag = f", voice_tag={python(word(key))}" if voiced else ""
    lines = []
    for page in (False, True) if paged else (False,):
        name, kind = voice_of(key, False, page), ", kind=nvl" if page else ""
        look = f"image={python(word(key))}{tag}, who_color={python(colour)}"
        lines.append(f"define {name} = Character({python(literal(character.name))}{kind}, {look})")
        if voiced:
            lines.append(f"define {voice_of(key, True, page)} = Character(kind={name}, voice_tag=None)")
    return lines


def _cast_lines(character: Character) -> list[str]:
    roles = attributes(character)
    shown = zip(roles, character.shown(None, None, None), strict=True)
    default = "(" + ", ".join(python(words[each]) for words, each in shown) + ")"
    cells = (_cell(roles, cell) for cell in character.sprites())
    return [
        f"        {python(word(character.id))}: {{",
        *(f"            {python(name)}: [{_list(tuple(words.values()))}],"
          for name, words in zip(ROLES, roles, strict=True)),
        f"            'default': {default},",
        "            'sprites': [",
        *(f"                ({_list(cell)})," for cell in cells),
        "            ],",
        "        },",
    ]  # fmt: skip


def _cell(roles: tuple[dict[str, str], ...], cell: tuple[str, str, str]) -> tuple[str, ...]:
    return tuple(words[each] for words, each in zip(roles, cell, strict=True))


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(python(each) for each in words)


WHOLE = '''
    def whole(name):
        """A sprite's full name from some of its attributes; the others stay as on screen, else are the defaults."""
        who = cast[name[0]]
        asked = [each for each in name[1:] if not each.startswith("-")]
        known = who["outfit"] + who["pose"] + who["face"]
        if [each for each in asked if each not in known]:
            return name
        shown = renpy.get_attributes(name[0]) if renpy.showing(name[0]) else None
        cell = tuple(pick(who, role, place, asked, shown) for place, role in enumerate(("outfit", "pose", "face")))
        if cell in who["sprites"]:
            return (name[0],) + cell
        return (name[0],) + max(who["sprites"], key=lambda other: likeness(other, cell, asked))

    def pick(who, role, place, asked, shown):
        """One part of a sprite's name."""
        for words in (asked, shown or ()):
            found = [each for each in words if each in who[role]]
            if found:
                return found[-1]
        return who["default"][place]

    def likeness(other, cell, asked):
        """How near a sprite that exists is to the one that was meant: first what was asked for, then the outfit."""
        return (len([each for each in asked if each in other]), [a == b for a, b in zip(other, cell)])

    for tag in cast:
        if cast[tag]["sprites"]:
            renpy.config.adjust_attributes[tag] = whole
'''


def atlas_text(project: Project, key: str, atlas: Mapping[str, Any], folder: str, scaled: str = "") -> str:
    """One static image a frame of a TexturePacker JSON-hash manifest, so that lint sees each file.

    The composite restores the trimmed canvas, which is scaled to the character's height on screen. `scaled`: a function
    of the script for games of another resolution than the novel's.
    """
    character = project.characters[key]
    pages = [str(page["image"]) for page in atlas["meta"]["images"]]
    frames = atlas["frames"]
    return "\n".join(
        _image_line(project, character, cell, frames["/".join(cell)], pages, folder, scaled)
        for cell in character.sprites()
        if "/".join(cell) in frames
    )


def _image_line(
    project: Project,
    character: Character,
    cell: tuple[str, str, str],
    frame: Mapping[str, Any],
    pages: list[str],
    folder: str,
    scaled: str,
) -> str:
    rect, source, canvas = frame["frame"], frame["spriteSourceSize"], frame["sourceSize"]
    height, drop = _stature(project, character)
    crop = f"Crop(({rect['x']}, {rect['y']}, {rect['w']}, {rect['h']}), {python(folder + pages[frame.get('page', 0)])})"
    composite = f"Composite(({canvas['w']}, {canvas['h']}), ({source['x']}, {source['y']}), {crop})"
    zoom, yoffset = (f"{scaled}({each})" if scaled else each for each in (f"{height / canvas['h']:.5f}", str(drop)))
    return f"image {image_name(character, *cell)} = Transform({composite}, zoom={zoom}, yoffset={yoffset})"


def files_text(project: Project, key: str, folder: str, scaled: str = "") -> str:
    """One static image a sprite that is a file of its own; placed and scaled as `atlas_text` does it."""
    character = project.characters[key]
    ysize, yoffset = (f"{scaled}({round(each)})" if scaled else round(each) for each in _stature(project, character))
    return "\n".join(
        f"image {image_name(character, *cell)} = Transform({python(folder + '/'.join(cell) + '.png')}, "
        f'ysize={ysize}, fit="contain", yoffset={yoffset})'
        for cell in character.sprites()
    )


def _stature(project: Project, character: Character) -> tuple[float, int]:
    """Of a whole sprite on the screen: its height, and how much of that is below the lower edge, in pixels."""
    height = project.novel.resolution[1] * SPRITE_HEIGHT * character.height
    return height, round(height * (SPRITE_DROP + character.baseline))
