"""The game's options and theme: `options.rpy` and `gui.rpy`, from the novel's title, release, fonts and colours."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from comfyvn.contracts.novel import Novel, Theme
from comfyvn.contracts.project import Project
from comfyvn.targets.renpy_script import background_image, still_image
from comfyvn.targets.renpy_text import literal, python

PIXELS = re.compile(r"\bpx\((\d+)\)")
LETTERS = re.compile(r"\btext_px\((\d+)\)")
DESIGN_SIZE = (1920, 1080)
DESIGN_TEXT = 36
OWN_FONT = "DejaVuSans.ttf"  # comes with the engine
TITLE = "title"  # name of the title's font, in the place of a language


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
    return OWN_FONT if file is None else _first_face(font_place(novel.languages[0], file))


def _title_font(novel: Novel) -> str:
    file = novel.theme.title_font
    return font_name(novel) if file is None else _first_face(font_place(TITLE, file))


def _first_face(place: str) -> str:
    """Ren'Py asks which font of a collection is meant."""
    return f"0@{place}" if place.endswith((".ttc", ".otc")) else place


def icon_place(file: str) -> str:
    return f"gui/window_icon{PurePosixPath(file).suffix.lower()}"


def one_line(text: str) -> str:
    return " ".join(text.split())


def options_text(novel: Novel) -> str:
    return f"""\
define config.name = {python(one_line(novel.title))}
define config.version = {python(novel.release)}
define config.save_directory = {python(novel.id)}
define build.name = {python(novel.id)}
define build.directory_name = {python(f"{novel.id}-{novel.release}")}
define build.executable_name = {python(novel.id)}
define build.include_update = False
{_window_icon(novel)}
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
{BUILD}"""


# What goes into a distribution: no sources, nothing of an editor's; scripts, pictures and sound as one archive.
BUILD = """\
    build.classify("**.rpy", None)
    build.classify("**~", None)
    build.classify("**.bak", None)
    build.classify("**/.**", None)
    build.classify("**/#**", None)
    build.classify("**/thumbs.db", None)
    build.classify("**.render.json", None)
    build.classify("game/**.rpyc", "archive")
    build.classify("game/sprites/**", "archive")
    build.classify("game/atlas/**", "archive")
    build.classify("game/bg/**", "archive")
    build.classify("game/stills/**", "archive")
    build.classify("game/audio/**", "archive")
    build.classify("game/voice/**", "archive")
    build.classify("game/tl/**", "archive")
    build.documentation("*.txt")
"""


def _window_icon(novel: Novel) -> str:
    return "" if novel.icon is None else f"define config.window_icon = {python(icon_place(novel.icon))}\n"


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
        "panel": novel.theme.paper + f"{round(novel.theme.opacity * 255):02x}",
        "font": font_name(novel),
        "title_font": _title_font(novel),
    }
    defines = "\n".join(f"define gui.{name} = {python(value)}" for name, value in values.items())
    look = scaled(_sized(novel.theme) + SHAPES, novel)
    return f"init offset = -10\n\ninit python:\n    gui.init({width}, {height})\n\n{defines}\n{look}"


def _sized(theme: Theme) -> str:
    """The sizes as the theme has them; what it leaves out follows its text size (`text_px`)."""
    sizes = {
        "TEXT_SIZE": str(theme.text_size),
        "NAME_SIZE": f"px({theme.name_size})" if theme.name_size else "text_px(34)",
        "INTERFACE_SIZE": f"px({theme.interface_size})" if theme.interface_size else "text_px(32)",
        "TITLE_SIZE": str(theme.title_size),
        "RADIUS": str(theme.radius),
    }
    return re.sub(r"\b[A-Z]+_SIZE\b|\bRADIUS\b", lambda found: sizes[found[0]], SIZES)


def _backdrop(project: Project) -> str:
    """The picture behind the main menu: where the story begins."""
    scene = project.scenes.get(project.novel.start)
    if scene is None:
        return "black"
    return background_image(scene.background) if isinstance(scene.background, str) else still_image(scene.id)


SIZES = """
# Sizes in pixels of the game's screen; on a telephone letters are larger.
define gui.growth = 1.3 if renpy.variant("small") else 1.0
define gui.text_size = int(px(TEXT_SIZE) * gui.growth)
define gui.name_size = int(NAME_SIZE * gui.growth)
define gui.label_size = text_px(48)
define gui.interface_size = int(INTERFACE_SIZE * gui.growth)
define gui.small_size = int(text_px(24) * gui.growth)
define gui.title_size = px(TITLE_SIZE)
define gui.radius = px(RADIUS)

define config.thumbnail_width = px(388)
define config.thumbnail_height = px(218)
"""

