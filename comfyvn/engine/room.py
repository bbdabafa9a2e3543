"""Whether the novel's disk takes anything: asked before each artifact once it did not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from comfyvn.engine.retry import policy_of
from comfyvn.errors import StoreError
from comfyvn.store.files import Scratch

PROBE_BYTES = 4 * 2**20  # about a picture


class Room:
    """Nothing is rendered that could not be kept: on a server that would be paid for in vain."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._guard = threading.Lock()
        self._refusal: StoreError | None = None

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Meanwhile something is written: remembers when the disk does not take it."""
        try:
            yield
        except StoreError as error:
            if policy_of(error).asks_first:
                with self._guard:
                    self._refusal = error
            raise

    def check(self) -> None:
        """Raises the error that was met, in the same words, while the disk still takes nothing."""
        if self._refusal is None:
            return
        with self._guard:
            if self._refusal is not None and not self._takes_anything():
                raise type(self._refusal)(self._refusal.what, self._refusal.where, self._refusal.todo)
            self._refusal = None

    def _takes_anything(self) -> bool:
        try:
            with self._scratch.file() as path, path.open("wb") as file:
                file.write(bytes(PROBE_BYTES))
        except OSError:
            return False
        return True
