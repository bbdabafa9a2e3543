"""Which contract files a novel has, and which folders to look at to notice that one came or went; reads no file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from comfyvn.contracts.kinds import FOLDERS, TRANSLATIONS
from comfyvn.contracts.model import DEVICE_NAMES, ID_PATTERN, LANGUAGE_PATTERN
from comfyvn.contracts.words import NOVEL_FILE
from comfyvn.reading import pairs
from comfyvn.reading.novel import MAIN

S = TypeVar("S")


@dataclass(frozen=True)
class Listing(Generic[S]):
    """`files`: key → file, `novel` among them, and scripts by keys of their own (see pairs); `folders`: what was looked
    at, there or not → how it looked before.

    `is_plain`: nothing is there that a whole reading would have something to say about (names that are no ids, a
    character in two places): such a novel is read whole.
    """

    files: dict[str, str]
    folders: dict[str, S]
    is_plain: bool


def listing(root: str, look: Callable[[str], S]) -> Listing[S]:
    """The contract files of the novel in `root`, by key, in the order in which a whole reading takes them.

    `look` gives a folder's signature; it is asked before the folder is read.
    """
    files = {"novel": NOVEL_FILE}
    folders: dict[str, S] = {}
    is_plain = os.path.isfile(os.path.join(root, NOVEL_FILE))  # noqa: PTH113, PTH118 - pathlib is slow for thousands

    def entries(folder: str) -> list[tuple[str, bool]]:
        path = os.path.join(root, folder)  # noqa: PTH118
        folders[folder] = look(path)
        return sorted(_entries(path))

    # JSON files beside the folders are read by nothing: a whole reading warns of them.
    is_plain = is_plain and not any(name.endswith(".json") and not is_folder for name, is_folder in entries("data"))
    for folder in FOLDERS:
        for name, is_folder in entries(f"data/{folder}"):
            key, file = name, f"data/{folder}/{name}"
            if folder == "characters" and is_folder:
                is_plain = is_plain and (MAIN, False) in entries(file)
                file = f"{file}/{MAIN}"
            elif name.endswith(".json"):
                key = name[:-5]
            elif folder == pairs.FOLDER and pairs.is_script(name):
                is_plain = is_plain and pairs.contract_key(f"{folder}/{name}") in files  # .json comes before .rpy
                files[f"{folder}/{name}"] = file
                continue
            else:
                continue
            is_plain = is_plain and _is_name(key) and f"{folder}/{key}" not in files
            files.setdefault(f"{folder}/{key}", file)
    for name, is_folder in entries(f"data/{TRANSLATIONS}"):
        if not is_folder and not name.endswith(".json"):
            continue
        language, file = name if is_folder else name[:-5], f"data/{TRANSLATIONS}/{name}"
        is_plain = is_plain and _is_name(language, LANGUAGE_PATTERN)
        if not is_folder:
            files[f"{TRANSLATIONS}/{language}"] = file
            continue
        for scene in [each[:-5] for each, _ in entries(file) if each.endswith(".json")]:
            is_plain = is_plain and _is_name(scene)
            files[f"{TRANSLATIONS}/{language}/{scene}"] = f"{file}/{scene}.json"
    return Listing(files, folders, is_plain)


def _is_name(name: str, pattern: str = ID_PATTERN) -> bool:
    return bool(re.fullmatch(pattern, name)) and len(name) <= 64 and name not in DEVICE_NAMES


def _entries(path: str) -> Iterator[tuple[str, bool]]:
    try:
        with os.scandir(path) as found:
            yield from [(entry.name, entry.is_dir()) for entry in found if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return
