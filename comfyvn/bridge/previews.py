"""Binary frames of ComfyUI's WebSocket: pictures of work in progress (formats: ComfyUI 0.3.64, `protocol.py`)."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass

from comfyvn.bridge.complaints import mapping
from comfyvn.bridge.media import recognise

# What a client says first to be sent previews that name their prompt; servers that do not know it ignore it.
FLAGS = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
_PREVIEW, _PREVIEW_WITH_METADATA = 1, 4
_HEAD = struct.Struct(">II")
_LARGEST = 8 * 2**20  # bytes: previews are thumbnails


@dataclass(frozen=True)
class Preview:
    """A picture (JPEG or PNG, not decoded) and whose it is: "" where the frame does not say."""

    prompt_id: str
    picture: bytes


def read_preview(frame: bytes) -> Preview | None:
    """The preview in a frame; None for frames of other kinds and for what is no picture.

    Event 1: u32 image type, picture. Event 4: u32 length, JSON, picture. All numbers are big-endian.
    """
    if not _HEAD.size < len(frame) <= _LARGEST:
        return None
    event, second = _HEAD.unpack_from(frame)
    prompt_id, start = "", _HEAD.size
    if event == _PREVIEW_WITH_METADATA:
        start += second
        prompt_id = _prompt_of(frame[_HEAD.size : start])
    elif event != _PREVIEW:
        return None
    picture = frame[start:]
    return Preview(prompt_id, picture) if recognise(picture).extension in ("jpg", "png", "webp") else None


def _prompt_of(metadata: bytes) -> str:
    try:
        return str(mapping(json.loads(metadata)).get("prompt_id") or "")
    except (ValueError, RecursionError):
        return ""
