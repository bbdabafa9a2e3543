"""Findings as JUnit XML, for the test reports of CI servers: a suite for each place, a case for each check."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from comfyvn.doctor.finding import Finding
from comfyvn.errors import StoreError

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(findings: Iterable[Finding], file: Path) -> None:
    """An error is a failed case; a warning or a note passes, and is said in its output. Raises StoreError."""
    try:
        file.write_bytes(junit(findings))
    except OSError as error:
        raise StoreError(f"cannot write the report ({error.strerror})", str(file), "name another file") from error


def junit(findings: Iterable[Finding]) -> bytes:
    suites: dict[str, TestSuite] = {}
    for finding in findings:
        suite = suites.setdefault(finding.place, TestSuite(_text(finding.place)))
        suite.add_testcase(_case(finding))
    report: Any = JUnitXml("comfyvn doctor")  # its methods carry no types
    for suite in suites.values():
        report.add_testsuite(suite)
    report.update_statistics()
    return bytes(report.tostring())


def _case(finding: Finding) -> TestCase:
    case = TestCase(_text(finding.check), classname=_text(finding.place))
    told = _text("\n".join(filter(None, (finding.said, finding.todo and f"to do: {finding.todo}"))))
    if finding.level == "error":
        failure = Failure(_text(finding.said), "error")
        failure.text = told
        case.result = [failure]
    else:
        case.system_out = told if finding.level == "good" else f"{finding.level}: {told}"
    return case


def _text(text: str) -> str:
    return _NOT_XML.sub("?", text)
