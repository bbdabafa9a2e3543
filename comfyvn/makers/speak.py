"""Clips: a line spoken by an engine, or an actor's recording levelled like one."""

from __future__ import annotations

from pathlib import Path

from comfyvn.bridge.tts import Speech, TTSBridge, fallback_note
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
    notes = _measured(clip.duration_ms, clip.lufs, clip.gated, clip.peak_dbtp, clip.limited_db)
    return Made(
        {".wav": clip.wav, ".ogg": clip.ogg, ".srt": clip.srt.encode()},
        clip.engine,
        repeatable=clip.repeatable,
        notes=notes | fallback_note(clip.wanted_engine, clip.engine, clip.reason),
    )


def _measured(duration_ms: int, lufs: float, gated: bool, peak_dbtp: float, limited_db: float) -> dict[str, object]:
    """What a record says of a clip: milliseconds, LUFS (gated or not), dBTP, and how far peaks were pressed down."""
    return {
        "duration_ms": duration_ms,
        "lufs": round(lufs, 2),
        "gated": gated,
        "peak_dbtp": round(peak_dbtp, 2),
        "limited_db": round(limited_db, 2),
    }


def recording(recipe: Speak, source: Path) -> Made:
    """An actor's recording, trimmed and levelled like a synthesised clip. Raises MakeError when it is no sound."""
    import soundfile  # sound libraries are loaded only when something is heard

    from comfyvn.audio.master import master

    try:
        samples, rate = soundfile.read(source, dtype="float64", always_2d=True)
        done = master(samples, rate, recipe.text, (), loudness=recipe.loudness, peak=recipe.peak)
    except (OSError, RuntimeError, ValueError) as error:
        raise MakeError(f"not a usable recording ({error})", str(source), "replace it by a WAV, FLAC or OGG") from error
    notes = _measured(done.duration_ms, done.loudness.lufs, done.loudness.gated, done.peak_dbtp, done.limited_db)
    return Made({".wav": done.wav, ".ogg": done.ogg, ".srt": done.srt.encode()}, LOCAL, notes=notes)
