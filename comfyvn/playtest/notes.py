"""What engines told of a game, put together into one report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyvn.playtest.report import Finding, Line, Report, Taken, Walk
from comfyvn.playtest.search import Choice, Run, Search
from comfyvn.playtest.wire import EngineEnded

Told = Mapping[str, Any]


class Notes:
    """`lines`: by id; `at`: where an engine was last, file:line."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.lines: dict[str, Line] = {}
        self.at = ""
        self._labels: dict[str, str] = {}
        self._walks: dict[int, Walk] = {}
        self._reached: set[str] = set()
        self._voices: set[str] = set()
        self._engine = ""
        self._shots = 0

    def hello(self, hello: Told) -> None:
        self._engine = str(hello["engine"])
        self._labels = {each["name"]: _place(each) for each in hello["labels"]}
        for each in hello["lines"]:
            self.lines[each["id"]] = Line(each["id"], _place(each), each["who"], each["text"])
        self.findings += [Finding("missing media", said) for said in hello["missing"]]

    def played(self, run: Run, told: Told, is_whole: bool) -> list[Choice]:
        """Notes a run, whole or up to a crash; returns its choices, as the search wants them."""
        choices = told.get("choices", [])
        taken = [Taken(each["after"], each["menu"], int(each["number"]), each["text"]) for each in choices]
        ids = tuple(told.get("ids", ()))
        self._walks[run.number] = Walk(run.start, ids, tuple(taken), is_whole)
        self._reached.update(ids)
        self._voices.update(told.get("voices", ()))
        self._shots += told.get("shots", 0)
        self.findings += [Finding("missing media", said) for said in told.get("missing", ())]
        self.findings += [Finding("error", said) for said in told.get("errors", ())]
        for line, file in told.get("unvoiced", {}).items():
            where = self.lines[line].where if line in self.lines else ""
            self.findings.append(Finding("unvoiced line", f"{line}: there is no {file}", where))
        return [Choice(tuple(each["options"]), each["taken"]) for each in choices]

    def crashed(self, fault: Told) -> None:
        self.findings.append(Finding("error", fault["said"], _place(fault), fault["traceback"]))

    def ended(self, told: Told) -> None:
        self.findings += [Finding("broken media", "it cannot be decoded", f"game/{file}") for file in told["broken"]]
        self.findings += [
            Finding("silent media", "this build of Ren'Py plays WAV and FLAC as silence: use Ogg", f"game/{file}")
            for file in told["silent"]
        ]

    def engine_ended(self, ended: EngineEnded) -> None:
        self.findings.append(Finding("error", ended.why, self.at, ended.said))

    def crashed_once(self, ended: EngineEnded) -> None:
        """Of a run that is played again: where the engine crashes in it anew, that is an error (`engine_ended`)."""
        said = f"{ended.why}; the same run was played again: where that went well, this is a fault of Ren'Py's own"
        self.findings.append(Finding("engine crash", said, self.at, ended.said))

    def report(self, search: Search | None, linted: list[Finding]) -> Report:
        """All of it. Where no engine came up, and lint says why, that is what is wrong."""
        findings = [*linted, *([] if search is None and linted else self.findings)]
        unreached = search.unreached if search is not None else []
        findings += [Finding("unreached label", name, self._labels[name]) for name in unreached]
        for line in self.lines.values():
            if line.id not in self._reached:
                findings.append(Finding("unreached line", f"{line.id} {line.text!r}", line.where))
        for key in search.untaken if search is not None else ():
            menu, _, number = key.rpartition("#")
            findings.append(Finding("untaken choice", f"option {number} was on offer once, and never again", menu))
        return Report(
            engine=self._engine,
            labels=len(self._labels),
            labels_reached=len(self._labels) - len(unreached),
            lines=self.lines,
            reached=self._reached,
            voices=self._voices,
            walks=[self._walks[number] for number in sorted(self._walks)],
            findings=findings,
            screenshots=self._shots,
        )


def _place(told: Told) -> str:
    return f"{told['file']}:{told['line']}"
