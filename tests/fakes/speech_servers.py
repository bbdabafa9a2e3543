"""Speech servers on loopback sockets that follow the real ones' APIs, with knobs for what goes wrong."""

from __future__ import annotations

import base64
import io
import json
import socket
import struct
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import soundfile

RATE = 24_000


def tone(text: str = "Hello", seed: int = 0, rate: int = RATE, channels: int = 1) -> Any:
    """What a server "says": 50 ms a letter, its pitch by text and seed."""
    pitch = 150 + (zlib.crc32(text.encode()) + seed) % 200
    mono = 0.3 * np.sin(np.arange(rate * max(len(text), 4) // 20) * 2 * np.pi * pitch / rate)
    return mono if channels == 1 else np.stack([mono] * channels, axis=1)


def packed(samples: Any, rate: int = RATE, kind: str = "WAV", subtype: str | None = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


def endless(wav: bytes, size: int = 0xFFFFFFFF) -> bytes:
    """A WAV whose header was written before anybody knew how long it would be (ffmpeg into a pipe; `wave` writes 0)."""
    at = wav.index(b"data")
    return wav[:4] + struct.pack("<I", size) + wav[8 : at + 4] + struct.pack("<I", size) + wav[at + 8 :]


@dataclass
class Reply:
    """`chunks`: sent one by one, without a length. `cut`: bytes of the body after which the connection is reset."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] | None = None
    cut: int = -1
    hangs: bool = False

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> Reply:
        named = {name.replace("_", "-"): given for name, given in headers.items()}
        return cls(status, json.dumps(value).encode(), headers=named)

    @classmethod
    def wav(cls, samples: Any, rate: int = RATE, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(body=packed(samples, rate), kind="audio/wav", headers=named)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]


Api = Callable[["FakeSpeech", Asked], Reply]


class FakeSpeech:
    """A server that answers as `api` says; `next_replies` go before it. `asked` holds every request."""

    def __init__(self, api: Api) -> None:
        self.api, self.asked = api, list[Asked]()
        self.next_replies: deque[Reply] = deque()
        self.state: dict[str, Any] = {}
        self.url = ""
        self.most_at_once = self._now = 0
        self._guard = threading.Lock()
        self.released = threading.Event()

    def answer(self, asked: Asked) -> Reply:
        with self._guard:
            self.asked.append(asked)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            return self.next_replies.popleft() if self.next_replies else self.api(self, asked)
        finally:
            with self._guard:
                self._now -= 1

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


def uploaded(kind: str, data: bytes) -> dict[str, Any]:
    """The files of a form: its field → (file name, bytes)."""
    message = BytesParser(policy=policy.HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + data)
    fields = ((part.get_param("name", header="content-disposition"), part) for part in message.iter_parts())
    return {str(name): (part.get_filename(), part.get_payload(decode=True)) for name, part in fields}


@contextmanager
def serving(api: Api, port: int = 0) -> Iterator[FakeSpeech]:
    fake = FakeSpeech(api)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length", 0)))
            kind = self.headers.get("content-type", "")
            if kind.startswith("multipart/form-data"):
                body = uploaded(kind, data)
            else:
                body = dict(parse_qsl(data.decode())) if "form" in kind else json.loads(data or b"{}")
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(fake.answer(Asked(self.command, self.path, body, headers)))

        def _send(self, reply: Reply) -> None:
            if reply.hangs:
                fake.released.wait(30)
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("content-type", reply.kind)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.chunks is not None:
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for chunk in [*reply.chunks, b""]:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                return
            if "content-length" not in reply.headers:
                self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut] if reply.cut >= 0 else reply.body)
            if reply.cut >= 0:
                self.wfile.flush()
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # connections that a test has cut

    server = Server(("127.0.0.1", port), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield fake
    finally:
        fake.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


# --- FastAPI's own words


def _missing(asked: Asked, *names: str) -> Reply | None:
    gone = [name for name in names if name not in asked.body]
    detail = [{"type": "missing", "loc": ["body", name], "msg": "Field required", "input": {}} for name in gone]
    return Reply.json({"detail": detail}, 422) if gone else None


def _nothing(_fake: FakeSpeech, _asked: Asked) -> Reply:
    return Reply.json({"detail": "Not Found"}, 404)


# --- the servers


def openedai_speech(fake: FakeSpeech, asked: Asked) -> Reply:
    """ffmpeg writes the WAV into a pipe; the default format is MP3."""
    if asked.path != "/v1/audio/speech":
        return _nothing(fake, asked)
    if asked.method == "GET":
        return Reply.json({"detail": "Method Not Allowed"}, 405)
    body = asked.body
    if (problem := _missing(asked, "input")) is not None:
        return problem
    if body.get("voice", "alloy") not in ("alloy", "nova"):
        words = f"Error loading voice: {body['voice']}, KeyError: '{body['voice']}'"
        return Reply.json({"message": words, "code": 400, "type": "BadRequestError", "param": "voice"}, 400)
    sound = tone(body["input"], rate=22_050)
    if body.get("response_format", "mp3") == "mp3":
        return Reply(body=packed(sound, 22_050, "MP3", None), kind="audio/mpeg")
    whole = endless(packed(sound, 22_050))
    return Reply(kind="audio/wav", chunks=[whole[:1000], whole[1000:]])


VOICES = ("af_heart", "af_bella")


def kokoro(fake: FakeSpeech, asked: Asked) -> Reply:
    """Streams unless it is told not to. Its container writer never learns the length of a WAV."""
    body = asked.body
    if asked.path == "/v1/models":
        return Reply.json({"object": "list", "data": [{"id": name, "object": "model"} for name in ("tts-1", "kokoro")]})
    if asked.path == "/v1/audio/voices":
        return Reply.json({"voices": [{"id": name, "name": name} for name in VOICES]})
    if asked.path not in ("/v1/audio/speech", "/dev/captioned_speech"):
        return _nothing(fake, asked)
    if asked.method == "GET":
        return Reply.json({"detail": "Method Not Allowed"}, 405)
    if (problem := _missing(asked, "input")) is not None:
        return problem
    voice = {"alloy": "af_heart"}.get(body.get("voice", "af_heart"), body.get("voice", "af_heart"))
    if voice not in VOICES:
        words = f"Voice '{voice}' not found. Available voices: {', '.join(VOICES)}"
        error = {"error": "validation_error", "message": words, "type": "invalid_request_error"}
        return Reply.json({"detail": error}, 400)
    whole = endless(packed(tone(body["input"])))
    if body.get("stream", True):
        half = len(whole) // 2
        return Reply(kind="audio/wav", chunks=[whole[:half], whole[half:]])
    if asked.path == "/v1/audio/speech":
        return Reply(body=whole, kind="audio/wav")
    words = body["input"].replace("!", " !").split()
    times = [{"word": word, "start_time": 0.2 * at, "end_time": 0.2 * at + 0.15} for at, word in enumerate(words)]
    audio = base64.b64encode(whole).decode()
    return Reply.json({"audio": audio, "audio_format": "audio/wav", "timestamps": times})


def strict_openai(fake: FakeSpeech, asked: Asked) -> Reply:
    """Refuses what it does not know; wants a key."""
    if asked.headers.get("authorization") != "Bearer s3cretkey":
        error = {"message": f"Incorrect API key provided: {asked.headers.get('authorization')}.", "type": "invalid"}
        return Reply.json({"error": error}, 401)
    if asked.path != "/v1/audio/speech":
        return Reply.json({"error": {"message": f"Invalid URL (POST {asked.path})", "type": "invalid"}}, 404)
    if "stream" in asked.body:
        return Reply.json({"error": {"message": "Unrecognized request argument supplied: stream"}}, 400)
    return Reply.wav(tone(asked.body["input"]))


def xtts(fake: FakeSpeech, asked: Asked) -> Reply:
    """xtts-api-server 0.9; `state["streaming"]`: it was started with --streaming-mode."""
    defaults = {
        "temperature": 0.75, "length_penalty": 1.0, "repetition_penalty": 5.0, "top_k": 50, "top_p": 0.85, "speed": 1,
        "enable_text_splitting": True, "stream_chunk_size": 100,
    }  # fmt: skip
    if asked.path == "/get_tts_settings":
        return Reply.json(fake.state.get("settings", defaults))
    if asked.path == "/set_tts_settings":
        if (problem := _missing(asked, *defaults)) is not None:
            return problem
        fake.state["settings"] = asked.body
        return Reply.json({"message": "Settings successfully applied"})
    speakers = fake.state.setdefault("speakers", {"aya": b"", "female": b""})
    if asked.path == "/speakers_list":
        return Reply.json(list(speakers))
    if asked.path == "/languages":
        return Reply.json({"languages": {"English": "en", "Brazilian Portuguese": "pt", "Chinese": "zh-cn"}})
    if asked.path == "/upload_sample":
        if (problem := _missing(asked, "wavFile")) is not None:
            return problem
        name, data = asked.body["wavFile"]
        speakers[name.removesuffix(".wav")] = data
        return Reply.json({"filename": name})
    if asked.path == "/tts_to_audio":
        return Reply(307, headers={"location": f"{fake.url}/tts_to_audio/"})
    if asked.path != "/tts_to_audio/":
        return _nothing(fake, asked)
    if (problem := _missing(asked, "text", "language")) is not None:
        return problem
    if fake.state.get("streaming"):
        return Reply.wav(np.zeros(RATE), content_disposition='attachment; filename="silence.wav"')
    speaker = asked.body.get("speaker_wav") or ""
    if speaker not in speakers and not speaker.endswith("ref.wav"):
        return Reply.json({"detail": f"Error: Speaker {speaker} not found."}, 500)
    return Reply.wav(tone(asked.body["text"]), content_disposition='attachment; filename="output.wav"')


def alltalk(fake: FakeSpeech, asked: Asked) -> Reply:
    """AllTalk v2; `state["host"]`: put before the place of the sound, as version 1 did."""
    files = fake.state.setdefault("files", {})
    if asked.method == "GET" and asked.path in files:
        return Reply(body=files[asked.path], kind="audio/wav")
    if asked.path == "/api/voices":
        return Reply.json({"status": "success", "voices": ["female_01.wav", "male_01.wav"]})
    if asked.path == "/api/currentsettings":
        return Reply.json({"current_engine_loaded": "xtts", "current_model_loaded": "xtts - xttsv2_2.0.3"})
    if asked.path != "/api/tts-generate":
        return _nothing(fake, asked)
    if (problem := _missing(asked, "text_input")) is not None:
        return problem
    if asked.body.get("character_voice_gen") != "female_01.wav":
        return Reply.json({"status": "generate-failure", "error": "TTS generation failed"}, 500)
    if asked.body.get("language") not in ("en", "zh-cn", "pt"):
        return Reply.json({"error": "language needs to be one of the following: auto, ar, zh-cn"}, 400)
    place = f"/audio/comfyvn_{len(files)}.wav"
    files[place] = packed(tone(asked.body["text_input"]))
    return Reply.json({
        "status": "generate-success",
        "output_file_path": f"/opt/alltalk/outputs{place}",
        "output_file_url": fake.state.get("host", "") + place,
        "output_cache_url": place.replace("audio", "audiocache"),
    })  # fmt: skip


def gpt_sovits(fake: FakeSpeech, asked: Asked) -> Reply:
    """`api_v2.py`: every failure is a 400 with a message."""
    if asked.path == "/control":
        return Reply.json({"message": "command is required"}, 400)
    if asked.path != "/tts":
        return _nothing(fake, asked)
    body = asked.body
    if not body.get("ref_audio_path"):
        return Reply.json({"message": "ref_audio_path is required"}, 400)
    if body.get("text_lang") not in ("en", "ja", "zh"):
        return Reply.json({"message": f"text_lang: {body.get('text_lang')} is not supported in version v2"}, 400)
    if "short" in body["ref_audio_path"]:
        return Reply.json({"message": "tts failed", "Exception": "参考音频在3~10秒范围外，请更换！"}, 400)
    return Reply.wav(tone(body["text"], int(body["seed"]), rate=32_000), 32_000)
