"""Judging ahead: as if everything that the cache has were in build/ already."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from comfyvn.engine.entries import CACHED_KINDS
from comfyvn.engine.judge import Judge, file_of, part_name
from comfyvn.engine.state import State
from comfyvn.errors import InputMissing, StoreError
from comfyvn.recipe import Input, TargetInput
from comfyvn.store.cache import Cache
from comfyvn.store.content import content_digest
from comfyvn.targets.target import Target


class Foresight(Judge):
    """A judge to whom artifacts that will come from the cache are there. It writes nothing."""

    def __init__(self, root: Path, targets: Mapping[str, Target], state: State, cache: Cache) -> None:
        super().__init__(root, targets, state)
        self._cache, self._forgotten = cache, state.forgotten()
        self._coming: dict[str, dict[str, Path]] = {}
        self._contents: dict[str, str] = {}

    def expect(self, target: Target, wanted: str) -> bool:
        """Whether the cache has all of it; from now on it counts as made."""
        if target.recipe.kind not in CACHED_KINDS or target.name in self._forgotten:
            return False
        objects = self._cache.objects(wanted) or {}
        files = {file_of(target, part_name(target, suffix)): path for suffix, path in objects.items()}
        if not files.keys() >= set(target.files):
            return False
        self._coming[target.name] = files
        return True

    def expects(self, name: str) -> bool:
        return name in self._coming

    def digest(self, item: Input) -> str:
        """Content digest of an input as it will be. Raises InputMissing."""
        if isinstance(item, TargetInput) and item.file in self._coming.get(item.target, ()):
            if item.file not in self._contents:
                self._contents[item.file] = self._content(item)
            return self._contents[item.file]
        return super().digest(item)

    def _content(self, item: TargetInput) -> str:
        try:
            return content_digest(self._coming[item.target][item.file], PurePosixPath(item.file).suffix)
        except StoreError as error:
            raise InputMissing(f"what the cache has cannot be used: {error.what}", item.file, error.todo) from error
