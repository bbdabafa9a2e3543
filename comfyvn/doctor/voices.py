"""Asks every speech server what it is, and holds that against what the novel's clips ask of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from comfyvn.bridge.complaints import quoted
from comfyvn.bridge.speech import Speech, settings_for
from comfyvn.bridge.voices.looks import Look, kinds, look
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.bridge.voices.served import dialect
from comfyvn.bridge.voices.speakers import primary
from comfyvn.doctor.finding import Finding, Level
from comfyvn.errors import VoiceError, closest
from comfyvn.recipe import Speak

SHOWN = 8
# OpenAI's own names, which such servers map to voices of theirs without listing them.
MAPPED = frozenset({"alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse"})


@dataclass(frozen=True)
class Wish:
    """A clip that names an engine: with which voice ("" for none, where a recording is imitated: None), in which
    language; `is_alone`: no other engine could speak it.
    """

    engine: str
    voice: str | None
    language: str
    is_alone: bool


def wishes(recipes: Iterable[Speak], servers: Sequence[VoiceServer]) -> list[Wish]:
    """What the clips ask of each engine that `servers` serve."""
    first = {server.engine: server for server in reversed(servers)}
    found = []
    for recipe in recipes:
        for engine in recipe.engines:
            if engine in first:
                voice = _voice(recipe, first[engine])
                found.append(Wish(engine, voice, recipe.language, set(recipe.engines) == {engine}))
    return found


def _voice(recipe: Speak, server: VoiceServer) -> str | None:
    """As `Served.speak` finds it."""
    speech = Speech(recipe.text, recipe.language, recipe.engines, recipe.voice)
    voice = {"voice": server.voice, **server.settings, **settings_for(speech, server.engine)}.get("voice")
    if voice is None and dialect(server.engine).can.clones and "reference" in recipe.inputs:
        return None
    return str(voice or ("" if server.engine != "openai" else "alloy"))


def examine_voices(servers: Sequence[VoiceServer], wanted: Sequence[Wish]) -> list[Finding]:
    """Every server, all at once, in the order given."""
    with ThreadPoolExecutor(max(len(servers), 1)) as threads:
        found = threads.map(lambda server: list(_server(server, wanted)), servers)
        return [finding for findings in found for finding in findings]


def _server(server: VoiceServer, wanted: Sequence[Wish]) -> Iterator[Finding]:
    own = [wish for wish in wanted if wish.engine == server.engine]
    place, bad = server.place.name, _level(own)
    try:
        found = look(server)
    except VoiceError as error:
        yield Finding(place, "reachable", bad, error.what, error.todo)
        return
    yield Finding(place, "reachable", "good", server.place.url)
    if found is None:
        others = " or ".join(kinds(server))
        todo = f"write engine: {others} for it" if others else "check its url, and see what answers there"
        yield Finding(place, "engine", "error", f"it does not answer as {server.engine}", todo + _WHERE)
        return
    said = f"{server.engine}{', ' + quoted(found.said, server.place, 200) if found.said else ''}"
    yield Finding(place, "engine", "good", said)
    yield _voices(server, found, own, bad)
    yield _languages(server, found, own, bad)


_WHERE = " in providers/servers.yaml"


def _level(own: Sequence[Wish]) -> Level:
    """What a clip loses: its only engine, or the one that is to speak it, or nothing."""
    return "error" if any(wish.is_alone for wish in own) else "warning"


def _voices(server: VoiceServer, found: Look, own: Sequence[Wish], bad: Level) -> Finding:
    place, cast = server.place.name, {wish.voice for wish in own if wish.voice}
    mute = sum(wish.voice == "" for wish in own)
    if mute and server.engine != "openai":
        has = f"; it has: {_few(found.voices, server)}" if found.voices else ""
        todo = f"name one as `voice` of {place}{_WHERE}, or of the character{has}"
        return Finding(place, "voices", bad, f"{mute} clip{'s name' if mute > 1 else ' names'} no voice", todo)
    if found.voices is None:
        named = f"; named: {', '.join(sorted(cast))}" if cast else ""
        return Finding(place, "voices", "note", f"it does not list its voices{named}")
    lacking = sorted(voice for voice in cast if not _has(voice, found.voices, server.engine))
    if lacking:
        near = closest(lacking[0], found.voices)
        hint = f'did you mean "{quoted(near, server.place, 80)}"? ' if near else ""
        said = f"{', '.join(lacking[:SHOWN])} {'is' if len(lacking) == 1 else 'are'} not there"
        return Finding(place, "voices", bad, said, f"{hint}it has: {_few(found.voices, server)}")
    used = f", the {len(cast)} that the novel names among them" if cast else ""
    return Finding(place, "voices", "good", f"{len(found.voices)} voices{used}: {_few(found.voices, server)}")


def _has(voice: str, voices: Sequence[str], engine: str) -> bool:
    if engine == "xtts_server":  # the server takes a file's name and a path of its own, too
        return voice.removesuffix(".wav") in voices or Path(voice).is_absolute()
    if engine == "openai":
        parts = (re.sub(r"\(.*?\)", "", part).strip() for part in re.split("[+-]", voice))  # af_bella(2)+af_sky
        return voice in voices or all(part in voices or part in MAPPED for part in parts)
    return voice in voices


def _languages(server: VoiceServer, found: Look, own: Sequence[Wish], bad: Level) -> Finding:
    place, known = server.place.name, found.languages or dialect(server.engine).can.languages
    asked: Mapping[str, None] = dict.fromkeys(wish.language for wish in own)
    if known is None:
        named = f"; asked for: {', '.join(asked)}" if asked else ""
        return Finding(place, "languages", "note", f"it does not say which it speaks{named}")
    lacking = [tag for tag in asked if primary(tag) not in known]
    if lacking:
        todo = "name another engine for them: engine of the clip, preferred_tts of the character"
        return Finding(place, "languages", bad, f"it does not speak {', '.join(lacking)}", todo)
    return Finding(place, "languages", "good", ", ".join(sorted(quoted(tag, server.place, 20) for tag in known)))


def _few(names: Sequence[str], server: VoiceServer) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(quoted(name, server.place, 80) for name in names[:SHOWN]) + more
