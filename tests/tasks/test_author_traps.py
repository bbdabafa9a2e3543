"""The same traps for tasks that authors add to a novel's dodo.py: plain doit task dictionaries, run by our doit.cfg."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.novel import write_small
from bench.runs import Runner
from tests.fakes import forked
from tests.fakes.novel_runs import Run, doit, environment

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


HEAD = '''

import os, time


def log(word):
    fd = os.open("ran", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, (word + "\\n").encode())
    os.close(fd)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def read(path):
    with open(path) as file:
        return file.read()


'''


@dataclass(frozen=True)
class Author:
    """A novel whose author has tasks of their own; only these are run."""

    root: Path

    def tasks(self, text: str) -> None:
        """Replaces the author's tasks by these. A task tells that it ran by `log`."""
        own = (self.root / "dodo.py").read_text("utf-8").partition("\n\nimport os, time\n")[0]
        (self.root / "dodo.py").write_text(own + HEAD + text, "utf-8")

    def put(self, name: str, text: str) -> Path:
        (self.root / name).write_text(text, "utf-8")
        return self.root / name

    def get(self, name: str) -> str:
        return (self.root / name).read_text("utf-8")

    def has(self, name: str) -> bool:
        return (self.root / name).exists()

    def ran(self) -> list[str]:
        """Which tasks ran since this was last asked."""
        found = self.get("ran").split() if self.has("ran") else []
        self.put("ran", "")
        return found

    def run(self, *arguments: str) -> Run:
        return doit(self.root, *arguments)

    def start(self, *arguments: str) -> forked.Process:
        return forked.start("doit", arguments, self.root, environment())

    def wait_for(self, count: int) -> None:
        """Until so many tasks have run."""
        deadline = time.monotonic() + 60
        while not self.has("ran") or len(self.get("ran").split()) < count:
            assert time.monotonic() < deadline
            time.sleep(0.005)


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(write_small(tmp_path / "novel"))


MANY = """
def make(i):
    write("t%d" % i, "x")
    log(str(i))
    time.sleep(0.005)


def task_a():
    for i in range(200):
        yield {"name": str(i), "actions": [(make, [i])], "file_dep": ["src"], "targets": ["t%d" % i]}
"""


@POSIX
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_stopped_run_has_lost_nothing_that_it_finished(author: Author, name: str) -> None:
    author.tasks(MANY)
    author.put("src", "1")
    process = author.start("-n", "1", "a")
    author.wait_for(100)
    process.send_signal(getattr(signal, name))
    process.communicate()
    done = author.ran()
    assert author.run("-n", "1", "a").code == 0
    again = author.ran()
    assert len(set(done) & set(again)) <= 1  # the one that was under way
    assert {*done, *again} == {str(i) for i in range(200)}


TWO = """
def make(k, i):
    write("%s%d" % (k, i), "x")
    log(k)
    time.sleep(0.02)


def gen(k):
    for i in range(50):
        yield {"name": str(i), "actions": [(make, [k, i])], "file_dep": ["src"], "targets": ["%s%d" % (k, i)]}


def task_a():
    yield from gen("a")


def task_b():
    yield from gen("b")
"""


def test_two_at_once_lose_no_record(author: Author) -> None:
    author.tasks(TWO)
    author.put("src", "1")
    runs = [author.start("a"), author.start("b")]
    outputs = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert sorted(author.ran()) == ["a"] * 50 + ["b"] * 50
    assert author.run("a", "b").code == 0
    assert author.ran() == []


def test_a_source_that_is_edited_while_its_task_runs(author: Author) -> None:
    author.tasks("""
def make():
    text = read("src")
    log("x")
    time.sleep(1.0)
    write("out", text)


def task_a():
    return {"actions": [make], "file_dep": ["src"], "targets": ["out"]}
""")
    author.put("src", "old")
    process = author.start("a")
    author.wait_for(1)
    author.put("src", "new!")
    process.communicate()
    assert author.run("a").code == 0
    assert author.get("out") == "new!"


@POSIX
def test_a_target_that_was_half_written(author: Author) -> None:
    author.tasks("""
def make():
    with open("out", "w") as file:
        file.write("half")
        file.flush()
        log("x")
        time.sleep(float(read("delay")))
        file.write(" whole")


def task_a():
    return {"actions": [make], "file_dep": ["src"], "targets": ["out"]}
""")
    author.put("src", "1")
    author.put("delay", "0")
    assert author.run("a").code == 0
    author.ran()
    (author.root / "out").unlink()
    author.put("delay", "30")
    process = author.start("a")
    author.wait_for(1)
    process.kill()
    process.communicate()
    author.put("delay", "0")
    assert author.run("a").code == 0
    assert author.get("out") == "half whole"


def test_a_failing_task_leaves_no_partial_target_and_the_others_go_on(author: Author) -> None:
    author.tasks("""
def make():
    write("out", "partial")
    return False


def task_a():
    return {"actions": [make], "file_dep": ["src"], "targets": ["out"]}


def task_b():
    return {"actions": [(log, ["b"])], "file_dep": ["out"]}


def task_c():
    return {"actions": [(log, ["c"])]}
""")
    author.put("src", "1")
    assert author.run("a", "b", "c").code == 1
    assert author.ran() == ["c"]
    assert not author.has("out")


def simple(text: str, target: str = "out") -> str:
    return f"""
def make(text):
    write("{target}", text)
    log("x")


def task_a():
    return {{"actions": [(make, ["{text}"])], "file_dep": ["src"], "targets": ["{target}"]}}
"""


@pytest.fixture
def made(author: Author) -> Author:
    """A task that has made `out` of `src`."""
    author.tasks(simple("v1"))
    author.put("src", "1")
    assert author.run("a").code == 0
    assert author.ran() == ["x"]
    assert author.run("a").code == 0
    assert author.ran() == []
    return author


