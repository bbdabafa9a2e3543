"""Finds the workflow in a file: JSON itself, or a picture, a video or a sound that ComfyUI wrote one into.

Source: ComfyUI's own writers (`nodes.py`, `comfy_api/latest/_ui.py`, `comfy_extras/nodes_{images,audio,video}.py`) and
VideoHelperSuite. PNG keeps text chunks `prompt` (what ran, API form) and `workflow` (the editor's file); animated PNG a
chunk `comf`; WebP EXIF strings `prompt:{…}`; videos and sounds tags of the container, or both in one tag `comment`.
Nothing of it is signed or to be trusted; it is parsed as strictly as a contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from comfyvn.errors import Problem, WorkflowError
from comfyvn.reading import files
from comfyvn.reading.json_text import parse_json
from comfyvn.reading.source import Unread

LIMIT = 64 * 2**20  # bytes of a workflow as JSON
PIXELS = 2**26  # of a picture whose text may stand behind its pixels
PICTURES = ("PNG", "WEBP", "JPEG", "AVIF")
# Suffix → FFmpeg's reader. Left to guess, FFmpeg would take a playlist for a film and fetch what it names.
MEDIA = {
    **dict.fromkeys((".mp4", ".mov", ".m4v", ".m4a"), "mov"),
    **dict.fromkeys((".webm", ".mkv"), "matroska"),
    **dict.fromkeys((".ogg", ".opus"), "ogg"),
    ".flac": "flac",
    ".mp3": "mp3",
    ".wav": "wav",
    ".gif": "gif",
}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ANIMATED = b"comf"  # the private chunk of an animated PNG: name, NUL, JSON


@dataclass(frozen=True)
class Found:
    """A workflow as a JSON value. `how`: where it was, in words, "" for a file that is JSON itself.

    `workflow_id`: what the file says it was built from, if ComfyVN built it; like all of it, a claim.
    """

    value: Any
    how: str = ""
    workflow_id: str = ""


def find_workflow(path: Path) -> Found:
    """The workflow in a file. What ran (`prompt`) is preferred to the editor's file, which may have changed since.

    Raises WorkflowError for a file that holds none, that is no file of a known kind, or whose JSON is broken.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        return Found(_json(path))
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise WorkflowError("this is no file", str(path), "give a workflow saved as JSON, or a file that ComfyUI made")
    texts = dict(_media_texts(path) if suffix in MEDIA else _picture_texts(path))
    for name in ("prompt", "workflow"):
        if name in texts:
            value = _parsed(f"{path} ({name})", texts[name])
            return Found(value, f"{name} in {path.name}", _built_from(texts.get("comfyvn", "")))
    raise _nothing(path, texts)


def _built_from(text: str) -> str:
    """The workflow that a picture of ours says it was built from; "" for anything odd."""
    try:
        said = json.loads(text) if text and len(text) < LIMIT else None
    except (ValueError, RecursionError):
        return ""
    name = said.get("workflow_id") if isinstance(said, dict) else None
    return name if isinstance(name, str) else ""


def _json(path: Path) -> Any:
    data = files.load_bytes(path.parent, path.name, LIMIT)
    if isinstance(data, Problem):
        raise WorkflowError(
            data.said(), str(path), "give a workflow that was saved as JSON, or a picture made by ComfyUI"
        )
    return _parsed(str(path), data)


def _parsed(file: str, data: bytes | str) -> Any:
    content = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    if len(content) > LIMIT:
        raise WorkflowError(f"the workflow is too large: {len(content):,} bytes", file, f"at most {LIMIT:,} bytes")
    source = parse_json(file, content)
    if isinstance(source, Unread) and b"NaN" in content:
        source = parse_json(file, _without_nan(content))
    if isinstance(source, Unread):
        problem = source.problems[0]
        raise WorkflowError(problem.said(), problem.where(), "export the workflow again")
    return source.value


