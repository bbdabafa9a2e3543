"""Exports: generated texts, placed artifacts and the author's overlay, gathered as one folder's files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from comfyvn.errors import MakeError
from comfyvn.makers.icons import PLACE, icons
from comfyvn.makers.made import Labelled, Made
from comfyvn.recipe import LOCAL, Export

AtlasTexts = Callable[[Mapping[str, object]], Mapping[str, str]]  # atlas manifests by character → place → text


def export(
    recipe: Export,
    placed: Mapping[str, Path | Labelled],
    overlay: Mapping[str, Path],
    atlas_texts: AtlasTexts | None,
) -> Made:
    """The export's files in the order in which they are published: artifacts, then texts.

    `placed`: place → artifact (a place that ends in / has been spread to the files of an atlas already). Raises
    MakeError when an atlas manifest cannot be read.
    """
    texts = dict(recipe.texts)
    if atlas_texts is not None:
        texts.update(atlas_texts(_Atlases(placed)))
    files: dict[str, bytes | Path | Labelled] = {f"/{place}": path for place, path in sorted(placed.items())}
    for place, path in placed.items():
        if place.startswith(f"{PLACE}.") and isinstance(path, Path):
            files.update({f"/{name}": data for name, data in icons(path).items()})
    files.update({f"/{place}": text.encode() for place, text in sorted(texts.items())})
    files.update({f"/{place}": path for place, path in sorted(overlay.items())})
    return Made(files, LOCAL)


class _Atlases(Mapping[str, object]):
    """Atlas manifests by the name of the folder they are placed in; read when asked for, and let go: they are large."""

    def __init__(self, placed: Mapping[str, Path | Labelled]) -> None:
        self._paths: dict[str, Path] = {}
        for place, path in placed.items():
            folder, _, name = place.rpartition("/")
            if isinstance(path, Path) and name.endswith(".json") and "/atlas/" in f"/{folder}/":
                self._paths[folder.rpartition("/")[2]] = path

    def __getitem__(self, name: str) -> object:
        return _read(self._paths[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise MakeError(f"an atlas manifest cannot be read ({error})", str(path), "make the atlas again") from error
