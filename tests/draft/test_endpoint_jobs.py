"""The queue: order, what can be deleted, and that history forgets the oldest."""

from __future__ import annotations

from comfyvn.draft.jobs import Ending, Job, Jobs


def job(number: float, name: str) -> Job:
    return Job(number, name, {"1": {}}, {}, ("1",))


def drain(queue: Jobs) -> list[str]:
    names = []
    while queue.remaining():
        taken = queue.take()
        assert taken is not None
        names.append(taken.prompt_id)
        queue.finish(taken, Ending("success", ()))
    return names


def test_lower_numbers_run_first_and_equal_ones_as_they_came() -> None:
    queue = Jobs()
    for number, name in ((3, "c"), (1, "a"), (3, "d"), (-2, "first"), (2.5, "b")):
        queue.put(job(number, name))
    assert drain(queue) == ["first", "a", "b", "c", "d"]


def test_every_change_of_length_is_told_in_order() -> None:
    lengths: list[int] = []
    queue = Jobs(lambda: lengths.append(queue.remaining()))
    queue.put(job(1, "a"))
    queue.put(job(2, "b"))
    taken = queue.take()
    assert taken is not None
    queue.delete("b")
    queue.delete("a")  # it runs
    queue.finish(taken, Ending("success", ()))
    assert lengths == [1, 2, 2, 1, 0]


def test_a_running_prompt_is_neither_deleted_nor_cleared() -> None:
    queue = Jobs()
    queue.put(job(1, "a"))
    queue.put(job(2, "b"))
    queue.take()
    queue.delete("a")
    queue.clear()
    shown = queue.listing()
    assert [entry[1] for entry in shown["queue_running"]] == ["a"]
    assert shown["queue_pending"] == []


def test_of_two_pending_prompts_with_one_id_the_first_goes() -> None:
    queue = Jobs()
    queue.put(job(5, "x"))
    queue.put(job(4, "x"))
    queue.delete("x")
    assert [entry[0] for entry in queue.listing()["queue_pending"]] == [5]


def test_history_replaces_the_entry_of_a_repeated_id_and_forgets_the_oldest() -> None:
    queue = Jobs(limit=2)
    for number, name in enumerate(("a", "b", "a", "c")):
        queue.finish(job(number, name), Ending("success", ()))
    assert list(queue.history()) == ["a", "c"]
    assert queue.history_of("a")["a"]["prompt"][0] == 2
    assert queue.history_of("b") == {}


def test_a_closed_queue_ends_the_worker() -> None:
    queue = Jobs()
    queue.put(job(1, "a"))
    queue.close()
    assert queue.take() is None