def _without_nan(content: bytes) -> bytes:
    """ComfyUI writes NaN for what it remembers of a node that must always run; it means nothing to us."""
    try:
        return json.dumps(json.loads(content, parse_constant=lambda name: None if name == "NaN" else name)).encode()
    except (ValueError, RecursionError):
        return content


def _nothing(path: Path, texts: Mapping[str, str]) -> WorkflowError:
    if "parameters" in texts:
        what = "the picture holds settings of another program (AUTOMATIC1111's form), no ComfyUI workflow"
    else:
        rest = f"; it holds {', '.join(sorted(texts)[:10])}" if texts else ""
        what = f"there is no workflow in this file{rest}"
    todo = "take the file as ComfyUI wrote it (not with --disable-metadata; most sites strip it), or export JSON"
    return WorkflowError(what, str(path), todo)


def _picture_texts(path: Path) -> Iterator[tuple[str, str]]:
    """(name, text) of what a picture carries."""
    try:
        with Image.open(path, formats=_formats()) as image:
            if image.format == "PNG" and image.width * image.height <= PIXELS:
                image.load()  # text may stand behind the pixels
            yield from ((str(key), value) for key, value in image.info.items() if isinstance(value, str))
            yield from _private_texts(path) if image.format == "PNG" else ()
            yield from (pair for value in image.getexif().values() if (pair := _named(value)))
    except Image.DecompressionBombError as error:
        raise WorkflowError("the picture is too large to look into", str(path), "export JSON instead") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError) as error:
        kinds = ".json, .png, .webp, .jpg, " + ", ".join(MEDIA)
        todo = f"give a workflow saved as JSON, or a file that ComfyUI made ({kinds})"
        raise WorkflowError(f"the file cannot be read: {_why(error)}", str(path), todo) from error


def _formats() -> list[str]:
    return sorted(set(PICTURES) & set(Image.registered_extensions().values()))


def _why(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is neither JSON nor a picture"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _private_texts(path: Path) -> Iterator[tuple[str, str]]:
    """(name, text) of the chunks that an animated PNG keeps behind its frames, which Pillow shows only after them."""
    with path.open("rb") as stream:
        stream.seek(len(_SIGNATURE))
        while len(head := stream.read(8)) == 8:
            length = int.from_bytes(head[:4], "big")
            if head[4:] == _ANIMATED and length <= LIMIT:
                name, _, text = stream.read(length).partition(b"\0")
                yield name.decode("latin-1"), text.decode("latin-1")
                length = 0
            stream.seek(length + 4, 1)


def _named(value: object) -> tuple[str, str] | None:
    """`prompt:{…}` → ("prompt", "{…}")."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return None
    name, colon, rest = text.partition(":")
    return (name.strip().lower(), rest.rstrip("\0")) if colon and rest.lstrip().startswith("{") else None


def _media_texts(path: Path) -> Iterator[tuple[str, str]]:
    """(tag, text) of a video or a sound; a `comment` that is JSON counts as the tags in it."""
    import av  # loads FFmpeg's libraries

    try:
        with av.open(str(path), format=MEDIA[path.suffix.lower()]) as container:
            tags = [container.metadata, *(stream.metadata for stream in container.streams)]
            pairs = [(str(key).lower(), str(value)) for each in tags for key, value in each.items()]
    except (av.FFmpegError, OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise WorkflowError(
            f"the file cannot be read: {why}", str(path), "give the file as ComfyUI wrote it"
        ) from error
    for name, text in pairs:
        if name == "comment" and text.lstrip().startswith("{"):
            yield from _from_comment(path, text)
        yield name, text


def _from_comment(path: Path, text: str) -> Iterator[tuple[str, str]]:
    value = _parsed(f"{path} (comment)", text)
    for name in ("prompt", "workflow"):
        inner = value.get(name) if isinstance(value, dict) else None
        if inner is not None:
            yield name, inner if isinstance(inner, str) else json.dumps(inner)
