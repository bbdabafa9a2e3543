"""Reads a whole novel: every contract into one value, and every problem of every file into one report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from comfyvn.contracts import mistakes
from comfyvn.contracts.check import FILL_IDS, FILL_SEEDS, check
from comfyvn.contracts.kinds import FOLDERS, PARTS, TRANSLATIONS, folder_of, part_of
from comfyvn.contracts.model import Contract, check_id, check_language
from comfyvn.contracts.novel import Novel
from comfyvn.contracts.project import Project, declared, with_variables
from comfyvn.contracts.voice import Clip, VoiceContract
from comfyvn.contracts.words import NOVEL_FILE
from comfyvn.errors import ContractError, Problem
from comfyvn.reading import files, pairs, servers, toolbox
from comfyvn.reading.media import check_media
from comfyvn.reading.source import Source, Unread, escaped
from comfyvn.reading.speakers import speakers

MAIN = "character.json"  # the file in a character's folder


@dataclass(frozen=True)
class Reading:
    """`project` is None when a file could not be read; `problems` are errors and warnings, by file and line."""

    project: Project | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity != "error")


@dataclass
class Pile:
    """What has been read so far: sources and contracts by key (`scenes/pier`), and what is wrong."""

    sources: dict[str, Source] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read_project(root: Path) -> Project:
    """The novel in folder `root`. Raises ContractError with every error; warnings do not stop."""
    reading = read(root)
    if reading.project is None or reading.errors:
        raise ContractError(reading.errors, cures(reading.errors))
    return reading.project


def read(root: Path) -> Reading:
    """The novel in folder `root` with everything that is wrong in it. Bad content never raises."""
    pile = read_files(root)
    seen = _seen(pile)
    known = toolbox.model_folders(root), toolbox.choices(root), speakers(), toolbox.model_bases(root)
    for item in check(seen, frozenset(pile.unread), *known):
        source = pile.sources.get(item.file)
        pile.problems.append(source.locate(item) if source else item)
    pile.problems.extend(check_media(root, seen, pile.sources))
    pile.problems.extend(toolbox.toolbox_problems(root))
    pile.problems.extend(servers.servers_problems(root))
    return Reading(None if pile.unread else seen, in_order(pile.problems))


def located_in(root: Path, project: Project, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Problems whose `file` is a contract's key, with its file and line in place of that."""
    for problem in problems:
        source = pairs.load(root, problem.file, project.files.get(problem.file, problem.file))
        yield source.locate(problem) if isinstance(source, Source) else problem


def cures(errors: tuple[Problem, ...]) -> str:
    """The next step when one command cures every error; "" otherwise."""
    found = {problem.allowed for problem in errors}
    return " and ".join(sorted(found)) if found <= {FILL_IDS, FILL_SEEDS} else ""


def in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """Without repetitions, by file and line; on one line each, whatever stands in the files."""
    told = dict.fromkeys(escaped(problem) for problem in problems)
    return tuple(sorted(told, key=lambda item: (item.file, item.line, item.path, item.message)))


def read_files(root: Path) -> Pile:
    """Every contract file of the novel, each by itself."""
    pile = Pile()
    if (root / NOVEL_FILE).exists():
        _take(pile, root, "novel", NOVEL_FILE, Novel)
    else:
        hint = "a novel's folder; `comfyvn init DIR` makes one"
        pile.problems.append(Problem(NOVEL_FILE, "the file is not there", allowed=hint))
        pile.unread.add("novel")
    pile.problems.extend(_strangers(root))
    for folder, model in FOLDERS.items():
        for key, file, known in _contract_files(pile, root, folder):
            _take(pile, root, key, file, model, known)
    for key, file in _translation_files(pile, root):
        _take(pile, root, key, file, model_of(key))
    return pile


def _strangers(root: Path) -> Iterator[Problem]:
    """Warnings about JSON files under data/ that nothing reads."""
    known = (*FOLDERS, TRANSLATIONS)
    for name in files.names(root / "data"):
        inner = [inner for inner in files.names(root / "data" / name) if inner.endswith(".json")]
        if name not in known and (inner or name.endswith(".json")):
            listed = ", ".join(f"data/{folder}" for folder in known)
            near = mistakes.nearest(name, known)
            yield Problem(
                f"data/{name}",
                "nothing reads this",
                allowed=listed,
                suggestion=near and f"data/{near}",
                severity="warning",
            )


def _contract_files(pile: Pile, root: Path, folder: str) -> Iterator[tuple[str, str, Collection[str]]]:
    """(key, file, keys of script files) of the contracts in a folder under data/; names that cannot be ids are
    reported.
    """
    found: dict[str, str] = {}
    scripts: set[str] = set()
    for name in files.names(root / "data" / folder):
        file = f"data/{folder}/{name}"
        if folder == "characters" and (root / file).is_dir():
            key, file = name, f"{file}/{MAIN}"
            if not (root / file).exists():
                message = f"this character's folder has no {MAIN}"
                pile.problems.append(Problem(f"data/{folder}/{name}", message, severity="warning"))
                continue
        elif name.endswith(".json"):
            key = name.removesuffix(".json")
        elif folder == pairs.FOLDER and pairs.is_script(name):
            scripts.add(f"{folder}/{name}")
            continue
        else:
            continue
        if not _fits(pile, key, file):
            continue
        if key in found:
            _check_mirror(pile, root, file if found[key].endswith(MAIN) else found[key])
            continue
        found[key] = file
    pile.problems.extend(_lonely(key) for key in sorted(scripts) if pairs.contract_key(key).split("/")[1] not in found)
    for key, file in found.items():
        yield f"{folder}/{key}", file, scripts


