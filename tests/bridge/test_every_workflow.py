"""Every shipped workflow rendered end to end: bound, submitted by ComfyBridge, drawn by the draft endpoint, decoded."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from comfyvn.bridge.comfy import ComfyBridge, RenderContext, Server
from comfyvn.draft.__main__ import shipped_definitions
from comfyvn.draft.process import DraftServer
from comfyvn.graph.bind import bind
from comfyvn.graph.template import parse
from comfyvn.providers import parse_registry
from tests.fakes.comfy import png

PACKAGE = Path(__file__).parents[2] / "comfyvn"
REGISTRY = parse_registry(json.loads((PACKAGE / "providers" / "providers.json").read_text("utf-8")))
LINES = "young woman, silver hair, green eyes\nschool blazer, skirt\nstanding\n{}\nanime"
SMALL = {"width": 256, "height": 384, "steps": 2}
WIDE = {"width": 256, "height": 144, "output_width": 320, "output_height": 180, "steps": 2}


@pytest.fixture(scope="module")
def bridge() -> Iterator[ComfyBridge]:
    models = {folder: list(files) for folder, files in REGISTRY.models_by_folder().items()}
    models["rvc"] = ["RVC/keeper.pth"]
    with DraftServer(models) as server, ComfyBridge(Server("draft", server.url, "draft")) as made:
        yield made


def made(
    bridge: ComfyBridge,
    name: str,
    values: Mapping[str, Any],
    models: Mapping[str, str] = {},
    wanted: Collection[str] | None = None,
) -> bytes:
    """What the workflow's one output gives for these inputs."""
    document = json.loads((PACKAGE / "workflows" / f"{name}.json").read_text("utf-8"))
    bound = bind(parse(document, name, shipped_definitions()), values, REGISTRY.bases(), wanted)
    files = {model: models.get(model) or REGISTRY.model(model).file for model in bound.models}
    parts = {"packs": bound.packs, "seeds": bound.seeds, "outputs": bound.outputs, "inputs": bound.inputs}
    payload = {"workflow_id": name, "workflow": bound.graph, "models": files, **parts}
    result = bridge.submit(payload, RenderContext(target=f"test:{name}"))
    (artifact,) = [each for each in result.artifacts if each.output in bound.outputs]
    assert artifact.data
    return artifact.data


