"""The collector: what was not used for longest goes first, whole; what a build may be about to use stays."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from comfyvn.store.cache import Cache
from comfyvn.store.collect import check, collect, contents, stats
from tests.fakes.shared_caches import FACTS

NAMES = [f"fp1:{number:064x}" for number in range(10)]


def filled(folder: Path, size: int = 1000) -> Cache:
    """Ten artifacts of a file of their own and one that all share; the first was used longest ago."""
    cache = Cache(folder)
    for number, name in enumerate(NAMES):
        cache.put(name, {".png": bytes([number]) * size, "-0.png": b"shared" * 10}, FACTS)
        _age(cache.entry_path(name), 10_000 - number)
    for path in (folder / "objects").rglob("*"):
        _age(path, 20_000)
    return cache


def _age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def kept(cache: Cache) -> list[str]:
    return [name for name in NAMES if cache.entry(name) is not None]


def test_what_was_used_last_stays(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    whole = contents(tmp_path).bytes
    _age(cache.entry_path(NAMES[0]), 5_000)  # used after all the others
    found = collect(tmp_path, whole // 2)
    assert found.left <= whole // 2 and found.left == contents(tmp_path).bytes == whole - found.freed
    assert kept(cache) == [NAMES[0], *NAMES[-len(kept(cache)) + 1 :]]
    assert all(cache.get(name) is not None for name in kept(cache))
    assert found.entries == 10 - len(kept(cache)) == found.objects  # the shared object is still needed


def test_getting_something_is_using_it(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    assert cache.get(NAMES[0]) is not None
    collect(tmp_path, 0)
    assert kept(cache) == [NAMES[0]]  # young, so it stays whatever the size
    assert cache.get(NAMES[0]) is not None


def test_nothing_is_left_of_what_goes(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    found = collect(tmp_path, 0)
    assert kept(cache) == [] and found.left == 0 and found.entries == 10 and found.objects == 11


def test_what_no_entry_names_goes_first_unless_it_is_young(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    for number in (1, 2):
        digest = f"{number:064x}"
        cache.scratch.publish(b"left by a writer that was killed", cache.object(digest))
    _age(cache.object(f"{1:064x}"), 5_000)
    found = collect(tmp_path, 2**30)
    assert (found.entries, found.objects) == (0, 1) and len(kept(cache)) == 10
    assert cache.object(f"{2:064x}").exists()


def test_an_object_that_is_put_again_counts_as_new(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    for name in NAMES:
        cache.entry_path(name).unlink()
    cache.put(NAMES[0], {".png": bytes([0]) * 1000, "-0.png": b"shared" * 10}, FACTS)
    collect(tmp_path, 0)
    assert cache.get(NAMES[0]) is not None


def test_a_reader_finds_a_whole_artifact_or_none(tmp_path: Path) -> None:
    cache, wrong = filled(tmp_path), []
    stop = threading.Event()

    def build() -> None:
        while not stop.is_set():
            for number, name in enumerate(NAMES):
                found = cache.get(name)
                if found is None:
                    cache.put(name, {".png": bytes([number]) * 1000, "-0.png": b"shared" * 10}, FACTS)
                elif found.files[".png"] != bytes([number]) * 1000:
                    wrong.append(name)

    thread = threading.Thread(target=build)
    thread.start()
    for _ in range(20):
        collect(tmp_path, 2000, young_s=0.0)
    stop.set()
    thread.join()
    assert wrong == []


def test_a_check_removes_what_is_damaged_and_what_it_leaves_torn(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    entry = cache.entry(NAMES[3])
    assert entry is not None
    cache.object(entry.files[".png"]).write_bytes(b"damaged")
    cache.entry_path(NAMES[5]).write_bytes(b"{")
    found = check(tmp_path)
    assert (found.objects, found.entries, len(found.damaged)) == (11, 10, 3)
    assert kept(cache) == [name for name in NAMES if name not in (NAMES[3], NAMES[5])]
    assert check(tmp_path).damaged == ()


def test_counts(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    cache.get(NAMES[0])
    cache.get("fp1:" + "f" * 64)
    cache.close()
    found = stats(tmp_path)
    assert (found.entries, found.objects) == (10, 11)
    assert found.bytes == contents(tmp_path).bytes > 10_000
    assert found.hits == {"near": 1, "far": 0, "missed": 1}
