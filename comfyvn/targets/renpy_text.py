"""Text and names on their way into Ren'Py: what an author typed is what a player reads, and nothing is executed.

Three levels, each undone by one stage of Ren'Py: a string literal (its lexer, or Python's), `[` interpolation, `{` text
tags. `shown` writes the inner two, `quoted` and `python` the literal around them.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from comfyvn.contracts.text import Piece, pieces

# Words with a meaning of their own where Ren'Py reads a name: keywords, operators, string prefixes, its own image tags.
RESERVED = frozenset([
    "as", "at", "behind", "call", "camera", "default", "define", "expression", "hide", "id", "if", "image", "in",
    "init", "jump", "label", "layer", "menu", "nointeract", "onlayer", "pause", "play", "python", "queue", "return",
    "scene", "screen", "show", "stop", "style", "testcase", "transform", "translate", "voice", "while", "window",
    "with", "zorder", "and", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "import", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
    "try", "yield", "r", "u", "ur", "f", "rf", "fr", "b", "br", "rb", "bg", "black", "placeholder", "side", "still",
    "text", "vtext", "nvl", "extend", "movie", "strings",
])  # fmt: skip
# White space but the plain space, controls, marks nobody sees: by range, so that Python's Unicode version is no matter.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb]"
)
SURROGATE = re.compile("[\ud800-\udfff]")
NAMED = {"\n": "\\n", '"': '\\"', "\\": "\\\\"}


def word(identifier: str) -> str:
    """An id as a part of an image name, a label or a say id. No id begins with `_`, so no two become one."""
    return f"_{identifier}" if identifier in RESERVED else identifier


def variable(identifier: str) -> str:
    """A story variable's name in the game; the prefix keeps it clear of everything that Ren'Py names itself."""
    return f"v_{identifier}"


def literal(text: str) -> str:
    """Plain characters as Ren'Py's text engine shall get them."""
    return untagged(text).replace("[", "[[")


def untagged(text: str) -> str:
    """Plain characters for a place where text tags are understood and interpolation is not."""
    return text.replace("{", "{{")


def shown(text: str, variables: Collection[str] = ()) -> str:
    """An author's text as Ren'Py's text engine shall get it: its markup and its declared variables kept."""
    return "".join(_shown(piece) for piece in pieces(text, variables))


def _shown(piece: Piece) -> str:
    if piece.kind == "variable":
        return f"[{variable(piece.name)}!q]"  # q: what a player typed is never markup
    return literal(piece.text) if piece.kind == "text" else piece.text


def quoted(text: str) -> str:
    """A string literal of Ren'Py's script language, which joins white space and knows few escapes."""
    inner = "".join(_spaced(text, index) for index in range(len(text)))
    return f'"{_unmunged(inner)}"'


def python(text: str) -> str:
    """A string literal of Python, in one line."""
    return '"' + _unmunged("".join(NAMED.get(letter) or _visible(letter) for letter in text)) + '"'


def _spaced(text: str, index: int) -> str:
    letter = text[index]
    if letter == " " and (index in (0, len(text) - 1) or " " in (text[index - 1], text[index + 1])):
        return "\\ "
    return NAMED.get(letter) or _visible(letter)


def _visible(letter: str) -> str:
    """Letters that an editor or a lexer would not show or would change are written by number."""
    if SURROGATE.match(letter):
        return "\\ufffd"  # half of a pair is no character
    return f"\\u{ord(letter):04x}" if UNSEEN.match(letter) else letter


def _unmunged(inner: str) -> str:
    """Ren'Py renames what begins with two underscores, inside strings too."""
    return inner.replace("__", "_\\u005f")
