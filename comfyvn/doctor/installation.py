"""What this computer needs for a build: room, voices, encoders, and the programs that some commands call."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from comfyvn import __version__
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.hearing import MODULES, Hearing
from comfyvn.bridge.speech import Engine, HasConnections, HasVoices, Speech
from comfyvn.contracts.speakers import ENGINES
from comfyvn.doctor.finding import Finding
from comfyvn.errors import UsageError, VoiceError
from comfyvn.reading.game import installed

HERE = "this computer"
LITTLE, VERY_LITTLE = 5 * 2**30, 2**29  # bytes: a big novel's art; hardly one export
GIB = 2**30
EMBEDDED = "espeak"
WORD = "Hello"
SENTENCE = "The last ferry left an hour ago, and nobody was on it."
VIDEO = {"MP4": ("libx264", "mpeg4"), "WebM": ("libvpx-vp9", "libvpx"), "Opus sound": ("libopus", "opus")}


def examine_installation(
    folders: Mapping[str, Path],
    engines: Mapping[str, Engine],
    chains: Iterable[tuple[str, ...]],
    elsewhere: Collection[str] = (),
    hearing: Hearing | None = None,
) -> Iterator[Finding]:
    """`folders`: what is written there → where; `chains`: the speech engines of clips, in order of preference;
    `elsewhere`: engines that servers have, which are looked at there; `hearing`: who listens to takes.
    """
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding(HERE, "version", "good", f"ComfyVN {__version__}, {python}")
    for what, folder in folders.items():
        yield room(what, folder)
    yield from speech(engines, chains, elsewhere)
    yield listening(Espeak(), hearing)
    yield sound()
    yield from video()
    yield renpy(os.environ)
    yield program("git", "comfyvn lock reads the commits of node packs with it", "install Git")
    yield Finding(HERE, "SSH", "note", "no SSH profiles are configured")


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def room(what: str, folder: Path, free: Callable[[Path], int] = free_bytes) -> Finding:
    """Free space where `folder` is, or will be."""
    check = f"room for {what}"
    place = next((path for path in (folder, *folder.parents) if path.exists()), None)
    if place is None:
        return Finding(HERE, check, "error", f"{folder}: its disk is not there", "mount it, or set another folder")
    if not os.access(place, os.W_OK):
        return Finding(HERE, check, "error", f"{folder}: it may not be written", "give yourself the permission")
    try:
        left = free(place)
    except OSError as error:
        return Finding(HERE, check, "warning", f"{folder}: cannot be asked ({error.strerror})", "look at that disk")
    said = f"{left / GIB:.1f} GiB free at {folder}"
    if left >= LITTLE:
        return Finding(HERE, check, "good", said)
    todo = "free some: a render that cannot be saved is made for nothing"
    return Finding(HERE, check, "error" if left < VERY_LITTLE else "warning", said, todo)


def speech(
    engines: Mapping[str, Engine], chains: Iterable[tuple[str, ...]], elsewhere: Collection[str] = ()
) -> Iterator[Finding]:
    """Every engine that is here, or that a clip names, says a word; then whether every clip has one of them."""
    working, wanted = set(elsewhere), tuple(chains)
    named = {EMBEDDED, *(name for chain in wanted for name in chain)}
    for name, engine in engines.items():
        if name not in named and not _is_here(engine):
            continue  # an extra that nobody asks for
        finding = _spoken(name, engine)
        if name not in named and finding.level == "error":
            finding = replace(finding, level="warning")  # it does not work, and nobody misses it
        working |= {name} if finding.level == "good" else set()
        yield finding
    mute = [chain for chain in wanted if not working & set(chain)]
    for name in sorted({name for chain in wanted for name in chain} - {*engines, *elsewhere}):
        said, lost = f"{name}: {_missing(name)}", sum(name in chain for chain in mute)
        if lost:
            clips = "a clip names" if lost == 1 else f"{lost} clips name"
            todo = f"{_NAME.get(name, _NAME_SERVER) if name in ENGINES else ''}name espeak after it: {_WHERE}"
            yield Finding(HERE, "speech", "error", f"{said}, and {clips} no other that works", todo)
        else:
            yield Finding(HERE, "speech", "note", f"{said}; the next one of each clip speaks")


_WHERE = "engines.voice in comfyvn.yaml, preferred_tts of a character, engine of a clip"
_NAME = {"xtts": "name a ComfyUI under servers: in providers/servers.yaml, or "}
_NAME_SERVER = "name its server under voices: in providers/servers.yaml, or "


def _missing(name: str) -> str:
    if name not in ENGINES:
        return "this version of ComfyVN has no such engine"
    what = "ComfyUI" if name == "xtts" else "speech server of that engine"
    return f"no {what} is named"


def _is_here(engine: Engine) -> bool:
    try:
        engine.version()
    except VoiceError:
        return False
    return True


def _language(engine: Engine) -> str:
    """One that it speaks: an engine with voices of its own may have no English one."""
    languages = engine.capabilities().languages if isinstance(engine, HasVoices) else None
    return min(languages - {"en"}, default="en") if languages and "en" not in languages else "en"


def _spoken(name: str, engine: Engine) -> Finding:
    try:
        spoken = engine.speak(Speech(WORD, _language(engine), engines=(name,), voice=_voice(engine)))
        version = engine.version()
    except VoiceError as error:
        return Finding(HERE, "speech", "error", f"{name}: {error.what}", error.todo)
    finally:
        if isinstance(engine, HasConnections):
            engine.close()
    seconds = len(spoken.samples) / spoken.rate
    return Finding(HERE, "speech", "good", f"{name} {version} speaks (a word of {seconds:.1f} s)")


def _voice(engine: Engine) -> dict[str, object]:
    """The voice by name where an engine has several: it would not choose."""
    names = engine.capabilities().voices if isinstance(engine, HasVoices) else None
    return {"voice": names[0]} if names else {}


def listening(voice: Engine, hearing: Hearing | None) -> Finding:
    """Whether takes can be listened to, where the novel asks for it: a sentence is said, and heard."""
    if hearing is None:
        if not all(find_spec(name) for name in MODULES):
            return Finding(HERE, "listening", "note", "nobody listens to takes: comfyvn[asr] is not installed")
        todo = "voice_check.model in comfyvn.yaml, or COMFYVN_ASR, names the folder of a Whisper model"
        return Finding(HERE, "listening", "note", "comfyvn[asr] is installed, and no model is named", todo)
    try:
        spoken = voice.speak(Speech(SENTENCE, engines=(EMBEDDED,)))
        errors = hearing.word_errors(spoken.samples, spoken.rate, SENTENCE, "en")
    except VoiceError as error:
        return Finding(HERE, "listening", "error", error.what, error.todo)
    heard = "it knows no English" if errors is None else f"it misses {errors:.0%} of eSpeak's words"
    return Finding(HERE, "listening", "good", f"{hearing.folder.name}: {heard}")


def sound() -> Finding:
    """Whether clips can be written: WAV, and OGG with Vorbis."""
    import soundfile  # a large native library: only whoever looks at it needs it

    if "VORBIS" in soundfile.available_subtypes("OGG"):
        return Finding(
            HERE, "sound", "good", f"libsndfile {soundfile.__libsndfile_version__} writes WAV and OGG Vorbis"
        )
    todo = "reinstall soundfile: pip install --force-reinstall soundfile"
    return Finding(HERE, "sound", "error", "libsndfile writes no OGG Vorbis, which clips need", todo)


def video() -> Iterator[Finding]:
    """Whether films can be written; the ffmpeg program is not needed, PyAV brings its libraries."""
    import av

    lacking = [kind for kind, codecs in VIDEO.items() if not any(name in av.codecs_available for name in codecs)]
    version = ".".join(map(str, av.library_versions.get("libavcodec", ())))
    if lacking:
        todo = "reinstall PyAV from its wheel: pip install --force-reinstall --only-binary av av"
        yield Finding(HERE, "video", "warning", f"PyAV has no encoder for {', '.join(lacking)}", todo)
    else:
        said = f"PyAV {av.__version__} (libavcodec {version}) writes {', '.join(VIDEO)}"
        yield Finding(HERE, "video", "good", f"{said}; the ffmpeg program is not needed")


def renpy(environ: Mapping[str, str]) -> Finding:
    try:
        found = installed.found(environ)
    except UsageError as error:
        return Finding(HERE, "Ren'Py", "warning", f"{error.where}: {error.what}", error.todo)
    if found:
        return Finding(HERE, "Ren'Py", "good", found)
    todo = "to play or lint an export: get the SDK from https://renpy.org, or on Debian: apt-get install renpy"
    return Finding(HERE, "Ren'Py", "note", "not on PATH; exports are made without it", todo)


def program(name: str, purpose: str, todo: str) -> Finding:
    found = shutil.which(name)
    return Finding(HERE, name, "good", found) if found else Finding(HERE, name, "note", f"not on PATH; {purpose}", todo)
