"""Takes in a built novel: what holds, what is kept, what is made of it, and what is refused; counted by content."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from comfyvn.engine.alternatives import Alternative, check_can_vary, known, make_all, planned
from comfyvn.engine.choosing import Reason, adopt, approve, pick, restore, unapprove
from comfyvn.engine.contact import write_contact
from comfyvn.engine.contact_page import contact_page
from comfyvn.engine.contact_sheet import contact_sheet
from comfyvn.engine.contrasts import Difference, Shown, difference
from comfyvn.engine.opening import OpenNovel, open_novel
from comfyvn.engine.survey import survey
from comfyvn.engine.takes import problems
from comfyvn.engine.verify import verify
from comfyvn.engine.why import why
from comfyvn.errors import ContractError, MakeError, StoreError, UsageError
from comfyvn.recipe import FileInput, document, fingerprint
from comfyvn.targets.reseed import next_seeds, seeds_of, with_seeds
from tests.engine.conftest import build
from tests.fakes.small_novel import write

BASE, HAPPY = "sprites:aya/casual/standing/base", "sprites:aya/casual/standing/happy"
CLIP, ATLAS, PLATE, NIGHT, STILL = (
    "voices:en/l1aaaa", "atlases:aya", "backgrounds:pier/base", "backgrounds:pier/night", "scenes:evening/lantern",
)  # fmt: skip
PIER = "data/locations/pier.json"
ME = Reason("Mira", "calmer")


@contextmanager
def at_work(novel: OpenNovel) -> Iterator[OpenNovel]:
    novel.engine.begin()
    try:
        yield novel
    finally:
        novel.engine.end()


def alternatives(novel: OpenNovel, name: str, *numbers: int) -> list[Alternative]:
    target = novel.targets[name]
    wanted = planned(novel.engine, target, numbers, novel.tools.workflows)
    return make_all(novel.engine, target, wanted, lambda _one: None)


def pick_one(novel: OpenNovel, name: str, number: int) -> bytes:
    """Picks take `number`, and gives its first file's bytes."""
    with at_work(novel):
        [one] = alternatives(novel, name, number)
        pick(novel.engine, novel.targets[name], one, ME)
    assert one.result is not None
    data = next(iter(one.result.files.values()))
    assert isinstance(data, bytes)
    return data


def edit(novel: OpenNovel, file: str, old: str, new: str) -> OpenNovel:
    """The novel, opened again with a contract changed."""
    path = novel.root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return open_novel(novel.root)


def made_by(novel: OpenNovel) -> dict[str, str]:
    """Target → how a build went about it, of those that were not simply up to date."""
    with at_work(novel):
        found = {name: novel.engine.make(name).how for name in novel.targets}
    return {name: how for name, how in found.items() if how != "fresh"}


def conditions(novel: OpenNovel) -> dict[str, str]:
    again = open_novel(novel.root)
    standings = survey(again.targets, again.engine.judge)
    return {name: one.condition for name, one in standings.items() if one.condition != "fresh"}


def art(novel: OpenNovel, name: str) -> Path:
    return novel.root / novel.targets[name].artifact


def retouch(path: Path, colour: tuple[int, int, int, int], box: tuple[int, int, int, int] = (2, 2, 12, 12)) -> None:
    with Image.open(path) as image:
        whole = image.convert("RGBA")
    whole.paste(colour, box)
    whole.save(path)


# --- alternatives


