"""What keeps a novel from being released: everything at once, each with the command that comes next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comfyvn import paths, reading
from comfyvn.bridge.tts import FALLBACK
from comfyvn.contracts.project import Project
from comfyvn.contracts.rated import rated_above
from comfyvn.contracts.scene import lines
from comfyvn.contracts.work_list import Entry
from comfyvn.engine.judge import RENDERED
from comfyvn.engine.opening import OpenNovel
from comfyvn.engine.shipped import Shipped
from comfyvn.engine.standings import standings as standings_of
from comfyvn.engine.survey import Some, Standing
from comfyvn.engine.unpinned import unpinned
from comfyvn.errors import Problem
from comfyvn.providers import REGISTRY_FILE
from comfyvn.store import records
from comfyvn.targets.credits import commercial, speech, works
from comfyvn.targets.licences import unsold
from comfyvn.targets.translations import unfinished

SHOWN = 3  # names that a line lists
# https://itch.io/docs/creators/html5: what itch.io takes as a game that is played in the browser
ITCH_FILES, ITCH_NAME, ITCH_FILE, ITCH_ALL = 1000, 240, 200 * 10**6, 500 * 10**6


@dataclass(frozen=True)
class Obstacle:
    """`check`: which rule; `what` is wrong, `where` (target, file:line), `todo`: the next command, or what to write."""

    check: str
    what: str
    where: str
    todo: str
    names: tuple[str, ...] = ()


def obstacles(novel: OpenNovel, parts: Shipped, target: str, again: str) -> list[Obstacle]:
    """`target`: steam, itch or folder; `again`: the command that builds these exports."""
    if not parts.exports:
        todo = f"`exports: [renpy]` there, then: {again}"
        return [Obstacle("export", "there is nothing to release", "comfyvn.yaml", todo)]
    standings = standings_of(novel)
    return [
        *_parts_of_a_game(novel, parts),
        *_unbuilt(parts, standings, again),
        *_drafts(novel, parts, standings, again),
        *_stand_ins(novel, parts),
        *_unapproved(novel, parts, standings),
        *_licences(novel, parts),
        *_unpinned(novel, parts),
        *untranslated(novel.root, novel.project),
        *_rated(novel),
        *(_itch(novel.root, parts, novel) if target == "itch" else ()),
    ]


def told(names: Sequence[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _unbuilt(parts: Shipped, standings: Mapping[str, Standing], again: str) -> Iterator[Obstacle]:
    """Everything that is not as the contracts say, by what it is and what to do about it."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name in parts.whole:
        standing = standings[name]
        check, what, todo = _wrong(name, standing, again)
        if check:
            found[check, what, todo].append(name)
    for (check, what, todo), names in found.items():
        first = names[0]
        yield Obstacle(check, what, told(names), todo.replace("TARGET", first), tuple(names))


def _wrong(name: str, standing: Standing, again: str) -> tuple[str, str, str]:
    if standing.held:
        return "stale", "it is stale, and `rebuild` in comfyvn.yaml keeps it", f"{again} TARGET"
    match standing.condition:
        case "missing" | "waiting":
            return "stale", "it is not built", again
        case "stale":
            return "stale", "it is stale", again
        case "kept":
            return "stale", "its contract moved, and only drafts are asked for", "comfyvn why TARGET"
        case "both" | "frozen-stale":
            return "stale", "it is kept, and its recipe has moved since", "comfyvn why TARGET"
        case "edited":
            return "unapproved", "it was changed by hand on this computer alone", "comfyvn adopt TARGET"
    return "", "", ""


def _drafts(
    novel: OpenNovel, parts: Shipped, standings: Mapping[str, Standing], again: str
) -> Iterator[Obstacle]:
    names = [name for name in parts.seen if standings[name].quality == "draft" or _is_draft_clip(novel, name)]
    if names:
        todo = f"`engines: {{image: comfyui}}` in comfyvn.yaml, then: {again}"
        if novel.project.novel.engines.image == "comfyui":
            todo = again
        yield Obstacle("draft", _counted(names, "is a draft", "are drafts"), told(names), todo, tuple(names))


