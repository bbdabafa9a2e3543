"""Which game is played where none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from comfyvn import cli


@pytest.mark.parametrize(("said", "told"), [
    ("export: {renpy: {into: ../mine}}", "mine"),
    ("export: {renpy: {into: [no, name]}}", "build/export/renpy"),
    ("export: 7\nnonsense: true", "build/export/renpy"),
])  # fmt: skip
def test_the_game_that_the_export_goes_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str, told: str
) -> None:
    novel = tmp_path / "novel"
    novel.mkdir()
    (novel / "comfyvn.yaml").write_text(said, "utf-8")
    assert cli.main(["playtest", "--dir", str(novel)]) == 2
    assert told in capsys.readouterr().err
