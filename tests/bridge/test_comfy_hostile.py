"""ComfyBridge and servers that lie, flood and snoop: a clear error in bounded memory and time, or no harm at all."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image, PngImagePlugin

from comfyvn.bridge.comfy import ComfyBridge, Limits, RenderContext, Server
from comfyvn.bridge.media import Undecodable, decode
from comfyvn.bridge.outputs import made_with
from comfyvn.errors import BridgeError, ComfyVNError, DownloadError, PromptRejected, RenderFailed
from tests.fakes.comfy import FakeComfy, Prompt, paint, png
from tests.fakes.hostile import Front, Script, chunked, fronted, head
from tests.fakes.payloads import FINGERPRINT, payload, with_image
from tests.fakes.replay import video

MOST = 1 << 20
SMALL = Limits(
    patience_s=0.2, connect_s=5.0, socket_s=1.0, poll_s=0.01, poll_most_s=0.05, tries=2, gone_s=0.3,
    answer_bytes=MOST, file_bytes=MOST,
)  # fmt: skip
SECRET = 'tops3cret-"quoted"-and-long-enough'
SLACK = 32 << 20  # what the system's own buffers hold between two processes


@contextmanager
def hostile(
    fake: FakeComfy, scripts: dict[str, Script], limits: Limits = SMALL, **server: Any
) -> Iterator[tuple[Front, ComfyBridge]]:
    with fronted(fake.url, scripts) as front:
        made = Server("gpu", front.url, **{"silence_s": 20, **server})
        with ComfyBridge(made, limits=limits) as bridge:
            yield front, bridge


def refusal(bridge: ComfyBridge, what: dict[str, object] | None = None) -> ComfyVNError:
    """The error of a render, whose three lines must be fit for a terminal."""
    with pytest.raises(ComfyVNError) as caught:
        bridge.submit(what or payload(outputs={"sprite": "2"}), RenderContext(FINGERPRINT))
    lines = caught.value.lines()
    assert 2 <= len(lines) <= 3 and all(len(line) < 900 for line in lines)
    assert all(letter.isprintable() for line in lines for letter in line), lines
    return caught.value


ROUTES = ["GET /system_stats", "GET /queue", "GET /history", "GET /view", "POST /prompt", "POST /upload/image"]


# --- names and words

NAMES = [
    "../../evil.png", "..", "/etc/passwd", "C:\\Windows\\x.png", "\\\\host\\share\\x.png", "a\0b.png",
    "x" * 300 + ".png", "con.png", "a\x1b[31mred\x07.png", "\u202egnp.exe", "\ud800.png", "a\nb.png", "", "~/x.png",
    "$(rm).png",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_file_s_name_is_never_a_path(fake: FakeComfy, bridge: ComfyBridge, tmp_path: Path, name: str) -> None:
    def listing(server: FakeComfy, prompt: Prompt) -> None:
        item = {"filename": name, "subfolder": "../..", "type": "../output"}
        asked = (item["type"], item["subfolder"], name.encode("utf-8", "replace").decode())
        server.files[asked] = png()
        prompt.outputs["2"] = {"images": [item]}

    fake.play = listing
    result = bridge.submit(payload(outputs={"sprite": "2"}), RenderContext(FINGERPRINT))
    inside = tmp_path / "deep" / "inside"
    (written,) = bridge.download_artifacts(result, inside)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [written] == [inside / "sprite_0.png"]


@pytest.mark.parametrize("name", [*NAMES, "x" * 5_000_000], ids=range(len(NAMES) + 1))
def test_an_error_about_a_file_is_three_plain_lines(fake: FakeComfy, bridge: ComfyBridge, name: str) -> None:
    def listing(server: FakeComfy, prompt: Prompt) -> None:
        prompt.outputs["2"] = {"images": [{"filename": name, "subfolder": "", "type": "output"}]}

    fake.play = listing
    assert isinstance(refusal(bridge), DownloadError)


UGLY = "\x1b]0;title\x07\x1b[2J\r\n\u202e\u2066\0\x85\u2028" + "very long " * 100_000


def test_an_exception_s_words_are_made_plain_and_short(fake: FakeComfy, bridge: ComfyBridge) -> None:
    def fail(server: FakeComfy, prompt: Prompt) -> None:
        prompt.status = "error"
        kinds = ("node_id", "node_type", "exception_type", "exception_message", "traceback", "current_inputs")
        server.say(prompt, "execution_error", **dict.fromkeys(kinds, UGLY))

    fake.play = fail
    assert isinstance(refusal(bridge), RenderFailed)


def test_a_rejection_s_words_are_made_plain_and_its_complaints_are_counted(
    fake: FakeComfy, bridge: ComfyBridge
) -> None:
    ugly = UGLY[:5000]
    extra = {"input_name": ugly, "received_value": ugly, "input_config": [[ugly] * 3, {}]}
    error = {"type": "value_not_in_list", "message": ugly, "details": ugly, "extra_info": extra}
    nodes = {f"{number}{ugly[:40]}": {"class_type": ugly, "errors": [error]} for number in range(200)}
    fake.overrides["POST /prompt"] = [(400, json.dumps({"error": error, "node_errors": nodes}), {})]
    rejected = refusal(bridge)
    assert isinstance(rejected, PromptRejected) and 1 < len(rejected.nodes) <= 50
    assert all(len(node.message) < 700 and node.message.isprintable() for node in rejected.nodes)


# --- bodies that are not what they should be

WIDE = b'{"a":[' + b"[]," * 2_000_000 + b"0]}"
BODIES: dict[str, bytes] = {
    "deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep list": b"[" * 500_000,
    "wide": WIDE,
    "huge number": b'{"node_errors": 1' + b"0" * 5000 + b"}",
    "huge exponent": b'{"prompt_id": 1e999999999, "name": 1e999999999, "system": -1e999}',
    "not a number": b'{"system": NaN, "prompt_id": Infinity, "name": -Infinity, "queue_running": NaN}',
    "twice": b'{"prompt_id": "a", "prompt_id": [], "system": {}, "system": 5, "name": 1, "name": null}',
    "half a pair": b'{"prompt_id": "\\ud800", "name": "\\udfff", "node_errors": {"\\ud800": {"errors": [{}]}}}',
    "no UTF-8": b'{"system": "\xff\xfe"}',
    "byte order mark": b'\xef\xbb\xbf{"system": {}}',
    "NUL": b"\0" * 1000,
    "a page": b"<html><script>alert(1)</script></html>",
    "null": b"null",
    "text": b'"text"',
    "empty": b"",
    "wrong shapes": json.dumps(
        {
            "system": [],
            "queue_running": {},
            "queue_pending": [1, [2], [3, {}]],
            "prompt_id": 7,
            "node_errors": [],
            "name": [],
        }
    ).encode(),
}


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "GET /view"])
@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_another_shape_is_refused_or_borne(fake: FakeComfy, route: str, name: str) -> None:
    body = BODIES[name]

    def answer() -> Iterator[bytes | float]:
        yield head(Content_Length=len(body), Content_Type="application/json", Connection="close")
        yield body

    big = replace(SMALL, answer_bytes=64 << 20)
    fake.is_mute = True
    with fronted(fake.url, {route: answer}) as front, ComfyBridge(Server("gpu", front.url), limits=big) as bridge:
        try:
            assert bridge.submit(with_image(), RenderContext(FINGERPRINT)).artifacts[0].data == png()
        except ComfyVNError as error:
            assert all(line.isprintable() and len(line) < 900 for line in error.lines())
        assert any(burst.startswith(route.encode()) for burst in front.seen)


def test_a_wide_document_is_not_even_parsed() -> None:
    from comfyvn.bridge.transport import Answer

    assert Answer(200, WIDE).json() is None
    assert Answer(200, b'{"a": [1, 2]}').json() == {"a": [1, 2]}


def test_what_a_picture_is_decides_its_content_and_not_its_type(fake: FakeComfy, bridge: ComfyBridge) -> None:
    fake.overrides["GET /view"] = [(200, png(), {"Content-Type": "text/html; charset=utf-16"})]
    assert bridge.submit(payload(), RenderContext(FINGERPRINT)).artifacts[0].data == png()


# --- floods


def promise() -> Iterator[bytes | float]:
    yield head(Content_Length=10 * 2**30)
    while True:
        yield b"x" * 65536


def endless() -> Iterator[bytes | float]:
    yield head(Transfer_Encoding="chunked")
    while True:
        yield chunked(b" " * 65536)


PACKED = gzip.compress(b" " * (16 << 20), 9)


def bomb() -> Iterator[bytes | float]:
    """A thousand bytes for each one that is sent, again and again."""
    yield head(Transfer_Encoding="chunked", Content_Encoding="gzip")
    while True:
        yield chunked(PACKED)


def members() -> Iterator[bytes | float]:
    """One small compressed body after another, none of them too large."""
    packed = gzip.compress(b" " * 1000)
    yield head(Transfer_Encoding="chunked", Content_Encoding="gzip")
    while True:
        yield chunked(packed) * 1000


def text_output() -> Iterator[bytes | float]:
    yield head(Transfer_Encoding="chunked", Content_Type="application/json")
    yield chunked(b'{"x": {"outputs": {"2": {"text": ["')
    while True:
        yield chunked(b"a" * 65536)


FLOODS = {"ten gigabytes": promise, "endless": endless, "a gzip bomb": bomb, "a text without end": text_output}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_refused_before_it_fills_the_memory(fake: FakeComfy, route: str, flood: str) -> None:
    fake.is_mute = True  # so that every route is needed
    with hostile(fake, {route: FLOODS[flood]}) as (front, bridge):
        error = refusal(bridge, with_image())
    assert f"where {MOST} is the most" in error.what
    assert front.sent[route] < SLACK


@pytest.mark.parametrize("route", ["GET /system_stats", "GET /view"])
def test_compressed_data_after_the_end_is_not_read_for_ever(fake: FakeComfy, route: str) -> None:
    with hostile(fake, {route: members}) as (front, bridge):
        assert "gzip data goes on after its end" in refusal(bridge).what
    assert front.sent[route] < SLACK


def test_compressed_answers_that_nobody_asked_for_are_read_all_the_same(fake: FakeComfy) -> None:
    stats = gzip.compress(json.dumps({"system": {"comfyui_version": "0.3.64"}, "devices": []}).encode())

    def zipped() -> Iterator[bytes | float]:
        yield head(Content_Length=len(stats), Content_Encoding="gzip", Connection="close") + stats

    with hostile(fake, {"GET /system_stats": zipped}) as (_, bridge):
        assert bridge.submit(payload(), RenderContext(FINGERPRINT)).made_with["comfyui_version"] == "0.3.64"


@pytest.mark.parametrize(("encoding", "says"), [("br", "encodes its answer as br"), ("gzip", "gzip data is broken")])
def test_encodings_that_we_do_not_read_are_named(fake: FakeComfy, encoding: str, says: str) -> None:
    def coded() -> Iterator[bytes | float]:
        yield head(Content_Length=4, Content_Encoding=encoding, Connection="close") + b"abcd"

    with hostile(fake, {"GET /system_stats": coded}) as (_, bridge):
        assert says in refusal(bridge).what


def test_a_list_of_too_many_files_is_not_fetched(fake: FakeComfy) -> None:
    def many(server: FakeComfy, prompt: Prompt) -> None:
        items = [{"filename": f"{n}.png", "subfolder": "", "type": "output"} for n in range(10_001)]
        prompt.outputs["2"] = {"images": items}

    fake.play = many
    with ComfyBridge(Server("gpu", fake.url), limits=Limits(poll_s=0.01)) as bridge:
        assert "lists 10001 files for one prompt where 10000 are the most" in refusal(bridge).what
    assert "GET /view" not in fake.requests


def test_files_that_are_too_large_together_are_not_all_fetched(fake: FakeComfy) -> None:
    def large(server: FakeComfy, prompt: Prompt) -> None:
        items = [server.save(f"{n}.bmp", _bitmap(256)) for n in range(99)]
        prompt.outputs["2"] = {"images": items}

    fake.play = large
    with ComfyBridge(Server("gpu", fake.url, silence_s=5), limits=SMALL) as bridge:
        assert f"bytes for one prompt where {MOST} are the most" in refusal(bridge).what
    assert fake.requests.count("GET /view") == MOST // len(_bitmap(256)) + 1


def _bitmap(size: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size)).save(buffer, "BMP")
    return buffer.getvalue()


# --- slowness


def slow_head() -> Iterator[bytes | float]:
    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
        yield bytes([letter])
        yield 0.1


def slow_body() -> Iterator[bytes | float]:
    yield head(Content_Length=100_000)
    while True:
        yield b" "
        yield 0.1


@pytest.mark.timeout(60)
@pytest.mark.parametrize("route", ["GET /system_stats", "GET /view"])
@pytest.mark.parametrize("script", [slow_head, slow_body], ids=["head", "body"])
def test_who_sends_a_byte_now_and_then_is_given_up(fake: FakeComfy, route: str, script: Script) -> None:
    limits = replace(SMALL, connect_s=0.5)
    with hostile(fake, {route: script}, limits, silence_s=0.5) as (_, bridge):
        assert "sends less than 16 KiB a second" in refusal(bridge).what


# --- snooping


@pytest.mark.parametrize("status", [302, 308])
@pytest.mark.parametrize("route", [*ROUTES, "GET /ws", "HEAD /view"])
def test_nobody_sends_our_headers_elsewhere(fake: FakeComfy, route: str, status: int) -> None:
    with fronted(fake.url, {}) as elsewhere:

        def away() -> Iterator[bytes | float]:
            yield head(f"{status} Go", Location=f"{elsewhere.url}/x?token=1", Content_Length=0, Connection="close")

        fake.is_mute = True
        headers = {"X-Api-Key": SECRET}
        with hostile(fake, {route: away}, headers=headers) as (front, bridge):
            if route in ("GET /ws", "HEAD /view"):  # there is another way
                assert bridge.submit(with_image(), RenderContext(FINGERPRINT)).artifacts
            else:
                said = refusal(bridge, with_image()).what
                assert f"sending us to {elsewhere.url} (HTTP {status})" in said
            assert any(route.encode() in burst for burst in front.seen)
        assert elsewhere.seen == []


def test_cookies_are_not_kept(fake: FakeComfy) -> None:
    def stats() -> Iterator[bytes | float]:
        body = b'{"system": {}, "devices": []}'
        cookies = "".join(f"Set-Cookie: c{n}={'x' * 200}; Path=/\r\n" for n in range(50))
        yield f"HTTP/1.1 200 OK\r\n{cookies}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body

    with hostile(fake, {"GET /system_stats": stats}) as (front, bridge):
        assert bridge.submit(payload(), RenderContext(FINGERPRINT)).artifacts
    assert not any(b"cookie" in burst.lower() for burst in front.seen)


def echo(status: str, body: object, is_json: bool = True) -> Script:
    """An answer that repeats the secret in every place there is."""
    data = json.dumps(body).encode() if is_json else str(body).encode()

    def script() -> Iterator[bytes | float]:
        said = SECRET.replace("\n", "")
        yield (
            head(f"{status} {said}", X_Echo=said, Set_Cookie=said, Content_Length=len(data), Connection="close") + data
        )

    return script


ECHOES: dict[str, tuple[str, Script]] = {
    "refused": ("GET /system_stats", echo("401", f"you sent Bearer {SECRET}", False)),
    "forbidden": ("GET /queue", echo("403", {"error": SECRET})),
    "no ComfyUI": ("GET /system_stats", echo("200", "x" * 100 + SECRET, False)),
    "plain text": ("POST /prompt", echo("500", f"{'x' * 180}{SECRET}", False)),
    "a complaint": (
        "POST /prompt",
        echo("400", {"error": {}, "node_errors": {SECRET: {"class_type": SECRET, "errors": [
            {"type": SECRET, "message": "x" * 280 + SECRET, "details": SECRET, "extra_info": {
                "input_name": SECRET, "received_value": SECRET, "input_config": [[SECRET, SECRET], {}]}}]}}}),
    ),
    "the whole prompt": ("POST /prompt", echo("400", {"error": {
        "type": SECRET, "message": f"node '{SECRET}' not found", "details": f"#{SECRET}'",
        "extra_info": {"node_id": SECRET}}})),
    "an upload": ("POST /upload/image", echo("413", "x" * 100 + SECRET, False)),
    "a redirect": ("GET /view", lambda: iter([head("302 Go", Location=f"http://{quote(SECRET)}/")])),
}  # fmt: skip


def chain(error: BaseException | None) -> str:
    """Everything that a traceback would print of an error and of what caused it."""
    said = ""
    while error is not None:
        said += f"{error!r} {error} {error.args} {getattr(error, '__notes__', '')}\n"
        error = error.__cause__ or error.__context__
    return said


def keeps(text: str) -> bool:
    """Whether a text tells a good part of the secret."""
    forms = (SECRET, json.dumps(SECRET)[1:-1])
    return any(form[start : start + 9] in text for form in forms for start in range(len(form) - 8))


@pytest.mark.parametrize("name", ECHOES)
def test_secrets_are_in_no_error_and_in_no_log(fake: FakeComfy, caplog: pytest.LogCaptureFixture, name: str) -> None:
    route, script = ECHOES[name]
    caplog.set_level(logging.DEBUG)
    with hostile(fake, {route: script}, headers={"Authorization": f"Bearer {SECRET}"}) as (front, bridge):
        error = refusal(bridge, with_image())
        assert any(SECRET.encode() in burst for burst in front.seen), "it was never sent"
    assert not keeps(chain(error) + repr(bridge.server)), chain(error)
    assert not keeps(caplog.text)
    assert "httpcore" in caplog.text  # their debug logging was on
    assert isinstance(error, BridgeError) and not keeps(str([vars(node) for node in getattr(error, "nodes", ())]))


def test_secrets_are_in_no_result_and_in_nothing_that_is_rendered(
    fake: FakeComfy, caplog: pytest.LogCaptureFixture
) -> None:
    fake.wants_header = ("authorization", f"Bearer {SECRET}")
    caplog.set_level(logging.DEBUG)
    with ComfyBridge(Server("gpu", fake.url, headers={"Authorization": f"Bearer {SECRET}"}), limits=SMALL) as bridge:
        result = bridge.submit(with_image(), RenderContext(FINGERPRINT, target="sprites:a", tags={"who": "me"}))
    assert not keeps(repr(result)) and not keeps(json.dumps(fake.posted)) and not keeps(caplog.text)
    logging.getLogger("httpcore.http11").debug("the filter is gone: %s", SECRET)
    assert SECRET in caplog.text


def test_a_version_that_repeats_the_secret_is_not_written_into_records() -> None:
    server = Server("gpu", "http://127.0.0.1", headers={"X-Key": SECRET})
    told = {"comfyui_version": f"{'9' * 50}{SECRET}", "pytorch_version": SECRET}
    made = made_with({"system": told, "devices": [{"name": f"cuda:0 {SECRET} : x"}]}, server)
    assert not keeps(repr(made)) and made["pytorch_version"] == "[secret]"


@pytest.mark.parametrize("value", ["two\nlines", "smart “quotes”", "\x01"])
def test_a_secret_that_no_header_can_hold_is_told_without_it(fake: FakeComfy, value: str) -> None:
    with ComfyBridge(Server("gpu", fake.url, headers={"Authorization": f"abcdefgh{value}"}), limits=SMALL) as bridge:
        error = refusal(bridge)
    assert "the header Authorization holds characters" in error.what and "abcdefgh" not in chain(error)
    assert not fake.requests


# --- the socket


def frames_of(*frames: str | bytes) -> Any:
    """A play that sends frames to the client while its prompt runs."""

    def play(server: FakeComfy, prompt: Prompt) -> None:
        assert server.loop is not None
        for frame in frames:
            for socket in tuple(server.sockets.values()):
                text = frame.replace("OURS", prompt.id) if isinstance(frame, str) else frame
                send = socket.send_text(text) if isinstance(text, str) else socket.send_bytes(text)
                asyncio.run_coroutine_threadsafe(_quietly(send), server.loop).result(10)
        paint(server, prompt)

    return play


async def _quietly(send: Any) -> None:
    try:
        await send
    except Exception:  # the client has hung up: its right
        return


def said(kind: str, **data: Any) -> str:
    return json.dumps({"type": kind, "data": {"prompt_id": "OURS", **data}})


SOCKETS: dict[str, list[str | bytes]] = {
    "a giant": [b"\0" * (20 << 20)],
    "a giant text": ['{"type": "' + "x" * (20 << 20) + '"}'],
    "garbage": ["", "x", "null", "[]", '"text"', "{", '{"type": [], "data": 5}', b"", b"\0", b"\xff" * 100],
    "bombs": ['{"data":' * 5000 + "1" + "}" * 5000, "[" * 200_000, '{"data": NaN, "type": 1e999}'],
    "binary": [struct.pack(">II", 4, 2**32 - 1) + b"{}", struct.pack(">II", 1, 1) + b"GIF8", struct.pack(">II", 3, 5)],
    "previews of nobody": [struct.pack(">II", 1, 1) + b"\xff\xd8\xff\xe0" + b"\0" * 100],
    "another's end": [json.dumps({"type": "execution_error", "data": {"prompt_id": "theirs", "node_id": "1"}})],
    "wrong shapes": [
        said("executed", node=[], output=[]), said("execution_cached", nodes={}), said("progress", value="x", max=None),
        said("progress", node="x" * 100_000, value=float("inf"), max=2**80), said("executing", node={}),
        said("progress_state", nodes=7), said("no_such_kind"),
    ],
    "a false end": [said("execution_success"), said("execution_error", node_id="1", exception_type="Lie")],
    "false outputs": [said("executed", node="2", output={"images": [{"filename": "../lie.png"}]})],
}  # fmt: skip


@pytest.mark.parametrize("name", SOCKETS)
def test_nothing_that_a_socket_says_can_spoil_a_render(fake: FakeComfy, bridge: ComfyBridge, name: str) -> None:
    fake.play = frames_of(*SOCKETS[name])
    context = RenderContext(FINGERPRINT, previews=True, progress=lambda step: None)
    result = bridge.submit(payload(outputs={"sprite": "2"}), context)
    assert [artifact.data for artifact in result.artifacts] == [png()]
    assert len(fake.posted) == 1


def test_a_story_that_is_told_without_end_is_forgotten(fake: FakeComfy, bridge: ComfyBridge) -> None:
    chapter = said("executed", node="9", output={"text": ["x" * (7 << 20)]})
    fake.play = frames_of(said("execution_start"), *[chapter] * 10)
    assert bridge.submit(payload(outputs={"sprite": "2"}), RenderContext(FINGERPRINT)).artifacts[0].data == png()


# --- pictures, sounds and videos that are bombs


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def giant_png(width: int, height: int) -> bytes:
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def annotated(data: bytes) -> bytes:
    buffer, notes = io.BytesIO(), PngImagePlugin.PngInfo()
    notes.add_text("prompt", data.decode("latin-1"), zip=True)
    Image.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=notes)
    return buffer.getvalue()


def animation(frames: int) -> bytes:
    buffer = io.BytesIO()
    first, *others = [Image.new("L", (64, 64), n) for n in range(frames)]
    first.save(buffer, "GIF", save_all=True, append_images=others)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "most"),
    [
        (giant_png(50_000, 50_000), "x.png", 2**28),
        (giant_png(2**31 - 1, 2**31 - 1), "x.png", 2**28),
        (giant_png(0, 5), "x.png", 2**28),
        (annotated(b" " * (80 << 20)), "x.png", 2**28),
        (animation(200), "x.gif", 64 * 64),
        (png(size=64), "x.png", 64 * 64 - 1),
        (video()[: len(video()) // 2], "x.mp4", 2**28),
        (b"\x00\x00\x00\x18ftypisom" + bytes(32), "x.mp4", 2**28),
        (b"#EXTM3U\nfile:///etc/passwd", "x.mp4", 2**28),
        (b"\x1aE\xdf\xa3#EXTM3U\nfile:///etc/passwd", "x.webm", 2**28),
        (b"fLaC\x00\x00\x00\x22" + b"\x10\x00\x10\x00" + b"\xff" * 30, "x.flac", 2**28),
    ],
    ids=[
        "area",
        "sides",
        "nothing",
        "notes",
        "frames",
        "pixels",
        "half a film",
        "no film",
        "list",
        "hidden list",
        "flac",
    ],
)
def test_what_would_fill_the_memory_when_decoded_is_not(data: bytes, name: str, most: int) -> None:
    with pytest.raises(Undecodable):
        decode(data, name, most)


def test_a_whole_video_passes() -> None:
    assert decode(video(), "x.mp4", 2**28).family == "video"
