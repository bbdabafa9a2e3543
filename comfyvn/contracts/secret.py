"""Secrets as files of a novel may hold them: by the name of an environment variable, never by value."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from comfyvn.contracts.model import Model

SECRET = "{env: NAME}"


def _check_variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("not the name of an environment variable, which has letters, digits and _ only")
    return name


class Secret(Model):
    """An environment variable's value, after `prefix`."""

    env: Annotated[str, AfterValidator(_check_variable)]
    prefix: str = ""
