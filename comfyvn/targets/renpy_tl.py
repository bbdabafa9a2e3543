"""The Ren'Py export in further languages: `tl/<language>/` and the chooser, by Ren'Py's own means.

Dialogue hangs on say ids (`translate de l1aaaa:`), everything else on its text (`translate de strings:`). What is not
translated is shown in the first language, line by line; so is a voice that is not in `tl/<language>/voice/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Choice, End, Input, Menu, Narrate, Say, Scene, lines, walk
from comfyvn.contracts.tongues import is_right_to_left, language_name
from comfyvn.contracts.translation import SceneTranslation
from comfyvn.targets.memo import Memo, plainly
from comfyvn.targets.renpy_cast import Voicing
from comfyvn.targets.renpy_look import font_name, font_place, one_line, scaled
from comfyvn.targets.renpy_script import INDENT, WRITERS, Stage, say_id
from comfyvn.targets.renpy_text import literal, python, shown, word
from comfyvn.targets.renpy_tl_words import interface_words
from comfyvn.targets.voices import heard_at

CHOOSER = '''
screen cvn_languages():
    vbox:
        style "pref_languages"
        label _("Language")
        hbox:
            box_wrap True
            for language, name in cvn.languages:
                textbutton name action Language(language)

style pref_languages is pref_vbox:
    xsize px(1240)
'''
SYSTEM_LANGUAGE = '''
    def system_language(language, region):
        """The language that a new player's computer speaks, if the game does: `pt_br` before `pt`."""
        language, region = [(each or "").lower().replace("-", "_").partition(".")[0] for each in (language, region)]
        for code in (language + "_" + region, region, language, language.partition("_")[0]):
            if code in codes:
                return codes[code]
        return None

