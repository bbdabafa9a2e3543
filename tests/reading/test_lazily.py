"""A novel that is read as it is looked at: what is kept is noted again at every asking."""

from __future__ import annotations

import hashlib
from pathlib import Path

from comfyvn.reading.lazily import Shelf, Trace, lazy_project
from tests.fakes.small_novel import write, write_small_novel

CLIPS = {"version": 1, "clips": [{"id": "bell"}, {"id": "horn", "language": "de", "text": "Tuut."}]}


def test_the_ids_of_clips_are_gathered_once_and_noted_every_time(tmp_path: Path) -> None:
    root = write_small_novel(tmp_path)
    write(root / "data/voices/extra.json", CLIPS)
    files = {"novel": "comfyvn.yaml", "voices/extra": "data/voices/extra.json"}
    digests = {key: hashlib.sha256((root / file).read_bytes()).hexdigest() for key, file in files.items()}
    trace = Trace()
    project = lazy_project(Shelf(root, files, digests), trace)
    with trace.noting() as first:
        ids = project.clip_ids
    with trace.noting() as again:
        assert project.clip_ids is ids
    assert ids == {"bell"}
    assert first == again == {"novel.languages", "voices/", "voices/extra"}
