"""Output nodes: write pictures, films, sound and text into the server's folders and say so as ComfyUI does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from comfyvn.draft import video
from comfyvn.draft.art import stamp_draft
from comfyvn.draft.folders import Slot
from comfyvn.draft.nodes.sound import at_rate
from comfyvn.draft.values import SOFTWARE, Bundle, Frame, Images, Masks, Sound, Video
from comfyvn.draft.world import Call, Handler, NodeFailed, Outcome, give

MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_LETTERS = "abcdefghijklmnopqrstupvxyz"


def save_images(call: Call) -> Outcome:
    images = call.need("images", Images)
    return Outcome((), {"images": _write_pictures(call, images, _output_slot(call, images.size), 4)})


def preview_images(call: Call) -> Outcome:
    images = call.need("images", Images)
    return Outcome((), {"images": _write_pictures(call, images, _temp_slot(call), 1)})


def save_animated_webp(call: Call) -> Outcome:
    images = call.need("images", Images)
    slot = _output_slot(call, images.size)
    name = f"{slot.stem}_{slot.counter:05}_.webp"
    method = {"default": 4, "fastest": 0, "slowest": 6}.get(call.text("method"), 4)
    frames = [finished(frame) for frame in images.frames]
    exif = frames[0].getexif()
    exif[0x0110] = "prompt:" + json.dumps(call.world.graph)
    _animate(slot.folder / name, frames, call.number("fps", 6.0), loop=0, exif=exif, method=method,
             lossless=bool(call.inputs.get("lossless")), quality=call.whole("quality", 80))  # fmt: skip
    return _animated(slot, name, len(images.frames) > 1)


def save_animated_png(call: Call) -> Outcome:
    images = call.need("images", Images)
    slot = _output_slot(call, images.size)
    name = f"{slot.stem}_{slot.counter:05}_.png"
    frames = [finished(frame) for frame in images.frames]
    level = call.whole("compress_level", 4)
    _animate(slot.folder / name, frames, call.number("fps", 6.0), pnginfo=metadata(call), compress_level=level)
    return _animated(slot, name, True)


def preview_animation(call: Call) -> Outcome:
    images = call.get("images", Images)
    masks = call.get("masks", Masks)
    if images is None:
        planes = masks.planes if masks else (np.zeros((64, 64), np.uint8),)
        images = Images(tuple(Frame(np.dstack([plane] * 3)) for plane in planes))
    slot = _temp_slot(call)
    name = f"{slot.stem}_{slot.counter:05}_.webp"
    _animate(
        slot.folder / name, [finished(frame) for frame in images.frames], call.number("fps", 8.0), loop=0, quality=80
    )
    return _animated(slot, name, True)


def _animated(slot: Slot, name: str, moving: bool) -> Outcome:
    return Outcome((), {"images": [_entry(slot, name)], "animated": [moving]})


def _animate(path: Path, frames: Sequence[Image.Image], fps: float, **options: Any) -> None:
    duration = max(1, int(1000 / max(fps, 0.01)))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=duration, **options)


# --- films ---


def create_video(call: Call) -> Outcome:
    return give(Video(call.need("images", Images), call.number("fps", 24.0), call.get("audio", Sound)))


def load_video(call: Call) -> Outcome:
    name = call.text("file") or call.text("video")
    path = call.world.folders.find(name)
    if path is None:
        raise NodeFailed(f"video file {name!r} is not there")
    most = call.whole("frame_load_cap") or video.MOST_FRAMES
    film = video.decode(path, most + call.whole("skip_first_frames"))
    frames = film.images.frames[call.whole("skip_first_frames") :: max(1, call.whole("select_every_nth", 1))]
    images = Images(frames or film.images.frames[:1])
    film = replace(film, images=images)
    known = {"VIDEO": film, "IMAGE": images, "INT": len(images.frames), "AUDIO": film.sound}
    return Outcome(tuple(known.get(o.type, Bundle(o.type, (("video", film),))) for o in call.definition.outputs))


def video_components(call: Call) -> Outcome:
    film = call.need("video", Video)
    return give(film.images, film.sound, film.fps)


def video_info(call: Call) -> Outcome:
    film = call.first(Video)
    fps, count, size = (film.fps, len(film.images.frames), film.images.size) if film else (24.0, 1, (512, 512))
    numbers = (fps, count, count / fps, *size)
    return give(*numbers, *numbers)


def save_video(call: Call) -> Outcome:
    film = call.need("video", Video)
    slot = _output_slot(call, film.images.size)
    name = f"{slot.stem}_{slot.counter:05}_.mp4"
    video.encode(slot.folder / name, _finished_frames(film.images), film.fps, video.MP4, film.sound)
    return _animated(slot, name, True)


def save_webm(call: Call) -> Outcome:
    images = call.need("images", Images)
    slot = _output_slot(call, images.size)
    name = f"{slot.stem}_{slot.counter:05}_.webm"
    video.encode(slot.folder / name, _finished_frames(images), call.number("fps", 24.0), video.WEBM)
    return _animated(slot, name, True)


def combine_video(call: Call) -> Outcome:
    """VHS_VideoCombine: a film, and its first picture as PNG, which holds the metadata."""
    images, rate = call.need("images", Images), max(0.01, call.number("frame_rate", 8.0))
    frames = images.frames
    if call.inputs.get("pingpong"):
        frames = (*frames, *frames[-2:0:-1])
    slot = _output_slot(call, images.size, "output" if call.inputs.get("save_output") else "temp")
    stem = f"{slot.stem}_{slot.counter:05}"
    finished(frames[0]).save(slot.folder / f"{stem}.png", pnginfo=metadata(call), compress_level=4)
    form = call.text("format", "image/gif")
    name = _write_film(call, slot, stem, Images(frames), rate, form)
    for index in range(1, len(frames) + 1):
        call.world.progress(index, len(frames), None)
    entry = {
        **_entry(slot, name),
        "format": form,
        "frame_rate": rate,
        "workflow": f"{stem}.png",
        "fullpath": "/".join(part for part in (slot.kind, slot.subfolder, name) if part),
    }
    return Outcome((Bundle("VHS_FILENAMES", (("filename", name),)),), {"gifs": [entry]})


def _write_film(call: Call, slot: Slot, stem: str, images: Images, rate: float, form: str) -> str:
    sound = call.get("audio", Sound)
    if form in ("image/gif", "image/webp", "video/ffmpeg-gif"):
        name = f"{stem}.{'webp' if form == 'image/webp' else 'gif'}"
        _animate(slot.folder / name, [finished(frame) for frame in images.frames], rate, loop=call.whole("loop_count"))
        return name
    if form not in video.FORMATS:  # the two formats that are series of PNG files
        for index, frame in enumerate(images.frames):
            finished(frame).save(slot.folder / f"{stem}.{index:03}.png", compress_level=4)
        return f"{stem}.%03d.png"
    shape = video.FORMATS[form]
    name = f"{stem}{'-audio' if sound else ''}.{shape.suffix}"
    video.encode(slot.folder / name, _finished_frames(images), rate, shape, sound)
    return name


def _finished_frames(images: Images) -> list[Frame]:
    done: dict[int, Frame] = {}
    return [done.setdefault(id(frame), Frame(np.asarray(finished(frame).convert("RGB")))) for frame in images.frames]


# --- sound and text ---


def save_audio(suffix: str, temporary: bool = False) -> Handler:
    def run(call: Call) -> Outcome:
        slot = _temp_slot(call) if temporary else _output_slot(call)
        name = write_sound(call.need("audio", Sound), slot, suffix)
        return Outcome((), {"audio": [_entry(slot, name)]})

    return run


def write_sound(sound: Sound, slot: Slot, suffix: str) -> str:
    """Writes flac, mp3 or opus and returns the file's name."""
    import soundfile

    name = f"{slot.stem}_{slot.counter:05}_.{suffix}"
    if suffix == "opus":
        video.encode_opus(slot.folder / name, sound)
    else:
        kind = {"flac": "PCM_16", "mp3": "MPEG_LAYER_III"}[suffix]
        sound = at_rate(sound, 44_100) if suffix == "mp3" and sound.rate not in MP3_RATES else sound
        soundfile.write(slot.folder / name, sound.samples, sound.rate, format=suffix.upper(), subtype=kind)
    return name


