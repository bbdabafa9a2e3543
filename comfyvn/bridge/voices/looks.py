"""What a speech server says of itself when nothing is to be spoken: is it of the kind that it is named as, and whose
voices and which languages has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

from comfyvn.bridge.complaints import mapping, sequence
from comfyvn.bridge.transport import Answer
from comfyvn.bridge.voices.line import Line
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.bridge.voices.refusals import refusal
from comfyvn.bridge.voices.speakers import primary
from comfyvn.contracts.servers import VoiceKind
from comfyvn.errors import VoiceError

QUICK_S = 10.0  # seconds without an answer


@dataclass(frozen=True)
class Look:
    """`said`: the model that it has loaded, "" where it does not say; `voices`, and `languages` (primary tags): None
    where it does not list them.
    """

    said: str = ""
    voices: tuple[str, ...] | None = None
    languages: frozenset[str] | None = None


def look(server: VoiceServer) -> Look | None:
    """What `server` says of itself; None where it answers, and not as one of its engine. Nothing is spoken or changed.

    Raises VoiceError when it cannot be reached, or refuses us.
    """
    line = Line(_hurried(server))
    try:
        return _LOOKS[server.engine](line)
    finally:
        line.close()


def kinds(server: VoiceServer) -> Iterator[str]:
    """The engines as which `server` does answer."""
    for kind in get_args(VoiceKind):
        try:
            found = look(replace(server, engine=kind))
        except VoiceError:
            continue
        if found is not None:
            yield kind


def _hurried(server: VoiceServer) -> VoiceServer:
    place = replace(server.place, silence_s=min(server.place.silence_s, QUICK_S))
    return replace(server, place=place, wait_s=0.0)


def _answer(line: Line, path: str) -> Answer | None:
    """None where there is nothing at `path`. Raises VoiceError where we may not look."""
    answer = line.ask("GET", path)
    if answer.status in (401, 403):
        raise refusal(line.server, path, answer)
    return None if answer.status == 404 else answer


def _json(line: Line, path: str) -> Any:
    answer = _answer(line, path)
    return answer.json() if answer is not None and 200 <= answer.status < 300 else None


def _texts(values: object) -> tuple[str, ...]:
    """Names in a list: texts, or objects with an `id`."""
    named = (value if isinstance(value, str) else mapping(value).get("id") for value in sequence(values))
    return tuple(name for name in named if isinstance(name, str))


def _openai(line: Line) -> Look | None:
    """Only `/v1/audio/speech` is common to all; OpenAI lists no voices, Kokoro-FastAPI and LocalAI do."""
    root = "" if line.place.url.endswith("/v1") else "v1/"
    if _answer(line, f"{root}audio/speech") is None:
        return None
    models, voices = _json(line, f"{root}models"), mapping(_json(line, f"{root}audio/voices")).get("voices")
    named = ", ".join(_texts(mapping(models).get("data")))
    return Look(f"models: {named}" if named else "", None if voices is None else _texts(voices))


def _xtts_server(line: Line) -> Look | None:
    speakers = _json(line, "speakers_list")
    if not isinstance(speakers, list):
        return None
    spoken = mapping(mapping(_json(line, "languages")).get("languages"))
    tags = frozenset(primary(tag) for tag in spoken.values() if isinstance(tag, str))
    return Look("", _texts(speakers), tags or None)


def _alltalk(line: Line) -> Look | None:
    found = mapping(_json(line, "api/voices"))
    if "status" not in found:
        return None
    now = mapping(_json(line, "api/currentsettings"))
    loaded = (str(now[key]) for key in ("current_engine_loaded", "current_model_loaded") if now.get(key))
    voices = found.get("voices")
    return Look(", ".join(loaded), _texts(voices) if isinstance(voices, list) else None)


def _gpt_sovits(line: Line) -> Look | None:
    """It lists nothing. `/control` without a command does nothing, and says so."""
    answer = _answer(line, "control")
    is_it = answer is not None and "command" in str(mapping(answer.json()).get("message", ""))
    return Look() if is_it else None


_LOOKS = {"openai": _openai, "xtts_server": _xtts_server, "alltalk": _alltalk, "gpt_sovits": _gpt_sovits}
