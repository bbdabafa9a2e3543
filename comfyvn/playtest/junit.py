"""A playtest as JUnit XML, for the test reports of CI servers: a suite for each kind of finding."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from comfyvn.errors import StoreError
from comfyvn.playtest.report import FAULTS, GAPS, Finding, Kind, Report

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(report: Report, strict: bool, file: Path) -> None:
    """Raises StoreError."""
    try:
        file.write_bytes(junit(report, strict))
    except OSError as error:
        raise StoreError(f"cannot write the report ({error.strerror})", str(file), "name another file") from error


def junit(report: Report, strict: bool) -> bytes:
    """A suite for each kind of finding. What does not fail the playtest is a skipped case, with its reason."""
    suites: dict[Kind, list[Finding]] = defaultdict(list)
    for finding in report.ordered():
        suites[finding.kind].append(finding)
    document: Any = JUnitXml("comfyvn playtest")  # its methods carry no types
    for kind in (*FAULTS, *GAPS):
        document.add_testsuite(_suite(kind, suites[kind], kind in FAULTS or strict))
    document.update_statistics()
    return bytes(document.tostring())


def _suite(kind: Kind, findings: Sequence[Finding], fails: bool) -> TestSuite:
    suite, classname = TestSuite(kind), f"playtest.{kind.replace(' ', '_')}"
    for finding in findings:
        case = TestCase(_text(f"{finding.where} {finding.said}".strip()), classname=classname)
        result = Failure(_text(finding.said), kind) if fails else Skipped(_text(finding.said), kind)
        result.text = _text(finding.detail or finding.said)
        case.result = [result]
        suite.add_testcase(case)
    if not findings:  # a suite that passed is one that was run
        suite.add_testcase(TestCase(f"no {kind}", classname=classname))
    return suite


def _text(text: str) -> str:
    return _NOT_XML.sub("?", text)
