"""Speaks one utterance with eSpeak NG in a process of its own: what it said before would change how it says the next.

It is run as a script, by path and isolated, and imports next to nothing: starting up is most of what a clip costs.
A request is one JSON object on standard input, `{"library": FILE, …}`, with the folder of `espeak-ng-data` as the
current folder (eSpeak copies its path into 160 bytes, so that "." is the only path that always fits). Either
`"list": true`, or `"voice"` and `"sounds": true` (see `espeak_sounds`), or `"voice"`, `"text"`, `"seed"` and
`"parameters"` (name → number, the names of `PARAMETERS`); with `"phonemes": true` what stands in `[[…]]` is mnemonics.
The answer on standard output is `HEAD`: magic, length of a JSON text, length of the sound; then both. The sound is
16-bit little-endian mono.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
from typing import Any

HEAD = struct.Struct("<4sII")
MAGIC = b"CVSP"

PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "pitch_range": 4, "gap": 7}
"""espeak_PARAMETER of speak_lib.h."""

SYNCHRONOUS, DO_NOT_EXIT, UTF8, CHARACTERS, PHONEMES = 2, 0x8000, 1, 1, 0x100
WORD, SENTENCE = 1, 2
OK = 0


class VoiceEntry(ctypes.Structure):
    """espeak_VOICE."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class Event(ctypes.Structure):
    """espeak_EVENT; the union at its end is not read."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))


def load(library: str) -> Any:
    """The library with the signatures used here. Raises OSError when it cannot be loaded."""
    lib = ctypes.CDLL(library)
    lib.espeak_Info.restype = ctypes.c_char_p
    lib.espeak_Info.argtypes = [ctypes.c_void_p]
    lib.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    lib.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(VoiceEntry))
    lib.espeak_ListVoices.argtypes = [ctypes.POINTER(VoiceEntry)]
    lib.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    lib.espeak_SetParameter.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int]
    lib.espeak_SetSynthCallback.argtypes = [CALLBACK]
    lib.espeak_SetSynthCallback.restype = None
    lib.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
    lib.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
        ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
    lib.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_int]
    return lib


def listed(lib: Any, specification: VoiceEntry | None) -> list[dict[str, Any]]:
    """Every voice (or variant) as `{"name", "identifier", "languages": [[priority, tag] …]}`."""
    found, at, entries = lib.espeak_ListVoices(specification), 0, []
    while found[at]:
        entry = found[at].contents
        names = {"name": entry.name.decode(), "identifier": entry.identifier.decode().replace("\\", "/")}
        entries.append({**names, "languages": _languages(entry.languages)})
        at += 1
    return entries


def _languages(address: int) -> list[list[Any]]:
    """A list in C: priority byte, tag, NUL, next …, closed by a priority of 0."""
    tags: list[list[Any]] = []
    while priority := ctypes.string_at(address, 1)[0]:
        tag = ctypes.string_at(address + 1)
        tags.append([priority, tag.decode()])
        address += len(tag) + 2
    return tags


def list_all(lib: Any) -> dict[str, Any]:
    """Voices and variants that this eSpeak NG has."""
    tag = ctypes.create_string_buffer(b"variant")
    variants = listed(lib, VoiceEntry(languages=ctypes.addressof(tag)))
    return {"voices": listed(lib, None), "variants": variants}


# --- the sounds that a voice has


PHONTAB = "espeak-ng-data/phontab"  # as eSpeak NG 1.52 reads it in LoadPhData
TABLE = struct.Struct("<BB2x32s")  # how many phonemes, the table that is built upon, name
PHONEME = struct.Struct("<4sI2xBB4x")  # mnemonic, flags, code, type
VOWEL, NASAL = 2, 8  # the types of sounds; the others are stresses, pauses and the like
IPA, PARTED = 2, ord("|") << 8  # phonememode of espeak_TextToPhonemes


def sounds_of(lib: Any, voice: str) -> dict[str, Any]:
    """`{"sounds": [[mnemonic, IPA, is it a vowel] …]}` that `voice` has, by what the library itself says of each."""
    _check(lib.espeak_SetVoiceByName(voice.encode()), f"load the voice {voice}")
    silent = CALLBACK(lambda *_: 0)  # must outlive the call below
    lib.espeak_SetSynthCallback(silent)
    # The flag for mnemonics stays from the last text that was spoken, and there is no other way to set it.
    _check(lib.espeak_Synth(b"a", 2, 0, CHARACTERS, 0, UTF8 | PHONEMES, None, None), "speak a letter")
    with open(PHONTAB, "rb") as file:  # noqa: PTH123 - pathlib takes longer to import than the rest of this together
        known = mnemonics(file.read())
    found = []
    for mnemonic, is_vowel in known.items():
        # Before others: at an end, many sounds are others (German `d` is `t` there).
        for context in (["t", mnemonic, "t"],) if is_vowel else ([mnemonic, "a"], ["a", mnemonic, "a"]):
            heard = _parts(lib, context, PARTED | IPA)
            if _parts(lib, context, PARTED) == context and len(heard) == len(context):
                found.append([mnemonic, heard[context.index(mnemonic)], is_vowel])
                break
    return {"sounds": found}


def mnemonics(tables: bytes) -> dict[str, bool]:
    """Every sound that any table of phonemes has → whether it is a vowel."""
    found: dict[str, bool] = {}
    at = 4
    for _ in range(tables[0]):
        count, _, _ = TABLE.unpack_from(tables, at)
        at += TABLE.size
        for _ in range(count):
            letters, _, _, kind = PHONEME.unpack_from(tables, at)
            at += PHONEME.size
            mnemonic = letters.rstrip(b"\0").decode("latin-1")
            if VOWEL <= kind <= NASAL and mnemonic.isprintable() and not set(mnemonic) & set("|_"):
                found.setdefault(mnemonic, kind == VOWEL)
    return found


def _parts(lib: Any, sounds: list[str], mode: int) -> list[str]:
    """What is said of a word of these mnemonics, sound by sound, without its stress."""
    text = ctypes.create_string_buffer(f"[[{'|'.join(sounds)}]]".encode("latin-1"))
    place = ctypes.c_void_p(ctypes.addressof(text))
    said = (lib.espeak_TextToPhonemes(ctypes.byref(place), UTF8, mode) or b"").decode()
    return [part for part in said.translate(dict.fromkeys(map(ord, "',ˈˌ"))).split("|") if part]


def speak(lib: Any, rate: int, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Say `request["text"]`: `{"rate", "events": [[type, character from 0, milliseconds] …]}` and the sound."""
    sound, events = bytearray(), []

    def heard(samples: int | None, count: int, event: Any) -> int:
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, 2 * count))
        at = 0
        while event and event[at].type:
            if event[at].type in (WORD, SENTENCE):
                events.append([event[at].type, event[at].text_position - 1, event[at].audio_position])
            at += 1
        return 0

    callback = CALLBACK(heard)  # must outlive the call below
    lib.espeak_SetSynthCallback(callback)
    _check(lib.espeak_ng_SetRandSeed(request["seed"]), "set its seed")
    _check(lib.espeak_SetVoiceByName(request["voice"].encode()), f"load the voice {request['voice']}")
    for name, value in request["parameters"].items():
        _check(lib.espeak_SetParameter(PARAMETERS[name], value, 0), f"set {name} to {value}")
    text, flags = request["text"].encode(), UTF8 | (PHONEMES if request.get("phonemes") else 0)
    _check(lib.espeak_Synth(text, len(text) + 1, 0, CHARACTERS, 0, flags, None, None), "speak the text")
    return {"rate": rate, "events": events}, bytes(sound)


def _check(status: int, deed: str) -> None:
    if status != OK:
        raise RuntimeError(f"eSpeak NG could not {deed} (status {status})")


def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Carry out `request`."""
    lib = load(request["library"])
    rate = lib.espeak_Initialize(SYNCHRONOUS, 200, b".", DO_NOT_EXIT)
    if rate <= 0:
        raise RuntimeError("eSpeak NG found no espeak-ng-data in its folder")
    if request.get("list"):
        return list_all(lib), b""
    return (sounds_of(lib, request["voice"]), b"") if request.get("sounds") else speak(lib, rate, request)


def main() -> None:
    out = os.dup(1)
    os.dup2(2, 1)  # whatever the library prints must not get between the frames
    try:
        document, sound = answer(json.loads(sys.stdin.buffer.read()))
    except (OSError, RuntimeError) as error:
        document, sound = {"error": str(error)}, b""
    text = json.dumps(document).encode()
    with os.fdopen(out, "wb") as stream:
        stream.write(HEAD.pack(MAGIC, len(text), len(sound)) + text + sound)


if __name__ == "__main__":
    main()
