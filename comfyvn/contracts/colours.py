"""Colours and how well one is read on another (WCAG 2: relative luminance, contrast ratio)."""

from __future__ import annotations

CONTRAST = 4.5  # WCAG 2 AA for text


def readable(colour: str, paper: str) -> str:
    """`colour` moved towards white or black until it can be read on `paper` (WCAG 2 contrast of 4.5)."""
    goal = (255, 255, 255) if _luminance(_rgb(paper)) < 0.18 else (0, 0, 0)
    start, tone = _rgb(colour), _rgb(paper)
    for step in range(21):
        mixed = tuple(round(a + (b - a) * step / 20) for a, b in zip(start, goal, strict=True))
        if _ratio(mixed, tone) >= CONTRAST:
            break
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white); colours as #rrggbb."""
    return _ratio(_rgb(one), _rgb(other))


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _ratio(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: tuple[int, ...]) -> float:
    """Relative luminance of sRGB (WCAG 2)."""
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
