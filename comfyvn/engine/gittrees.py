"""The novel as Git has it, staged or committed, as a folder to check: the work tree may be further, or behind.

Where nothing differs the work tree itself is taken, with everything that is remembered of it. Otherwise files are
written into a folder that is removed afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from comfyvn import paths, reading
from comfyvn.engine.opening import OpenNovel, open_novel
from comfyvn.engine.state import State
from comfyvn.errors import ComfyVNError, ContractError, Problem, StoreError
from comfyvn.store import records
from comfyvn.store.git import NOVEL, Repository, is_input, own_names

IGNORED = ("ls-files", "--others", "--ignored", "--exclude-standard", "-z")


# --- staged


def staged_problems(repository: Repository, staged: Collection[str]) -> list[Problem]:
    """Errors in the novel as it is staged: contracts, ids, seeds, workflows, the lock, and what staged files are.

    `staged`: names relative to the repository's top. A file that Git tracks, or was told to ignore, counts as there:
    it was looked at when it was staged.
    """
    if not repository.own("diff", "--name-only", "-z") and not untracked(repository):
        return _problems(repository.root)
    entries = repository.entries()
    novel = {name: name.removeprefix(repository.novel) for name in entries}
    wanted = [name for name, own in novel.items() if is_input(own) or (name in staged and not own.startswith("build/"))]
    with tempfile.TemporaryDirectory(prefix="comfyvn-staged-") as folder:
        repository.write_out(wanted, Path(folder))
        root = Path(folder) / repository.novel
        root.mkdir(exist_ok=True)
        found = _problems(root)
    written = {novel[name] for name in wanted}
    return [one for one in found if not _is_elsewhere(repository, one, {*novel.values()} - written)]


def untracked(repository: Repository) -> list[str]:
    """Files that the work tree has and the index does not, ignored ones aside; relative to the novel."""
    return own_names(repository, repository.own("ls-files", "--others", "--exclude-standard", "-z"))


def _is_elsewhere(repository: Repository, problem: Problem, tracked: Collection[str]) -> bool:
    """Whether a contract only misses a file that was not written out: tracked and not staged now, or ignored by Git."""
    name = problem.value.strip('"')
    if problem.severity != "error" or not name or problem.message != "the file is not there":
        return False
    return name in tracked or bool(repository.names(*IGNORED, "--", repository.novel + name))


def _problems(root: Path) -> list[Problem]:
    """What `comfyvn check` calls errors: the contracts, then whether every graph can be bound."""
    found = reading.read(root)
    if found.errors:
        return list(found.errors)
    try:
        open_novel(root)
    except ContractError as error:
        return list(error.problems)
    except ComfyVNError as error:
        return [Problem(error.where, error.what, allowed=error.todo)]
    return []


# --- committed


@contextmanager
def committed(repository: Repository, commit: str) -> Iterator[OpenNovel | None]:
    """The novel as a commit has it, opened; None where it has none. Raises ContractError or WorkflowError."""
    changed = repository.own("diff", "--name-only", "-z", commit)
    if not changed and not any(is_input(name) for name in untracked(repository)):
        yield open_novel(repository.root) if (repository.root / NOVEL).is_file() else None
        return
    with (
        tempfile.TemporaryDirectory(prefix="comfyvn-commit-") as folder,
        repository.at(commit, Path(folder)) as then,
    ):
        tree = Path(folder) / "tree"
        names = list(then.entries())
        then.write_out(names, tree)
        root = tree / repository.novel
        if not (root / NOVEL).is_file():
            yield None
            return
        novel = open_novel(root)
        moved = set(changed)
        same = {name.removeprefix(repository.novel) for name in names if name not in moved}
        _remember(novel, State(repository.root), same)
        yield novel


def _remember(novel: OpenNovel, here: State, same: Collection[str]) -> None:
    """Takes over the digests of golden files that the work tree has alike: they need not be decoded again."""
    golden = [name for name in same if name.endswith(paths.RECORD_SUFFIX)]
    for name in golden:
        record = records.parse((novel.root / name).read_bytes())
        for part in record.files if record else ():
            file = (Path(name).parent / part).as_posix()
            if file in same:
                try:
                    novel.engine.state.digests.wrote(file, here.digests.of(file))
                except (StoreError, OSError):
                    continue  # it is read where it is then
