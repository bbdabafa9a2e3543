"""Out to translators and in again: nothing is lost, nothing is a formula, and only what changed is written."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyvn.contracts.translation import source_digest
from comfyvn.contracts.work_list import Entry
from comfyvn.errors import UsageError
from comfyvn.reading.edits import put
from comfyvn.reading.translation_csv import COLUMNS, FORMULA, from_csv, to_csv
from comfyvn.reading.translation_po import from_po, to_po
from comfyvn.reading.translations import Wording, write_wordings

HOSTILE = (
    "=1+1", "'=1+1", "''=x", "@SUM(A1)", "-5", "+49", "\t=x", '=HYPERLINK("http://x","y")', "00:01 --> 00:02",
    'quote " and "" and ,;', "two\nlines", "\nfirst", "{i}a{/i} [x] \\n \\", "\u2028\u2029\u0085", "'", "'x", " lead",
    "#, fuzzy", 'msgid "x"', "a" * 5000, "\u202eright to left\u202c", "漢字 \U0001f600",
)  # fmt: skip
LETTERS = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t='+-@\"\\,;")
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(LETTERS, min_size=1, max_size=60))


def entry(number: int, source: str, text: str, note: str = "", spoken: str = "") -> Entry:
    return Entry("de", "pier", f"l{number:05}", "say", "Aya", source, source, text, "", spoken, note, "done")


def back(kind: str, folder: Path, entries: list[Entry]) -> list[Wording]:
    file = folder / f"de.{kind}"
    file.write_bytes(to_csv(entries) if kind == "csv" else to_po(entries, "A Novel", "pt_br"))
    return [wording for _, wording, _ in (from_csv(file) if kind == "csv" else from_po(file))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.mark.parametrize("kind", ["csv", "po"])
@settings(deadline=None, max_examples=60)
@given(texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4))
def test_what_went_out_comes_in(folder: Path, kind: str, texts: list[tuple[str, str, str]]) -> None:
    entries = [entry(number, source, text, spoken=said) for number, (source, text, said) in enumerate(texts)]
    found = [(each.id, each.source, each.text, each.spoken) for each in back(kind, folder, entries)]
    assert found == [(each.id, each.source, each.text, each.spoken) for each in entries]


@pytest.mark.parametrize("kind", ["csv", "po"])
def test_notes_come_in_too(folder: Path, kind: str) -> None:
    (found,) = back(kind, folder, [entry(1, "a", "b", note="Why?\nBecause.")])
    assert found.note == "Why?\nBecause."


def test_no_cell_is_a_formula() -> None:
    data = to_csv(entry(number, text, text) for number, text in enumerate(HOSTILE))
    cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in row]
    assert [cell for cell in cells if FORMULA.match(cell) and not cell.startswith("'")] == []


@pytest.mark.parametrize(("sign", "end"), [(";", "\r\n"), ("\t", "\n"), (",", "\r\n")])
def test_spreadsheets_may_turn_a_table_as_they_like(tmp_path: Path, sign: str, end: str) -> None:
    file = tmp_path / "x.csv"
    rows = [["text", "id", "source", "scene"], ["zwei\r\nZeilen", "l00001", "two\nlines", "pier"]]
    rows.append(["", "l00002", "x", "pier"])
    out = io.StringIO()
    csv.writer(out, delimiter=sign, lineterminator=end).writerows(rows)
    file.write_bytes(out.getvalue().encode())
    ((_, found, vouches),) = from_csv(file)
    assert (found.text, found.source, found.spoken, vouches) == ("zwei\nZeilen", "two\nlines", None, False)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"a,b\r\n", "no column scene"),
        (b"", "no column"),
        (b'scene,id,source,text\r\n"a', "broken"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, data: bytes, what: str) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(UsageError, match=what):
        list(from_csv(tmp_path / "x.csv"))


def test_a_broken_po_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.po").write_text('msgid "a\nmsgstr')
    with pytest.raises(UsageError, match="no PO file"):
        list(from_po(tmp_path / "x.po"))
    with pytest.raises(UsageError, match="no such file"):
        list(from_po(tmp_path / "not there.po"))


def test_a_stale_entry_is_fuzzy_and_says_nothing_of_its_source(tmp_path: Path) -> None:
    stale = Entry("de", "pier", "l00001", "say", "Aya", "c", "new", "alt", "", "", "", "stale")
    file = tmp_path / "de.po"
    file.write_bytes(to_po([stale], "A Novel", "de"))
    assert b"#, fuzzy" in file.read_bytes() and b"#. Aya, say: c" in file.read_bytes()
    assert [wording.source for _, wording, _ in from_po(file)] == [None]
    file.write_bytes(file.read_bytes().replace(b"#, fuzzy\n", b""))
    assert [wording.source for _, wording, _ in from_po(file)] == ["new"]


def test_equal_novels_give_equal_bytes() -> None:
    entries = [entry(number, text, text) for number, text in enumerate(HOSTILE)]
    assert to_po(entries, "A", "pt_br") == to_po(entries, "A", "pt_br")
    assert b"Language: pt_BR" in to_po(entries, "A", "pt_br") and b"Date" not in to_po(entries, "A", "pt_br")
    assert to_csv(entries).startswith(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode())


ODD = b"""\xef\xbb\xbf{ "version":1,
   "meta" : {"who": "Mira"},\r
   "lines": {
      "l00001": { "note": "kept", "text" : "alt" },
      "l00002": {"text": "bleibt\\u0021", "source": "aaaaaaaaaaaa"}
   }}
"""


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    file = tmp_path / "data/tl/de/pier.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(ODD)
    same = Wording("pier", "l00002", None, "bleibt!")
    new = [Wording("pier", "l00001", "new", "neu"), same, Wording("pier", "l00003", "x", "y")]
    assert write_wordings(tmp_path, "de", new) == [("data/tl/de/pier.json", 2)]
    found = file.read_bytes()
    assert json.loads(found.decode("utf-8-sig"))["lines"]["l00003"] == {"text": "y", "source": source_digest("x")}
    assert b'"l00002": {"text": "bleibt\\u0021", "source": "aaaaaaaaaaaa"}' in found
    assert b'{ "note": "kept", "text" : "neu", "source": "%s" }' % source_digest("new").encode() in found
    assert found.startswith(ODD[: ODD.index(b'"alt"')])
    assert write_wordings(tmp_path, "de", new) == []


def test_a_file_that_is_not_there_is_begun(tmp_path: Path) -> None:
    new = [Wording("", "", 'A "name"', "Ein"), Wording("pier", "l00001", "a", "b\nc")]
    written = write_wordings(tmp_path, "de", new)
    assert dict(written) == {"data/tl/de.json": 1, "data/tl/de/pier.json": 1}
    assert json.loads((tmp_path / "data/tl/de.json").read_text("utf-8"))["strings"] == {'A "name"': "Ein"}
    rows = (tmp_path / "data/tl/de/pier.json").read_text("utf-8").splitlines()
    assert rows[4].startswith('    "l00001": {"text": "b\\nc", ')


def test_values_are_put_in_place_of_what_is_there() -> None:
    text = b'{"a": {"b": [1, {"c" : "x"}]},  "d":null}'
    assert put(text, {("a", "b", 1, "c"): "y", ("d",): 2, ("a", "e"): True}) == (
        b'{"a": {"b": [1, {"c" : "y"}], "e": true},  "d":2}'
    )
    assert put(text, {("a", "b", 0): 1}) == text
