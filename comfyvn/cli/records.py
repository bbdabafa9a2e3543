"""Commands about what was made: is it what its record says, is it still made like that, and what has moved since."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from comfyvn.cli.parts import Commands, add, chosen, need_novel, say

if TYPE_CHECKING:
    from comfyvn.engine.drift import Report
    from comfyvn.engine.likeness import Tolerance
    from comfyvn.engine.opening import OpenNovel
    from comfyvn.engine.remake import Remade
    from comfyvn.engine.verify import Finding

SILENCE_S = 20.0
PATIENCE_S = 2.0  # for a server that is off: it is only asked what it is

VERIFY = """\
Reads every file of the artifacts named (all of them by default), and holds it against the record beside it: bytes,
content, the fingerprint that the recorded recipe gives, and what it was made of. Nothing is believed that a build
remembers. --rerender makes each once more, on the servers that the novel names, beside build/ and never in it, and
compares: the same pixels and samples, or within the tolerance, which needs: pip install 'comfyvn[verify]'.

  comfyvn verify                                        is everything in build/ what its record says?
  comfyvn verify sprites:aya --rerender                 would Aya's sprites still come out like this?
  comfyvn verify backgrounds --rerender --psnr 50       the same, but stricter

Exit code: 0 when every artifact is sound; 1 when one is not what its record says, or does not come out again; an
artifact that was not made yet, or whose recipe has moved since, is named and is no fault.
"""
DRIFT = """\
Compares what records say (versions of ComfyUI and torch, the device, pins of packs and models, engines) with the
servers of providers/servers.yaml as they answer now, and with the lock. Nothing is made again for it: a new version
of ComfyUI seldom changes a picture, and `comfyvn verify TARGET --rerender` tells whether it did.

  comfyvn drift
  comfyvn drift --check         exit code 1 when something moved, or a server could not be asked
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds this module's commands."""
    command = _add(commands, "verify", _verify, "prove that artifacts are what their records say", VERIFY)
    command.add_argument("targets", nargs="*", metavar="TARGET", help="targets or groups (default: everything)")
    command.add_argument("--rerender", action="store_true", help="make them once more, beside build/, and compare")
    command.add_argument("--psnr", type=float, default=40.0, metavar="DB", help="pictures: least PSNR (default: 40)")
    command.add_argument("--ssim", type=float, default=0.98, metavar="S", help="pictures: least SSIM (default: 0.98)")
    command.add_argument("--sound", type=float, default=60.0, metavar="DB", help="clips: least PSNR (default: 60)")
    command.add_argument("--json", action="store_true", help="for machines")

    command = _add(commands, "drift", _drift, "compare what made the artifacts with today's servers and lock", DRIFT)
    command.add_argument("--check", action="store_true", help="exit with 1 when something has moved")
    command.add_argument("--json", action="store_true", help="for machines")


def _add(
    commands: Commands[argparse.ArgumentParser], name: str, run: Any, purpose: str, text: str
) -> argparse.ArgumentParser:
    command = add(commands, name, run, purpose)
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.description = text
    return command


# --- verify


def _verify(options: argparse.Namespace) -> int:
    from comfyvn.engine.likeness import Tolerance
    from comfyvn.engine.opening import open_novel
    from comfyvn.engine.verify import verify_all

    need_novel(options.root)
    novel = open_novel(options.root.resolve(), _aside)
    findings = verify_all(novel.engine, chosen(list(novel.targets), options.targets))
    tolerance = Tolerance(options.psnr, options.ssim, options.sound)
    remade = _remade(novel, findings, tolerance) if options.rerender else {}
    if options.json:
        say(json.dumps(_verified(findings, remade), ensure_ascii=False, indent=1))
    else:
        _print_verified(findings, remade)
    wrong = any(found.state == "wrong" for found in findings.values())
    return 1 if wrong or any(one.result in ("differs", "failed") for one in remade.values()) else 0


def _aside(text: str) -> None:
    """To stderr: stdout may be read by a machine."""
    sys.stderr.write(text + "\n")