def test_an_action_with_other_arguments(made: Author) -> None:
    made.tasks(simple("v2"))
    assert made.run("a").code == 0
    assert made.get("out") == "v2"


@pytest.mark.parametrize("text", ["tampered", "xx", ""])
def test_a_target_that_was_tampered_with(made: Author, text: str) -> None:
    stat = (made.root / "out").stat()
    made.put("out", text)
    os.utime(made.root / "out", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert made.run("a").code == 0
    assert made.get("out") == "v1"


@pytest.mark.parametrize("text", ["2", "of another size"])
def test_a_source_with_new_content_under_its_old_time(made: Author, text: str) -> None:
    stat = (made.root / "src").stat()
    made.put("src", text)
    os.utime(made.root / "src", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert made.run("a").code == 0
    assert made.ran() == ["x"]


def test_a_source_that_was_only_touched(made: Author) -> None:
    os.utime(made.root / "src")
    assert made.run("a").code == 0
    assert made.ran() == []


@pytest.mark.parametrize("how", ["renamed", "removed"])
def test_what_no_task_makes_any_more_is_an_orphan(made: Author, how: str) -> None:
    made.tasks(simple("v1", "out2") if how == "renamed" else "\ndef task_z():\n    return {'actions': None}\n")
    assert made.run("a" if how == "renamed" else "z").code == 0
    assert made.get("out") == "v1"
    removed = made.run("clean", "--orphans")
    assert removed.code == 0, removed.output
    assert not made.has("out")
    assert made.has("out2") is (how == "renamed")


def test_a_deleted_input_that_is_put_back(author: Author) -> None:
    author.tasks("""
def task_a():
    return {"actions": [(log, ["a"])], "file_dep": ["src"]}


def task_b():
    return {"actions": [(log, ["b"])]}
""")
    author.put("src", "1")
    assert author.run("a", "b").code == 0
    author.ran()
    (author.root / "src").unlink()
    run = author.run("a", "b")
    assert run.code != 0
    assert "Traceback" not in run.output
    assert author.ran() == ["b"]
    author.put("src", "1")
    os.utime(author.root / "src", (1, 1))
    assert author.run("a").code == 0
    assert author.ran() == []


def test_an_action_that_does_not_write_its_target(author: Author) -> None:
    author.tasks('\ndef task_a():\n    return {"actions": [(log, ["a"])], "file_dep": ["src"], "targets": ["never"]}\n')
    author.put("src", "1")
    run = author.run("a")
    assert run.code != 0
    assert "never" in run.output


def test_a_lost_worker_ends_its_task_alone(author: Author) -> None:
    """An action that ends its own thread, as `sys.exit` in a script does."""
    author.tasks("""
def make(i):
    log(str(i))
    if i == 2:
        raise SystemExit(3)
    time.sleep(0.1)


def task_a():
    for i in range(6):
        yield {"name": str(i), "actions": [(make, [i])]}
""")
    process = author.start("-n", "2", "a")
    try:
        output = process.communicate(timeout=30)[0]
    finally:
        process.kill()
        process.communicate()
    assert process.returncode not in (0, -9), output
    assert sorted(author.ran()) == [str(i) for i in range(6)]


def test_the_output_of_threads_is_not_mixed(author: Author) -> None:
    author.tasks("""
def make(i):
    for _ in range(20):
        print("I am %d" % i)
        time.sleep(0.002)


def task_a():
    for i in range(10):
        yield {"name": str(i), "actions": [(make, [i])]}
""")
    run = author.run("-n", "4", "a")
    said = [line for line in run.output.splitlines() if "I am" in line]
    assert sorted(said) == sorted(f"I am {i}" for i in range(10) for _ in range(20))


def test_torn_state_costs_no_more_than_running_again(made: Author) -> None:
    files = [path for path in sorted((made.root / ".comfyvn").rglob("*")) if path.is_file() and path.name != "lock"]
    whole = {path: path.read_bytes() for path in files}
    wrong = []
    for path in files:
        spoilt = {"cut short": whole[path][: len(whole[path]) // 2], "garbage": b"\xff\x00{", "empty": b""}
        for what, new in spoilt.items():
            for other, data in whole.items():
                other.write_bytes(data)
            path.write_bytes(new)
            run = made.run("a")
            if run.code != 0 or "Traceback" in run.output or made.get("out") != "v1":
                wrong.append(f"{path.name} {what}: {run.code} {run.output.strip()[-200:]}")
    assert not wrong, "\n".join(wrong)


def test_values_of_a_task_that_was_forgotten(author: Author) -> None:
    author.tasks("""
def a():
    log("a")
    return {"v": 1}


def b(v):
    log("b%d" % v)


def task_a():
    return {"actions": [a], "file_dep": ["src"]}


def task_b():
    return {"actions": [b], "getargs": {"v": ("a", "v")}, "file_dep": ["src"]}
""")
    author.put("src", "1")
    assert author.run("a", "b").code == 0
    assert author.ran() == ["a", "b1"]
    assert author.run("a", "b").code == 0
    assert author.ran() == []
    assert author.run("forget", "a").code == 0
    assert author.run("b").code == 0
    assert author.ran()[0] == "a"


@POSIX
def test_a_killed_run_can_always_be_followed_by_another(author: Author, own_cache: Path) -> None:
    """Whatever moment it was: no lock is left behind, and no state that the next run stumbles over."""
    author.tasks(MANY)
    author.put("src", "1")
    for number in range(3):
        Runner(author.root, own_cache).killed("doit", signal.SIGKILL, random.Random(number), "a")
        author.put("src", str(number + 2))
    assert author.run("a").code == 0
    assert all(author.has(f"t{i}") for i in range(200))