@pytest.mark.parametrize(
    ("name", "file", "old", "new"),
    [
        (PLATE, PIER, '"seed": 31', '"seed": 33'),
        (NIGHT, PIER, '"seed": 32', '"seed": 34'),
        (HAPPY, "data/characters/aya/character.json", '"seed": 22', '"seed": 24'),
        (STILL, "data/scenes/evening.json", '"background_seed": 41', '"background_seed": 43'),
        (CLIP, "data/characters/aya/character.json", '"pitch": 60', '"pitch": 60, "seed": 2'),
    ],
)
def test_an_alternative_is_what_the_contract_would_make_of_its_seed(
    drawn: OpenNovel, name: str, file: str, old: str, new: str
) -> None:
    recipe = drawn.targets[name].recipe
    seeds = next_seeds(seeds_of(recipe), 2)
    if name == STILL:
        seeds = {**seeds, "hero_seed": 42}  # the contract's own
    other = with_seeds(recipe, seeds, drawn.tools.workflows)
    moved = edit(drawn, file, old, new).targets[name].recipe
    digests = dict.fromkeys(recipe.inputs, "px1:0")
    assert fingerprint(document(other, digests)) == fingerprint(document(moved, digests))
    assert fingerprint(document(other, digests)) != fingerprint(document(recipe, digests))


def test_seeds_go_round() -> None:
    assert next_seeds({"a": 2**64 - 1, "b": 3}, 2) == {"a": 1, "b": 5}


def test_alternatives_lie_beside_the_build_and_are_made_once(drawn: OpenNovel, own_cache: Path) -> None:
    before = art(drawn, PLATE).read_bytes()
    with at_work(drawn):
        first = alternatives(drawn, PLATE, 1, 2)
        assert [one.is_new for one in first] == [True, True]
        shutil.rmtree(drawn.root / ".comfyvn/takes")
        assert [one.is_new for one in alternatives(drawn, PLATE, 1, 2)] == [False, False]  # the cache has them
        shutil.rmtree(own_cache / "entries")
        assert [one.is_new for one in alternatives(drawn, PLATE, 2, 3)] == [False, True]  # the folder has them
        folder = drawn.root / ".comfyvn/takes/backgrounds/pier/base"
        (folder / "2.png").write_bytes((folder / "1.png").read_bytes())
        assert [one.is_new for one in alternatives(drawn, PLATE, 2)] == [True]  # another file under its name is not it
    assert art(drawn, PLATE).read_bytes() == before
    assert not (drawn.root / "takes").exists()


def test_what_has_no_takes_says_why(drawn: OpenNovel) -> None:
    workflows = drawn.tools.workflows
    with pytest.raises(UsageError, match="put together here"):
        check_can_vary(drawn.targets[ATLAS], workflows)
    recorded = replace(drawn.targets[CLIP].recipe, inputs={"recording": FileInput("data/actor.wav")})
    with pytest.raises(UsageError, match="all its takes would be equal"):
        check_can_vary(replace(drawn.targets[CLIP], recipe=recorded), workflows)
    deaf = {name: replace(flow, seed_keys=dict.fromkeys(flow.seed_keys, ())) for name, flow in workflows.items()}
    with pytest.raises(UsageError, match="no node of its workflow takes a seed"):
        check_can_vary(drawn.targets[PLATE], deaf)
    check_can_vary(drawn.targets[HAPPY], workflows)


# --- picks


def test_a_pick_is_the_artifact_and_needs_no_cache(drawn: OpenNovel, own_cache: Path) -> None:
    data = pick_one(drawn, PLATE, 3)
    assert art(drawn, PLATE).read_bytes() == data
    record = drawn.engine.judge.record(drawn.targets[PLATE])
    assert record is not None
    assert record.notes["take"] == {"state": "picked", "seeds": {"background_seed": 34}}
    assert record.seeds == {"background_seed": 34}
    assert made_by(drawn) == {NIGHT: "made"}  # the night is painted over the plate
    assert verify(drawn.engine, drawn.targets[PLATE]).faults == ()

    for folder in (drawn.root / "build", drawn.root / ".comfyvn", own_cache):
        shutil.rmtree(folder)
    again = open_novel(drawn.root)
    how = made_by(again)
    assert (how.pop(PLATE), set(how.values())) == ("taken", {"made"})
    assert art(drawn, PLATE).read_bytes() == data
    assert conditions(drawn) == {}


