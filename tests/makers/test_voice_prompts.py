"""XTTS and RVC through the pool: prompts on a real ComfyUI protocol, sound back, and what happens when it fails."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from comfyvn import reading
from comfyvn.audio.blend import aligned, lag, mixed
from comfyvn.bridge.comfy import ComfyBridge
from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.servers import Server
from comfyvn.bridge.tts import Speech, TTSBridge
from comfyvn.contracts.novel import Engines
from comfyvn.contracts.voice import VoiceConversion
from comfyvn.draft.process import DraftServer
from comfyvn.engine.opening import toolbox
from comfyvn.errors import (
    BridgeError,
    ContractError,
    DownloadError,
    Interrupted,
    MakeError,
    RenderFailed,
    ServerDown,
    VoiceError,
    WorkflowError,
)  # fmt: skip
from comfyvn.makers.convert import convert, is_repeatable
from comfyvn.makers.made import Job
from comfyvn.makers.workshop import Workshop
from comfyvn.makers.xtts import PACK, TAKE, Xtts, spoken_as, xtts_version
from comfyvn.providers import Lock, Model, PackPin
from comfyvn.reading.toolbox import LazyWorkflows, own_workflow_digest, shipped_workflows
from comfyvn.recipe import Speak, document, fingerprint
from comfyvn.targets.conversion import conversion_of
from comfyvn.targets.target import Toolbox
from tests.fakes.comfy import FakeComfy, Prompt, running
from tests.fakes.fleet import QUICK
from tests.fakes.small_novel import write_small_novel

KEEPER = Model(file="RVC/keeper.pth", folder="rvc")
REGISTRY = reading.read_registry(Path("/nonexistent")).model_copy(deep=True)
REGISTRY = REGISTRY.model_copy(update={"models": {**REGISTRY.models, "keeper": KEEPER}})
LINE = "Good evening. The last ferry left an hour ago."
JOB = Job("voices:en/l1aaaa", "fp1:x")


@pytest.fixture(scope="module")
def comfyui() -> Iterator[str]:
    """The URL of a server that speaks ComfyUI's protocol and has every model of the registry."""
    with DraftServer(REGISTRY.models_by_folder()) as server:
        yield server.url


@pytest.fixture
def shop(comfyui: str) -> Iterator[Workshop]:
    made = Workshop([Server("gpu", comfyui, "comfyui")], REGISTRY)
    yield made
    made.close()


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return recording(tmp_path / "keeper.wav", 180.0)


def recording(path: Path, pitch: float) -> Path:
    soundfile.write(path, 0.2 * np.sin(2 * np.pi * pitch * np.arange(24_000) / 24_000), 24_000)
    return path


def xtts(shop: Workshop, lock: Lock = Lock()) -> Xtts:  # noqa: B008
    return Xtts(shop, lambda: shipped_workflows()["voice_clip_xtts"], lock, xtts_version(lock))


# --- XTTS


def test_it_speaks_in_the_voice_of_the_reference(shop: Workshop, reference: Path, tmp_path: Path) -> None:
    speech = Speech(LINE, reference=reference, engines=("xtts",))
    engine = xtts(shop)
    first, again = engine.speak(speech), engine.speak(speech)
    assert "comfyui_version" in first.made_with
    assert np.array_equal(first.samples, again.samples) and first.rate == 24_000 and first.samples.ndim == 1
    other_text = engine.speak(replace(speech, text=LINE[:20]))
    assert len(other_text.samples) < len(first.samples)
    other_voice = engine.speak(replace(speech, reference=recording(tmp_path / "other.wav", 90.0)))
    assert not np.array_equal(other_voice.samples, first.samples)


def test_its_clip_is_finished_like_any_other_and_kept_by_content(shop: Workshop, reference: Path) -> None:
    clip = TTSBridge({"xtts": xtts(shop)}).synthesize_clip(Speech(LINE, reference=reference, engines=("xtts",)))
    assert (clip.engine, clip.repeatable, clip.reason) == ("xtts@1", False, "")
    assert clip.lufs == pytest.approx(-16, abs=0.2) and clip.peak_dbtp <= -1


