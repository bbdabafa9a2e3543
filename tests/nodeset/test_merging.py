"""A lock held against what was found: what differs, what is taken over, what stays."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from comfyvn.nodeset.lock_file import lock_text
from comfyvn.nodeset.merging import differences, merged
from comfyvn.nodeset.reality import Reality
from comfyvn.providers import Lock, ModelPin, PackPin, parse_lock

A, B, HASH, OTHER = "a" * 40, "b" * 40, "1" * 64, "2" * 64


def verified(commit: str = "", **more: str) -> PackPin:
    return PackPin(commit=commit, state="verified", **more)  # type: ignore[arg-type]


def said(found: Lock, reality: Reality) -> list[str]:
    return [str(difference) for difference in differences(found, reality)]


def test_what_is_taken_over_differs_no_more() -> None:
    reality = Reality(
        "here", {"One": verified(A), "Two": PackPin()}, {"m": ModelPin(sha256=HASH)}, {"KSampler": HASH},
        lists_packs=True, lists_models=True, lists_classes=True, sees_changes=True,
    )  # fmt: skip
    lock = merged(Lock(), reality)
    assert lock.packs == {"One": verified(A)}
    assert differences(lock, reality) == []
    assert said(Lock(), reality) == [
        f"pack One: not in the lock; {A[:12]} is there", f"model m: not in the lock; {HASH[:12]} is there",
    ]  # fmt: skip


def test_what_was_not_seen_stays_unless_it_is_pruned() -> None:
    lock = Lock(packs={"One": verified(A), "Gone": verified(B)}, models={"m": ModelPin(sha256=HASH)})
    reality = Reality("here", {"One": verified(B)}, lists_packs=True)
    assert set(merged(lock, reality).packs) == {"One", "Gone"}
    pruned = merged(lock, reality, prune=True)
    assert (set(pruned.packs), set(pruned.models)) == ({"One"}, {"m"})  # models were not looked at
    assert said(lock, reality) == [
        f"pack Gone: locked at {B[:12]}, and not there", f"pack One: locked at {A[:12]}, {B[:12]} is there",
    ]  # fmt: skip


def test_comfyui_itself_may_lie_elsewhere() -> None:
    """As with ComfyUI's --base-directory: a folder of packs and models is looked at, and its core is not in it."""
    lock = Lock(packs={"ComfyUI": verified(A)})
    packs_alone = Reality("base", {"One": verified(B)}, lists_packs=True)
    assert [each.name for each in differences(lock, packs_alone)] == ["One"]
    assert set(merged(lock, packs_alone, prune=True).packs) == {"ComfyUI", "One"}


def test_a_claim_does_not_make_a_verified_pin_less_sure() -> None:
    lock = Lock(packs={"One": verified(A)}, models={"m": ModelPin(sha256=HASH, state="verified")})
    claim = Reality("snapshot", {"One": PackPin(commit=A)}, {"m": ModelPin(sha256=HASH)})
    assert merged(lock, claim) == lock
    moved = Reality("snapshot", {"One": PackPin(commit=B)}, {"m": ModelPin(sha256=OTHER)})
    assert merged(lock, moved).packs["One"] == PackPin(commit=B, state="claimed")
    assert merged(lock, moved).models["m"].state == "claimed"


def test_a_look_verifies_a_claim() -> None:
    lock = Lock(packs={"One": PackPin(commit=A)})
    assert merged(lock, Reality("here", {"One": verified(A)})).packs["One"].state == "verified"


def test_a_server_s_version_neither_contradicts_nor_verifies_a_commit() -> None:
    lock = Lock(packs={"ComfyUI": PackPin(commit=A)})
    says = Reality("gpu", {"ComfyUI": verified(version="0.3.64")}, lists_packs=True)
    assert differences(lock, says) == []
    joined = merged(lock, says)
    assert joined.packs["ComfyUI"] == PackPin(commit=A, version="0.3.64", state="claimed")
    newer = Reality("gpu", {"ComfyUI": verified(version="0.3.70")}, lists_packs=True)
    assert said(joined, newer) == [f"pack ComfyUI: locked at {A[:12]}, 0.3.70 is there"]
    assert merged(joined, newer).packs["ComfyUI"].pin == "0.3.70"
    claim = merged(merged(Lock(), says), Reality("snapshot", {"ComfyUI": PackPin(commit=A)}))
    assert claim.packs["ComfyUI"] == PackPin(commit=A, version="0.3.64", state="claimed")


def test_changes_count_only_where_they_can_be_seen() -> None:
    lock = Lock(packs={"One": verified(A, changes=HASH)})
    clean = Reality("here", {"One": verified(A)}, sees_changes=True)
    assert said(lock, clean) == [f"pack One: locked at {A[:12]} with changes, {A[:12]} is there"]
    assert merged(lock, clean).packs["One"].changes == ""
    server = Reality("gpu", {"One": verified(A)})
    assert differences(lock, server) == []
    assert merged(lock, server) == lock


def test_definitions_are_compared_once_some_are_locked() -> None:
    server = Reality("gpu", classes={"KSampler": HASH}, lists_classes=True)
    assert differences(Lock(), server) == []
    assert said(Lock(classes={"KSampler": OTHER, "Gone": HASH}), server) == [
        f"class Gone: locked at {HASH[:12]}, and not there",
        "class KSampler: its definition is another than the locked one",
    ]


NAMES = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=8)
COMMITS = st.sampled_from(["", A, B, "c" * 64])
PACKS = st.builds(
    PackPin,
    commit=COMMITS,
    version=st.sampled_from(["", "1.0.0"]),
    cnr=NAMES,
    changes=st.sampled_from(["", HASH]),
    state=st.sampled_from(["verified", "claimed"]),
)
LOCKS = st.builds(
    Lock,
    packs=st.dictionaries(NAMES, PACKS, max_size=4),
    models=st.dictionaries(NAMES, st.builds(ModelPin, sha256=st.sampled_from(["", HASH, OTHER])), max_size=4),
    classes=st.dictionaries(NAMES, st.sampled_from([HASH, OTHER]), max_size=4),
)


@given(LOCKS)
def test_a_lock_file_reads_back_as_it_was(lock: Lock) -> None:
    text = lock_text(lock)
    assert parse_lock(json.loads(text)) == lock
    assert lock_text(parse_lock(json.loads(text))) == text


@given(LOCKS, LOCKS, st.booleans())
def test_taking_over_twice_changes_nothing(lock: Lock, found: Lock, sees: bool) -> None:
    reality = Reality("x", found.packs, found.models, found.classes, True, True, True, sees)
    once = merged(lock, reality)
    assert merged(once, reality) == once
    assert [each for each in differences(once, reality) if not each.is_gone] == []
    assert differences(merged(lock, reality, prune=True), reality) == []


def test_the_file_has_one_line_for_each_pin() -> None:
    lock = Lock(packs={"B": verified(B), "A": verified(A)}, models={"m": ModelPin(sha256=HASH)})
    assert lock_text(lock) == (
        '{\n  "version": 1,\n  "packs": {\n'
        f'    "A": {{"commit": "{A}", "state": "verified"}},\n'
        f'    "B": {{"commit": "{B}", "state": "verified"}}\n'
        '  },\n  "models": {\n'
        f'    "m": {{"sha256": "{HASH}", "state": "claimed"}}\n'
        "  }\n}\n"
    )
