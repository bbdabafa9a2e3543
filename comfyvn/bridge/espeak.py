"""The embedded voice: eSpeak NG from a wheel, one fresh process per utterance so that the same words sound the same."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyvn.bridge import espeak_worker
from comfyvn.bridge.children import Children
from comfyvn.bridge.espeak_voices import Catalogue, voice_name
from comfyvn.bridge.speech import Capabilities, Speech, Spoken, settings_for
from comfyvn.errors import VoiceError

if TYPE_CHECKING:  # for words in IPA, which most novels have none of
    from comfyvn.bridge.espeak_sounds import Sounds
    from comfyvn.bridge.phonemes import Told

RANGES = {"rate": (80, 450), "pitch": (0, 99), "pitch_range": (0, 99), "gap": (0, 500)}
"""Settings eSpeak understands: words per minute, two scales, and the pause between words in units of 10 ms."""

VOLUME = 60  # of 100: louder variants clip at 100, and every clip is levelled afterwards

START_UP = 30.0  # seconds; a process takes 0.04, and a machine under load may take far longer
SECONDS_PER_CHARACTER = 0.01

SEEDS = 2**31 - 2
USUAL_RATE = 175  # words a minute, where nothing else is asked for (espeakRATE_NORMAL)


class Espeak:
    """eSpeak NG. What it guards are its processes: the catalogue of voices is read once per process of ours."""

    name = "espeak"
    repeatable = True

    def __init__(self, start_up: float = START_UP, worker: Path | None = None) -> None:
        """`start_up` is the deadline in seconds of an utterance without words; `worker` the script that speaks."""
        self._start_up = start_up
        self._worker = worker or Path(espeak_worker.__file__)
        self._children = Children()

    def stop(self) -> None:
        """Ends what is being said, and says nothing any more."""
        self._children.stop()

    def version(self) -> str:
        """Version of the engine, such as "1.52.0"; no process is started. Raises VoiceError when it is missing."""
        return _version()

    def capabilities(self) -> Capabilities:
        """What it can do. Raises VoiceError when its voices cannot be listed."""
        return Capabilities(seedable=True, word_times=True, phonemes=True, has_speed=True)

    def catalogue(self) -> Catalogue:
        """Voices and variants there are. Raises VoiceError."""
        return _catalogue(self._worker, self._start_up)

    def _voice(self, speech: Speech, settings: Mapping[str, object]) -> str:
        """The voice that is asked for; where we stand in for another engine, its voice may be one of ours."""
        theirs = speech.voice.get("voice")
        if theirs is not None and "voice" not in settings:
            with suppress(VoiceError):
                return voice_name(self.catalogue(), speech.language, {**settings, "voice": theirs})
        return voice_name(self.catalogue(), speech.language, settings)

    def _told(self, speech: Speech, voice: str) -> Told | None:
        """The text with words in mnemonics; None where it has none, and all of it is spoken as it stands."""
        if not speech.phonemes:
            return None
        from comfyvn.bridge.espeak_sounds import mnemonics
        from comfyvn.bridge.phonemes import told, unbracketed, warn

        sounds = _sounds(self._worker, voice.partition("+")[0], self._start_up)
        if not sounds.known:
            warn(f"eSpeak NG's voice {sounds.voice}")
            return None
        return told(
            speech,
            lambda word, ipa: f"[[{mnemonics(word, ipa, sounds, speech.language)}]]",
            unbracketed,
        )

    def speak(self, speech: Speech) -> Spoken:
        """Say it. Raises VoiceError for a voice or setting that does not exist, and when the process fails."""
        import numpy as np  # the catalogue and the version are asked for while planning, without arrays

        from comfyvn.audio.subtitles import Anchor

        settings = settings_for(speech, self.name)
        voice = self._voice(speech, settings)
        said = self._told(speech, voice)
        document, sound = _ask(
            self._worker,
            {
                "voice": voice,
                "text": said.text if said else speech.text,
                "phonemes": said is not None,
                "seed": 1 + speech.seed % SEEDS,  # eSpeak takes 0 for "from the clock"
                "parameters": {"volume": VOLUME, **_parameters(settings), **_hurried(settings, speech.speed)},
            },
            self._start_up + len(speech.text) * SECONDS_PER_CHARACTER,
            self._children,
        )
        samples = np.frombuffer(sound, dtype="<i2").astype(np.float64) / 32768.0
        sentence = espeak_worker.SENTENCE
        events = [(kind, said.place(at) if said else at, ms) for kind, at, ms in document["events"]]
        anchors = (Anchor(position, ms, kind == sentence) for kind, position, ms in events)
        return Spoken(samples, int(document["rate"]), tuple(anchors))


def _parameters(settings: Mapping[str, object]) -> dict[str, int]:
    return {name: _whole(name, settings[name]) for name in RANGES if name in settings}


def _hurried(settings: Mapping[str, object], speed: float) -> dict[str, int]:
    """The rate that is so many times the asked one, as far as it can be had; nothing where that is the asked one."""
    low, high = RANGES["rate"]
    usual = _whole("rate", settings.get("rate", USUAL_RATE))
    return {} if speed == 1.0 else {"rate": min(max(round(usual * speed), low), high)}


def _whole(name: str, value: object) -> int:
    low, high = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise VoiceError(
            f"eSpeak NG cannot take {name} {value!r}", "voice settings", f"give a number from {low} to {high}"
        )
    return round(value)


def _folder() -> Path:
    """Where the wheel keeps library and data; found without importing it, so that asking costs nothing."""
    found = find_spec("espeakng_loader")
    if found is None or not found.submodule_search_locations:
        raise VoiceError(
            "the embedded voice (eSpeak NG) is not installed", "espeakng-loader", "run `pip install espeakng-loader`"
        )
    return Path(found.submodule_search_locations[0])


def _library() -> str:
    _folder()  # says what to do when it is missing
    import espeakng_loader

    return str(espeakng_loader.get_library_path())


@cache
def _version() -> str:
    library = _library()
    try:
        lib = ctypes.CDLL(library)
    except OSError as error:
        raise VoiceError(f"eSpeak NG cannot be loaded: {error}", library, _REINSTALL) from error
    lib.espeak_Info.restype = ctypes.c_char_p
    lib.espeak_Info.argtypes = [ctypes.c_void_p]
    text = lib.espeak_Info(None)
    return str(text.decode()).split()[0]


_REINSTALL = "run `pip install --force-reinstall espeakng-loader`"


@cache
def _catalogue(worker: Path, seconds: float) -> Catalogue:
    document, _ = _ask(worker, {"list": True}, seconds, Children())
    return Catalogue.parse(document)


@cache
def _sounds(worker: Path, voice: str, seconds: float) -> Sounds:
    from comfyvn.bridge.espeak_sounds import Sounds

    document, _ = _ask(worker, {"voice": voice, "sounds": True}, seconds, Children())
    return Sounds.parse(voice, document["sounds"])


def _ask(
    worker: Path, request: Mapping[str, object], seconds: float, children: Children
) -> tuple[dict[str, Any], bytes]:
    """One request to one fresh process. Isolated (-I) and without site-packages (-S): the caller names the library."""
    command = [sys.executable, "-I", "-S", str(worker)]
    question = json.dumps({**request, "library": _library()}).encode()
    try:
        answer, status, complaint = children.run(command, question, seconds, _folder())
    except subprocess.TimeoutExpired as error:
        raise VoiceError(
            f"eSpeak NG did not answer within {seconds:.0f} s",
            "its process was ended",
            "free the machine, or shorten the text, and run it again",
        ) from error
    except OSError as error:
        raise VoiceError(f"eSpeak NG's process did not start: {error}", command[0], _REINSTALL) from error
    return _unpacked(answer, status, complaint)


def _unpacked(answer: bytes, status: int, complaint: bytes) -> tuple[dict[str, Any], bytes]:
    head = espeak_worker.HEAD
    magic, length, size = head.unpack(answer[: head.size]) if len(answer) >= head.size else (b"", 0, 0)
    if status != 0 or magic != espeak_worker.MAGIC or len(answer) != head.size + length + size:
        last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        why = f"status {status}{': ' + last if last else ''}"
        raise VoiceError(f"eSpeak NG's process died ({why})", f"after {len(answer)} bytes", _REINSTALL)
    document = json.loads(answer[head.size : head.size + length])
    if "error" in document:
        raise VoiceError(document["error"], "eSpeak NG", _REINSTALL)
    return document, answer[head.size + length :]