class Prompts:
    """The play of a fake server that answers every prompt with a short sound, and keeps what it was asked."""

    def __init__(self) -> None:
        self.graphs: list[dict[str, Any]] = []

    def __call__(self, server: FakeComfy, prompt: Prompt) -> None:
        self.graphs.append(prompt.body["prompt"])
        node = next(key for key, each in prompt.body["prompt"].items() if each["class_type"] in SAVERS)
        name = f"clip_{len(self.graphs)}.wav"
        server.files["output", "", name] = wav_of(0.5)
        prompt.outputs[node] = {"audio": [name, "output"]}


SAVERS = ("PreViewAudio", "SaveAudio")


def wav_of(seconds: float) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, 0.1 * np.sin(np.arange(int(seconds * 24_000)) / 10), 24_000, format="WAV")
    return file.getvalue()


def test_the_seed_tells_takes_apart_in_an_input_that_no_node_has(reference: Path) -> None:
    """What is sent twice with one seed is one prompt; another seed is another prompt, or ComfyUI would run neither."""
    play = Prompts()
    with running(FakeComfy(play)) as fake:
        shop = Workshop([Server("gpu", fake.url)], REGISTRY, connect=quick)
        engine = xtts(shop)
        for seed in (1, 1, 2):
            engine.speak(Speech(LINE, reference=reference, seed=seed))
        shop.close()
    assert [graph["2"]["inputs"][TAKE] for graph in play.graphs] == [1, 2]
    first, second = play.graphs
    second["2"]["inputs"][TAKE] = 1
    assert first == second


def test_settings_and_language_reach_the_node(reference: Path) -> None:
    play = Prompts()
    voice = {"rate": 140, "variant": "f3", "engine": {"speed": 1.2, "temperature": 0.5, "text": "no", "unknown": 1}}
    with running(FakeComfy(play)) as fake:
        shop = Workshop([Server("gpu", fake.url)], REGISTRY, connect=quick)
        speech = Speech(LINE, "zh-Hans", ("xtts",), voice, reference=reference)
        xtts(shop).speak(speech)
        own = {"engine": {"speed": 0.7, "xtts": {"top_k": 9}}, "rate": 84}
        xtts(shop).speak(replace(speech, engines=("openai", "xtts"), voice=own))
        shop.close()
        [uploaded] = [data for (kind, _, _), data in fake.files.items() if kind == "input"]
    assert uploaded == reference.read_bytes()
    node = play.graphs[0]["2"]["inputs"]
    told = {key: node[key] for key in ("text", "language", "speed", "temperature", "top_k")}
    assert told == {"text": LINE, "language": "zh-cn", "speed": 1.2, "temperature": 0.5, "top_k": 50}
    other = play.graphs[1]["2"]["inputs"]  # what another engine is told is not for it; its own and the pace are
    assert (other["speed"], other["top_k"], other["temperature"]) == (0.5, 9, 0.75)


def quick(server: Server) -> ComfyBridge:
    return ComfyBridge(server, limits=QUICK)


def test_languages_are_found_by_tag() -> None:
    choices = ("en", "zh-cn", "pt")
    assert [spoken_as(tag, choices) for tag in ("en", "en-GB", "zh", "zh_TW", "PT-br")] == [
        "en", "en", "zh-cn", "zh-cn", "pt",
    ]  # fmt: skip
    with pytest.raises(VoiceError, match="does not speak eo") as caught:
        spoken_as("eo", choices)
    assert "zh-cn" in caught.value.todo


def test_what_it_can_do_is_what_its_node_offers(shop: Workshop) -> None:
    found = xtts(shop).capabilities()
    assert found.languages is not None and {"en", "ja", "zh", "fr", "de", "es"} <= found.languages
    assert (found.clones, found.seedable, found.word_times) == (True, False, False)


