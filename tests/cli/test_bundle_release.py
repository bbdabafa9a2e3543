"""Bundles and releases of a real novel, rendered on a server: whole, reproducible, and held to what a release asks."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from comfyvn import cli
from comfyvn.contracts.model import Rating
from comfyvn.draft.process import DraftServer
from comfyvn.engine.opening import open_novel
from comfyvn.engine.survey import survey
from comfyvn.makers.label import TRAINED, WITH_TRAINED
from comfyvn.recipe import Export
from comfyvn.targets.exports import RECORD
from comfyvn.targets.renpy_script import say_id
from tests.fakes.novel_runs import comfyvn, doit, tree
from tests.fakes.released_novel import pin, write_released

ROOT = Path(__file__).parents[2]
XMP = "XML:com.adobe.xmp"


def build(root: Path, rating: Rating | None = None, *names: str) -> set[str]:
    """Makes what is not up to date, needs first; the names of what was made."""
    novel = open_novel(root, rating=rating)
    novel.engine.begin()
    try:
        found = {name: novel.engine.make(name).how for name in names or novel.targets}
    finally:
        novel.engine.end()
    return {name for name, how in found.items() if how == "made"}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """(the built and pinned novel, the cache that it filled); nobody changes them."""
    root, cache = tmp_path_factory.mktemp("released") / "novel", tmp_path_factory.mktemp("released-cache")
    with DraftServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMFYVN_CACHE", str(cache))
        pin(write_released(root, server.url))
        made = doit(root)
        assert made.code == 0, made.output
        yield root, cache


@pytest.fixture
def novel(once: tuple[Path, Path], tmp_path: Path, own_cache: Path) -> Path:
    """A copy to change, and its filled cache as this test's own."""
    shutil.copytree(once[1], own_cache, dirs_exist_ok=True)
    return Path(shutil.copytree(once[0], tmp_path / "elsewhere" / "novel"))


def run(root: Path, *arguments: str) -> int:
    return cli.main([*arguments, "--dir", str(root)])


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


# --- bundles


