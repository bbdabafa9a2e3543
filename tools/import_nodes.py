"""Writes comfyvn/providers/nodes.json from a ComfyUI server's definitions: facts only, no prose, no file names.

    python tools/import_nodes.py OBJECT_INFO.json [PACKS.json] [-o nodes.json]

OBJECT_INFO.json is the answer of `GET /object_info` of any server. PACKS.json (`{"comfyui_version", "packs": [{"name",
"repo", "classes": […]}]}`) says which pack provides which class; without it the server's own `python_module` does.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comfyvn.graph.definitions import CORE_PACK, Definitions, from_object_info
from comfyvn.graph.facts import dump_facts, to_facts
from comfyvn.graph.folders import mark_folders

TARGET = Path(__file__).resolve().parent.parent / "comfyvn" / "providers" / "nodes.json"


def import_nodes(object_info: Mapping[str, Any], packs: Mapping[str, Any]) -> str:
    """The text of nodes.json for these two documents."""
    definitions = from_object_info(object_info, str(packs.get("comfyui_version", "")))
    return dump_facts(to_facts(mark_folders(_with_packs(definitions, packs.get("packs", ())))))


def _with_packs(definitions: Definitions, packs: Sequence[Mapping[str, Any]]) -> Definitions:
    # A pack's own list wins over `python_module`, which names the folder that one machine installed it in.
    owners = {name: _pack_name(pack) for pack in packs for name in pack.get("classes", ())}
    classes = {name: replace(node, pack=owners.get(name, node.pack)) for name, node in definitions.classes.items()}
    return replace(definitions, classes=classes)


def _pack_name(pack: Mapping[str, Any]) -> str:
    return CORE_PACK if pack.get("repo") == "Comfy-Org/ComfyUI" else str(pack["name"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("object_info", type=Path)
    parser.add_argument("packs", type=Path, nargs="?")
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    options = parser.parse_args()
    object_info = json.loads(options.object_info.read_text(encoding="utf-8"))
    packs = json.loads(options.packs.read_text(encoding="utf-8")) if options.packs else {}
    text = import_nodes(object_info, packs)
    options.output.write_text(text, encoding="utf-8", newline="\n")
    print(f"{options.output}: {len(object_info)} classes, {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
