"""Splits a prompt into roles: by lines where our own workflows wrote it, by word tables for any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comfyvn.draft.art import expression, outfit, place, pose
from comfyvn.draft.art.identity import HATS
from comfyvn.draft.art.moment import TIMES, WEATHERS
from comfyvn.draft.art.words import first, plain, says

STYLE_WORDS = (
    "masterpiece", "best quality", "high quality", "highres", "absurdres", "ultra detailed", "highly detailed",
    "detailed", "intricate", "anime", "anime style", "illustration", "visual novel", "sprite", "flat colors",
    "flat colours", "cel shading", "cel shaded", "lineart", "line art", "painting", "painterly", "watercolor",
    "watercolour", "oil painting", "sketch", "concept art", "artstation", "photorealistic", "realistic", "photo",
    "8k", "4k", "hdr", "render", "unreal engine", "studio lighting", "soft lighting", "cinematic lighting",
    "cinematic", "lighting", "depth of field", "bokeh", "sharp focus", "white background", "simple background",
    "plain background", "grey background", "transparent background", "solo", "full body", "upper body", "cowboy shot",
    "portrait", "score 9", "score 8 up", "clean lines", "storyboard", "no people", "background", "scenery", "wide shot",
    "close up", "wallpaper", "quality", "style", "embedding", "trending", "aesthetic", "vibrant colors",
)  # fmt: skip
_PEOPLE = ("hair", "eyes", "eye", "skin", "girl", "boy", "woman", "man", "lady", "1girl", "1boy", "person", "years old",
           "freckles", "glasses", "beard", "moustache", "scar", "face")  # fmt: skip
_BODY = ("hair", "eyes", "eye", "skin", "freckles", "beard", "face")


@dataclass(frozen=True)
class PromptParts:
    subject: str
    outfit: str
    pose: str
    expression: str
    place: str
    moment: str
    style: str


def split_prompt(text: str) -> PromptParts:
    """Five lines: subject, outfit, pose, expression, style. Three: place, moment, style. Else each phrase is read.

    A line may be empty, the last one too; a line break after the last line is no line. Phrases that no table knows
    belong to the subject.
    """
    lines = [line.strip() for line in text.split("\n")]
    if len(lines) in (4, 6) and not lines[-1]:
        lines.pop()
    if len(lines) == 5:
        subject, clothes, stance, mood, style = lines
        return PromptParts(subject, clothes, stance, mood, "", "", style)
    if len(lines) == 3:
        return PromptParts("", "", "", "", lines[0], lines[1], lines[2])
    return _classified(text)


def _classified(text: str) -> PromptParts:
    found: dict[str, list[str]] = {
        role: [] for role in ("subject", "outfit", "pose", "expression", "place", "moment", "style")
    }
    for piece in plain(text.replace("\n", ",")).split(","):
        phrase = piece.strip(" .()[]{}")
        if phrase:
            found[_role(phrase)].append(phrase)
    return PromptParts(**{role: ", ".join(pieces) for role, pieces in found.items()})


def _role(phrase: str) -> str:
    """The first role whose table knows the phrase; a person named in it claims the phrase before clothes and mood."""
    for role, claims in _CLAIMS:
        if claims(phrase):
            return role
    return "subject"


def _known(table: dict[str, str] | dict[str, int]) -> Callable[[str], bool]:
    return lambda phrase: first(phrase, table) is not None


_CLAIMS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("style", lambda phrase: says(phrase, *STYLE_WORDS) and not says(phrase, *_PEOPLE)),
    ("expression", lambda phrase: phrase in expression.WORDS),
    ("subject", lambda phrase: says(phrase, *_BODY) and first(phrase, expression.WORDS) is None),
    (
        "pose",
        lambda phrase: says(phrase, *pose.SEAT_WORDS) or pose.speaks_of(phrase),
    ),
    ("subject", lambda phrase: says(phrase, *_PEOPLE)),
    (
        "outfit",
        lambda phrase: (
            first(phrase, outfit.WORDS) is not None
            or first(phrase, outfit.BOTTOMS) is not None
            or first(phrase, HATS) is not None
            or first(phrase, outfit.DETAILS) is not None
        ),
    ),
    ("expression", _known(expression.WORDS)),
    ("place", lambda phrase: place.kind_of(phrase) != "abstract"),
    ("moment", lambda phrase: first(phrase, TIMES) is not None or first(phrase, WEATHERS) is not None),
)
