"""Reads where work can run: the novel's `providers/servers.yaml`, and over it the user's own file outside the novel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from comfyvn.contracts.servers import SERVERS_FILE, disagreements, heard_of, parse_servers
from comfyvn.errors import ContractError, Problem
from comfyvn.reading import files
from comfyvn.reading.source import Source, Unread, escaped


def read_servers_files(root: Path, own: Path) -> tuple[Source, ...]:
    """What the novel in `root` says of its servers, then what the user's `own` file says; those that are there.

    Raises ContractError for a file that cannot be read. Whether it says something sensible, its parser tells:
    `located` gives the lines.
    """
    found = [files.load(root, SERVERS_FILE)] if _is_there(root / SERVERS_FILE) else []
    for source in found:
        if isinstance(source, Unread):
            raise ContractError([escaped(problem) for problem in source.problems])
    said = load_own(own)
    return (*(source for source in found if isinstance(source, Source)), *([said] if said else []))


def load_own(own: Path) -> Source | None:
    """A file of the user's own, outside the novel, called by its whole path; None where there is none.

    Raises ContractError when it cannot be read.
    """
    if not _is_there(own):
        return None
    # A link to a file kept elsewhere is the user's affair here, unlike in a novel that somebody else may send.
    place = own.resolve()
    source = _named(files.load(place.parent, place.name), str(own))
    if isinstance(source, Unread):
        raise ContractError([escaped(problem) for problem in source.problems])
    return source


def servers_problems(root: Path) -> Iterator[Problem]:
    """Everything that is wrong with the novel's own servers.yaml."""
    source = files.load(root, SERVERS_FILE) if _is_there(root / SERVERS_FILE) else None
    if isinstance(source, Unread):
        yield from source.problems
    elif source is not None:
        try:
            parsed = parse_servers(source.value)
            named = [(name, entry.engine, heard_of(entry)) for name, entry in parsed.voices.items()]
            yield from (escaped(source.locate(problem)) for problem in disagreements(named, SERVERS_FILE))
        except ContractError as error:
            yield from located_problems(error, source)


@contextmanager
def located(source: Source) -> Iterator[None]:
    """Gives every problem of a ContractError that is raised inside the line of `source` where it is."""
    try:
        yield
    except ContractError as error:
        raise ContractError(located_problems(error, source)) from error


def located_problems(error: ContractError, source: Source) -> list[Problem]:
    return [escaped(source.locate(problem)) for problem in error.problems]


def _is_there(file: Path) -> bool:
    return file.exists() or file.is_symlink()


def _named(source: Source | Unread, name: str) -> Source | Unread:
    if isinstance(source, Source):
        return replace(source, file=name)
    return Unread(name, tuple(replace(problem, file=name) for problem in source.problems))