def test_its_version_is_our_recipe_the_pin_and_the_novels_own_workflow() -> None:
    pinned = Lock(packs={PACK: PackPin(commit="a" * 40)})
    assert [xtts_version(Lock()), xtts_version(pinned), xtts_version(pinned, "b" * 64)] == [
        "1", "1+aaaaaaaaaaaa", "1+aaaaaaaaaaaa+own.bbbbbbbbbbbb",
    ]  # fmt: skip


def test_a_workflow_of_the_novels_own_is_another_version_unless_it_is_a_copy(tmp_path: Path) -> None:
    shipped = Path(reading.__file__).parents[1] / "workflows/voice_clip_xtts.json"
    own = tmp_path / "workflows/mine.json"
    own.parent.mkdir()

    def digest() -> str:
        """As it is found in the files, and the same of what a plan has read already."""
        there = {"workflows/mine.json": sha256(own.read_bytes()).hexdigest()} if own.exists() else {}
        found = LazyWorkflows(tmp_path, lambda _: None, there).own_digest("voice_clip_xtts")
        assert found == own_workflow_digest(tmp_path, "voice_clip_xtts")
        return found

    assert digest() == ""
    own.write_bytes(shipped.read_bytes())
    assert digest() == ""
    own.write_text(shipped.read_text("utf-8").replace("0.85", "0.9"), "utf-8")
    assert digest() == sha256(own.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("speech", "told"),
    [
        (Speech(LINE), "imitates a recording, and this voice names none"),
        (Speech(LINE, reference=Path("/nonexistent/her.wav")), "is gone: her.wav"),
        (Speech(LINE, "eo", reference=Path(__file__)), "does not speak eo"),
        (Speech(LINE, voice={"engine": {"xtts": {"speed": 9}}}, reference=Path(__file__)), "speed: given 9; allowed:"),
    ],
)
def test_what_it_cannot_say_is_told_before_anything_is_sent(speech: Speech, told: str) -> None:
    shop = Workshop([Server("gpu", "http://127.0.0.1:9")], REGISTRY)
    with pytest.raises(VoiceError, match=told) as caught:
        xtts(shop).speak(speech)
    assert caught.value.where and caught.value.todo
    shop.close()


def test_without_a_server_the_next_engine_speaks(reference: Path) -> None:
    shop = Workshop([], REGISTRY)
    bridge = TTSBridge({"xtts": xtts(shop), "espeak": Espeak()})
    said = bridge.say(Speech(LINE, reference=reference, engines=("xtts", "espeak")))
    assert said.engine.startswith("espeak@") and "no such server is named" in said.reason
    shop.close()


def test_a_build_that_is_stopped_asks_no_other_engine(reference: Path) -> None:
    fake = FakeComfy(Prompts())
    fake.gate.clear()
    caught: list[BaseException] = []
    with running(fake):
        shop = Workshop([Server("gpu", fake.url)], REGISTRY, connect=quick)
        bridge = TTSBridge({"xtts": xtts(shop), "espeak": Espeak()})

        def say() -> None:
            try:
                bridge.say(Speech(LINE, reference=reference, engines=("xtts", "espeak")))
            except BaseException as error:
                caught.append(error)

        thread = threading.Thread(target=say)
        posted = threading.Event()
        fake.at_queued = posted.set
        thread.start()
        assert posted.wait(20)
        shop.stop()
        thread.join(20)
    assert [type(error) for error in caught] == [Interrupted]


@pytest.mark.parametrize("play", ["nothing", "garbage", "error"])
def test_a_server_that_gives_no_sound_is_a_voice_error(reference: Path, play: str) -> None:
    def answer(server: FakeComfy, prompt: Prompt) -> None:
        if play == "garbage":
            server.files["output", "", "x.wav"] = b"RIFF but no sound"
            prompt.outputs["3"] = {"audio": ["x.wav", "output"]}
        elif play == "error":
            prompt.status = "error"
            prompt.messages.append(
                ["execution_error", {"node_id": "2", "exception_message": "no cuda", "node_type": "XTTS_INFER"}]
            )

    with running(FakeComfy(answer)) as fake:
        shop = Workshop([Server("gpu", fake.url)], REGISTRY, connect=quick)
        with pytest.raises(VoiceError, match="XTTS cannot say 'Good evening") as caught:
            xtts(shop).speak(Speech(LINE, reference=reference))
        shop.close()
    assert caught.value.where and caught.value.todo


