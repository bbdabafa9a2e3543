"""Speech out of a server's answer: asked for again once where it was cut short, and refused where it is no sound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from comfyvn.audio.samples import Samples
from comfyvn.bridge.transport import Answer
from comfyvn.bridge.voices.line import Line
from comfyvn.bridge.voices.refusals import said, unspoken
from comfyvn.bridge.voices.sound import Unsound, decoded
from comfyvn.errors import VoiceError

CUT_SHORT = 1  # answers that end too early and are asked for again
USUAL_RATE = 168  # words a minute that count as a server's speed of 1


def sound(line: Line, method: str, path: str, **options: Any) -> tuple[Samples, int]:
    """Samples and rate of the answer to a request, whose status is 2xx. Raises VoiceError."""
    for attempt in range(CUT_SHORT + 1):
        answer = line.post(path, **options) if method == "POST" else line.get(path)
        check_kind(line, path, answer)
        try:
            return decoded(answer.body)
        except Unsound as error:
            if not error.is_cut or attempt == CUT_SHORT:
                raise unspoken(line.server, path, f"sent no usable sound: {error}") from error
    raise AssertionError("unreachable")


def check_kind(line: Line, path: str, answer: Answer) -> None:
    """Raises VoiceError for JSON or a page where a sound belongs."""
    kind = answer.headers.get("content-type", "").lower()
    is_text = kind.startswith(("application/json", "text/")) and answer.body[:4] not in (b"RIFF", b"OggS", b"fLaC")
    if is_text or answer.body[:1] in (b"{", b"<"):
        words = said(line.server, answer)
        todo = "check its url and its engine in providers/servers.yaml: another kind of server may answer there"
        raise unspoken(line.server, path, f"answers no sound{': ' + words if words else ''}", todo)


def own(settings: Mapping[str, object], names: Mapping[str, type | tuple[type, ...]], who: str) -> dict[str, Any]:
    """Of the settings those that a server takes by these names, each of its type. Raises VoiceError for another."""
    found = {}
    for name, kind in names.items():
        value = settings.get(name)
        if value is None:
            continue
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in _types(kind)):
            wanted = " or ".join(_WORDS.get(each, each.__name__) for each in _types(kind))
            raise VoiceError(f"{who} cannot take {name} {value!r}", "voice settings", f"give {wanted}")
        found[name] = value
    return found


def _types(kind: type | tuple[type, ...]) -> tuple[type, ...]:
    return kind if isinstance(kind, tuple) else (kind,)


_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list"}
NUMBER = (int, float)


def speed(
    settings: Mapping[str, object], low: float, high: float, who: str, times: float = 1.0
) -> float | None:
    """How fast it is said, 1 for as usual, within what the server takes; None where nobody says.

    `speed` is the server's own number; without it the `rate`, in words a minute, that every engine understands.
    `times`: so many times as fast as these say.
    """
    usual = _usual_speed(settings, low, high, who)
    return usual if times == 1.0 else min(max(round((usual or 1.0) * times, 3), low), high)


def _usual_speed(settings: Mapping[str, object], low: float, high: float, who: str) -> float | None:
    given = own(settings, {"speed": NUMBER}, who).get("speed")
    if given is not None:
        if not low <= given <= high:
            raise VoiceError(f"{who} cannot take speed {given!r}", "voice settings", f"a number from {low} to {high}")
        return float(given)
    rate = settings.get("rate")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not math.isfinite(rate):
        return None
    return min(max(round(rate / USUAL_RATE, 3), low), high)
