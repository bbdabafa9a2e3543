"""Novels in real Git repositories of their own, untouched by the configuration of whoever runs the tests."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.novel_runs import environment


@dataclass(frozen=True)
class Done:
    """How a program ended, and all that it printed."""

    code: int
    output: str


def git_environment(home: Path) -> dict[str, str]:
    """What Git and the hooks that it starts are to see: no configuration but the repository's and an empty one."""
    config = home / "gitconfig"
    config.touch()
    kept = {name: value for name, value in environment().items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    people = {f"GIT_{role}_{what}": "Robin" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {**kept, **people, "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(home)}


@dataclass(frozen=True)
class Scratch:
    """A repository to try things in; `top` is its work tree."""

    top: Path
    variables: dict[str, str]

    def run(self, *command: str, given: str | None = None, inside: str = "") -> Done:
        done = subprocess.run(
            command,
            cwd=self.top / inside,
            env=self.variables,
            input=given if given is not None else "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=240,
        )
        return Done(done.returncode, done.stdout)

    def git(self, *arguments: str) -> str:
        done = self.run("git", *arguments)
        assert done.code == 0, done.output
        return done.output

    def commit(self, message: str = "Work") -> Done:
        self.git("add", "-A")
        return self.run("git", "commit", "-q", "-m", message)


def scratch(top: Path, home: Path) -> Scratch:
    """A new repository whose first branch is `main`."""
    top.mkdir(parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    made = Scratch(top, git_environment(home))
    made.git("init", "-q", "-b", "main")
    return made


