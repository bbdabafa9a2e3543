"""`providers/servers.yaml`: the servers where work can run, as written; secrets stand in it by name only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError

from comfyvn.contracts import mistakes, place
from comfyvn.contracts.model import Id, Model
from comfyvn.contracts.secret import SECRET, Secret
from comfyvn.errors import ContractError, Problem

SERVERS_FILE = "providers/servers.yaml"
EXAMPLE = "{url: http://127.0.0.1:8188}"
Kind = Literal["draft", "comfyui"]
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


class ServerEntry(Model):
    """One server. A base path of `url` is kept: `https://host/comfy`."""

    url: Annotated[str, AfterValidator(_check_url)]
    kind: Kind = "comfyui"
    slots: Annotated[int, Field(strict=True, ge=1, le=64, description="prompts kept there at once")] = 2
    headers: dict[Annotated[str, AfterValidator(_check_header)], Secret] = Field(default={})
    models: dict[str, Annotated[str, StringConstraints(min_length=1)]] = Field(
        default={}, description="logical name → the server's own name"
    )
    price_per_hour: Annotated[
        float,
        Field(strict=True, ge=0, le=1_000_000, allow_inf_nan=False, description="of its work, in your own currency"),
    ] = 0.0
    silence_s: Annotated[float, Field(strict=True, gt=0, le=86_400, description="seconds without any answer")] = 120.0
    verify: Annotated[
        bool | str, BeforeValidator(_check_verify), Field(description="check certificates; or an authority's PEM file")
    ] = True


class ServersFile(Model):
    """The whole file: servers by name, in its order."""

    servers: dict[Id, ServerEntry] = Field(default={})


def parse_servers(document: object, file: str = SERVERS_FILE) -> ServersFile:
    """The servers of a parsed servers.yaml; `None` (an empty file) has none.

    Raises ContractError with every problem at its JSON path; `file` is what the messages call the file. No message
    repeats what stands in a header or in a url: it may be a secret that was typed in by mistake.
    """
    value = {} if document is None else document
    try:
        return ServersFile.model_validate(value)
    except ValidationError as error:
        found = [_worded(problem, value) for problem in mistakes.problems(error, ServersFile, value)]
        raise ContractError([replace(problem, file=file) for problem in found]) from error


def _worded(problem: Problem, value: object) -> Problem:
    """The problem in this file's own terms, without anything that may be a secret."""
    steps = place.parse(problem.path)
    if not steps and not isinstance(value, Mapping):
        return replace(problem, message="the file must begin with `servers:`", value="", allowed=_example("gpu"))
    if problem.message == "must be an object" and steps == ("servers",):
        return replace(problem, message="must hold servers by name", allowed=_example("gpu"))
    if problem.message == "must be an object" and len(steps) == 2:
        message = "a server is written with its url in braces"
        return replace(problem, message=message, value="", allowed=_example(str(steps[1])))
    if problem.message == "a required key is missing" and steps[-1] == "url":
        return replace(problem, message="the server has no url", allowed="such as url: http://127.0.0.1:8188")
    if steps[2:3] == ("headers",):
        return _discreet(problem, len(steps) == 4)
    return replace(problem, value="") if steps[2:3] == ("url",) else problem


def _discreet(problem: Problem, is_header: bool) -> Problem:
    if is_header and problem.message == "must be an object":
        message = "a header's value is given as the name of an environment variable"
        return replace(problem, message=message, value="", allowed=SECRET)
    return replace(problem, value="", allowed="" if problem.allowed == "text" else problem.allowed)


def _example(name: str) -> str:
    return f"{name}: {EXAMPLE}"
