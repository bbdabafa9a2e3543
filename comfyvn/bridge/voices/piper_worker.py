"""Speaks with Piper in a process of its own: it is free software under the GPL, and nothing of it is loaded into ours.

Run as a script. A request is one JSON object on standard input: `model`, `text`, `length_scale`, `speaker` (null for
the model's own). The answer on standard output is HEAD: magic, length of a JSON text, length of the sound; then both.
The JSON is `{"rate"}` or `{"error"}`, the sound 32-bit little-endian floats, mono.

Piper draws nothing at random (both of its noises are 0) and runs on one thread, so that the same words sound the same
on every computer, whatever its cores.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from pathlib import Path
from typing import Any

HEAD = struct.Struct("<4sII")
MAGIC = b"CVPP"


def speak(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    import onnxruntime
    from piper import PiperVoice, SynthesisConfig
    from piper.config import PiperConfig

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(request["model"], sess_options=options, providers=["CPUExecutionProvider"])
    config = PiperConfig.from_dict(json.loads(Path(request["model"] + ".json").read_text("utf-8")))
    voice = PiperVoice(session=session, config=config)
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


def main() -> None:
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    try:
        document, sound = speak(json.loads(sys.stdin.buffer.read()))
    except Exception as error:
        document, sound = {"error": f"{type(error).__name__}: {error}"}, b""
    text = json.dumps(document).encode()
    with os.fdopen(out, "wb") as stream:
        stream.write(HEAD.pack(MAGIC, len(text), len(sound)) + text + sound)


if __name__ == "__main__":
    main()
