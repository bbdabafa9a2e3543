#!/usr/bin/env python3
"""Random edits, damage, kills and branch switches against one novel; every settled build is held to a clean one.

usage: python bench/fuzz.py [--seed 1] [--rounds 50] [--novel small] [--work DIR] [--json]

A round: a few changes to contracts (values, remarks, white space, time stamps, more and fewer characters, poses,
faces, places, scenes, lines), to what is built (garbage, cuts, deletions, retouches, spoilt records and state), or
another branch; then perhaps a build that is killed, or two at once, or one whose contracts change under it; then a
build that is left alone. After it the tree must be that of a clean build of the same contracts, retouches kept and
used; a second build must do nothing; what the killed one had finished must not be made again, and at most one artifact
for each render in flight. Every tenth round the clean build has an empty cache and a server of its own.

The first wrong tree ends the run with exit code 1, and shows its seed, the round and what was done in it: the same
seed does the same again, except for the moment of a kill. Posix only.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from bench import damage, edits, oracle  # noqa: E402
from bench.endpoint import Endpoint  # noqa: E402
from bench.novel import write_novel, write_small  # noqa: E402
from bench.runs import Run, Runner, git, repeated  # noqa: E402

SLOTS = 4
STEP_S = 0.002  # of a sampler's step: a render takes long enough to be met by a kill
ALONE_EVERY, STATUS_EVERY = 10, 5  # rounds
SIGNALS = {"kill -9": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
DISTURBED = ("kill -9", "kill -9", "SIGTERM", "SIGINT", "two", "two, one killed", "edited", "broken", *[""] * 6)


class Wrong(Exception):
    """A build was not what it should be."""


@dataclass
class Report:
    """What a run came to. `repeated`: the most prompts that a killed build and the next one sent twice."""

    seed: int
    rounds: int = 0
    builds: int = 0
    kills: int = 0
    repeated: int = 0
    seconds: float = 0.0
    done: list[str] = field(default_factory=list)  # what the current round has done so far


class Fuzz:
    """One novel, from an empty folder through all rounds."""

    def __init__(
        self, seed: int, folder: Path, endpoint: Endpoint, write: Callable[[Path], Path] = write_small
    ) -> None:
        self.report, self.folder, self.endpoint = Report(seed), folder, endpoint
        self.novel = write(folder / "novel")
        self.cache = folder / "cache"
        endpoint.serve(self.novel, SLOTS)
        self.runner = Runner(self.novel, self.cache)
        self.chance = random.Random(seed)
        self.contracts = edits.Contracts(self.novel, self.chance)
        self.built = damage.Built(self.novel, self.chance)
        self.known: set[str] = set()
        self.branches = ["main"]
        (self.novel / ".gitignore").write_text("build/\n.comfyvn/\n", "utf-8")
        git(self.novel, "init", "-q", "-b", "main")

    def round(self) -> None:
        """Raises Wrong."""
        report, began = self.report, time.monotonic()
        report.rounds += 1
        report.done = []
        self.chance.seed(f"{report.seed}/{report.rounds}")
        disturbed = self.chance.choice(DISTURBED)
        for _ in range(self.chance.choice((0, 1, 1, 2, 3, 5))):
            self._change()
        if disturbed:
            self._do(edits.value(self.contracts))  # so that there is something to disturb
            self._disturb(disturbed)
        else:
            self._settle()
        self._check()
        report.seconds += time.monotonic() - began

    def _do(self, what: str) -> None:
        self.report.done.append(what)

    def _change(self) -> None:
        lot = self.chance.random()
        if lot < 0.06:
            self._switch()
        elif lot < 0.45 and self.built.files() and self.built.records():
            self._do(self.chance.choice(damage.DAMAGES)(self.built))
        else:
            self._do(self.chance.choice(edits.CHANGES)(self.contracts))

    def _switch(self) -> None:
        """Another branch, perhaps a new one."""
        git(self.novel, "add", "-A")
        git(self.novel, "commit", "-q", "--allow-empty", "-m", "so far")
        if len(self.branches) < 4 and self.chance.random() < 0.5:
            name = f"branch{len(self.branches)}"
            self.branches.append(name)
            git(self.novel, "checkout", "-q", "-b", name)
        else:
            name = self.chance.choice(self.branches)
            git(self.novel, "checkout", "-q", name)
        self._do(f"on {name}")

    # --- builds

    def _disturb(self, how: str) -> None:
        self._do(f"a build, {how}")
        if how in SIGNALS:
            self._kill(how)
        elif how.startswith("two"):
            self._two(kill_one=how != "two")
        elif how == "edited":
            process = self.runner.start(self.chance.choice(("doit", "build")))
            time.sleep(self.chance.uniform(0.2, 2.5))
            self._do(edits.value(self.contracts))
            process.communicate()
            self._settle()
        else:
            self._broken()
            self._settle()

    def _kill(self, how: str) -> None:
        tickets = self.chance.choice((("-n", "1"), ()))
        posted = len(self.endpoint.posted())
        first = self.runner.killed(self.chance.choice(("doit", "build")), SIGNALS[how], self.chance, *tickets)
        self.report.kills += first.code != 0
        second = self._settle(*tickets)
        again = set(first.done) & set(second.done)
        if again:
            raise Wrong(f"finished before the {how}, and made again: {sorted(again)}")
        prompts = [one.prompt_id for one in self.endpoint.posted()[posted:]]
        twice, most = repeated(prompts), 1 if tickets else SLOTS
        self.report.repeated = max(self.report.repeated, len(twice))
        if len(twice) > most:
            raise Wrong(f"{len(twice)} prompts were sent twice, with at most {most} in flight")

    def _two(self, kill_one: bool) -> None:
        first, second = self.runner.two_at_once(self.chance, kill_one)
        both = set(first.done) & set(second.done)
        if second.code != 0 or (first.code != 0 and not kill_one):
            raise Wrong(f"two at once ended with {first.code}, {second.code}:\n{first.output}\n{second.output}")
        if both:
            raise Wrong(f"two builds at once made the same: {sorted(both)}")
        self.report.kills += first.code != 0
        self._settle()

    def _broken(self) -> None:
        """A contract that is no JSON for a while: the build says so, and touches nothing."""
        path = self.chance.choice(self.contracts.files())
        data, before = path.read_bytes(), oracle.tree(self.novel)
        path.write_bytes(data[: len(data) // 2])
        run = self.runner.run("doit")
        if run.code == 0 or oracle.tree(self.novel) != before:
            raise Wrong(f"{path.name} is no JSON: exit code {run.code}, and the tree must stay\n{run.output}")
        path.write_bytes(data)

    def _settle(self, *arguments: str) -> Run:
        """A build that nobody disturbs."""
        program = self.chance.choice(("doit", "build"))
        run = self.runner.run(program, *arguments)
        self._do(f"{program}: {len(run.done)} made")
        self.report.builds += 1
        if run.code != 0:
            raise Wrong(f"{program} ended with {run.code}:\n{run.output}")
        return run

    # --- what must hold now

    def _check(self) -> None:
        again = self.runner.run(self.chance.choice(("doit", "build")))
        if again.code != 0 or again.done:
            raise Wrong(f"a second build ended with {again.code} and made {again.done}")
        folder = Path(tempfile.mkdtemp(prefix="clean", dir=self.folder))
        try:
            oracle.clean_build(self.novel, folder / "novel", self.cache, self.built.kept)
            wanted = set(oracle.tree(folder / "novel"))
            self.known |= wanted
            self.built.current = wanted
            found = oracle.compare(self.novel, folder / "novel", self.built, self.known)
            if found.wrong:
                raise Wrong(f"{len(found.wrong)} wrong files: {', '.join(found.wrong[:12])}")
            self._sweep_loose(found.orphans)
            if self.report.rounds % STATUS_EVERY == 0:
                self._check_status(wanted)
                self._check_orphans(found.orphans, folder / "novel")
            if self.report.rounds % ALONE_EVERY == 0:
                self._check_oracle(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _sweep_loose(self, orphans: tuple[str, ...]) -> None:
        """An export without its record cannot know what it wrote: what is left over there is taken away once."""
        if self.built.loose:
            for file in orphans:
                if file.startswith(damage.EXPORTS):
                    (self.novel / file).unlink()
            self.built.loose = False

    def _check_status(self, wanted: set[str]) -> None:
        run = self.runner.run("status", "--json")
        told = json.loads(run.output[run.output.index("{") :])
        by_hand = ("edited", "both")
        edited = {name for name, standing in told.items() if standing["condition"] in by_hand}
        well = ("fresh", "orphan", *by_hand)
        odd = {name: one["condition"] for name, one in told.items() if one["condition"] not in well}
        kept = [file for file in self.built.kept if file in wanted]
        if odd or len(edited) != len(kept):
            raise Wrong(f"status says {odd}, edited {sorted(edited)}; kept are {kept}")

    def _check_orphans(self, orphans: tuple[str, ...], clean: Path) -> None:
        """What no contract makes any more is told, and goes when it is asked for; retouched files stay."""
        named = oracle.owners(self.novel, orphans)
        if "--orphans" not in self.runner.run("doit", "clean", "--help").output:
            return
        told = self.runner.run("status").output
        untold = [name for name in named if name not in told]
        removed = self.runner.run("doit", "clean", "--orphans")
        found = oracle.compare(self.novel, clean, self.built, self.known)
        left = [file for name, files in named.items() for file in files if file in found.orphans]
        stayed = [file for file in left if file not in self.built.kept]
        if untold or stayed or found.wrong:
            raise Wrong(
                f"orphans: status does not name {untold}; clean --orphans leaves {stayed}, spoils {found.wrong}\n"
                f"{removed.output}"
            )

    def _check_oracle(self, folder: Path) -> None:
        """The clean build itself, held to one that shares nothing with it."""
        run = oracle.clean_run(self.novel, folder / "alone", folder / "alone-cache")
        if run.code != 0:
            raise Wrong(f"a clean build ended with {run.code}:\n{run.output}")
        oracle.clean_build(self.novel, folder / "plain", self.cache, {})
        found = oracle.compare(folder / "plain", folder / "alone", damage.Built(folder, self.chance), set())
        if found.wrong:
            raise Wrong(f"the cache holds something wrong: {', '.join(found.wrong[:12])}")


def novel_writer(name: str) -> Callable[[Path], Path]:
    """`small`, or a number of sprites."""
    return write_small if name == "small" else lambda folder: write_novel(int(name), folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--novel", default="small", help="small, or a number of sprites")
    parser.add_argument("--work", type=Path, help="a new folder to work in, which stays (default: one that goes)")
    parser.add_argument("--json", action="store_true", help="the summary for machines")
    options = parser.parse_args()
    folder = options.work or Path(tempfile.mkdtemp(prefix="comfyvn-fuzz-"))
    try:
        with Endpoint(folder / "endpoint", step_delay=STEP_S) as endpoint:
            fuzz = Fuzz(options.seed, folder.resolve(), endpoint, novel_writer(options.novel))
            return _rounds(fuzz, options.rounds, options.json)
    finally:
        if options.work is None:
            shutil.rmtree(folder, ignore_errors=True)


def _rounds(fuzz: Fuzz, rounds: int, as_json: bool) -> int:
    report = fuzz.report
    for _ in range(rounds):
        try:
            fuzz.round()
        except Wrong as error:
            done = "\n".join(f"  {what}" for what in report.done)
            print(f"WRONG in round {report.rounds} of --seed {report.seed}\n{done}\n{error}", flush=True)
            return 1
        print(f"round {report.rounds}: {'; '.join(report.done)}", file=sys.stderr, flush=True)
    facts = {name: value for name, value in asdict(report).items() if name != "done"}
    words = (
        f"{report.rounds} rounds, {report.kills} kills, {report.builds} builds: 0 wrong trees, at most "
        f"{report.repeated} prompts sent twice after a kill; {report.seconds / max(report.rounds, 1):.1f} s a round"
    )
    print(json.dumps(facts) if as_json else words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