define config.enable_language_autodetect = True
define config.locale_to_language_function = cvn.system_language
'''
PLACE = re.compile(r"^( *)# LANGUAGES\n", re.MULTILINE)  # in the preferences: where the chooser comes
FROM_THE_RIGHT = "style say_dialogue:\n    xfill False\n    xalign 1.0\n    textalign 1.0\n"


def is_translated(novel: Novel) -> bool:
    return len(novel.languages) > 1


def renpy_language(language: str) -> str:
    """The language's name in the game: a code that is a word of Ren'Py's, such as `id`, gets a mark before it."""
    return word(language)


def tl_folder(language: str) -> str:
    return f"tl/{renpy_language(language)}"


def dubs(project: Project, key: str) -> list[list[str]]:
    """[language, line id, clip id] of all that is heard in a scene in further languages."""
    first = project.novel.languages[0]
    said = (line for line in lines(project.scenes[key]) if line.id is not None)
    return [[language, line.id or "", clip] for line in said for clip, language, _ in heard_at(project, line)
            if language != first]  # fmt: skip


# --- scenes


def scene_tl(project: Project, language: str, key: str, voicing: Voicing) -> str:
    """`tl/<language>/scenes/<id>.rpy`; "" while nothing of the scene is translated."""
    found = project.scene_translations.get(f"{language}/{key}")
    if found is None:
        return ""
    scene = project.scenes[key]
    stage = Stage(project, scene, voicing)
    name = renpy_language(language)
    blocks, strings = [], []
    for statement in _translatable(scene):
        text = _text(found, statement.id)
        if not text:
            continue
        if isinstance(statement, Choice | Input):
            strings.append(_pair(stage.marked(_said(statement), statement.id), stage.text(text)))
        else:
            blocks.append(f"translate {name} {say_id(statement.id or '')}:\n{INDENT}{_say(stage, statement, text)}\n")
    return "\n".join([*blocks, *_strings(name, strings)])


def _translatable(scene: Scene) -> Iterator[Say | Narrate | Menu | Choice | Input]:
    for _, statement in walk(scene.script):
        if isinstance(statement, Say | Narrate | Menu | Input):
            yield statement
        if isinstance(statement, Menu):
            yield from statement.menu


def _text(found: SceneTranslation, line_id: str | None) -> str:
    line = found.lines.get(line_id or "")
    return line.text if line is not None else ""


def _said(statement: Choice | Input) -> str:
    return statement.text if isinstance(statement, Choice) else statement.prompt


def _say(stage: Stage, statement: Say | Narrate | Menu, text: str) -> str:
    """The say statement of a line in other words; its identifier stands over it."""
    if isinstance(statement, Menu):
        alone = statement.model_copy(update={"prompt": text, "menu": ()})
        code = WRITERS[Menu](stage, alone)[1].removeprefix(INDENT)
        return f"{_without_id(code, statement)} nointeract"
    changed: dict[str, Any] = {"text" if isinstance(statement, Say) else "narrate": text}
    code = WRITERS[type(statement)](stage, statement.model_copy(update=changed))[-1]
    return _without_id(code, statement)


def _without_id(code: str, statement: Say | Narrate | Menu) -> str:
    return code.removesuffix(f" id {say_id(statement.id or '')}")


# --- the rest of the game


def strings_tl(project: Project, language: str, buttons: Sequence[str], memo: Memo = plainly) -> str:
    """`tl/<language>/strings.rpy`: names, titles, endings, and `buttons`, the texts of the game's own screens."""
    novel = project.novel_translations.get(language)
    known = novel.strings if novel is not None else {}
    words, variables = interface_words(language), project.novel.variables
    pairs: dict[str, str] = {}
    for original in buttons:
        new = interface_text(original, known.get(original) or words.get(original, ""))
        if new:
            pairs[original] = new
    for use, original in uses(project, memo):
        old, new = (_as_used(use, each, variables) for each in (original, known.get(original, "")))
        if old and new:
            pairs.setdefault(old, new)
    return "\n".join(_strings(renpy_language(language), [_pair(old, new) for old, new in pairs.items()]))


def interface_text(original: str, text: str) -> str:
    """A translation of a text of our screens as the game shall get it; "" for none, and for one that cannot be shown.

    What the original asks of the engine ([renpy.version_only], {a=…}) may be in it; everything else is as typed.
    """
    if "%" in original and not _can_be_filled(original, text):
        return ""
    marks = list(dict.fromkeys(re.findall(r"\{[^{}]*\}|\[[^\[\]]*\]", original)))
    if not marks:
        return literal(text)
    parts = re.split("(" + "|".join(map(re.escape, marks)) + ")", text)
    return "".join(part if part in marks else literal(part) for part in parts)


def _can_be_filled(original: str, text: str) -> bool:
    """Whether the engine can put in what the original has it put in, a name, a number, or the parts of a date."""
    asked, given = (re.findall("%.?", each) for each in (original, text))
    return set(given) <= set(asked) if "{#file_time}" in original else given == asked


def uses(project: Project, memo: Memo = plainly) -> Iterator[tuple[str, str]]:
    """(how the game uses it, text) of every text of the contracts that is looked up by what it says."""
    yield "one line", project.novel.title
    yield "literal", project.novel.description
    for key in sorted(project.characters):
        yield "literal", memo(f"renpy/name/{key}", partial(_name, project, key))
    for key in sorted(project.scenes):
        yield from memo(f"renpy/strings/{key}", partial(_scene_strings, project, key))


def _name(project: Project, key: str) -> str:
    return project.characters[key].name


def _scene_strings(project: Project, key: str) -> list[list[str]]:
    scene = project.scenes[key]
    found = [["title", scene.title]]
    for _, statement in walk(scene.script):
        if isinstance(statement, End):
            found.append(["shown", statement.end])
        elif isinstance(statement, Input):
            found.append(["answer", statement.default])
    return found


def _as_used(use: str, text: str, variables: Mapping[str, object]) -> str:
    """A text as the script has it; "" where a table of strings, which the whole game shares, would be no safe place."""
    if use == "shown":
        return shown(text, variables)
    if (use == "title" and "[" in text) or (use == "answer" and ("[" in text or "{" in text)):
        return ""  # these are used without interpolation: as typed, they must be what an interpolated text would be
    return literal(one_line(text) if use == "one line" else text)


def _pair(old: str, new: str) -> str:
    return f"{INDENT}old {python(old)}\n{INDENT}new {python(new)}\n"


def _strings(language: str, pairs: list[str]) -> list[str]:
    return [f"translate {language} strings:\n", *pairs] if pairs else []


def languages_text(project: Project) -> str:
    """`languages.rpy`: which languages there are, how they are written, the chooser; "" where nothing is to say."""
    novel = project.novel
    if not is_translated(novel) and not is_right_to_left(novel.languages[0]):
        return ""
    parts = [_listed(project), SYSTEM_LANGUAGE, scaled(CHOOSER, novel)] if is_translated(novel) else []
    return "\n".join([*parts, *_written(novel)])


def _listed(project: Project) -> str:
    first, *others = project.novel.languages
    rows = [f"        (None, {python(_shown_name(project, first))}),"]
    rows += [f"        ({python(renpy_language(each))}, {python(_shown_name(project, each))})," for each in others]
    codes = [f"        {python(first)}: None,"]
    codes += [f"        {python(each)}: {python(renpy_language(each))}," for each in others]
    return "\n".join(["init -3 python in cvn:", "    languages = [", *rows, "    ]", "    codes = {", *codes, "    }"])


def _shown_name(project: Project, language: str) -> str:
    """A language's name in a font that can show it, whichever language is on."""
    own = project.novel_translations.get(language)
    name = literal(one_line(own.name)) if own is not None and own.name else language_name(language)
    return f"{{font={_font(project.novel, language)}}}{name}{{/font}}" if project.novel.fonts else name


def _font(novel: Novel, language: str) -> str:
    file = novel.fonts.get(language)
    if file is None or language == novel.languages[0]:
        return font_name(novel)
    return font_place(language, file)


def _written(novel: Novel) -> Iterator[str]:
    """Direction and fonts. Each paragraph finds its own direction, so one language may turn it on for all."""
    if any(map(is_right_to_left, novel.languages)):
        yield "define config.rtl = True\n"
    if is_right_to_left(novel.languages[0]):
        yield f"translate None {FROM_THE_RIGHT}"
    for language in novel.languages[1:]:
        name = renpy_language(language)
        yield f"translate {name} python:\n{INDENT}pass\n"  # so that the engine knows of it while it has no text
        if is_right_to_left(language):
            yield f"translate {name} {FROM_THE_RIGHT}"
        if language in novel.fonts:
            font = python(_font(novel, language))
            yield from (f"translate {name} style {each}:\n{INDENT}font {font}\n" for each in ("default", "input"))


def with_chooser(screens: str, novel: Novel) -> str:
    """The menus with the chooser in their preferences, where there is something to choose."""
    return PLACE.sub(r"\n\1use cvn_languages\n" if is_translated(novel) else "", screens)
