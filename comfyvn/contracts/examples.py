"""One short valid example of every contract and of every statement, as the reference shows them."""

from __future__ import annotations

NOVEL = """\
version: 1
id: lantern
title: The Lantern
start: pier
style: watercolour
variables:
  trust: 0
"""

CONTRACTS = {
    "style": """\
{
  "version": 1,
  "id": "watercolour",
  "prompt": "watercolour, soft edges, muted colours",
  "negative": "photo, text",
  "loras": [{ "model": "paper_grain", "weight": 0.6 }],
  "size": { "sprite": [832, 1216] }
}""",
    "character": """\
{
  "version": 1,
  "id": "aya",
  "name": "Aya",
  "color": "#88c0d0",
  "prompt": "young woman, short black hair, green eyes",
  "outfits": { "casual": { "prompt": "yellow raincoat" } },
  "pose_families": {
    "main": {
      "seeds": { "character_seed": 11, "detail_seed": 12, "control_seed": 13 },
      "poses": { "standing": { "prompt": "standing, hands together" } }
    }
  },
  "expressions": { "calm": { "prompt": "calm", "seed": 21 }, "happy": { "prompt": "happy smile", "seed": 22 } },
  "cells": { "casual/standing/happy": { "file": "art/aya_happy.png" } },
  "voice": { "voice": "en-gb", "variant": "f3", "pitch": 60, "delivery": { "whisper": { "variant": "whisperf" } } }
}""",
    "location": """\
{
  "version": 1,
  "id": "pier",
  "prompt": "wooden pier at a small harbour",
  "moment": "morning, clear sky",
  "seed": 31,
  "variants": { "night": { "prompt": "night, lanterns", "seed": 32 } }
}""",
    "scene": """\
{
  "version": 1,
  "id": "arrival",
  "background": "pier",
  "placements": [{ "character": "aya", "at": "left" }],
  "music": "waltz",
  "script": [
    { "narrate": "The ferry is late.", "id": "k3x9qa" },
    { "say": "aya", "text": "There {i}you{/i} are.", "id": "p4h2wd", "expression": "happy" }
  ],
  "next": "evening"
}""",
    "voices": """\
{
  "version": 1,
  "clips": [{ "id": "p4h2wd", "file": "recordings/there_you_are.wav" }]
}""",
    "asset": """\
{
  "version": 1,
  "id": "waltz",
  "kind": "music",
  "file": "data/assets/waltz.ogg",
  "author": "A. Composer",
  "licence": "CC-BY-4.0",
  "loop": { "start": 1.5, "end": 32.0 }
}""",
    "scene_translation": """\
{
  "version": 1,
  "lines": {
    "k3x9qa": { "text": "Die Fähre kommt zu spät.", "source": "c160a7eefc7f" },
    "p4h2wd": { "text": "Da bist {i}du{/i} ja.", "spoken": "Da bist du ja!", "source": "93fe7a949031" }
  }
}""",
    "novel_translation": """\
{
  "version": 1,
  "strings": { "The Lantern": "Die Laterne", "Aya": "Aya", "Save": "Speichern" }
}""",
}

STATEMENTS = {
    "say": '{ "say": "aya", "text": "Hello, [visitor].", "spoken": "Hello.", "expression": "happy", "id": "m8t1zc" }',
    "narrate": '{ "narrate": "Rain on the roof.", "id": "r2d7ku" }',
    "show": '{ "show": "aya", "pose": "sitting", "at": "right", "with": "move" }',
    "hide": '{ "hide": "aya", "with": "dissolve" }',
    "background": '{ "background": "pier/night", "with": "fade" }',
    "still": '{ "still": "lantern", "with": "dissolve" }',
    "menu": '{ "menu": [{ "text": "Stay.", "id": "b5n3xe", "script": [{ "add": "trust" }] },\n'
    '           { "text": "Go.", "id": "h9w4yo", "if": "trust > 0", "jump": "pier.stairs" }],\n'
    '  "prompt": "She waits.", "id": "s6j8vi" }',
    "jump": '{ "jump": "pier.stairs" }',
    "label": '{ "label": "stairs" }',
    "set": '{ "set": "visitor", "value": "Mira" }',
    "add": '{ "add": "trust", "value": 2 }',
    "if": '{ "if": "trust > 1", "then": [{ "jump": ".stairs" }], "else": [{ "end": "Alone" }] }',
    "music": '{ "music": "waltz", "fade": 2, "volume": 0.8 }',
    "ambience": '{ "ambience": "sea" }',
    "sound": '{ "sound": "bell" }',
    "pause": '{ "pause": 1.5 }',
    "input": '{ "input": "visitor", "prompt": "Your name?", "default": "Mira", "length": 16, "id": "d1f6gs" }',
    "end": '{ "end": "Lanterns" }',
    "movie": '{ "movie": "opening", "with": "fade" }',
    "nvl": '{ "nvl": "clear" }',
    "renpy": '{ "renpy": "show screen tide_table\\nwith Dissolve(0.5)" }',
    "transition": '{ "transition": "flash" }',
}
