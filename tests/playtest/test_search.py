"""The search for runs, against stories that are played in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from comfyvn.playtest.search import MOST_EXTRA, MOST_TRIES, Choice, Run, Search

Story = dict[str, list[str]]  # a menu → where each of its options leads; what is no menu is an ending


def play(story: Story, run: Run) -> tuple[list[str], list[Choice]]:
    """As the driver plays: the plan, then what was taken least; 40 menus at most."""
    plan, taken, at, labels, choices = list(run.plan), Counter(run.taken), run.start, [], []
    while at in story and len(choices) < 40:
        labels.append(at)
        keys = [f"{at}#{number}" for number in range(len(story[at]))]
        key = plan.pop(0) if plan and plan[0] in keys else min(keys, key=lambda each: taken[each])
        taken[key] += 1
        choices.append(Choice(tuple(keys), key))
        at = story[at][keys.index(key)]
    return [*labels, at], choices


def explored(story: Story, search: Search, player: Callable[[Story, Run], tuple[list[str], list[Choice]]]) -> int:
    for count in range(1000):
        run = search.next()
        if run is None:
            return count
        labels, choices = player(story, run)
        search.played(run, labels, labels, choices)
    raise AssertionError("the search does not end")


def reachable(story: Story) -> set[str]:
    found, todo = set(), ["start"]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo += story.get(at, [])
    return found


NAMES = ["start", "a", "b", "c", "d", "e", "f"]
STORIES = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from([*NAMES, "end"]), min_size=1, max_size=4))


@given(STORIES)
def test_every_choice_that_can_be_come_to_is_taken(story: Story) -> None:
    search = Search([*NAMES, "end"], (), [*NAMES, "end"])
    taken: set[str] = set()

    def player(told: Story, run: Run) -> tuple[list[str], list[Choice]]:
        labels, choices = play(told, run)
        taken.update(choice.taken for choice in choices)
        return labels, choices

    explored(story, search, player)
    there = reachable(story) & set(story)
    forced = {label for label in [*NAMES, "end"] if label not in reachable(story)}
    # What can only be come to after 40 menus is left; no story of seven menus needs so many.
    assert {f"{menu}#{number}" for menu in there for number in range(len(story[menu]))} <= taken
    assert search.untaken == []
    assert set(search.unreached) <= forced
    assert search.is_over()


def test_labels_that_no_run_reaches_are_started_and_told_of() -> None:
    search = Search(["start", "lost", "needs"], ["needs"], [])
    run = search.next()
    assert run == Run(0, "start")
    assert search.next() is None and not search.is_over()  # it may lead on
    search.played(run, ["start"], [], [])
    forced = search.next()
    assert forced == Run(1, "lost", (), True)
    search.played(forced, ["lost"], ["l1"], [])
    assert search.next() is None and search.is_over()
    assert search.unreached == ["lost", "needs"]


def test_combinations_are_tried_for_a_line_that_needs_one() -> None:
    """The line x is said only where both menus were answered with their second option."""
    search = Search(["start"], (), ["x"])
    said = []

    def player(_: Story, run: Run) -> tuple[list[str], list[Choice]]:
        taken, choices = Counter(run.taken), []
        for place, menu in enumerate("ab"):
            keys = (f"{menu}#0", f"{menu}#1")
            choices.append(Choice(keys, run.plan[place] if place < len(run.plan) else min(keys, key=taken.__getitem__)))
        said.append([choice.taken for choice in choices])
        return ["x"] if said[-1] == ["a#1", "b#1"] else ["start"], choices

    for _ in range(MOST_EXTRA):
        run = search.next()
        if run is None:
            break
        lines, choices = player({}, run)
        search.played(run, ["start"], lines, choices)
    assert ["a#1", "b#1"] in said
    assert search.is_over()


def test_a_choice_that_is_never_on_offer_again_is_let_go() -> None:
    search = Search(["start"], (), [])
    runs = 0
    while run := search.next():
        runs += 1
        search.played(run, ["start"], [], [Choice(("m#0", "m#1") if run.number == 0 else ("m#0",), "m#0")])
    assert runs == 1 + MOST_TRIES
    assert search.untaken == ["m#1"]


def test_engines_that_play_at_once_get_different_runs_and_a_crash_ends_its_run_alone() -> None:
    search = Search(["start"], (), [])
    first = search.next()
    assert first is not None
    search.played(first, ["start"], [], [Choice(("m#0", "m#1", "m#2"), "m#0")])
    assert search.waiting() == 2
    runs = [search.next(), search.next()]
    assert [run.plan for run in runs if run] == [("m#1",), ("m#2",)]
    assert search.next() is None and search.waiting() == 0
    for run in runs:
        assert run is not None
        search.played(run, (), (), ())  # neither told of anything: it crashed
    again = search.next()
    assert again is not None and again.plan == ("m#1",)
