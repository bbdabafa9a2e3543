"""What graphs draw: who a figure is, what a mask lets change, and how a place, a still and a film come out."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from comfyvn.draft import video
from comfyvn.draft.__main__ import shipped_definitions
from comfyvn.draft.drawing import kind_of
from comfyvn.draft.folders import Folders
from comfyvn.draft.nodes.prompts import frame_texts
from comfyvn.draft.values import Pixels
from comfyvn.graph.definitions import Definitions
from tests.draft.conftest import execute

SIZE = (208, 304)
FIGURE = "young woman, silver hair, green eyes\nnavy blazer\nstanding\nsmile\nflat colours"
CRYING = FIGURE.replace("smile", "crying")
PLACE = "a small harbour tea room\nafternoon\nflat colours"
WORKFLOWS = ("sprite_pack", "sprite_matte", "sprite_expression", "background", "background_variant", "scene_still")
Graph = dict[str, Any]


@functools.cache
def definitions() -> Definitions:
    return shipped_definitions()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(tmp_path)
    made.create()
    for index, name in enumerate(
        ("face.png", "other.png", "example_face.png", "example_style.png", "example_pose.png")
    ):
        Image.new("RGB", (30, 40), (index * 40, 90, 10)).save(made.root / "input" / name)
    return made


Save = Callable[..., Image.Image]


@pytest.fixture
def saved(folders: Folders) -> Save:
    """Runs a graph and opens the one picture that it saves, or that of `node`."""

    def run(graph: Graph, node: str | None = None) -> Image.Image:
        shown = {at: done.ui for at, done in execute(graph, folders, definitions()).items() if done.ui is not None}
        (only,) = [node] if node else shown
        place = shown[only]["images"][0]
        picture = Image.open(folders.root / place["type"] / place["subfolder"] / place["filename"])
        picture.load()
        return picture

    return run


def drawing(text: str = FIGURE, seed: int = 1, size: tuple[int, int] = SIZE, **changes: Any) -> Graph:
    """Text to image, saved; `changes` replace inputs: `n5__denoise=0.5` is input denoise of node 5."""
    sampler = {
        "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0], "seed": seed,
        "steps": 20, "cfg": 6.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
    }  # fmt: skip
    graph: Graph = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": text, "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "bad", "clip": ["1", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": size[0], "height": size[1], "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": sampler},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
    }
    for place, value in changes.items():
        node, name = place.removeprefix("n").split("__")
        graph[node]["inputs"][name] = value
    return graph


def cut_out(graph: Graph) -> Graph:
    graph["8"] = {"class_type": "InspyrenetRembg", "inputs": {"image": ["6", 0], "torchscript_jit": "default"}}
    graph["9"]["inputs"]["images"] = ["8", 0]
    return graph


def referring(graph: Graph, image: str, weight_type: str = "linear") -> Graph:
    """The graph with an IPAdapter between checkpoint and sampler."""
    adapter = {
        "model": graph["5"]["inputs"]["model"], "ipadapter": ["20", 1], "image": ["21", 0], "weight": 0.8,
        "weight_type": weight_type, "combine_embeds": "concat", "start_at": 0.0, "end_at": 1.0,
        "embeds_scaling": "V only",
    }  # fmt: skip
    unified = {"model": ["1", 0], "preset": "PLUS FACE (portraits)"}
    graph["20"] = {"class_type": "IPAdapterUnifiedLoader", "inputs": unified}
    graph["21"] = {"class_type": "LoadImage", "inputs": {"image": image}}
    graph["22"] = {"class_type": "IPAdapterAdvanced", "inputs": adapter}
    graph["5"]["inputs"]["model"] = ["22", 0]
    return graph


def pixels(picture: Image.Image) -> Pixels:
    return np.asarray(picture.convert("RGBA"))


def test_a_sprite_is_cut_out_and_carries_its_metadata(saved: Save) -> None:
    picture = saved(cut_out(drawing()))
    alpha = pixels(picture)[..., 3]
    assert (picture.mode, picture.size) == ("RGBA", SIZE)
    assert alpha[0].max() == 0 and alpha[:, 0].max() == 0 and (alpha == 255).mean() > 0.1
    texts = picture.info
    assert texts["Software"] == "comfyvn draft" and json.loads(texts["comfyvn"]) == {"task": "test"}
    assert json.loads(texts["prompt"])["5"]["inputs"]["seed"] == 1


def test_the_same_graph_draws_the_same_picture_and_the_seed_another(saved: Save) -> None:
    first, again, other = saved(cut_out(drawing())), saved(cut_out(drawing())), saved(cut_out(drawing(seed=2)))
    assert (pixels(first) == pixels(again)).all()
    assert (pixels(first) != pixels(other)).any()


def test_references_make_another_person_and_style_does_not(saved: Save) -> None:
    plain = pixels(saved(cut_out(drawing())))
    first = pixels(saved(cut_out(referring(drawing(), "face.png"))))
    second = pixels(saved(cut_out(referring(drawing(), "other.png"))))
    styled = pixels(saved(cut_out(referring(drawing(), "other.png", "style transfer"))))
    assert (plain != first).any() and (first != second).any()
    assert (plain == styled).all()


def patch(mask: tuple[int, int, int, int], folders: Folders, text: str = CRYING) -> Graph:
    """An expression painted over input/base.png inside a box, as our own workflow does it."""
    shape = Image.new("L", SIZE)
    shape.paste(255, mask)
    shape.save(folders.root / "input" / "mask.png")
    graph = drawing(text, seed=7, n5__denoise=0.55, n5__latent_image=["34", 0])
    for node, kind, inputs in (
        ("30", "LoadImage", {"image": "base.png"}),
        ("31", "EmptyImage", {"width": 16, "height": 16, "batch_size": 1, "color": 0x808080}),
        ("32", "ImageCompositeMasked",
         {"destination": ["30", 0], "source": ["31", 0], "x": 0, "y": 0, "resize_source": True, "mask": ["30", 1]}),
        ("33", "VAEEncode", {"pixels": ["32", 0], "vae": ["1", 2]}),
        ("35", "LoadImageMask", {"image": "mask.png", "channel": "red"}),
        ("34", "SetLatentNoiseMask", {"samples": ["33", 0], "mask": ["35", 0]}),
    ):  # fmt: skip
        graph[node] = {"class_type": kind, "inputs": inputs}
    del graph["4"]
    return graph


def test_a_face_patch_changes_the_face_alone(saved: Save, folders: Folders) -> None:
    base = saved(cut_out(drawing()))
    base.save(folders.root / "input" / "base.png")
    whole = pixels(saved(cut_out(drawing(CRYING))))
    box = (58, 12, 150, 91)
    patched = pixels(saved(patch(box, folders)))
    before, inside = pixels(base), np.zeros((SIZE[1], SIZE[0]), bool)
    inside[box[1] : box[3], box[0] : box[2]] = True
    changed = (before[..., :3] != patched[..., :3]).any(axis=2) & (before[..., 3] == 255)
    tag = np.zeros_like(inside)
    tag[:40, :90] = True  # the DRAFT tag that opaque pictures bear
    assert not (changed & ~inside & ~tag).any()
    assert (changed & inside).sum() > 100
    # With the base's alpha the patch is the very face of the sprite drawn whole, edges included: no ground shows.
    seen = inside & (before[..., 3] > 0)
    assert (patched[..., :3][seen] == whole[..., :3][seen]).mean() > 0.98


def test_a_mask_of_nothing_changes_nothing(saved: Save, folders: Folders) -> None:
    saved(cut_out(drawing())).save(folders.root / "input" / "base.png")
    first, second = saved(patch((0, 0, 0, 0), folders)), saved(patch((0, 0, 0, 0), folders, text=PLACE))
    assert (pixels(first) == pixels(second)).all()


def test_a_place_is_opaque_marked_and_sharp_after_upscaling(saved: Save) -> None:
    plain = saved(drawing(PLACE, size=(192, 108)))
    graph = drawing(PLACE, size=(96, 54))
    graph["7"] = {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "x4.pth"}}
    graph["8"] = {"class_type": "ImageUpscaleWithModel", "inputs": {"upscale_model": ["7", 0], "image": ["6", 0]}}
    graph["10"] = {
        "class_type": "ImageScale",
        "inputs": {"image": ["8", 0], "upscale_method": "lanczos", "width": 192, "height": 108, "crop": "center"},
    }
    graph["9"]["inputs"]["images"] = ["10", 0]
    scaled = saved(graph)
    assert plain.mode == scaled.mode == "RGB"
    assert (pixels(plain) == pixels(scaled)).all()


def test_a_variant_is_painted_over_its_plate_and_low_denoise_keeps_it(saved: Save, folders: Folders) -> None:
    size = (192, 108)
    day = saved(drawing(PLACE, size=size))
    day.save(folders.root / "input" / "plate.png")

    def over(denoise: float, text: str) -> Pixels:
        graph = drawing(text, n5__denoise=denoise, n5__latent_image=["31", 0])
        graph["30"] = {"class_type": "LoadImage", "inputs": {"image": "plate.png"}}
        graph["31"] = {"class_type": "VAEEncode", "inputs": {"pixels": ["30", 0], "vae": ["1", 2]}}
        return pixels(saved(graph))

    night = over(0.6, PLACE.replace("afternoon", "night, rain"))
    assert night.mean() < pixels(day).mean()
    assert (over(0.2, "anything else") == pixels(day)).all()


def test_every_sampler_chain_draws_the_same_words_the_same_way(saved: Save) -> None:
    graph = drawing()
    for node, kind, inputs in (
        ("40", "FluxGuidance", {"conditioning": ["2", 0], "guidance": 3.5}),
        ("41", "BasicGuider", {"model": ["1", 0], "conditioning": ["40", 0]}),
        ("42", "KSamplerSelect", {"sampler_name": "euler"}),
        ("43", "BasicScheduler", {"model": ["1", 0], "scheduler": "simple", "steps": 20, "denoise": 1.0}),
        ("44", "RandomNoise", {"noise_seed": 1}),
        ("5", "SamplerCustomAdvanced",
         {"noise": ["44", 0], "guider": ["41", 0], "sampler": ["42", 0], "sigmas": ["43", 0],
          "latent_image": ["4", 0]}),
    ):  # fmt: skip
        graph[node] = {"class_type": kind, "inputs": inputs}
    assert (pixels(saved(graph)) == pixels(saved(drawing()))).all()


def test_a_control_picture_poses_a_figure_that_has_no_words_for_it(saved: Save) -> None:
    def posed(image: str, text: str) -> Pixels:
        graph = drawing(text)
        control = {
            "positive": ["2", 0], "negative": ["3", 0], "control_net": ["50", 0], "image": ["51", 0], "strength": 0.8,
            "start_percent": 0.0, "end_percent": 1.0,
        }  # fmt: skip
        graph["50"] = {"class_type": "ControlNetLoader", "inputs": {"control_net_name": "a.safetensors"}}
        graph["51"] = {"class_type": "LoadImage", "inputs": {"image": image}}
        graph["52"] = {"class_type": "ControlNetApplyAdvanced", "inputs": control}
        graph["5"]["inputs"]["positive"] = ["52", 0]
        return pixels(saved(cut_out(graph)))

    silent = FIGURE.replace("standing", "")
    pictures = [posed(name, silent) for name in ("face.png", "other.png", "example_face.png", "example_style.png")]
    assert len({picture.tobytes() for picture in pictures}) > 1
    assert (posed("face.png", FIGURE) == posed("other.png", FIGURE)).all()


def test_the_pictures_of_a_batch_differ(folders: Folders) -> None:
    done = execute(drawing(n4__batch_size=2), folders, definitions())
    first, second = done["6"].values[0].frames
    assert (first.pixels != second.pixels).any()


def test_a_film_follows_its_schedule_and_can_be_played(folders: Folders) -> None:
    graph = drawing(size=(64, 64), n4__batch_size=4)
    keys = json.dumps({"0": FIGURE, "2": CRYING})[1:-1]
    schedule = {"text": keys, "clip": ["1", 1], "max_frames": 4, "print_output": False, "pre_text": "", "app_text": ""}
    graph["2"] = {"class_type": "BatchPromptSchedule", "inputs": {**schedule, "start_frame": 0, "end_frame": 0}}
    combine = {
        "images": ["6", 0], "frame_rate": 8, "loop_count": 0, "filename_prefix": "film", "format": "video/h264-mp4",
        "pingpong": False, "save_output": True,
    }  # fmt: skip
    graph["9"] = {"class_type": "VHS_VideoCombine", "inputs": combine}
    done = execute(graph, folders, definitions())
    frames = [frame.pixels for frame in done["6"].values[0].frames]
    assert (frames[0] == frames[1]).all() and (frames[2] == frames[3]).all() and (frames[1] != frames[2]).any()
    ui = done["9"].ui
    assert ui is not None
    film = video.decode(folders.root / "output" / ui["gifs"][0]["filename"])
    assert len(film.images) == 4 and film.fps == 8


@pytest.mark.parametrize(
    ("text", "cutout", "kind"),
    [
        ("a\nb\nc\nd\ne", False, "figure"),
        ("a girl\n\n\n\n", False, "figure"),
        ("a\nb\nc", True, "place"),
        ("1girl, smile", False, "figure"),
        ("a lighthouse at night", False, "place"),
        ("a lighthouse at night", True, "figure"),
        ("a girl in a lighthouse", False, "still"),
        ("", False, "figure"),
    ],
)
def test_words_say_what_is_drawn(text: str, cutout: bool, kind: str) -> None:
    assert kind_of(text, cutout) == kind


def test_schedules_hold_a_text_until_the_next_key() -> None:
    assert frame_texts('"1": "a", "3": "b \\"c\\""', 5) == ("a", "a", "a", 'b "c"', 'b "c"')
    assert frame_texts("no keys", 3) == ("no keys",)


def test_alpha_follows_the_conventions_of_the_real_nodes(folders: Folders) -> None:
    Image.new("RGBA", (4, 4), (9, 8, 7, 55)).save(folders.root / "input" / "thin.png")
    graph: Graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "thin.png"}},
        "2": {"class_type": "JoinImageWithAlpha", "inputs": {"image": ["1", 0], "alpha": ["1", 1]}},
        "3": {"class_type": "SplitImageWithAlpha", "inputs": {"image": ["2", 0]}},
        "4": {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}},
        "5": {"class_type": "MaskToImage", "inputs": {"mask": ["3", 1]}},
        "6": {"class_type": "PreviewImage", "inputs": {"images": ["5", 0]}},
    }
    done = execute(graph, folders, definitions())
    assert done["1"].values[1].planes[0][0, 0] == 200  # the mask is what is not seen
    assert done["2"].values[0].frames[0].pixels[0, 0].tolist() == [9, 8, 7, 55]
    assert done["3"].values[1].planes[0][0, 0] == 200


@pytest.mark.parametrize("name", WORKFLOWS)
def test_our_own_workflows_run_as_they_are(name: str, folders: Folders, saved: Save) -> None:
    text = resources.files("comfyvn").joinpath("workflows", f"{name}.json").read_text(encoding="utf-8")
    workflow = json.loads(text)
    graph = workflow["graph"]
    for needed in _files(graph):
        if not (folders.root / "input" / needed).exists():
            colour = 255 if "mask" in needed else (200, 180, 160)
            Image.new("L" if "mask" in needed else "RGBA", (64, 96), colour).save(folders.root / "input" / needed)
    for output, entry in workflow["outputs"].items():
        assert saved(graph, entry["node"]).mode == ("RGBA" if output == "sprite" else "RGB")


def _files(graph: Mapping[str, Any]) -> list[str]:
    return [node["inputs"]["image"] for node in graph.values() if isinstance(node["inputs"].get("image"), str)]
