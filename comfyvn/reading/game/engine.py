"""Reads a game's script with Ren'Py's own parser: in a process of its own, on a copy, before the game's code runs.

A file that is loaded last asks the engine to parse the game's files, writes what it made of them as JSON, and ends the
process. Of the game only `python early` has run by then, without which the parser would not know its statements;
`lint` would run all of its `init` code.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from comfyvn.errors import ComfyVNError
from comfyvn.reading.game import installed

TIMEOUT_S = 180
OUT = "COMFYVN_IMPORT_OUT"
NAME = "zzzzzz_comfyvn_import.rpy"
KEPT = (".rpy", ".rpym")
SKIPPED = ("tl", "comfyvn")  # folders of a game: translations, and what a novel with `into` has written there

DUMPER = r'''
python early:
    def _comfyvn_dump():
        import io, json, os
        import renpy
        A, P = renpy.ast, renpy.parser

        def text(value):
            return None if value is None else str(value)

        def plain(value):
            return [] if not value else [str(each) for each in value]

        def block(nodes):
            found, before = [], None
            for each in nodes or ():
                if before.__class__ is not A.Call or each.__class__ is not A.Label:  # `call x from y` makes a label
                    found.extend(one(each))
                before = each
            return found

        def image(spec):
            name, expression, tag, at = spec[0], None, None, []
            if len(spec) >= 6:
                expression, tag, at = spec[1], spec[2], spec[3]
            elif len(spec) == 3:
                at = spec[1]
            return {"name": plain(name), "expression": text(expression), "tag": text(tag), "at": plain(at)}

        def one(node):
            name = node.__class__.__name__
            base = {"file": str(node.filename), "line": node.linenumber}
            def made(kind, **more):
                more.update(base)
                more["kind"] = kind
                return [more]
            if name == "Say":
                return made("say", who=text(node.who), what=node.what, id=text(getattr(node, "identifier", None)),
                            attributes=plain(node.attributes) + plain(getattr(node, "temporary_attributes", None)),
                            interact=bool(node.interact), **{"with": text(node.with_)})
            if name == "Label":
                return made("label", name=text(node.name), block=block(node.block), parameters=bool(node.parameters))
            if name == "Init":
                return block(node.block)
            if name == "Menu":
                items, caption = [], None
                for item in node.items:
                    if item[2] is None:
                        caption = item[0]
                    else:
                        items.append({"text": item[0], "condition": text(item[1]), "block": block(item[2])})
                return made("menu", items=items, caption=caption)
            if name == "Jump":
                return made("jump", target=text(node.target), is_expression=bool(node.expression))
            if name == "Call":
                return made("call", target=text(node.label), is_expression=bool(node.expression))
            if name == "Return":
                return made("return", value=text(node.expression))
            if name == "Scene":
                return made("scene", **(image(node.imspec) if node.imspec else {"name": []}))
            if name in ("Show", "Hide"):
                return made(name.lower(), **image(node.imspec))
            if name == "With":
                return [] if node.paired is not None else made("with", expr=text(node.expr))
            if name in ("Python", "EarlyPython"):
                return made("python", code=text(node.code.source), hide=name == "EarlyPython")
            if name == "If":
                return made("if", entries=[{"condition": text(a), "block": block(b)} for a, b in node.entries])
            if name == "Pass":
                return []
            if name == "UserStatement":
                return made("user", text=text(node.line))
            if name in ("Define", "Default"):
                prefix = "" if node.store == "store" else node.store[len("store."):] + "."
                return made(name.lower(), name=prefix + str(node.varname), code=text(node.code.source))
            if name == "Image":
                code = None if node.code is None else text(node.code.source)
                return made("image", name=plain(node.imgname), code=code)
            return made("other", text=name)

        found, problems = [], []
        for name, folder in sorted(renpy.game.script.script_files, key=lambda each: each[0] or ""):
            if folder != renpy.config.gamedir or name.startswith(("tl/", "zzzzzz_comfyvn")):
                continue
            path = os.path.join(folder, name + ".rpy")
            if not os.path.exists(path):
                problems.append([name + ".rpyc", 0, "this file has no source"])
                continue
            del P.parse_errors[:]
            nodes = P.parse(path)
            for error in P.parse_errors:
                problems.append([name + ".rpy", 0, str(error)])
            found.extend(block((nodes or [])[:-1]))  # the parser ends every file with a `return`
        with io.open(os.environ["COMFYVN_IMPORT_OUT"], "w", encoding="utf-8") as file:
            file.write(str(json.dumps({"nodes": found, "problems": problems, "version": renpy.version})))
        os._exit(0)
    _comfyvn_dump()
'''


def parsed(game: Path, renpy: str) -> dict[str, object]:
    """`nodes`, `problems` ([file, line, message]) and `version`. Raises ComfyVNError when the engine does not read it.

    `game`: the folder with the .rpy files.
    """
    with tempfile.TemporaryDirectory(prefix="comfyvn-import-") as folder:
        project, out = Path(folder) / "project", Path(folder) / "out.json"
        _copy(game, project / "game")
        (project / "game" / NAME).write_text(DUMPER, "utf-8")
        ran = _run([renpy, str(project), "lint"], Path(folder), out)
        if not out.exists():
            told = (ran.strip().splitlines() or ["it said nothing"])[-1]
            what = f"Ren'Py did not read the script: {told}"
            raise ComfyVNError(what, str(game), "give --reader own to read it without the engine")
        found: dict[str, object] = json.loads(out.read_text("utf-8"))
        return found


def _copy(game: Path, target: Path) -> None:
    """Only what the parser reads; links are not followed."""
    for path in sorted(game.rglob("*")):
        inner = path.relative_to(game)
        if path.suffix in KEPT and inner.parts[0] not in SKIPPED and path.is_file() and not path.is_symlink():
            place = target / inner
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def _run(command: list[str], home: Path, out: Path) -> str:
    """What it said. Nothing of it stays: its home is the temporary folder too, and it is told no secret of ours."""
    environment = {**installed.told(os.environ, home), OUT: str(out), "SDL_VIDEODRIVER": "dummy"}
    environment["RENPY_PATH_TO_SAVES"] = str(home / "saves")
    try:
        ran = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ComfyVNError(f"Ren'Py did not end within {TIMEOUT_S} s", command[0], "try --reader own") from error
    except OSError as error:
        raise ComfyVNError(f"Ren'Py cannot be started: {error.strerror}", command[0], "try --reader own") from error
    return ran.stdout + ran.stderr
