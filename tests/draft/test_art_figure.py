"""Figures: one person in every cell, an expression that stays in its box, a seed that never touches the face."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from comfyvn.draft.art import Figure, draw_figure, draw_still, face_box, stamp_draft
from comfyvn.draft.art.expression import FACES
from comfyvn.draft.art.figure import draw_uncut
from comfyvn.draft.art.outfit import CUTS
from comfyvn.draft.art.place import Place
from comfyvn.draft.art.pose import WORDS as POSES

SMALL = (208, 304)
AYA = Figure("a young woman with long silver hair and green eyes", "navy school blazer", "standing", size=SMALL)
LABELS = [
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
]

Box = tuple[int, int, int, int]


def pixels(image: Image.Image) -> NDArray[np.int16]:
    return np.asarray(image, dtype=np.int16)


def box_of(figure: Figure) -> Box:
    x, y, w, h = face_box(figure)
    width, height = figure.size
    return int(x * width), int(y * height), int((x + w) * width) + 1, int((y + h) * height) + 1


def changed(one: Figure, other: Figure) -> tuple[int, int]:
    """How many pixels differ inside the face box and outside of it."""
    differs = (pixels(draw_figure(one)) != pixels(draw_figure(other))).any(axis=2)
    left, top, right, bottom = box_of(one)
    inside = int(differs[top:bottom, left:right].sum())
    return inside, int(differs.sum()) - inside


def test_same_input_same_pixels_in_another_process() -> None:
    code = (
        "import hashlib; from comfyvn.draft.art import *\n"
        "picture = draw_figure(Figure('a captain', 'coat', 'waving', 'joy', seed=7, size=(208, 304)))\n"
        "place = draw_place(Place('a harbour', 'night, snow', 3, (240, 135)))\n"
        "print(hashlib.sha256(picture.tobytes() + place.tobytes()).hexdigest())"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout.strip()) == 64


@pytest.mark.parametrize("label", FACES)
def test_an_expression_changes_only_the_face_box(label: str) -> None:
    inside, outside = changed(AYA, replace(AYA, expression=label))
    assert outside == 0
    assert inside > 0 or label == "neutral"


@pytest.mark.parametrize(
    "subject",
    ["an old man with a white beard", "a child with spiky red hair", "a woman, glasses, freckles, hat", "bald man"],
)
def test_expressions_of_other_people_and_poses_stay_in_the_box(subject: str) -> None:
    for pose in ("standing, facing left", "hand over mouth", "sitting"):
        base = replace(AYA, subject=subject, pose=pose, expression="surprise")
        for mood in ("anger", "grief", "laugh", "pride", "fear"):
            inside, outside = changed(base, replace(base, expression=mood))
            assert outside == 0
            assert inside > 0


def test_each_label_has_a_face_of_its_own() -> None:
    left, top, right, bottom = box_of(AYA)
    faces = {draw_figure(replace(AYA, expression=label)).crop((left, top, right, bottom)).tobytes() for label in LABELS}
    assert len(LABELS) == 28
    assert len(faces) == 28


def test_every_label_can_be_told_from_neutral_under_a_fringe_at_160_pixels() -> None:
    """Brows count too: a mood is more than its mouth."""
    for subject in ("a woman, silver hair, hime cut", "a man, black hair, blunt bangs"):
        faces = {label: small_face(replace(AYA, subject=subject, expression=label)) for label in LABELS}
        brows = slice(0, 58)  # rows above the eyes
        for i, one in enumerate(LABELS):
            for other in LABELS[:i]:
                assert (np.abs(faces[one] - faces[other]).max(axis=2) > 40).sum() >= 12, (one, other)
        for label in ("anger", "sadness", "surprise", "fear", "annoyance", "grief"):
            assert (np.abs(faces[label][brows] - faces["neutral"][brows]).max(axis=2) > 60).sum() >= 400, label


def small_face(figure: Figure) -> NDArray[np.int16]:
    figure = replace(figure, size=(416, 608))
    return pixels(draw_figure(figure).crop(box_of(figure)).convert("RGB").resize((160, 160)))


@pytest.mark.parametrize("subject", ["a woman, fair skin", "a dark-skinned man"])
def test_the_hem_is_a_darker_tone_of_what_it_crosses(subject: str) -> None:
    figure = replace(AYA, subject=subject, outfit="swimsuit", size=(832, 1216))
    hemmed, bare = pixels(draw_figure(figure)), pixels(draw_uncut(figure))
    changed = (hemmed != bare).any(axis=2)
    assert changed.any() and not changed[: 1216 * 97 // 100].any()
    assert (hemmed[..., :3] <= bare[..., :3]).all()
    assert (hemmed[..., 3] == bare[..., 3]).all()


@pytest.mark.parametrize("age", ["child", "teenage girl", "woman", "old man", "tall man", "short woman", "fat man"])
@pytest.mark.parametrize("pose", ["standing", "sitting, hands on lap", "waving, facing right"])
def test_the_face_box_lies_in_the_default_mask(age: str, pose: str) -> None:
    x, y, w, h = face_box(Figure(f"{age}", pose=pose))
    assert x >= 0.28 and y >= 0.04
    assert x + w <= 0.28 + 0.44
    assert y + h <= 0.04 + 0.26


def test_the_face_box_does_not_move_with_the_expression_or_the_seed() -> None:
    assert face_box(AYA) == face_box(replace(AYA, expression="joy", seed=99, outfit="coat"))


def test_the_face_box_follows_the_canvas() -> None:
    wide = replace(AYA, size=(640, 304))
    inside, outside = changed(wide, replace(wide, expression="surprise"))
    assert outside == 0 and inside > 0


def test_a_seed_moves_cloth_and_hem_but_nothing_in_the_face() -> None:
    for seed in (1, 2, 2**64 - 1):
        inside, outside = changed(AYA, replace(AYA, seed=seed))
        assert inside == 0
        assert outside > 0


@pytest.mark.parametrize("pose", ["arms crossed", "hand on hip", "waving", "sitting", "hands together", "pointing"])
def test_a_pose_shows_outside_the_face(pose: str) -> None:
    assert changed(AYA, replace(AYA, pose=pose))[1] > 200


def test_every_cut_is_another_silhouette_or_colour() -> None:
    drawn = {draw_figure(replace(AYA, outfit=name)).tobytes() for name in CUTS}
    assert len(drawn) == len(CUTS) >= 10


def test_every_pose_and_cut_keeps_clear_of_the_borders() -> None:
    figures = [replace(AYA, pose=pose) for pose in sorted(set(POSES))]
    figures += [replace(AYA, outfit=name, pose="arms up") for name in CUTS]
    figures += [
        replace(AYA, subject=f"a tall {who}, {hat}", pose=pose)
        for who in ("man with spiky hair", "woman with twintails", "catgirl with a bun")
        for hat in ("witch hat", "straw hat", "captain's cap", "crown", "halo")
        for pose in ("waving", "sitting")
    ]
    for figure in figures:
        alpha = np.asarray(draw_figure(figure))[..., 3]
        assert not alpha[0].any() and not alpha[:, 0].any() and not alpha[:, -1].any(), figure
        assert alpha[-1].any(), figure


def test_no_two_of_24_people_are_alike() -> None:
    people = [replace(AYA, subject=f"person {i}") for i in range(24)]
    drawn = [pixels(draw_figure(person).resize((52, 76))) for person in people]
    for i, one in enumerate(drawn):
        for other in drawn[:i]:
            assert np.abs(one - other).mean() > 1.0


def test_references_are_part_of_who_someone_is() -> None:
    nobody = replace(AYA, subject="someone")
    with_face = replace(nobody, references=("a1", "b2"))
    assert draw_figure(nobody).tobytes() != draw_figure(with_face).tobytes()
    assert draw_figure(with_face).tobytes() == draw_figure(replace(nobody, references=("b2", "a1"))).tobytes()


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_words_draw_a_figure(subject: str, outfit: str, pose: str, expression: str) -> None:
    image = draw_figure(Figure(subject, outfit, pose, expression, size=(52, 76)))
    assert image.mode == "RGBA" and image.size == (52, 76)
    assert image.getchannel("A").getextrema() == (0, 255)


def test_a_still_holds_the_place_and_its_hero() -> None:
    place = Place("a tea room", "dusk", size=(320, 180))
    empty = pixels(draw_still(place, []))
    full = pixels(draw_still(place, [(AYA, 0.25, 0.8)]))
    differs = (empty != full).any(axis=2)
    assert differs[:, :160].sum() > 1000
    assert not differs[:, 200:].any()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_draft_tag_sits_in_one_corner(mode: str) -> None:
    plain = Image.new(mode, (640, 360), (90, 120, 150))
    marked = stamp_draft(plain)
    assert (marked.mode, marked.size) == (mode, plain.size)
    differs = (pixels(plain) != pixels(marked)).any(axis=2)
    rows, columns = np.nonzero(differs)
    assert rows.max() < 40 and columns.max() < 80
    assert pixels(plain)[0, 0, 0] == 90
