"""What is heard of a text: one clean line in chunks, its words respelt by the lexicon; and what is read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from comfyvn.audio.chunks import chunks
from comfyvn.audio.lexicon import Lexicon, Respelt, as_written, place_as_written, respelt
from comfyvn.audio.subtitles import Anchor
from comfyvn.audio.wording import spoken_text


@dataclass(frozen=True)
class Heard:
    """`chunks` make up `text`; () where it is spoken at once. `respelt`: what of `text` is not as it was written."""

    text: str
    chunks: tuple[str, ...] = ()
    respelt: tuple[Respelt, ...] = ()

    def is_respelt(self, one: Respelt) -> bool:
        """Whether `one` is respelt, not only given in IPA."""
        return not one.ipa or one.word != self.text[one.start : one.stop]

    @property
    def written(self) -> str:
        """The text as it was written, in one line."""
        return as_written(self.text, self.respelt)


def heard(text: str, language: str, words: Lexicon) -> Heard:
    """What a voice is given of `text` (markup taken out) in `language`; "" where there is nothing in it to say.

    Numbers and abbreviations stay as they are: engines know best how their language says them.
    """
    said, found, at = [], [], 0
    for chunk in chunks(spoken_text(text), language):  # cut as it was written: a respelling may look like an end
        part, ones = respelt(chunk, words)
        found += [replace(one, start=one.start + at, stop=one.stop + at) for one in ones]
        said.append(part)
        at += len(part)
    return Heard("".join(said), tuple(said) if len(said) > 1 else (), tuple(found))


@dataclass(frozen=True)
class Passage:
    """A part of a text: `heard` as it is given to a voice (no space around it), `text` as it is written."""

    heard: str
    text: str
    respelt: tuple[Respelt, ...] = ()

    def as_written(self, anchors: Sequence[Anchor]) -> tuple[Anchor, ...]:
        """`anchors` in what is heard, moved to where their words stand in the text as it is written."""
        lead = len(self.text) - len(self.text.lstrip())
        return tuple(
            replace(anchor, position=lead + place_as_written(anchor.position, self.respelt)) for anchor in anchors
        )


def passages(said: Heard) -> tuple[Passage, ...]:
    """The chunks of `said`, or all of it as one."""
    found, start = [], 0
    for chunk in said.chunks or (said.text,):
        stop, lead = start + len(chunk), len(chunk) - len(chunk.lstrip())
        own = [
            replace(one, start=one.start - start - lead, stop=one.stop - start - lead)
            for one in said.respelt
            if start + lead <= one.start and one.stop <= start + len(chunk.rstrip())
        ]
        spoken = chunk.strip()
        written = chunk[:lead] + as_written(spoken, own) + chunk[lead + len(spoken) :]
        found.append(Passage(spoken, written, tuple(own)))
        start = stop
    return tuple(found)
