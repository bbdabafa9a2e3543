"""xtts-api-server: XTTS v2 behind HTTP.

Request: POST `/tts_to_audio/` `{text, speaker_wav, language}`, where `speaker_wav` is the name of a voice in the
server's folder `speakers`, or a file on the server's own disk. Temperature, speed and the like are one state for
everybody: they are read from `/get_tts_settings` and set by `/set_tts_settings`, once for each build. In its streaming
mode it plays the speech on its own loudspeaker and answers one second of silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyvn.audio.trim import sounding
from comfyvn.bridge.complaints import mapping
from comfyvn.bridge.speech import Capabilities, Speech, Spoken
from comfyvn.bridge.voices.line import Line
from comfyvn.bridge.voices.refusals import unspoken
from comfyvn.bridge.voices.replies import NUMBER, own, sound
from comfyvn.bridge.voices.served import Dialect
from comfyvn.bridge.voices.speakers import reference_or_voice, tag_among
from comfyvn.errors import VoiceError

WHO = "xtts-api-server"
PATH = "tts_to_audio/"
LANGUAGES = ("ar", "pt", "zh-cn", "cs", "nl", "en", "fr", "de", "it", "pl", "ru", "es", "tr", "ja", "ko", "hu", "hi")
STATE: Mapping[str, type | tuple[type, ...]] = {
    "stream_chunk_size": int,
    "temperature": NUMBER,
    "speed": NUMBER,
    "length_penalty": NUMBER,
    "repetition_penalty": NUMBER,
    "top_p": NUMBER,
    "top_k": int,
    "enable_text_splitting": bool,
}


def say(line: Line, speech: Speech, settings: Mapping[str, object]) -> Spoken:
    _set_state(line)
    body = {
        "text": speech.text,
        "language": tag_among(speech.language, LANGUAGES, WHO),
        "speaker_wav": reference_or_voice(line.server, speech, settings, "its folder `speakers`"),
    }
    samples, rate = sound(line, "POST", PATH, json=body)
    if sounding(samples)[1] == 0:
        raise unspoken(
            line.server, PATH, "answers silence, as it does in streaming mode",
            "start it without --streaming-mode and --streaming-mode-improve: it speaks through its own loudspeaker",
        )  # fmt: skip
    return Spoken(samples, rate)


def _set_state(line: Line) -> None:
    """Puts the settings of servers.yaml into the server, where there are any; those of contracts cannot be: they would
    be heard in other people's lines.
    """
    wanted = own(line.server.settings, STATE, WHO)
    if not wanted or "state" in line.learned:
        return
    now = mapping(line.get("get_tts_settings").json())
    whole: dict[str, Any] = {name: now.get(name) for name in STATE} | wanted
    missing = [name for name, value in whole.items() if value is None]
    if missing:
        raise VoiceError(
            f"{WHO} does not say what its setting {missing[0]} is", line.place.label(),
            f"name it under settings of {line.place.name} in providers/servers.yaml",
        )  # fmt: skip
    line.post("set_tts_settings", json=whole)
    line.learned.add("state")


LANGUAGE_TAGS = frozenset(tag.partition("-")[0] for tag in LANGUAGES)
XTTS_SERVER = Dialect(Capabilities(languages=LANGUAGE_TAGS, clones=True, streams=True), say)
