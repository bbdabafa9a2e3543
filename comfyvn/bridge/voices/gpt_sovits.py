"""GPT-SoVITS by its `api_v2.py`: a voice cloned from a few seconds, with a seed.

Request: POST `/tts` `{text, text_lang, ref_audio_path, prompt_text, prompt_lang, seed, …}`, answered by a WAV, or by
HTTP 400 and `{message, Exception}`. `ref_audio_path` is a file on the server's own disk, of 3 to 10 seconds.
"""

from __future__ import annotations

from collections.abc import Mapping

from comfyvn.bridge.speech import Capabilities, Speech, Spoken
from comfyvn.bridge.voices.line import Line
from comfyvn.bridge.voices.replies import NUMBER, own, sound, speed
from comfyvn.bridge.voices.served import Dialect
from comfyvn.bridge.voices.speakers import reference_or_voice, tag_among

WHO = "GPT-SoVITS"
PATH = "tts"
LANGUAGES = ("zh", "en", "ja", "ko", "yue")
SEEDS = 2**32  # of numpy; −1 would be a random one
PASSED: Mapping[str, type | tuple[type, ...]] = {
    "prompt_text": str,
    "prompt_lang": str,
    "aux_ref_audio_paths": list,
    "top_k": int,
    "top_p": NUMBER,
    "temperature": NUMBER,
    "text_split_method": str,
    "fragment_interval": NUMBER,
    "repetition_penalty": NUMBER,
    "sample_steps": int,
    "super_sampling": bool,
}


def say(line: Line, speech: Speech, settings: Mapping[str, object]) -> Spoken:
    language = tag_among(speech.language, LANGUAGES, WHO)
    fast = speed(settings, 0.5, 2.0, WHO, speech.speed)
    body = {
        "prompt_lang": language,
        "prompt_text": "",
        **own(settings, PASSED, WHO),
        "text": speech.text,
        "text_lang": language,
        "ref_audio_path": reference_or_voice(line.server, speech, settings, "its own disk"),
        "seed": speech.seed % SEEDS,
        "media_type": "wav",
        "streaming_mode": False,
        "batch_size": 1,  # what is spoken beside a sentence must not be heard in it
        **({"speed_factor": fast} if fast is not None else {}),
    }
    samples, rate = sound(line, "POST", PATH, json=body)
    return Spoken(samples, rate)


CAN = Capabilities(
    languages=frozenset(LANGUAGES), seedable=True, clones=True, streams=True, has_speed=True, is_elsewhere=True
)
GPT_SOVITS = Dialect(CAN, say, is_repeatable=True)
