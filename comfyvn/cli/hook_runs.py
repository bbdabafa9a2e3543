"""What each hook does: refuse a commit or a push that would not hold, tell what a checkout made stale."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from comfyvn.errors import ComfyVNError, StoreError
from comfyvn.store.git import NOTHING, NOVEL, Repository, is_input, own_names

# What judges is imported where it is needed: most commits and checkouts touch nothing of a novel.

RECORD = ".render.json"
LISTED = 20  # faults that are named


def pre_commit(repository: Repository) -> list[str]:
    """Why the commit is refused, as lines; none when it is sound."""
    staged = repository.own("diff", "--cached", "--name-only", "--no-renames", "-z")
    tracked = repository.entries()
    if repository.novel + NOVEL not in tracked:
        return []
    is_gone = any(name not in tracked for name in staged)
    told: list[str] = []
    if is_gone or any(is_input(name) for name in own_names(repository, staged)):
        told += _contracts(repository, staged)
    if any(name.endswith(RECORD) for name in (*tracked, *staged)):
        from comfyvn.engine.golden import staged_faults

        told += _listed([str(fault) for fault in staged_faults(repository, staged)])
    return told


def _contracts(repository: Repository, staged: Sequence[str]) -> list[str]:
    from comfyvn.contracts.check import FILL_IDS, FILL_SEEDS
    from comfyvn.engine.gittrees import staged_problems, untracked

    problems = staged_problems(repository, staged)
    fills = sorted({one.allowed for one in problems} & {FILL_IDS, FILL_SEEDS})
    todo = [f"to do: {' and '.join(fills)}, then `git add` what that wrote"] if fills else []
    loose = [name for name in untracked(repository) if is_input(name)] if problems else []
    hint = [f"(not staged, and perhaps meant to be: {', '.join(loose[:LISTED])})"] if loose else []
    return [*_listed([str(one) for one in problems]), *todo, *hint]


def _listed(lines: list[str]) -> list[str]:
    rest = len(lines) - LISTED
    return [*lines[:LISTED], *([f"and {rest} more"] if rest > 0 else [])]


def pre_push(repository: Repository, commits: Sequence[str]) -> list[str]:
    """Why the push of these commits is refused, as lines."""
    told: list[str] = []
    for commit in dict.fromkeys(commits):
        told += [f"{commit[:10]}: {line}" for line in _stale(repository, commit)]
    return told


def _stale(repository: Repository, commit: str) -> Iterator[str]:
    tracked = own_names(repository, repository.own("ls-tree", "-r", "-z", "--name-only", commit))
    if not any(name.endswith(RECORD) for name in tracked):
        return
    from comfyvn.engine.gittrees import committed
    from comfyvn.engine.golden import golden_targets, stale_faults

    try:
        with committed(repository, commit) as novel:
            if novel is None:
                return
            names, strangers = golden_targets(novel.targets, tracked)
            rebuild = novel.project.novel.rebuild
            faults = list(stale_faults(novel.targets, novel.engine.judge, names, frozenset(tracked), rebuild))
    except ComfyVNError as error:
        yield f"it cannot be judged: {error.what}" + (f" ({error.where})" if error.where else "")
        return
    yield from _listed([str(fault) for fault in faults])
    if faults and strangers:
        yield f"(no contract makes these any more: {', '.join(strangers[:LISTED])})"


def pushed(given: str | None) -> list[str]:
    """The commits that a push sends: of the lines that Git gives its hook, or as the pre-commit framework says.

    Run by hand (None), what is checked out is what would be pushed.
    """
    if given is None:
        return [commit for commit in [os.environ.get("PRE_COMMIT_TO_REF", "HEAD")] if not NOTHING.fullmatch(commit)]
    rows = [line.split() for line in given.splitlines()]
    return [row[1] for row in rows if len(row) == 4 and not NOTHING.fullmatch(row[1])]


def moved_between(name: str, arguments: Sequence[str]) -> tuple[str, str] | None:
    """(from, to) of a checkout or a merge; None when single files were checked out."""
    if name == "post-merge":
        return "ORIG_HEAD", "HEAD"
    old = os.environ.get("PRE_COMMIT_FROM_REF")
    if old is not None:  # the framework's post-checkout; its post-merge names no commits
        arguments = (old, os.environ.get("PRE_COMMIT_TO_REF", "HEAD"), os.environ.get("PRE_COMMIT_CHECKOUT_TYPE", "1"))
    elif not arguments:
        return "ORIG_HEAD", "HEAD"
    is_branch = len(arguments) < 3 or arguments[2] != "0"
    return (arguments[0], arguments[1]) if is_branch and len(arguments) > 1 else None


def after_move(repository: Repository, old: str, new: str) -> list[str]:
    """What is stale now; nothing when the move touched nothing of the novel, or it is not here."""
    if not (repository.root / NOVEL).is_file():
        return []
    try:
        touched = bool(NOTHING.fullmatch(old) or repository.own("diff", "--name-only", "-z", old, new))
    except StoreError:
        touched = True  # a first merge, a shallow clone: where we came from is not known
    if not touched:
        return []
    from comfyvn.engine.arrival import lines
    from comfyvn.engine.opening import open_novel

    try:
        return list(lines(open_novel(repository.root)))
    except ComfyVNError as error:
        where = f" ({error.where})" if error.where else ""
        return [f"the novel is not sound here: {error.what}{where}; `comfyvn check` tells all"]