def show_spoken(call: Call) -> Outcome:
    """PreViewAudio of the XTTS pack: a WAV in the output folder, named by a pair of words instead of an object."""
    import soundfile

    slot, sound = call.world.folders.slot("xtts", "output"), call.need("audio", Sound)
    name = f"{slot.stem}_{slot.counter:05}_.wav"
    soundfile.write(slot.folder / name, sound.samples, sound.rate, format="WAV", subtype="PCM_16")
    return Outcome((), {"audio": [name, slot.kind]})


def preview_any(call: Call) -> Outcome:
    value = call.inputs.get("source")
    text = value if isinstance(value, str) else _described(value)
    return Outcome((), {"text": [text]})


def _described(value: object) -> str:
    if value is None or isinstance(value, (bool, int, float)):
        return str(value)
    return type(value).__name__


def save_anything(call: Call) -> Outcome:
    """Output nodes that nobody described: whatever they are given to show is shown, from the temp folder."""
    images, sound = call.first(Images), call.first(Sound)
    if images is not None:
        return Outcome((), {"images": _write_pictures(call, images, _temp_slot(call), 1)})
    if sound is not None:
        slot = _temp_slot(call)
        return Outcome((), {"audio": [_entry(slot, write_sound(sound, slot, "flac"))]})
    text = call.first(str)
    return Outcome((), {"text": [text]} if text is not None else None)


