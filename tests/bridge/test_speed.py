"""How fast an engine is asked to speak: so many times what its settings say, by each engine's own number."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import pytest

from comfyvn.bridge.espeak import Espeak
from comfyvn.bridge.servers import Server
from comfyvn.bridge.speech import Speech
from comfyvn.bridge.tts import TTSBridge
from comfyvn.bridge.voices.named import VoiceServer
from comfyvn.bridge.voices.served import Served, dialect
from comfyvn.errors import VoiceError
from comfyvn.makers.xtts import own_settings
from tests.fakes import speech_servers as fakes
from tests.fakes.speech_servers import Api, serving

LINE = "We can walk to the light before the tide turns."
FIELD = {"openai": "speed", "alltalk": "speed", "gpt_sovits": "speed_factor"}
APIS: Mapping[str, Api] = {"openai": fakes.strict_openai, "alltalk": fakes.alltalk, "gpt_sovits": fakes.gpt_sovits}


@pytest.mark.parametrize("engine", FIELD)
@pytest.mark.parametrize(
    ("settings", "speed", "sent"),
    [
        ({}, 1.0, None),
        ({}, 1.15, 1.15),
        ({"rate": 84}, 1.2, 0.6),
        ({"engine": {"speed": 1.1}}, 0.9, 0.99),
        ({"engine": {"speed": 1.95}}, 1.2, None),
    ],
)
def test_servers_are_told_so_many_times_what_the_settings_say(
    engine: str, settings: dict[str, object], speed: float, sent: float | None
) -> None:
    with serving(APIS[engine]) as fake:
        place = Server("studio", fake.url, silence_s=5.0, headers={"Authorization": "Bearer s3cretkey"})
        served = Served(engine, [VoiceServer(place, engine, wait_s=0.5, voice="female_01.wav")])
        asked = Speech("Hi", engines=(engine,), voice=settings, speed=speed)
        with suppress(VoiceError):
            served.speak(asked)
        served.close()
        posted = [one.body for one in fake.asked if "captioned" not in one.path and one.method == "POST"]
    told = [body.get(FIELD[engine]) for body in posted]
    assert told
    if sent is not None:
        assert [float(value) for value in told] == [pytest.approx(sent)] * len(told)
    elif speed == 1.0:
        assert set(told) == {None}
    else:  # no server is asked for more than it takes
        assert all(float(value) <= (4.0 if engine == "openai" else 2.0) for value in told)


@pytest.mark.parametrize("speed", [0.85, 1.2])
def test_espeak_speaks_at_another_rate(speed: float) -> None:
    for voice in ({}, {"rate": 140}):
        usual, other = (Espeak().speak(Speech(LINE, voice=voice, speed=each)) for each in (1.0, speed))
        assert len(usual.samples) / len(other.samples) == pytest.approx(speed, abs=0.06)
    fastest = [Espeak().speak(Speech(LINE, voice={"rate": 450}, speed=each)).samples for each in (1.0, 1.2)]
    assert len(fastest[0]) == len(fastest[1])  # it has no higher rate


def test_xtts_is_told_within_what_its_node_takes() -> None:
    def told(speed: float, **voice: object) -> object:
        return own_settings(Speech(LINE, engines=("xtts",), voice=voice, speed=speed)).get("speed")

    assert told(1.0) is None and told(1.15) == 1.15
    assert told(1.2, rate=84) == 0.6
    assert told(1.2, engine={"speed": 1.9}) == 2.0
    assert told(1.2, engine={"speed": "fast"}) == "fast"  # the workflow's check says what is wrong with it


def test_who_has_a_speed_and_who_speaks_elsewhere() -> None:
    bridge = TTSBridge()
    assert bridge.can("espeak").has_speed and not bridge.can("espeak").is_elsewhere
    assert not bridge.can("nobody").has_speed
    served = {name: dialect(name).can for name in ("openai", "xtts_server", "alltalk", "gpt_sovits")}
    assert {name for name, can in served.items() if can.has_speed} == {*FIELD}  # xtts-api-server has one for everybody
    assert all(can.is_elsewhere for can in served.values())


def test_places_are_those_of_all_servers() -> None:
    servers = [VoiceServer(Server(name, f"http://{name}", slots=len(name)), "openai") for name in ("a", "four")]
    assert TTSBridge({"openai": Served("openai", servers), "espeak": Espeak()}).places() == 5
