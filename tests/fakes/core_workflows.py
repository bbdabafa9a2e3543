"""A novel's own workflows that need nothing but ComfyUI itself and one checkpoint: an author's simplest server."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

LOOK: Document = {
    "prompt": {"type": "text", "required": True, "to": ["3.text"]},
    "negative": {"type": "text", "default": "", "to": ["4.text"]},
    "checkpoint": {"type": "model", "default": "sdxl_base", "to": ["1.ckpt_name"]},
    "loras": {"type": "list", "item": {"model": {"type": "model"}, "weight": {"type": "float", "default": 1.0}}},
    "sampler_name": {"type": "choice", "default": "euler", "to": ["6.sampler_name"]},
    "scheduler": {"type": "choice", "default": "normal", "to": ["6.scheduler"]},
    "steps": {"type": "int", "default": 2, "to": ["6.steps"]},
    "cfg": {"type": "float", "default": 5.0, "to": ["6.cfg"]},
}
CANVAS: Document = {
    "width": {"type": "int", "default": 64, "to": ["5.width"]},
    "height": {"type": "int", "default": 64, "to": ["5.height"]},
}
SCREEN: Document = {
    "output_width": {"type": "int", "default": 320, "to": ["9.width"]},
    "output_height": {"type": "int", "default": 180, "to": ["9.height"]},
}


def node(class_type: str, **inputs: Any) -> Document:
    return {"class_type": class_type, "inputs": inputs}


def painting(latent: list[Any], denoise: float) -> Document:
    """From words to pixels: node 7 holds the picture."""
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name="sd_xl_base_1.0.safetensors"),
        "2": node(
            "LoraLoader", model=["1", 0], clip=["1", 1], lora_name="example.safetensors", strength_model=1.0,
            strength_clip=1.0,
        ),
        "3": node("CLIPTextEncode", text="a pier", clip=["2", 1]),
        "4": node("CLIPTextEncode", text="blurry", clip=["2", 1]),
        "6": node(
            "KSampler", model=["2", 0], positive=["3", 0], negative=["4", 0], latent_image=latent, seed=1, steps=2,
            cfg=5.0, sampler_name="euler", scheduler="normal", denoise=denoise,
        ),
        "7": node("VAEDecode", samples=["6", 0], vae=["1", 2]),
    }  # fmt: skip


def document(workflow_id: str, output: str, inputs: Document, seeds: Document, graph: Document) -> Document:
    lora = {
        "nodes": ["2"],
        "chain": {"2.model": "2.0", "2.clip": "2.1"},
        "items": {"model": ["2.lora_name"], "weight": ["2.strength_model", "2.strength_clip"]},
    }
    return {
        "workflow_id": workflow_id,
        "family": workflow_id,
        "version": 1,
        "packs": ["ComfyUI"],
        "models": {"checkpoint": "checkpoints", "loras": "loras"},
        "expected_inputs": {**LOOK, **inputs},
        "seed_keys": seeds,
        "outputs": {output: {"node": "10", "kind": "image"}},
        "optional": {"loras": {"bypass": {"2": {"0": "2.model", "1": "2.clip"}}}},
        "expand": {"loras": lora},
        "graph": graph,
    }


def sprite_pack() -> Document:
    graph = painting(["5", 0], 1.0) | {
        "5": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "8": node("ImageToMask", image=["7", 0], channel="red"),
        "9": node("JoinImageWithAlpha", image=["7", 0], alpha=["8", 0]),
        "10": node("SaveImage", images=["9", 0], filename_prefix="sprite"),
    }
    seeds: Document = {"character_seed": ["6.seed"], "detail_seed": [], "control_seed": []}
    return document("sprite_pack", "sprite", CANVAS, seeds, graph)


def sprite_expression() -> Document:
    inputs: Document = {
        "base": {"type": "image", "required": True, "to": ["5.image"]},
        "mask": {"type": "mask", "required": True, "to": ["8.image"]},
        "denoise": {"type": "float", "default": 0.5, "to": ["6.denoise"]},
    }
    graph = painting(["11", 0], 0.5) | {
        "5": node("LoadImage", image="base.png"),
        "8": node("LoadImageMask", image="mask.png", channel="red"),
        "9": node("VAEEncode", pixels=["5", 0], vae=["1", 2]),
        "11": node("SetLatentNoiseMask", samples=["9", 0], mask=["8", 0]),
        "10": node("SaveImage", images=["7", 0], filename_prefix="face"),
    }
    return document("sprite_expression", "face", inputs, {"expression_seed": ["6.seed"]}, graph)


def background() -> Document:
    graph = painting(["5", 0], 1.0) | {"5": node("EmptyLatentImage", width=64, height=64, batch_size=1), **screen()}
    return document("background", "background", CANVAS | SCREEN, {"background_seed": ["6.seed"]}, graph)


def background_variant() -> Document:
    inputs: Document = {
        "plate": {"type": "image", "required": True, "to": ["8.image"]},
        "denoise": {"type": "float", "default": 0.5, "to": ["6.denoise"]},
    }
    graph = painting(["11", 0], 0.5) | over("8") | screen()
    return document(
        "background_variant", "background", CANVAS | SCREEN | inputs, {"background_seed": ["6.seed"]}, graph
    )


def scene_still() -> Document:
    """Without heroes: its words are those of a place."""
    graph = painting(["5", 0], 1.0) | {"5": node("EmptyLatentImage", width=64, height=64, batch_size=1), **screen()}
    seeds: Document = {"background_seed": ["6.seed"], "hero_seed": []}
    made = document("scene_still", "still", CANVAS | SCREEN, seeds, graph)
    renamed = {
        "background_prompt" if name == "prompt" else name: spec for name, spec in made["expected_inputs"].items()
    }
    return {**made, "expected_inputs": renamed}


def over(source: str) -> Document:
    """A picture, at the size that is rendered, as the latent of node 11."""
    return {
        source: node("LoadImage", image="plate.png"),
        "5": node("ImageScale", image=[source, 0], upscale_method="area", width=64, height=64, crop="center"),
        "11": node("VAEEncode", pixels=["5", 0], vae=["1", 2]),
    }


def screen() -> Document:
    return {
        "9": node("ImageScale", image=["7", 0], upscale_method="lanczos", width=320, height=180, crop="center"),
        "10": node("SaveImage", images=["9", 0], filename_prefix="screen"),
    }


def files() -> dict[str, Document]:
    """File name → document, as they lie in a novel."""
    made = (sprite_pack(), sprite_expression(), background(), background_variant(), scene_still())
    return {f"workflows/{entry['workflow_id']}.json": entry for entry in made}
