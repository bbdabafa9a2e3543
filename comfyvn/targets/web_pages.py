"""The pages of the web export and its theme. What is in them of a novel is escaped; no script stands in a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import PurePosixPath

from comfyvn.contracts.colours import readable
from comfyvn.contracts.novel import Novel
from comfyvn.targets.renpy_look import DESIGN_SIZE, main_font, one_line
from comfyvn.targets.renpy_text import SURROGATE

# 'self' is what a server serves; of pages opened from a disk some browsers ask for the scheme. Nothing may connect
# anywhere, and (trusted types) no text may become markup or script, whatever a script does.
POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file:; "
    "media-src 'self' file:; font-src 'self' file:; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'
FORMATS = {".ttf": "truetype", ".otf": "opentype", ".ttc": "collection", ".woff": "woff", ".woff2": "woff2"}


def player_page(novel: Novel, data: Sequence[str]) -> str:
    """`index.html`. `data`: names of the data files that it loads."""
    body = '<main id="game" tabindex="-1"></main>\n<noscript>This game needs JavaScript.</noscript>'
    return _page(novel, one_line(novel.title), "assets/", ("player.css",), ("player.js", *_scripts(data)), body)


def gallery_page(novel: Novel, data: Sequence[str]) -> str:
    """`assets/gallery.html`: beside the data, so that `index.html` stands alone above it."""
    title = f"{one_line(novel.title)}: gallery"
    body = '<div id="gallery"></div>\n<noscript>The gallery needs JavaScript.</noscript>'
    return _page(novel, title, "", ("gallery.css",), ("gallery.js", *_scripts(data)), body)


def _scripts(data: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"data/{name}.js" for name in data)


def _page(novel: Novel, title: str, folder: str, styles: Sequence[str], scripts: Sequence[str], body: str) -> str:
    language = novel.languages[0].replace("_", "-")
    links = [f'<link rel="stylesheet" href="{escape(folder + name)}">' for name in ("theme.css", *styles)]
    loads = [f'<script defer src="{escape(folder + name)}"></script>' for name in scripts]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{escape(language)}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">',
            '<meta name="referrer" content="no-referrer">',
            f'<meta name="description" content="{escape(_sound(one_line(novel.description)))}">',
            f'<meta name="theme-color" content="{novel.theme.paper}">',
            f'<link rel="icon" href="{escape(folder)}icon.svg">',
            f"<title>{escape(_sound(title))}</title>",
            *links,
            *loads,
            "</head>",
            "<body>",
            body,
            "</body>",
            "</html>",
            "",
        ]
    )


def icon(novel: Novel) -> str:
    """`icon.svg`: a page in the theme's colours. Without one, browsers ask a server for a file outside the folder."""
    theme = novel.theme
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{theme.paper}"/>'
        f'<path d="M6 9h20v11H14l-5 4v-4H6z" fill="{theme.accent}"/></svg>\n'
    )


def _sound(text: str) -> str:
    """Half of a surrogate pair is no character, and cannot be written."""
    return SURROGATE.sub("\ufffd", text)


def text_size(novel: Novel) -> float:
    """Size of the story's text in the game's own pixels."""
    factor = min(size / design for size, design in zip(novel.resolution, DESIGN_SIZE, strict=True))
    return round(novel.theme.text_size * factor, 2)


def font_place(file: str) -> str:
    return f"fonts/text{PurePosixPath(file).suffix.lower()}"


def theme_style(novel: Novel) -> str:
    """`theme.css`: the three colours of the theme, text size and font; everything else is made of these."""
    theme, (width, height) = novel.theme, novel.resolution
    file = main_font(novel)
    names = f'"Novel", {SANS}' if file else SANS
    values = {
        "accent": theme.accent,
        "ink": theme.ink,
        "paper": theme.paper,
        "link": readable(theme.accent, theme.paper),
        "width": str(width),
        "height": str(height),
        "text": f"{text_size(novel) / width * 100:.4f}",
        "font": names,
    }
    variables = "".join(f"  --{name}: {value};\n" for name, value in values.items())
    return _font_face(file) + f":root {{\n{variables}}}\n"


def _font_face(file: str | None) -> str:
    if file is None:
        return ""
    place = font_place(file)
    kind = FORMATS.get(PurePosixPath(place).suffix)
    format_ = f' format("{kind}")' if kind else ""
    return f'@font-face {{ font-family: "Novel"; src: url("{place}"){format_}; font-display: block; }}\n'
