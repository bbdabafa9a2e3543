"""The game's options and theme: `options.rpy` and `gui.rpy`, from the novel's title, release, fonts and colours."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project
from comfyvn.targets.renpy_script import background_image, still_image
from comfyvn.targets.renpy_text import literal, python

PIXELS = re.compile(r"\bpx\((\d+)\)")
LETTERS = re.compile(r"\btext_px\((\d+)\)")
DESIGN_SIZE = (1920, 1080)
DESIGN_TEXT = 36
OWN_FONT = "DejaVuSans.ttf"  # comes with the engine


def scaled(template: str, novel: Novel) -> str:
    """A template with its `px(N)`, measured like the theme's text size on a 1920 × 1080 screen, in the novel's pixels.

    `text_px(N)` is a letter size: the theme's text size counts too, but never past what the screens have room for.
    """
    factor = min(size / design for size, design in zip(novel.resolution, DESIGN_SIZE, strict=True))
    letters = factor * min(max(novel.theme.text_size / DESIGN_TEXT, 0.75), 1.2)
    template = LETTERS.sub(lambda found: str(max(1, round(int(found[1]) * letters))), template)
    return PIXELS.sub(lambda found: str(max(1, round(int(found[1]) * factor))), template)


def main_font(novel: Novel) -> str | None:
    """The file of the first language's font; None: the engine's own."""
    return novel.fonts.get(novel.languages[0]) or novel.font


def font_place(language: str, file: str) -> str:
    return f"fonts/{language}{PurePosixPath(file).suffix.lower()}"


def font_name(novel: Novel) -> str:
    file = main_font(novel)
    if file is None:
        return OWN_FONT
    place = font_place(novel.languages[0], file)
    return f"0@{place}" if place.endswith((".ttc", ".otc")) else place


def one_line(text: str) -> str:
    return " ".join(text.split())


def options_text(novel: Novel) -> str:
    return f"""\
define config.name = {python(one_line(novel.title))}
define config.version = {python(novel.release)}
define config.save_directory = {python(novel.id)}
define build.name = {python(novel.id)}
define build.directory_name = {python(f"{novel.id}-{novel.release}")}

define config.has_sound = True
define config.has_music = True
define config.has_voice = True
define config.auto_voice = "voice/{{id}}.ogg"
define config.old_substitutions = False
define config.window = "auto"
define config.enter_transition = Dissolve(0.25)
define config.exit_transition = Dissolve(0.25)
define config.intra_transition = Dissolve(0.15)
define config.end_game_transition = Dissolve(0.6)
define config.after_load_transition = Dissolve(0.25)
define config.window_show_transition = Dissolve(0.2)
define config.window_hide_transition = Dissolve(0.2)
define config.say_attribute_transition = Dissolve(0.15)
define config.say_attribute_transition_layer = "master"
define config.history_length = 250
default preferences.text_cps = 45
default preferences.afm_time = 15

init -4 python:
    renpy.music.register_channel("ambience", mixer="sfx", loop=True)
    if hasattr(renpy.config, "lenticular_bracket_ruby"):
        renpy.config.lenticular_bracket_ruby = False
    build.classify("**.rpy", None)
    build.classify("**~", None)
    build.classify("**.bak", None)
    build.classify("**/.**", None)
    build.classify("**.render.json", None)
"""


def gui_text(project: Project) -> str:
    novel = project.novel
    width, height = novel.resolution
    values = {
        "title": literal(one_line(novel.title)),
        "byline": literal(one_line(novel.author)),
        "about": literal(novel.description),
        "backdrop": _backdrop(project),
        "accent": novel.theme.accent,
        "ink": novel.theme.ink,
        "paper": novel.theme.paper,
        "font": font_name(novel),
    }
    defines = "\n".join(f"define gui.{name} = {python(value)}" for name, value in values.items())
    sizes = scaled(SIZES.replace("TEXT_SIZE", str(novel.theme.text_size)), novel)
    return f"init offset = -10\n\ninit python:\n    gui.init({width}, {height})\n\n{defines}\n{sizes}{SHAPES}"


def _backdrop(project: Project) -> str:
    """The picture behind the main menu: where the story begins."""
    scene = project.scenes.get(project.novel.start)
    if scene is None:
        return "black"
    return background_image(scene.background) if isinstance(scene.background, str) else still_image(scene.id)


SIZES = """
# Sizes in pixels of the game's screen.
define gui.text_size = px(TEXT_SIZE)
define gui.name_size = text_px(34)
define gui.label_size = text_px(48)
define gui.interface_size = text_px(32)
define gui.small_size = text_px(24)
define gui.title_size = px(92)
define gui.radius = px(22)

define config.thumbnail_width = px(388)
define config.thumbnail_height = px(218)
"""

SHAPES = '''
# Colours made from the three of the theme; `+ "cc"` is how opaque.
define gui.panel = gui.paper + "eb"
define gui.choice = gui.paper + "cc"
define gui.veil = gui.paper + "b8"
define gui.line = gui.ink + "26"
define gui.faint = gui.ink + "14"
define gui.quiet = gui.ink + "b0"
define gui.disabled = gui.ink + "50"
define gui.language = "unicode"

init python in gui:
    from store import Color, Frame, im

    def rounded(fill, radius, line=None):
        """A panel with round corners in the colours `fill` and `line`."""
        fill = Color(fill)
        outline = ""
        if line is not None:
            line = Color(line)
            outline = ' stroke="%s" stroke-opacity="%.3f" stroke-width="2"' % (line.hexcode[:7], line.alpha)
        size = 2 * radius + 4
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">'
            '<rect x="1" y="1" width="%d" height="%d" rx="%d" fill="%s" fill-opacity="%.3f"%s/></svg>'
        ) % (size, size, size - 2, size - 2, radius, fill.hexcode[:7], fill.alpha, outline)
        return Frame(im.Data(svg.encode("utf-8"), "rounded.svg"), radius + 1, radius + 1)

    def disc(fill, size):
        """A filled circle of a fixed size."""
        fill = Color(fill)
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">'
            '<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"/></svg>'
        ) % (size, size, size / 2.0, size / 2.0, size / 2.0 - 1, fill.hexcode[:7])
        return im.Data(svg.encode("utf-8"), "disc.svg")
'''
