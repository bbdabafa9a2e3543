"""Connections to a shared cache: a few at once, each used by one thread at a time, renewed once when one is cut."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from comfyvn.errors import RemoteError, StoreError

Connect = Callable[[], Any]  # gives an fsspec filesystem
T = TypeVar("T")
CONNECTIONS = 4  # at once: sshd turns away more than about ten that are just being opened
REACH = "see that the server is on and reachable"


class Refused(Exception):
    """What is there under that name is no file, or larger than anything that we would have put there."""


class Connections:
    """Foreign errors end here: they become a RemoteError that names `label`, without the words that are `hidden`."""

    def __init__(self, connect: Connect, label: str, hidden: Sequence[str] = ()) -> None:
        self._connect, self._label, self._hidden = connect, label, tuple(word for word in hidden if word)
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()
        self._room = threading.BoundedSemaphore(CONNECTIONS)

    def do(self, what: str, operation: Callable[[Any], T]) -> T:
        """Carries it out; once more, over a new connection, when the first one was cut.

        Raises RemoteError; FileNotFoundError, Refused and StoreError come through as they are.
        """
        with self._room:
            for is_last in (False, True):
                fs = self._filesystem()
                try:
                    result = operation(fs)
                except (Refused, StoreError, FileNotFoundError):
                    self._idle.put(fs)
                    raise
                except PermissionError as error:
                    self._idle.put(fs)
                    raise self._error(what, error, "see that your account may read and write there") from error
                except Exception as error:  # paramiko, botocore and asyncio have nothing in common but this
                    _end(fs)
                    self.close()  # a cut seldom hits one alone: the next attempt begins anew
                    if is_last or "Timeout" in type(error).__name__:  # the silent would be silent again
                        raise self._error(what, error, REACH) from error
                else:
                    self._idle.put(fs)
                    return result
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Ends those that are not in use."""
        with contextlib.suppress(queue.Empty):
            while True:
                _end(self._idle.get_nowait())

    def _filesystem(self) -> Any:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()
        try:
            return self._connect()
        except RemoteError:
            raise
        except Exception as error:
            raise self._error("be reached", error, REACH) from error

    def _error(self, what: str, error: BaseException, todo: str) -> RemoteError:
        text = str(error)
        for word in self._hidden:
            text = text.replace(word, "[secret]")
        said = " ".join(text.split())[:200] or type(error).__name__
        return RemoteError(f"the shared cache cannot {what} ({said})", self._label, todo)


def _end(fs: Any) -> None:
    client = getattr(fs, "client", None)  # SFTP's; the others hold nothing that they do not give back themselves
    if client is not None:
        with contextlib.suppress(Exception):
            client.close()