# --- RVC


@pytest.fixture(scope="module")
def spoken() -> tuple[np.ndarray[Any, Any], int]:
    said = Espeak().speak(Speech(LINE))
    return said.samples, said.rate


def plan(
    tmp_path: Path, engines: tuple[str, ...] = ("espeak",), image: str = "comfyui", **asked: Any
) -> dict[str, object]:
    """What a novel puts into a recipe for this conversion."""
    root = write_small_novel(tmp_path / "novel")
    project, tools = reading.read_project(root), tools_of(root)
    novel = project.novel.model_copy(update={"engines": Engines(image=image)})  # type: ignore[arg-type]
    wanted = VoiceConversion(**{"model": "keeper", **asked})
    return conversion_of(replace(project, novel=novel), tools, wanted, "characters/aya", engines)


def tools_of(root: Path) -> Toolbox:
    return replace(toolbox(root), registry=REGISTRY, lock=Lock(packs={"Comfy-RVC": PackPin(commit="c" * 40)}))


def test_a_conversion_is_a_value_that_tells_all_that_is_heard(tmp_path: Path) -> None:
    found = plan(tmp_path, pitch=3, mix=0.5)
    render: Any = found["render"]
    assert (found["model"], found["pitch"], found["mix"]) == ("keeper", 3, 0.5)
    assert (render["engine"], render["models"]) == ("comfyui", ["keeper"])
    assert render["pins"]["packs"]["Comfy-RVC"] == "c" * 40
    plain = document(Speak("espeak@1", LINE, "en"), {})
    prints = {
        fingerprint(document(Speak("espeak@1", LINE, "en", conversion=each), {}))
        for each in (found, plan(tmp_path, pitch=3, mix=0.6), plan(tmp_path, pitch=2, mix=0.5), {})
    }
    assert len(prints) == 4 and fingerprint(plain) in prints  # nothing asked for: the fingerprint of before
    assert plan(tmp_path, mix=0.0) == {}


def test_what_no_server_would_take_is_told_while_planning(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match="pitch: given 20; allowed: int -14…14"):
        plan(tmp_path, pitch=20)
    with pytest.raises(ContractError, match="keepr"):
        plan(tmp_path, model="keepr")


def test_a_model_that_alltalk_alone_knows_is_no_mistake_until_another_engine_speaks(tmp_path: Path) -> None:
    found = plan(tmp_path, ("alltalk", "espeak"), model="folder/hers.pth", pitch=20)
    assert found == {"model": "folder/hers.pth", "pitch": 20, "mix": 1.0}
    shop = Workshop([], REGISTRY)
    with pytest.raises(MakeError, match=r'RVC model "folder/hers\.pth"') as caught:
        convert(np.ones(100), 100, found, JOB, shop)
    assert "providers/providers.json" in caught.value.todo
    assert not is_repeatable(found)
    shop.close()


def test_the_voice_is_another_one_of_the_same_length(
    shop: Workshop, spoken: tuple[np.ndarray[Any, Any], int], tmp_path: Path
) -> None:
    dry, rate = spoken
    plan_of = {pitch: plan(tmp_path, pitch=pitch) for pitch in (0, 5)}
    converted = convert(dry, rate, plan_of[0], JOB, shop)
    same, higher, again = (converted.samples, *(convert(dry, rate, plan_of[5], JOB, shop).samples for _ in range(2)))
    assert "comfyui_version" in converted.made_with
    assert converted.rate == rate and len(same) == len(higher) == len(dry)
    assert np.array_equal(higher, again)
    assert centre(higher, rate) > centre(same, rate) * 1.1
    assert np.sqrt(np.mean(higher**2)) == pytest.approx(np.sqrt(np.mean(dry**2)), rel=0.01)


