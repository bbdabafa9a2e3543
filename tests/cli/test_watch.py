"""`comfyvn watch` as its user meets it: a real process, real saves; a test waits for lines, never for a time."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from comfyvn.draft.process import DraftServer
from comfyvn.engine.opening import open_novel
from tests.fakes import forked
from tests.fakes.novel_runs import comfyvn, environment, set_up, tree
from tests.fakes.small_novel import NOVEL, write, write_small_novel

AYA = "data/characters/aya/character.json"
HAPPY = "sprites/aya/casual/standing/happy.png"
UNVOICED = NOVEL.replace("voiced: all", "voiced: none")
PATIENCE_S = 120  # a test that waits so long has failed


class Watching:
    """A running `comfyvn watch`; `hear` gives its next line."""

    def __init__(self, folder: Path, *arguments: str, begin: forked.Begin = forked.start) -> None:
        self.folder = folder
        self._lines: queue.Queue[str] = queue.Queue()
        self.process = begin("comfyvn.cli", ["watch", *arguments], folder, environment())
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def hear(self, *words: str) -> str:
        """The next line that holds all these words. Lines before it are passed over, and told when it does not come."""
        passed: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise AssertionError(f"no line with {words}; heard: {passed}") from None
            if all(word in line for word in words):
                return line
            passed.append(line)

    def interrupt(self) -> tuple[int, list[str]]:
        """Exit code after Ctrl-C, and what was said that nobody has heard."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_S)
        self._reader.join()
        return code, list(self._lines.queue)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


Start = Callable[..., Watching]


@pytest.fixture
def watch() -> Iterator[Start]:
    started: list[Watching] = []

    def start(folder: Path, *arguments: str, begin: forked.Begin = forked.start) -> Watching:
        started.append(Watching(folder, *arguments, begin=begin))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def novel(tmp_path: Path) -> Path:
    """Not built yet; its voices are few and its art is drawn by the draft endpoint."""
    return set_up(write_small_novel(tmp_path / "novel", novel=UNVOICED))


def change(root: Path, file: str, old: str, new: str) -> None:
    """Saved as most editors do: another file is written, and renamed over it."""
    path = root / file
    text = path.read_text("utf-8")
    assert old in text
    beside = path.with_name(f".{path.name}.saving")
    beside.write_text(text.replace(old, new), "utf-8")
    beside.replace(path)


def test_a_save_is_built_whichever_way_the_editor_saves(novel: Path, watch: Start) -> None:
    watching = watch(novel)
    watching.hear("watching for saves")
    assert "9 made" in watching.hear("at first:")
    path = novel / AYA
    path.write_text(path.read_text("utf-8").replace("happy smile", "crying, sad"), "utf-8")
    line = watching.hear(f"{AYA}:", "made")
    assert "sprites:aya/casual/standing/happy" in line
    assert "export_renpy" in line
    assert "calm" not in line
    change(novel, AYA, "crying, sad", "angry frown")
    assert "sprites:aya/casual/standing/happy" in watching.hear(f"{AYA}:", "made")
    assert open_novel(novel).engine.judge.verdict(open_novel(novel).targets["export_renpy"]).condition == "fresh"
    code, rest = watching.interrupt()
    assert code == 0
    assert rest[-1] == "watching ended; what was finished is kept"
    assert comfyvn(novel, "build").output.startswith("up to date")


def test_a_broken_file_is_named_and_the_next_save_is_built(novel: Path, watch: Start) -> None:
    watching = watch(novel, "--json")
    watching.hear('"saved": []')
    whole = (novel / "data/scenes/arrival.json").read_bytes()
    write(novel / "data/scenes/arrival.json", whole[:120])
    told = json.loads(watching.hear("problems"))
    assert told["saved"] == ["data/scenes/arrival.json"]
    assert told["problems"][0]["file"] == "data/scenes/arrival.json"
    assert told["problems"][0]["line"] > 0
    write(novel / "data/scenes/arrival.json", whole.replace(b"The ferry is late.", b"No ferry came."))
    told = json.loads(watching.hear('"export_renpy"'))
    assert told["problems"] == []
    assert told["failed"] == {}
    script = (novel / "build/export/renpy").rglob("*.rpy")
    assert any("No ferry came." in path.read_text("utf-8") for path in script)


