"""The engine `xtts`: the workflow voice_clip_xtts, submitted to a ComfyUI server of the pool as renders are.

XTTS draws its noise where no seed reaches it. So a take cannot be repeated, and what was made is kept by its content.
The seed still tells takes apart: it stands in the prompt as an input that the node does not have, which ComfyUI accepts
and leaves out of the call, but counts when it asks whether it has run the very same prompt before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from comfyvn.bridge.speech import Capabilities, Speech, Spoken, settings_for
from comfyvn.errors import BridgeError, ComfyVNError, Interrupted, VoiceError, WorkflowError
from comfyvn.graph.bind import bind
from comfyvn.graph.header import FILES, split_address
from comfyvn.graph.template import Workflow
from comfyvn.makers.made import Job
from comfyvn.makers.sounds import sound
from comfyvn.makers.workshop import Workshop
from comfyvn.providers import Lock, pins
from comfyvn.recipe import Render

WORKFLOW = "voice_clip_xtts"
PACK = "ComfyUI-XTTS"
TAKE = "comfyvn_take"  # the input that no node has
OURS = frozenset({"text", "reference", "language"})  # inputs that a voice's settings do not state
USUAL_RATE = 168  # words a minute that count as its speed of 1
SPEED, SLOWEST, FASTEST = "speed", 0.5, 2.0
RECIPE = 1  # raised when the same speech is made into another prompt


def xtts_version(lock: Lock, own: str = "") -> str:
    """What stands behind `xtts@` in recipes: our recipe, the pinned commit of the pack, and the novel's own workflow.

    `own`: a digest of the novel's own voice_clip_xtts, "" where it is the one that ships.
    """
    pinned = lock.pack_pin(PACK) or ""
    return "+".join(part for part in (str(RECIPE), pinned[:12], own and f"own.{own[:12]}") if part)


class Xtts:
    """Speaks with XTTS v2 in the voice of a reference recording. What it guards is the way to the servers."""

    name = "xtts"
    repeatable = False

    def __init__(
        self, workshop: Workshop, workflow: Callable[[], Workflow], lock: Lock, version: str, kind: str = "comfyui"
    ) -> None:
        """`workflow` is asked for when something is to be said; `kind`: of the servers that it is submitted to."""
        self._workshop, self._workflow, self._lock = workshop, workflow, lock
        self._version, self._kind = version, kind

    def version(self) -> str:
        """As `xtts_version` gives it."""
        return self._version

    def capabilities(self) -> Capabilities:
        """What it can do. Raises VoiceError when its workflow is not there."""
        workflow = self._loaded()
        languages = frozenset(primary(each) for each in self._languages(workflow))
        return Capabilities(languages, clones=True, has_speed=SPEED in workflow.expected_inputs, is_elsewhere=True)

    def speak(self, speech: Speech) -> Spoken:
        """Say it. Raises VoiceError, so that the next engine is asked; Interrupted and OverBudget come through."""
        from comfyvn.audio.samples import mono  # arrays: not for planning, which asks for the version alone

        recipe, reference = self._recipe(speech)
        job = Job(speech.target or f"voices:{speech.language}", "")
        try:
            said = sound(recipe, {"reference": reference}, job, self._workshop)
        except Interrupted:
            raise
        except BridgeError as error:
            raise VoiceError(f"XTTS cannot say {speech.text[:40]!r}: {error.what}", error.where, error.todo) from error
        return Spoken(mono(said.samples), said.rate, made_with=said.made_with)

    def _recipe(self, speech: Speech) -> tuple[Render, Path]:
        workflow = self._loaded()
        if speech.reference is None or not speech.reference.is_file():
            what = "XTTS imitates a recording, and this voice names none" if speech.reference is None else (
                f"the recording that XTTS is to imitate is gone: {speech.reference.name}"
            )
            todo = 'name six seconds or more of the voice, clean and alone, as "reference" of the character\'s voice'
            raise VoiceError(what, "reference of the voice", todo)
        settings = own_settings(speech)
        values: dict[str, object] = {
            **{name: settings[name] for name in workflow.expected_inputs if name in settings and name not in OURS},
            "text": speech.text,
            "language": spoken_as(speech.language, self._languages(workflow)),
            "reference": speech.reference,
        }
        try:
            return self._bound(workflow, values, speech.seed), speech.reference
        except ComfyVNError as error:
            raise VoiceError(error.what, error.where or workflow.file, error.todo) from error

    def _bound(self, workflow: Workflow, values: Mapping[str, object], seed: int) -> Render:
        registry = self._workshop.registry
        seeds = dict.fromkeys(workflow.seed_keys, seed)
        bound = bind(workflow, {**values, **seeds}, registry.bases())
        graph = {node: dict(entry) for node, entry in bound.graph.items()}
        if all(not addresses for addresses in workflow.seed_keys.values()):
            for address in workflow.expected_inputs["text"].to:
                node, _ = split_address(address)
                graph[node]["inputs"] = {**graph[node]["inputs"], TAKE: seed}
        output = next(iter(bound.outputs))
        return Render(
            engine=self._kind,
            workflow=WORKFLOW,
            graph=graph,
            output=output,
            output_node=bound.outputs[output],
            seeds=bound.seeds,
            packs=bound.packs,
            models=bound.models,
            pins=pins(registry, self._lock, bound.packs, bound.models),
        )

    def _loaded(self) -> Workflow:
        try:
            workflow = self._workflow()
        except KeyError as error:
            todo = f"put workflows/{WORKFLOW}.json back, or take xtts out of the engines"
            raise VoiceError(f'there is no workflow "{WORKFLOW}"', f"workflows/{WORKFLOW}.json", todo) from error
        except WorkflowError as error:
            raise VoiceError(error.what, error.where, error.todo) from error
        spec = {name: each.type in FILES for name, each in workflow.expected_inputs.items()}
        if not ("text" in spec and spec.get("reference")):
            todo = "name these inputs as the shipped workflow does (docs/workflows.md)"
            raise VoiceError("the workflow takes no text, or no reference recording", workflow.file, todo)
        return workflow

    @staticmethod
    def _languages(workflow: Workflow) -> tuple[str, ...]:
        spec = workflow.expected_inputs.get("language")
        return spec.choices if spec else ()


def own_settings(speech: Speech) -> dict[str, object]:
    """What this engine is told of how to speak, with its speed by the words a minute that are asked for."""
    settings = settings_for(speech, Xtts.name)
    rate = settings.get("rate")
    pace = {SPEED: min(max(float(rate) / USUAL_RATE, SLOWEST), FASTEST)} if isinstance(rate, int | float) else {}
    settings = {**pace, **settings}
    usual = settings.get(SPEED, 1.0)
    if speech.speed != 1.0 and isinstance(usual, int | float):
        settings[SPEED] = min(max(round(usual * speech.speed, 3), SLOWEST), FASTEST)
    return settings


def primary(tag: str) -> str:
    """The language of a BCP-47 tag, without region and script: `en-GB` is `en`."""
    return tag.replace("_", "-").partition("-")[0].lower()


def spoken_as(tag: str, choices: tuple[str, ...]) -> str:
    """The one of `choices` (`en`, `zh-cn` …) that a BCP-47 tag means. Raises VoiceError where none does."""
    wanted = tag.replace("_", "-").lower()
    fits = [each for each in choices if each.lower() == wanted]
    fits += [each for each in choices if primary(each) == primary(wanted)]
    if not fits:
        known = ", ".join(choices)
        raise VoiceError(f"XTTS does not speak {tag}", "language of the clip", f"name another engine; it has: {known}")
    return fits[0]
