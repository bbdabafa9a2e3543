"""Which speech servers there are: the section `voices:` of `providers/servers.yaml`, as values.

The file (secrets stand in it by the name of an environment variable only):

    voices:
      studio:
        url: http://127.0.0.1:8880          # a base path is kept
        engine: openai                      # or xtts_server, alltalk, gpt_sovits
        model: kokoro                       # what is asked for where a contract says nothing else
        voice: af_heart
        phonemes: kokoro                    # how it takes words in IPA; not at all where it is left out
        settings: {speed: 1.1}              # further settings, by the server's own names
        slots: 1                            # lines spoken there at once
        headers:
          Authorization: {env: TTS_TOKEN, prefix: "Bearer "}
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from comfyvn.bridge.servers import Server, secret_headers, verified_by
from comfyvn.contracts.servers import SERVERS_FILE, VoiceEntry, disagreements, parse_servers
from comfyvn.errors import ContractError
from comfyvn.recipe import canonical

ADAPTER = 1  # raised when an adapter asks for the same speech in another way, so that it may sound different


@dataclass(frozen=True)
class VoiceServer:
    """A speech server. `place`: where it is (of its fields name, url, slots, headers, silence_s, verify and unset count
    here); `model`, `voice` and `settings`: what is sent where a recipe says nothing else, by the server's own names;
    `wait_s`: how long one that is starting is waited for; `phonemes`: how it takes words in IPA, None for not at all.
    """

    place: Server
    engine: str
    model: str | None = None
    voice: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    wait_s: float = 15.0
    phonemes: str | None = None

    def heard(self) -> dict[str, object]:
        """What of it is heard, without what is left out: all of it is in the fingerprint of its clips."""
        found = {
            "model": self.model, "voice": self.voice, "settings": dict(self.settings), "phonemes": self.phonemes
        }  # fmt: skip
        return {name: value for name, value in found.items() if value not in (None, {})}


def version_of(server: VoiceServer) -> str:
    """For fingerprints: our adapter's number, the model's name, and a digest of what else is heard.

    Nobody is asked, so that it is the same while the server is down. What the server itself loads under a model's name
    is not known: a `model` that tells versions apart (`xtts-v2.0.3`) makes a change of it known.
    """
    rest = {name: value for name, value in server.heard().items() if name != "model"}
    digest = hashlib.sha256(canonical(rest)).hexdigest()[:8] if rest else ""
    return "+".join(part for part in (str(ADAPTER), (server.model or "").replace("@", "_"), digest) if part)


def read_voices(
    document: object,
    environ: Mapping[str, str],
    file: str,
    root: Path | None = None,
    under: Mapping[str, VoiceServer] = MappingProxyType({}),
) -> tuple[VoiceServer, ...]:
    """The speech servers of a parsed servers.yaml, in the file's order; none where it has no section `voices:`.

    As for `servers:`, an entry without url says what is different about the server of that name in `under`, and a
    variable that does not exist is no problem of the file. Raises ContractError with every problem at once.
    """
    folder = ((root or Path()) / file).parent
    given = _entries(document)
    partial = {name for name, entry in given.items() if "url" not in entry and name in under}
    filled = {
        name: {**entry, "url": under[name].place.url, "engine": entry.get("engine", under[name].engine)}
        for name, entry in given.items()
        if name in partial
    }
    whole = document
    if filled and isinstance(document, dict):
        whole = {**document, "voices": {**document["voices"], **filled}}
    made = {name: _server(name, entry, environ, folder) for name, entry in parse_servers(whole, file).voices.items()}
    return tuple(_over(under[name], each, given[name]) if name in partial else each for name, each in made.items())


def check_agreement(servers: Sequence[VoiceServer], file: str = SERVERS_FILE) -> None:
    """Raises ContractError where two servers of one engine would be heard differently."""
    found = list(disagreements(((each.place.name, each.engine, each.heard()) for each in servers), file))
    if found:
        raise ContractError(found)


def _entries(document: object) -> Mapping[str, Mapping[str, object]]:
    """The entries that are written as they should be; the parser tells what is wrong with the others."""
    voices = document.get("voices") if isinstance(document, dict) else None
    return {n: e for n, e in voices.items() if isinstance(e, dict)} if isinstance(voices, dict) else {}


def _over(under: VoiceServer, over: VoiceServer, given: Mapping[str, object]) -> VoiceServer:
    """`under` with what `given` says otherwise; of settings each one by itself, of headers all or none."""
    place = {key: getattr(over.place, key) for key in ("slots", "silence_s", "verify") if key in given}
    if "headers" in given:
        place |= {"headers": over.place.headers, "unset": over.place.unset}
    own = {key: getattr(over, key) for key in ("engine", "model", "voice", "wait_s", "phonemes") if key in given}
    settings = {**under.settings, **over.settings}
    return replace(under, place=replace(under.place, **place), settings=settings, **own)


def _server(name: str, entry: VoiceEntry, environ: Mapping[str, str], folder: Path) -> VoiceServer:
    headers, unset = secret_headers(entry.headers, environ)
    place = Server(
        name=name,
        url=entry.url,
        slots=entry.slots,
        headers=headers,
        silence_s=entry.silence_s,
        verify=verified_by(entry.verify, folder),
        unset=unset,
    )
    own = dict(entry.settings)
    return VoiceServer(place, entry.engine, entry.model, entry.voice, own, entry.wait_s, entry.phonemes)
