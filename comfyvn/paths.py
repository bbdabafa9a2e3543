"""The name of every file under build/, and of the task that makes it; nothing else in the package spells one.

All names are relative to the novel's folder, with forward slashes.
"""

from __future__ import annotations

from comfyvn.contracts.words import BASE

BUILD = "build"
MANIFESTS = "manifests:"
DRAFTS = f"{BUILD}/drafts"  # drafts of pictures whose finals are in build/: for looking at, never part of an export
RATED = f"{BUILD}/rated"  # what differs in games that are cut to a rating (see targets.edition)
RECORD_SUFFIX = ".render.json"


def record(file: str) -> str:
    """The sidecar of an artifact."""
    return file + RECORD_SUFFIX


def means(word: str, name: str) -> bool:
    """Whether a word means the target of this name: its own name, or that of a group that it is in."""
    return name == word or name.startswith((f"{word}/", f"{word}:"))


def groups(task: str) -> tuple[str, ...]:
    """The groups that a task is in, outermost first: `sprites:a/b/c` → `sprites`, `sprites:a`, `sprites:a/b`."""
    kind, colon, rest = task.partition(":")
    parts = rest.split("/")
    return (kind, *(f"{kind}:{'/'.join(parts[:length])}" for length in range(1, len(parts)))) if colon else ()


def sprite_name(character: str, outfit: str, pose: str, expression: str) -> str:
    return f"sprites:{character}/{outfit}/{pose}/{expression}"


def sprite(character: str, outfit: str, pose: str, expression: str) -> str:
    return f"{BUILD}/sprites/{character}/{outfit}/{pose}/{expression}.png"


def uncut_name(character: str, outfit: str, pose: str, expression: str) -> str:
    """A sprite as it was rendered, before it is cut out of its ground."""
    return f"uncut:{character}/{outfit}/{pose}/{expression}"


def uncut(character: str, outfit: str, pose: str, expression: str) -> str:
    return f"{BUILD}/uncut/{character}/{outfit}/{pose}/{expression}.png"


def atlas_name(character: str) -> str:
    return f"atlases:{character}"


def atlas(character: str) -> str:
    return f"{BUILD}/atlases/{character}/{character}.json"


def atlas_page(character: str, number: int) -> str:
    return f"{BUILD}/atlases/{character}/{character}-{number}.png"


def background_name(location: str, variant: str = BASE) -> str:
    return f"backgrounds:{location}/{variant}"


def background(location: str, variant: str = BASE) -> str:
    return f"{BUILD}/backgrounds/{location}/{variant}.png"


def scene_picture_name(scene: str, shot: str = BASE) -> str:
    """A still of a scene; `base` is the background that only this scene uses."""
    return f"scenes:{scene}/{shot}"


def scene_picture(scene: str, shot: str = BASE) -> str:
    return f"{BUILD}/scenes/{scene}/{shot}.png"


def voice_name(language: str, clip: str) -> str:
    return f"voices:{language}/{clip}"


def voice(language: str, clip: str, kind: str = "wav") -> str:
    """`kind`: wav, ogg or srt."""
    return f"{BUILD}/voices/{language}/{clip}.{kind}"


def manifest_name(export: str) -> str:
    return f"{MANIFESTS}{export}"


def manifest(export: str) -> str:
    return f"{BUILD}/manifests/{export}.json"


def export_name(export: str) -> str:
    return f"export_{export}"


def export(export_: str) -> str:
    """The folder of an export; its record lies beside it."""
    return f"{BUILD}/export/{export_}"


def draft_name(task: str) -> str:
    """The draft that is shown beside a final picture: `drafts:sprites/aya/casual/standing/happy`."""
    return f"drafts:{task.replace(':', '/')}"


def draft(file: str) -> str:
    """Where the draft of a file under build/ lies."""
    return f"{DRAFTS}/{file.removeprefix(f'{BUILD}/')}"


def rated_name(rating: str, task: str) -> str:
    """A task of a game that is cut to a rating: `rated:teen/export_renpy`, `rated:teen/atlases/aya`."""
    return f"rated:{rating}/{task.replace(':', '/')}"


def rated(rating: str, file: str) -> str:
    """Where a file under build/ lies that is another one in such a game."""
    return f"{RATED}/{rating}/{file.removeprefix(f'{BUILD}/')}"


def rating_of(task: str) -> str:
    """The rating of the cut game that a task, or a group of tasks, is of; "" for those of the whole novel."""
    return task.removeprefix("rated:").partition("/")[0] if task.startswith("rated:") else ""


def kind(task: str) -> str:
    """The group of all tasks of its kind: `sprites`; in a game that is cut to a rating `rated:teen/sprites`."""
    return "/".join(task.split("/")[:2]) if rating_of(task) else task.partition(":")[0]


def is_manifest(task: str) -> bool:
    """Whether a task makes the manifest of an export."""
    return task.startswith(MANIFESTS) or (task.startswith("rated:") and task.split("/")[1:2] == ["manifests"])


def is_export(task: str) -> bool:
    """Whether a task makes an export, of the whole novel or of one that is cut to a rating."""
    return task.rpartition("/")[2].startswith("export_") and (":" not in task or task.startswith("rated:"))
