"""What can happen to a novel's contracts between two builds, one small random change at a time; all leave it valid."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

FACES = ("happy", "sad", "angry", "smiling, blushing", "surprised", "crying", "calm", "shouting", "wink", "worried")
POSES = ("arms crossed", "hands on hips", "waving", "pointing", "sitting", "hands clasped", "salute", "reading a book")
CLOTHES = ("coat", "yellow raincoat", "school uniform", "kimono", "hoodie", "armor", "dress", "suit and tie")
ROOMS = ("kitchen", "harbour", "forest", "library", "street at night", "beach", "classroom", "attic")
SAYINGS = ("Well.", "Look at that.", "I had hoped so.", "Never mind.", "It rains again.", "Who goes there?")


@dataclass
class Contracts:
    """The contracts of a novel, and the chance that decides what becomes of them."""

    root: Path
    chance: random.Random
    count: int = 0

    def files(self, kind: str = "*") -> list[Path]:
        """Contract files of a kind (`characters`, `locations`, `scenes`, `styles`), in order."""
        return sorted(path for path in (self.root / "data").glob(f"{kind}/**/*.json") if path.is_file())

    def some(self, kind: str) -> tuple[Path, dict[str, Any]]:
        path = self.chance.choice(self.files(kind))
        return path, json.loads(path.read_text("utf-8"))

    def write(self, path: Path, document: dict[str, Any], indent: int = 2) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=indent) + "\n", "utf-8")

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        for path in self.files(kind):
            yield json.loads(path.read_text("utf-8"))

    def said(self, key: str) -> str:
        """What comfyvn.yaml says of a key, in a line of its own."""
        lines = (self.root / "comfyvn.yaml").read_text("utf-8").splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith(f"{key}: "))

    def say(self, key: str, new: str) -> None:
        file = self.root / "comfyvn.yaml"
        file.write_text(file.read_text("utf-8").replace(f"{key}: {self.said(key)}\n", f"{key}: {new}\n"), "utf-8")

    def new(self, prefix: str) -> str:
        """An id that no branch has seen."""
        self.count += 1
        return f"{prefix}{self.count}"


def _poses(character: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = character["pose_families"]["main"]["poses"]
    return found


# --- values


def value(novel: Contracts) -> str:
    """Another value somewhere."""
    change = novel.chance.choice((_expression, _pose, _outfit, _seed, _place, _line, _look, _matte, _title, _person))
    return change(novel)


def _expression(novel: Contracts) -> str:
    path, document = novel.some("characters")
    face = novel.chance.choice(sorted(document["expressions"]))
    entry = document["expressions"][face]
    if novel.chance.random() < 0.7:
        entry["prompt"] = novel.chance.choice(FACES)
    else:
        entry["seed"] = novel.chance.randrange(1000)
    novel.write(path, document)
    return f"{document['id']}: {face} is {entry}"


def _pose(novel: Contracts) -> str:
    path, document = novel.some("characters")
    pose = novel.chance.choice(sorted(_poses(document)))
    _poses(document)[pose]["prompt"] = novel.chance.choice(POSES)
    novel.write(path, document)
    return f"{document['id']}: {pose} is {_poses(document)[pose]['prompt']}"


def _outfit(novel: Contracts) -> str:
    path, document = novel.some("characters")
    document["outfits"]["day"]["prompt"] = novel.chance.choice(CLOTHES)
    novel.write(path, document)
    return f"{document['id']}: wears {document['outfits']['day']['prompt']}"


def _seed(novel: Contracts) -> str:
    path, document = novel.some("characters")
    seeds = document["pose_families"]["main"]["seeds"]
    name = novel.chance.choice(sorted(seeds))
    seeds[name] = novel.chance.randrange(1000)
    novel.write(path, document)
    return f"{document['id']}: {name} {seeds[name]}"


def _place(novel: Contracts) -> str:
    path, document = novel.some("locations")
    where = novel.chance.choice([document, *document.get("variants", {}).values()])
    where["prompt"], where["seed"] = novel.chance.choice(ROOMS), novel.chance.randrange(1000)
    novel.write(path, document)
    return f"{document['id']}: {where['prompt']}, seed {where['seed']}"


def _line(novel: Contracts) -> str:
    path, document = novel.some("scenes")
    says = [statement for statement in document["script"] if "say" in statement]
    line = novel.chance.choice(says)
    line["text"] = novel.chance.choice(SAYINGS)
    novel.write(path, document)
    return f"{document['id']}: {line['id']} says {line['text']}"


def _look(novel: Contracts) -> str:
    path, document = novel.some("styles")
    document["prompt"] = novel.chance.choice(("ink", "watercolour", "pixel art", ""))
    novel.write(path, document)
    return f"the style is {document['prompt']!r}"


def _matte(novel: Contracts) -> str:
    path, document = novel.some("characters")
    matte = novel.chance.choice(("in_render", "own_target"))
    document["style"] = {"matte": matte}
    novel.write(path, document)
    return f"{document['id']}: cut out {matte}"


def _title(novel: Contracts) -> str:
    name = novel.chance.choice(("Small", "Smaller", "The Smallest"))
    novel.say("title", name)
    return f"the title is {name}"


def _person(novel: Contracts) -> str:
    path, document = novel.some("characters")
    document["height"] = round(novel.chance.uniform(0.8, 1.2), 2)
    document["color"] = f"#{novel.chance.randrange(2**24):06x}"
    novel.write(path, document)
    return f"{document['id']}: height {document['height']}, {document['color']}"


# --- what changes nothing


def note(novel: Contracts) -> str:
    """A remark under `meta`, of which nothing is made."""
    path, document = novel.some("*")
    document["meta"] = {"note": f"remark {novel.chance.randrange(1000)}"}
    novel.write(path, document)
    return f"{path.name}: a remark"


def layout(novel: Contracts) -> str:
    path, document = novel.some("*")
    novel.write(path, document, indent=novel.chance.choice((1, 2, 3, 7)))
    return f"{path.name}: other white space"


def touch(novel: Contracts) -> str:
    path = novel.chance.choice([*novel.files(), novel.root / "comfyvn.yaml"])
    os.utime(path)
    return f"{path.name}: touched"


def same_time(novel: Contracts) -> str:
    """New content of the same size under the old time stamp, as `cp -p` and `rsync -t` may bring it."""
    path, document = novel.some("characters")
    before, stat = path.read_bytes(), path.stat()
    face = document["expressions"][novel.chance.choice(sorted(document["expressions"]))]
    face["seed"] = (int(face.get("seed") or 0) + 1) % 10
    novel.write(path, document)
    if len(path.read_bytes()) == len(before):
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return f"{document['id']}: a seed, under the old time stamp"


# --- more and less


def add_character(novel: Contracts) -> str:
    _, document = novel.some("characters")
    document["id"] = novel.new("n")
    novel.write(novel.root / f"data/characters/{document['id']}/character.json", document)
    return f"{document['id']} is new"


def add_pose(novel: Contracts) -> str:
    path, document = novel.some("characters")
    name = novel.new("pose")
    _poses(document)[name] = {"prompt": novel.chance.choice(POSES)}
    novel.write(path, document)
    return f"{document['id']}: {name} is new"


def add_expression(novel: Contracts) -> str:
    path, document = novel.some("characters")
    name = novel.new("face")
    document["expressions"][name] = {"prompt": novel.chance.choice(FACES), "seed": novel.chance.randrange(1000)}
    novel.write(path, document)
    return f"{document['id']}: {name} is new"


def add_place(novel: Contracts) -> str:
    _, document = novel.some("locations")
    document["id"] = novel.new("q")
    novel.write(novel.root / f"data/locations/{document['id']}.json", document)
    return f"{document['id']} is new"


def add_scene(novel: Contracts) -> str:
    """A scene of two lines, played first of all."""
    name, first = novel.new("t"), novel.said("start")
    place = novel.chance.choice([one["id"] for one in novel.all("locations")])
    says = [{"narrate": novel.chance.choice(SAYINGS), "id": f"{name}x{number}"} for number in range(2)]
    script = [*says, {"say": "c0", "text": novel.chance.choice(SAYINGS), "id": f"{name}y"}, {"jump": first}]
    document = {"version": 1, "id": name, "background": place, "script": script}
    novel.write(novel.root / f"data/scenes/{name}.json", document)
    novel.say("start", name)
    return f"{name} is new, at {place}"


def add_line(novel: Contracts) -> str:
    path, document = novel.some("scenes")
    line = {"say": "c1", "text": novel.chance.choice(SAYINGS), "id": novel.new("line")}
    document["script"].insert(0, line)
    novel.write(path, document)
    return f"{document['id']}: {line['id']} is new"


def remove(novel: Contracts) -> str:
    """Something that nothing else names."""
    found = [*_removable_files(novel), *_removable_parts(novel)]
    if not found:
        return "nothing can be removed"
    what, act = novel.chance.choice(found)
    act()
    return f"{what} is removed"


Removal = tuple[str, Callable[[], None]]


def _removable_files(novel: Contracts) -> Iterator[Removal]:
    named = json.dumps(list(novel.all("scenes")))
    for kind in ("characters", "locations"):
        for path in novel.files(kind):
            name = json.loads(path.read_text("utf-8"))["id"]
            if f'"{name}"' not in named and f'"{name}/' not in named:
                yield name, path.unlink
    first = novel.said("start")
    if first.startswith("t"):
        yield first, partial(_remove_first_scene, novel, first)


def _remove_first_scene(novel: Contracts, name: str) -> None:
    path = novel.root / f"data/scenes/{name}.json"
    novel.say("start", json.loads(path.read_text("utf-8"))["script"][-1]["jump"])
    path.unlink()


def _removable_parts(novel: Contracts) -> Iterator[Removal]:
    named = json.dumps(list(novel.all("scenes")))
    for path in novel.files("characters"):
        document = json.loads(path.read_text("utf-8"))
        for part in (_poses(document), document["expressions"]):
            for name in sorted(part):
                if len(part) > 1 and f'"{name}"' not in named:
                    yield f"{document['id']}: {name}", partial(_remove_key, novel, path, document, part, name)
    for path in novel.files("scenes"):
        document = json.loads(path.read_text("utf-8"))
        lines = [statement for statement in document["script"] if "say" in statement]
        if len(lines) > 1:
            yield f"{document['id']}: {lines[0]['id']}", partial(_remove_line, novel, path, document, lines[0])


def _remove_key(novel: Contracts, path: Path, document: dict[str, Any], part: dict[str, Any], name: str) -> None:
    del part[name]
    novel.write(path, document)


def _remove_line(novel: Contracts, path: Path, document: dict[str, Any], line: object) -> None:
    document["script"].remove(line)
    novel.write(path, document)


CHANGES = (
    value, value, value, value, value, value, note, layout, touch, same_time, add_character, add_pose, add_expression,
    add_place, add_scene, add_line, remove, remove, remove, remove,
)  # fmt: skip
