"""What the endpoint says about itself: a ComfyUI of a certain version that draws, on no device."""

from __future__ import annotations

import platform
import sys
from typing import Any

from comfyvn import __version__

API_VERSION = "0.3.64"  # the ComfyUI whose answers these are
MODEL_FOLDERS = (
    "checkpoints", "configs", "loras", "vae", "text_encoders", "diffusion_models", "clip_vision", "style_models",
    "embeddings", "diffusers", "vae_approx", "controlnet", "gligen", "upscale_models", "custom_nodes", "hypernetworks",
    "photomaker", "classifiers", "model_patches", "audio_encoders",
)  # fmt: skip


def system_stats() -> dict[str, Any]:
    """The answer to /system_stats; it claims no memory and tells nothing of the host, lest that enter a record."""
    device = {"name": "draft", "type": "draft", "index": None}
    memory = dict.fromkeys(("vram_total", "vram_free", "torch_vram_total", "torch_vram_free"), 0)
    system = {
        "os": "nt" if sys.platform == "win32" else "posix",
        "ram_total": 0,
        "ram_free": 0,
        "comfyui_version": f"{API_VERSION}+comfyvn.draft",
        "required_frontend_version": "",
        "installed_templates_version": "",
        "required_templates_version": "",
        "python_version": platform.python_version(),
        "pytorch_version": "none",
        "embedded_python": False,
        "argv": ["comfyvn.draft"],
        "comfyvn_version": __version__,
    }
    return {"system": system, "devices": [{**device, **memory}]}
