"""IPA in the mnemonics of an eSpeak NG voice: by the sounds that the voice has, as the library itself names them.

A sound that the voice has not is taken for its nearest one where everybody would (`CLOSE`, and long for short), as
dictionaries of one accent are read by voices of another; else it is an error that names it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from comfyvn.bridge.phonemes import sounds
from comfyvn.errors import VoiceError

STRESS = {"ˈ": "'", "ˌ": ","}
LONG = "ː"
CLOSE: Mapping[str, tuple[str, ...]] = {
    "r": ("ɹ", "ʁ", "ɾ"), "ɹ": ("r", "ʁ", "ɾ"), "ʁ": ("r", "ɾ"), "ʀ": ("ʁ", "r"), "ɾ": ("r", "ɹ"),
    "a": ("æ", "a\u0308", "ɑ"), "æ": ("a",), "ɒ": ("ɑ", "ɔ"), "ɑ": ("a",), "ʌ": ("ɐ", "a"), "ɐ": ("ə",),
    "e": ("e̞", "ɛ"), "ɛ": ("e",), "o": ("o̞", "ɔ"), "ɔ": ("o",), "ɯ": ("ɯᵝ",), "u": ("ɯᵝ",), "ʊ": ("u",), "ɪ": ("i",),
    "oʊ": ("əʊ",), "əʊ": ("oʊ",), "ɚ": ("əɹ", "ə"), "ɝ": ("ɜ",), "ɝː": ("ɜː",), "ɜ": ("ə",), "ɡ": ("g",), "ɫ": ("l",),
    "i": ("ɪ",), "ɔʏ": ("ɔø", "ɔɪ"), "ɔɪ": ("ɔø",), "ʏ": ("y",), "y": ("ʏ",), "ø": ("œ",), "œ": ("ø",),
    "ɥ": ("y",),
}  # fmt: skip
RHOTIC = "ɹ"  # which dictionaries of English write as r


@dataclass(frozen=True)
class Sounds:
    """The sounds of `voice`: IPA (as `phonemes.sounds` spells it) → mnemonic; none where it takes no IPA.

    `vowels`: the mnemonics of vowels.
    """

    voice: str
    known: Mapping[str, str]
    vowels: frozenset[str]

    @classmethod
    def parse(cls, voice: str, entries: Iterable[tuple[str, str, bool]]) -> Sounds:
        """From the worker's answer. Of mnemonics that sound alike, the plainest: others are for places in a word."""
        plain = sorted(entries, key=_oddness)
        known: dict[str, str] = {}
        for mnemonic, ipa, _ in plain:
            spelt = _undoubled(sounds(ipa))
            if _is_whole(spelt):
                known.setdefault(spelt, mnemonic)
        return cls(voice, known, frozenset(mnemonic for mnemonic, _, is_vowel in plain if is_vowel))


def _oddness(entry: tuple[str, str, bool]) -> tuple[int, int]:
    mnemonic, ipa, _ = entry
    signs = mnemonic.removesuffix(":") if ipa.endswith(LONG) else mnemonic
    return sum(not letter.isalpha() for letter in signs), len(mnemonic)


def _undoubled(ipa: str) -> str:
    """A long sound as it is written elsewhere: some voices write it twice."""
    half = ipa[: len(ipa) // 2]
    return half + LONG if half and ipa == half * 2 else ipa


def _is_whole(ipa: str) -> bool:
    """Not one of the halves that tables have beside sounds (`ʲ`), nor what has no letter in IPA."""
    is_letter = ipa[:1].isalpha() and unicodedata.category(ipa[0]) != "Lm"
    return is_letter and not set(ipa) & set("^#-.!*")


def mnemonics(word: str, ipa: str, voice: Sounds, language: str) -> str:
    """What stands in `[[…]]` for `word`, which is said as `ipa`. Raises VoiceError for a sound that there is not."""
    return " ".join(_word(word, part, voice, language) for part in ipa.split())


def _word(word: str, ipa: str, voice: Sounds, language: str) -> str:
    parts = list(_mnemonics(word, sounds(ipa), voice, language.partition("-")[0].lower() == "en"))
    if "'" not in parts:  # one that is not stressed anywhere would be swallowed
        at = [index for index, part in enumerate(parts) if part in voice.vowels]
        if at:
            parts.insert(at[-1] if language.lower().startswith("fr") else at[0], "'")
    return "|".join(parts)


def _mnemonics(word: str, ipa: str, voice: Sounds, is_english: bool) -> Iterator[str]:
    """One by one: stresses, and of sounds the longest that the voice has."""
    said, at = ipa.replace("r", RHOTIC) if is_english else ipa, 0
    while at < len(ipa):
        if ipa[at] in STRESS:
            yield STRESS[ipa[at]]
            at += 1
            continue
        for stop in range(len(ipa), at, -1):
            found = _nearest(said[at:stop], voice, is_english)
            if found is not None and not (stop - at > 1 and _is_torn(said, stop, voice, is_english)):
                yield found
                break
        else:
            raise _unknown(word, ipa, at, voice)
        at = stop


def _is_torn(ipa: str, at: int, voice: Sounds, is_english: bool) -> bool:
    """Whether an r before `at` begins the next syllable: a vowel that ends in r would say it twice."""
    after = ipa[at:].lstrip("".join(STRESS))[:1]
    return ipa[at - 1] == RHOTIC and _nearest(after, voice, is_english) in voice.vowels


def _nearest(ipa: str, voice: Sounds, is_english: bool) -> str | None:
    """The sound `ipa`, or else the nearest: another that is as long, then the same in another length."""
    meant = "ɛ" if is_english and ipa == "e" else ipa  # dictionaries write bed as /bed/; the sound of e is in eɪ
    bare = meant.removesuffix(LONG)
    rhotic = [f"{meant[:-1]}{LONG}{RHOTIC}"] if meant[1:] == RHOTIC else []
    other = [bare if bare != meant else meant + LONG]
    near = [*(each + LONG for each in CLOSE.get(bare, ())), *CLOSE.get(bare, ())]
    close = (meant, *CLOSE.get(meant, ()), *rhotic, *other, *near)
    return next((voice.known[each] for each in close if each in voice.known), None)


def _unknown(word: str, ipa: str, at: int, voice: Sounds) -> VoiceError:
    end = at + 1
    while end < len(ipa) and unicodedata.combining(ipa[end]):
        end += 1
    sound = ipa[at:end]
    known = " ".join(sorted(each for each in voice.known if len(each) == 1))
    what = f'eSpeak NG\'s voice {voice.voice} has no sound "{sound}", which is in "{word}" (/{ipa}/)'
    return VoiceError(what, "lexicon", f"take another, or respell the word; it has: {known}")