def test_bundles_are_whole_and_as_their_schemas_say(
    once: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = once[0]
    assert run(root, "bundle", "verify") == 0
    assert capsys.readouterr().out.count(": whole, ") == 3
    for name in ("scene", "manifest", "versions"):
        schema = json.loads((ROOT / f"schemas/bundle-{name}.json").read_text("utf-8"))
        for file in (root / "build/export/bundle").glob(f"*/{name}.json"):
            Draft202012Validator(schema).validate(json.loads(file.read_text("utf-8")))


def test_the_lines_are_those_of_the_ren_py_export_in_its_order(once: tuple[Path, Path]) -> None:
    for folder in sorted((once[0] / "build/export/bundle").iterdir()):
        scene = json.loads((folder / "scene.json").read_text("utf-8"))
        script = (once[0] / f"build/export/renpy/game/scenes/{folder.name}.rpy").read_text("utf-8")
        said = [say_id(line["id"]) for line in scene["lines"] if line["kind"] in ("say", "narrate", "menu")]
        assert said == re.findall(r'" id (\w+)$', script, re.MULTILINE)
        assert said


def test_a_bundle_tells_where_everything_comes_from(once: tuple[Path, Path]) -> None:
    folder = once[0] / "build/export/bundle/s0"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    by_path = {entry["path"]: entry for entry in manifest["files"]}
    assert {entry["path"] for entry in manifest["files"]} == {*tree(folder)} - {"manifest.json"}
    assert by_path["audio/assets/theme.ogg"]["made_by"] == "file:art/theme.ogg"
    told = manifest["provenance"]
    assert told["file:art/theme.ogg"] == {
        "kind": "file", "title": "Theme\nSong", "author": "An Author", "licence": "CC0-1.0",
    }  # fmt: skip
    happy = told[by_path["sprites/c0/day/standing/happy.png"]["made_by"]]
    assert (happy["kind"], happy["engine"], happy["quality"]) == (
        "patch", {"wanted": "comfyui", "made": "comfyui"}, "final",
    )  # fmt: skip
    assert happy["made_of"] == ["sprites:c0/day/standing/base"] and happy["seeds"] == {"expression_seed": 1}
    assert set(happy["packs"]) == {"ComfyUI", "ComfyUI-Impact-Pack"} and happy["models"]["sdxl_base"]["sha256"]
    assert told["sprites:c0/day/standing/base"]["workflow"] == "sprite_pack"
    assert told["voices:en/a0"]["engine"]["made"].startswith("espeak")
    versions = json.loads((folder / "versions.json").read_text("utf-8"))
    assert versions["models"]["sdxl_base"]["licence"] and "sprite_expression" in versions["workflows"]
    names = ("assets/theme", "characters/c0", "locations/p0", "novel", "scenes/s0")
    assert versions["contracts"] == dict.fromkeys(names, 1)


def test_sprites_of_every_outfit_that_may_be_shown_are_there(once: tuple[Path, Path]) -> None:
    scene = json.loads((once[0] / "build/export/bundle/s0/scene.json").read_text("utf-8"))
    sprites = scene["cast"]["c0"]["sprites"]
    faces = ("happy", "neutral", "sad")
    assert set(sprites) == {f"{outfit}/standing/{face}" for outfit in ("day", "gown") for face in faces}
    assert scene["lines"][1]["plain"] == "So it begins." and scene["music"] == "theme"
    assert {"music": None} in scene["script"]


def test_two_builds_in_two_folders_are_the_same_bytes(once: tuple[Path, Path], novel: Path) -> None:
    shutil.rmtree(novel / "build")
    shutil.rmtree(novel / ".comfyvn")
    build(novel)
    export = "build/export"
    assert tree(novel / export) == tree(once[0] / export)
    for data in tree(novel / export).values():
        assert str(novel).encode() not in data


def test_only_what_changed_is_written(novel: Path) -> None:
    bundle = novel / "build/export/bundle"
    before = {file: (bundle / file).stat().st_mtime_ns for file in tree(bundle)}
    edit(novel / "data/scenes/s1.json", "So it begins.", "So it began.")
    assert build(novel) == {"voices:en/a1b0", "manifests:renpy", "export_renpy", "manifests:bundle", "export_bundle"}
    moved = {file for file, was in before.items() if (bundle / file).stat().st_mtime_ns != was}
    voice = {f"s1/audio/voices/en/a1b0.{kind}" for kind in ("ogg", "srt")}
    assert moved == {"s1/scene.json", "s1/manifest.json", *voice}
    assert build(novel) == set()


def test_what_a_record_says_anew_is_told_anew(novel: Path) -> None:
    """The same pixels out of another prompt: sprites and atlas stay, and the bundle tells of the new recipe."""
    edit(novel / "data/locations/p1.json", "room number 1", "room number 1,")
    made = build(novel)
    assert "backgrounds:p1/base" in made and "atlases:c1" not in made
    assert {"manifests:bundle", "export_bundle"} <= made and "manifests:renpy" not in made, "the pixels were to stay"
    wanted = json.loads((novel / "build/backgrounds/p1/base.png.render.json").read_text("utf-8"))["wanted"]
    manifest = json.loads((novel / "build/export/bundle/s1/manifest.json").read_text("utf-8"))
    assert manifest["provenance"]["backgrounds:p1/base"]["wanted"] == wanted


@pytest.mark.parametrize("fault", ["changed", "extra", "missing", "link", "dangling", "type", "json"])
def test_a_bundle_that_is_not_what_it_says(novel: Path, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = novel / "build/export/bundle/s0"
    picture, scene = folder / "images/stills/view.png", folder / "scene.json"
    words = {
        "changed": "images/stills/view.png: it is not what manifest.json says",
        "extra": "notes.txt is not in manifest.json",
        "missing": "images/stills/view.png is missing",
        "link": "'images/stills/view.png': no plain file",
        "dangling": "there is no still 'window'",
        "type": "scene.json $.resolution",
        "json": "scene.json: it cannot be read",
    }
    if fault == "changed":
        data = bytearray(picture.read_bytes())
        data[-20] ^= 1
        picture.write_bytes(data)
    elif fault == "extra":
        (folder / "notes.txt").write_text("x", "utf-8")
    elif fault == "dangling":
        edit(scene, '"still": "view"', '"still": "window"')
    elif fault == "type":
        edit(scene, '"resolution": [\n  320', '"resolution": [\n  "wide"')
    elif fault == "json":
        scene.write_bytes(b'{"a": NaN}')
    else:
        picture.unlink()
    if fault == "link":
        picture.symlink_to("/etc/hosts")
    assert run(novel, "bundle", "verify") == 1
    assert words[fault] in capsys.readouterr().out


def test_a_zip_is_the_same_bytes_every_time_and_is_verified_as_it_is(
    novel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(novel, "bundle", "zip", "s0", "secret", "--out", str(tmp_path / "a")) == 0
    for file in (novel / "build/export/bundle").rglob("*"):
        file.touch()
    assert run(novel, "bundle", "zip", "--out", str(tmp_path / "b")) == 0
    assert set(tree(tmp_path / "a")) == {"s0.zip", "secret.zip"}
    assert (tmp_path / "a/s0.zip").read_bytes() == (tmp_path / "b/s0.zip").read_bytes()
    capsys.readouterr()
    assert cli.main(["bundle", "verify", str(tmp_path / "b"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["scene"] for one in found] == ["s0", "s1", "secret"]


# --- labels


def test_pictures_of_exports_say_what_they_are_and_artifacts_do_not(once: tuple[Path, Path]) -> None:
    sprite = "sprites/c0/gown/standing/sad.png"
    others = (f"renpy/game/{sprite}", "renpy/game/bg/p0/dusk.png")
    for place in (f"bundle/s0/{sprite}", *others):
        with Image.open(once[0] / "build/export" / place) as image:
            assert "digitalsourcetype/trainedAlgorithmicMedia<" in image.info[XMP]
    with Image.open(once[0] / "build" / sprite) as image:
        assert XMP not in image.info
    with Image.open(once[0] / "build/export/renpy/game/gui/window_icon.png") as image:
        assert XMP not in image.info  # made elsewhere: nothing is claimed


def test_a_retouched_picture_is_a_composite(novel: Path) -> None:
    file = novel / "build/backgrounds/p1/base.png"
    with Image.open(file) as image:
        image.putpixel((3, 3), (1, 2, 3) if image.mode == "RGB" else (1, 2, 3, 255))
        image.save(file)
    assert run(novel, "adopt", "backgrounds:p1/base", "--by", "me") == 0
    build(novel)
    with Image.open(novel / "build/export/bundle/s1/images/backgrounds/p1/base.png") as image:
        assert "compositeWithTrainedAlgorithmicMedia<" in image.info[XMP]


def test_a_sprite_is_what_the_picture_is_that_it_was_cut_out_of(tmp_path: Path, own_cache: Path) -> None:
    uncut, base, happy = "uncut:c0/day/standing/base", *(f"sprites:c0/day/standing/{one}" for one in ("base", "happy"))
    with DraftServer() as server:
        root = write_released(tmp_path / "novel", server.url)
        edit(root / "data/styles/tiny.json", '"id"', '"matte": "own_target", "id"')
        assert {uncut, base, happy} <= build(root, None, uncut, base, happy)
        assert {open_novel(root).engine.labels.origin(name) for name in (uncut, base, happy)} == {TRAINED}
        file = root / "build/uncut/c0/day/standing/base.png"
        with Image.open(file) as image:
            image.putpixel((3, 3), (1, 2, 3))
            image.save(file)
        assert base in build(root, None, uncut, base, happy)
    assert {open_novel(root).engine.labels.origin(name) for name in (uncut, base, happy)} == {WITH_TRAINED}

    # Whether that picture was retouched is known while it is there; who drew it stands in the sprite's own record.
    assert run(root, "approve", base) == 0
    kept = (root / "build/uncut").rename(tmp_path / "uncut")
    assert open_novel(root).engine.labels.origin(base) == TRAINED
    kept.rename(root / "build/uncut")
    assert open_novel(root).engine.labels.origin(base) == WITH_TRAINED
    edit(root / "data/styles/tiny.json", "own_target", "in_render")
    assert open_novel(root).engine.labels.origin(base) == TRAINED, "nothing names that picture any more"


def test_a_bundle_tells_how_the_picture_was_made_that_a_sprite_was_cut_out_of(tmp_path: Path) -> None:
    root = write_released(tmp_path / "novel", "http://127.0.0.1:9")
    person = json.loads((root / "data/characters/c0/character.json").read_text("utf-8"))
    person["expressions"]["sad"]["mode"] = "full"
    person["style"] = {"matte": "own_target"}
    (root / "data/characters/c0/character.json").write_text(json.dumps(person), "utf-8")
    novel = open_novel(root)
    target = novel.targets["export_bundle"].recipe
    assert isinstance(target, Export) and isinstance(target.facts["made_of"], dict)
    base, sad, happy = (f"c0/day/standing/{cell}" for cell in ("base", "sad", "happy"))
    made_of = target.facts["made_of"]
    assert (made_of[f"sprites:{base}"], made_of[f"sprites:{sad}"]) == ([f"uncut:{base}"], [f"uncut:{sad}"])
    assert made_of[f"sprites:{happy}"] == [f"sprites:{base}"]
    placed = novel.targets["manifests:bundle"].recipe.inputs
    assert {f"{RECORD}uncut:{base}", f"{RECORD}uncut:{sad}"} <= set(placed) and f"{RECORD}uncut:{happy}" not in placed


# --- ratings


def test_a_build_with_a_rating_leaves_out_what_is_rated_higher_and_undoes_nothing(novel: Path) -> None:
    before = tree(novel / "build")
    ran = comfyvn(novel, "build", "--rating", "everyone")
    made = set(re.findall(r"^\[\d+/\d+\] (\S+)  comfyvn", ran.output, re.MULTILINE))
    assert ran.code == 0, ran.output
    assert {"rated:everyone/export_renpy", "rated:everyone/export_bundle", "rated:everyone/atlases/c0"} <= made
    assert not any(name.startswith(("sprites:", "voices:", "scenes:")) for name in made)
    after = tree(novel / "build")
    assert {name: after[name] for name in before} == before
    assert comfyvn(novel, "build", "--rating", "everyone").output.startswith("up to date: ")
    game = novel / "build/rated/everyone/export/renpy/game"
    assert not (game / "scenes/secret.rpy").exists() and not (game / "voice/a1.ogg").exists()
    script = (game / "scenes/s0.rpy").read_text("utf-8")
    assert "And now?" not in script and "Down" not in script and "gown" not in script and "On" in script
    assert "gown" not in (game / "images_c0.rpy").read_text("utf-8")
    assert run(novel, "bundle", "verify", str(novel / "build/rated/everyone/export/bundle")) == 0
    assert build(novel, "everyone") == set() and build(novel) == set()
    again = comfyvn(novel, "build", "--rating", "everyone")
    assert (again.code, again.output[:12]) == (0, "up to date: ")
    assert doit(novel).output.startswith("up to date: ")


def test_a_clip_that_is_another_one_in_a_rated_bundle_is_told_of_by_its_own_name(novel: Path) -> None:
    file = novel / "data/scenes/s0.json"
    scene = json.loads(file.read_text("utf-8"))
    rude = {"narrate": "Something rude.", "id": "zzrude", "rating": "adult"}
    scene["script"] = [rude, {"narrate": "Something kind.", "id": "zzkind", "clip": "zzrude"}, *scene["script"]]
    file.write_text(json.dumps(scene), "utf-8")
    clips = {"version": 1, "clips": [{"id": "zzrude"}]}
    (novel / "data/voices").mkdir(exist_ok=True)
    (novel / "data/voices/more.json").write_text(json.dumps(clips), "utf-8")
    assert "rated:teen/voices/en/zzrude" in build(novel, "teen")
    out = novel / "build/rated/teen/export/bundle"
    assert run(novel, "bundle", "verify", str(out)) == 0
    manifest = json.loads((out / "s0/manifest.json").read_text("utf-8"))
    made_by = {entry["path"]: entry.get("made_by") for entry in manifest["files"]}
    assert made_by["audio/voices/en/zzkind.ogg"] == "voices:en/zzrude"
    assert "voices:en/zzrude" in manifest["provenance"] and "rated:" not in json.dumps(manifest)


def test_a_rating_under_which_a_route_dangles(novel: Path) -> None:
    edit(novel / "data/scenes/s0.json", '"rating": "mature",', '"rating": "everyone",')
    told = comfyvn(novel, "build", "--rating", "teen")
    assert told.code == 3
    line = (novel / "data/scenes/s0.json").read_text("utf-8").splitlines().index('          "jump": "secret"') + 1
    assert f"data/scenes/s0.json:{line} $.script[7].menu[0].jump" in told.output
    assert 'the same "rating" on this choice' in told.output


def test_code_that_stays_in_a_rated_game_is_warned_of(novel: Path) -> None:
    with (novel / "comfyvn.yaml").open("a", encoding="utf-8") as file:
        file.write("trusted: true\n")
    edit(novel / "data/scenes/s0.json", '"script": [', '"script": [\n{"renpy": "jump scene_secret"},')
    said: list[str] = []
    open_novel(novel, said.append, rating="everyone")
    line = (novel / "data/scenes/s0.json").read_text("utf-8").splitlines().index('{"renpy": "jump scene_secret"},') + 1
    (warning,) = said
    assert warning.startswith(f"warning: data/scenes/s0.json:{line} $.script[0].renpy: nobody knows where")


def test_what_is_said_after_a_build_with_a_rating_is_of_that_build(novel: Path) -> None:
    folder = novel / "build/rated/everyone"
    folder.mkdir(parents=True)
    (folder / "export").write_text("in the way", "utf-8")
    failed = comfyvn(novel, "build", "--rating", "everyone", "export_renpy")
    retry = "to retry just this: comfyvn build --rating everyone rated:everyone/export_renpy\n"
    assert failed.code == 1 and retry in failed.output, failed.output
    (folder / "export").unlink()
    told = comfyvn(novel, "build", "--failed")
    assert (told.code, told.output) == (
        0,
        "nothing failed that is still to be made\n"
        "of what is cut to a rating something did: comfyvn build --rating everyone --failed\n",
    )
    done = comfyvn(novel, "build", "--rating", "everyone", "--failed")
    assert done.code == 0 and (folder / "export/renpy/game/script.rpy").is_file(), done.output
    assert not (folder / "export/bundle").exists(), "only what failed"
    edit(novel / "comfyvn.yaml", "[renpy, bundle]", "[renpy]")
    unknown = comfyvn(novel, "build", "--rating", "everyone", "export_bundle")
    assert unknown.code == 2 and "add bundle to exports in comfyvn.yaml" in unknown.output


def test_a_game_that_exists_gets_no_cut_edition(novel: Path) -> None:
    with (novel / "comfyvn.yaml").open("a", encoding="utf-8") as file:
        file.write("export: {renpy: {into: ../game}}\n")
    told = comfyvn(novel, "build", "--rating", "teen")
    assert told.code == 3 and "$.export.renpy.into" in told.output and "build/rated/" in told.output


# --- releases


def obstacles(root: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, list[str]]:
    capsys.readouterr()
    assert run(root, "release", "--target", "steam", "--json", *more) == 1
    found: dict[str, list[str]] = {}
    for one in json.loads(capsys.readouterr().out)["obstacles"]:
        assert one["todo"] and one["what"]
        found.setdefault(one["check"], []).append(one["todo"])
    return found


def test_everything_that_is_in_the_way_is_told_at_once(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (novel / "providers/nodeset.lock.json").unlink()
    edit(novel / "comfyvn.yaml", "rating: mature", "languages: [en, de]\nrating: teen")
    edit(novel / "data/assets/theme.json", '"CC0-1.0"', '"CC-BY-NC-4.0"')
    edit(novel / "data/locations/p1.json", "room number 1", "another room")
    found = obstacles(novel, capsys)
    assert set(found) == {"stale", "unapproved", "licence", "unpinned", "translation", "rating"}
    assert "comfyvn approve sprites" in found["unapproved"]
    assert "comfyvn lock --comfyui PATH --accept" in found["unpinned"]
    assert not (novel / "build/release").exists()


def test_what_only_a_rated_game_shows_is_approved_by_its_name(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = json.loads((novel / "data/locations/p0.json").read_text("utf-8"))
    place["variants"]["dusk"]["rating"] = "mature"
    (novel / "data/locations/p0.json").write_text(json.dumps(place), "utf-8")
    edit(novel / "data/scenes/s0.json", '"id": "view",', '"id": "view", "background": "p0/dusk",')
    build(novel, "everyone")
    found = obstacles(novel, capsys, "--rating", "everyone")
    assert "comfyvn approve rated:everyone/scenes" in found["unapproved"]
    for todo in found["unapproved"]:
        assert run(novel, *todo.split()[1:], "--by", "me") == 0
    assert run(novel, "release", "--target", "steam", "--check", "--rating", "everyone") == 0
    capsys.readouterr()
    assert run(novel, "why", "rated:everyone/scenes/s0/view") == 0
    assert run(novel, "check") == 0
    assert "a take of" not in capsys.readouterr().out
    edit(novel / "data/scenes/s0.json", '"id": "n1"', '"id": "n1", "spoken": "Late."')
    assert "comfyvn build --rating everyone" in obstacles(novel, capsys, "--rating", "everyone")["stale"]


def test_drafts_are_never_released(novel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(novel / "comfyvn.yaml", "image: comfyui", "image: draft")
    shutil.rmtree(novel / "build/scenes/s1")
    build(novel)
    found = obstacles(novel, capsys)
    assert "draft" in found


def test_a_release(novel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(obstacles(novel, capsys)) == {"unapproved"}
    assert run(novel, "approve", "sprites", "backgrounds", "scenes", "--by", "me") == 0
    assert run(novel, "release", "--target", "steam", "--check") == 0
    out = tmp_path / "out"
    assert run(novel, "release", "--target", "steam", "--out", str(out)) == 0
    files = tree(out)
    assert {"renpy/game/script.rpy", "renpy/icon.ico", "bundle/s0/manifest.json", "CREDITS.txt", "AI-DISCLOSURE.txt",
            "ai-disclosure.json", "release.json"} <= set(files)  # fmt: skip
    credits, told = files["CREDITS.txt"].decode(), files["AI-DISCLOSURE.txt"].decode()
    assert "- music: Theme Song, by An Author, CC0-1.0\n" in credits and "sdxl_base, CreativeML" in credits
    assert "eSpeak NG" in credits and "Ren'Py" in credits
    assert "Pre-generated AI content" in told and "Live-generated AI content" in told
    assert "- Character sprites: 15 of 15 were generated during development (comfyui)." in told
    assert "Not generated by a trained model: 6 voice clips." in told and "Yes: Graphics." in told
    assert set(json.loads(files["release.json"])["files"]) == set(files) - {"release.json"}
    assert json.loads(files["ai-disclosure.json"])["live_generated"] == {"used": False}
    # Again: nothing to write. A folder that holds something else is left alone.
    capsys.readouterr()
    assert run(novel, "release", "--target", "steam", "--out", str(out), "--json") == 0
    assert json.loads(capsys.readouterr().out)["written"] == 0 and tree(out) == files
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("x", "utf-8")
    assert run(novel, "release", "--target", "steam", "--out", str(tmp_path / "mine")) == 2
    # With a rating: that edition, and what is gone from it is gone from the folder.
    build(novel, "everyone")
    assert run(novel, "release", "--target", "steam", "--out", str(out), "--rating", "everyone") == 0
    assert "renpy/game/scenes/secret.rpy" not in tree(out) and "secret" not in "".join(tree(out))


def test_the_settled_standing_of_the_whole_novel_is_as_before(once: tuple[Path, Path]) -> None:
    opened = open_novel(once[0])
    assert {standing.condition for standing in survey(opened.targets, opened.engine.judge).values()} == {"fresh"}