def picture(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


def spoken() -> bytes:
    sound = io.BytesIO()
    soundfile.write(sound, 0.2 * np.sin(np.arange(12000) / 20).astype("f4"), 24000, format="WAV")
    return sound.getvalue()


def sprite(**more: Any) -> dict[str, Any]:
    seeds = {"character_seed": 1, "detail_seed": 2, "control_seed": 3}
    return {"prompt": LINES.format("smile"), **seeds, **SMALL, **more}


@pytest.mark.parametrize("checkpoint", ["sdxl_base", "sd15_base"])
def test_sprites_have_clean_alpha_with_every_guide(bridge: ComfyBridge, checkpoint: str) -> None:
    guides = {
        "face_references": [{"image": png((200, 10, 10), 64)}, {"image": png((10, 200, 10), 64), "weight": 0.4}],
        "style_references": [{"image": png((9, 9, 9), 64)}],
        "pose_image": png((1, 1, 1), 64),
        "pose_skeleton": png((2, 2, 2), 64),
        "upscale_model": "realesrgan_x4plus",
    }
    for more, size in (({}, (256, 384)), (guides, (512, 768))):
        image = picture(made(bridge, "sprite_pack", sprite(checkpoint=checkpoint, **more)))
        alpha = np.asarray(image.getchannel("A"))
        assert (image.mode, image.size) == ("RGBA", size)
        assert alpha[0].max() == 0 and alpha[:, 0].max() == 0 and alpha[:, -1].max() == 0
        assert (alpha == 255).mean() > 0.1
        assert ((alpha > 0) & (alpha < 255)).mean() < 0.05, "edges alone are half seen"


def test_a_picture_on_its_ground_is_cut_out_as_in_its_own_render(bridge: ComfyBridge) -> None:
    """Uncut, then cut out of the file: what a retouch comes between."""
    values = sprite(width=416, height=608)
    at_once = np.asarray(picture(made(bridge, "sprite_pack", values)))
    uncut = made(bridge, "sprite_pack", values, wanted=("uncut",))
    assert picture(uncut).mode == "RGB"
    later = np.asarray(picture(made(bridge, "sprite_matte", {"picture": uncut})))
    assert later.shape == at_once.shape
    assert (np.abs(later[..., 3].astype(int) - at_once[..., 3]) > 40).mean() < 0.001


def test_a_size_that_nobody_says_is_the_family_s(bridge: ComfyBridge) -> None:
    values = {name: value for name, value in sprite().items() if name not in ("width", "height")}
    sizes = {
        name: picture(made(bridge, "sprite_pack", values | {"checkpoint": name})).size
        for name in ("sdxl_base", "sd15_base")
    }
    assert sizes == {"sdxl_base": (832, 1216), "sd15_base": (512, 768)}


def test_faceid_references_change_who_is_drawn_as_plus_references_do(bridge: ComfyBridge) -> None:
    face = [{"image": png((200, 10, 10), 64)}]
    plain, plus, faceid = (
        made(bridge, "sprite_pack", sprite(**more))
        for more in ({}, {"face_references": face}, {"faceid_references": face})
    )
    assert picture(plain).tobytes() != picture(plus).tobytes() == picture(faceid).tobytes()


def test_an_expression_repaints_the_mask_and_nothing_else(bridge: ComfyBridge) -> None:
    base = made(bridge, "sprite_pack", sprite())
    mask, box = Image.new("L", (256, 384)), (72, 16, 184, 116)
    mask.paste(255, box)
    file = io.BytesIO()
    mask.save(file, "PNG")
    seeds = {"expression_seed": 4, "steps": 2}
    values = {"prompt": LINES.format("crying, tears"), "base": base, "mask": file.getvalue(), **seeds}
    face = np.asarray(picture(made(bridge, "sprite_expression", values)).convert("RGB")).astype(int)
    under = picture(base)
    grey = Image.new("RGB", under.size, (128, 128, 128))
    grey.paste(under, mask=under.getchannel("A"))
    changed = np.abs(face - np.asarray(grey)).max(axis=2) > 2
    assert changed[box[1] : box[3], box[0] : box[2]].any()
    changed[box[1] : box[3], box[0] : box[2]] = False
    assert not changed[64:, 64:].any(), "the tag in the corner aside"


def test_places_and_their_variants(bridge: ComfyBridge) -> None:
    prompt = "harbour tea room, large windows\n{}\nanime"
    day = made(bridge, "background", {"prompt": prompt.format("morning"), "background_seed": 1, **WIDE})
    values = {"prompt": prompt.format("night, rain"), "plate": day, "background_seed": 2, **WIDE}
    night = made(bridge, "background_variant", values)
    assert picture(day).size == picture(night).size == (320, 180)
    assert np.asarray(picture(night).convert("L")).mean() < np.asarray(picture(day).convert("L")).mean()


@pytest.mark.parametrize("hero", ["flux_schnell", "flux_dev", None])
@pytest.mark.parametrize("checkpoint", ["sdxl_base", "sd15_base"])
def test_stills_with_a_hero_by_flux_or_by_the_checkpoint(
    bridge: ComfyBridge, hero: str | None, checkpoint: str
) -> None:
    place = {"background_prompt": "pier\nnight\nanime", "background_seed": 1, "checkpoint": checkpoint, **WIDE}
    size = {"hero_x": 100, "hero_y": 0, "hero_width": 123, "hero_height": 180}
    who = {"hero_prompt": LINES.format("smile"), "hero_model": hero, "hero_seed": 3, **size}
    bare, still = made(bridge, "scene_still", place), made(bridge, "scene_still", place | who)
    assert picture(still).size == (320, 180)
    changed = np.asarray(picture(still).convert("RGB")) != np.asarray(picture(bare).convert("RGB"))
    assert changed[:, 100:223].any() and not changed[:, 223:].any() and not changed[:, 60:100].any()


def test_a_still_on_a_plate_shows_a_known_face(bridge: ComfyBridge) -> None:
    who = {"hero_prompt": LINES.format("smile"), "hero_seed": 3, "plate": png((10, 60, 90), 64)}
    face = {"face_references": [{"image": png((200, 10, 10), 64)}]}
    stills = [made(bridge, "scene_still", {**who, **WIDE, **more}) for more in ({}, face)]
    assert stills[0] != stills[1]


@pytest.mark.parametrize("sound", [None, spoken()], ids=["silent", "sound"])
def test_a_film_has_the_asked_frames_size_and_rate(bridge: ComfyBridge, sound: bytes | None) -> None:
    prompts = {0: LINES.format("smile"), 4: LINES.format('surprised, "oh"')}
    guides = {
        "pose_frames": [{"image": png((1, 1, 1), 64), "hold": 4}, {"image": png((2, 2, 2), 64), "hold": 4}],
        "face_references": [{"image": png((200, 10, 10), 64)}],
    }
    seeds = {"animation_seed": 1, "detail_seed": 2, "rife_seed": 3}
    values = {"prompts": prompts, "frames": 8, "interpolation": 2, "fps": 12, "audio": sound, **seeds, **WIDE}
    data = made(bridge, "video_ad_evolved", values | guides)
    with av.open(io.BytesIO(data)) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert film.streams.video[0].average_rate == 12
        assert [stream.type for stream in film.streams] == ["video", *(["audio"] if sound else [])]
    assert len(frames) == (8 - 1) * 2 + 1 and frames[0].shape == (180, 320, 3)
    assert (frames[0] != frames[-1]).any(), "the prompt changes on the way"


def test_a_film_follows_a_film_of_poses(bridge: ComfyBridge) -> None:
    seeds = {"animation_seed": 1, "detail_seed": 2, "rife_seed": 3}
    values = {"prompts": {"0": LINES.format("smile")}, "frames": 4, **seeds, **WIDE}
    first = made(bridge, "video_ad_evolved", values)
    assert made(bridge, "video_ad_evolved", values | {"pose_video": first})


def test_a_line_is_spoken_and_then_given_another_voice(bridge: ComfyBridge) -> None:
    line = {"text": "Good evening.", "reference": spoken(), "tts_seed": 1}
    clip = made(bridge, "voice_clip_xtts", line)
    samples, rate = soundfile.read(io.BytesIO(clip))
    assert rate == 24000 and len(samples) > 12000 and np.abs(samples).max() > 0.05
    voice = {"clip": clip, "voice_model": "keeper", "tts_seed": 1}
    other = made(bridge, "voice_clip_rvc", voice, {"keeper": "RVC/keeper.pth"})
    again, rate = soundfile.read(io.BytesIO(other))
    assert rate == 24000 and len(again) == len(samples)