def _lonely(key: str) -> Problem:
    main = f"data/{pairs.contract_key(key)}.json"
    return Problem(f"data/{key}", f"a script without its scene: {main} is not there", allowed=(
        f'{main} with the scene\'s "id", "background" and the rest, without "script"'))


def _translation_files(pile: Pile, root: Path) -> Iterator[tuple[str, str]]:
    """(key, file) of the translations: of each language the novel's own, then those of its scenes."""
    folder = f"data/{TRANSLATIONS}"
    for name in files.names(root / folder):
        is_folder = (root / folder / name).is_dir()
        language = name if is_folder else name.removesuffix(".json")
        if not (is_folder or name.endswith(".json")) or not _fits(pile, language, f"{folder}/{name}", check_language):
            continue
        if not is_folder:
            yield f"{TRANSLATIONS}/{language}", f"{folder}/{name}"
            continue
        for scene in [each for each in files.names(root / folder / name) if each.endswith(".json")]:
            file = f"{folder}/{name}/{scene}"
            if _fits(pile, scene.removesuffix(".json"), file):
                yield f"{TRANSLATIONS}/{language}/{scene.removesuffix('.json')}", file


def _fits(pile: Pile, name: str, file: str, fit: Callable[[str], str] = check_id) -> bool:
    try:
        fit(name)
    except ValueError as error:
        what = "language" if fit is check_language else "id"
        pile.problems.append(Problem(file, f"the file's name is no {what}: {error}", value=f'"{name}"'))
        return False
    return True


def _check_mirror(pile: Pile, root: Path, flat: str) -> None:
    """A character may lie in a flat file too, as long as it says the same."""
    main = flat.removesuffix(".json") + "/" + MAIN
    copy, original = files.load(root, flat), files.load(root, main)
    if isinstance(copy, Unread):
        pile.problems.extend(copy.problems)
    elif isinstance(original, Source) and _said(copy.value) != _said(original.value):
        message = f"this flat copy and {main} say different things"
        pile.problems.append(
            Problem(flat, message, allowed="the same values: run `comfyvn mirror`, or remove one file")
        )


def _said(value: Any) -> Any:
    """A contract's value without the schema's address, which depends on the folder."""
    return {key: member for key, member in value.items() if key != "$schema"} if isinstance(value, dict) else value


def _take(
    pile: Pile, root: Path, key: str, file: str, model: type[Contract], known: Collection[str] = ()
) -> None:
    """Reads one contract into the pile, or notes why it cannot be."""
    source = pairs.load(root, key, file, known)
    if isinstance(source, Source):
        pile.sources[key] = source
    contract = _contract(source, key, model)
    if isinstance(contract, Contract):
        pile.contracts[key] = contract
    else:
        pile.problems.extend(contract)
        pile.unread.add(key)


def parse_contract(key: str, file: str, data: bytes, text: bytes | None = None) -> Contract | list[Problem]:
    """One contract by itself, or what is wrong with it; nothing is held against other contracts. `text`: what the
    scene's script file holds.
    """
    return _contract(pairs.parse(file, data, text), key, model_of(key))


def model_of(key: str) -> type[Contract]:
    """The model of the contracts of this kind: `characters/aya` → Character."""
    return Novel if key == "novel" else PARTS[part_of(key)[0]]


def _contract(source: Source | Unread, key: str, model: type[Contract]) -> Contract | list[Problem]:
    if isinstance(source, Unread):
        return list(source.problems)
    try:
        contract = model.model_validate(source.value, by_alias=True, by_name=False)
    except ValidationError as error:
        found = mistakes.problems(error, model, source.value)
        return [source.locate(_with_script(item, source.file)) for item in found]
    name = key.rpartition("/")[2]
    own = getattr(contract, "id", name)
    if key != "novel" and own != name:
        message = f'the id does not fit the file\'s name, which says "{name}"'
        return [source.locate(Problem("", message, path="$.id", value=f'"{own}"', suggestion=name))]
    return contract


def _with_script(item: Problem, file: str) -> Problem:
    """A scene without a script may have one in the other language too."""
    if item.path != "$.script" or item.value:
        return item
    return replace(item, allowed=f"{item.allowed}; or a script in {pairs.script_file(file)}")


def _seen(pile: Pile) -> Project:
    """What could be read, as one project; a stand-in takes the place of a novel file that could not be."""
    stand_in = Novel(id="novel", title="", start="start", style="style")
    return build_project(
        {"novel": stand_in, **pile.contracts}, {key: source.file for key, source in pile.sources.items()}
    )


def build_project(contracts: Mapping[str, Contract], places: Mapping[str, str]) -> Project:
    """A project of contracts by key; `places` maps keys to files."""
    novel = contracts["novel"]
    assert isinstance(novel, Novel)
    parts: dict[str, Any] = {
        part: {
            part_of(key)[1]: item
            for key, item in contracts.items()
            if key.startswith(folder_of(part) + "/") and part_of(key)[0] == part
        }
        for part in PARTS
    }
    novel = with_variables(novel, declared(parts["scenes"].values()))
    return Project(novel=novel, files=dict(places), clips=_clips(novel, parts["voices"]), **parts)


def _clips(novel: Novel, voices: Mapping[str, VoiceContract]) -> dict[tuple[str, str], Clip]:
    clips: dict[tuple[str, str], Clip] = {}
    for contract in voices.values():
        for clip in contract.clips:
            clips.setdefault((clip.id, clip.language or novel.languages[0]), clip)
    return clips
