"""`comfyvn translate` on a novel: what is to do, out to a translator, in again, accepted."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import polib
import pytest

from comfyvn.cli import main
from comfyvn.contracts.translation import NovelTranslation, SceneTranslation, source_digest
from comfyvn.contracts.work_list import STATES
from tests.fakes.small_novel import NOVEL, files, write, write_small_novel

ARRIVAL, DE = "data/scenes/arrival.json", "data/tl/de/arrival.json"


@pytest.fixture
def novel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_small_novel(tmp_path / "novel", novel=NOVEL.replace("languages: [en]", "languages: [en, de]"))


def run(novel: Path, *words: str) -> int:
    return main(["translate", *words, "--dir", str(novel)])


def lines(novel: Path) -> Any:
    return json.loads((novel / DE).read_text("utf-8"))["lines"]


def translated(file: Path, texts: dict[str, str]) -> None:
    """Fills in a CSV file as a spreadsheet does."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["text"] = texts.get(row["id"] or row["source"], row["text"])
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def test_out_as_csv_and_in_again(novel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(novel, "export", "de", "--format", "csv") == 0
    assert run(novel, "import", "de.csv") == 0
    assert "nothing has changed" in capsys.readouterr().out and not (novel / "data/tl").exists()
    translated(tmp_path / "de.csv", {"n1aaaa": "=Zu spät", "c1aaaa": "Winken.", "Aya": "Aja"})
    assert run(novel, "import", "de.csv") == 0
    assert "data/tl/de/arrival.json: 2 texts changed" in capsys.readouterr().out
    assert lines(novel)["n1aaaa"] == {"text": "=Zu spät", "source": source_digest("The ferry is late.")}
    assert json.loads((novel / "data/tl/de.json").read_text("utf-8"))["strings"] == {"Aya": "Aja"}
    before = (novel / DE).read_bytes()
    for kind in ("csv", "po"):
        assert run(novel, "export", "de", "--out", f"again/{kind}/de.{kind}") == 0
        assert run(novel, "import", f"again/{kind}/de.{kind}") == 0
    assert (novel / DE).read_bytes() == before
    assert main(["check", "--dir", str(novel)]) == 0


def test_what_changed_meanwhile_comes_in_stale_and_stays_so_until_it_is_accepted(
    novel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(novel, "export", "de", "--out", "de.csv") == 0
    arrival = files()[ARRIVAL]
    arrival["script"][0]["narrate"] = "The ferry is very late."
    write(novel / ARRIVAL, arrival)
    translated(tmp_path / "de.csv", {"n1aaaa": "Zu spät.", "l2aaaa": "Nun."})
    assert run(novel, "import", "de.csv") == 0
    assert "1 stale" in capsys.readouterr().out
    for kind in ("csv", "po"):  # nobody has touched it: it is as stale as it was
        assert run(novel, "export", "de", "--out", f"de.{kind}") == 0
        assert run(novel, "import", f"de.{kind}") == 0
        assert lines(novel)["n1aaaa"]["source"] == source_digest("The ferry is late.")
    capsys.readouterr()
    assert run(novel, "status", "de", "--list") == 1
    assert "arrival: 1 of 6 (4 missing, 1 stale)" in capsys.readouterr().out
    assert run(novel, "accept", "de", "n1aaaa") == 0
    assert lines(novel)["n1aaaa"] == {"text": "Zu spät.", "source": source_digest("The ferry is very late.")}


def test_a_po_file_from_an_editor(novel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(novel / DE, {"lines": {"n1aaaa": {"text": "Alt.", "source": "0" * 12}, "l2aaaa": {"text": "Von Hand."}}})
    assert run(novel, "export", "de") == 0
    catalogue = polib.pofile(str(tmp_path / "de.po"))
    entries = {entry.msgctxt: entry for entry in catalogue}
    assert entries["arrival/n1aaaa"].fuzzy and entries["arrival/l2aaaa"].fuzzy
    assert entries["arrival/l1aaaa"].comment.startswith("Aya, say: scenes/arrival $.script[1].text")
    entries["arrival/n1aaaa"].msgstr = "Noch zu prüfen."
    entries["arrival/l2aaaa"].flags = []
    entries["arrival/l1aaaa"].msgstr, entries["arrival/l1aaaa"].tcomment = "Da bist {i}du{/i}.", "du, not Sie"
    catalogue.append(polib.POEntry(msgctxt="arrival/zzzzzz", msgid="Gone", msgstr="Weg"))
    catalogue.save()
    assert run(novel, "import", "de.po") == 0
    assert 'skipped: no line has the id "zzzzzz"' in capsys.readouterr().out
    assert lines(novel) == {
        "n1aaaa": {"text": "Noch zu prüfen.", "source": "0" * 12},
        "l2aaaa": {"text": "Von Hand.", "source": source_digest("Well.")},
        "l1aaaa": {
            "text": "Da bist {i}du{/i}.",
            "source": source_digest("There {i}you{/i} are."),
            "note": "du, not Sie",
        },
    }


def test_states_for_machines_and_an_exit_code(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(novel, "status", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert {(one["language"], one["state"]) for one in found if one["id"]} == {("de", "missing")}
    assert {one["source"]: one["state"] for one in found}["Save"] == "done"  # comes with ComfyVN in German
    first = next(one for one in found if one["id"] == "l1aaaa")
    assert (first["scene"], first["kind"], first["speaker"]) == ("arrival", "say", "Aya")
    write(novel / "comfyvn.yaml", NOVEL)
    assert run(novel, "status") == 0
    assert "languages: [en, de] in comfyvn.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("export", "fr"), "languages: [en, de, fr] in comfyvn.yaml"),
        (("export", "en"), "the scenes are written in it"),
        (("import", "nothing.po"), "there is no such file"),
        (("accept", "de", "zzzzzz"), 'no line and no scene "zzzzzz"'),
    ],
)
def test_wrong_use_says_what_to_do(
    novel: Path, words: tuple[str, ...], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(novel, *words) == 2
    assert what in capsys.readouterr().err


def test_the_page_names_every_state_and_its_examples_are_valid() -> None:
    page = (Path(__file__).parents[2] / "docs/translations.md").read_text("utf-8")
    assert {state for state in STATES if f"| {state} |" in page} == set(STATES) - {"done"}
    scene, rest = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert set(SceneTranslation.model_validate(json.loads(scene)).lines) == {"n1aaaa", "l1aaaa"}
    assert NovelTranslation.model_validate(json.loads(rest)).strings