def test_a_pick_answers_for_its_recipe_and_for_its_own_seed(drawn: OpenNovel) -> None:
    data = pick_one(drawn, PLATE, 2)
    build(drawn.root)
    written = edit(drawn, PIER, '"seed": 31', '"seed": 33')  # the author writes the picked seed into the contract
    assert conditions(written) == {}
    moved = edit(written, PIER, '"seed": 33', '"seed": 50')
    verdict = moved.engine.judge.verdict(moved.targets[PLATE])
    assert (verdict.condition, verdict.cause) == ("stale", "content")
    assert any("is of another recipe" in line for line in why(moved.targets[PLATE], moved.engine.judge, moved.targets))
    assert made_by(moved)[PLATE] == "made"
    assert art(moved, PLATE).read_bytes() != data
    assert "picked" in (moved.root / "takes/takes.json").read_text("utf-8")  # it waits there

    back = edit(moved, PIER, '"seed": 50', '"seed": 31')
    assert back.engine.judge.verdict(back.targets[PLATE]).reason == "its take is not in build/ yet"
    assert made_by(back)[PLATE] == "taken"
    assert art(back, PLATE).read_bytes() == data


def test_another_pick_replaces_the_first(drawn: OpenNovel) -> None:
    first = pick_one(drawn, PLATE, 1)
    second = pick_one(drawn, PLATE, 2)
    assert art(drawn, PLATE).read_bytes() == second != first
    kept = {path.read_bytes() for path in (drawn.root / "takes/objects").rglob("*.png")}
    assert kept == {first, second}  # a file that goes while another comes is a renamed one to Git, which merges them
    with at_work(drawn):
        moved = drawn.engine.judge.takes.prune()
    assert [path.read_bytes() for path in (drawn.root / "takes/objects").rglob("*.png")] == [second]
    assert first in [path.read_bytes() for path in moved]
    assert all(path.parent == drawn.root / ".comfyvn/takes/dropped" for path in moved)


def test_a_pick_needs_no_second_render(drawn: OpenNovel, own_cache: Path) -> None:
    with at_work(drawn):
        alternatives(drawn, PLATE, 1, 2, 3)
    for number in (1, 3):
        with at_work(drawn):
            [one] = planned(drawn.engine, drawn.targets[PLATE], [number], drawn.tools.workflows)
            pick(drawn.engine, drawn.targets[PLATE], known(drawn.engine, drawn.targets[PLATE], one), ME)
    with pytest.raises(UsageError, match="take 4 of backgrounds:pier/base is not made"):
        [one] = planned(drawn.engine, drawn.targets[PLATE], [4], drawn.tools.workflows)
        pick(drawn.engine, drawn.targets[PLATE], one, ME)


def test_a_hand_edit_is_not_written_over_by_a_pick(drawn: OpenNovel) -> None:
    retouch(art(drawn, PLATE), (255, 0, 0, 255))
    mine = art(drawn, PLATE).read_bytes()
    with pytest.raises(UsageError, match="a pick would write over it"):
        pick_one(drawn, PLATE, 1)
    assert art(drawn, PLATE).read_bytes() == mine


def test_forgetting_and_making_all_again_leave_a_take(drawn: OpenNovel) -> None:
    data = pick_one(drawn, PLATE, 1)
    drawn.engine.state.forget(frozenset({PLATE}))
    with at_work(drawn):
        assert drawn.engine.make(PLATE).how == "taken"
        assert drawn.engine.make(PLATE, always=True).how == "fresh"
    assert art(drawn, PLATE).read_bytes() == data


def test_a_take_of_a_clip(drawn: OpenNovel) -> None:
    pick_one(drawn, CLIP, 2)
    take = drawn.engine.judge.takes.of(CLIP)
    assert take is not None
    assert (set(take.files), take.seeds) == ({".wav", ".ogg", ".srt", ".vtt", ".mouth"}, {"seed": 2})
    shutil.rmtree(drawn.root / "build/voices")
    assert made_by(open_novel(drawn.root))[CLIP] == "taken"
    assert verify(drawn.engine, drawn.targets[CLIP]).faults == ()


