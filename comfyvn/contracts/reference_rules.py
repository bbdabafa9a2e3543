"""The part of docs/contracts.md that no model can say: conditions, markup, transitions and places, in prose."""

from __future__ import annotations

TEXT = """\
## Text

Text is shown as typed, except for the markup below and `[variable]`, which shows a variable declared under `variables:`
in `comfyvn.yaml` or of a scene. What is not on this list, or has no closing tag, is shown as typed, too;
`comfyvn check` warns where it looks like a slip. A voice says the text without markup and without stage directions (see
[What a voice says](#what-a-voice-says)); where it shows a variable, give the line a `spoken` text.

| markup | what it does |
| --- | --- |
| `{i}…{/i}` `{b}…{/b}` `{u}…{/u}` `{s}…{/s}` | italics, bold, underlined, struck through |
| `{size=40}…{/size}` `{size=+4}` `{size=-4}` | letters of that size in pixels, or larger, or smaller |
| `{color=#aabbcc}…{/color}` | coloured letters |
| `{alpha=0.5}…{/alpha}` | letters that can be seen through: 0 not at all there, 1 solid |
| `{cps=20}…{/cps}` `{cps=*2}` | letters that appear 20 a second, or twice as fast as the player's setting |
| `{rb}…{/rb}{rt}…{/rt}` | ruby: the second text stands small above the first |
| `{w}` `{w=1.5}` | waits for a click, or for so many seconds |
| `{p}` `{p=1.5}` | the same, and goes on in a new line |
| `{nw}` `{nw=1.5}` | as the last thing: the story goes on without a click, at once or after so many seconds |
| `{fast}` | everything before it appears at once |
"""

SPEECH = """\
## What a voice says

A line's `spoken` text is said as it stands; so is the `text` of a clip. Without one, the line's text is said, and these
are left out of it as stage directions:

| direction | rule |
| --- | --- |
| `*sighs*` | what stands between two single asterisks, anywhere; `{i}` and `{b}` are there for emphasis |
| `[laughs]` | what stands in square brackets, anywhere, unless it is a declared variable |
| `(whispering)` | what stands in parentheses by itself: see below |

A parenthesis stands by itself before, after or between sentences, and has at most five words and 40 characters and no
end of a sentence in it; any other one is part of what is said. No letter or digit touches the marks from outside: there
is no direction in `5*3*2` and `a[0]`. A line that is nothing but directions has no clip. Numbers and abbreviations are
left to the engine, which knows its language.

A **lexicon** says how words are said: for the whole novel by language in `comfyvn.yaml`, for a voice in its `lexicon`
and, for one language, in `languages.<language>.lexicon`; the nearest wins.

```
lexicon:
  en: {Maren: MAH-ren, "St. Elmo": Saint Elmo, Siobhan: /ʃɪˈvɔːn/, Odile: {ipa: oʊˈdiːl, spelt: oh-DEEL}}
```

A word is respelt in the letters of its language, or given in IPA between slashes, or both: engines that take no IPA say
what is respelt, or else what is written. Phonemes of one engine's own (`[[…]]`) are refused.
Whole words are found, the longest first, in capitals too; one in small letters also with a capital first letter, so
that `polish` fits `Polish` while `Polish` does not fit `polish`. Subtitles show the word as it was written.

Text is spoken sentence by sentence, and each sentence is kept: one that changes is spoken again, the others are not.

A line is heard in the novel's first language as `voiced` says. In another language of the novel it is heard where
it is translated, unless `dubbed` leaves that language out, or where `data/voices/` has a clip with the line's id, that
`language`, and a `text` or a `file`.
"""

CONDITIONS = """\
## Conditions

`if` of a branch and of a menu's choice is a condition over the novel's variables, such as
`trust > 2 and not late` or `visitor == "Mira"`. It has at most 1000 characters and no backslash.

```
condition  = all { "or" all }
all        = part { "and" part }
part       = "not" part | comparison
comparison = sum { ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum }
sum        = product { ( "+" | "-" ) product }
product    = value { "*" value }
value      = [ "-" ] ( variable | number | text | "true" | "false" | "(" condition ")" )
text       = '"' characters '"' | "'" characters "'"
```

Both sides of a comparison are of one kind: numbers, texts, or true and false (which can only be equal or not).
`+ - *` reckon with numbers; `+` also joins texts. `1 < trust < 4` means what it says. By itself a number holds unless
it is 0, a text unless it is empty.
"""

TRANSITIONS = """\
## Transitions

`with` of `show`, `hide`, `background` and `still`, and the statement `transition`, say how the picture changes.
Where `with` is left out, it is `dissolve`; write `"with": "none"` for a change at once. A scene begins with a dissolve.

| name | what is seen |
| --- | --- |
| `none` | the new picture, at once |
| `dissolve` | the new picture shows through the old one |
| `fade` | through black |
| `flash` | through white |
| `move` `ease` | those on screen glide to their new places, `ease` slowing down; who is new comes in \
from the nearer side; `hide` dissolves |
| `wipe_left` `wipe_right` | an edge moves across the picture to that side |
| `pixellate` | through large squares |
| `vpunch` `hpunch` | the screen shakes, up and down or from side to side |
"""

PLACES = """\
## Places

`at` of a placement and of `show` is where the middle of the person stands: a name, or a number from 0 (the left edge)
to 1 (the right edge). A placement without it stands at `center`; somebody shown without it stays where they
are, or comes in at `center`.

| name | number |
| --- | --- |
| `far_left` | 0.12 |
| `left` | 0.27 |
| `center` | 0.5 |
| `right` | 0.73 |
| `far_right` | 0.88 |
"""

RULES = (TEXT, SPEECH, CONDITIONS, TRANSITIONS, PLACES)
