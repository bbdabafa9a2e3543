"""xtts-api-server: XTTS v2 behind HTTP.

Request: POST `/tts_to_audio/` `{text, speaker_wav, language}`, where `speaker_wav` is the name of a voice in the
server's folder `speakers`, or a file on the server's own disk. A server on another computer is sent the recording: POST
`/upload_sample`, a form with the file `wavFile`, puts it into that folder, which `/speakers_list` names.

Temperature, speed and the like are one state for everybody: they are read from `/get_tts_settings` and set by
`/set_tts_settings`, once for each build. In its streaming mode it plays the speech on its own loudspeaker and answers
one second of silence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comfyvn.audio.encode import decode, wav
from comfyvn.audio.trim import sounding
from comfyvn.bridge.complaints import mapping, sequence
from comfyvn.bridge.speech import Capabilities, Speech, Spoken
from comfyvn.bridge.voices.line import Line
from comfyvn.bridge.voices.refusals import refusal, unspoken
from comfyvn.bridge.voices.replies import NUMBER, own, sound
from comfyvn.bridge.voices.served import Dialect
from comfyvn.bridge.voices.speakers import reference_or_voice, tag_among, unseen
from comfyvn.errors import VoiceError

WHO = "xtts-api-server"
PATH = "tts_to_audio/"
FOLDER = "its folder `speakers`"
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
        "speaker_wav": reference_or_voice(line.server, speech, settings, FOLDER, lambda file: _sent(line, file)),
    }
    samples, rate = sound(line, "POST", PATH, json=body)
    if sounding(samples)[1] == 0:
        raise unspoken(
            line.server, PATH, "answers silence, as it does in streaming mode",
            "start it without --streaming-mode and --streaming-mode-improve: it speaks through its own loudspeaker",
        )  # fmt: skip
    return Spoken(samples, rate)


def _sent(line: Line, reference: Path) -> str:
    """What the recording is called on the server, which gets it where it has it not yet. Named by content: another
    recording is another speaker, also to whatever the server remembers of one.
    """
    data = _wav(reference)
    name = f"comfyvn_{hashlib.sha256(data).hexdigest()[:16]}"
    if name in line.learned:
        return name
    if name not in sequence(line.get("speakers_list").json()):
        answer = line.ask("POST", "upload_sample", files={"wavFile": (f"{name}.wav", data)})
        if answer.status in (404, 405):
            raise unseen(line.server, reference, FOLDER)
        if not 200 <= answer.status < 300:
            raise refusal(line.server, "upload_sample", answer)
    line.learned.add(name)
    return name


def _wav(reference: Path) -> bytes:
    """The recording as WAV, which is all that the server looks for. Raises VoiceError for what is none."""
    try:
        data = reference.read_bytes()
        return data if data[:4] == b"RIFF" else wav(*decode(data))
    except (OSError, ValueError) as error:
        what = f"the recording that {WHO} is to imitate cannot be read: {error}"
        raise VoiceError(what, reference.name, "replace it by a WAV, FLAC or OGG") from error


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
XTTS_SERVER = Dialect(Capabilities(languages=LANGUAGE_TAGS, clones=True, streams=True, is_elsewhere=True), say)
