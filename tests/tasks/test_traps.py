"""What build tools lose when things go wrong, tried on a novel's own targets (authors' tasks: test_author_traps.py)."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from bench.novel import write_small
from bench.runs import Runner, repeated
from comfyvn.draft.process import DraftServer
from tests.fakes import forked
from tests.fakes.comfy import FakeComfy, Prompt, running
from tests.fakes.novel_runs import comfyvn, copied, doit, environment, made_once, tree

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
C0 = "data/characters/c0/character.json"
HAPPY, SAD = "sprites:c0/day/standing/happy", "sprites:c0/day/standing/sad"
HAPPY_PNG = "build/sprites/c0/day/standing/happy.png"
EXPORTS = {"manifests:renpy", "export_renpy"}
LINE = re.compile(r"\[(\d+)/(\d+)\] (\S+)(?:  (.*))?")


@pytest.fixture(scope="module")
def built_small(kept_by_all: Path) -> tuple[Path, Path]:
    """(a built novel of 28 targets, the cache that it filled); nobody changes them."""

    def make(folder: Path) -> None:
        run = doit(write_small(folder / "novel"), COMFYVN_CACHE=str(folder / "cache"))
        assert run.code == 0, run.output

    made = made_once(kept_by_all / "traps", make)
    return made / "novel", made / "cache"


@pytest.fixture
def novel(built_small: tuple[Path, Path], tmp_path: Path, own_cache: Path) -> Path:
    return copied(built_small, tmp_path / "novel", own_cache)


@pytest.fixture
def unbuilt(novel: Path, own_cache: Path) -> tuple[Path, dict[str, bytes]]:
    """(the novel with nothing built and nothing in the cache, the tree that it must come to)."""
    expected = tree(novel / "build")
    for folder in (novel / "build", novel / ".comfyvn", own_cache):
        shutil.rmtree(folder)
    return novel, expected


@pytest.fixture
def slow_server(novel: Path) -> Iterator[DraftServer]:
    """A server that takes a second for every picture, as the novel's own."""
    with DraftServer(step_delay=0.05) as server:
        _name_server(novel, server.url, "draft")
        yield server


def _name_server(novel: Path, url: str, kind: str) -> None:
    (novel / "providers").mkdir()
    (novel / "providers/servers.yaml").write_text(f"servers: {{s: {{url: '{url}', kind: {kind}}}}}\n", "utf-8")


def _edit(novel: Path, face: str, prompt: str) -> None:
    document = json.loads((novel / C0).read_text("utf-8"))
    document["expressions"][face]["prompt"] = prompt
    (novel / C0).write_text(json.dumps(document), "utf-8")


def _start(novel: Path, *arguments: str) -> forked.Process:
    return forked.start("doit", arguments, novel, environment(**{forked.DRAWN_ANEW: "1"}))


def _conditions(novel: Path) -> dict[str, str]:
    told = json.loads(comfyvn(novel, "status", "--json").output)
    return {name: standing["condition"] for name, standing in told.items()}


# --- stopped


