"""Commands about translations: what is missing or stale, out to translators, and in again."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyvn.cli.parts import Commands, add, inner, need_novel, plain, say
from comfyvn.errors import ContractError, UsageError

if TYPE_CHECKING:
    from comfyvn.contracts.project import Project
    from comfyvn.contracts.work_list import Entry
    from comfyvn.reading.translations import Wording

TRANSLATE = """\
Translate the novel: languages stand in comfyvn.yaml (`languages: [en, de]`), translations in data/tl/.

  comfyvn translate status                     what is missing or stale, by language and scene
  comfyvn translate export de --format po      de.po, for a translator
  comfyvn translate import de.po               and in again: only what changed is written

docs/translations.md goes through it.
"""
STATUS = """\
  comfyvn translate status           every language of the novel, scene by scene
  comfyvn translate status de --list     and each text that is not done
  comfyvn translate status --json    for machines

  missing   not translated; the first language is shown       stale     the line says something else by now
  unmarked  nothing says which text was translated            unspoken  a variable, and nothing to say in its place

Exit code 1 while anything is not done.
"""
EXPORT = """\
  comfyvn translate export de --format csv         de.csv: for a spreadsheet
  comfyvn translate export de --format po          de.po: for Poedit, Weblate and others
  comfyvn translate export de --todo --out todo.csv    only what is not done
"""
IMPORT = """\
  comfyvn translate import de.po
  comfyvn translate import from_mira.csv --language de

What is empty in the file changes nothing. A text keeps the wording that it was translated from, so what has changed
meanwhile shows as stale. Nothing is written while a row cannot be understood.
"""
ACCEPT = """\
  comfyvn translate accept de l1aaaa       this line's translation still fits
  comfyvn translate accept de arrival      so do all of this scene
  comfyvn translate accept de              and all there are: after you have written data/tl/de/ by hand
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    group = commands.add_parser(
        "translate",
        help="translations: status, export to CSV or PO, import",
        description=TRANSLATE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = inner(group, "actions", "ACTION")

    command = _action(actions, "status", _status, "count what is translated, missing and stale", STATUS)
    command.add_argument("language", nargs="?", help="one language (default: all but the first)")
    command.add_argument("--list", action="store_true", dest="each", help="name each text that is not done")
    command.add_argument("--json", action="store_true", help="for machines: every text with its state")

    command = _action(actions, "export", _export, "write a file for translators", EXPORT)
    command.add_argument("language", help="the language to translate into")
    command.add_argument("--format", choices=("csv", "po"), help="default: by the end of --out, else po")
    command.add_argument("--out", type=Path, help="where to write it (default: <language>.po or .csv)")
    command.add_argument("--todo", action="store_true", help="only what is not done")

    command = _action(actions, "import", _import, "take in what translators wrote", IMPORT)
    command.add_argument("file", type=Path, help="a CSV or PO file that `export` wrote")
    command.add_argument("--language", help="the language (default: the file's name)")

    command = _action(actions, "accept", _accept, "say that stale or unmarked translations fit their lines", ACCEPT)
    command.add_argument("language", help="the language")
    command.add_argument("what", nargs="*", metavar="LINE|SCENE", help="ids of lines or scenes (default: everything)")


def _action(
    actions: Commands[argparse.ArgumentParser], name: str, run: Any, purpose: str, teaching: str
) -> argparse.ArgumentParser:
    command = add(actions, name, run, purpose)
    command.epilog, command.formatter_class = f"examples:\n{teaching}", argparse.RawDescriptionHelpFormatter
    return command


# --- commands. What they need is imported when they run, so that --help is instant.


def _status(options: argparse.Namespace) -> int:
    project = _project(options.root)
    languages = [_language(project, options.language)] if options.language else project.novel.languages[1:]
    found = [entry for language in languages for entry in _entries(project, language)]
    if options.json:
        say(json.dumps([vars(entry) for entry in found], ensure_ascii=False, indent=1))
    elif not languages:
        say(f"the novel has one language; write languages: [{project.novel.languages[0]}, de] in comfyvn.yaml")
    else:
        for language in languages:
            for line in _table([entry for entry in found if entry.language == language], language, options.each):
                say(plain(line))
    return 1 if any(entry.state != "done" for entry in found) else 0


def _table(entries: Sequence[Entry], language: str, each: bool) -> Iterator[str]:
    done = sum(entry.state == "done" for entry in entries)
    yield f"{language}: {done} of {len(entries)} texts translated"
    for scene in dict.fromkeys(entry.scene for entry in entries):
        own = [entry for entry in entries if entry.scene == scene]
        counts = Counter(entry.state for entry in own)
        rest = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()) if state != "done")
        what = scene or "names, titles and buttons"
        yield f"  {what}: {counts['done']} of {len(own)}" + (f" ({rest})" if rest else "")
        for entry in own if each else ():
            if entry.state != "done":
                yield f"    {entry.state:9}{entry.id or entry.kind}  {_shortened(entry.source)}"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def _export(options: argparse.Namespace) -> int:
    from comfyvn.reading.files import write_whole
    from comfyvn.reading.translation_csv import to_csv
    from comfyvn.reading.translation_po import to_po

    project = _project(options.root)
    language = _language(project, options.language)
    kind = options.format or ("csv" if options.out and options.out.suffix.lower() == ".csv" else "po")
    found = [entry for entry in _entries(project, language) if not options.todo or entry.state != "done"]
    data = to_csv(found) if kind == "csv" else to_po(found, project.novel.title, language)
    out = options.out or Path(f"{language}.{kind}")
    write_whole(out, data)
    say(f"{len(found)} text{'' if len(found) == 1 else 's'} written to {out}")
    say(f"next: translate them, then comfyvn translate import {out}")
    return 0