def _remade(novel: OpenNovel, findings: Mapping[str, Finding], tolerance: Tolerance) -> dict[str, Remade]:
    from rich.console import Console
    from rich.progress import Progress

    from comfyvn.engine.remake import remake_all

    found: dict[str, Remade] = {}
    records = {name: one.record for name, one in findings.items() if one.record is not None and one.record.wanted}
    novel.engine.begin()
    try:
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("making again", total=len(records))

            def done(name: str, one: Remade) -> None:
                found[name] = one
                bar.update(task, advance=1, description=name)

            remake_all(novel.engine, records, tolerance, done)
    finally:
        novel.engine.end()
    return {name: found[name] for name in findings if name in found}


def _verified(findings: Mapping[str, Finding], remade: Mapping[str, Remade]) -> dict[str, object]:
    return {
        "artifacts": {
            name: {
                "state": found.state,
                "faults": list(found.faults),
                "notes": list(found.notes),
                **({"rerender": asdict(remade[name])} if name in remade else {}),
            }
            for name, found in findings.items()
        },
        "states": dict(Counter(found.state for found in findings.values())),
        "rerendered": dict(Counter(one.result for one in remade.values())),
    }


def _print_verified(findings: Mapping[str, Finding], remade: Mapping[str, Remade]) -> None:
    rows = [
        (name, found.state, *((_told(remade.get(name)),) if remade else ()), "; ".join((*found.faults, *found.notes)))
        for name, found in findings.items()
        if found.state != "absent"
    ]
    _table(("artifact", "record", *(("made again",) if remade else ()), ""), rows)
    words = {"sound": "what its record says", "wrong": "not what its record says", "absent": "not made yet"}
    if len(findings) != 1:
        words |= {"sound": "what their records say", "wrong": "not what their records say"}
    counts = Counter(str(found.state) for found in findings.values())
    say(", ".join(f"{counts[state]} {text}" for state, text in words.items() if counts[state]))
    if remade:
        results = Counter(one.result for one in remade.values())
        say("made again: " + ", ".join(f"{count} {result}" for result, count in results.items()))


def _told(one: Remade | None) -> str:
    """`exact`, or the worst of its files with numbers: `within tolerance (PSNR 61.2 dB, SSIM 0.9994)`."""
    if one is None:
        return ""
    details = [one.note] if one.note else []
    for name, file in one.files.items():
        if file.degree == "exact":
            continue
        said = [f"PSNR {file.measures['psnr_db']:g} dB"] if "psnr_db" in file.measures else []
        said += [f"SSIM {file.measures['ssim']:g}"] if "ssim" in file.measures else []
        label = f"{name}: " if len(one.files) > 1 else ""
        details.append(label + ", ".join([*said, *([file.note] if file.note else [])]))
    return f"{one.result} ({'; '.join(details)})" if details else one.result


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(*heads, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    # A pipe has no width: a table for a file or `grep` keeps each artifact on one line.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 2000)
    with console.capture() as held:
        console.print(table)
    say("\n".join(line.rstrip() for line in held.get().splitlines()))


# --- drift


def _drift(options: argparse.Namespace) -> int:
    from comfyvn.engine.drift import drift, probed
    from comfyvn.engine.opening import open_novel

    need_novel(options.root)
    novel = open_novel(options.root.resolve())
    found = [novel.engine.judge.record(target) for target in novel.targets.values()]
    records = [record for record in found if record is not None and record.wanted]
    engines = {**novel.tools.voices, "draft": novel.tools.draft}
    report = drift(records, probed(novel.servers, _probe), engines, novel.tools.lock)
    if options.json:
        say(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    else:
        _print_drift(report)
    is_unsure = any(server.trouble for server in report.servers)
    return 1 if options.check and (report.drifts or is_unsure) else 0


def _probe(server: Any) -> Mapping[str, object]:
    from comfyvn.bridge.comfy import ComfyBridge, Limits

    quick = replace(server, silence_s=min(server.silence_s, SILENCE_S))
    with ComfyBridge(quick, limits=Limits(patience_s=PATIENCE_S)) as bridge:
        return bridge.probe()


def _print_drift(report: Report) -> None:
    from comfyvn.engine.drift import named, versions

    for server in report.servers:
        say(f"{server.server}: {server.trouble or versions(server.made_with)}")
    for group in report.groups:
        say(f"{named(group.kinds)}: made with {versions(group.made_with)} (engine {group.engine})")
    for one in report.drifts:
        say(one.sentence())
    if report.drifts:
        say("nothing is made again for this; `comfyvn verify TARGET --rerender` tells whether it still comes out alike")
    else:
        say("nothing has moved since" if report.groups else "nothing was made on a server yet")
