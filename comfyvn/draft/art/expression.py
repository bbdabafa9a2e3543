"""Expressions as parts of a face: brows, eyes, mouth, and what is added; and the words that name them."""

from __future__ import annotations

from dataclasses import dataclass

from comfyvn.draft.art.words import first, tokens


@dataclass(frozen=True)
class Expression:
    """Numbers are in head units (a head is 230 high); brow heights are positive upwards."""

    brow_inner: float = 0.0
    brow_outer: float = 0.0
    brow_arch: float = 0.0
    brow_tilt: float = 0.0  # one brow raised, the other lowered
    eyes: str = "open"  # open, happy, closed, squeezed, wink, half, wide, narrow
    lid: float = 1.0  # how far open eyes are open
    gaze: tuple[float, float] = (0.0, 0.0)
    iris: float = 1.0
    shine: str = ""  # "", "big", "heart", "star", "dull", "wet"
    mouth: str = "calm"
    blush: float = 0.0
    extras: tuple[str, ...] = ()  # tears, tear, sweat, gloom, vein, puff, sparkle


NEUTRAL = Expression()

FACES: dict[str, Expression] = {
    "neutral": NEUTRAL,
    "admiration": Expression(4, 5, 3, eyes="wide", lid=1.04, shine="big", mouth="smile_open", blush=0.55),
    "amusement": Expression(2, 4, 4, brow_tilt=3, eyes="half", lid=0.74, mouth="grin_side", blush=0.2),
    "anger": Expression(-15, 6, -1, eyes="narrow", lid=0.82, iris=0.88, mouth="gritted", extras=("vein",)),
    "annoyance": Expression(-9, 1, 0, brow_tilt=3, eyes="half", lid=0.6, gaze=(0, -2), mouth="flat_side"),
    "approval": Expression(3, 2, 4, eyes="happy", mouth="smile_closed"),
    "caring": Expression(8, 0, 3, eyes="half", lid=0.8, mouth="smile_soft", blush=0.55),
    "confusion": Expression(4, -1, 2, brow_tilt=7, lid=0.98, gaze=(4, -4), iris=0.92, mouth="wavy_small",
                            extras=("sweat",)),
    "curiosity": Expression(5, 6, 4, brow_tilt=5, eyes="wide", lid=1.06, gaze=(-3, -1), mouth="oh_small"),
    "desire": Expression(2, 1, 4, eyes="half", lid=0.62, shine="big", mouth="smile_parted", blush=0.9),
    "disappointment": Expression(7, -5, 0, eyes="half", lid=0.66, gaze=(2, 5), mouth="frown_small"),
    "disapproval": Expression(-8, -1, 1, eyes="closed", mouth="frown"),
    "disgust": Expression(-10, 2, -1, brow_tilt=4, eyes="narrow", lid=0.56, gaze=(-4, 0), mouth="sneer",
                          extras=("gloom",)),
    "embarrassment": Expression(9, -3, 1, lid=0.86, gaze=(-7, 3), mouth="wavy", blush=1.0, extras=("sweat",)),
    "excitement": Expression(6, 8, 4, eyes="wide", lid=1.08, shine="star", mouth="laugh", blush=0.5),
    "fear": Expression(13, -3, 2, eyes="wide", lid=1.1, iris=0.62, shine="dull", mouth="tremble",
                       extras=("gloom", "sweat")),
    "gratitude": Expression(7, 1, 3, eyes="happy", mouth="smile_open", blush=0.6),
    "grief": Expression(13, -6, 0, eyes="closed", mouth="cry", extras=("tears",)),
    "joy": Expression(4, 5, 5, eyes="happy", mouth="laugh", blush=0.4),
    "love": Expression(7, 3, 4, lid=0.92, shine="heart", mouth="smile_open", blush=1.0),
    "nervousness": Expression(10, -2, 1, lid=0.95, iris=0.84, gaze=(5, 1), mouth="grimace", extras=("sweat",)),
    "optimism": Expression(4, 6, 4, eyes="open", lid=1.02, gaze=(4, -5), shine="big", mouth="smile"),
    "pride": Expression(-2, 6, 5, eyes="closed", mouth="smirk", blush=0.15, extras=("sparkle",)),
    "realization": Expression(9, 9, 3, eyes="wide", lid=1.1, iris=0.86, mouth="oh"),
    "relief": Expression(9, 1, 2, eyes="closed", mouth="sigh", blush=0.2),
    "remorse": Expression(12, -4, 0, eyes="half", lid=0.58, gaze=(-4, 6), mouth="frown_small", extras=("gloom",)),
    "sadness": Expression(12, -5, 0, eyes="open", lid=0.8, gaze=(0, 3), shine="wet", mouth="frown",
                          extras=("tear",)),
    "surprise": Expression(12, 12, 4, eyes="wide", lid=1.16, iris=0.74, mouth="gasp"),
    # synonyms that deserve a face of their own
    "smile": Expression(3, 3, 4, lid=0.96, mouth="smile", blush=0.2),
    "laugh": Expression(3, 4, 5, eyes="squeezed", mouth="laugh", blush=0.45),
    "cry": Expression(14, -5, 0, eyes="squeezed", mouth="cry", blush=0.4, extras=("tears",)),
    "worried": Expression(11, -3, 1, lid=0.94, gaze=(0, 1), mouth="frown_small"),
    "worried smile": Expression(11, -2, 2, lid=0.9, mouth="smile_soft", extras=("sweat",)),
    "shy": Expression(8, 0, 2, eyes="half", lid=0.78, gaze=(6, 4), mouth="smile_small", blush=0.95),
    "thinking": Expression(-3, 2, 2, brow_tilt=6, lid=0.86, gaze=(6, -6), mouth="flat_small"),
    "smug": Expression(-4, 7, 4, brow_tilt=4, eyes="half", lid=0.64, gaze=(3, 0), mouth="smirk"),
    "determined": Expression(-11, 7, 1, lid=0.96, shine="big", mouth="firm"),
    "tired": Expression(4, -3, 0, eyes="half", lid=0.42, shine="dull", mouth="flat_small", extras=("bags",)),
    "sleepy": Expression(6, 0, 1, eyes="closed", mouth="oh_small"),
    "wink": Expression(4, 6, 4, brow_tilt=4, eyes="wink", mouth="grin", blush=0.35),
    "pout": Expression(-7, 2, 2, lid=0.88, gaze=(-5, 1), mouth="pout", blush=0.6, extras=("puff",)),
    "serious": Expression(-6, 1, 0, lid=0.86, mouth="firm"),
    "cold": Expression(-4, 0, 0, eyes="half", lid=0.58, shine="dull", mouth="flat"),
    "gentle": Expression(5, 1, 4, eyes="half", lid=0.84, mouth="smile_soft", blush=0.25),
    "wistful": Expression(9, -1, 2, eyes="half", lid=0.72, gaze=(7, 2), mouth="smile_small"),
    "playful": Expression(2, 7, 4, brow_tilt=5, lid=0.94, gaze=(3, 0), mouth="tongue", blush=0.3),
    "shout": Expression(-14, 5, 0, eyes="wide", lid=1.0, iris=0.8, mouth="shout"),
    "pain": Expression(-6, -6, 0, eyes="squeezed", mouth="gritted", extras=("sweat",)),
    "bored": Expression(-1, -2, 0, eyes="half", lid=0.5, gaze=(5, 2), mouth="flat_small"),
}  # fmt: skip

