"""Listens to a take offline and tells how many of its words came through (optional: `comfyvn[asr]`).

Whisper by faster-whisper, from a folder that the user names; nothing is ever downloaded.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyvn.errors import VoiceError

if TYPE_CHECKING:
    from comfyvn.audio.samples import Samples

MODULES = ("faster_whisper", "jiwer")  # of comfyvn[asr]
RATE = 16_000  # Hz, that Whisper was trained at
FILES = ("model.bin", "config.json", "tokenizer.json")  # without the last one faster-whisper would ask the network
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f])")  # kana, ideographs, Thai


class Hearing:
    """One Whisper model, loaded when the first take is heard. Many threads may use it; one listens at a time."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds a model in CTranslate2's form: model.bin, config.json, tokenizer.json and its vocabulary."""
        self.folder = folder
        self._model: Any = None
        self._guard = threading.Lock()

    def word_errors(self, samples: Samples, rate: int, text: str, language: str) -> float | None:
        """Word error rate of the take `samples` (shape (n,), at `rate` Hz) against its `text`; 0: every word is heard.

        Of scripts without spaces, the error rate of their characters. None where nobody can say: a text without words,
        or a language that the model does not know. Raises VoiceError when the model cannot be loaded.
        """
        wanted = words(text)
        if not wanted:
            return None
        with self._guard:
            model = self._loaded()
            primary = language.replace("_", "-").partition("-")[0].lower()
            if primary not in model.supported_languages:
                return None
            heard = _transcribed(model, samples, rate, primary)
        import jiwer

        return float(jiwer.wer(" ".join(wanted), " ".join(words(heard))))

    def _loaded(self) -> Any:
        if self._model is None:
            _check_installed()
            _check_folder(self.folder)
            from faster_whisper import WhisperModel

            try:
                self._model = WhisperModel(str(self.folder), "cpu", compute_type="int8", local_files_only=True)
            except (RuntimeError, ValueError, OSError) as error:
                what = f"the model that checks takes cannot be loaded: {error}"
                raise VoiceError(what, str(self.folder), _NAME_ONE) from error
        return self._model


_NAME_ONE = "name the folder of a Whisper model for CTranslate2: voice_check.model in comfyvn.yaml, or COMFYVN_ASR"


def _check_installed() -> None:
    missing = [name for name in MODULES if find_spec(name) is None]
    if missing:
        what = f"takes are to be checked by ear, and {' and '.join(missing)} is not installed"
        todo = "run `pip install 'comfyvn[asr]'`, or take voice_check.model out of comfyvn.yaml"
        raise VoiceError(what, "voice_check in comfyvn.yaml", todo)


def _check_folder(folder: Path) -> None:
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise VoiceError(f"the model that checks takes lacks {', '.join(missing)}", str(folder), _NAME_ONE)


def _transcribed(model: Any, samples: Samples, rate: int, language: str) -> str:
    """What is heard, at temperature 0: the same take is always judged the same."""
    import numpy as np

    from comfyvn.audio.encode import resample

    heard = resample(samples, rate, RATE).astype(np.float32)
    segments, _ = model.transcribe(
        heard, language=language, beam_size=5, temperature=0.0, condition_on_previous_text=False,
        without_timestamps=True,
    )  # fmt: skip
    return " ".join(str(segment.text) for segment in segments)


def words(text: str) -> list[str]:
    """The words of `text` as they are compared: no case, no signs; of scripts without spaces each character."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    kept = "".join(letter if letter.isalnum() or letter == "'" or _is_mark(letter) else " " for letter in plain)
    return [word for part in _UNSPACED.sub(r" \1 ", kept).split() if (word := part.strip("'"))]


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")
