"""Cross-checks of a whole novel: every reference resolves, every line has an id, every story can end. Pure."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping, Sequence

from comfyvn.contracts import place
from comfyvn.contracts.asset import Asset
from comfyvn.contracts.check_bases import check_bases
from comfyvn.contracts.check_cast import check_cast
from comfyvn.contracts.check_flow import check_flow
from comfyvn.contracts.check_lines import FILL_IDS, check_lines
from comfyvn.contracts.check_scenes import check_scenes
from comfyvn.contracts.check_stage import check_stage
from comfyvn.contracts.check_styles import check_styles
from comfyvn.contracts.check_translations import check_translations
from comfyvn.contracts.check_voices import check_voices
from comfyvn.contracts.colours import CONTRAST, contrast, readable
from comfyvn.contracts.findings import View, unknown, warning
from comfyvn.contracts.model import Contract
from comfyvn.contracts.project import Project, declared
from comfyvn.contracts.rated import rated_above
from comfyvn.contracts.seeds import missing_seeds
from comfyvn.contracts.speakers import Speakers
from comfyvn.errors import Problem

__all__ = ["FILL_IDS", "FILL_SEEDS", "check"]
FILL_SEEDS = "run `comfyvn seeds --fill`"


def check(
    project: Project,
    unread: frozenset[str] = frozenset(),
    models: Mapping[str, str] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    speakers: Speakers | None = None,
    bases: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Every finding about a project, errors and warnings; `Problem.file` is the contract's key (`scenes/pier`).

    `unread`: keys of contracts that exist but could not be read; references to them are taken as good. `models`: the
    registry's logical model names → folders, when there is a registry to hold the styles against. `choices`: input of
    a workflow → what it offers, likewise. `speakers`: speech engine → what it can speak with, as far as it is known.
    `bases`: logical model name → family, of the models that state one.
    """
    view = View(project, unread, models, choices or {}, speakers or {}, bases or {})
    return [
        *_check_novel(view),
        *check_styles(view),
        *check_bases(view),
        *check_cast(view),
        *check_voices(view),
        *check_scenes(view),
        *check_stage(view),
        *check_lines(view),
        *check_translations(view),
        *check_flow(view),
        *_check_assets(view),
        *_check_seeds(view),
        *_check_ratings(view),
    ]


def _check_novel(view: View) -> Iterator[Problem]:
    novel = view.project.novel
    if "novel" in view.unread:
        return
    yield from view.misses("novel", "$.start", "scenes", novel.start)
    scenes = declared(view.project.scenes.values())
    for name in [name for name in novel.variables if name not in scenes]:
        if keyword.iskeyword(name) or name in ("true", "false"):
            yield Problem(
                "novel", f'a variable cannot be called "{name}": conditions use that word', path=f"$.variables.{name}"
            )
    for name in ("ink", "accent"):
        colour, paper = getattr(novel.theme, name), novel.theme.paper
        if contrast(colour, paper) < CONTRAST:
            message = f"letters of this colour are hard to read on {paper}: a contrast of {contrast(colour, paper):.1f}"
            better = f"at least {CONTRAST}, as {readable(colour, paper)} has"
            yield warning("novel", f"$.theme.{name}", message, better, value=f'"{colour}"')
    for number, language in enumerate(novel.languages):
        if language in novel.languages[:number]:
            yield Problem("novel", f'the language "{language}" is named twice', path=f"$.languages[{number}]")
    for language in novel.fonts:
        if language not in novel.languages:
            path = place.show(("fonts", language))
            yield unknown("novel", path, "language", language, novel.languages, "in the novel's languages")


def _check_assets(view: View) -> Iterator[Problem]:
    for asset_id, asset in view.project.assets.items():
        key = f"assets/{asset_id}"
        if not asset.licence:
            yield warning(key, "$.licence", "no licence is stated", 'such as "CC0-1.0", or who allowed its use')
        if asset.loop is not None and asset.loop.end is not None and asset.loop.end <= asset.loop.start:
            yield Problem(key, "the loop ends before it starts", path="$.loop.end", value=str(asset.loop.end))
        yield from _check_film(key, asset)


def _check_film(key: str, asset: Asset) -> Iterator[Problem]:
    if asset.kind == "video" and not asset.file.lower().endswith(".webm"):
        how = "WebM (VP9 with Opus or Vorbis), as `ffmpeg -i film.mp4 -c:v libvpx-vp9 -c:a libopus film.webm` makes it"
        yield Problem(key, "this film would not play in Ren'Py", path="$.file", value=f'"{asset.file}"', allowed=how)
    if asset.captions and asset.kind != "video":
        yield warning(key, "$.captions", f'an asset of the kind "{asset.kind}" shows no captions', '"kind": "video"')
    for number, caption in enumerate(asset.captions):
        if caption.end <= caption.start:
            where = f"$.captions[{number}].end"
            yield Problem(key, "the caption ends before it starts", path=where, value=str(caption.end))


def _check_seeds(view: View) -> Iterator[Problem]:
    folders: Mapping[str, Mapping[str, Contract]] = {
        "characters": view.project.characters,
        "locations": view.project.locations,
        "scenes": view.project.scenes,
    }
    for folder, contracts in folders.items():
        for name, contract in contracts.items():
            for steps in missing_seeds(contract):
                yield Problem(f"{folder}/{name}", "a seed is missing", path=place.show(steps), allowed=FILL_SEEDS)


def _check_ratings(view: View) -> Iterator[Problem]:
    """What is rated above the whole game."""
    if "novel" in view.unread:
        return
    whole = view.project.novel.rating
    for key, path, rating in rated_above(view.project, whole):
        message = f"this is rated {rating}, and the whole game {whole}"
        yield warning(key, path, message, f"`rating: {rating}` in comfyvn.yaml, or `comfyvn build --rating {whole}`")
