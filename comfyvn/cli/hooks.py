"""`comfyvn hooks`: Git hooks that keep a novel sound, and what `git diff` says of pictures and records."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from comfyvn.cli.parts import Commands, add, inner, need_novel, plain, say, show, teach
from comfyvn.errors import ComfyVNError

if TYPE_CHECKING:
    from comfyvn.store.git import Repository

HOOKS = """\
  comfyvn hooks install                  pre-commit, post-checkout, post-merge and pre-push, in this repository
  comfyvn hooks status                   what is installed, and what .gitattributes says
  comfyvn hooks uninstall                take them away; a hook that was there before comes back
  comfyvn hooks attributes               the lines that belong into .gitattributes; --write puts them there
  comfyvn hooks attributes --lfs --write     ... with pictures, sounds and films in Git LFS
  comfyvn hooks run pre-commit           what the hook does: is what is staged sound?
  comfyvn hooks textconv FILE            a picture, a sound or a record in words, as `git diff` shows it

With the pre-commit framework, name this repository in .pre-commit-config.yaml instead (docs/git.md). Nothing is ever
rendered by a hook. `git commit --no-verify` and `git push --no-verify` pass them by.
Exit codes: 0 sound; 1 refused, or it could not be done; 2 wrong use. After a checkout or a merge it is always 0.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = add(commands, "hooks", None, "Git hooks that keep a novel sound, and diffs that can be read")
    teach(command, HOOKS)
    parts = inner(command)

    add(parts, "install", _install, "write the hooks, beside those of other programs, and set up `git diff`")
    add(parts, "uninstall", _uninstall, "take the hooks away")
    add(parts, "status", _status, "say which hooks are installed")

    one = add(parts, "attributes", _attributes, "print what .gitattributes should say; --write puts it there")
    one.add_argument("--lfs", action="store_true", help="keep pictures, sounds and films in Git LFS")
    one.add_argument("--write", action="store_true", help="write it into the novel's .gitattributes; the rest stays")

    one = add(parts, "run", _run, "do what a hook does; Git calls this")
    one.add_argument("name", choices=list(RUNS), help="the hook")
    one.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="as Git gives them to the hook")

    one = add(parts, "textconv", _textconv, "a picture, a sound or a record in words")
    one.add_argument("file", type=Path)
    one.add_argument("--alone", action="store_true", help="leave the record beside it out, as `git diff` must")


def _repository(root: Path) -> Repository:
    from comfyvn.store.git import repository

    return repository(root.resolve())


# --- the hooks as files


def _install(options: argparse.Namespace) -> int:
    from comfyvn.cli.hook_files import install

    need_novel(options.root)
    repository = _repository(options.root)
    for line in install(repository):
        say(line)
    if not _has_attributes(repository):
        say("next: `comfyvn hooks attributes --write` tells Git how to keep, merge and diff the novel's files")
    return 0


def _uninstall(options: argparse.Namespace) -> int:
    from comfyvn.cli.hook_files import uninstall

    done = list(uninstall(_repository(options.root)))
    say("\n".join(done or ["no hook of ComfyVN is installed"]))
    return 0


def _status(options: argparse.Namespace) -> int:
    from comfyvn.cli.hook_files import DRIVERS, folder, novels, places

    repository = _repository(options.root)
    words = {"ours": "installed", "another": "a hook of another program", "none": "not installed"}
    say(f"hooks in {folder(repository)}, for {', '.join(novels(repository)) or 'no novel'}")
    for place in places(repository):
        more = f"; {place.first.name} is run first" if place.has_first and place.state == "ours" else ""
        say(f"  {place.name:14}{words[place.state]}{more}")
    for driver, what in DRIVERS.items():
        is_set = repository.may("config", "--get", f"diff.{driver}.textconv")
        say(f"  diff {driver:15}{what}: {'set up' if is_set else 'not set up'}")
    say(f"  .gitattributes {'has' if _has_attributes(repository) else 'lacks'} ComfyVN's lines")
    return 0


