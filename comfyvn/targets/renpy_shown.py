"""What the Ren'Py game shows again: pictures of the gallery, scenes to replay, films; in the order of the story."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial

from comfyvn.contracts.project import Project
from comfyvn.contracts.scene import Jump, Menu, Movie, split_goal, walk
from comfyvn.targets.memo import Memo
from comfyvn.targets.renpy_extras import extras_text
from comfyvn.targets.renpy_script import asset_place, film_image, scene_label, still_image
from comfyvn.targets.renpy_text import python


def shown_again(project: Project, memo: Memo) -> str:
    """`extras.rpy` with the novel's tables."""
    order = story_order(project.novel.start, {key: _goals(project, key, memo) for key in sorted(project.scenes)})
    pictures = [entry for key in order for entry in memo(f"renpy/gallery/{key}", partial(_pictures, project, key))]
    scenes = [entry for key in order for entry in memo(f"renpy/replay/{key}", partial(_replay, project, key))]
    return extras_text(pictures, scenes, films=bool(films(project, memo)))


def films(project: Project, memo: Memo) -> list[str]:
    """Ids of the assets that some scene shows as a film."""
    found = (memo(f"renpy/films/{key}", partial(_films, project, key)) for key in sorted(project.scenes))
    return sorted({film for scene in found for film in scene})


def film_images(project: Project, memo: Memo) -> list[str]:
    """One image a film; its file is an asset of the export."""
    return [
        f"image {film_image(key)} = cvn.film({python(memo(f'renpy/film/{key}', partial(_place, project, key)))})"
        for key in films(project, memo)
    ]


def story_order(start: str, goals: Mapping[str, Sequence[str]]) -> list[str]:
    """Scenes in the order in which a reader meets them; those that nothing leads to come last, by id."""
    order: list[str] = []
    waiting = deque([start])
    while waiting:
        scene = waiting.popleft()
        if scene in goals and scene not in order:
            order.append(scene)
            waiting.extend(goals[scene])
    return [*order, *(key for key in goals if key not in order)]


def _goals(project: Project, key: str, memo: Memo) -> list[str]:
    def make() -> list[str]:
        scene = project.scenes[key]
        named = [scene.next]
        for _, statement in walk(scene.script):
            if isinstance(statement, Jump):
                named.append(statement.jump)
            elif isinstance(statement, Menu):
                named += [choice.jump for choice in statement.menu]
        return list(dict.fromkeys(split_goal(goal, key)[0] for goal in [*named[1:], named[0]] if goal is not None))

    found: list[str] = memo(f"renpy/goals/{key}", make)
    return found


def _pictures(project: Project, key: str) -> list[list[str]]:
    return [[still_image(key, shot.id), shot.title] for shot in project.scenes[key].shots if shot.gallery]


def _replay(project: Project, key: str) -> list[list[str]]:
    scene = project.scenes[key]
    return [[scene_label(key), scene.title or key]] if scene.replay else []


def _films(project: Project, key: str) -> list[str]:
    script = project.scenes[key].script
    return sorted({statement.movie for _, statement in walk(script) if isinstance(statement, Movie)})


def _place(project: Project, key: str) -> str:
    return asset_place(project.assets[key])