def test_a_build_that_was_cut_off_between_the_take_and_build(drawn: OpenNovel) -> None:
    """takes/ is written first: what build/ holds of before is put right, and is no hand edit."""
    record, png = (art(drawn, PLATE).with_name(name) for name in ("base.png.render.json", "base.png"))
    before = record.read_bytes(), png.read_bytes()
    data = pick_one(drawn, PLATE, 1)
    record.write_bytes(before[0])
    assert made_by(open_novel(drawn.root))[PLATE] == "taken"  # the picture came, its record did not
    record.write_bytes(before[0])
    png.write_bytes(before[1])
    assert made_by(open_novel(drawn.root))[PLATE] == "taken"  # neither did
    assert png.read_bytes() == data


# --- retouches


def test_a_retouched_base_goes_into_its_patches_and_the_atlas(drawn: OpenNovel) -> None:
    """Trimming is the atlas's, after the retouch: what is drawn where nothing was before is not trimmed away."""
    with Image.open(art(drawn, BASE)) as image:
        box = image.getchannel("A").getbbox()
        width, height = image.size
    assert box is not None and box[0] > 14 and box[1] > 14
    corner = (2, 2, 12, 12)
    retouch(art(drawn, BASE), (255, 0, 255, 255), corner)
    assert conditions(drawn)[BASE] == "edited"
    with at_work(drawn):
        adopt(drawn.engine, drawn.targets[BASE], None, ME)
    assert made_by(drawn).keys() == {HAPPY, HAPPY.replace("happy", "calm"), ATLAS}
    with Image.open(art(drawn, HAPPY)) as image:
        assert image.convert("RGBA").getpixel((5, 5)) == (255, 0, 255, 255)
    atlas = json.loads(art(drawn, ATLAS).read_text("utf-8"))
    frame = atlas["frames"]["casual/standing/happy"]
    assert (frame["spriteSourceSize"]["x"], frame["spriteSourceSize"]["y"]) == corner[:2]
    assert frame["sourceSize"] == {"w": width, "h": height}
    with Image.open(art(drawn, ATLAS).with_name("aya-0.png")) as page:
        assert page.getpixel((frame["frame"]["x"] + 3, frame["frame"]["y"] + 3)) == (255, 0, 255, 255)
    assert conditions(drawn) == {}


def test_a_retouch_is_kept_when_its_recipe_moves(drawn: OpenNovel) -> None:
    retouch(art(drawn, PLATE), (9, 9, 9, 255))
    mine = art(drawn, PLATE).read_bytes()
    moved = edit(drawn, PIER, '"seed": 31', '"seed": 90')
    assert conditions(moved)[PLATE] == "both"  # not adopted yet
    moved = edit(moved, PIER, '"seed": 90', '"seed": 31')
    with at_work(moved):
        adopt(moved.engine, moved.targets[PLATE], None, ME)
    assert PLATE not in conditions(moved)
    moved = edit(moved, PIER, '"seed": 31', '"seed": 90')
    assert conditions(moved)[PLATE] == "both"
    assert PLATE not in {name for name, how in made_by(moved).items() if how == "made"}
    assert any("seed: 31 → 90" in line for line in why(moved.targets[PLATE], moved.engine.judge, moved.targets))
    with at_work(moved):
        adopt(moved.engine, moved.targets[PLATE], None, ME)  # it still stands
    assert PLATE not in conditions(moved)
    assert art(moved, PLATE).read_bytes() == mine

    with at_work(moved):
        assert restore(moved.engine, PLATE)
        assert not restore(moved.engine, PLATE)
        assert mine in [path.read_bytes() for path in moved.engine.judge.takes.prune()]
    assert not list((moved.root / "takes/objects").rglob("*.*"))
    assert conditions(moved)[PLATE] == "stale"
    assert made_by(moved)[PLATE] == "made"
    assert art(moved, PLATE).read_bytes() != mine


