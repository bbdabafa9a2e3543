"""A studio whose ComfyUI server fails what a test says: pictures are coloured by what was asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.comfy import FakeComfy, Prompt, paint, png
from tests.fakes.novel_runs import set_up
from tests.fakes.small_novel import NOVEL, write, write_small_novel

AYA = "data/characters/aya/character.json"
FINAL = NOVEL.replace("voiced: all", "voiced: none") + "engines: {image: comfyui, video: draft, voice: [espeak]}\n"


@dataclass
class Moody:
    """Plays prompts; those whose graph has a word of `hated` in it fail. `played`: what began, as text."""

    hated: set[str] = field(default_factory=set)
    played: list[str] = field(default_factory=list)

    def __call__(self, server: FakeComfy, prompt: Prompt) -> None:
        text = json.dumps(prompt.body["prompt"], sort_keys=True)
        self.played.append(text)
        if any(word in text for word in self.hated):
            prompt.status = "error"
            told = {"node_id": "1", "node_type": "KSampler", "exception_type": "ValueError"}
            server.say(prompt, "execution_error", **told, exception_message="no such luck")
            return
        red, green, blue = hashlib.sha256(text.encode()).digest()[:3]
        picture = png((red, green, blue), 64)
        paint(server, prompt, lambda: server.files.update(dict.fromkeys(_saved(prompt), picture)))

    def count(self, word: str) -> int:
        return sum(word in text for text in self.played)


def _saved(prompt: Prompt) -> list[tuple[str, str, str]]:
    items = [item for output in prompt.outputs.values() for item in output["images"]]
    return [(item["type"], item["subfolder"], item["filename"]) for item in items]


def studio(folder: Path, url: str) -> Path:
    """The small novel, whose pictures the server at `url` makes; nothing is spoken."""
    novel = set_up(write_small_novel(folder, novel=FINAL))
    write(novel / "providers/servers.yaml", f"servers: {{gpu: {{url: '{url}', slots: 2, silence_s: 3.0}}}}\n")
    return novel


Edit = Callable[[Path, str, str], None]
