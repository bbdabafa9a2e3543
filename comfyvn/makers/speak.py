"""Clips: a line spoken by an engine, or an actor's recording levelled like one."""

from __future__ import annotations

from pathlib import Path

from comfyvn.bridge.tts import Clip, Speech, TTSBridge
from comfyvn.errors import MakeError
from comfyvn.makers.made import Made
from comfyvn.recipe import LOCAL, Speak


def speak(recipe: Speak, voices: TTSBridge) -> Made:
    """WAV, OGG and SRT. Raises VoiceError when no engine can say it."""
    speech = Speech(
        text=recipe.text,
        language=recipe.language,
        engines=recipe.engines,
        voice=recipe.voice,
        seed=recipe.seed,
        loudness=recipe.loudness,
        peak=recipe.peak,
    )
    clip = voices.synthesize_clip(speech)
    return Made(
        {".wav": clip.wav, ".ogg": clip.ogg, ".srt": clip.srt.encode()},
        clip.engine,
        repeatable=clip.repeatable,
        notes=_notes(clip),
    )


def _notes(clip: Clip) -> dict[str, object]:
    notes: dict[str, object] = {
        "duration_ms": clip.duration_ms,
        "lufs": round(clip.lufs, 2),
        "gated": clip.gated,
        "peak_dbtp": round(clip.peak_dbtp, 2),
        "limited_db": round(clip.limited_db, 2),
    }
    return notes | ({"fallback": clip.reason} if clip.reason else {})


def recording(recipe: Speak, source: Path) -> Made:
    """An actor's recording, trimmed and levelled like a synthesised clip. Raises MakeError when it is no sound."""
    import soundfile  # sound libraries are loaded only when something is heard

    from comfyvn.audio.master import master

    try:
        samples, rate = soundfile.read(source, dtype="float64", always_2d=True)
        done = master(samples, rate, recipe.text, (), loudness=recipe.loudness, peak=recipe.peak)
    except (OSError, RuntimeError, ValueError) as error:
        raise MakeError(f"not a usable recording ({error})", str(source), "replace it by a WAV, FLAC or OGG") from error
    notes = {
        "duration_ms": done.duration_ms,
        "lufs": round(done.loudness.lufs, 2),
        "gated": done.loudness.gated,
        "peak_dbtp": round(done.peak_dbtp, 2),
        "limited_db": round(done.limited_db, 2),
    }
    return Made({".wav": done.wav, ".ogg": done.ogg, ".srt": done.srt.encode()}, LOCAL, notes=notes)
