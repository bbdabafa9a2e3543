"""AllTalk v2: several engines (XTTS, F5, Piper …) behind one API, with a voice conversion (RVC) of its own.

Request: POST `/api/tts-generate` as a form; the answer `{status, output_file_url}` says where the sound lies. Fields
that are left out would be filled in by whatever the server's owner has set last: those that are heard are all sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from comfyvn.bridge.complaints import mapping
from comfyvn.bridge.speech import Capabilities, Speech, Spoken
from comfyvn.bridge.voices.line import Line
from comfyvn.bridge.voices.refusals import said, unspoken
from comfyvn.bridge.voices.replies import NUMBER, own, sound, speed
from comfyvn.bridge.voices.served import Dialect
from comfyvn.bridge.voices.speakers import tag_among, voice_of

WHO = "AllTalk"
PATH = "api/tts-generate"
LANGUAGES = ("ar", "zh-cn", "cs", "nl", "en", "fr", "de", "hu", "hi", "it", "ja", "ko", "pl", "pt", "ru", "es", "tr")
OFF = "Disabled"
PASSED = {"temperature": NUMBER, "repetition_penalty": NUMBER}


def say(line: Line, speech: Speech, settings: Mapping[str, object]) -> Spoken:
    rvc = _conversion(speech, settings)
    answer = line.post(PATH, data={**_form(line, speech, settings), **rvc})
    document = mapping(answer.json())
    place = document.get("output_file_url")
    if document.get("status") != "generate-success" or not isinstance(place, str):
        raise unspoken(line.server, PATH, f"made no speech: {said(line.server, answer) or 'it says nothing'}")
    samples, rate = sound(line, "GET", file_path(place))
    return Spoken(samples, rate, is_converted=bool(speech.conversion) and rvc["rvccharacter_voice_gen"] != OFF)


def _form(line: Line, speech: Speech, settings: Mapping[str, object]) -> dict[str, str]:
    fast = speed(settings, 0.25, 2.0, WHO, speech.speed)
    numbers = {name: str(value) for name, value in own(settings, PASSED, WHO).items()}
    return {
        "text_input": speech.text,
        "text_filtering": "none",
        "character_voice_gen": voice_of(line.server, settings, "the list at /api/voices"),
        "narrator_enabled": "false",
        "language": tag_among(speech.language, LANGUAGES, WHO),
        "output_file_name": "comfyvn",
        "output_file_timestamp": "true",  # else two lines at once would write one file
        "autoplay": "false",
        **numbers,
        **({"speed": str(fast)} if fast is not None else {}),
    }


def _conversion(speech: Speech, settings: Mapping[str, object]) -> dict[str, str]:
    """RVC as the recipe asks for it, or as a setting of this engine does; one with a mix is left to the second step."""
    given: dict[str, Any] = own(settings, {"rvc": str, "rvc_pitch": NUMBER}, WHO)
    model, pitch = given.get("rvc", OFF), given.get("rvc_pitch", 0)
    asked = speech.conversion
    if asked and asked.get("mix", 1.0) in (1, 1.0):
        model, pitch = str(asked.get("model", OFF)), asked.get("pitch", 0)
    return {"rvccharacter_voice_gen": model, "rvccharacter_pitch": str(pitch if model != OFF else 0)}


def file_path(place: str) -> str:
    """The path of a sound on the server: whatever host the answer names (version 1 names one), we go to no other."""
    return quote(unquote(urlsplit(place).path).lstrip("/"))


LANGUAGE_TAGS = frozenset(tag.partition("-")[0] for tag in LANGUAGES)
ALLTALK = Dialect(Capabilities(languages=LANGUAGE_TAGS, converts=True, has_speed=True, is_elsewhere=True), say)
