"""A secret that a build was given is in none of the files that it leaves: artifacts, records, state, cache."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.comfy import FakeComfy, paint, running
from tests.fakes.novel_runs import comfyvn, doit
from tests.fakes.small_novel import NOVEL, write

SECRET = "tops3cret-and-long-enough"
SERVERS = "servers: {gpu: {url: '%s', slots: 2, headers: {Authorization: {env: GPU_TOKEN, prefix: 'Bearer '}}}}\n"
TARGET = "backgrounds:pier/base"


def test_nothing_on_the_disk_and_nothing_that_is_said_holds_the_secret(novel: Path, own_cache: Path) -> None:
    write(novel / "comfyvn.yaml", NOVEL + "engines: {image: comfyui, video: draft, voice: [espeak]}\n")
    fake = FakeComfy(paint, wants_header=("authorization", f"Bearer {SECRET}"))
    with running(fake):
        write(novel / "providers/servers.yaml", SERVERS % fake.url)
        run = doit(novel, TARGET, GPU_TOKEN=SECRET)
        refused = doit(novel, "backgrounds", GPU_TOKEN=f"another-{SECRET}")
    assert fake.posted, run.output
    assert run.made == {TARGET} and refused.code != 0 and "refuses us (HTTP 403)" in refused.output
    said = run.output + refused.output + comfyvn(novel, "status").output + comfyvn(novel, "why", TARGET).output
    assert SECRET not in said
    files = [path for folder in (novel, own_cache) for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
