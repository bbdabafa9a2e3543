"""docs/voices.md, followed to the letter: the three lines of each server, on a socket that answers as the real one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.voices.piper import Piper
from comfyvn.bridge.voices.served import dialect
from comfyvn.contracts.pronunciation import ipa_of, is_ipa, spelt_of
from comfyvn.contracts.voice import CLONING, PHONETIC, Voice
from comfyvn.doctor.voices import examine_voices, wishes
from comfyvn.engine.opening import open_novel, voice_servers
from comfyvn.makers.xtts import Xtts
from comfyvn.recipe import Speak
from comfyvn.store import records
from tests.fakes import speech_servers as fakes
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel
from tests.fakes.speech_servers import serving

PAGE = (Path(__file__).parents[2] / "docs/voices.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
CONNECT = [text for kind, text in BLOCKS if kind == "yaml" and text.startswith("voices:")]
APIS: dict[str, Any] = {
    "openai": fakes.kokoro, "xtts_server": fakes.xtts, "alltalk": fakes.alltalk, "gpt_sovits": fakes.gpt_sovits
}  # fmt: skip
AYA, LINE = "data/characters/aya/character.json", "voices:en/l1aaaa"


def test_every_server_has_its_three_lines() -> None:
    found = [next(iter(yaml.safe_load(text)["voices"].values()))["engine"] for text in CONNECT]
    assert found == list(APIS)
    assert all(len(text.splitlines()) == 3 for text in CONNECT)


@pytest.mark.parametrize("text", CONNECT, ids=list(APIS))
def test_three_lines_are_enough(text: str, tmp_path: Path, own_cache: Path) -> None:
    *named, chosen = text.splitlines()
    entry = next(iter(yaml.safe_load(text)["voices"].values()))
    aya = {key: value for key, value in files()[AYA].items() if key != "voice"}
    with serving(APIS[entry["engine"]]) as fake:
        root = write_small_novel(tmp_path / "novel", {AYA: aya}, f"{NOVEL}{chosen}\n")
        write(root / "providers/servers.yaml", "\n".join(named).replace(entry["url"], fake.url) + "\n")
        novel = open_novel(root)
        clips = [target.recipe for target in novel.targets.values() if isinstance(target.recipe, Speak)]
        servers = voice_servers(root, {})
        levels = {finding.level for finding in examine_voices(servers, wishes(clips, servers))}
        novel.engine.begin()
        try:
            novel.engine.make(LINE)
        finally:
            novel.engine.end()
        record = records.read(root, novel.targets[LINE].artifact)
    assert levels <= {"good", "note"}
    assert record is not None and record.engine.startswith(f"{entry['engine']}@") and "fallback" not in record.notes


def test_what_each_engine_can_do_is_what_it_says_of_itself() -> None:
    table = PAGE[PAGE.index("| engine | imitates") :].partition("\n\n")[0].splitlines()[2:]
    cut = [row.split("|") for row in table]
    rows = {cells[1].strip(" `"): [cell.strip().startswith("yes") for cell in cells[2:-1]] for cells in cut}
    assert list(rows) == ["espeak", "piper", "xtts", *APIS]
    for name in ("espeak", *APIS):
        served = name in APIS
        can = dialect(name).can if served else Espeak().capabilities()
        repeats = dialect(name).is_repeatable if served else Espeak.repeatable
        assert rows[name] == [can.clones, repeats, can.word_times, name in PHONETIC, can.converts]
    assert rows["piper"] == [False, Piper.repeatable, False, "piper" in PHONETIC, False]
    assert rows["xtts"] == ["xtts" in CLONING, Xtts.repeatable, False, "xtts" in PHONETIC, False]


def test_the_character_and_the_lexicon_are_as_contracts_have_them() -> None:
    voices = [text for kind, text in BLOCKS if kind == "json" and '"voice":' in text]
    assert len(voices) == 2
    for text in voices:
        Voice.model_validate(yaml.safe_load("{" + text.strip().rstrip(",") + "}")["voice"])
    (text,) = (text for kind, text in BLOCKS if kind == "yaml" and text.startswith("lexicon:"))
    words = Voice.model_validate({"lexicon": yaml.safe_load(text)["lexicon"]["en"]}).lexicon
    assert {word: (is_ipa(ipa_of(said)), spelt_of(said)) for word, said in words.items()} == {
        "Tern": (False, "Turn"), "Siobhan": (True, None), "Maren": (True, "MAH-ren")
    }  # fmt: skip