def test_another_file_is_adopted_on_the_same_canvas(drawn: OpenNovel, tmp_path: Path) -> None:
    with Image.open(art(drawn, STILL)) as image:
        size = image.size
    Image.new("RGB", size, (10, 20, 30)).save(tmp_path / "mine.jpg", quality=100)
    with at_work(drawn):
        adopt(drawn.engine, drawn.targets[STILL], tmp_path / "mine.jpg", ME, final=True)
    with Image.open(art(drawn, STILL)) as image:
        assert (image.format, image.size) == ("PNG", size)
        assert np.abs(np.asarray(image.convert("RGB"), dtype=int)[0, 0] - (10, 20, 30)).max() <= 2
    record = drawn.engine.judge.record(drawn.targets[STILL])
    assert record is not None
    assert record.quality == "final"

    Image.new("RGB", (20, 10)).save(tmp_path / "small.png")
    with pytest.raises(MakeError, match=f"20x10 pixels, and {STILL} has {size[0]}x{size[1]}"), at_work(drawn):
        adopt(drawn.engine, drawn.targets[STILL], tmp_path / "small.png", ME)
    (tmp_path / "words.png").write_text("no picture", "utf-8")
    with pytest.raises(MakeError, match="not a picture"), at_work(drawn):
        adopt(drawn.engine, drawn.targets[STILL], tmp_path / "words.png", ME)
    with pytest.raises(UsageError, match="cannot be read"), at_work(drawn):
        adopt(drawn.engine, drawn.targets[STILL], tmp_path / "none.png", ME)


def test_a_retouch_of_another_size_in_build_is_refused(drawn: OpenNovel) -> None:
    Image.new("RGB", (20, 10)).save(art(drawn, PLATE))
    with pytest.raises(MakeError, match=r"20x10 pixels, and backgrounds:pier/base has \d+x\d+"), at_work(drawn):
        adopt(drawn.engine, drawn.targets[PLATE], None, ME)
    assert drawn.engine.judge.takes.of(PLATE) is None


def test_an_edit_that_another_file_replaces_is_moved_aside(drawn: OpenNovel, tmp_path: Path) -> None:
    shutil.copyfile(art(drawn, PLATE), tmp_path / "other.png")
    retouch(tmp_path / "other.png", (0, 255, 0, 255))
    retouch(art(drawn, PLATE), (255, 0, 0, 255))
    mine = art(drawn, PLATE).read_bytes()
    with at_work(drawn):
        aside = adopt(drawn.engine, drawn.targets[PLATE], tmp_path / "other.png", ME)
    assert [path.read_bytes() for path in aside] == [mine]
    assert art(drawn, PLATE).read_bytes() == (tmp_path / "other.png").read_bytes()
    assert conditions(drawn).get(PLATE) is None


def test_nothing_to_adopt(drawn: OpenNovel) -> None:
    with pytest.raises(UsageError, match="was not changed by hand"), at_work(drawn):
        adopt(drawn.engine, drawn.targets[PLATE], None, ME)
    with pytest.raises(UsageError, match="put together here"), at_work(drawn):
        adopt(drawn.engine, drawn.targets[ATLAS], None, ME)
    art(drawn, PLATE).with_name("base.png.render.json").unlink()
    with pytest.raises(UsageError, match="is not made yet"), at_work(drawn):
        adopt(drawn.engine, drawn.targets[PLATE], None, ME)


