"""Drafts beside finals: what the pictures would be whose contracts have moved, without a GPU and without touching them.

A draft lies in build/drafts/ under the same name as its final, with a record of its own. It is no target of the novel:
no atlas, manifest or export ever reads it.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from comfyvn import paths
from comfyvn.contracts.project import Project
from comfyvn.engine.folders import remove_empty_folders, unlink
from comfyvn.engine.judge import RENDERED
from comfyvn.engine.order import needed
from comfyvn.engine.survey import Standing
from comfyvn.recipe import Input, Patch, Recipe, Render, TargetInput
from comfyvn.store.files import Scratch
from comfyvn.targets.plan import planned
from comfyvn.targets.row import Row
from comfyvn.targets.target import Target, Toolbox

PAGE = f"{paths.DRAFTS}/index.html"


def are_finals(project: Project) -> bool:
    """Whether this novel's pictures are rendered for good, so that drafts have a place of their own."""
    return project.novel.engines.image != "draft"


def moved(rows: Mapping[str, Row], standings: Mapping[str, Standing]) -> list[str]:
    """Names of the final pictures that are not what the contracts say; `standings` of some or all, needs first.

    Those that only pins moved are left out: a draft knows no pins and would show nothing.
    """
    found: dict[str, None] = {}
    for name, standing in standings.items():
        row = rows[name]
        is_off = standing.condition == "missing" or (standing.condition == "stale" and standing.cause != "pins")
        follows = standing.condition == "waiting" and any(need in found for need in row.needs)
        if row.kind in RENDERED and (is_off or follows):
            found[name] = None
    return list(found)


def draft_targets(
    project: Project, tools: Toolbox, rows: Mapping[str, Row], names: Collection[str]
) -> dict[str, Target]:
    """Draft's name → target, of these pictures and of the pictures that they are made of, needs first.

    What is no render is taken from where it really is: finished art is the same in a draft.
    """
    engines = project.novel.engines.model_copy(update={"image": "draft", "video": "draft"})
    sketched = replace(project, novel=project.novel.model_copy(update={"engines": engines}))
    wanted = [name for name in needed(rows, names) if rows[name].kind in RENDERED]
    within = dict.fromkeys(rows[name].unit for name in needed(rows, wanted))
    drafted = {target.name: target for unit in within for target in planned(sketched, tools, unit)}
    return {paths.draft_name(name): _aside(drafted[name], drafted) for name in wanted}


def _is_picture(target: Target) -> bool:
    return target.recipe.kind in RENDERED


def _aside(target: Target, targets: Mapping[str, Target]) -> Target:
    """The same target under build/drafts/; its fingerprint is that of any draft of it, as paths are in none."""
    return replace(
        target,
        name=paths.draft_name(target.name),
        files=tuple(paths.draft(file) for file in target.files),
        recipe=_from_drafts(target.recipe, targets),
    )


def _from_drafts(recipe: Recipe, targets: Mapping[str, Target]) -> Recipe:
    if isinstance(recipe, Patch):
        return replace(recipe, render=replace(recipe.render, inputs=_inputs(recipe.render.inputs, targets)))
    return replace(recipe, inputs=_inputs(recipe.inputs, targets)) if isinstance(recipe, Render) else recipe


def _inputs(inputs: Mapping[str, Input], targets: Mapping[str, Target]) -> dict[str, Input]:
    return {
        name: TargetInput(paths.draft_name(item.target), item.file and paths.draft(item.file))
        if isinstance(item, TargetInput) and _is_picture(targets[item.target])
        else item
        for name, item in inputs.items()
    }


# --- the folder


def remove_others(root: Path, keep: Collection[str]) -> list[str]:
    """Removes every draft that is none of `keep` (files under build/drafts/); returns the pictures removed."""
    folder = root / paths.DRAFTS
    stay = {PAGE, *keep, *(paths.record(file) for file in keep)}
    gone = []
    for path in sorted(folder.rglob("*")):
        file = path.relative_to(root).as_posix()
        if path.is_file() and file not in stay:
            unlink(path)
            remove_empty_folders(path.parent, root / paths.BUILD)
            gone += [] if file.endswith(paths.RECORD_SUFFIX) else [file]
    return gone


def write_page(root: Path, finals: Mapping[str, tuple[str, str]], scratch: Scratch) -> None:
    """build/drafts/index.html: each final with its draft beside it; none when there is no draft.

    `finals`: file of the final → (its target, why it has a draft).
    """
    shown = {file: told for file, told in finals.items() if (root / paths.draft(file)).is_file()}
    if not shown:
        unlink(root / PAGE)
        remove_empty_folders(root / paths.DRAFTS, root / paths.BUILD)
        return
    text = "".join(_page(root, shown)).encode()
    path = root / PAGE
    if not path.is_file() or path.read_bytes() != text:
        scratch.publish(text, path)


def _page(root: Path, finals: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    yield (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3">\n'
        "<title>Drafts beside finals</title>\n"
        "<style>body{font:16px sans-serif;margin:2rem;background:#222;color:#eee}"
        "figure{display:inline-block;margin:0 1rem 1rem 0}img{max-width:40vw;max-height:70vh;background:#444}"
        "h2{font-size:1rem;margin-bottom:.3rem}p{color:#bbb;margin:.2rem 0 .6rem}</style>\n"
        "<h1>Drafts beside finals</h1>\n"
    )
    for file, (name, reason) in finals.items():
        yield f"<h2>{html.escape(name)}</h2>\n<p>{html.escape(reason)}</p>\n"
        inside = file.removeprefix(f"{paths.BUILD}/")
        if (root / file).is_file():
            yield _figure(f"../{inside}", "final, as it is")
        else:
            yield "<figure>there is no final yet</figure>\n"
        yield _figure(inside, "draft of what the contracts say now")


def _figure(address: str, caption: str) -> str:
    return f'<figure><img src="{html.escape(address)}" alt=""><figcaption>{caption}</figcaption></figure>\n'