def prune(call: Call) -> Outcome:
    return Outcome((), None)


# --- files ---


def finished(frame: Frame) -> Image.Image:
    """The picture as it is saved: draft art that nobody can see through gets the small DRAFT tag."""
    image = frame.image()
    return stamp_draft(image) if frame.drawn and frame.opaque and not frame.marked else image


def metadata(call: Call) -> PngImagePlugin.PngInfo:
    """ComfyUI's text chunks (the prompt, and whatever else the client sent), and who drew this."""
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", json.dumps(call.world.graph))
    for key, value in call.world.pnginfo.items():
        info.add_text(key, json.dumps(value))
    info.add_text("Software", SOFTWARE)
    return info


def _write_pictures(call: Call, images: Images, slot: Slot, level: int) -> list[dict[str, str]]:
    entries = []
    for index, frame in enumerate(images.frames):
        name = f"{slot.stem.replace('%batch_num%', str(index))}_{slot.counter + index:05}_.png"
        finished(frame).save(slot.folder / name, pnginfo=metadata(call), compress_level=level)
        entries.append(_entry(slot, name))
    return entries


def _entry(slot: Slot, name: str) -> dict[str, str]:
    return {"filename": name, "subfolder": slot.subfolder, "type": slot.kind}


def _output_slot(call: Call, size: tuple[int, int] = (0, 0), kind: str = "output") -> Slot:
    return call.world.folders.slot(call.text("filename_prefix", "ComfyUI"), kind, size)


def _temp_slot(call: Call) -> Slot:
    """ComfyUI draws five random letters for each previewing node; here they follow from the node."""
    digest = hashlib.sha256(f"{call.definition.name} {call.node}".encode()).digest()
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:5])
    return call.world.folders.slot(f"ComfyUI_temp_{letters}", "temp")


HANDLERS: Mapping[str, Handler] = {
    "SaveImage": save_images,
    "PreviewImage": preview_images,
    "SaveAnimatedWEBP": save_animated_webp,
    "SaveAnimatedPNG": save_animated_png,
    "PreviewAnimation": preview_animation,
    "CreateVideo": create_video,
    **dict.fromkeys(("LoadVideo", "VHS_LoadVideo"), load_video),
    "GetVideoComponents": video_components,
    "VHS_VideoInfo": video_info,
    "SaveVideo": save_video,
    "SaveWEBM": save_webm,
    "VHS_VideoCombine": combine_video,
    "SaveAudio": save_audio("flac"),
    "SaveAudioMP3": save_audio("mp3"),
    "SaveAudioOpus": save_audio("opus"),
    "PreviewAudio": save_audio("flac", temporary=True),
    "PreviewAny": preview_any,
    "PreViewAudio": show_spoken,
    "VHS_PruneOutputs": prune,
}
