"""Which statement follows which: the story as a graph, conditions left open.

A point is (scene, JSON path of a statement). `(scene, "$")` is where a scene begins, `(scene, "")` the end of a script
that leads nowhere, and FINISH an ending (or a place that is not known).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping

from comfyvn.contracts import scene as script
from comfyvn.contracts.scene import Scene, Statement, split_goal

Point = tuple[str, str]
FINISH: Point = ("", "")
Successors = Mapping[Point, tuple[Point, ...]]


def story_graph(scenes: Mapping[str, Scene]) -> Successors:
    """Every point of the story with those that may come next."""
    graph: dict[Point, tuple[Point, ...]] = {}
    targets = {(name, ""): (name, "$") for name in scenes} | {
        (name, statement.label): (name, path)
        for name, scene in scenes.items()
        for path, statement in script.walk(scene.script)
        if isinstance(statement, script.Label)
    }
    for scene in scenes.values():
        build = _Builder(graph, targets, scene)
        after = build.goal(scene.next) if scene.next is not None else (scene.id, "")
        graph[(scene.id, "$")] = (build.entry(scene.script, "$.script", after),)
    return graph


class _Builder:
    """Fills `graph` with one scene's statements."""

    def __init__(self, graph: dict[Point, tuple[Point, ...]], targets: Mapping[Point, Point], scene: Scene) -> None:
        self.graph, self.targets, self.scene = graph, targets, scene

    def goal(self, goal: str) -> Point:
        target, label = split_goal(goal, self.scene.id)
        return self.targets.get((target, label or ""), FINISH)

    def entry(self, statements: tuple[Statement, ...], path: str, after: Point) -> Point:
        """Where a list of statements begins, when `after` follows its end."""
        for index in reversed(range(len(statements))):
            here = (self.scene.id, f"{path}[{index}]")
            self.graph[here] = self._successors(statements[index], here[1], after)
            after = here
        return after

    def _successors(self, statement: Statement, path: str, after: Point) -> tuple[Point, ...]:
        match statement:
            case script.End():
                return (FINISH,)
            case script.Jump():
                return (self.goal(statement.jump),)
            case script.If():
                then = self.entry(statement.then, f"{path}.then", after)
                return (then, self.entry(statement.otherwise, f"{path}.else", after))
            case script.Menu():
                return tuple(
                    self.entry(
                        choice.script, f"{path}.menu[{number}].script", self.goal(choice.jump) if choice.jump else after
                    )
                    for number, choice in enumerate(statement.menu)
                )
        return (after,)


def reachable(graph: Successors, starts: Iterable[Point]) -> set[Point]:
    """Every point that some way from `starts` comes to, these included."""
    found = set(starts)
    waiting = deque(found)
    while waiting:
        for point in graph.get(waiting.popleft(), ()):
            if point not in found:
                found.add(point)
                waiting.append(point)
    return found


def reversed_graph(graph: Successors) -> Successors:
    """The same points with arrows turned round."""
    back: dict[Point, list[Point]] = {}
    for point, following in graph.items():
        for other in following:
            back.setdefault(other, []).append(point)
    return {point: tuple(before) for point, before in back.items()}


def circle(graph: Successors, start: Point, within: Collection[Point]) -> list[Point]:
    """A circle that going on from `start` ends in; every point in `within` has a successor there."""
    seen: dict[Point, int] = {}
    way: list[Point] = []
    point = start
    while point not in seen:
        seen[point] = len(way)
        way.append(point)
        point = next(following for following in graph[point] if following in within)
    return way[seen[point] :]