def centre(samples: np.ndarray[Any, Any], rate: int) -> float:
    """The spectral centroid in Hz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float((power * np.fft.rfftfreq(len(samples), 1 / rate)).sum() / power.sum())


def test_mix_goes_from_one_voice_to_the_other(
    shop: Workshop, spoken: tuple[np.ndarray[Any, Any], int], tmp_path: Path
) -> None:
    dry, rate = spoken
    wet, half = (convert(dry, rate, plan(tmp_path, pitch=5, mix=mix), JOB, shop).samples for mix in (1.0, 0.5))
    assert np.allclose(half, 0.5 * dry + 0.5 * wet, atol=1e-9)
    plain = convert(dry, rate, {}, JOB, shop)
    assert plain.samples is dry and (plain.rate, plain.made_with) == (rate, {})


def test_the_draft_endpoint_converts_for_a_novel_that_is_drawn_as_draft(
    spoken: tuple[np.ndarray[Any, Any], int], tmp_path: Path
) -> None:
    dry, rate = spoken
    draft = plan(tmp_path, image="draft", pitch=-4)
    assert is_repeatable(draft) and is_repeatable({}) and not is_repeatable(plan(tmp_path))
    shop = Workshop([], REGISTRY)
    low = convert(dry, rate, draft, JOB, shop).samples
    shop.close()
    assert centre(low, rate) < centre(dry, rate)


def answering(seconds: float, name: str = "x.wav") -> Any:
    def play(server: FakeComfy, prompt: Prompt) -> None:
        prompt.outputs["6"] = {"audio": [server.save(name, wav_of(seconds))]}

    return play


def test_a_conversion_that_fails_says_what_to_do(spoken: tuple[np.ndarray[Any, Any], int], tmp_path: Path) -> None:
    dry, rate = spoken
    failures: Mapping[type[BridgeError], Any] = {
        DownloadError: answering(0.5),
        RenderFailed: lambda _server, prompt: prompt.messages.append(
            ["execution_error", {"node_id": "5", "exception_message": "no hubert", "node_type": "RVCNode"}]
        ) or setattr(prompt, "status", "error"),
    }  # fmt: skip
    for kind, play in failures.items():
        with running(FakeComfy(play)) as fake:
            shop = Workshop([Server("gpu", fake.url)], REGISTRY, connect=quick)
            with pytest.raises(kind, match='RVC gave no voice "keeper": ') as caught:
                convert(dry, rate, plan(tmp_path), JOB, shop)
            shop.close()
        assert caught.value.where and 'take "rvc" out of the voice' in caught.value.todo
    shop = Workshop([], REGISTRY)
    with pytest.raises(ServerDown, match="no such server is named") as down:
        convert(dry, rate, plan(tmp_path), JOB, shop)
    assert "providers/servers.yaml" in down.value.where
    shop.close()


# --- laying one voice over another


def test_a_late_or_early_conversion_is_laid_where_it_belongs(spoken: tuple[np.ndarray[Any, Any], int]) -> None:
    dry, rate = spoken
    for shift in (-0.03, 0.0, 0.05):
        count = round(shift * rate)
        wet = np.concatenate([np.zeros(count), dry]) if count > 0 else dry[-count:]
        assert abs(lag(wet, dry, rate) - count) <= rate // 500
        laid = aligned(wet, dry, rate)
        assert len(laid) == len(dry)
        assert abs(lag(laid, dry, rate)) <= rate // 500


def test_what_has_nothing_in_common_stays_where_it_is() -> None:
    rate = 16_000
    noise = np.random.default_rng(1).standard_normal(rate)
    assert lag(noise, np.sin(np.arange(rate)), rate) == 0
    assert lag(np.zeros(rate), noise, rate) == 0
    assert len(aligned(noise[:100], noise, rate)) == rate
    assert np.array_equal(mixed(noise, np.zeros(rate), 1.0), np.zeros(rate))