# --- .gitattributes


def _has_attributes(repository: Repository) -> bool:
    from comfyvn.store.attributes import has_attributes

    return any(has_attributes(_read(folder)) for folder in {repository.root, repository.top})


def _read(folder: Path) -> str:
    path = folder / ".gitattributes"
    return path.read_text("utf-8") if path.is_file() else ""


def _attributes(options: argparse.Namespace) -> int:
    from comfyvn.reading.files import write_whole
    from comfyvn.store.attributes import attributes, with_attributes

    if not options.write:
        sys.stdout.write(attributes(options.lfs))
        return 0
    need_novel(options.root)
    before = _read(options.root)
    after = with_attributes(before, options.lfs)
    if before != after:
        write_whole(options.root.resolve() / ".gitattributes", after.encode())
    say(".gitattributes: " + ("written" if before != after else "as it should be"))
    if options.lfs:
        say("next: `git lfs install`, then `git add --renormalize .` for files that are tracked already")
    return 0


# --- what they do


def _novels(options: argparse.Namespace) -> list[Repository]:
    """The novel of --dir, else those that hooks were installed for, else the one here, else all that are tracked."""
    from dataclasses import replace

    from comfyvn.cli.hook_files import novels

    repository = _repository(options.root)
    if options.root != Path():
        return [repository]
    found = [name for name in novels(repository) if not Path(name).is_absolute() and ".." not in Path(name).parts]
    if not found and not (repository.root / "comfyvn.yaml").is_file():
        tracked = repository.names("ls-files", "-z")
        found = [str(Path(name).parent) for name in tracked if Path(name).name == "comfyvn.yaml"]
    if not found:
        return [repository]
    return [replace(repository, novel="" if name == "." else f"{name.rstrip('/')}/") for name in found]


def _run(options: argparse.Namespace) -> int:
    return RUNS[options.name](options)


def _pre_commit(options: argparse.Namespace) -> int:
    from comfyvn.cli.hook_runs import pre_commit

    told = [line for novel in _novels(options) for line in pre_commit(novel)]
    return _refusal("this commit is refused", told, "git commit --no-verify")


def _pre_push(options: argparse.Namespace) -> int:
    from comfyvn.cli.hook_runs import pre_push, pushed

    commits = pushed(sys.stdin.read() if options.arguments else None)
    told = [line for novel in _novels(options) for line in pre_push(novel, commits)]
    what = "this push is refused: golden artifacts are not what the contracts say"
    return _refusal(what, told, "git push --no-verify")


def _refusal(what: str, told: Sequence[str], otherwise: str) -> int:
    if told:
        lines = [f"ComfyVN: {what}", *(f"  {line}" for line in told), f"(all the same: {otherwise})"]
        sys.stderr.write(plain("\n".join(lines)) + "\n")
    return 1 if told else 0


def _after(options: argparse.Namespace) -> int:
    """Never fails: what was checked out is checked out."""
    from comfyvn.cli.hook_runs import after_move, moved_between

    try:
        between = moved_between(options.name, options.arguments)
        told = [line for novel in _novels(options) for line in after_move(novel, *between)] if between else []
        sys.stderr.write("".join(plain(f"ComfyVN: {line}\n") for line in told))
    except ComfyVNError as error:
        show(error)
    except OSError as error:
        sys.stderr.write(f"ComfyVN: what is stale now is not known ({error.strerror or error})\n")
    return 0


def _textconv(options: argparse.Namespace) -> int:
    from comfyvn.engine.shown import shown

    say(plain("\n".join(shown(options.file, options.alone))))
    return 0


RUNS: dict[str, Callable[[argparse.Namespace], int]] = {
    "pre-commit": _pre_commit,
    "post-checkout": _after,
    "post-merge": _after,
    "pre-push": _pre_push,
}
