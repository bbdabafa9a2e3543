"""What `comfyvn watch` hears: no save is lost, whatever else happens in the novel's folder."""

from __future__ import annotations

import queue
import threading
import time
from pathlib import Path

import pytest

from comfyvn.engine.saves import Saves

ROUNDS, SAVES = 4, 20
PATIENCE_S = 20.0  # a save that has not been heard by then is lost


def test_a_save_is_heard_that_comes_while_a_new_folder_appears(tmp_path: Path) -> None:
    """The new folder is watched from then on, and that must not end what is on its way from the others."""
    (tmp_path / "data").mkdir()
    heard: queue.Queue[str] = queue.Queue()
    with Saves(tmp_path) as saves:

        def listen() -> None:
            for names in saves.batches():
                for name in names:
                    heard.put(name)

        threading.Thread(target=listen, daemon=True).start()
        for number in range(ROUNDS):
            (tmp_path / f"art{number}").mkdir()
            wanted = {f"data/{number}-{save}.txt" for save in range(SAVES)}
            for save in range(SAVES):  # one of them comes just when the watches are put in order
                (tmp_path / f"data/{number}-{save}.txt").write_text("x")
                time.sleep(0.02)
            while wanted:
                try:
                    wanted.discard(heard.get(timeout=PATIENCE_S))
                except queue.Empty:
                    pytest.fail(f"lost in round {number}: {wanted}")
