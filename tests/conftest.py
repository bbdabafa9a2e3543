"""What every test needs: a cache of its own, and no colour or width taken from the terminal."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes import forked

# No test depends on how fast the machine is; on CI the same examples come every time.
settings.register_profile(
    "comfyvn", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("comfyvn")

# A shell's background jobs are started deaf to Ctrl-C, and so would be every program that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the tests under tests/comfyui, here because options are read before any folder is entered."""
    group = parser.getgroup("comfyui", "tests against a running ComfyUI (pytest -m comfyui --comfyui-url URL)")
    group.addoption("--comfyui-url", default="", help="base URL of a ComfyUI server, e.g. http://127.0.0.1:8188")
    group.addoption(
        "--comfyui-checkpoint", default="", help="a checkpoint of that server to sample with (else one named *tiny*)"
    )


def pytest_collection_finish() -> None:
    """Thousands of tests, and all that they import, stay to the end: nobody need look for garbage among them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def kept_by_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is made once for all tests, whichever of pytest's processes runs them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "kept"
    (folder / "drawings").mkdir(parents=True, exist_ok=True)
    forked.kept = folder / "drawings"
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_endpoints(kept_by_all: Path) -> Iterator[None]:
    """Draft endpoints that a test starts itself begin with everything loaded, as those of its runs do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("comfyvn.draft.process.sys", forked.Interpreter())
        yield


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or fills the cache of whoever runs it."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("COMFYVN_CACHE", str(folder))
    return folder
