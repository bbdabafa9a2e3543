"""What a novel tells Git about its files: the lines of `.gitattributes`."""

from __future__ import annotations

BEGIN = "# ComfyVN: begin (`comfyvn hooks attributes --write` keeps these lines)"
END = "# ComfyVN: end"

PICTURES = ("png", "jpg", "jpeg", "webp", "avif", "gif")
SOUNDS = ("wav", "ogg", "opus", "flac", "mp3")
OTHERS = ("mp4", "webm", "mkv", "ttf", "otf", "woff2")
# What is described by `comfyvn hooks textconv`, so that `git diff` tells what changed in it.
DESCRIBED = (*PICTURES, *SOUNDS)


def attributes(lfs: bool = False) -> str:
    """The lines. `lfs`: pictures, sounds and films are kept by Git LFS, which must be installed."""
    lines = [
        BEGIN,
        "# Line ends are LF everywhere: what is made of a file must not depend on who checked it out.",
        "* text=auto eol=lf",
        "*.json text eol=lf",
        "# A record belongs to one artifact: half of one side and half of the other would be a record of nothing.",
        "*.render.json text eol=lf -merge diff=comfyvn-record linguist-generated",
        "# Files that only programs read; `comfyvn hooks install` makes `git diff` say what changed in them.",
        *(_line(suffix, lfs) for suffix in (*PICTURES, *SOUNDS, *OTHERS)),
        "# Takes: bytes by digest, which never change.",
        f"takes/objects/** {_kept(lfs)} linguist-generated",
        END,
    ]
    return "\n".join(lines) + "\n"


def _line(suffix: str, lfs: bool) -> str:
    diff = " diff=comfyvn" if suffix in DESCRIBED else " -diff"
    return f"*.{suffix} {_kept(lfs)}{diff}"


def _kept(lfs: bool) -> str:
    return "filter=lfs merge=lfs -text" if lfs else "-merge -text"


def with_attributes(text: str, lfs: bool = False) -> str:
    """A `.gitattributes` with these lines: in the place of those from before, else first, so that the author's own
    lines win over them.
    """
    lines, block = text.splitlines(keepends=True), attributes(lfs)
    begins = [number for number, line in enumerate(lines) if line.strip() == BEGIN]
    ends = [number for number, line in enumerate(lines) if line.strip() == END]
    if begins and ends and begins[0] < ends[-1]:
        return "".join([*lines[: begins[0]], block, *lines[ends[-1] + 1 :]])
    return block + text


def has_attributes(text: str) -> bool:
    return BEGIN in text.splitlines()