def _import(options: argparse.Namespace) -> int:
    from comfyvn.reading.translation_csv import from_csv
    from comfyvn.reading.translation_po import from_po
    from comfyvn.reading.translations import write_wordings

    project = _project(options.root)
    file: Path = options.file
    if not file.is_file():
        raise UsageError("there is no such file", str(file), "name the file that came back from the translator")
    language = _language(project, options.language or file.stem)
    rows = from_csv(file) if file.suffix.lower() == ".csv" else from_po(file)
    entries = list(_entries(project, language))
    wordings, strange = _matched(rows, entries)
    for row, what in strange:
        say(plain(f"{file}:{row}: skipped: {what}"))
    written = write_wordings(options.root, language, wordings)
    for name, count in written:
        say(f"{name}: {count} text{'' if count == 1 else 's'} changed")
    if not written:
        say("nothing has changed")
    left = Counter(entry.state for entry in _entries(_project(options.root), language) if entry.state != "done")
    if left:
        say(f"still to do in {language}: " + ", ".join(f"{count} {state}" for state, count in sorted(left.items())))
    return 0


def _matched(
    rows: Iterable[tuple[int, Wording, bool]], entries: Sequence[Entry]
) -> tuple[list[Wording], list[tuple[int, str]]]:
    """What the rows change, each at the line's present place; and (row, reason) of rows about nothing that is there."""
    from dataclasses import replace

    lines = {entry.id: entry for entry in entries if entry.id}
    strings = {entry.source: entry for entry in entries if not entry.id}
    found: list[Wording] = []
    strange: list[tuple[int, str]] = []
    for row, wording, vouches in rows:
        entry: Entry | None = lines.get(wording.id) if wording.id else strings.get(wording.source or "")
        if entry is None:
            what = f'no line has the id "{wording.id}"' if wording.id else "the novel has no such text any more"
            strange.append((row, what))
        elif _is_new(wording, entry) or (vouches and entry.id):
            found.append(replace(wording, scene=entry.scene))
    return found, strange


def _is_new(wording: Wording, entry: Entry) -> bool:
    return (wording.text, wording.spoken or "", wording.note or "") != (entry.text, entry.spoken, entry.note)


def _accept(options: argparse.Namespace) -> int:
    from comfyvn.reading.translations import accepted, write_wordings

    project = _project(options.root)
    language = _language(project, options.language)
    entries = list(_entries(project, language))
    known = {name for entry in entries for name in (entry.id, entry.scene)} - {""}
    strange = [name for name in options.what if name not in known]
    if strange:
        todo = "`comfyvn translate status --list` names them"
        raise UsageError(f'there is no line and no scene "{strange[0]}"', "", todo)
    meant = set(options.what)
    wordings = accepted(entries, lambda entry: not meant or entry.id in meant or entry.scene in meant)
    write_wordings(options.root, language, wordings)
    say(f"{len(wordings)} translation{'' if len(wordings) == 1 else 's'} accepted")
    return 0


def _entries(project: Project, language: str) -> Iterator[Entry]:
    from comfyvn.targets.translations import entries

    return entries(project, language)


def _project(root: Path) -> Project:
    """The novel, of which everything can be read; what is wrong in it otherwise stops no translator."""
    from comfyvn import reading

    need_novel(root)
    found = reading.read(root)
    if found.project is None:
        raise ContractError(found.errors)
    return found.project


def _language(project: Project, language: str) -> str:
    first, *others = project.novel.languages
    if language not in others:
        known = ", ".join(others) or "no other one"
        todo = f"write languages: [{', '.join((first, *others, language))}] in comfyvn.yaml, or name one of: {known}"
        what = "the scenes are written in it" if language == first else "the novel has no such language"
        raise UsageError(f'cannot translate into "{language}": {what}', "comfyvn.yaml", todo)
    return language