SHAPES = '''
# Colours made from the three of the theme; `+ "cc"` is how opaque.
define gui.choice = gui.paper + "d8"
define gui.veil = gui.paper + "b8"
define gui.line = gui.ink + "26"
define gui.faint = gui.ink + "14"
define gui.quiet = gui.ink + "c4"
define gui.disabled = gui.ink + "60"
define gui.language = "unicode"

init python in gui:
    from store import Color, ConditionSwitch, Frame, Solid, Transform, im

    # With the preference for high contrast letters are white; what is behind them is black, what is selected yellow.
    BLACK, WHITE, YELLOW = "#000000", "#ffffff", "#ffe600"

    def contrasting(usual, strong):
        """Two looks of one thing; the player's preference chooses."""
        return ConditionSwitch("_preferences.high_contrast", strong, "True", usual)

    def rounded(fill, radius, line=None, focus=False):
        """A panel with round corners; `focus`: it shows where the player is."""
        strong = panel_svg(BLACK, radius, YELLOW if focus else WHITE if line else None, 6 if focus else 3)
        return contrasting(panel_svg(fill, radius, line, 2), strong)

    def filled(fill, radius):
        """The part of a bar that is full."""
        return contrasting(panel_svg(fill, radius, None, 0), panel_svg(WHITE, radius, None, 0))

    def page(fill):
        """A plain rectangle behind text."""
        return contrasting(Solid(fill), Solid(BLACK))

    def panel_svg(fill, radius, line, width):
        fill = Color(fill)
        outline = ""
        if line is not None:
            line = Color(line)
            outline = ' stroke="%s" stroke-opacity="%.3f" stroke-width="%d"' % (line.hexcode[:7], line.alpha, width)
        size = 2 * radius + 4 + 2 * width
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">'
            '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%d" fill="%s" fill-opacity="%.3f"%s/></svg>'
        ) % (
            size, size, width / 2.0, width / 2.0, size - width, size - width, radius, fill.hexcode[:7], fill.alpha,
            outline,
        )
        return Frame(im.Data(svg.encode("utf-8"), "rounded.svg"), radius + 1 + width, radius + 1 + width)

    def disc(fill, size, line=None):
        """A filled circle of a fixed size."""
        inside = '<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"%s/>' % (
            size / 2.0, size / 2.0, size / 2.0 - 2, Color(fill).hexcode[:7],
            ' stroke="%s" stroke-width="3"' % Color(line).hexcode[:7] if line else "",
        )
        return drawn(inside, size)

    def mark(shape, on):
        """The box or ring before a button that is on or off."""
        return contrasting(mark_svg(shape, on, ink, accent), mark_svg(shape, on, WHITE, YELLOW))

    def mark_svg(shape, on, ink, accent):
        size = int(px(28) * growth)
        middle, reach = size / 2.0, size / 2.0 - 3
        style = 'fill="none" stroke="%s" stroke-width="2.5"' % (accent if on else ink)
        if shape == "ring":
            inside = '<circle cx="%.1f" cy="%.1f" r="%.1f" %s/>' % (middle, middle, reach, style)
            if on:
                inside += '<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"/>' % (middle, middle, reach - 5, accent)
        else:
            inside = '<rect x="3" y="3" width="%.1f" height="%.1f" rx="5" %s/>' % (2 * reach, 2 * reach, style)
            if on:
                hook = (size * 0.26, size * 0.52, size * 0.44, size * 0.70, size * 0.76, size * 0.32)
                inside += (
                    '<path d="M%.1f %.1f L%.1f %.1f L%.1f %.1f" fill="none" stroke="%s" stroke-width="4"/>'
                ) % (hook + (accent,))
        return Transform(drawn(inside, size), xpos=px(16), yalign=0.5)

    def play_mark():
        """The triangle of a button that plays something; not every font has one."""
        return contrasting(triangle(accent), triangle(WHITE))

    def triangle(fill):
        size = int(px(26) * growth)
        corners = tuple(size * part for part in (0.2, 0.1, 0.9, 0.5, 0.2, 0.9))
        return drawn('<path d="M%.1f %.1f L%.1f %.1f L%.1f %.1f Z" fill="%s"/>' % (corners + (fill,)), size)

    def drawn(inside, size):
        svg = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">%s</svg>' % (size, size, inside)
        return im.Data(svg.encode("utf-8"), "drawn.svg")
'''