def test_a_recording_is_adopted_at_the_level_of_every_clip(drawn: OpenNovel, tmp_path: Path) -> None:
    rate = 22050
    time = np.arange(rate) / rate
    soundfile.write(tmp_path / "actor.wav", 0.02 * np.sin(2 * np.pi * 300 * time) * np.sin(2 * np.pi * 3 * time), rate)
    before = {suffix: art(drawn, CLIP).with_suffix(suffix).read_bytes() for suffix in (".wav", ".ogg", ".srt")}
    with at_work(drawn):
        adopt(drawn.engine, drawn.targets[CLIP], tmp_path / "actor.wav", ME)
    record = drawn.engine.judge.record(drawn.targets[CLIP])
    assert record is not None
    assert record.notes["lufs"] == pytest.approx(-16, abs=0.5)
    assert all(art(drawn, CLIP).with_suffix(suffix).read_bytes() != data for suffix, data in before.items())
    assert made_by(drawn) == {}

    subtitles = art(drawn, CLIP).with_suffix(".srt")
    subtitles.write_text(subtitles.read_text("utf-8").replace("There", "THERE"), "utf-8")
    wav = art(drawn, CLIP).read_bytes()
    with at_work(drawn):
        adopt(drawn.engine, drawn.targets[CLIP], None, ME)
    assert (art(drawn, CLIP).read_bytes(), "THERE" in subtitles.read_text("utf-8")) == (wav, True)
    assert conditions(drawn) == {}
    (tmp_path / "noise.wav").write_bytes(b"none")
    with pytest.raises(MakeError, match="not a usable recording"), at_work(drawn):
        adopt(drawn.engine, drawn.targets[CLIP], tmp_path / "noise.wav", ME)


# --- approval


def test_approved_is_frozen_until_it_is_not(drawn: OpenNovel, own_cache: Path) -> None:
    data = art(drawn, PLATE).read_bytes()
    before = art(drawn, PLATE).with_name("base.png.render.json").read_bytes()
    with at_work(drawn):
        assert approve(drawn.engine, drawn.targets[PLATE], ME)
        assert not approve(drawn.engine, drawn.targets[PLATE], ME)
    assert conditions(drawn) == {PLATE: "approved"}
    assert art(drawn, PLATE).with_name("base.png.render.json").read_bytes() == before

    moved = edit(drawn, PIER, '"seed": 31', '"seed": 90')
    assert conditions(moved)[PLATE] == "frozen-stale"
    reason = survey(moved.targets, moved.engine.judge)[PLATE].reason
    assert "approved" in reason and "31 → 90" in reason
    assert made_by(moved) == {PLATE: "frozen-stale"}
    shutil.rmtree(own_cache)
    shutil.rmtree(moved.root / "build/backgrounds")
    assert made_by(moved)[PLATE] == "taken"
    assert art(moved, PLATE).read_bytes() == data
    assert conditions(moved)[PLATE] == "frozen-stale"

    for refused in (lambda: restore(moved.engine, PLATE), lambda: adopt(moved.engine, moved.targets[PLATE], None, ME)):
        with pytest.raises(UsageError, match="is approved"), at_work(moved):
            refused()
    with pytest.raises(UsageError, match="is approved"):
        pick_one(moved, PLATE, 1)
    with pytest.raises(StoreError, match="is approved"):
        moved.engine.clean(PLATE)

    with at_work(moved):
        assert unapprove(moved.engine, PLATE)
        assert not unapprove(moved.engine, PLATE)
    assert conditions(moved)[PLATE] == "stale"
    assert made_by(moved)[PLATE] == "made"


def test_what_was_picked_or_edited_is_that_again_when_it_is_unapproved(drawn: OpenNovel) -> None:
    pick_one(drawn, PLATE, 1)
    retouch(art(drawn, STILL), (1, 2, 3, 255))
    for name, before in ((PLATE, "picked"), (STILL, "adopted")):
        with at_work(drawn):
            approve(drawn.engine, drawn.targets[name], Reason("Noor"))
        take = drawn.engine.judge.takes.of(name)
        assert take is not None
        assert (take.state, take.before, take.by) == ("approved", before, "Noor")
        with at_work(drawn):
            unapprove(drawn.engine, name)
        take = drawn.engine.judge.takes.of(name)
        assert take is not None
        assert (take.state, take.before) == (before, "")
    plate = drawn.engine.judge.takes.of(PLATE)
    assert plate is not None
    assert plate.why == "calmer"


