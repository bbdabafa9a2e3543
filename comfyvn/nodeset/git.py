"""Reads a Git checkout: its commit, its remote, and what was changed without a commit.

The `git` program is asked, and no library: it alone knows every form of a repository (worktrees, packed references,
SHA-256), keeps the user's own protection (`safe.directory`), and is there wherever packs were cloned. A checkout may
be hostile, and its configuration can name programs that Git runs; so hooks, the file system monitor, transports and the
checkout's own filters are switched off, nothing is written, and no variable of an outer Git is passed on.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from comfyvn.errors import StoreError

PATIENCE_S = 120.0
BATCH = 500  # files whose content is held at once
TEXT_LIMIT = 2**24  # bytes; a larger file is taken as it is
_SAFE = (
    "--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.allow=never",
    "-c", "submodule.recurse=false",
)  # fmt: skip
# `status` and not `diff`: the latter writes the index anew, whatever it is told.
_STATUS = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=dirty")


@dataclass(frozen=True)
class Checkout:
    """`remote` is the address as Git has it (it may hold a password), "" for none; `changes`: see `_changes`."""

    commit: str
    remote: str = ""
    changes: str = ""


def is_checkout(folder: Path) -> bool:
    return (folder / ".git").exists()


def read_checkout(folder: Path) -> Checkout:
    """The checkout in `folder`. Raises StoreError when Git is not installed or refuses."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD^{commit}").strip()
    return Checkout(commit, _remote(folder), _changes(folder))


def user_name(folder: Path) -> str:
    """Who commits in this folder, as Git is configured; "" where nobody is named, or Git is not installed."""
    try:
        name = _git(folder, "config", "--get", "user.name", may_fail=True)
    except StoreError:
        return ""
    return " ".join("".join(letter for letter in name if letter.isprintable() or letter.isspace()).split())


def _remote(folder: Path) -> str:
    """The address of `origin`, else of the first remote by name."""
    rows = _entries(_git(folder, "config", "--local", "-z", "--get-regexp", r"^remote\..*\.url$", may_fail=True))
    found = dict(row.split("\n", 1) for row in rows if "\n" in row)
    return found.get("remote.origin.url") or next((found[name] for name in sorted(found)), "")


def _changes(folder: Path) -> str:
    """SHA-256 over the tracked files that are not as committed, in hex; "" when there are none."""
    rows = _entries(_git(folder, *_without_filters(folder), *_STATUS))  # two letters, a space, the file
    if not rows:
        return ""
    digest = hashlib.sha256()
    for name in sorted(row[3:] for row in rows):
        digest.update(f"{name}\0{_content(folder / name)}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _without_filters(folder: Path) -> list[str]:
    """Options that empty every filter that the checkout's own configuration defines: each is a program to run.

    Raises StoreError for one that no option can name.
    """
    options = ("config", "--show-scope", "--includes", "-z", "--name-only", "--get-regexp", r"^filter\.")
    rows = _entries(_git(folder, *options, may_fail=True))
    scoped = zip(rows[::2], rows[1::2], strict=False)
    names = {key.rpartition(".")[0] for scope, key in scoped if scope not in ("system", "global")}
    if any("=" in name for name in names):  # `-c` would take what stands before the sign for the whole name
        what = "its Git configuration has a filter with = in its name, which cannot be switched off"
        raise StoreError(what, str(folder), "see who wrote .git/config: a filter is a program that Git runs")
    emptied = ("clean=", "smudge=", "process=", "required=false")
    return [word for name in sorted(names) for rest in emptied for word in ("-c", f"{name}.{rest}")]


def _content(path: Path) -> str:
    """What a file of a working tree holds, with line ends as Git stores them; never follows a link."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return f"link {path.readlink()}"
        if not stat.S_ISREG(mode):
            return "folder" if stat.S_ISDIR(mode) else "special"
        with path.open("rb") as file:
            head = file.read(TEXT_LIMIT + 1)
            if len(head) <= TEXT_LIMIT:
                text = head if b"\0" in head[:8000] else head.replace(b"\r\n", b"\n")
                return hashlib.sha256(text).hexdigest()
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "gone"


def _entries(output: str) -> list[str]:
    return [entry for entry in output.split("\0") if entry]


def tracked_files(folder: Path, *patterns: str) -> Iterator[tuple[str, bytes]]:
    """What Git tracks below `folder`, as staged: (name relative to it, content) of the files that a pattern fits.

    The folder may lie anywhere in a checkout. Nothing where there is no checkout or no Git. Raises StoreError when Git
    takes too long.
    """
    rows = _entries(_git(folder, "ls-files", "-s", "-z", "--", *patterns, may_fail=True, around=True))
    found = [row.partition("\t") for row in rows]
    blobs = [(name, head.split()[1]) for head, _, name in found if len(head.split()) == 3]
    for start in range(0, len(blobs), BATCH):
        some = blobs[start : start + BATCH]
        asked = "".join(f"{blob}\n" for _, blob in some).encode()
        answer = _ran(folder, ("cat-file", "--batch"), around=True, given=asked).stdout
        yield from zip((name for name, _ in some), _batch(answer), strict=False)


def _batch(answer: bytes) -> Iterator[bytes]:
    """The contents in what `git cat-file --batch` answers: a line `name type size`, the bytes, a line end."""
    at = 0
    while (end := answer.find(b"\n", at)) >= 0:
        head = answer[at:end].split()
        if len(head) != 3:
            yield b""  # missing: a clone without its blobs
            at = end + 1
            continue
        size = int(head[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _git(folder: Path, *arguments: str, may_fail: bool = False, around: bool = False) -> str:
    try:
        done = _ran(folder, arguments, around)
    except FileNotFoundError as error:
        raise StoreError("git is not installed", str(folder), "install Git, and see that it is on PATH") from error
    except subprocess.TimeoutExpired as error:
        raise StoreError(
            f"git took longer than {PATIENCE_S:g} s", str(folder), "look at this folder by hand"
        ) from error
    except OSError as error:
        raise StoreError(
            f"git cannot be run ({error.strerror})", str(folder), "see that the folder is yours"
        ) from error
    if done.returncode and not may_fail:
        raise StoreError(f"git cannot read it: {_said(done.stderr)}", str(folder), "see that it is a whole checkout")
    return done.stdout.decode("utf-8", "surrogateescape")


def _ran(
    folder: Path, arguments: Iterable[str], around: bool = False, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """`around`: the folder may lie within the checkout; `given`: what Git reads."""
    environment = _environment(folder)
    if around:
        del environment["GIT_CEILING_DIRECTORIES"]
    return subprocess.run(
        ["git", *_SAFE, *arguments],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        timeout=PATIENCE_S,
    )


def _said(stderr: bytes) -> str:
    """The first line of Git's complaint that is no mere warning."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    graver = [line for line in lines if not line.startswith("warning:")]
    first = (graver or lines or ["no reason given"])[0].removeprefix("fatal: ")
    return "".join(letter if letter.isprintable() else "?" for letter in first)[:200]


def _environment(folder: Path) -> dict[str, str]:
    """Without the variables that a hook of an outer repository is run with; configuration files may be named."""
    passed: Iterable[tuple[str, str]] = (
        (name, value)
        for name, value in os.environ.items()
        if not name.upper().startswith("GIT_") or name.upper().startswith("GIT_CONFIG")
    )
    return {
        **dict(passed),
        "GIT_CEILING_DIRECTORIES": str(folder.parent),  # a broken checkout must not answer for the one around it
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",  # stronger than protocol.<name>.allow of the checkout's own configuration
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
