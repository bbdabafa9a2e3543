"""A real Chromium without a window, spoken to over its own protocol: pages are opened, run, typed into and pictured."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)


class Browser:
    """A page that answers JavaScript."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection, self.number = connection, 0
        self.told: list[Any] = []  # events of the domains that were enabled, in order
        self.loaded: set[str] = set()
        self.call("Page.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def call(self, method: str, **options: Any) -> Any:
        self.number += 1
        self.connection.send(json.dumps({"id": self.number, "method": method, "params": options}))
        while (told := self._told()).get("id") != self.number:
            continue
        return told["result"]

    def _told(self) -> Any:
        told = json.loads(self.connection.recv(timeout=60))
        if "method" in told:
            self.told.append(told)
        if told.get("method") == "Page.lifecycleEvent" and told["params"]["name"] == "load":
            self.loaded.add(told["params"]["loaderId"])
        return told

    def open(self, url: str) -> None:
        """Goes to a page and returns once all of it is loaded; before, the page that was there answers `run`."""
        going = self.call("Page.navigate", url=url)
        assert not going.get("errorText"), going
        while going["loaderId"] not in self.loaded:
            self._told()

    def run(self, script: str) -> Any:
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def press(self, key: str) -> None:
        """One key, as a person presses it: a character, or a name such as Tab."""
        text = {"text": key} if len(key) == 1 else {}
        code = {"Tab": 9}.get(key, ord(key.upper()) if len(key) == 1 else 0)
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    def picture(self) -> bytes:
        """PNG bytes of what is seen."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def opened(folder: Path, *more: str) -> Iterator[Browser]:
    """A browser with an empty page; `folder` takes its profile, `more` are further options of its command line."""
    assert BROWSER is not None
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        *more,
    ]
    process = subprocess.Popen([BROWSER, *options, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = folder / "DevToolsActivePort"
        wait(lambda: told.is_file() and told.read_text().strip())
        pages = httpx.get(f"http://127.0.0.1:{told.read_text().split()[0]}/json").json()
        address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        with connect(address, max_size=2**28) as connection:
            yield Browser(connection)
    finally:
        process.terminate()
        process.wait()


def wait(question: Callable[[], Any], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "the browser or its page did not start"
        time.sleep(0.1)
