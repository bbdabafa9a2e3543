"""A release: the exports as they were built, credits, and what was generated, in one folder that holds nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from comfyvn import __version__
from comfyvn.engine.disclosure import Disclosure, disclosure_text
from comfyvn.engine.folders import remove_empty_folders, unlink
from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.shipped import Shipped
from comfyvn.errors import StoreError, UsageError
from comfyvn.store import records
from comfyvn.store.content import byte_digest
from comfyvn.store.files import Scratch
from comfyvn.store.records import is_inside
from comfyvn.store.trees import write_zip
from comfyvn.targets.credits import credits_text, works

LISTING = "release.json"
CREDITS, TEXT, TABLE = "CREDITS.txt", "AI-DISCLOSURE.txt", "ai-disclosure.json"
WEB_ZIP = "web.zip"


def write(novel: OpenNovel, parts: Shipped, found: Disclosure, target: str, out: Path) -> tuple[int, int, int]:
    """Makes the folder `out` the release: (files written, files as they were, files removed).

    Raises UsageError where the folder holds what no release has written, StoreError.
    """
    before = _listed(out)
    files = dict(_exported(novel, parts))
    scratch = Scratch(novel.engine.state.folder / "release")
    try:
        if target == "itch" and "web" in parts.exports:
            files[WEB_ZIP] = _zipped(files, scratch)
        texts = _texts(novel, parts, found)
        digests = {name: byte_digest(path) for name, path in files.items()}
        digests |= {name: hashlib.sha256(data).hexdigest() for name, data in texts.items()}
        listing = _listing(novel, found, target, digests)
        written = sum(_put(out / name, path, digests[name], scratch) for name, path in files.items())
        written += sum(_put(out / name, data, digests[name], scratch) for name, data in texts.items())
        gone = [name for name in before if name not in digests]
        for name in gone:
            unlink(out / name)
            remove_empty_folders((out / name).parent, out)
        _put(out / LISTING, listing, hashlib.sha256(listing).hexdigest(), scratch)
    finally:
        scratch.empty()
    return written, len(digests) - written, len(gone)


def _listed(out: Path) -> list[str]:
    """What an earlier release has written there. Raises UsageError where something else lies."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return []
    try:
        value = json.loads((out / LISTING).read_bytes())
        names = list(value["files"]) if value["release"] == 1 else []
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        todo = "name another folder with --out, or empty it"
        raise UsageError("this folder holds something that no release has written", str(out), todo) from None
    return [name for name in names if isinstance(name, str) and is_inside(name)]


def _exported(novel: OpenNovel, parts: Shipped) -> Iterator[tuple[str, Path]]:
    """Place in the release → file, of what the records of the exports name, and of nothing that lies beside it."""
    for export, name in sorted(parts.exports.items()):
        artifact = novel.targets[name].artifact
        record = records.read(novel.root, artifact)
        if record is None or not record.wanted:
            raise StoreError(f"{name} is not built", artifact, f"run `doit {name}`")
        folder, stem = PurePosixPath(artifact).parent, f"{PurePosixPath(artifact).name}/"
        for file in record.files:
            yield f"{export}/{file.removeprefix(stem)}", novel.root / folder / file


def _zipped(files: Mapping[str, Path], scratch: Scratch) -> Path:
    """The web export as itch.io wants it: a zip with index.html at its root."""
    scratch.folder.mkdir(parents=True, exist_ok=True)
    path = scratch.folder / WEB_ZIP
    write_zip({name.removeprefix("web/"): file for name, file in files.items() if name.startswith("web/")}, path)
    return path


def _texts(novel: OpenNovel, parts: Shipped, found: Disclosure) -> dict[str, bytes]:
    table = json.dumps(found.as_json(), ensure_ascii=False, indent=1) + "\n"
    return {
        CREDITS: credits(novel, parts, found).encode(),
        TEXT: disclosure_text(found).encode(),
        TABLE: table.encode(),
    }


def credits(novel: OpenNovel, parts: Shipped, found: Disclosure) -> str:
    """The credits of a release as plain text."""
    said = novel.project.novel
    models = [_credit(name, told.get("licence", ""), told.get("source", "")) for name, told in found.models.items()]
    voices = [_credit(one.name, one.licence, one.source) for one in dict.fromkeys(found.voices.values())]
    others = [
        *(["Models", "", *models, ""] if models else []),
        *(["Voices", "", *voices, ""] if voices else []),
        "Made with",
        "",
        *(["- Ren'Py, MIT and other licences, https://www.renpy.org/"] if "renpy" in parts.exports else []),
        f"- ComfyVN {__version__}, MIT",
    ]
    return credits_text(said.title, said.author, said.release, list(works(novel.project)), others)


def _credit(name: str, *rest: str) -> str:
    return "- " + ", ".join(part for part in (name, *rest) if part)


def _listing(novel: OpenNovel, found: Disclosure, target: str, digests: Mapping[str, str]) -> bytes:
    said = novel.project.novel
    value = {
        "release": 1,
        "novel": said.id,
        "title": found.title,
        "version": said.release,
        "rating": said.rating,
        "target": target,
        "comfyvn": __version__,
        "files": dict(sorted(digests.items())),
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _put(path: Path, data: bytes | Path, sha256: str, scratch: Scratch) -> bool:
    """Writes a file unless it is there already."""
    if path.is_file() and byte_digest(path) == sha256:
        return False
    scratch.publish(data if isinstance(data, bytes) else data.read_bytes(), path)
    return True
