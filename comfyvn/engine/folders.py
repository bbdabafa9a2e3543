"""Taking files away under build/ without taking anything that is not ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path, PurePosixPath

from comfyvn.store.refused import patiently, refused


def in_the_way(old: Iterable[str], new: Collection[str]) -> list[str]:
    """Old files that are a folder now, or lie in a folder that is a file now."""
    gone = [name for name in old if name not in new]
    if not gone:
        return []
    folders = {str(folder) for name in new for folder in PurePosixPath(name).parents}
    return [name for name in gone if name in folders or any(str(up) in new for up in PurePosixPath(name).parents)]


def unlink(path: Path) -> None:
    """Removes a file; what is a folder by now is none of ours. Raises StoreError."""
    if path.is_dir() and not path.is_symlink():
        return
    try:
        patiently(partial(path.unlink, missing_ok=True))
    except NotADirectoryError:
        return
    except OSError as error:
        raise refused(error, path, "remove") from error


def take_away(path: Path) -> None:
    """Removes a file of ours, and what Ren'Py compiled of it, which it would go on running. Raises StoreError."""
    unlink(path)
    if path.suffix == ".rpy":
        unlink(path.with_suffix(".rpyc"))


def remove_empty_folders(folder: Path, stop: Path) -> None:
    """Removes `folder` and its parents while they are empty, up to but not including `stop`."""
    while folder != stop and stop in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
