"""The address of a repository in one spelling, whatever form Git was given, without secrets that were put there."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SCP = re.compile(r"^(?:[^@/]+@)?([\w.-]+):(?!//)(.+)$")  # git@github.com:owner/name.git
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
GITHUB = "github.com"


def repository_of(url: str) -> str:
    """`owner/name` of a repository on GitHub, `host/path` of one elsewhere; "" for what is no address of a host.

    User names, passwords, ports, queries, a trailing `.git` or `/`, and the case of the host go.
    """
    text = url.strip()
    if _DRIVE.match(text):
        return ""
    scp = _SCP.match(text)
    if "://" not in text and scp:
        host, path = scp.group(1), scp.group(2)
    else:
        try:
            parts = urlsplit(text if "://" in text else f"https://{text}" if text.startswith(GITHUB + "/") else text)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return ""
    host = host.lower().removeprefix("www.")
    path = path.strip("/").removesuffix(".git").strip("/")
    if not host or not path or not (host + path).isprintable():
        return ""
    return path if host == GITHUB and path.count("/") == 1 else f"{host}/{path}"


def url_of(repository: str) -> str:
    """The address to clone from: `repository_of` the other way round."""
    return f"https://{GITHUB}/{repository}" if repository.count("/") == 1 else f"https://{repository}"
