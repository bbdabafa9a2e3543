"""Where a ComfyUI on this machine keeps its models: its own `models/`, and what `extra_model_paths.yaml` adds.

The rules are those of ComfyUI's `folder_paths.py` and `utils/extra_config.py`: a section of the file has an optional
`base_path` (relative to the file, `~` and variables expanded), every other key is a folder's name with one path a line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyvn.errors import ContractError, UsageError
from comfyvn.reading.files import YAML_LIMIT
from comfyvn.reading.source import Unread
from comfyvn.reading.yaml_text import parse_yaml

EXTRA_FILE = "extra_model_paths.yaml"
# Older names of a folder, which ComfyUI still reads and people's files still hold.
_SAME = {"unet": "diffusion_models", "clip": "text_encoders", "t2i_adapter": "controlnet"}
_AT_HOME = {"inspyrenet": ".transparent-background"}  # what the package of this name downloads to
_SETTINGS = {"base_path", "is_default"}


@dataclass(frozen=True)
class ModelFolders:
    """`places`: folder name → its directories, first found first; `packs`: further folders of node packs."""

    root: Path
    places: Mapping[str, tuple[Path, ...]]
    packs: tuple[Path, ...] = ()

    def of(self, folder: str) -> tuple[Path, ...]:
        """The directories that may hold models of this folder."""
        name = _SAME.get(folder, folder)
        own = [self.root / "models" / old for old in (name, *(key for key, new in _SAME.items() if new == name))]
        kept = sorted((self.root / "custom_nodes").glob("*/ckpts"))  # where packs put what they download themselves
        home = [Path.home() / _AT_HOME[name]] if name in _AT_HOME else []
        return tuple(dict.fromkeys((*self.places.get(name, ()), *own, *kept, *home)))


def model_folders(root: Path, files: tuple[Path, ...] = ()) -> ModelFolders:
    """The folders of the ComfyUI in `root`; `files` are read beside its own extra_model_paths.yaml.

    Raises ContractError for a file that cannot be read.
    """
    own = root / EXTRA_FILE
    places: dict[str, list[Path]] = {}
    for file in (*([own] if own.is_file() else []), *files):
        for name, path, is_default in _entries(file):
            if "\0" in str(path):
                continue  # no path of any system
            listed = places.setdefault(_SAME.get(name, name), [])
            listed.insert(0 if is_default else len(listed), path)
    packs = tuple(places.pop("custom_nodes", ()))
    return ModelFolders(root, {name: tuple(dict.fromkeys(found)) for name, found in places.items()}, packs)


def _entries(file: Path) -> list[tuple[str, Path, bool]]:
    """(folder name, directory, whether it comes first) of every line of the file."""
    found: list[tuple[str, Path, bool]] = []
    for section in _sections(file):
        base = _base(section, file.resolve().parent)
        is_default = section.get("is_default") is True
        for name, lines in section.items():
            if name not in _SETTINGS and isinstance(lines, str):
                found.extend((name, base / line.strip(), is_default) for line in lines.splitlines() if line.strip())
    return found


def _sections(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open("rb") as stream:
            data = stream.read(YAML_LIMIT)
    except OSError as error:
        raise UsageError(f"the file cannot be read ({error.strerror})", str(file), "correct its name") from error
    source = parse_yaml(str(file), data)
    if isinstance(source, Unread):
        raise ContractError(source.problems, f"correct {file}: ComfyUI reads it too")
    sections = source.value.values() if isinstance(source.value, dict) else ()
    return [section for section in sections if isinstance(section, dict)]


def _base(section: Mapping[str, Any], folder: Path) -> Path:
    named = section.get("base_path")
    return folder / os.path.expandvars(os.path.expanduser(named)) if isinstance(named, str) else folder  # noqa: PTH111