def test_an_approved_artifact_that_is_edited_is_kept_and_named(drawn: OpenNovel) -> None:
    with at_work(drawn):
        approve(drawn.engine, drawn.targets[PLATE], ME)
    retouch(art(drawn, PLATE), (1, 2, 3, 255))
    verdict = drawn.engine.judge.verdict(drawn.targets[PLATE])
    assert verdict.condition == "edited"
    assert "since it was approved" in verdict.reason


def test_only_what_is_whole_can_be_approved(drawn: OpenNovel) -> None:
    art(drawn, CLIP).unlink()
    with pytest.raises(UsageError, match="is gone"), at_work(drawn):
        approve(drawn.engine, drawn.targets[CLIP], ME)
    with pytest.raises(UsageError, match="put together here"), at_work(drawn):
        approve(drawn.engine, drawn.targets[ATLAS], ME)


# --- what is wrong


def test_bytes_that_are_not_here(drawn: OpenNovel) -> None:
    pick_one(drawn, PLATE, 1)
    [png] = (drawn.root / "takes/objects").rglob("*.png")
    png.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    again = open_novel(drawn.root)
    assert conditions(again).get(PLATE) is None  # build/ has them
    shutil.rmtree(drawn.root / "build/backgrounds")
    with pytest.raises(StoreError) as caught, at_work(again):
        again.engine.make(PLATE)
    assert "git lfs pull" in caught.value.todo
    [found] = problems(drawn.root, drawn.targets)
    assert (found.file, found.line > 0, "Git LFS" in found.message) == ("takes/takes.json", True, True)
    for record in (drawn.root / "takes/objects").rglob("*.json"):
        record.unlink()
    with pytest.raises(StoreError, match="missing"), at_work(again):
        again.engine.make(PLATE)


def test_a_list_that_is_not_sound_stops_with_its_line(drawn: OpenNovel) -> None:
    pick_one(drawn, PLATE, 1)
    path = drawn.root / "takes/takes.json"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"state": "picked"', '"state": "liked"'), "utf-8")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if '"state"' in row)
    with pytest.raises(ContractError) as caught:
        open_novel(drawn.root)
    assert caught.value.where.startswith(f"takes/takes.json:{line} ")
    path.write_text(text.replace("backgrounds:pier/base", "backgrounds:quay/base"), "utf-8")
    [found] = problems(drawn.root, drawn.targets)
    assert (found.severity, found.line) == ("warning", 3)


def test_a_foreign_record_is_refused(drawn: OpenNovel) -> None:
    """Somebody points a target at the take of another one."""
    pick_one(drawn, PLATE, 1)
    path = drawn.root / "takes/takes.json"
    path.write_text(path.read_text("utf-8").replace(PLATE, NIGHT).replace('"picked"', '"approved"'), "utf-8")
    with pytest.raises(StoreError, match="makes no sense"), at_work(open_novel(drawn.root)) as again:
        again.engine.make(NIGHT)


# --- the contact sheet


