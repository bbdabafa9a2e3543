"""Listening on the contact sheet: players of files beside the page, and a script to compare takes by keys alone."""

from __future__ import annotations

from html import escape

from comfyvn.engine.contrasts import SOUND, Shown

OGG = ".ogg"
KINDS = {OGG: "audio/ogg", SOUND: "audio/wav"}

# One plays at a time. Another one goes on from where the first was, so that the same word is heard in both.
SCRIPT = """
"use strict";
const players = Array.from(document.querySelectorAll("audio"));
let now = null, before = null;
function heard(one) {
  if (one === now) return;
  before = now;
  now = one;
}
function play(one) {
  if (!one) return;
  const place = now && now !== one && !now.paused ? now.currentTime : 0;
  if (now !== one && (one.paused || place)) one.currentTime = place < one.duration ? place : 0;
  heard(one);
  one.play();
  alone(one);
}
function alone(one) {
  for (const other of players) if (other !== one) other.pause();
}
function step(by) {
  play(players[(players.indexOf(now) + by + players.length) % players.length]);
}
document.addEventListener("play", (event) => {
  if (event.target.paused) return;  // the event comes some time after: by now another one may have begun
  heard(event.target);
  alone(event.target);
  for (const one of players) one.closest("figure").classList.toggle("playing", one === event.target);
}, true);
for (const stopped of ["pause", "ended"]) {
  document.addEventListener(stopped, (event) => event.target.closest("figure").classList.remove("playing"), true);
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const key = event.key.toLowerCase();
  if (/^[0-9]$/.test(key)) play(players.find((one) => one.dataset.take === key));
  else if (key === "x") play(before);
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === " " && event.target.tagName !== "AUDIO") {
    if (now && !now.paused) now.pause(); else play(now || players[0]);
  } else return;
  event.preventDefault();
});
"""

HINT = (
    "Keys: <kbd>0</kbd> plays the current one, <kbd>1</kbd>–<kbd>9</kbd> a take, <kbd>x</kbd> goes back and forth "
    "between the last two, <kbd>j</kbd> and <kbd>k</kbd> to the next and the one before, the space bar pauses. "
    "Another one goes on at the same place."
)


def is_clip(one: Shown) -> bool:
    return OGG in one.files or SOUND in one.files


def heard_file(one: Shown) -> str:
    """The name of the file that is played, beside the page: `0.ogg` is the current one."""
    return f"{one.number}{OGG if OGG in one.files else SOUND}"


def player(one: Shown) -> str:
    """HTML of a player that works without the script as well, by mouse or keys."""
    file = heard_file(one)
    word = "the current one" if one.number == 0 else f"take {one.number}"
    kind = KINDS[file[file.rindex(".") :]]
    return (
        f'<audio controls preload="auto" data-take="{one.number}" aria-label="{escape(word)}">'
        f'<source src="{escape(file)}" type="{kind}"></audio>'
    )
