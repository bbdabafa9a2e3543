"""Which errors are met by trying again, how often, and by whom: one table, which docs/failures.md shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from comfyvn import errors
from comfyvn.errors import BridgeError, ComfyVNError
from comfyvn.store import refused

T = TypeVar("T")
Who = Literal["nobody", "store", "bridge", "build"]


@dataclass(frozen=True)
class Policy:
    """`by`: who tries again; `tries` in all, with pauses that grow from `first_s` to `most_s` seconds.

    `asks_first`: after such an error, the disk is asked before each further artifact whether it takes anything: what
    is rendered and cannot be kept is paid for in vain. `why`: for people.
    """

    by: Who
    why: str
    tries: int = 1
    first_s: float = 0.0
    most_s: float = 0.0
    asks_first: bool = False


POLICIES: dict[type[ComfyVNError], Policy] = {
    errors.FileHeld: Policy(
        "store",
        "most programs let go of a file soon; then the file is named, and everything else goes on",
        refused.HELD_TRIES,
        refused.HELD_FIRST_S,
        refused.HELD_MOST_S,
    ),
    errors.DiskFull: Policy("nobody", "it stays full until somebody makes room", asks_first=True),
    errors.NotWritable: Policy("nobody", "it stays so until somebody changes it", asks_first=True),
    errors.LockHeld: Policy("nobody", "the build waits for the other one, and says so"),
    errors.RemoteError: Policy("nobody", "it is put aside for the run, and the build goes on without it"),
    errors.StoreError: Policy("nobody", "the same would come out"),
    errors.DownloadError: Policy(
        "build", "the bridge has fetched it three times; the server may be well a moment later", 2, 1.0, 1.0
    ),
    errors.ServerDown: Policy("bridge", "it is waited for, and its work goes to another server (faults.md)"),
    errors.PromptRejected: Policy("bridge", "another server may have what this one lacks"),
    errors.RenderFailed: Policy(
        "bridge", "out of memory: once more, with its memory freed; else the same would come out"
    ),
    errors.Interrupted: Policy("nobody", "somebody wanted it to stop"),
    errors.VoiceError: Policy("nobody", "the next engine of the clip's list has been tried"),
    errors.BridgeError: Policy("bridge", "a request that the server fails (HTTP 5xx) is made three times"),
    errors.InputMissing: Policy("nobody", "somebody has to put the file there"),
    errors.InputMoved: Policy("nobody", "the next build plans with what is there then"),
    errors.OverBudget: Policy("nobody", "it would cost more than was allowed"),
    errors.MakeError: Policy("nobody", "the same would come out"),
    errors.ComfyVNError: Policy("nobody", "the same would come out"),
}


def policy_of(error: BaseException) -> Policy:
    """The policy of the error's own class, or of the nearest class above it that has one."""
    return next((POLICIES[kind] for kind in type(error).__mro__ if kind in POLICIES), POLICIES[ComfyVNError])


def attempted(work: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """Does `work`, again where the build itself is to try again. Raises what it raised last."""
    try:
        return work()
    except ComfyVNError as error:
        if not is_tried_again(error):
            raise
        failure = error
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential  # only a failure needs it

    policy = policy_of(failure)
    sleep(policy.first_s)
    retrying = Retrying(
        stop=stop_after_attempt(policy.tries - 1),
        wait=wait_exponential(multiplier=policy.first_s, max=policy.most_s),
        retry=retry_if_exception(is_tried_again),
        sleep=sleep,
        reraise=True,
    )
    return retrying(work)


def is_tried_again(error: BaseException) -> bool:
    """Whether the build makes a target again that failed so."""
    can_succeed = not isinstance(error, BridgeError) or error.retryable
    return policy_of(error).by == "build" and can_succeed
