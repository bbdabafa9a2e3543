"""Speech servers that fail: what is tried again, what is not, and what is said of it; and every kind of sound."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyvn.bridge.servers import Server
from comfyvn.bridge.speech import Speech
from comfyvn.bridge.voices.line import retry_after
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.bridge.voices.served import Served
from comfyvn.bridge.voices.sound import Unsound, decoded
from comfyvn.errors import Interrupted, VoiceError
from tests.fakes.speech_servers import Asked, FakeSpeech, Reply, endless, packed, serving, tone

HELLO = Speech("Hello", engines=("openai",))


def plain(_fake: FakeSpeech, asked: Asked) -> Reply:
    """The least that counts as an openai server."""
    if asked.path != "/v1/audio/speech":
        return Reply.json({"detail": "Not Found"}, 404)
    return Reply.wav(tone(asked.body["input"]))


@pytest.fixture
def fake() -> Iterator[FakeSpeech]:
    with serving(plain) as server:
        yield server


def engine(*urls: str, wait_s: float = 0.0, silence_s: float = 5.0, slots: int = 1, **place: object) -> Served:
    servers = [
        VoiceServer(
            Server(f"studio{number}", url, silence_s=silence_s, slots=slots, **place),  # type: ignore[arg-type]
            "openai",
            settings={"word_times": False},
            wait_s=wait_s,
        )
        for number, url in enumerate(urls)
    ]
    return Served("openai", servers)


@pytest.fixture
def served(fake: FakeSpeech) -> Iterator[Served]:
    one = engine(fake.url)
    yield one
    one.close()


# --- later


def test_retry_after_is_kept_to(fake: FakeSpeech, served: Served) -> None:
    opens = time.monotonic() + 1.0
    early: list[float] = []

    def busy(fake: FakeSpeech, asked: Asked) -> Reply:
        left = opens - time.monotonic()
        if left <= 0:
            return plain(fake, asked)
        early.append(left)
        return Reply.json({"error": {"message": "Rate limit reached"}}, 429, Retry_After="1")

    fake.api = busy
    assert len(served.speak(HELLO).samples)
    assert len(early) == 1


def test_who_asks_for_too_much_patience_is_told(fake: FakeSpeech, served: Served) -> None:
    fake.next_replies.append(Reply.json({"error": {"message": "Quota exceeded"}}, 429, Retry_After="86400"))
    with pytest.raises(VoiceError, match=r"HTTP 429\): Quota exceeded"):
        served.speak(HELLO)
    assert len(fake.asked) == 1


def test_a_429_without_a_time_is_asked_again(fake: FakeSpeech, served: Served) -> None:
    fake.next_replies += [Reply.json({}, 429), Reply.json({}, 429)]
    served.speak(HELLO)
    assert len(fake.asked) == 3


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_loads_its_model_is_waited_for(fake: FakeSpeech, status: int) -> None:
    served = engine(fake.url, wait_s=30.0)
    fake.next_replies += [Reply(status, b"<html>loading</html>", "text/html")] * 2
    served.speak(HELLO)
    served.close()
    assert len(fake.asked) == 3


def test_a_server_that_is_only_just_started_is_waited_for() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = engine(f"http://127.0.0.1:{port}", wait_s=60.0)
    with ThreadPoolExecutor(1) as threads:
        saying = threads.submit(served.speak, HELLO)
        time.sleep(0.3)  # it is refused meanwhile
        with serving(plain, port) as fake:
            assert len(saying.result(60).samples)
            assert len(fake.asked) == 1
    served.close()


def test_one_that_never_comes_is_waited_for_once(fake: FakeSpeech) -> None:
    """Else a thousand lines would wait for it one after the other."""
    served = engine(fake.url, wait_s=0.5)
    fake.api = lambda _fake, _asked: Reply.json({"detail": "loading"}, 503)
    with pytest.raises(VoiceError, match=r"HTTP 503\): loading"):
        served.speak(HELLO)
    asked = len(fake.asked)
    assert asked > 1
    for _ in range(50):
        with pytest.raises(VoiceError, match=r"HTTP 503\): loading"):
            served.speak(HELLO)
    served.close()
    assert len(fake.asked) == asked


def test_a_server_that_says_nothing_is_given_up(fake: FakeSpeech) -> None:
    served = engine(fake.url, silence_s=0.3)
    fake.next_replies.append(Reply(hangs=True))
    with pytest.raises(VoiceError, match=r"did not answer within 0\.3 s"):
        served.speak(HELLO)
    served.close()


def test_a_500_is_not_asked_again(fake: FakeSpeech, served: Served) -> None:
    fake.next_replies.append(Reply.json({"detail": "CUDA out of memory"}, 500))
    with pytest.raises(VoiceError, match="CUDA out of memory"):
        served.speak(HELLO)
    assert len(fake.asked) == 1
    assert len(served.speak(HELLO).samples)  # and it was not put aside for it


@pytest.mark.parametrize("text", ["0", "120", " 7 "])
def test_seconds(text: str) -> None:
    assert retry_after(text, datetime.now(UTC)) == float(text)


def test_dates() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after(format_datetime(now + timedelta(seconds=90), usegmt=True), now) == 90.0
    assert retry_after(format_datetime(now - timedelta(days=1)), now) == 0.0


@given(st.text(max_size=40))
def test_no_header_breaks_it(text: str) -> None:
    found = retry_after(text, datetime(2026, 1, 1, tzinfo=UTC))
    assert found is None or found >= 0


# --- broken off


def test_a_reset_in_the_middle_is_asked_again_once(fake: FakeSpeech, served: Served) -> None:
    broken = Reply(body=packed(tone()), kind="audio/wav", cut=3000)
    fake.next_replies.append(broken)
    assert np.allclose(served.speak(HELLO).samples, tone(), atol=1e-4)
    assert len(fake.asked) == 2
    fake.next_replies += [broken, broken]
    with pytest.raises(VoiceError, match="broke its answer off"):
        served.speak(HELLO)
    assert len(fake.asked) == 4


def test_a_wav_that_promises_more_is_asked_for_again_once(fake: FakeSpeech, served: Served) -> None:
    cut = Reply(body=packed(tone())[:4000], kind="audio/wav")
    fake.next_replies.append(cut)
    assert np.allclose(served.speak(HELLO).samples, tone(), atol=1e-4)
    fake.next_replies += [cut, cut]
    with pytest.raises(VoiceError, match="ends too early: 3956 bytes of sound where 12000 are promised"):
        served.speak(HELLO)
    assert len(fake.asked) == 4


# --- answers that are none


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply.json({"error": "no such model"}), "answers no sound: no such model"),
        (Reply(body=b"<!doctype html><title>Gradio</title>", kind="text/html"), "answers no sound"),
        (Reply(body=b"", kind="audio/wav"), "the answer is empty"),
        (Reply(body=b"RIFF\x04\0\0\0WAVE", kind="audio/wav"), "has no sound in it"),
        (Reply(body=b"\0" * 5000, kind="audio/wav"), "no sound that can be read"),
        (Reply(body=packed(tone("Hi"))[:44], kind="audio/wav"), "ends too early"),
        (Reply(302, headers={"location": "http://evil.example/x"}), "sending us to http://evil.example"),
        (Reply(body=b"x", kind="audio/wav", headers={"content-encoding": "br"}), "encodes its answer as br"),
        (Reply(body=b"xyz" * 9, kind="audio/wav", headers={"content-encoding": "gzip"}), "data is broken"),
        (Reply(kind="audio/wav", headers={"content-length": str(2**31)}), "where 134217728 is the most"),
    ],
    ids=lambda value: "" if isinstance(value, Reply) else value,
)
def test_what_is_no_speech_is_refused(fake: FakeSpeech, served: Served, reply: Reply, words: str) -> None:
    fake.next_replies += [reply, reply]
    with pytest.raises(VoiceError) as caught:
        served.speak(HELLO)
    assert words in caught.value.what and caught.value.todo and "studio0" in caught.value.where


def test_a_terminal_is_not_spoken_to(fake: FakeSpeech, served: Served) -> None:
    fake.next_replies.append(Reply.json({"detail": "\x1b[2Jgone\nerror: \u202e" + "x" * 10_000}, 400))
    with pytest.raises(VoiceError) as caught:
        served.speak(HELLO)
    assert caught.value.what.isprintable() and len(caught.value.what) < 400


def test_json_that_is_deep_or_odd_is_survived(fake: FakeSpeech, served: Served) -> None:
    nested = b'{"detail": {"detail": {"detail": {"detail": {"detail": {"msg": 1}}}}}}'
    for body in (b"[" * 100_000, nested, b"null", b"\xff"):
        fake.next_replies.append(Reply(422, body))
        with pytest.raises(VoiceError, match="HTTP 422"):
            served.speak(HELLO)


def test_a_variable_that_is_not_set_is_named() -> None:
    served = engine("http://127.0.0.1:9", unset=("TTS_TOKEN",))
    with pytest.raises(VoiceError, match="needs the environment variable TTS_TOKEN"):
        served.speak(HELLO)
    served.close()


# --- every kind of sound


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_mono_and_stereo(fake: FakeSpeech, served: Served, rate: int, channels: int) -> None:
    sound = tone(rate=rate, channels=channels)
    fake.next_replies.append(Reply.wav(sound, rate))
    spoken = served.speak(HELLO)
    assert spoken.rate == rate and spoken.samples.shape == sound.shape
    assert np.allclose(spoken.samples, sound, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "subtype", "tolerance"),
    [("WAV", "PCM_U8", 0.01), ("WAV", "PCM_24", 1e-6), ("WAV", "FLOAT", 1e-6), ("WAV", "ULAW", 0.02),
     ("WAVEX", "PCM_16", 1e-4),
     ("FLAC", "PCM_16", 1e-4), ("OGG", "VORBIS", 0.1), ("OGG", "OPUS", None), ("MP3", "MPEG_LAYER_III", None)],
)  # fmt: skip
def test_any_encoding(fake: FakeSpeech, served: Served, kind: str, subtype: str, tolerance: float | None) -> None:
    sound = tone("A longer line", rate=24_000)
    fake.next_replies.append(Reply(body=packed(sound, 24_000, kind, subtype), kind="application/octet-stream"))
    samples = served.speak(HELLO).samples
    if tolerance is None:  # a few milliseconds of delay
        assert abs(len(samples) - len(sound)) < 3000
        assert np.sqrt(np.mean(samples**2)) == pytest.approx(np.sqrt(np.mean(sound**2)), rel=0.1)
    else:
        assert np.allclose(samples, sound, atol=tolerance)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000])
def test_a_wav_whose_length_nobody_knew(size: int) -> None:
    samples, rate = decoded(endless(packed(tone()), size))
    assert rate == 24_000 and np.allclose(samples, tone(), atol=1e-4)


def test_compressed_by_a_proxy(fake: FakeSpeech, served: Served) -> None:
    body = gzip.compress(packed(tone()))
    fake.next_replies.append(Reply(body=body, kind="audio/wav", headers={"content-encoding": "gzip"}))
    assert np.allclose(served.speak(HELLO).samples, tone(), atol=1e-4)


def test_a_small_file_that_unfolds_to_an_hour_is_refused() -> None:
    bomb = packed(np.zeros(4000 * 3600), 4000, "FLAC", "PCM_16")
    assert len(bomb) < 2**20
    with pytest.raises(Unsound, match="longer than 30 minutes"):
        decoded(bomb)


def test_samples_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(Unsound, match="no numbers"):
        decoded(packed(np.array([0.1, np.nan] * 500), 24_000, "WAV", "FLOAT"))


@given(st.binary(max_size=200), st.integers(0, 2**32 - 1))
def test_no_bytes_break_the_decoder(noise: bytes, size: int) -> None:
    for data in (noise, b"RIFF" + struct.pack("<I", size) + b"WAVE" + noise, packed(tone("Hi"))[:40] + noise):
        try:
            samples, rate = decoded(data)
        except Unsound:
            continue
        assert len(samples) and rate and np.isfinite(samples).all()


# --- several servers


def test_another_server_speaks_where_one_is_away(fake: FakeSpeech) -> None:
    served = engine("http://127.0.0.1:9", fake.url)
    for _ in range(3):
        assert len(served.speak(HELLO).samples)
    served.close()
    assert len(fake.asked) == 3


def test_lines_are_shared_out_and_no_server_gets_more_than_its_slots() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(_slowly)) for _ in range(2)]
        served = engine(*(each.url for each in servers), slots=2, silence_s=30.0)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(served.speak, [HELLO] * 16))
        served.close()
    assert all(each.most_at_once <= 2 for each in servers)
    assert sum(len(each.asked) for each in servers) == 16 and all(len(each.asked) > 3 for each in servers)


def _slowly(fake: FakeSpeech, asked: Asked) -> Reply:
    time.sleep(0.05)
    return plain(fake, asked)


def test_when_no_server_can_the_first_reason_is_told(fake: FakeSpeech) -> None:
    fake.api = lambda _fake, _asked: Reply.json({"detail": "no such voice"}, 400)
    served = engine(fake.url, "http://127.0.0.1:9")
    with pytest.raises(VoiceError, match="no such voice"):
        served.speak(HELLO)
    served.close()


# --- the end of a build


def test_stopping_ends_a_line_that_is_being_said(fake: FakeSpeech) -> None:
    served = engine(fake.url, silence_s=60.0)
    fake.next_replies.append(Reply(hangs=True))
    with ThreadPoolExecutor(1) as threads:
        saying = threads.submit(served.speak, HELLO)
        while not fake.asked:
            time.sleep(0.01)
        served.stop()
        with pytest.raises(Interrupted):
            saying.result(30)
    with pytest.raises(Interrupted):
        served.speak(HELLO)
    _wait_for_threads()


def test_stopping_ends_the_waiting_for_a_server() -> None:
    served = engine("http://127.0.0.1:9", wait_s=600.0)
    with ThreadPoolExecutor(1) as threads:
        saying = threads.submit(served.speak, HELLO)
        time.sleep(0.2)
        served.stop()
        with pytest.raises(Interrupted):
            saying.result(30)
    _wait_for_threads()


def test_a_closed_engine_speaks_again(fake: FakeSpeech) -> None:
    served = engine(fake.url)
    served.speak(HELLO)
    served.close()
    assert len(served.speak(HELLO).samples)
    served.close()
    _wait_for_threads()


def _wait_for_threads() -> None:
    """Those of the connections have ended."""
    for thread in threading.enumerate():
        if thread.name.startswith("comfyvn-voice"):
            thread.join(30)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("comfyvn-voice")]