def test_a_broken_novel_at_the_start_says_what_to_correct(novel: Path, watch: Start) -> None:
    change(novel, "data/scenes/arrival.json", '"say": "aya"', '"say": "ayo"')
    watching = watch(novel)
    watching.hear("at first: error:", "problems")
    watching.hear("data/scenes/arrival.json", 'did you mean "aya"?')
    watching.hear("the next save is waited for")
    change(novel, "data/scenes/arrival.json", '"say": "ayo"', '"say": "aya"')
    watching.hear("data/scenes/arrival.json: 9 made")


def test_new_folders_are_seen_and_builds_do_not_trigger(novel: Path, watch: Start) -> None:
    watching = watch(novel)
    watching.hear("at first:")
    # None of these is a save: were one of them seen, its round would be heard before that of the new place.
    for name in ("build/stray.txt", ".comfyvn/stray", "takes/objects/ab/x.png", ".git/index", ".hidden", "notes.txt~"):
        write(novel / name, "x")
    quay = {"version": 1, "id": "quay", "name": "Quay", "prompt": "a quay", "seed": 3}
    write(novel / "data/locations/quay.json", quay)
    line = watching.hear("")
    assert line.startswith("data/locations/quay.json: 3 made")
    assert "backgrounds:quay/base" in line
    # A folder that was not there when watching began, with a file in it, at once; then a save in it.
    write(novel / "art/lamp.txt", "x")
    assert watching.hear("").startswith("art")
    write(novel / "art/deep/er/lamp.txt", "y")
    assert watching.hear("").startswith("art/deep")
    write(novel / "art/deep/er/lamp.txt", "z")
    assert watching.hear("").startswith("art/deep/er/lamp.txt: nothing to make, 10 up to date")


def test_only_what_was_asked_for(novel: Path, watch: Start) -> None:
    assert comfyvn(novel, "watch", "sprites:ayo").code == 2
    watching = watch(novel, "sprites:aya")
    line = watching.hear("at first:")
    assert "3 made" in line
    assert not (novel / "build/export").exists()
    change(novel, "data/locations/pier.json", "morning", "evening")
    assert "nothing to make" in watching.hear("data/locations/pier.json:")


# --- drafts beside finals


@pytest.fixture(scope="module")
def server() -> Iterator[DraftServer]:
    """Declared to be a ComfyUI: what it draws counts as final."""
    with DraftServer() as running:
        yield running


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory: pytest.TempPathFactory, server: DraftServer) -> Path:
    """A novel whose pictures are all final; nobody changes it, and its server is named no more."""
    root = set_up(write_small_novel(tmp_path_factory.mktemp("finished") / "novel", novel=UNVOICED))
    write(root / "comfyvn.yaml", UNVOICED + "engines: {image: comfyui, video: draft, voice: [espeak]}\n")
    write(root / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}'}}}}\n")
    run = comfyvn(root, "build")
    assert run.code == 0, run.output
    write(root / "providers/servers.yaml", "servers: {}\n")
    return root


@pytest.fixture
def finished(finished_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished_once, tmp_path / "finished"))


def finals(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(root / "build").items() if name.endswith(".png") and "drafts" not in name}


