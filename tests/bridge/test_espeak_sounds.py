"""IPA as eSpeak NG really says it: what it is told in its own mnemonics, it is asked back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from comfyvn.bridge import espeak, espeak_worker
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.espeak_sounds import Sounds, mnemonics
from comfyvn.bridge.speech import Sounded, Speech
from comfyvn.errors import VoiceError

# Voice, language, IPA as dictionaries write it, and what eSpeak NG says that it says.
WORDS = [
    ("gmw/en-US", "en", "ˈmærən", "mˈæɹən"),
    ("gmw/en-US", "en", "ˈmɑːrən", "mˈɑːɹən"),
    ("gmw/en-US", "en", "ˈtʃɑrlz", "tʃˈɑːɹlz"),
    ("gmw/en-US", "en", "ʃɪˈvɔːn", "ʃɪvˈɔːn"),
    ("gmw/en-US", "en", "əʊˈdiːl", "oʊdˈiːl"),
    ("gmw/en-US", "en", "/ˈkwɪk.səˌtɪk/", "kwˈɪksətˌɪk"),
    ("gmw/en", "en", "ˈmærən", "mˈaɹən"),
    ("gmw/en", "en", "lɒx bed", "lˈɒx bˈɛd"),
    ("roa/fr", "fr", "ɔdil", "ɔdˈil"),
    ("roa/fr", "fr", "ʒɑ̃", "ʒˈɑ̃"),
    ("gmw/de", "de", "ˈmaːʁən", "mˈaːʁən"),
    ("gmw/de", "de", "ˈbuːx", "bˈuːx"),
    ("jpx/ja", "ja", "to:kjo:", "tˈo̞o̞kjo̞o̞"),
    ("roa/es", "es", "ˈpero", "pˈero"),
    ("roa/es", "es", "ˈpeɾo", "pˈeɾo"),
]

ASK = """\
import ctypes, json, os, sys
sys.path.insert(0, sys.argv[1]); os.chdir(sys.argv[2])
import espeak_worker as worker
lib = worker.load(sys.argv[3])
lib.espeak_Initialize(worker.SYNCHRONOUS, 200, b".", worker.DO_NOT_EXIT)
silent = worker.CALLBACK(lambda *_: 0)
lib.espeak_SetSynthCallback(silent)
heard = []
for voice, text in json.load(sys.stdin):
    lib.espeak_SetVoiceByName(voice.encode())
    lib.espeak_Synth(b"a", 2, 0, 1, 0, worker.UTF8 | worker.PHONEMES, None, None)
    data = ctypes.create_string_buffer(text.encode()); place = ctypes.c_void_p(ctypes.addressof(data))
    heard.append(lib.espeak_TextToPhonemes(ctypes.byref(place), worker.UTF8, worker.IPA).decode())
print(json.dumps(heard))
"""


def sounds(voice: str) -> Sounds:
    return espeak._sounds(Path(espeak_worker.__file__), voice, espeak.START_UP)


def asked_back(told: list[tuple[str, str]]) -> list[str]:
    """What the library says that it speaks of each (voice, text)."""
    places = [str(Path(espeak_worker.__file__).parent), str(espeak._folder()), espeak._library()]
    done = subprocess.run(
        [sys.executable, "-I", "-c", ASK, *places], input=json.dumps(told), capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout)
    return found


def test_it_says_the_sounds_that_it_is_told() -> None:
    told = [(v, f"[[{mnemonics('x', ipa.strip('/'), sounds(v), language)}]]") for v, language, ipa, _ in WORDS]
    assert asked_back(told) == [heard for *_, heard in WORDS]


def test_every_sound_of_a_voice_can_be_told_by_itself() -> None:
    for voice in ("gmw/en", "roa/fr", "gmw/de"):
        has = sounds(voice)
        assert {*"pbtdkfvszmnlj", "ʃ", "ʒ", "tʃ", "ə", "ɛ", "ŋ"} <= has.known.keys()
        assert all(mnemonics("x", ipa, has, "xx").strip("'|") for ipa in has.known)


def test_a_sound_that_the_voice_has_not_is_named_with_its_word() -> None:
    with pytest.raises(VoiceError, match='no sound "ɮ", which is in "Zulu"') as caught:
        mnemonics("Zulu", "ɮuːlu", sounds("gmw/en"), "en")
    assert "it has:" in caught.value.todo and " θ" in caught.value.todo


def maren(text: str, ipa: str, language: str = "en") -> Speech:
    at = text.index("Maren")
    return Speech(text, language, phonemes=(Sounded(at, at + 5, ipa),))


def test_ipa_is_heard_and_timed_where_the_word_stands() -> None:
    text = "Then Maren left us."
    plain, one, other = Espeak().speak(Speech(text)), *(Espeak().speak(maren(text, ipa)) for ipa in ("ˈmɒx", "ˈmeɪrən"))
    assert not np.array_equal(one.samples, other.samples) and not np.array_equal(one.samples, plain.samples)
    assert np.array_equal(one.samples, Espeak().speak(maren(text, "'mɒx")).samples)
    assert [text[anchor.position :].split()[0] for anchor in one.anchors if not anchor.sentence] == text.split()


def test_the_sign_behind_a_word_in_ipa_is_heard() -> None:
    asked, said = (Espeak().speak(maren(f"I saw Maren{sign}", "ˈmærən")).samples for sign in "?.")
    assert not np.array_equal(asked, said)


def test_mnemonics_that_are_typed_are_read_out_beside_a_word_in_ipa() -> None:
    typed, plain = (maren(f"Maren, {text}.", "ˈmærən") for text in ("[[h@l'oU]]", "[ [h@l'oU]]"))
    heard = Espeak().speak(typed)
    assert np.array_equal(heard.samples, Espeak().speak(plain).samples)
    assert len(heard.samples) > 1.5 * len(Espeak().speak(maren("Maren, hello.", "ˈmærən")).samples)


def test_a_voice_that_takes_no_ipa_says_what_is_written(caplog: pytest.LogCaptureFixture) -> None:
    written = Espeak().speak(Speech("Maren 你好", "zh"))
    assert np.array_equal(Espeak().speak(maren("Maren 你好", "ˈmærən", "zh")).samples, written.samples)
    assert "sit/cmn takes no IPA" in caplog.text
