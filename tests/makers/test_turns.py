"""Turns: no more than there are cores, and none kept from others while a server speaks; counted on real sockets."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from comfyvn.bridge.servers import Server
from comfyvn.bridge.speech import Capabilities, Speech, Spoken
from comfyvn.bridge.tts import TTSBridge
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.bridge.voices.served import engines_of
from comfyvn.makers.carry_out import Bench, carry_out
from comfyvn.makers.gate import Gate
from comfyvn.makers.made import Job, Made
from comfyvn.makers.turns import Turns
from comfyvn.makers.workshop import Workshop, cores
from comfyvn.providers import Registry
from comfyvn.recipe import Speak
from comfyvn.store.cache import Cache
from comfyvn.targets.target import Target
from tests.fakes.speech_servers import Asked, FakeSpeech, Reply, serving, tone

WAIT = 30  # seconds; a test that hangs fails before


def workshop(slots: int, *urls: str) -> Workshop:
    named = [VoiceServer(Server(f"s{at}", url, slots=slots), "openai") for at, url in enumerate(urls)]
    shop = Workshop([], Registry(version=1), engines=engines_of(named))
    shop.gate = Gate(retries=0)
    return shop


def clips(shop: Workshop, folder: Path, count: int) -> list[Made]:
    """So many clips, each on a thread of its own."""
    cache = Cache(folder / "cache")
    bench = Bench(folder, shop, cache, lambda _: {}, lambda _: "", {}, {}, lambda path, _: path, lambda _: ("", 0))

    def one(number: int) -> Made:
        text = f"Line {number}."
        recipe = Speak(engine="openai@1", text=text, language="en", engines=("openai",))
        target = Target(f"voices:en/l{number}", recipe, (f"build/voices/en/l{number}.wav",))
        return carry_out(target, Job(target.name, f"fp1:{number}"), bench)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


@dataclass
class Somewhere:
    """Says that it has waited for a place all day; counts how many lines it says at once."""

    is_elsewhere: bool = True
    seconds: float = 0.0
    name: str = "openai"
    repeatable: bool = True
    now: int = 0
    most: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def version(self) -> str:
        return "1"

    def capabilities(self) -> Capabilities:
        return Capabilities(is_elsewhere=self.is_elsewhere)

    def speak(self, speech: Speech) -> Spoken:
        with self.guard:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        with self.guard:
            self.now -= 1
        return Spoken(tone(speech.text), 24_000, waited_s=86_400.0)


def answered(asked: Asked) -> Reply:
    """A server without word times."""
    is_plain = asked.path == "/v1/audio/speech"
    return Reply.wav(tone(asked.body["input"])) if is_plain else Reply.json({"detail": "Not Found"}, 404)


def test_a_server_says_as_many_lines_at_once_as_it_has_slots_however_few_cores_there_are(tmp_path: Path) -> None:
    slots = cores() + 3
    together = threading.Barrier(slots)

    def api(fake: FakeSpeech, asked: Asked) -> Reply:
        if asked.path == "/v1/audio/speech":
            together.wait(WAIT)  # nobody is answered before all of them have asked
        return answered(asked)

    with serving(api) as server:
        shop = workshop(slots, server.url)
        made = clips(shop, tmp_path, 2 * slots)
        shop.close()
    assert len(made) == 2 * slots and server.most_at_once == slots


def test_two_servers_are_limited_each_by_its_own_slots(tmp_path: Path) -> None:
    def api(fake: FakeSpeech, asked: Asked) -> Reply:
        time.sleep(0.02)
        return answered(asked)

    with serving(api) as one, serving(api) as other:
        shop = workshop(2, one.url, other.url)
        clips(shop, tmp_path, 16)
        shop.close()
    assert one.most_at_once <= 2 and other.most_at_once <= 2
    assert one.asked and other.asked


def test_what_speaks_here_goes_on_while_every_thread_else_waits_for_a_server(tmp_path: Path) -> None:
    """Servers that do not answer hold no turn: this machine's work is done meanwhile."""
    answer = threading.Event()

    def api(fake: FakeSpeech, asked: Asked) -> Reply:
        answer.wait(WAIT)
        return answered(asked)

    count = 2 * cores()
    with serving(api) as server, ThreadPoolExecutor(1) as beside:
        shop = workshop(count, server.url)
        waiting = beside.submit(clips, shop, tmp_path, count)
        while server.most_at_once < count and not waiting.done():
            time.sleep(0.005)
        with shop.turn("speech"), shop.turn("cpu"):
            assert not waiting.done()
        answer.set()
        assert len(waiting.result(WAIT)) == count
        shop.close()


def test_the_time_that_a_clip_took_leaves_queues_out(tmp_path: Path) -> None:
    """Else an estimate of one clip would hold those that came before it."""
    shop = Workshop([], Registry(version=1))
    shop.voices = TTSBridge({"openai": Somewhere()})
    [made] = clips(shop, tmp_path, 1)
    assert made.run is not None and made.run.running_s == 0.0


def test_there_are_threads_for_what_servers_say() -> None:
    assert workshop(8, "http://127.0.0.1:9").tickets() == workshop(1, "http://127.0.0.1:9").tickets() + 14


def test_a_turn_is_given_away_and_taken_again() -> None:
    turns = Turns(1)
    order: list[str] = []
    has_begun, may_end = threading.Event(), threading.Event()

    def other() -> None:
        has_begun.wait(WAIT)
        with turns.turn("cpu"):
            order.append("other")
            may_end.wait(WAIT)

    with ThreadPoolExecutor(1) as threads:
        beside = threads.submit(other)
        with turns.turn("cpu"):
            with turns.elsewhere():
                has_begun.set()
                while not order:
                    time.sleep(0.001)
                with turns.elsewhere():  # there is none to give away
                    order.append("away")
                may_end.set()
            order.append("back")
            assert turns.waited() >= 0.0
        beside.result(WAIT)
    assert order == ["other", "away", "back"]


def test_a_failure_elsewhere_keeps_the_count_of_turns() -> None:
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="gone"), turns.turn("speech"), turns.elsewhere():
            raise ValueError("gone")
    with turns.turn("speech"):
        pass


def test_an_engine_of_this_machine_keeps_its_turn(tmp_path: Path) -> None:
    shop, here = Workshop([], Registry(version=1)), Somewhere(is_elsewhere=False, seconds=0.01)
    shop.voices = TTSBridge({"openai": here})
    clips(shop, tmp_path, 3 * cores())
    assert 1 <= here.most <= cores()
