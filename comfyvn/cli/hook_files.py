"""The hooks themselves: small shell scripts in the folder that Git looks for hooks in, on Windows too.

A hook of another program is moved aside and run first; taking ours away brings it back.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from comfyvn.errors import UsageError
from comfyvn.store.git import Repository

HOOKS = ("pre-commit", "post-checkout", "post-merge", "pre-push")
MAY_REFUSE = ("pre-commit", "pre-push")
MARK = "# ComfyVN: written by `comfyvn hooks install`, taken away by `comfyvn hooks uninstall`"
ASIDE = ".before-comfyvn"  # ends the name of the hook that was there first
NOVELS = "comfyvn.novel"  # in the repository's own configuration: the folders whose hooks are installed
DRIVERS = {"comfyvn": "pictures and sounds", "comfyvn-record": "records"}

SCRIPT = """\
#!/bin/sh
{mark}
python={python}
first="$(dirname "$0")/{name}{aside}"
{run_first}
if [ -x "$python" ]; then
  {given}"$python" -P -m comfyvn.cli hooks run {name} "$@"
elif command -v comfyvn >/dev/null 2>&1; then
  {given}comfyvn hooks run {name} "$@"
else
  echo "ComfyVN's {name} hook: $python is gone, and comfyvn is not on PATH: nothing was checked" >&2
  echo "to do: activate its environment, or run \\`comfyvn hooks install\\` with the new one" >&2
  {otherwise}
fi
{end}
"""


@dataclass(frozen=True)
class Place:
    """Where a hook is. `state`: `ours`, `another` (of another program), `none`; `has_first`: another is run first."""

    name: str
    path: Path
    state: str
    has_first: bool

    @property
    def first(self) -> Path:
        return self.path.with_name(self.path.name + ASIDE)


def folder(repository: Repository) -> Path:
    """Where Git looks for hooks: `core.hooksPath`, else the folder that all worktrees share.

    Raises UsageError when that folder serves other repositories too.
    """
    scope = repository.may("config", "--show-scope", "--get", "core.hooksPath").partition("\t")
    if scope[0] in ("global", "system"):
        raise UsageError(
            f"core.hooksPath is set for all of your repositories: hooks in {scope[2]} would run in every one",
            f"git config --{scope[0]} core.hooksPath",
            "`git config --local core.hooksPath .git/hooks` gives this repository its own; or call "
            "`comfyvn hooks run pre-commit` from a hook of yours",
        )
    return (repository.top / repository.git("rev-parse", "--git-path", "hooks").decode().rstrip("\n")).absolute()


def places(repository: Repository) -> list[Place]:
    return [_place(folder(repository) / name, name) for name in HOOKS]


def _place(path: Path, name: str) -> Place:
    there = path.is_symlink() or path.exists()
    state = "none" if not there else "ours" if MARK in _text(path) else "another"
    return Place(name, path, state, path.with_name(path.name + ASIDE).exists())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def install(repository: Repository) -> Iterator[str]:
    """Writes the hooks and the diff drivers; yields what was done. Raises UsageError, having done nothing."""
    found = places(repository)
    for place in found:
        if place.state == "another" and place.has_first:
            raise UsageError(
                f"there are two {place.name} hooks that are not ComfyVN's",
                f"{place.path} and {place.first}",
                "make one of the two, or remove one, then install again",
            )
    for place in found:
        yield from _install(place)
    novel = repository.novel or "."
    if novel not in novels(repository):
        repository.git("config", "--local", "--add", NOVELS, novel)
    for driver, command in drivers().items():
        repository.git("config", "--local", f"diff.{driver}.textconv", command)
    yield f"`git diff` describes {' and '.join(DRIVERS.values())} where .gitattributes says so"


def _install(place: Place) -> Iterator[str]:
    from comfyvn.reading.files import write_whole  # with it comes all of reading: not for a hook that runs

    moved = place.state == "another"
    if moved:
        place.path.replace(place.first)
    text = script(place.name)
    if place.state == "ours" and _text(place.path) == text:
        yield f"{place.name}: installed already"
    else:
        write_whole(place.path, text.encode())
        more = f"; the hook that was there is run first ({place.first.name})" if moved else ""
        yield f"{place.name}: installed{more}"
    place.path.chmod(0o755)


def uninstall(repository: Repository) -> Iterator[str]:
    """Takes this novel's hooks away, and everything of ours when it was the last; what was there before comes back."""
    rest = [novel for novel in novels(repository) if novel != (repository.novel or ".")]
    repository.may("config", "--local", "--unset-all", NOVELS)
    for novel in rest:
        repository.git("config", "--local", "--add", NOVELS, novel)
    if rest:
        yield f"the hooks stay for {', '.join(rest)}"
        return
    for place in places(repository):
        if place.state == "ours":
            place.path.unlink()
            if place.has_first:
                place.first.replace(place.path)
            yield f"{place.name}: removed" + ("; the one from before is back" if place.has_first else "")
    for driver in DRIVERS:
        if "comfyvn" in repository.may("config", "--local", "--get", f"diff.{driver}.textconv"):
            repository.may("config", "--local", "--unset", f"diff.{driver}.textconv")


def novels(repository: Repository) -> list[str]:
    """Folders, relative to the repository's top, of the novels whose hooks are installed."""
    return repository.may("config", "--get-all", NOVELS).splitlines()


def drivers() -> dict[str, str]:
    """Diff driver → the command that Git gives a file to; a record and a picture are told apart by their names."""
    return dict.fromkeys(DRIVERS, f"{shlex.quote(_python())} -P -m comfyvn.cli hooks textconv --alone")


def script(name: str) -> str:
    """The hook. pre-push is given lines on its input, which two programs then read."""
    has_input = name == "pre-push"
    given = 'printf "${lines:+%s\\\\n}" "$lines" | ' if has_input else ""
    stop = "|| exit $?" if name in MAY_REFUSE else "|| status=$?"
    first = f'if [ -x "$first" ]; then {given}"$first" "$@" {stop}; fi'
    before = 'lines="$(cat)"\n' if has_input else "" if name in MAY_REFUSE else "status=0\n"
    return SCRIPT.format(
        mark=MARK,
        python=shlex.quote(_python()),
        name=name,
        aside=ASIDE,
        run_first=before + first,
        given=given,
        otherwise="exit 1" if name in MAY_REFUSE else ":",
        end="" if name in MAY_REFUSE else "exit $status",
    ).rstrip("\n") + "\n"


def _python() -> str:
    return Path(sys.executable).as_posix()
