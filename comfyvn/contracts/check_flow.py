"""Checks the way through the story: what nothing leads to, what leads nowhere, and circles without an end."""

from __future__ import annotations

from collections.abc import Iterator

from comfyvn.contracts import scene as script
from comfyvn.contracts.findings import View, warning
from comfyvn.contracts.flow import FINISH, Point, Successors, circle, reachable, reversed_graph
from comfyvn.contracts.scene import Scene, Statement
from comfyvn.errors import Problem


def check_flow(view: View) -> Iterator[Problem]:
    """Findings about the story's graph; none about reachability while some scene, or the novel, could not be read."""
    project = view.project
    blind = any(key == "novel" or key.startswith("scenes/") for key in view.unread)
    if blind or project.novel.start not in project.scenes:
        return
    graph = view.graph
    reached = reachable(graph, [(project.novel.start, "$")])
    for scene in project.scenes.values():
        if any(point in reached for point in graph if point[0] == scene.id):
            yield from _unreached(scene, scene.script, "$.script", reached)
        else:
            yield warning(f"scenes/{scene.id}", "$", "nothing leads to this scene")
        if (scene.id, "") in reached:
            path = f"$.script[{len(scene.script) - 1}]" if scene.script else "$.script"
            message = "the script ends here and leads nowhere"
            yield warning(f"scenes/{scene.id}", path, message, '"next", or a jump or an end as the last statement')
    yield from _circles(graph, reached)


def _unreached(scene: Scene, statements: tuple[Statement, ...], path: str, reached: set[Point]) -> Iterator[Problem]:
    """A warning at the first of each run of statements that nothing leads to."""
    before = True
    for index, statement in enumerate(statements):
        here = f"{path}[{index}]"
        now = (scene.id, here) in reached
        if before and not now:
            label = isinstance(statement, script.Label)
            message = "nothing jumps to this label" if label else "this is never reached: the story has gone elsewhere"
            yield warning(f"scenes/{scene.id}", here, message)
        if now and isinstance(statement, script.If):
            yield from _unreached(scene, statement.then, f"{here}.then", reached)
            yield from _unreached(scene, statement.otherwise, f"{here}.else", reached)
        elif now and isinstance(statement, script.Menu):
            for number, choice in enumerate(statement.menu):
                yield from _unreached(scene, choice.script, f"{here}.menu[{number}].script", reached)
        before = now


def _circles(graph: Successors, reached: set[Point]) -> Iterator[Problem]:
    """One error for each circle that the story can come into and never leave."""
    back = reversed_graph(graph)
    loose = [point for point in reached if point[1] == "" and point != FINISH]
    trapped = reached - reachable(back, [FINISH, *loose])
    while trapped:
        round_ = circle(graph, min(trapped), trapped)
        yield _circle_error(round_)
        trapped -= reachable(back, round_)


def _circle_error(round_: list[Point]) -> Problem:
    scenes = list(dict.fromkeys(scene for scene, _ in round_))
    start = min(range(len(round_)), key=lambda index: round_[index])
    scene, path = round_[start]
    way = " → ".join([*scenes, scenes[0]]) if len(scenes) > 1 else f"within {scene}"
    message = f"no ending can be reached from here: the story goes round for ever ({way})"
    return Problem(
        f"scenes/{scene}", message, path="$.script" if path == "$" else path, allowed="a way out to an `end`"
    )
