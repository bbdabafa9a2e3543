"""`python -m comfyvn.draft`: serves the draft endpoint until it is stopped, and says on which URL."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

import uvicorn

from comfyvn.draft.app import create_app
from comfyvn.errors import UsageError
from comfyvn.graph.definitions import Definitions, from_facts


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses `arguments`, serves, and returns the exit code."""
    options = _parser().parse_args(arguments)
    serve(
        options.folder,
        models=json.loads(options.models.read_text(encoding="utf-8")) if options.models else {},
        nodes=options.nodes,
        host=options.host,
        port=options.port,
        exit_with_stdin=options.exit_with_stdin,
        temporary=options.temporary,
        step_delay=options.step_delay,
        previews=options.previews,
    )
    return 0


def serve(
    folder: Path,
    *,
    models: dict[str, list[str]] | None = None,
    nodes: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    exit_with_stdin: bool = False,
    temporary: bool = False,
    step_delay: float = 0.0,
    previews: bool = False,
) -> None:
    """Serves on `host`:`port` (0: any free port) until interrupted; prints `{"url": …}` once it accepts connections.

    `nodes`: a file of node classes, as `providers/nodes.json` of a novel, that lies over the package's own.
    """
    app = create_app(shipped_definitions(nodes), models or {}, folder, step_delay=step_delay, previews=previews)
    # The protocol is named because asyncio switches Nagle's delay off only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # on Windows this would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            f"port {port} cannot be used: {error}",
            f"{host}:{port}",
            "name another one with --port; 0 takes any free one",
        ) from None
    listener.listen(128)
    url = f"http://{host}:{listener.getsockname()[1]}"
    server = Announcing(uvicorn.Config(app, log_level="warning", ws="websockets-sansio", lifespan="on"), url)
    if exit_with_stdin:
        threading.Thread(target=_leave_with_stdin, args=(folder if temporary else None,), daemon=True).start()
    server.run(sockets=[listener])


def shipped_definitions(nodes: Path | None = None) -> Definitions:
    """The node classes that the package knows, under those of the file `nodes`."""
    text = resources.files("comfyvn").joinpath("providers", "nodes.json").read_text(encoding="utf-8")
    known = from_facts(json.loads(text))
    more = from_facts(json.loads(nodes.read_text(encoding="utf-8"))).classes if nodes else {}
    return replace(known, classes={**known.classes, **more})


class Announcing(uvicorn.Server):
    """A server that prints its URL when it is ready."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(json.dumps({"url": self._url}) + "\n")
            sys.stdout.flush()


def _leave_with_stdin(folder: Path | None) -> None:
    """Ends the process when whoever started it has gone, however it went: its end of our standard input closes.

    `folder`, if given, is removed first: a parent that was killed cannot do it.
    """
    while os.read(0, 4096):
        pass
    if folder is not None:
        for _ in range(100):  # a render that still writes may put a file back
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.02)
    # Not sys.exit: this is not the main thread, and nothing here needs saving.
    os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m comfyvn.draft", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--folder", type=Path, required=True, help="where input/, output/ and temp/ are kept")
    parser.add_argument("--models", type=Path, help="JSON file: model folder → file names on offer")
    parser.add_argument("--nodes", type=Path, help="JSON file: node classes besides the package's own")
    parser.add_argument("--step-delay", type=float, default=0.0, help="seconds that each sampler step takes")
    parser.add_argument("--previews", action="store_true", help="send preview pictures while sampling")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input closes")
    parser.add_argument("--temporary", action="store_true", help="with --exit-with-stdin: remove the folder at the end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