WORDS: dict[str, str] = {
    **{label: label for label in FACES},
    "calm": "neutral", "blank": "neutral", "expressionless": "neutral", "default": "neutral", "composed": "neutral",
    "normal": "neutral", "relaxed": "gentle", "quiet": "neutral", "listening": "neutral", "attentive": "curiosity",
    "admiring": "admiration", "impressed": "admiration", "awe": "admiration", "amazed": "admiration",
    "amused": "amusement", "chuckle": "amusement", "chuckling": "amusement", "mirth": "amusement",
    "angry": "anger", "mad": "anger", "furious": "anger", "rage": "anger", "glare": "anger", "glaring": "anger",
    "scowl": "anger", "enraged": "anger", "annoyed": "annoyance", "irritated": "annoyance", "grumpy": "annoyance",
    "frustrated": "annoyance", "unimpressed": "annoyance", "exasperated": "annoyance", "approving": "approval",
    "agree": "approval", "nod": "approval", "content": "approval", "satisfied": "approval", "pleased": "approval",
    "kind": "caring", "tender": "caring", "compassionate": "caring", "concerned": "worried", "confused": "confusion",
    "puzzled": "confusion", "bewildered": "confusion", "perplexed": "confusion", "lost": "confusion",
    "doubt": "confusion", "doubtful": "confusion", "curious": "curiosity", "interested": "curiosity",
    "intrigued": "curiosity", "wondering": "curiosity", "flirty": "desire", "seductive": "desire",
    "longing": "wistful", "disappointed": "disappointment", "let down": "disappointment", "dejected": "sadness",
    "disapproving": "disapproval", "stern": "serious", "strict": "disapproval", "disgusted": "disgust",
    "grossed out": "disgust", "revolted": "disgust", "contempt": "disgust", "embarrassed": "embarrassment",
    "flustered": "embarrassment", "ashamed": "remorse", "blush": "shy", "blushing": "shy", "bashful": "shy",
    "timid": "shy", "excited": "excitement", "thrilled": "excitement", "eager": "excitement",
    "enthusiastic": "excitement", "ecstatic": "excitement", "sparkling eyes": "excitement", "afraid": "fear",
    "scared": "fear", "frightened": "fear", "terrified": "fear", "horrified": "fear", "panic": "fear",
    "panicked": "fear", "grateful": "gratitude", "thankful": "gratitude", "grieving": "grief", "mourning": "grief",
    "heartbroken": "grief", "despair": "grief", "happy": "joy", "joyful": "joy", "cheerful": "joy", "glad": "joy",
    "delighted": "joy", "beaming": "joy", "bright smile": "joy", "big smile": "joy", "happiness": "joy",
    "loving": "love", "in love": "love", "adoring": "love", "affection": "love", "smitten": "love",
    "nervous": "nervousness", "anxious": "nervousness", "uneasy": "nervousness", "tense": "nervousness",
    "hopeful": "optimism", "hope": "optimism", "optimistic": "optimism", "inspired": "optimism", "proud": "pride",
    "confident": "smug", "triumphant": "pride", "haughty": "pride", "realizing": "realization",
    "realisation": "realization", "realising": "realization", "eureka": "realization", "understanding": "realization",
    "relieved": "relief", "sigh": "relief", "sighing": "relief", "remorseful": "remorse", "guilty": "remorse",
    "guilt": "remorse", "sorry": "remorse", "regret": "remorse", "apologetic": "remorse", "sad": "sadness",
    "unhappy": "sadness", "sorrow": "sadness", "sorrowful": "sadness", "gloomy": "sadness", "melancholy": "wistful",
    "melancholic": "wistful", "nostalgic": "wistful", "distant": "wistful", "teary": "sadness",
    "tearful": "sadness", "teary eyes": "sadness", "surprised": "surprise", "shocked": "surprise",
    "shock": "surprise", "astonished": "surprise", "startled": "surprise", "stunned": "surprise", "gasp": "surprise",
    "smiling": "smile", "slight smile": "gentle", "small smile": "gentle", "soft smile": "gentle",
    "faint smile": "gentle", "warm smile": "caring", "gentle smile": "gentle", "sad smile": "wistful",
    "laughing": "laugh", "giggling": "laugh", "giggle": "laugh", "grin": "amusement", "grinning": "amusement",
    "crying": "cry", "weeping": "cry", "sobbing": "cry", "tears": "cry", "worry": "worried", "troubled": "worried",
    "upset": "worried", "frown": "worried", "frowning": "worried", "worried small smile": "worried smile",
    "nervous smile": "worried smile", "awkward smile": "worried smile", "forced smile": "worried smile",
    "wry smile": "worried smile", "thoughtful": "thinking", "pondering": "thinking", "pensive": "thinking",
    "considering": "thinking", "contemplative": "thinking", "smirk": "smug", "smirking": "smug", "sly": "smug",
    "mischievous": "playful", "teasing": "playful", "cheeky": "playful", "tongue out": "playful", "silly": "playful",
    "determination": "determined", "resolute": "determined", "resolve": "determined", "brave": "determined",
    "focused": "determined", "fierce": "determined", "exhausted": "tired", "weary": "tired", "asleep": "sleepy",
    "half closed eyes": "tired", "half lidded eyes": "tired", "heavy eyelids": "tired", "heavy lidded eyes": "tired",
    "small frown": "worried", "slight frown": "worried", "wide eyes": "surprise", "open mouth": "surprise",
    "sleeping": "sleepy", "drowsy": "sleepy", "eyes closed": "relief", "closed eyes": "relief", "winking": "wink",
    "pouting": "pout", "sulking": "pout", "sulky": "pout", "jealous": "pout", "grave": "serious", "solemn": "serious",
    "cold stare": "cold", "emotionless": "cold", "indifferent": "cold", "soft": "gentle", "serene": "gentle",
    "peaceful": "gentle", "warm": "gentle", "friendly": "smile", "shouting": "shout", "yelling": "shout",
    "screaming": "shout", "scream": "shout", "battle cry": "shout", "hurt": "pain", "wincing": "pain",
    "boredom": "bored", "bored look": "bored", "awkward": "embarrassment", "suspicious": "annoyance",
    "skeptical": "annoyance", "dreamy": "wistful", "comforting": "caring", "reassuring": "caring",
}  # fmt: skip

