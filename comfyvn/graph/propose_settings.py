"""Proposes inputs for what samplers are told: prompts, steps and guidance, sizes, lengths of films and sounds."""

from __future__ import annotations

from comfyvn.graph import propose_trace as trace
from comfyvn.graph.links import inputs_of
from comfyvn.graph.propose_draft import Draft, bind
from comfyvn.graph.propose_trace import Sampler

PROMPTS = ("prompt", "background_prompt")  # what a family calls the words of its picture
FRAMES = ("length", "num_frames", "video_frames", "frames")
POSITIVE = ("positive", "conditioning")
ASKED, REFUSED = ("prompt", "positive_prompt"), ("negative_prompt",)  # of nodes that do all by themselves
RATES = ("fps", "frame_rate")


def bind_prompts(draft: Draft, found: list[Sampler]) -> None:
    """The words of what is to be seen or heard, those of what must not be, and other texts beside them."""
    positive: list[str] = []
    negative: list[str] = []
    others: list[tuple[str, str]] = []
    for sampler in found:
        ends = trace.conditionings(draft.traced, sampler, POSITIVE)
        positive += trace.words(draft.traced, ends)
        others += trace.further_words(draft.traced, ends)
        negative += trace.words(draft.traced, trace.conditionings(draft.traced, sampler, ("negative",)))
    if not found:
        positive, negative = trace.asked(draft.traced, ASKED), trace.asked(draft.traced, REFUSED)
    both = set(positive)
    # A family whose name for it is taken already has its words from its own header; then there is nothing to do.
    name = next((name for name in PROMPTS if draft.wants(name)), PROMPTS[0])
    bind(draft, name, list(dict.fromkeys(positive)), required=True)
    bind(draft, "negative", [address for address in dict.fromkeys(negative) if address not in both])
    for other, address in dict.fromkeys(others):
        bind(draft, other, [address])
    if not positive and not any(entry["type"] in ("text", "schedule") for entry in draft.inputs.values()):
        draft.look.append("no prompt was found: add its address to expected_inputs by hand")


def bind_settings(draft: Draft, found: list[Sampler]) -> None:
    """Steps, guidance and schedule of the samplers that begin, and of those that hold the same values."""
    for name in ("sampler_name", "scheduler", "steps", "cfg", "guidance"):
        all_places = [address for sampler in found for address in trace.addresses(draft.traced, sampler, [name])]
        if name == "guidance":
            all_places += _distilled(draft, found)
        same = [place for place in all_places if draft.traced.value(place) == draft.traced.value(all_places[0])]
        if name == "cfg" or name == "guidance" or all_places:
            bind(draft, name, same)
        if len(set(all_places)) > len(set(same)):
            rest = ", ".join(place for place in dict.fromkeys(all_places) if place not in same)
            draft.look.append(f"{name}: other values stay as they are at {rest}")
    first = [sampler for sampler in found if not sampler.detail and trace.canvas(draft.traced, sampler) is None]
    for name, those in (("denoise", first), ("detail_denoise", [s for s in found if s.detail])):
        places = [address for sampler in those for address in trace.addresses(draft.traced, sampler, ["denoise"])]
        bind(draft, name, places[:1])


def _distilled(draft: Draft, found: list[Sampler]) -> list[str]:
    """Guidance that is written into the conditioning, as models are told that have it distilled into them."""
    ends = [end for sampler in found for end in trace.conditionings(draft.traced, sampler, POSITIVE)]
    nodes = trace.shaping(draft.traced, ends)
    return [address for node in nodes if (address := draft.traced.settled(node, "guidance"))]


def bind_sizes(draft: Draft, found: list[Sampler]) -> None:
    """Width and height of what is rendered and of the end; frames and their rate of a film, seconds of a sound."""
    sizes = [find(draft.traced, sampler) for find in (trace.canvas, trace.given_size) for sampler in found]
    node = next((node for node in sizes if node), None)
    for name in ("width", "height"):
        bind(draft, name, [place] if node and (place := draft.traced.settled(node, name)) else [])
    end = next(
        (node for node in (trace.resized(draft.traced, o["node"]) for o in draft.outputs.values()) if node), None
    )
    for name in ("width", "height"):
        bind(draft, f"output_{name}", [f"{end}.{name}"] if end else [])
    count = inputs_of(draft.traced.graph[node]).get("batch_size", 1) if node else 1
    if count != 1 and all(output["kind"] == "image" for output in draft.outputs.values()):
        draft.look.append(f"{node}.batch_size is {count}: only the first picture of a batch is used")
    _bind_spans(draft, found)


def _bind_spans(draft: Draft, found: list[Sampler]) -> None:
    """How many frames or seconds there are, and how many frames a second."""
    starts = [node for node in (trace.start(draft.traced, sampler) for sampler in found) if node]
    for name, keys in (("frames", FRAMES), ("seconds", ("seconds",))):
        places = [place for node in starts for key in keys if (place := draft.traced.settled(node, key))]
        bind(draft, name, places[:1])
    for output in draft.outputs.values():
        if output["kind"] == "video":
            nodes = trace.before(draft.traced, output["node"])
            places = [place for node in nodes for key in RATES if (place := draft.traced.settled(node, key))]
            bind(draft, "fps", places[:1])
