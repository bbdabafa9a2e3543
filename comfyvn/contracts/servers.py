"""`providers/servers.yaml`: the servers where work can run, as written; secrets stand in it by name only.

`servers:` render, `voices:` speak.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, StringConstraints, ValidationError

from comfyvn.contracts import mistakes, place
from comfyvn.contracts.model import Id, Model
from comfyvn.contracts.secret import SECRET, Secret
from comfyvn.errors import ContractError, Problem

SERVERS_FILE = "providers/servers.yaml"
EXAMPLE = "{url: http://127.0.0.1:8188}"
VOICE_EXAMPLE = "{url: http://127.0.0.1:8000, engine: openai}"
Kind = Literal["draft", "comfyui"]
VoiceKind = Literal["openai", "xtts_server", "alltalk", "gpt_sovits"]
VOICE_SETTINGS: Mapping[VoiceKind, tuple[str, ...]] = {
    "openai": ("speed", "lang_code", "volume_multiplier", "instructions", "word_times"),
    "xtts_server": (
        "stream_chunk_size", "temperature", "speed", "length_penalty", "repetition_penalty", "top_p", "top_k",
        "enable_text_splitting",
    ),
    "alltalk": ("speed", "temperature", "repetition_penalty", "rvc", "rvc_pitch"),
    "gpt_sovits": (
        "speed", "prompt_text", "prompt_lang", "aux_ref_audio_paths", "top_k", "top_p", "temperature",
        "text_split_method", "fragment_interval", "repetition_penalty", "sample_steps", "super_sampling",
    ),
}  # fmt: skip
"""What may stand under `settings`, by the engine; the rest of what a server takes is decided by the recipe."""
_ALMOST_FLAGS = frozenset({"true", "false", "yes", "no", "on", "off"})


def _check_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a server's url starts with http:// or https:// and names a host")
    if not re.fullmatch(r"[\w.:%-]+", parts.hostname):
        raise ValueError("a host's name has letters, digits, dots and hyphens only")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a url holds no user, password or query; put secrets into headers as {env: NAME}")
    try:
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise ValueError("the port is a number up to 65535") from error
    return value.rstrip("/")


def _check_header(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise ValueError("a header's name has letters, digits and hyphens only")
    return name


def _check_verify(value: object) -> object:
    is_file = isinstance(value, str) and bool(value.strip()) and value.lower() not in _ALMOST_FLAGS
    if not isinstance(value, bool) and (not is_file or "\0" in str(value)):
        raise ValueError("verify is true, false, or the name of a certificate authority's PEM file")
    return value


def _check_spoken(value: str) -> str:
    if not value.isprintable() or value != value.strip() or not value or len(value) > 200:
        raise ValueError("a name has 1 to 200 printable characters, and no space around it")
    return value


def _check_settings(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise ValueError("a setting is text, a number, true, false, or a list or an object of those") from error
    return value


Url = Annotated[str, AfterValidator(_check_url)]
Header = Annotated[str, AfterValidator(_check_header)]
Silence = Annotated[float, Field(strict=True, gt=0, le=86_400, description="seconds without any answer")]
Verify = Annotated[
    bool | str, BeforeValidator(_check_verify), Field(description="check certificates; or an authority's PEM file")
]
SpokenName = Annotated[str, AfterValidator(_check_spoken)]


class ServerEntry(Model):
    """One server. A base path of `url` is kept: `https://host/comfy`."""

    url: Url
    kind: Kind = "comfyui"
    slots: Annotated[int, Field(strict=True, ge=1, le=64, description="prompts kept there at once")] = 2
    headers: dict[Header, Secret] = Field(default={})
    models: dict[str, Annotated[str, StringConstraints(min_length=1)]] = Field(
        default={}, description="logical name → the server's own name"
    )
    price_per_hour: Annotated[
        float,
        Field(strict=True, ge=0, le=1_000_000, allow_inf_nan=False, description="of its work, in your own currency"),
    ] = 0.0
    silence_s: Silence = 120.0
    verify: Verify = True


class VoiceEntry(Model):
    """One speech server. `model`, `voice` and `settings` are what is sent where a contract says nothing else; they are
    heard, and so they are part of what a clip is keyed on: the servers of one engine must have the same.
    """

    url: Url
    engine: VoiceKind
    model: SpokenName | None = Field(default=None, description="model to ask for, or that the server was started with")
    voice: SpokenName | None = Field(default=None, description="voice of whoever states none, by the server's own name")
    settings: Annotated[
        dict[SpokenName, JsonValue],
        AfterValidator(_check_settings),
        Field(description="further settings, by the server's own names"),
    ] = Field(default={})
    slots: Annotated[int, Field(strict=True, ge=1, le=64, description="lines spoken there at once")] = 1
    headers: dict[Header, Secret] = Field(default={})
    silence_s: Silence = 120.0
    wait_s: Annotated[
        float, Field(strict=True, ge=0, le=3600, description="seconds that one that is starting is waited for")
    ] = 15.0
    verify: Verify = True
    phonemes: Literal["kokoro"] | None = Field(
        default=None, description="how a server of engine openai takes words in IPA; not at all when left out"
    )


class ServersFile(Model):
    """The whole file: servers by name, in its order."""

    servers: dict[Id, ServerEntry] = Field(default={})
    voices: dict[Id, VoiceEntry] = Field(default={})


def parse_servers(document: object, file: str = SERVERS_FILE) -> ServersFile:
    """The servers of a parsed servers.yaml; `None` (an empty file) has none.

    Raises ContractError with every problem at its JSON path; `file` is what the messages call the file. No message
    repeats what stands in a header or in a url: it may be a secret that was typed in by mistake.
    """
    value = {} if document is None else document
    try:
        parsed = ServersFile.model_validate(value)
    except ValidationError as error:
        found = [_worded(problem, value) for problem in mistakes.problems(error, ServersFile, value)]
        raise ContractError([replace(problem, file=file) for problem in found]) from error
    unknown = [problem for name, entry in parsed.voices.items() for problem in _unheard(name, entry, file)]
    if unknown:
        raise ContractError(unknown)
    return parsed


def _unheard(name: str, entry: VoiceEntry, file: str) -> Iterator[Problem]:
    """A setting with a slip in its name would change what a clip is keyed on, and nothing that is heard."""
    known = VOICE_SETTINGS[entry.engine]
    if entry.phonemes is not None and entry.engine != "openai":
        what = f"{entry.engine} takes no IPA"
        yield Problem(file, what, path=place.show(("voices", name, "phonemes")), allowed="nothing here: leave it out")
    for setting in entry.settings:
        if setting not in known:
            path = place.show(("voices", name, "settings", setting))
            what = f'{entry.engine} has no setting "{setting}"'
            near = mistakes.nearest(setting, known)
            yield Problem(file, what, path=path, allowed=", ".join(known), suggestion=near)


def disagreements(named: Iterable[tuple[str, str, Mapping[str, object]]], file: str) -> Iterator[Problem]:
    """Speech servers that would be heard otherwise than an earlier one of their engine; `named`: (name, engine, what is
    heard of it). Which of them speaks a line is chance, and must not be heard.
    """
    first: dict[str, tuple[str, Mapping[str, object]]] = {}
    for name, engine, heard in named:
        other, theirs = first.setdefault(engine, (name, heard))
        if heard != theirs:
            what = f'"{other}" and "{name}" are both {engine}, and would be heard differently'
            allowed = "the same model, voice and settings in every server of one engine"
            yield Problem(file, what, path=f"$.voices.{name}", allowed=allowed)


def _worded(problem: Problem, value: object) -> Problem:
    """The problem in this file's own terms, without anything that may be a secret."""
    steps = place.parse(problem.path)
    if not steps and not isinstance(value, Mapping):
        return replace(problem, message="the file must begin with `servers:`", value="", allowed=_example("gpu"))
    section = str(steps[0]) if steps else "servers"
    if problem.message == "must be an object" and steps in (("servers",), ("voices",)):
        name = "gpu" if section == "servers" else "speaker"
        return replace(problem, message=f"must hold {section} by name", allowed=_example(name, section))
    if problem.message == "must be an object" and len(steps) == 2:
        message = "a server is written with its url in braces"
        return replace(problem, message=message, value="", allowed=_example(str(steps[1]), section))
    if problem.message == "a required key is missing" and steps[-1] == "url":
        port = 8188 if section == "servers" else 8000
        return replace(problem, message="the server has no url", allowed=f"such as url: http://127.0.0.1:{port}")
    if problem.message == "a required key is missing" and steps[-1] == "engine":
        return replace(problem, message="the server's engine is not named", allowed=", ".join(get_args(VoiceKind)))
    if steps[2:3] == ("headers",):
        return _discreet(problem, len(steps) == 4)
    # A token is easily typed among the settings, too.
    return replace(problem, value="") if steps[2:3] in (("url",), ("settings",)) else problem


def _discreet(problem: Problem, is_header: bool) -> Problem:
    if is_header and problem.message == "must be an object":
        message = "a header's value is given as the name of an environment variable"
        return replace(problem, message=message, value="", allowed=SECRET)
    return replace(problem, value="", allowed="" if problem.allowed == "text" else problem.allowed)


def _example(name: str, section: str = "servers") -> str:
    return f"{name}: {EXAMPLE if section == 'servers' else VOICE_EXAMPLE}"


def heard_of(entry: VoiceEntry) -> dict[str, JsonValue]:
    """What of an entry is heard, without what is left out."""
    found = {
        "model": entry.model, "voice": entry.voice, "settings": dict(entry.settings), "phonemes": entry.phonemes
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, {})}