@POSIX
@pytest.mark.parametrize("tickets", [("-n", "1"), ("-n", "4")], ids=["one", "four"])
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_stopped_build_has_lost_nothing_that_it_finished(
    unbuilt: tuple[Path, dict[str, bytes]],
    own_cache: Path,
    name: str,
    tickets: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    novel, expected = unbuilt
    monkeypatch.setenv(forked.DRAWN_ANEW, "1")
    first = Runner(novel, own_cache, forked.start).killed("doit", getattr(signal, name), random.Random(3), *tickets)
    second = doit(novel)
    assert second.code == 0, second.output
    assert first.code != 0, first.output
    assert not set(first.done) & (second.made | second.cached)
    assert tree(novel / "build") == expected
    assert not list((novel / ".comfyvn/partial").glob("*"))


def test_two_at_once_make_nothing_twice(
    unbuilt: tuple[Path, dict[str, bytes]], own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    novel, expected = unbuilt
    monkeypatch.setenv(forked.DRAWN_ANEW, "1")
    runs = Runner(novel, own_cache, forked.start).two_at_once(random.Random(1), kill_one=False)
    assert [run.code for run in runs] == [0, 0], [run.output for run in runs]
    assert not repeated([*runs[0].done, *runs[1].done])
    assert tree(novel / "build") == expected
    assert doit(novel).made == frozenset()


@POSIX
def test_a_target_that_was_being_made_is_whole_or_not_there(
    novel: Path, slow_server: DraftServer, own_cache: Path
) -> None:
    whole = (novel / HAPPY_PNG).read_bytes()
    (novel / HAPPY_PNG).unlink()
    shutil.rmtree(own_cache)
    build = _start(novel)
    time.sleep(2.0)  # somewhere in the work
    build.kill()
    build.communicate()
    assert not (novel / HAPPY_PNG).exists() or (novel / HAPPY_PNG).read_bytes() == whole
    assert doit(novel).code == 0
    assert (novel / HAPPY_PNG).read_bytes() == whole


@POSIX
def test_a_lost_worker_costs_nothing(unbuilt: tuple[Path, dict[str, bytes]]) -> None:
    """The endpoint is the worker that works most: whoever runs out of memory is killed there."""
    novel, expected = unbuilt
    build = _start(novel)
    assert build.stdout is not None
    build.stdout.readline()
    killed = [child for child, command in _children(build.pid).items() if "comfyvn.draft" in command]
    for child in killed:
        os.kill(child, signal.SIGKILL)
    assert killed
    output = build.communicate(timeout=200)[0]
    assert build.returncode == 0, output
    assert tree(novel / "build") == expected


def _children(pid: int) -> dict[int, str]:
    """Their process ids and command lines."""
    told = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)]
    listed = subprocess.run(told, capture_output=True, text=True, check=False)
    return {int(pid): command for pid, command in (line.split(maxsplit=1) for line in listed.stdout.splitlines())}


# --- changed while it runs, or unseen


def test_a_contract_that_is_edited_during_the_build(novel: Path, slow_server: DraftServer) -> None:
    _edit(novel, "happy", "angry, shouting")
    build = _start(novel)
    while not _is_rendering(slow_server.url) and build.poll() is None:
        time.sleep(0.02)
    _edit(novel, "happy", "crying")
    build.communicate()
    run = doit(novel)
    assert HAPPY in run.made | run.cached
    record = json.loads((novel / f"{HAPPY_PNG}.render.json").read_text("utf-8"))
    assert "crying" in json.dumps(record["facts"])


def test_a_picture_that_is_edited_while_a_render_uses_it(novel: Path, slow_server: DraftServer) -> None:
    """It is used by one render, which takes a second; what that read is not known, so it is made once more."""
    skeleton = novel / "data/skeleton.png"
    Image.new("RGB", (64, 96), "black").save(skeleton)
    document = json.loads((novel / C0).read_text("utf-8"))
    document["pose_families"]["main"]["poses"]["waving"]["skeleton"] = "data/skeleton.png"
    (novel / C0).write_text(json.dumps(document), "utf-8")
    base = "sprites:c0/day/waving/base"
    build = _start(novel, base)
    while not _is_rendering(slow_server.url) and build.poll() is None:
        time.sleep(0.02)
    Image.new("RGB", (64, 96), "white").save(skeleton)
    output = build.communicate()[0]
    assert build.returncode == 0, output
    assert doit(novel, base).made | doit(novel, base).cached == {base}
    assert doit(novel, base).made == frozenset()


def _is_rendering(url: str) -> bool:
    import urllib.request

    with urllib.request.urlopen(f"{url}/queue") as answer:
        return bool(json.loads(answer.read())["queue_running"])


def test_a_changed_recipe_is_seen(novel: Path) -> None:
    _edit(novel, "happy", "angry, shouting")
    faces = {"sprites:c0/day/standing/happy", "sprites:c0/day/waving/happy", "scenes:s0/view"}
    made = doit(novel).made
    assert made - {"scenes:s0/view"} == faces - {"scenes:s0/view"} | {"atlases:c0", *EXPORTS}


