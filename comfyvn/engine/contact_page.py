"""The contact sheet of takes as a page: it opens from the disk and asks no network; only that of clips has a script."""

from __future__ import annotations

import base64
import hashlib
import io
import shlex
from collections.abc import Mapping, Sequence
from html import escape

from comfyvn.engine.contact_player import HINT, SCRIPT, is_clip, player
from comfyvn.engine.contrasts import PICTURE, Difference, Shown

LARGEST = (1600, 1600)  # pixels of an embedded picture; the file itself lies beside the page

STYLE = """
:root { color-scheme: light dark; --paper: #ecedf0; --card: #fff; --line: #d2d4da; --ink: #22252b; --dim: #686e79;
  --accent: #2460c4; --check: #e8e9ed; }
@media (prefers-color-scheme: dark) { :root { --paper: #17191d; --card: #22252b; --line: #3a3e47; --ink: #eceef2;
  --dim: #a2a8b4; --accent: #7aa7f7; --check: #2b2f36; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; overflow-wrap: anywhere; }
body > p { margin: 0 0 1.5rem; color: var(--dim); }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: 1.25rem; }
figure { margin: 0; padding: .75rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--card);
  display: flex; flex-direction: column; gap: .6rem; }
figure.current { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent); }
b { align-self: flex-start; min-width: 2rem; padding: .1rem .6rem; border-radius: 1rem;
  background: var(--ink); color: var(--card); text-align: center; }
.current b { background: var(--accent); }
figure.playing { outline: 3px solid var(--accent); outline-offset: 2px; }
audio:focus-visible { outline: 2px solid var(--accent); border-radius: 1.6rem; }
kbd { padding: 0 .35rem; border: 1px solid var(--line); border-radius: .3rem; background: var(--card);
  font: .85em ui-monospace, monospace; color: var(--ink); }
img { display: block; width: 100%; border-radius: .35rem;
  background: repeating-conic-gradient(var(--check) 0 25%, transparent 0 50%) 0 0 / 24px 24px; }
audio { width: 100%; }
dl { margin: 0; display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; }
dt { color: var(--dim); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
code { display: block; margin-top: auto; padding: .4rem .6rem; border-radius: .35rem; background: var(--paper);
  font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
"""


def contact_page(target: str, shown: Sequence[Shown], apart: Mapping[int, Difference]) -> str:
    """HTML. `shown`: what to show, the current one first; `apart`: number → its difference from that.

    Its policy forbids every source but its own style and data, and for clips the script that plays the files beside
    it, so that nothing else in it can run or call home.
    """
    heard = all(map(is_clip, shown))
    policy = f"default-src 'none'; img-src data:; style-src {_digest(STYLE)}; base-uri 'none'"
    policy += f"; media-src 'self' file:; script-src {_digest(SCRIPT)}" if heard else ""
    figures = "\n".join(_figure(target, one, apart.get(one.number)) for one in shown)
    count = sum(1 for one in shown if one.number)
    what = f"{count} take{'' if count == 1 else 's'} beside the current one. Click a command to select it."
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Takes of {escape(target)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(target)}</h1>
<p>{escape(what)}{"<br>" + HINT if heard else ""}</p>
<main>
{figures}
</main>{f"<script>{SCRIPT}</script>" if heard else ""}
</body>
</html>
"""


def _digest(text: str) -> str:
    """As a policy names an inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _figure(target: str, one: Shown, apart: Difference | None) -> str:
    is_current, has_sound = one.number == 0, is_clip(one)
    word = "current" if is_current else str(one.number)
    parts = [f"<b>{word}</b>", player(one) if has_sound else _picture(one, word)]
    rows = [(name, str(seed)) for name, seed in one.seeds.items()]
    rows += _measured(one) if has_sound else []
    rows += [("difference", ", ".join(apart.words()))] if apart is not None else []
    rows += [("state", one.label)] if one.label else []
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    parts.append(f"<figcaption><dl>{cells}</dl></figcaption>")
    if not is_current:
        parts.append(f"<code>comfyvn take {escape(shlex.quote(target))} --pick {one.number}</code>")
    return f'<figure class="{"current" if is_current else "take"}">' + "\n".join(parts) + "</figure>"


def _measured(one: Shown) -> list[tuple[str, str]]:
    length, level = one.notes.get("duration_ms"), one.notes.get("lufs")
    found = [("length", f"{length / 1000:.2f} s")] if isinstance(length, int) else []
    found += [("loudness", f"{level:.1f} LUFS")] if isinstance(level, int | float) else []
    return found + _judged(one.notes.get("quality"))


def _judged(quality: object) -> list[tuple[str, str]]:
    """What the quality gate said of a clip."""
    told = quality if isinstance(quality, Mapping) else {}
    errors, faults = told.get("word_errors"), told.get("faults")
    found = [("words not heard", f"{errors:.0%}")] if isinstance(errors, int | float) else []
    return found + ([("wrong", "; ".join(map(str, faults)))] if isinstance(faults, list) else [])


def _picture(one: Shown, word: str) -> str:
    """The picture, small enough for a page; the file itself is a click away, where the page lies beside it."""
    source = _data_url("image/webp", _preview(one.files[PICTURE]))
    image = f'<img src="{source}" alt="take {escape(word)}">'
    return image if one.number == 0 else f'<a href="{one.number}{PICTURE}">{image}</a>'


def _preview(data: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        small = image.convert("RGBA" if "A" in image.getbands() or image.mode == "P" else "RGB")
    small.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=90, method=4)
    return buffer.getvalue()


def _data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
