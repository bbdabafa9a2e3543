"""Which inputs of which node classes list files of the server, and in which of its model folders.

`/object_info` only shows the names that one machine happens to have; that these names are files is a fact about the
node's source (`folder_paths.get_filename_list(folder)` and kin), so it is written down here. `input` is where
ComfyUI keeps uploads, `output` where it keeps results, `input_folders` are the sub-folders of `input`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from comfyvn.graph.definitions import Definitions, Input, Option

# Input names that mean one folder wherever they occur, unless BY_INPUT says otherwise.
BY_NAME: Mapping[str, str] = {
    "lora_name": "loras",
    "control_net_name": "controlnet",
    "sparsectrl_name": "controlnet",
    "unet_name": "diffusion_models",
    "vae_name": "vae",
    "clip_name1": "text_encoders",
    "clip_name2": "text_encoders",
    "clip_name3": "text_encoders",
    "ipadapter_file": "ipadapter",
    "Select to add LoRA": "loras",
    "Select to add Wildcard": "wildcards",
}

BY_INPUT: Mapping[tuple[str, str], str] = {
    ("CheckpointLoader", "ckpt_name"): "checkpoints",
    ("CheckpointLoaderSimple", "ckpt_name"): "checkpoints",
    ("CLIPLoader", "clip_name"): "text_encoders",
    ("CLIPVisionLoader", "clip_name"): "clip_vision",
    ("UpscaleModelLoader", "model_name"): "upscale_models",
    ("UltralyticsDetectorProvider", "model_name"): "ultralytics",
    ("SAMLoader", "model_name"): "sams",
    ("ADE_LoadAnimateDiffModel", "model_name"): "animatediff_models",
    ("ADE_AnimateDiffLoaderGen1", "model_name"): "animatediff_models",
    ("ADE_AnimateDiffLoRALoader", "name"): "animatediff_motion_lora",
    ("LoadRVCModelNode", "model"): "rvc",
    ("LoadRVCModelNode", "index"): "rvc_index",
    ("CharacterVoicesNode", "voice_name"): "voices",
    ("UnifiedTTSTextNode", "narrator_voice"): "voices",
    ("UnifiedTTSSRTNode", "narrator_voice"): "voices",
    ("LoadImage", "image"): "input",
    ("LoadImageMask", "image"): "input",
    ("LoadImageOutput", "image"): "output",
    ("LoadAudio", "audio"): "input",
    ("LoadAudioPath", "audio"): "input",
    ("RVC-Studio.LoadAudio", "audio"): "input",
    ("LoadSRT", "srt"): "input",
    ("LoadVideo", "file"): "input",
    ("VHS_LoadAudioUpload", "audio"): "input",
    ("VHS_LoadVideo", "video"): "input",
    ("VHS_LoadImages", "directory"): "input_folders",
    ("SpriteSheetFromFolder", "images_directory"): "input_folders",
}

# Options that stand beside the files, always.
ALSO: Mapping[tuple[str, str], Sequence[Option]] = {
    ("VAELoader", "vae_name"): ("pixel_space",),
    ("SAMLoader", "model_name"): ("ESAM",),
    ("LoadRVCModelNode", "index"): ("",),
    ("CharacterVoicesNode", "voice_name"): ("none",),
    ("UnifiedTTSTextNode", "narrator_voice"): ("none",),
    ("UnifiedTTSSRTNode", "narrator_voice"): ("none",),
}


def folder_of(class_type: str, input_name: str) -> str:
    """The folder whose files are the options of this input, "" if its options are its own."""
    return BY_INPUT.get((class_type, input_name)) or BY_NAME.get(input_name, "")


def mark_folders(definitions: Definitions) -> Definitions:
    """The same definitions with every list of files replaced by the folder it lists: true of every machine."""
    classes = {
        name: replace(node, inputs=tuple(_marked(name, entry) for entry in node.inputs))
        for name, node in definitions.classes.items()
    }
    return replace(definitions, classes=classes)


def _marked(class_type: str, entry: Input) -> Input:
    folder = folder_of(class_type, entry.name)
    if not folder or not entry.is_choice:
        return entry
    also = _also(class_type, entry)
    config = {key: value for key, value in entry.config.items() if key != "default" or value in also}
    return replace(entry, options=None, folder=folder, also=also, config=config)


def _also(class_type: str, entry: Input) -> tuple[Option, ...]:
    if entry.name.startswith("Select to add"):  # a title row of Impact Pack's menus; it is the first option
        return (entry.options or ())[:1]
    return tuple(ALSO.get((class_type, entry.name), ()))