@pytest.mark.parametrize("file", [HAPPY_PNG, "build/atlases/c0/c0.json", "build/export/renpy/game/script.rpy"])
def test_a_target_that_was_tampered_with_is_seen_under_its_old_time(novel: Path, file: str) -> None:
    path = novel / file
    before, stat = path.read_bytes(), path.stat()
    with path.open("r+b") as opened:
        opened.write(b"\0" * stat.st_size)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    run = doit(novel)
    assert len(run.made | run.cached) == 1, run.output
    assert path.read_bytes() == before


def test_a_contract_of_the_same_size_is_seen_under_its_old_time(novel: Path) -> None:
    stat = (novel / C0).stat()
    text = (novel / C0).read_text("utf-8")
    (novel / C0).write_text(text.replace('"prompt": "happy"', '"prompt": "angry"'), "utf-8")
    os.utime(novel / C0, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (novel / C0).stat().st_size == stat.st_size
    assert HAPPY in doit(novel).made


@pytest.mark.parametrize("how", ["deleted", "cut short"])
def test_a_target_that_is_gone_or_cut_short_comes_back(novel: Path, how: str) -> None:
    before = tree(novel / "build")
    path = novel / HAPPY_PNG
    if how == "deleted":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100])
    assert doit(novel).cached == {HAPPY}
    assert tree(novel / "build") == before


# --- failures


