"""Node classes that load models and turn words into conditioning."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from comfyvn.draft.values import Conditioning, Images, Latent, Model
from comfyvn.draft.world import Call, Handler, Outcome, give

_STYLE_ONLY = ("style", "composition")
_KEYED_TEXT = re.compile(r'"(\d+)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_LONGEST_SCHEDULE = 10_000


def load_checkpoint(call: Call) -> Outcome:
    model = Model(call.text("ckpt_name"))
    return give(model, model, model)


def load_unet(call: Call) -> Outcome:
    return give(Model(call.text("unet_name")))


def load_lora(call: Call) -> Outcome:
    name = call.text("lora_name")
    outputs = [_with_lora(model, name) for key in ("model", "clip") if (model := call.get(key, Model)) is not None]
    return Outcome(tuple(outputs))


def _with_lora(model: Model, name: str) -> Model:
    return replace(model, loras=(*model.loras, name))


def adapt_to_image(call: Call) -> Outcome:
    """IPAdapter and its kin: the pictures become part of who is drawn, unless they only lend their style."""
    model = call.need("model", Model)
    styled = any(word in call.text("weight_type") for word in _STYLE_ONLY)
    images = call.get("image", Images)
    if images is not None and not styled:
        model = model.refer(tuple(frame.digest() for frame in images.frames))
    extras = [images if output.type == "IMAGE" else None for output in call.definition.outputs[1:]]
    return give(model, *extras)


def keep_model(call: Call) -> Outcome:
    """Loaders and style adapters that leave the person alone; further outputs are filled in by their types."""
    return give(call.need("model", Model))


def add_motion(call: Call) -> Outcome:
    return give(replace(call.need("model", Model), motion=True))


def encode_text(call: Call) -> Outcome:
    return give(Conditioning((call.text("text"),)))


def encode_both_texts(call: Call) -> Outcome:
    """SDXL and FLUX take the prompt twice; usually both are the same."""
    names = ("text_g", "text_l") if "text_g" in call.inputs else ("t5xxl", "clip_l")
    texts = [text for name in names if (text := call.text(name)).strip()]
    joined = texts[0] if len(set(texts)) == 1 else ", ".join(dict.fromkeys(texts))
    return give(Conditioning((joined,)))


def schedule(call: Call) -> Outcome:
    """Prompt travel: `"0": "…", "16": "…"`; each frame has the text of the last key before it."""
    latent = call.get("num_latents", Latent)
    count = latent.batch if latent else call.whole("max_frames", 1)
    texts = tuple(_around(call, text) for text in frame_texts(call.text("text") or call.text("text_g"), count))
    if "current_frame" in call.inputs:
        texts = (texts[min(max(0, call.whole("current_frame")), len(texts) - 1)],)
    encoded = Conditioning(texts)
    outputs = (encoded, Conditioning(), latent)
    return Outcome(outputs[: len(call.definition.outputs)])


def frame_texts(text: str, count: int) -> tuple[str, ...]:
    """One text for each of `count` frames; a text without keys holds for all of them."""
    keys = {int(match[1]): _unescaped(match[2]) for match in _KEYED_TEXT.finditer(text)}
    if not keys:
        return (text,)
    first = keys[min(keys)]
    result: list[str] = []
    for frame in range(max(1, min(count, _LONGEST_SCHEDULE))):
        result.append(keys.get(frame, result[-1] if result else first))
    return tuple(result)


def _unescaped(text: str) -> str:
    """What a JSON string says; one with a bad escape in it as it stands."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _around(call: Call, text: str) -> str:
    before, after = call.text("pre_text") or call.text("pre_text_G"), call.text("app_text") or call.text("app_text_G")
    return " ".join(part for part in (before, text, after) if part)


def control(call: Call) -> Outcome:
    """A ControlNet: the picture that guides the pose is remembered with the words."""
    images = call.get("image", Images)
    digests = tuple(frame.digest() for frame in images.frames[:1]) if images else ()
    if call.number("strength", 1.0) <= 0:
        digests = ()
    single = call.get("conditioning", Conditioning)
    if single is not None:
        return give(_guided(single, digests))
    positive, negative = call.need("positive", Conditioning), call.need("negative", Conditioning)
    return give(_guided(positive, digests), negative, call.get("model_optional", Model))


def _guided(conditioning: Conditioning, digests: tuple[str, ...]) -> Conditioning:
    return replace(conditioning, controls=(*conditioning.controls, *digests))


def wildcard(call: Call) -> Outcome:
    text = call.text("populated_text") or call.text("wildcard_text")
    model = call.get("model", Model)
    return give(model, call.get("clip", Model), Conditioning((text,)), text) if model is not None else give(text)


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(("CheckpointLoader", "CheckpointLoaderSimple"), load_checkpoint),
    "UNETLoader": load_unet,
    **dict.fromkeys(("LoraLoader", "LoraLoaderModelOnly"), load_lora),
    **dict.fromkeys(
        ("IPAdapter", "IPAdapterAdvanced", "IPAdapterBatch", "IPAdapterFaceID", "IPAdapterTiled"), adapt_to_image
    ),
    **dict.fromkeys(
        (
            "IPAdapterStyleComposition",
            "IPAdapterPreciseStyleTransfer",
            "IPAdapterUnifiedLoader",
            "IPAdapterUnifiedLoaderCommunity",
            "IPAdapterUnifiedLoaderFaceID",
        ),
        keep_model,
    ),
    **dict.fromkeys(("ADE_UseEvolvedSampling", "ADE_AnimateDiffLoaderGen1"), add_motion),
    "CLIPTextEncode": encode_text,
    **dict.fromkeys(("CLIPTextEncodeSDXL", "CLIPTextEncodeFlux"), encode_both_texts),
    **dict.fromkeys(
        ("BatchPromptSchedule", "BatchPromptScheduleEncodeSDXL", "BatchPromptScheduleLatentInput", "PromptSchedule"),
        schedule,
    ),
    **dict.fromkeys(
        (
            "ControlNetApply",
            "ControlNetApplyAdvanced",
            "ACN_AdvancedControlNetApply",
            "ACN_AdvancedControlNetApply_v2",
            "ACN_AdvancedControlNetApplySingle_v2",
        ),
        control,
    ),
    **dict.fromkeys(("ImpactWildcardEncode", "ImpactWildcardProcessor"), wildcard),
}