def test_a_draft_lies_beside_the_final_and_never_in_its_place(finished: Path, watch: Start) -> None:
    before = finals(finished)
    watching = watch(finished)
    assert "nothing to make, 9 up to date" in watching.hear("at first:")
    assert not (finished / "build/drafts").exists()
    change(finished, AYA, "happy smile", "crying, sad")
    watching.hear(f"{AYA}:", "1 draft beside its final")
    watching.hear(f"build/drafts/{HAPPY}")
    assert finals(finished) == before
    record = json.loads((finished / f"build/drafts/{HAPPY}.render.json").read_bytes())
    assert (record["quality"], record["target"]) == ("draft", "drafts:sprites/aya/casual/standing/happy")
    page = (finished / "build/drafts/index.html").read_text("utf-8")
    assert f'src="{HAPPY}"' in page
    assert f'src="../{HAPPY}"' in page
    assert "crying, sad" in page

    # What is no render is really made meanwhile, of the finals that are there.
    change(finished, "data/scenes/arrival.json", "The ferry is late.", "No ferry came.")
    line = watching.hear("data/scenes/arrival.json:", "made")
    assert "export_renpy" in line
    assert "draft" not in line
    exported, final = (finished / folder / HAPPY for folder in ("build/export/renpy/game", "build"))
    with Image.open(exported) as one, Image.open(final) as other:  # one of them also says what it is
        assert one.tobytes() == other.tobytes()
    assert finals(finished) == before | {n: d for n, d in finals(finished).items() if n.startswith("export/")}

    # The final answers its contract again: the draft has had its day.
    change(finished, AYA, "crying, sad", "happy smile")
    watching.hear(f"{AYA}:")
    watching.hear("drafts removed")
    assert not (finished / "build/drafts").exists()


def test_a_new_picture_has_a_draft_and_what_needs_its_final_waits(finished: Path, watch: Start) -> None:
    watching = watch(finished)
    watching.hear("at first:")
    change(finished, AYA, '"calm": {', '"sad": {"prompt": "sad", "seed": 23},\n    "calm": {')
    line = watching.hear(f"{AYA}:", "1 draft beside its final")
    assert "waiting" in line
    watching.hear("waits: atlases:aya:", "run `doit sprites:aya/casual/standing/sad`")
    assert not (finished / "build/sprites/aya/casual/standing/sad.png").exists()
    assert (finished / "build/drafts/sprites/aya/casual/standing/sad.png").exists()


def test_final_renders_with_the_novels_own_engines(finished: Path, watch: Start, server: DraftServer) -> None:
    watching = watch(finished, "--final")
    watching.hear("at first:", "9 up to date")
    change(finished, AYA, "happy smile", "crying, sad")
    watching.hear(f"{AYA}:", "1 failed")
    watching.hear("failed: sprites:aya/casual/standing/happy")
    watching.hear("no such server is named")
    write(finished / "providers/servers.yaml", f"servers: {{gpu: {{url: '{server.url}'}}}}\n")
    line = watching.hear("providers/servers.yaml:", "made")
    assert "sprites:aya/casual/standing/happy" in line
    assert not (finished / "build/drafts").exists()
    assert json.loads((finished / f"build/{HAPPY}.render.json").read_bytes())["quality"] == "final"


def test_ctrl_c_stops_what_a_server_works_on(novel: Path, watch: Start) -> None:
    with DraftServer(step_delay=1.0) as slow:  # half a minute for a picture
        write(novel / "comfyvn.yaml", UNVOICED + "engines: {image: comfyui, video: draft, voice: [espeak]}\n")
        write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: '{slow.url}'}}}}\n")
        watching = watch(novel, "--final", begin=forked.unforked)
        watching.hear("watching for saves")
        while not queued(slow.url):
            assert watching.process.poll() is None
        code, rest = watching.interrupt()
        assert code == 0
        assert rest == ["", "watching ended; what was finished is kept"]
        while queued(slow.url):  # ends: nothing of ours is left there, and nobody else uses it
            pass
    assert comfyvn(novel, "status").code == 0
    assert not list((novel / "build").rglob("*.png"))


def queued(url: str) -> int:
    """How many prompts a server runs or keeps waiting."""
    answer = httpx.get(f"{url}/queue").json()
    return len(answer["queue_running"]) + len(answer["queue_pending"])
