"""Scans a ComfyUI on this machine: its own commit and those of its node packs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comfyvn.errors import StoreError, UsageError
from comfyvn.graph.definitions import CORE_PACK
from comfyvn.nodeset.git import is_checkout, read_checkout
from comfyvn.nodeset.reality import SeenPack
from comfyvn.nodeset.repository import repository_of
from comfyvn.providers import PackPin

PACK_FOLDERS = ("custom_nodes", "extensions")  # ComfyUI's name, and that of other interfaces
VERSION_FILE = "comfyui_version.py"
_VERSION = re.compile(r"""^__version__\s*=\s*["']([\w.+-]{1,64})["']""", re.MULTILINE)
_FEW = 2**20  # bytes; no pyproject.toml is larger


def comfyui_root(path: Path) -> Path:
    """The folder that holds ComfyUI's packs: `path`, or the `ComfyUI` in it (as the Windows package has it).

    Raises UsageError when there is none.
    """
    for folder in (path, path / CORE_PACK):
        if any((folder / name).is_dir() for name in PACK_FOLDERS):
            return folder.resolve()
    if not path.is_dir():
        raise UsageError("there is no such folder", str(path), "name ComfyUI's folder: --comfyui PATH")
    names = " nor ".join(f"{name}/" for name in PACK_FOLDERS)
    raise UsageError(f"this is no ComfyUI: it has neither {names}", str(path), "name the folder that has one of them")


def scan_packs(root: Path, more: tuple[Path, ...] = ()) -> Iterator[SeenPack]:
    """ComfyUI itself (where `root` is one) and every pack in its folders and in `more`, by name.

    Disabled packs are passed over: no workflow can use them. Raises StoreError when Git is not installed.
    """
    if _is_comfyui(root):
        yield _core(root)
    seen: set[Path] = set()
    for folder in (*(root / name for name in PACK_FOLDERS), *more):
        place = folder.resolve()
        if place not in seen and place.is_dir():
            seen.add(place)
            yield from (_readable_pack(path) for path in sorted(place.iterdir()) if _is_pack(path))


def _is_comfyui(root: Path) -> bool:
    return (root / VERSION_FILE).is_file() or ((root / "comfy").is_dir() and (root / "nodes.py").is_file())


def _is_pack(path: Path) -> bool:
    name = path.name
    return path.is_dir() and not name.startswith(".") and name != "__pycache__" and not name.endswith(".disabled")


def _core(root: Path) -> SeenPack:
    found = _VERSION.search(_text(root / VERSION_FILE))
    version = found.group(1) if found else ""
    if is_checkout(root):
        return _from_git(root, CORE_PACK, version, is_core=True)
    trouble = "" if version else "neither a Git checkout nor a release that says its version"
    return SeenPack(CORE_PACK, PackPin(version=version, state="verified"), is_core=True, trouble=trouble)


def _readable_pack(folder: Path) -> SeenPack:
    try:
        return _pack(folder)
    except OSError as error:
        return SeenPack(folder.name, PackPin(), trouble=f"it cannot be read ({error.strerror})")


def _pack(folder: Path) -> SeenPack:
    if is_checkout(folder):
        return _from_git(folder, folder.name)
    project = _project(folder)
    name, version = str(project.get("name", "")).strip().lower(), str(project.get("version", "")).strip()
    if (folder / ".tracking").is_file() and name and version:
        pin = PackPin(version=_three_parts(version), cnr=name, state="verified")
        return SeenPack(folder.name, pin, _project_repository(project))
    trouble = "neither a Git checkout nor installed from the Comfy Registry: its version is not known"
    return SeenPack(folder.name, PackPin(), _project_repository(project), trouble=trouble)


def _three_parts(version: str) -> str:
    """As ComfyUI-Manager says it: 2.5 is 2.5.0."""
    return version + ".0" * (2 - version.count(".")) if re.fullmatch(r"\d+(\.\d+)?", version) else version


def _from_git(folder: Path, name: str, version: str = "", is_core: bool = False) -> SeenPack:
    try:
        checkout = read_checkout(folder)
    except StoreError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise
        return SeenPack(name, PackPin(), is_core=is_core, trouble=error.what)
    pin = PackPin(commit=checkout.commit, version=version, changes=checkout.changes, state="verified")
    return SeenPack(name, pin, repository_of(checkout.remote), is_core)


def _project(folder: Path) -> dict[str, Any]:
    """The `[project]` table of a pack's pyproject.toml; empty when it has none that can be read."""
    try:
        found = tomllib.loads(_text(folder / "pyproject.toml")).get("project", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _project_repository(project: dict[str, Any]) -> str:
    urls = project.get("urls")
    return repository_of(str(urls.get("Repository", ""))) if isinstance(urls, dict) else ""


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _FEW:
            return ""
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
