"""A ComfyUI on disk, as people have them: Git checkouts made by the real git, packs of the Comfy Registry, weights."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.fakes.small_novel import write

IDENTITY = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2025-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "2025-01-01T00:00:00Z",
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a folder, as nobody in particular; what it wrote."""
    environment = {**{key: value for key, value in os.environ.items() if not key.startswith("GIT_")}, **IDENTITY}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def checkout(folder: Path, remote: str, text: str = "NODE_CLASS_MAPPINGS = {}\n") -> str:
    """A repository with one commit and this remote; the commit."""
    write(folder / "__init__.py", text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    if remote:
        git(folder, "remote", "add", "origin", remote)
    return git(folder, "rev-parse", "HEAD")


def registry_pack(folder: Path, name: str, version: str, repository: str = "") -> None:
    """A pack as the Comfy Registry's archives are unpacked."""
    urls = f'\n[project.urls]\nRepository = "{repository}"\n' if repository else ""
    write(folder / "pyproject.toml", f'[project]\nname = "{name}"\nversion = "{version}"\n{urls}')
    write(folder / ".tracking", "pyproject.toml\n__init__.py")
    write(folder / "__init__.py", "NODE_CLASS_MAPPINGS = {}\n")


def comfyui(folder: Path) -> dict[str, str]:
    """ComfyUI 0.3.64 with packs in every state; pack → commit."""
    write(folder / "comfyui_version.py", '# written by the release\n__version__ = "0.3.64"\n')
    write(folder / "custom_nodes/example_node.py.example", "")
    write(folder / ".gitignore", "custom_nodes/\nmodels/\n")
    commits = {"ComfyUI": checkout(folder, "https://github.com/comfyanonymous/ComfyUI.git")}
    nodes = folder / "custom_nodes"
    commits["ComfyUI-Impact-Pack"] = checkout(
        nodes / "impact", "git@github.com:LTDRDATA/ComfyUI-Impact-Pack.git", "impact = 1\n"
    )
    commits["ComfyUI-KJNodes"] = checkout(
        nodes / "comfyui-kjnodes", "https://someone:secret@github.com/kijai/ComfyUI-KJNodes", "kj = 1\n"
    )
    commits["ComfyUI_FizzNodes"] = checkout(
        nodes / "ComfyUI_FizzNodes", "https://github.com/me/ComfyUI_FizzNodes", "fizz = 1\n"
    )
    registry_pack(nodes / "comfyui-videohelpersuite", "comfyui-videohelpersuite", "1.7")
    checkout(nodes / "Stranger", "https://example.org/x/stranger.git", "x = 1\n")
    checkout(nodes / "ComfyUI-XTTS.disabled", "https://github.com/AIFSH/ComfyUI-XTTS", "x = 2\n")
    checkout(nodes / ".disabled/Comfy-RVC", "https://github.com/SayanoAI/Comfy-RVC", "x = 3\n")
    write(nodes / "Comfy-RVC-main/__init__.py", "")
    return commits
