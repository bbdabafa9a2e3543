"""Faults of networks and servers, each carried out on real sockets: what the user sees, what is lost, what runs twice.

One list for the tests that hold it and for `bench/faults.py`, which writes it as a table.
"""

from __future__ import annotations

import asyncio
import io
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from PIL import Image

from comfyvn.bridge.comfy import ComfyBridge, Limits, Progress, RenderContext, Server
from comfyvn.errors import BridgeError
from tests.fakes.comfy import FakeComfy, Prompt, Stuck, paint, png, running
from tests.fakes.comfy_process import comfy_process
from tests.fakes.faults import Fault, relayed
from tests.fakes.payloads import FINGERPRINT

# Where somebody answers in the end, no stall of this machine may be taken for silence; where nobody does, be quick.
PATIENT = Limits(patience_s=60.0, gone_s=60.0, connect_s=30.0, socket_s=1.0, poll_s=0.01, poll_most_s=0.1)
HUNG = replace(PATIENT, patience_s=2.0, gone_s=2.0, tell_s=0.2)  # where nobody answers: any stall looks alike
GONE = replace(PATIENT, patience_s=3.0, gone_s=3.0, tell_s=30.0)  # refusals are told after two seconds


def _big_picture() -> bytes:
    """A picture of noise, too large for one packet."""
    noise = random.Random(1).randbytes(3 * 256 * 256)
    buffer = io.BytesIO()
    Image.frombytes("RGB", (256, 256), noise).save(buffer, "PNG")
    return buffer.getvalue()


