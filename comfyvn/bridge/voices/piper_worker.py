"""Speaks with Piper in a process of its own: it is free software under the GPL, and nothing of it is loaded into ours.

Run as a script; it answers one question after another until its standard input ends. A question is its length (32-bit,
little-endian) and a JSON object: `model`, `text`, `length_scale`, `speaker` (null for the model's own). The answer is
HEAD: magic, length of a JSON text, length of the sound; then both. The JSON is `{"rate"}` or `{"error"}`, the sound
32-bit little-endian floats, mono.

Piper draws nothing at random (both of its noises are 0) and runs on one thread, so that the same words sound the same
whatever was said before, and however many cores there are.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

SIZE = struct.Struct("<I")
HEAD = struct.Struct("<4sII")
MAGIC = b"CVPP"


@lru_cache(2)
def voice_of(model: str) -> Any:
    """The loaded voice; two are kept for dialogues."""
    import onnxruntime
    from piper import PiperVoice
    from piper.config import PiperConfig

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
    config = PiperConfig.from_dict(json.loads(Path(model + ".json").read_text("utf-8")))
    return PiperVoice(session=session, config=config)


def speak(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    from piper import SynthesisConfig

    voice = voice_of(request["model"])
    config = voice.config
    how = SynthesisConfig(
        speaker_id=_speaker(config, request["speaker"]),
        length_scale=config.length_scale * request["length_scale"],
        noise_scale=0.0,
        noise_w_scale=0.0,
        normalize_audio=False,  # each sentence would get a level of its own
    )
    parts = [chunk.audio_float_array.astype("<f4").tobytes() for chunk in voice.synthesize(request["text"], how)]
    return {"rate": config.sample_rate}, b"".join(parts)


def _speaker(config: Any, wanted: str | int | None) -> int | None:
    if isinstance(wanted, str) and wanted not in config.speaker_id_map:
        known = ", ".join(sorted(config.speaker_id_map)[:8]) or "none by name"
        raise ValueError(f"this voice has no speaker {wanted!r}; it has: {known}")
    number = config.speaker_id_map[wanted] if isinstance(wanted, str) else wanted
    if number is not None and not 0 <= number < config.num_speakers:
        raise ValueError(f"this voice has the speakers 0 to {config.num_speakers - 1}")
    return number


def answer(question: bytes) -> bytes:
    try:
        document, sound = speak(json.loads(question))
    except Exception as error:
        document, sound = {"error": f"{type(error).__name__}: {error}"}, b""
    text = json.dumps(document).encode()
    return HEAD.pack(MAGIC, len(text), len(sound)) + text + sound


def main() -> None:
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    with os.fdopen(out, "wb") as stream:
        while len(size := sys.stdin.buffer.read(SIZE.size)) == SIZE.size:
            stream.write(answer(sys.stdin.buffer.read(*SIZE.unpack(size))))
            stream.flush()


if __name__ == "__main__":
    main()
