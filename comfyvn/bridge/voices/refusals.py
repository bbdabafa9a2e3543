"""What a speech server says when it refuses: its JSON (each kind of server has a shape of its own) as one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from comfyvn.bridge.complaints import quoted
from comfyvn.bridge.transport import Answer
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.errors import VoiceError

# FastAPI's `detail` (a text, an object, or a list of `msg` at `loc`), OpenAI's `error.message`, AllTalk's `error`,
# GPT-SoVITS's `message` with the `Exception` behind it.
_SAYING = ("error", "detail", "message", "msg", "Exception")
_MOST = 300  # characters
_DEEP = 4

TODO: Mapping[int, str] = {
    401: "give it its key: headers: {Authorization: {env: NAME, prefix: \"Bearer \"}} in providers/servers.yaml",
    403: "give it its key: headers: {Authorization: {env: NAME, prefix: \"Bearer \"}} in providers/servers.yaml",
    404: "check its url and its engine in providers/servers.yaml: another kind of server may answer there",
    405: "check its url and its engine in providers/servers.yaml: another kind of server may answer there",
    413: "the text is too long for it: part the line",
    429: "it is busy: wait, or give it more room; then build again",
}
_SETTINGS = "correct the voice and its settings, in the contract or in providers/servers.yaml"
_LOG = "look into the server's own log; it may still load its model, or have run out of memory"


def refusal(server: VoiceServer, path: str, answer: Answer) -> VoiceError:
    """The error for an answer that is no 2xx."""
    text = said(server, answer)
    who = f'the {server.engine} server "{server.place.name}"'
    what = f"{who} refuses (HTTP {answer.status}){': ' + text if text else ''}"
    todo = TODO.get(answer.status, _LOG if answer.status >= 500 else _SETTINGS)
    return VoiceError(what, f"{server.place.label()}, {path}", todo)


def unspoken(server: VoiceServer, path: str, why: str, todo: str = _LOG) -> VoiceError:
    """The error for an answer that is no speech although its status says that all is well."""
    what = f'the {server.engine} server "{server.place.name}" {why}'
    return VoiceError(what, f"{server.place.label()}, {path}", todo)


def said(server: VoiceServer, answer: Answer) -> str:
    """The words of an answer that is no sound: those of its JSON, else its text; secrets struck out."""
    document = answer.json()
    words = list(dict.fromkeys(_words(document, _DEEP))) if isinstance(document, dict | list) else []
    return quoted("; ".join(words) if words else _text(answer), server.place, _MOST)


def _text(answer: Answer) -> str:
    kind = answer.headers.get("content-type", "")
    is_text = kind.startswith("text/plain") or not kind
    return answer.text().strip().partition("\n")[0] if is_text and len(answer.body) < 1 << 20 else ""


def _words(value: object, deep: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, Mapping) and deep:
        place = value.get("loc")
        where = f"{'.'.join(map(str, place))}: " if isinstance(place, Sequence) and not isinstance(place, str) else ""
        yield from (where + word for name in _SAYING if name in value for word in _words(value[name], deep - 1))
    elif isinstance(value, list) and deep:
        for item in value[:5]:
            yield from _words(item, deep - 1)