POSE = _big_picture()
GRAPH = {
    "1": {"class_type": "LoadImage", "inputs": {"image": {"$input": "pose"}}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": {"$prefix": "sprite"}}},
}
PAYLOAD = {"workflow_id": "sprite_pack", "workflow": GRAPH, "inputs": {"pose": POSE}, "outputs": {"sprite": "2"}}


@dataclass(frozen=True)
class Row:
    """One fault. `lost`: renders that were asked for and never came, even after the user did as told.

    `repeated`: how often a prompt began to run beyond the once that it must; counted on the server.
    """

    fault: str
    seen: str
    lost: int
    repeated: int


@dataclass
class Attempts:
    """What the user's runs of the build gave: pictures, and every line that was seen."""

    pictures: list[bytes] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def run(self, url: str, limits: Limits = PATIENT, silence_s: float = 60.0) -> None:
        """One build that wants the one picture."""
        with ComfyBridge(Server("gpu", url, silence_s=silence_s), limits=limits) as bridge:
            try:
                result = bridge.submit(PAYLOAD, RenderContext(FINGERPRINT, progress=self._note))
            except BridgeError as error:
                self.lines.append(f"{error.what} (to do: {error.todo})".replace(url, "URL"))
            else:
                self.pictures.append(result.artifacts[0].data or b"")

    def _note(self, progress: Progress) -> None:
        if progress.state == "silent":
            line = re.sub(r"since \d+ s", "since N s", f"gpu {progress.note}")
            if line not in self.lines:
                self.lines.append(line)

    def row(self, fault: str, begun: int) -> Row:
        lost = 0 if self.pictures else 1
        return Row(fault, "; ".join(self.lines) or "nothing", lost, max(begun - 1, 0))


CASES: dict[str, Callable[[Path], Row]] = {}


def case(fault: str) -> Callable[[Callable[[str, Path], Row]], Callable[[str, Path], Row]]:
    """Enter a case; it is given the fault's name and a folder of its own."""

    def entered(function: Callable[[str, Path], Row]) -> Callable[[str, Path], Row]:
        CASES[fault] = lambda folder: function(fault, folder)
        return function

    return entered


def broken_once(place: str, kind: Fault) -> Callable[[str, Path], Row]:
    """A connection that breaks once, at one place."""

    def run(fault: str, _: Path) -> Row:
        attempts = Attempts()
        with running(FakeComfy(paint)) as fake, relayed(fake.url, {place: [kind]}) as relay:
            attempts.run(relay.url)
            assert relay.faults[place] == [], "the fault was never met"
            return attempts.row(fault, len(fake.begun))

    return run


case("connection reset in the middle of an upload")(broken_once("POST /upload/image", "reset_inside"))
case("connection reset after an upload was heard")(broken_once("POST /upload/image", "deliver_then_reset"))
case("connection reset before a prompt is heard")(broken_once("POST /prompt", "reset"))
case("connection reset after a prompt was heard")(broken_once("POST /prompt", "deliver_then_reset"))
case("connection reset while following")(broken_once("GET /history", "reset"))
case("connection reset in the middle of a download")(broken_once("GET /view?filename=sprite", "cut_by_reset"))
case("download cut short")(broken_once("GET /view?filename=sprite", "cut"))
case("WebSocket never opens")(broken_once("GET /ws", "hang"))
case("WebSocket opens and stays silent (half-open)")(broken_once("GET /ws", "deaf"))


def answered_once(path: str, status: int, body: str) -> Callable[[str, Path], Row]:
    """A server that answers one request with an error."""

    def run(fault: str, _: Path) -> Row:
        attempts, fake = Attempts(), FakeComfy(paint)
        fake.overrides[path] = [(status, body, {})]
        with running(fake):
            attempts.run(fake.url)
            assert fake.overrides[path] == [], "the fault was never met"
            return attempts.row(fault, len(fake.begun))

    return run


TROUBLE = "500 Internal Server Error\n\nServer got itself in trouble"
case("HTTP 500 in plain text, once, to a prompt")(answered_once("POST /prompt", 500, TROUBLE))
case("HTTP 500 in JSON, once, to a prompt")(answered_once("POST /prompt", 500, '{"error": "busy"}'))
case("HTTP 500, once, to the first question")(answered_once("GET /system_stats", 500, TROUBLE))
case("HTTP 502 of a proxy, once, to a download")(answered_once("GET /view", 502, "<html>bad gateway</html>"))
case("HTTP 429, once, to an upload")(answered_once("POST /upload/image", 429, "slow down"))


@case("HTTP 500 in plain text, always, to a prompt")
def always_500(fault: str, _: Path) -> Row:
    attempts, fake = Attempts(), FakeComfy(paint)
    fake.overrides["POST /prompt"] = [(500, TROUBLE, {})] * 3
    with running(fake):
        attempts.run(fake.url)
        attempts.run(fake.url)  # the user looked into the server's log, and builds again
        return attempts.row(fault, len(fake.begun))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@case("connection refused; started later")
def refused(fault: str, _: Path) -> Row:
    attempts, port = Attempts(), free_port()
    attempts.run(f"http://127.0.0.1:{port}", GONE)
    with running(FakeComfy(paint), port) as fake:
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@contextmanager
def deaf_listener() -> Iterator[str]:
    """A port that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    held.append(server.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for connection in held:
                connection.close()


@case("hung socket: accepts, never answers")
def hung(fault: str, _: Path) -> Row:
    attempts = Attempts()
    with deaf_listener() as url:
        attempts.run(url, HUNG, silence_s=2.0)
    with running(FakeComfy(paint)) as fake:
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("server hangs in the middle of a prompt, and comes back")
def hangs_in_the_middle(fault: str, _: Path) -> Row:
    """It runs on, but answers nothing for longer than its silence: the next build finds the prompt done."""
    attempts, fake = Attempts(), FakeComfy(paint)
    fake.gate.clear()
    with running(fake), relayed(fake.url, {"GET /ws": ["hang"] * 9}) as relay:
        fake.at_queued = lambda: relay.faults.update({"GET /history": ["hang"] * 99, "GET /queue": ["hang"] * 99})
        attempts.run(relay.url, HUNG, silence_s=2.0)
        fake.gate.set()
        relay.faults.clear()
        attempts.run(relay.url)
        return attempts.row(fault, len(fake.begun))


@case("server killed (kill -9) in the middle of a prompt, restarted")
def killed_and_restarted(fault: str, folder: Path) -> Row:
    attempts = Attempts()
    with comfy_process(folder / "runs", seconds=30) as server:

        def restart() -> None:
            server.wait_for_runs(1)
            server.kill()
            server.start(0.05)

        thread = threading.Thread(target=restart)
        thread.start()
        attempts.run(server.url)
        thread.join(60)
        return attempts.row(fault, len(server.runs()))


@case("server killed (kill -9) in the middle of a prompt, for good; another is named")
def killed_for_good(fault: str, folder: Path) -> Row:
    attempts = Attempts()
    with comfy_process(folder / "runs", seconds=30) as server, comfy_process(folder / "runs") as other:

        def kill() -> None:
            server.wait_for_runs(1)
            server.kill()

        thread = threading.Thread(target=kill)
        thread.start()
        attempts.run(server.url, GONE)
        thread.join(60)
        attempts.run(other.url)
        return attempts.row(fault, len(server.runs()))


@case("server killed (kill -9) while our prompt waits behind another, restarted")
def restarted_while_queued(fault: str, folder: Path) -> Row:
    attempts = Attempts()
    with comfy_process(folder / "runs", seconds=30) as server:
        theirs = {"prompt": GRAPH, "prompt_id": "theirs"}
        httpx.post(f"{server.url}/prompt", json=theirs, trust_env=False).raise_for_status()

        def restart() -> None:
            while not httpx.get(f"{server.url}/queue", trust_env=False).json()["queue_pending"]:
                time.sleep(0.02)
            server.kill()
            server.start(0.05)

        thread = threading.Thread(target=restart)
        thread.start()
        attempts.run(server.url)
        thread.join(60)
        return attempts.row(fault, len([run for run in server.runs() if run != "theirs"]))


@case("history evicted before it was read")
def evicted(fault: str, _: Path) -> Row:
    attempts = Attempts()
    with running(FakeComfy(paint, is_forgetful=True)) as fake:
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("history evicted, and the WebSocket silent too")
def evicted_unheard(fault: str, _: Path) -> Row:
    """Nobody can know that it ran. A real server answers the second prompt from what it remembers of the first."""

    def forget_once(server: FakeComfy, prompt: Prompt) -> None:
        paint(server, prompt)
        server.is_forgetful = len(server.begun) == 1

    attempts = Attempts()
    with running(FakeComfy(forget_once, is_mute=True)) as fake:
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("our waiting prompt deleted by somebody else")
def deleted(fault: str, _: Path) -> Row:
    attempts, fake = Attempts(), FakeComfy(paint)
    fake.gate.clear()

    def delete() -> None:
        fake.at_queued = None
        threading.Timer(0.1, lambda: (fake.pending.clear(), fake.gate.set())).start()

    fake.at_queued = delete
    with running(fake):
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("our running prompt interrupted by somebody else")
def interrupted(fault: str, _: Path) -> Row:
    def stop_once(server: FakeComfy, prompt: Prompt) -> None:
        if len(server.begun) > 1:
            return paint(server, prompt)
        server.say(prompt, "execution_start")
        prompt.status = "error"
        return server.say(prompt, "execution_interrupted", node_id="1", node_type="LoadImage")

    attempts = Attempts()
    with running(FakeComfy(stop_once)) as fake:
        attempts.run(fake.url)
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


def _starve(server: FakeComfy, prompt: Prompt) -> None:
    server.say(prompt, "execution_start")
    prompt.status = "error"
    data = {"node_id": "1", "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError"}
    server.say(prompt, "execution_error", **data, exception_message="Allocation on device")


@case("out of memory, once")
def out_of_memory_once(fault: str, _: Path) -> Row:
    def starve_once(server: FakeComfy, prompt: Prompt) -> None:
        _starve(server, prompt) if len(server.begun) == 1 else paint(server, prompt)

    attempts = Attempts()
    with running(FakeComfy(starve_once)) as fake:
        attempts.run(fake.url)
        assert fake.requests.count("POST /free") == 1
        return attempts.row(fault, len(fake.begun))


@case("out of memory, until the user makes room")
def out_of_memory(fault: str, _: Path) -> Row:
    attempts = Attempts()
    with running(FakeComfy(_starve)) as fake:
        attempts.run(fake.url)
        fake.play = paint
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("a download that lies: HTML under a picture's name, once")
def lying_once(fault: str, _: Path) -> Row:
    attempts, fake = Attempts(), FakeComfy(paint)
    fake.overrides["GET /view"] = [(200, "<html>log in</html>", {})]
    with running(fake):
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("a download that lies: a picture cut short under a true length, always")
def lying(fault: str, _: Path) -> Row:
    def fill(server: FakeComfy, data: bytes) -> None:
        server.files.update({place: data for place in server.files if place[0] == "output"})

    def spoil(server: FakeComfy, prompt: Prompt) -> None:
        paint(server, prompt, lambda: fill(server, png(size=64)[:-20]))

    attempts = Attempts()
    with running(FakeComfy(spoil)) as fake:
        attempts.run(fake.url)
        fill(fake, png())
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("the file that the history names is gone")
def gone(fault: str, _: Path) -> Row:
    def lose_once(server: FakeComfy, prompt: Prompt) -> None:
        paint(server, prompt, server.files.clear if len(server.begun) == 1 else lambda: None)

    attempts = Attempts()
    with running(FakeComfy(lose_once)) as fake:
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("two builds want the same picture at once")
def two_clients(fault: str, _: Path) -> Row:
    attempts, fake, queued = Attempts(), FakeComfy(paint), threading.Event()
    fake.gate.clear()
    fake.at_queued = queued.set
    with running(fake):
        other = threading.Thread(target=attempts.run, args=(fake.url,))
        other.start()
        queued.wait(10)
        threading.Timer(0.2, fake.gate.set).start()
        attempts.run(fake.url)
        other.join(30)
        row = attempts.row(fault, len(fake.begun))
        return replace(row, lost=2 - len(attempts.pictures))


@case("the WebSocket closes in the middle of a prompt")
def socket_lost(fault: str, _: Path) -> Row:
    def lose(server: FakeComfy, prompt: Prompt) -> None:
        server.say(prompt, "execution_start")
        assert server.loop is not None
        for each in tuple(server.sockets.values()):
            asyncio.run_coroutine_threadsafe(each.close(), server.loop).result(5)
        paint(server, prompt)

    attempts = Attempts()
    with running(FakeComfy(lose)) as fake:
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))


@case("a prompt that runs on for ever; the server is restarted by hand")
def stuck(fault: str, _: Path) -> Row:
    """As long as the server answers, nobody gives up: what ends it is the restart."""

    def stick_once(server: FakeComfy, prompt: Prompt) -> None:
        if len(server.begun) == 1:
            threading.Timer(0.5, server.running.clear).start()
            raise Stuck
        paint(server, prompt)

    attempts = Attempts()
    with running(FakeComfy(stick_once)) as fake:
        attempts.run(fake.url)
        return attempts.row(fault, len(fake.begun))
