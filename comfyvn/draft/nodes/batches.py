"""Node classes that take batches of pictures apart, put them together, and lay them out in sheets."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from comfyvn.draft.pixels import batch
from comfyvn.draft.values import Frame, Images, Masks, checked
from comfyvn.draft.world import Call, Handler, NodeFailed, Outcome, give

_LARGEST_BATCH = 10_000


def join_batches(call: Call) -> Outcome:
    frames = [frame for value in call.inputs.values() if isinstance(value, Images) for frame in value.frames]
    if not frames:
        raise NodeFailed(f"{call.definition.name}: no pictures to put together")
    return give(batch(tuple(frames)))


def repeat(call: Call) -> Outcome:
    images = call.need("image", Images)
    count = min(max(1, call.whole("amount", 1)), max(1, _LARGEST_BATCH // len(images.frames)))
    return give(Images(images.frames * count))


def from_batch(call: Call) -> Outcome:
    images = call.need("image", Images)
    start = min(max(0, call.whole("batch_index")), len(images.frames) - 1)
    return give(Images(images.frames[start : start + max(1, call.whole("length", 1))]))


def range_of_batch(call: Call) -> Outcome:
    images, masks = call.get("images", Images), call.get("masks", Masks)
    start, count = max(0, call.whole("start_index")), max(1, call.whole("num_frames", 1))
    part = images and Images(images.frames[start : start + count] or images.frames[-1:])
    planes = masks and Masks(masks.planes[start : start + count] or masks.planes[-1:])
    return give(part, planes)


def every_nth(call: Call) -> Outcome:
    images = call.need("images", Images)
    frames = (
        images.frames[call.whole("skip_first_images") :: max(1, call.whole("select_every_nth", 1))] or images.frames[:1]
    )
    return give(Images(frames), len(frames))


def split_batch(call: Call) -> Outcome:
    images = call.need("images", Images)
    index = call.whole("split_index")
    first, second = images.frames[:index] or images.frames[:1], images.frames[index:] or images.frames[-1:]
    return give(Images(first), len(first), Images(second), len(second))


def size_and_count(call: Call) -> Outcome:
    images = call.need("image", Images)
    return give(images, *images.size, len(images.frames))


def interpolate(call: Call) -> Outcome:
    """RIFE and FILM: more frames between the frames; each is shown longer instead of being morphed."""
    images = call.need("frames", Images)
    times = min(max(1, call.whole("multiplier", 2)), max(1, _LARGEST_BATCH // len(images.frames)))
    spread = tuple(frame for frame in images.frames[:-1] for _ in range(times))
    return give(Images((*spread, images.frames[-1])))


# --- sheets ---


def sheet(call: Call) -> Outcome:
    frames = call.need("images", Images).frames
    if call.text("mode") == "manual":
        columns, rows = max(1, call.whole("column_count", 1)), max(1, call.whole("row_count", 1))
    else:
        columns = math.ceil(math.sqrt(len(frames)))
        rows = math.ceil(len(frames) / columns)
    # An absurd count of columns in a foreign graph would ask for a picture of empty cells.
    columns = min(columns, len(frames))
    rows = min(rows, math.ceil(len(frames) / columns))
    return give(_grid(frames, columns, rows))


def grid(side: int) -> Handler:
    def run(call: Call) -> Outcome:
        frames = [value.frames[0] for value in call.inputs.values() if isinstance(value, Images)]
        return give(_grid(batch(tuple(frames)).frames, side, side))

    return run


def concatenate(call: Call) -> Outcome:
    frames = [value.frames[0] for value in call.inputs.values() if isinstance(value, Images)]
    direction = call.text("direction", "right")
    frames = list(batch(tuple(frames)).frames)
    if direction in ("left", "up"):
        frames.reverse()
    across = direction in ("left", "right")
    return give(_grid(tuple(frames), len(frames) if across else 1, 1 if across else len(frames)))


def _grid(frames: tuple[Frame, ...], columns: int, rows: int) -> Images:
    width, height = frames[0].size
    channels = frames[0].pixels.shape[2]
    whole = np.zeros((checked(width * columns, height * rows)[1], width * columns, channels), np.uint8)
    for index, frame in enumerate(frames[: columns * rows]):
        x, y = index % columns * width, index // columns * height
        whole[y : y + height, x : x + width] = frame.pixels
    return Images((Frame(whole, drawn=any(frame.drawn for frame in frames)),))


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(("ImageBatch", "ImageBatchMulti", "ImpactMakeImageBatch"), join_batches),
    "RepeatImageBatch": repeat,
    "ImageFromBatch": from_batch,
    "GetImageRangeFromBatch": range_of_batch,
    "VHS_SelectEveryNthImage": every_nth,
    "VHS_SplitImages": split_batch,
    "GetImageSizeAndCount": size_and_count,
    **dict.fromkeys(("RIFE VFI", "FILM VFI"), interpolate),
    "SpriteSheetFromImages": sheet,
    "ImageGridComposite2x2": grid(2),
    "ImageGridComposite3x3": grid(3),
    "ImageConcatMulti": concatenate,
}