def test_a_failure_leaves_no_partial_target_and_the_others_go_on(novel: Path, own_cache: Path) -> None:
    for folder in (novel / "build", own_cache):
        shutil.rmtree(folder)
    Image.effect_noise((64, 64), 50).save(novel / "data/plate.png")
    whole = (novel / "data/plate.png").read_bytes()
    (novel / "data/plate.png").write_bytes(whole[: len(whole) // 2])  # its header is sound: only making it tells
    _set_file(novel, "data/plate.png")
    run = doit(novel)
    assert run.code != 0, run.output
    assert not (novel / "build/backgrounds/p1/base.png").exists()
    assert {HAPPY, SAD, "atlases:c0", "backgrounds:p0/base", "backgrounds:p0/dusk"} <= run.made
    assert not EXPORTS & run.made
    (novel / "data/plate.png").write_bytes(whole)
    again = doit(novel)
    assert again.code == 0, again.output
    assert again.made == {"backgrounds:p1/base", "backgrounds:p1/dusk", *EXPORTS}


def test_a_deleted_input_fails_and_put_back_makes_nothing(novel: Path) -> None:
    plate = novel / "data/plate.png"
    Image.new("RGB", (64, 64), "navy").save(plate)
    _set_file(novel, "data/plate.png")
    assert doit(novel).code == 0
    data = plate.read_bytes()
    plate.unlink()
    _edit(novel, "sad", "crying")
    run = doit(novel)
    assert run.code != 0
    assert "data/plate.png" in run.output
    assert "Traceback" not in run.output
    plate.write_bytes(data)
    os.utime(plate, (1, 1))
    run = doit(novel)
    assert run.code == 0, run.output
    assert not any(name.startswith("backgrounds:") for name in run.made | run.cached)
    assert doit(novel).made == frozenset()


def _set_file(novel: Path, file: str) -> None:
    place = novel / "data/locations/p1.json"
    document = json.loads(place.read_text("utf-8"))
    place.write_text(json.dumps({**document, "file": file}), "utf-8")


def test_a_maker_that_gives_nothing_has_failed(novel: Path) -> None:
    """A server that ends every prompt well and gives no picture."""

    def forget(server: FakeComfy, prompt: Prompt) -> None:
        server.say(prompt, "execution_start")
        server.say(prompt, "execution_success")

    with running(FakeComfy(forget)) as fake:
        _name_server(novel, fake.url, "comfyui")
        yaml = novel / "comfyvn.yaml"
        yaml.write_text(yaml.read_text("utf-8") + "engines: {image: comfyui}\n", "utf-8")
        runs = [doit(novel, "backgrounds:p0/base") for _ in range(2)]
    assert [(run.code, run.made) for run in runs] == [(1, frozenset())] * 2, runs[0].output
    assert "picture" in runs[0].output or "output" in runs[0].output


# --- less than before


def _without_sad(novel: Path) -> set[str]:
    """Takes a face away; the files that no contract makes any more."""
    document = json.loads((novel / C0).read_text("utf-8"))
    del document["expressions"]["sad"]
    (novel / C0).write_text(json.dumps(document), "utf-8")
    return {f"build/sprites/c0/day/{pose}/sad.png" for pose in ("standing", "waving")}


@pytest.mark.parametrize("how", ["removed", "renamed"])
def test_what_no_contract_makes_any_more_stays_and_makes_nothing_else_stale(novel: Path, how: str) -> None:
    if how == "removed":
        gone = _without_sad(novel)
    else:
        gone = {f"build/sprites/c0/day/{pose}/sad.png" for pose in ("standing", "waving")}
        text = (novel / C0).read_text("utf-8")
        (novel / C0).write_text(text.replace('"sad": {', '"gloomy": {'), "utf-8")
    run = doit(novel)
    assert run.made >= {"atlases:c0", *EXPORTS}
    assert (run.made | run.cached) - {"atlases:c0", *EXPORTS} <= {
        f"sprites:c0/day/{pose}/gloomy" for pose in ("standing", "waving")
    }
    assert all((novel / file).exists() for file in gone)
    assert doit(novel).made == frozenset()


def test_orphans_are_told_and_go_when_asked_for_alone(novel: Path) -> None:
    gone = _without_sad(novel)
    assert doit(novel).code == 0
    first = min(gone)
    mine = novel / first
    drawn = mine.read_bytes()
    Image.effect_noise((40, 60), 30).convert("RGBA").save(mine)
    told = comfyvn(novel, "status").output
    assert f"{first} was changed by hand" in told and "removes it" in told, "one each"
    mine.write_bytes(drawn)
    built = tree(novel)
    told = comfyvn(novel, "status").output
    assert "changed by hand" not in told
    assert all(f"sprites:c0/day/{pose}/sad" in told for pose in ("standing", "waving")), told
    assert doit(novel, "clean", "--orphans").code == 0
    assert set(built) - set(tree(novel)) >= {name for file in gone for name in (file, f"{file}.render.json")}
    assert {file for file in set(built) - set(tree(novel)) if "/sad.png" not in file} <= {".comfyvn/lock.json"}
    assert doit(novel).made == frozenset()


# --- state


def test_torn_state_costs_nothing(novel: Path) -> None:
    """Every file under .comfyvn in turn, and of the shards of one journal the first: cut short, garbage, empty."""
    expected = tree(novel / "build")
    files = [path for path in sorted((novel / ".comfyvn").rglob("*")) if path.is_file() and path.name != "lock"]
    whole = {path: path.read_bytes() for path in files}
    wrong = []
    for path in {path.name.partition("-")[0]: path for path in reversed(files)}.values():
        data = whole[path]
        spoilt = {"cut short": data[: len(data) // 2], "garbage": b"\xff\x00{" + data[::-1], "empty": b""}
        for what, new in spoilt.items():
            for other, its in whole.items():
                other.parent.mkdir(parents=True, exist_ok=True)
                other.write_bytes(its)
            path.write_bytes(new)
            run = doit(novel)
            if (run.code, run.made | run.cached) != (0, frozenset()) or tree(novel / "build") != expected:
                wrong.append(f"{path.name} {what}: {run.code}, {run.output.strip()[-200:]}")
    assert not wrong, "\n".join(wrong)


def test_what_is_forgotten_is_made_again_and_nothing_else(novel: Path) -> None:
    assert doit(novel, "forget", HAPPY).code == 0
    assert _conditions(novel)[HAPPY] == "stale"
    assert doit(novel, SAD).made == frozenset()
    assert doit(novel).made == {HAPPY}
    assert doit(novel).made == frozenset()


# --- what is said


def test_lines_of_many_threads_are_whole(unbuilt: tuple[Path, dict[str, bytes]]) -> None:
    novel, _ = unbuilt
    run = doit(novel, "-n", "8")
    lines = [LINE.fullmatch(line) for line in run.output.splitlines()[:-1]]
    assert all(lines), run.output
    told = [line.groups()[:3] for line in lines if line]
    total = len(told)
    assert [(number, of) for number, of, _ in told] == [(str(n), str(total)) for n in range(1, total + 1)]
    assert len({name for _, _, name in told}) == total