_FEATURES = frozenset([
    "calm", "blank", "default", "composed", "normal", "relaxed", "quiet", "listening", "attentive", "smile", "smiling",
    "slight smile", "small smile", "soft smile", "faint smile", "warm smile", "gentle smile", "bright smile",
    "big smile", "grin", "grinning", "frown", "frowning", "small frown", "slight frown", "eyes closed", "closed eyes",
    "half closed eyes", "half lidded eyes", "heavy eyelids", "heavy lidded eyes", "sparkling eyes", "teary eyes",
    "wide eyes", "open mouth", "tears", "blush", "blushing", "soft", "warm", "gentle", "glare", "glaring", "gasp",
    "nod", "sigh", "sighing", "laughing", "distant", "neutral",
])  # fmt: skip
"""Words for a part of a face: many moods have it, so that a word for the mood itself wins, however short it is."""
_MOODS = {word: label for word, label in WORDS.items() if word not in _FEATURES}

# A word in no table still has a mood when it ends or begins like one of these.
_STEMS: tuple[tuple[str, str], ...] = (
    ("smil", "smile"), ("laugh", "laugh"), ("happ", "joy"), ("joy", "joy"), ("cheer", "joy"), ("delight", "joy"),
    ("sad", "sadness"), ("sorrow", "sadness"), ("tear", "sadness"), ("cry", "cry"), ("weep", "cry"), ("ang", "anger"),
    ("fur", "anger"), ("rag", "anger"), ("annoy", "annoyance"), ("irrit", "annoyance"), ("scar", "fear"),
    ("fear", "fear"), ("terr", "fear"), ("fright", "fear"), ("horr", "fear"), ("surpris", "surprise"),
    ("shock", "surprise"), ("amaz", "admiration"), ("blush", "shy"), ("embarr", "embarrassment"), ("shy", "shy"),
    ("worr", "worried"), ("anx", "nervousness"), ("nerv", "nervousness"), ("think", "thinking"),
    ("determin", "determined"), ("proud", "pride"), ("smug", "smug"), ("disgust", "disgust"), ("lov", "love"),
    ("confus", "confusion"), ("curi", "curiosity"), ("excit", "excitement"), ("tire", "tired"), ("sleep", "sleepy"),
    ("grie", "grief"), ("regret", "remorse"), ("hop", "optimism"), ("grate", "gratitude"), ("seri", "serious"),
)  # fmt: skip


def label_of(text: str) -> str:
    """The face that expression words ask for: a key of `FACES`; `neutral` when nothing known is said."""
    found = first(text, _MOODS) or first(text, WORDS)
    if found is not None:
        return found
    for word in tokens(text):
        for stem, label in _STEMS:
            if word.startswith(stem):
                return label
    return "neutral"


def read_expression(text: str) -> Expression:
    return FACES[label_of(text)]
