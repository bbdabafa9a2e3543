"""Which model of the registry a file of somebody's graph is, and what to call one that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from comfyvn.graph.definitions import Input

# What an input for a file of a folder is called; a folder that is not here gives its own name.
_INPUT_NAMES = {
    "checkpoints": "checkpoint",
    "loras": "lora",
    "diffusion_models": "diffusion_model",
    "text_encoders": "text_encoder",
    "upscale_models": "upscale_model",
    "sams": "sam",
    "ultralytics": "detector",
    "animatediff_models": "motion_model",
}


def model_name(entry: Input) -> str:
    """The name of a workflow's input for the files of this node input."""
    return _INPUT_NAMES.get(entry.folder) or re.sub(r"\W+", "_", entry.folder.lower(), flags=re.ASCII).strip("_")


class ModelNames:
    """The registry's models by folder and file, and the new names that were given on the way (`new`)."""

    def __init__(self, models: Iterable[tuple[str, str, str]]) -> None:
        """`models`: (logical name, folder, file) of each."""
        self.new: dict[str, Mapping[str, str]] = {}
        self._names: dict[tuple[str, str], str] = {}
        for name, folder, file in models:
            self._names.setdefault((folder, plain_file(file)), name)
        self._taken = {name for name, _, _ in models} if isinstance(models, list) else set(self._names.values())

    def known(self, folder: str, file: str) -> bool:
        name = self._names.get((folder, plain_file(file)))
        return name is not None and name not in self.new

    def name(self, folder: str, file: str) -> str:
        """The logical name of a file; a new one, remembered in `new`, if the registry does not have it."""
        key = (folder, plain_file(file))
        if key not in self._names:
            self._names[key] = self._fresh(file)
            self.new[self._names[key]] = {"file": file.replace("\\", "/"), "folder": folder}
        return self._names[key]

    def _fresh(self, file: str) -> str:
        stem = plain_file(file).rpartition(".")[0] or plain_file(file)
        slug = re.sub(r"[^a-z0-9]+", "_", stem).strip("_") or "model"
        base = slug if slug[0].isalpha() else f"model_{slug}"
        name = base
        number = 1
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name


def plain_file(file: str) -> str:
    """A file's own name, without the sub-folder that differs between servers, and without case."""
    return file.replace("\\", "/").rpartition("/")[2].lower()
