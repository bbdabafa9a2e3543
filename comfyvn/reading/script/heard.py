"""Music, ambience and sounds, and pauses."""

from __future__ import annotations

from comfyvn.contracts.mistakes import nearest
from comfyvn.contracts.place import Steps
from comfyvn.reading.script.blocks import Line, Slip
from comfyvn.reading.script.found import Found, Value, no_block
from comfyvn.reading.script.words import Words

CHANNELS = ("music", "ambience", "sound")


def play(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    channel = _channel(words)
    if words.is_text():
        raise Slip("a sound is named by its asset", f"play {channel} ID (data/assets/ID.json names the file)",
                   value=words.rest()[:60])  # fmt: skip
    value: Value = {channel: words.name("an asset")}
    _loudness(words, value, channel, ("fadein", "fadeout"))
    no_block(line, "`play`")
    return [value]


def stop(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    channel = _channel(words)
    value: Value = {channel: None}
    _loudness(words, value, channel, ("fadeout",))
    no_block(line, "`stop`")
    return [value]


def _channel(words: Words) -> str:
    name = words.need("a channel")
    if name not in CHANNELS:
        raise Slip("there is no such channel", ", ".join(CHANNELS), nearest(name, CHANNELS), name)
    return name


def _loudness(words: Words, value: Value, channel: str, fades: tuple[str, ...]) -> None:
    names = (*(fades if channel != "sound" else ()), "volume")
    while not words.is_done():
        word = words.need("one of " + ", ".join(names))
        if word not in names:
            raise Slip(f"`{word}` has no place here", ", ".join(names), nearest(word, names))
        name, number = "volume" if word == "volume" else "fade", words.number(word)
        if value.get(name, number) != number:
            raise Slip("the old sound fades as long as the new one", "one of fadein and fadeout, or the same seconds")
        value[name] = number


def pause(words: Words, line: Line, here: Steps, found: Found) -> list[Value]:
    value = {"pause": None if words.is_done() else words.number("a pause")}
    words.finish()
    no_block(line, "`pause`")
    return [value]