def _is_draft_clip(novel: OpenNovel, name: str) -> bool:
    if novel.rows[name].kind != "speak":
        return False
    record = records.read(novel.root, novel.rows[name].artifact)
    return record is not None and record.quality == "draft"


def _stand_ins(novel: OpenNovel, parts: Shipped) -> Iterator[Obstacle]:
    names = []
    for name in parts.seen:
        if novel.rows[name].kind == "speak":
            record = records.read(novel.root, novel.rows[name].artifact)
            if record is not None and FALLBACK in record.notes:
                names.append(name)
    if names:
        what = _counted(names, "was spoken", "were spoken") + " by a stand-in for the wanted voice"
        yield Obstacle("draft", what, told(names), "comfyvn build --upgrade", tuple(names))


def _unapproved(novel: OpenNovel, parts: Shipped, standings: Mapping[str, Standing]) -> Iterator[Obstacle]:
    """Pictures that were rendered and that nobody has said yes to."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name in parts.seen:
        standing = standings[name]
        if novel.rows[name].kind in RENDERED and standing.take != "approved" and standing.condition != "approved":
            by_kind[paths.kind(name)].append(name)
    for kind, names in by_kind.items():
        whole = all(name in names for name in novel.rows if paths.means(kind, name) and name in parts.seen)
        todo = f"comfyvn approve {kind if whole else ' '.join(names[:SHOWN])}"
        what = _counted(names, "is not approved", "are not approved")
        yield Obstacle("unapproved", what, told(names), todo, tuple(names))


def _counted(names: Sequence[str], one: str, many: str) -> str:
    return f"{len(names)} {one if len(names) == 1 else many}"


# --- licences, pins


def _licences(novel: OpenNovel, parts: Shipped) -> Iterator[Obstacle]:
    targets = Some(novel.targets, parts.whole)
    leave = f'another model; or "commercial": "yes" in {REGISTRY_FILE} if you have leave'
    for problem in reading.located_in(novel.root, novel.project, unsold(targets, novel.tools.registry)):
        yield _obstacle("licence", problem, leave)
    yield from _works(novel)
    licences = novel.project.novel.licences
    found = [records.read(novel.root, novel.rows[name].artifact) for name in parts.seen if name.startswith("voices:")]
    for engine in sorted({record.engine for record in found if record is not None and record.wanted}):
        voice = speech(engine, licences)
        if engine.partition("@")[0] != "comfyvn" and voice.commercial != "yes":
            may = "may not be sold" if voice.commercial == "no" else "has a licence that is not known"
            what = f"what {voice.name} says {may}" + (f" ({voice.licence})" if voice.licence else "")
            name = engine.partition("@")[0]
            yield Obstacle("licence", what, "comfyvn.yaml", f'another voice, or `licences: {{{name}: "…"}}`', (engine,))


def _works(novel: OpenNovel) -> Iterator[Obstacle]:
    problems = []
    for work in works(novel.project):
        may = commercial(work.licence)
        if may != "yes":
            what = "may not be sold" if may == "no" else "no licence is stated"
            problems.append(Problem(work.key, f"{work.file}: {what}", path=work.path, value=work.licence))
    for problem in reading.located_in(novel.root, novel.project, problems):
        file = problem.message.rpartition(": ")[0]
        is_asset = problem.file.startswith("data/assets/")
        todo = '"licence": "…" there' if is_asset else f'`licences: {{"{file}": "…"}}` in comfyvn.yaml'
        yield _obstacle("licence", problem, todo)


def _unpinned(novel: OpenNovel, parts: Shipped) -> Iterator[Obstacle]:
    found = list(unpinned(Some(novel.targets, parts.whole), novel.tools.lock))
    if found:
        first = found[0]
        more = f", and {len(found) - 1} more packs or models are not" if len(found) > 1 else ""
        todo = "comfyvn lock --comfyui PATH --accept"
        yield Obstacle("unpinned", first.message + more, first.where(), todo, tuple(str(one.path) for one in found))


# --- exports, translations, ratings, stores


def _parts_of_a_game(novel: OpenNovel, parts: Shipped) -> Iterator[Obstacle]:
    into = novel.project.novel.export.renpy.into
    if into is not None and "renpy" in parts.exports:
        what = f"the Ren'Py export goes into {into}, and is no game by itself"
        todo = "release that game by Ren'Py's launcher; here, take `renpy` out of `exports` or `into` out of `export`"
        yield Obstacle("export", what, "comfyvn.yaml $.export.renpy.into", todo)


def untranslated(root: Path, project: Project) -> Iterator[Obstacle]:
    """Of each further language, what is missing or stale; the first of it is pointed at."""
    by_language: dict[str, list[Entry]] = defaultdict(list)
    for entry in unfinished(project):
        by_language[entry.language].append(entry)
    homes = {line.id: line.path for scene in project.scenes.values() for line in lines(scene)}
    for language, lacking in by_language.items():
        counts = Counter(entry.state for entry in lacking)
        what = f"{language}: " + ", ".join(f"{count} translations {state}" for state, count in counts.items())
        told = next((entry for entry in lacking if entry.id), None)
        where = f"data/tl/{language}.json"
        if told is not None:
            problem = Problem(f"scenes/{told.scene}", "", path=homes[told.id])
            where = next(reading.located_in(root, project, [problem])).where()
        todo = f"comfyvn translate status {language}, or take {language} out of `languages`"
        yield Obstacle("translation", what, where, todo, tuple(entry.id or entry.source for entry in lacking))


def _rated(novel: OpenNovel) -> Iterator[Obstacle]:
    whole = novel.project.novel.rating
    problems = [Problem(key, f"this is rated {rating}, and the game {whole}", path=path)
                for key, path, rating in rated_above(novel.project, whole)]  # fmt: skip
    for problem in reading.located_in(novel.root, novel.project, problems):
        yield _obstacle("rating", problem, f"a higher `rating` in comfyvn.yaml, or: comfyvn release --rating {whole}")


def _itch(root: Path, parts: Shipped, novel: OpenNovel) -> Iterator[Obstacle]:
    """What itch.io does not take as a game in the browser."""
    if "web" not in parts.exports:
        return
    artifact = novel.targets[parts.exports["web"]].artifact
    record = records.read(root, artifact)
    files = {name.partition("/")[2]: facts.size for name, facts in record.files.items()} if record else {}
    yield from itch_limits(files, artifact)


def itch_limits(files: Mapping[str, int], where: str) -> Iterator[Obstacle]:
    """`files`: name → size, of a web export."""
    if len(files) > ITCH_FILES:
        what = f"{len(files):,} files; itch.io takes {ITCH_FILES:,} for a game in the browser"
        yield Obstacle("itch", what, where, "fewer scenes or clips in this release, or offer it as a download")
    long = sorted(name for name in files if len(name) > ITCH_NAME)
    if long:
        what = f"names longer than itch.io's {ITCH_NAME} characters"
        yield Obstacle("itch", what, told(long), "shorter ids of scenes, characters or lines", tuple(long))
    large = sorted(name for name, size in files.items() if size > ITCH_FILE)
    if large:
        yield Obstacle("itch", "files larger than itch.io's 200 MB", told(large), "a smaller picture or recording")
    if sum(files.values()) > ITCH_ALL:
        what = f"{sum(files.values()) / 10**6:,.0f} MB; itch.io takes 500 MB for a game in the browser"
        yield Obstacle("itch", what, where, "offer it as a download")


def _obstacle(check: str, problem: Problem, todo: str) -> Obstacle:
    return Obstacle(check, problem.message, problem.where(), todo, (problem.file,))
