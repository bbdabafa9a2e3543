"""Words in IPA as Kokoro takes them: `[word](/…/)` in the letters of its G2P (misaki), which speaks English like this.

What it has beside IPA: one letter for each diphthong and affricate, and the stress right before its vowel. American has
no long vowels and British no r after them; each is written as misaki writes what eSpeak NG gives it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from comfyvn.bridge.phonemes import sounds, told
from comfyvn.bridge.speech import Speech
from comfyvn.errors import VoiceError

AMERICAN = frozenset("AIOWYbdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹɾʃʊʌʒʤʧˈˌθᵊᵻʔ")
BRITISH = frozenset("AIQWYabdfhijklmnpstuvwzðŋɑɒɔəɛɜɡɪɹʃʊʌʒʤʧˈˌːθᵊ")
VOWELS = frozenset("AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻᵊ")
STRESS = re.compile(r"([ˈˌ])([^ˈˌ ]*)")
BOTH: Mapping[str, str] = {
    "eɪ": "A", "aɪ": "I", "aʊ": "W", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "r": "ɹ", "e": "ɛ", "ɚ": "əɹ", "ɐ": "ə",
}  # fmt: skip
IN_AMERICAN = {
    "oʊ": "O", "əʊ": "O", "ɜː": "ɜɹ", "ɜːɹ": "ɜɹ", "ɜːr": "ɜɹ", "ɝː": "ɜɹ", "ɝ": "ɜɹ", "ː": "", "ɒ": "ɑ", "a": "æ",
}  # fmt: skip
IN_BRITISH = {"oʊ": "Q", "əʊ": "Q", "ɝː": "ɜː", "ɝ": "ɜː", "eə": "ɛː", "æ": "a", "ɾ": "t", "ᵻ": "ɪ", "ʔ": "t"}
# Its servers read more than that in square brackets: a number in the place of sounds, and pauses (`[silent 2s]`).
_MARKS = re.compile(r"(?<=\])(?=\()|(?<=\[)(?=\s*(?:silent|pause|voice|rate|lang)\b)", re.IGNORECASE)


def is_british_english(code: str, voice: str, language: str) -> bool | None:
    """Which English is spoken, by `lang_code` (`a`, `b`), else by a voice of Kokoro's (`bf_emma`), else by `language`.

    None where it is no English.
    """
    first = code[:1] or (voice[:1] if re.match(r"[a-z][fm]_", voice) else "")
    tag = language.replace("_", "-").lower()
    if first in ("a", "b"):
        return first == "b"
    return None if first or tag.partition("-")[0] != "en" else tag.endswith(("-gb", "-au", "-nz", "-ie"))


def input_of(speech: Speech, is_british: bool) -> str:
    """The text of `speech`, its words in IPA as Kokoro takes them. Raises VoiceError for a sound that it has not."""
    return told(speech, lambda word, ipa: f"[{word}](/{letters(word, ipa, is_british)}/)", defused).text


def defused(text: str) -> str:
    """`text` with a space in everything that such a server would obey and not read."""
    return _MARKS.sub(" ", text)


def letters(word: str, ipa: str, is_british: bool) -> str:
    """`ipa` in misaki's letters. Raises VoiceError for a sound of `word` that they have no letter for."""
    spelt = {**BOTH, **(IN_BRITISH if is_british else IN_AMERICAN)}
    longest_first = sorted(spelt, key=lambda sound: -len(sound))
    found = re.sub("|".join(longest_first), lambda match: spelt[match[0]], sounds(ipa))
    known = (BRITISH if is_british else AMERICAN) | {" "}
    for sign in found:
        if sign not in known:
            what = f'Kokoro has no sound "{sign}", which is in "{word}" (/{ipa}/)'
            raise VoiceError(what, "lexicon", f"take another, or respell the word; it has: {' '.join(sorted(known))}")
    stressed = STRESS.sub(lambda match: _before_vowel(match[1], match[2]), found)
    return stressed if "ˈ" in stressed else _before_vowel("ˈ", stressed)


def _before_vowel(stress: str, text: str) -> str:
    at = next((index for index, letter in enumerate(text) if letter in VOWELS), None)
    return text if at is None else text[:at] + stress + text[at:]
