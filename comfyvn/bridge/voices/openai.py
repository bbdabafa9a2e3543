"""Servers that speak OpenAI's `/v1/audio/speech`: openedai-speech, Kokoro-FastAPI, LocalAI, OpenAI itself.

Request: `{model, input, voice, response_format, speed}`, answered by the sound. Kokoro-FastAPI streams unless it is
told not to; others may refuse the word `stream`, and are then asked without it. Its `/dev/captioned_speech` takes the
same request and answers `{audio: base64, timestamps: [{word, start_time, end_time} …]}`, times in seconds.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from comfyvn.audio.subtitles import Anchor
from comfyvn.bridge.complaints import mapping, sequence
from comfyvn.bridge.speech import Capabilities, Speech, Spoken
from comfyvn.bridge.transport import Answer
from comfyvn.bridge.voices.kokoro import defused, input_of, is_british_english
from comfyvn.bridge.voices.line import Line
from comfyvn.bridge.voices.refusals import refusal, said, unspoken
from comfyvn.bridge.voices.replies import NUMBER, own, sound, speed
from comfyvn.bridge.voices.served import Dialect
from comfyvn.bridge.voices.sound import Unsound, decoded
from comfyvn.errors import VoiceError

# PASSED: Kokoro's own, and OpenAI's newer ones.
WHO = "an openai server"
MODEL, VOICE = "tts-1", "alloy"  # names that every such server knows, or maps to its own
PASSED: Mapping[str, type | tuple[type, ...]] = {"lang_code": str, "volume_multiplier": NUMBER, "instructions": str}
NO_CAPTIONS, NO_STREAM_WORD = "no captions", "no stream word"


def say(line: Line, speech: Speech, settings: Mapping[str, object]) -> Spoken:
    """By the captioned way where the server has it, because that one tells when each word is said."""
    body = _body(speech, settings, line.server.phonemes)
    wants_times = own(settings, {"word_times": bool}, WHO).get("word_times", True)
    if wants_times and NO_CAPTIONS not in line.learned:
        spoken = _captioned(line, speech.text, body)
        if spoken is not None:
            return spoken
    samples, rate = _plain(line, body)
    return Spoken(samples, rate)


def _body(speech: Speech, settings: Mapping[str, object], phonemes: str | None) -> dict[str, Any]:
    given = own(settings, {"model": str, "voice": str, **PASSED}, WHO)
    fast = speed(settings, 0.25, 4.0, WHO, speech.speed)
    return {
        "model": MODEL,
        "voice": VOICE,
        **given,
        "input": _input(speech, given, phonemes),
        "response_format": "wav",
        **({"speed": fast} if fast not in (None, 1.0) else {}),
    }


def _input(speech: Speech, given: Mapping[str, Any], phonemes: str | None) -> str:
    """The text, its words in IPA as the server takes them; where it takes none, as they are written."""
    is_british = is_british_english(str(given.get("lang_code") or ""), str(given.get("voice", "")), speech.language)
    if phonemes is None or is_british is None:
        return defused(speech.text)
    return input_of(speech, is_british)


# --- /v1/audio/speech


def _plain(line: Line, body: Mapping[str, Any]) -> tuple[Any, int]:
    path = "audio/speech" if line.place.url.endswith("/v1") else "v1/audio/speech"
    if NO_STREAM_WORD not in line.learned:
        try:
            return sound(line, "POST", path, json={**body, "stream": False})
        except VoiceError as error:
            if "stream" not in error.what.lower():
                raise
            line.learned.add(NO_STREAM_WORD)
    return sound(line, "POST", path, json=dict(body))


# --- /dev/captioned_speech


def _captioned(line: Line, text: str, body: Mapping[str, Any]) -> Spoken | None:
    """None where the server has no such thing."""
    path = "../dev/captioned_speech" if line.place.url.endswith("/v1") else "dev/captioned_speech"
    answer = line.ask("POST", path, json={**body, "stream": False, "return_timestamps": True})
    document = mapping(answer.json())
    if answer.status in (404, 405) or (200 <= answer.status < 300 and "audio" not in document):
        line.learned.add(NO_CAPTIONS)
        return None
    if not 200 <= answer.status < 300:
        raise refusal(line.server, path, answer)
    samples, rate = _unpacked(line, path, answer, document.get("audio"))
    return Spoken(samples, rate, tuple(anchors(text, document.get("timestamps"))))


def _unpacked(line: Line, path: str, answer: Answer, audio: object) -> tuple[Any, int]:
    try:
        return decoded(base64.b64decode(audio if isinstance(audio, str) else "", validate=True))
    except (Unsound, binascii.Error, ValueError) as error:
        words = said(line.server, answer)
        raise unspoken(line.server, path, f"sent no usable sound: {words or error}") from error


def anchors(text: str, timestamps: object) -> Iterator[Anchor]:
    """When each word of `text` begins, of those that the server says as they stand there (it says numbers as words).

    Words are looked for in their order, and times that go back are passed over: they come from the server.
    """
    at, latest, folded = 0, 0.0, _folded(text)
    for entry in sequence(timestamps):
        word, start = mapping(entry).get("word"), mapping(entry).get("start_time")
        if not isinstance(word, str) or isinstance(start, bool) or not isinstance(start, int | float):
            continue
        word = _folded(word.strip())
        found = folded.find(word, at) if any(letter.isalnum() for letter in word) else -1
        if found < 0 or found > at + _FAR + len(word) or not latest <= start * 1000 < _LATEST:
            continue
        yield Anchor(found, start * 1000)
        at, latest = found + len(word), start * 1000


def _folded(text: str) -> str:
    """In lower case, each letter in its place: a few become two when they are made small."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


_FAR = 40  # characters that may be said otherwise between two words that are found
_LATEST = 3_600_000.0  # milliseconds

OPENAI = Dialect(Capabilities(word_times=True, streams=True, has_speed=True, is_elsewhere=True), say)
