"""Whose voice a server is asked for: a name it knows, or a recording that lies where it can read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from comfyvn.bridge.speech import Speech
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.errors import VoiceError


def voice_of(server: VoiceServer, settings: Mapping[str, object], among: str) -> str:
    """The voice by the server's own name. Raises VoiceError where nobody names one."""
    voice = settings.get("voice")
    if isinstance(voice, str) and voice.strip():
        return voice.strip()
    raise VoiceError(
        f'no voice is named for the {server.engine} server "{server.place.name}"', server.place.label(),
        f"name one of {among}: as `voice` of the character, or of this server in providers/servers.yaml",
    )  # fmt: skip


def reference_or_voice(
    server: VoiceServer,
    speech: Speech,
    settings: Mapping[str, object],
    among: str,
    sent: Callable[[Path], str] | None = None,
) -> str:
    """The recording to imitate, as a path, where the server is on this computer; else the voice that is named.

    `sent` gives a recording to a server that is elsewhere, and says what it is called there. Raises VoiceError where
    there is neither recording nor voice, or the server cannot see the recording.
    """
    if speech.reference is None or (not server.place.is_local() and settings.get("voice") not in (None, server.voice)):
        return voice_of(server, settings, among)
    if server.place.is_local():
        return str(speech.reference.resolve())
    if sent is not None:
        return sent(speech.reference)
    raise unseen(server, speech.reference, among)


def unseen(server: VoiceServer, reference: Path, among: str) -> VoiceError:
    """What to do about a recording that a server on another computer cannot be given."""
    return VoiceError(
        f'the {server.engine} server "{server.place.name}" cannot read {reference.name}: it is another computer',
        server.place.label(),
        f"copy the recording to {among}, and name it there: voice: {{engine: {{{server.engine}: {{voice: NAME}}}}}}",
    )


def primary(tag: str) -> str:
    """The language of a BCP-47 tag, without region and script: `zh-CN` and `cmn` are zh."""
    first = tag.lower().replace("_", "-").partition("-")[0]
    return {"cmn": "zh"}.get(first, first)


def tag_among(language: str, known: Sequence[str], who: str) -> str:
    """The server's own tag for a BCP-47 tag: `pt-BR` is pt, `zh` is zh-cn. Raises VoiceError for one it has not."""
    tag = language.lower().replace("_", "-")
    first = primary(tag)
    for candidate in (tag, first, *(each for each in known if primary(each) == first)):
        if candidate in known:
            return candidate
    raise VoiceError(
        f'{who} does not speak "{language}"', "language of the clip", f"it speaks: {', '.join(sorted(known))}"
    )