class Page(HTMLParser):
    """Collects what a page would load, its tags and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.loads += [given["src"] or ""] if "src" in given else []
        self.links += [given["href"] or ""] if "href" in given else []

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_contact_sheet(drawn: OpenNovel) -> None:
    with at_work(drawn):
        made = alternatives(drawn, PLATE, 1, 2)
        contact = write_contact(drawn.engine, drawn.targets[PLATE], made)
        first = contact.picture.read_bytes(), contact.page.read_bytes()
        write_contact(drawn.engine, drawn.targets[PLATE], made)
    assert first == (contact.picture.read_bytes(), contact.page.read_bytes())
    assert all(not one.is_same and one.changed and one.psnr_db for one in contact.apart.values())
    with Image.open(contact.picture) as sheet:
        assert sheet.width > 3 * 400
        colours = {colour for _, colour in sheet.getcolors(1 << 24) or []}
    assert {(36, 96, 196), (34, 37, 43)} <= colours  # the current one's frame, the others' numbers
    page = Page(first[1].decode())
    assert page.tags.count("figure") == 3
    assert {"script", "link", "iframe", "form"}.isdisjoint(page.tags)
    assert all(load.startswith("data:image/webp;base64,") for load in page.loads)
    assert page.links == ["1.png", "2.png"]
    assert all((contact.page.parent / link).is_file() for link in page.links)
    for word in ("31", "32", "33", "PSNR", f"comfyvn take {PLATE} --pick 2"):
        assert word in page.words
    assert "default-src &#x27;none&#x27;" in first[1].decode()


def test_clips_have_players(drawn: OpenNovel) -> None:
    with at_work(drawn):
        contact = write_contact(drawn.engine, drawn.targets[CLIP], alternatives(drawn, CLIP, 1))
    text = contact.page.read_text("utf-8")
    page = Page(text)
    assert (page.tags.count("audio"), page.loads) == (2, ["0.ogg", "1.ogg"])
    folder = contact.page.parent
    assert (folder / "0.ogg").read_bytes() == art(drawn, CLIP).with_suffix(".ogg").read_bytes()
    assert all(len(soundfile.read(folder / load)[0]) > 0 for load in page.loads)
    assert (page.tags.count("script"), page.tags.count("link"), page.tags.count("iframe")) == (1, 0, 0)
    [script] = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;" in text  # this one, and no other
    assert "connect-src" not in text and "default-src &#x27;none&#x27;" in text
    for word in ("seed", "length", "LUFS", "difference", f"comfyvn take {CLIP} --pick 1"):
        assert word in page.words
    with Image.open(contact.picture) as sheet:
        assert sheet.width > 2 * 400


def test_a_clip_s_faults_are_told_on_its_page() -> None:
    notes = {"quality": {"word_errors": 0.625, "faults": ["clipped: 9 <peaks>"]}}
    page = Page(contact_page(CLIP, [Shown(0, {"seed": 1}, {".ogg": b""}, notes)], {}))
    assert "62%" in page.words and "clipped: 9 <peaks>" in page.words


def test_hostile_words_stay_words() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG")
    evil = "<script>alert(1)</script>\"'&"
    files = {".png": buffer.getvalue()}
    shown = [Shown(0, {evil: 1}, files, {}, evil), Shown(1, {evil: 2}, files)]
    page = Page(contact_page(evil, shown, {1: Difference(is_same=True)}))
    assert "script" not in page.tags
    assert page.words.count("<script>alert(1)</script>") >= 4
    assert contact_sheet(evil * 40, shown, {}).startswith(b"\x89PNG")


def test_differences() -> None:
    def picture(colour: tuple[int, int, int, int], dot: tuple[int, int, int, int] | None = None) -> Shown:
        image, buffer = Image.new("RGBA", (10, 10), colour), io.BytesIO()
        if dot:
            image.putpixel((0, 0), dot)
        image.save(buffer, "PNG")
        return Shown(0, {}, {".png": buffer.getvalue()})

    black = picture((0, 0, 0, 255))
    assert difference(black, picture((0, 0, 0, 255))).is_same
    dotted = difference(black, picture((0, 0, 0, 255), (255, 255, 255, 255)))
    assert dotted.changed == pytest.approx(0.01)
    assert dotted.psnr_db == pytest.approx(10 * np.log10(255**2 / (3 * 255**2 / 400)))
    unseen = difference(picture((0, 0, 0, 0)), picture((255, 0, 0, 0)))
    assert (unseen.is_same, unseen.changed) == (False, 0.0)  # the colour of what nobody sees


def test_an_unwritten_novel_has_no_takes(drawn: OpenNovel) -> None:
    write(drawn.root / "takes/takes.json", {"targets": {}, "version": 1})
    assert dict(open_novel(drawn.root).engine.judge.takes) == {}
    assert problems(drawn.root, drawn.targets) == []
