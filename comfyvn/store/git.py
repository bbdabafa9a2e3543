"""The Git repository that a novel lies in, asked through the `git` program: names with -z, contents in one batch.

Run by a hook, Git tells where repository and index are (GIT_DIR, GIT_INDEX_FILE); these are kept, because a commit of
single files has an index of its own. Paths are what Git calls them: relative to the top folder, forward slashes.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from comfyvn.errors import StoreError

POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n(?:.*\n)*")
POINTER_BYTES = 1024  # Git LFS's own bound
FILE_MODES = ("100644", "100755")
NOTHING = re.compile(r"0+")  # the name of no object, in a hook's arguments

NOVEL = "comfyvn.yaml"
INPUTS = ("data/", "workflows/", "providers/", "renpy/", "takes/")  # folders of a novel that are read whole


def is_input(name: str) -> bool:
    """Whether a file, relative to the novel, is read by itself: not because a contract names it."""
    return name == NOVEL or name.startswith(INPUTS)


@dataclass(frozen=True)
class Blob:
    """A file's content as Git keeps it. Of a Git LFS pointer, `sha256` is that of the file it stands for."""

    data: bytes
    sha256: str
    is_pointer: bool


@dataclass(frozen=True)
class Repository:
    """`top`: the work tree's top folder; `novel`: the novel's folder in it, "" or ending with a slash."""

    top: Path
    novel: str
    index: Path | None = None

    @property
    def root(self) -> Path:
        return self.top / self.novel

    def git(self, *arguments: str, given: bytes = b"") -> bytes:
        """What Git prints. Raises StoreError with what it complains of."""
        done = self._run(arguments, given)
        if done.returncode:
            raise _refused(arguments, done.stderr)
        return done.stdout

    def may(self, *arguments: str) -> str:
        """What Git prints, without the line's end; "" when it fails or has nothing to say."""
        done = self._run(arguments, b"")
        return "" if done.returncode else done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def names(self, *arguments: str) -> list[str]:
        """File names that a command prints with -z."""
        return _split(self.git(*arguments))

    def own(self, *arguments: str) -> list[str]:
        """As `names`, of the novel's folder alone; names are still relative to the top folder."""
        return self.names(*arguments, "--", *([self.novel] if self.novel else []))

    def entries(self) -> dict[str, str]:
        """Tracked file of the novel → its blob's name, out of the index; links and submodules are left out."""
        found = {}
        for row in self.own("ls-files", "-s", "-z"):
            facts, _, name = row.partition("\t")
            mode, blob, stage = facts.split(" ")
            if mode in FILE_MODES and stage == "0":
                found[name] = blob
        return found

    def blobs(self, names: Mapping[str, str]) -> Iterator[tuple[str, Blob]]:
        """(key, content) for each key → blob's name, one after the other. Raises StoreError."""
        command = ["git", "cat-file", "--batch"]
        with subprocess.Popen(
            command, cwd=self.top, env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            for key, blob in names.items():
                process.stdin.write(blob.encode() + b"\n")
                process.stdin.flush()
                head = process.stdout.readline().split()
                if len(head) != 3:
                    raise StoreError("Git does not have an object that its index names", key, "run `git fsck`")
                data = process.stdout.read(int(head[2]))
                process.stdout.read(1)
                yield key, _blob(data)

    @contextmanager
    def at(self, commit: str, folder: Path) -> Iterator[Repository]:
        """The repository with an index that holds `commit`, kept in `folder`; nothing of the user's is touched."""
        other = replace(self, index=folder / "index")
        other.git("read-tree", commit)
        yield other

    def write_out(self, names: Iterable[str], folder: Path) -> None:
        """Writes these files of the index under `folder`, as a checkout would."""
        given = b"".join(name.encode("utf-8", "surrogateescape") + b"\0" for name in names)
        self.git("checkout-index", "-z", "--stdin", "-f", f"--prefix={folder.as_posix()}/", given=given)

    def _run(self, arguments: Iterable[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", *arguments], cwd=self.top, env=self._environment(), input=given, capture_output=True
            )
        except OSError as error:
            raise _no_git(error) from error

    def _environment(self) -> dict[str, str]:
        # Pathspecs are names here, and a lock of the index is never waited for to refresh it.
        more = {"GIT_LITERAL_PATHSPECS": "1", "GIT_OPTIONAL_LOCKS": "0"}
        index = {"GIT_INDEX_FILE": str(self.index)} if self.index else {}
        return {**os.environ, **more, **index}


def repository(root: Path) -> Repository:
    """The repository that the novel in `root` lies in. Raises StoreError when there is none, or no Git."""
    # Within a hook, Git has gone to the top folder, and what it passes on is relative to that.
    start = Path.cwd() if "GIT_DIR" in os.environ else root
    try:
        done = subprocess.run(["git", "rev-parse", "--show-toplevel"], cwd=start, capture_output=True)
    except OSError as error:
        raise _no_git(error) from error
    if done.returncode:
        raise StoreError("this novel is in no Git repository", str(root), "run `git init` first")
    top = Path(done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")).resolve()
    try:
        inside = root.resolve().relative_to(top).as_posix()
    except ValueError as error:
        raise StoreError("the novel is not in this repository", str(root), f"go to it, out of {top}") from error
    return Repository(top, "" if inside == "." else f"{inside}/")


def own_names(repository: Repository, names: Iterable[str]) -> list[str]:
    """Relative to the novel, of names relative to the repository's top."""
    return [name.removeprefix(repository.novel) for name in names]


def _blob(data: bytes) -> Blob:
    if len(data) <= POINTER_BYTES and (pointer := POINTER.fullmatch(data)):
        return Blob(data, pointer[1].decode(), True)
    return Blob(data, hashlib.sha256(data).hexdigest(), False)


def _split(data: bytes) -> list[str]:
    return [name for name in data.decode("utf-8", "surrogateescape").split("\0") if name]


def _refused(arguments: Iterable[str], said: bytes) -> StoreError:
    text = " ".join(said.decode("utf-8", "replace").split()) or "it says nothing"
    return StoreError(f"Git refuses: {text}", f"git {' '.join(arguments)}", "correct that, then try again")


def _no_git(error: OSError) -> StoreError:
    return StoreError(f"Git cannot be run ({error.strerror})", "git", "install Git, or put it on PATH")
