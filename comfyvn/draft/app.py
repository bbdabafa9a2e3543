"""ComfyUI's HTTP and WebSocket protocol as an ASGI application that draws instead of rendering."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from comfyvn.draft import about, files
from comfyvn.draft.folders import Folders
from comfyvn.draft.jobs import Job, Jobs
from comfyvn.draft.sockets import FEATURES, Sockets
from comfyvn.draft.worker import Worker
from comfyvn.graph.check import Verdict, validate
from comfyvn.graph.definitions import Definitions

_TROUBLE = "500 Internal Server Error\n\nServer got itself in trouble"


def create_app(
    definitions: Definitions,
    models: Mapping[str, Sequence[str]],
    folder: Path,
    *,
    step_delay: float = 0.0,
    previews: bool = False,
) -> Starlette:
    """The application.

    `models`: folder name ("checkpoints", "loras" …) → file names that the server claims to have; a folder that is not
    named accepts any name. `folder`: where `input/`, `output/` and `temp/` are made. `step_delay`: seconds that each
    sampler step takes. `previews`: send preview pictures, as ComfyUI does with --preview-method.
    """
    endpoint = Endpoint(definitions, models, Folders(folder), step_delay=step_delay, previews=previews)
    app = Starlette(routes=endpoint.routes(), lifespan=endpoint.lifespan)
    app.add_middleware(SameOrigin)
    return app


Handler = Callable[[Request], Awaitable[Response]]


def answering(handler: Handler) -> Handler:
    """The handler with the plain 500 that ComfyUI gives when it trips over a request.

    Starlette's own handling of exceptions would close the connection behind the answer.
    """

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception:  # the server must go on, whatever one client sends
            logging.getLogger(__name__).exception("%s %s", request.method, request.url.path)
            return PlainTextResponse(_TROUBLE, 500)

    return answer


class BadRequest(Exception):
    """A request that the real server trips over and answers with a plain 500."""


class SameOrigin:
    """Refuses browsers of other sites: an Origin that differs from Host is answered 403, as by ComfyUI on loopback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not _same_origin(Headers(scope=scope)):
            await Response(status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _same_origin(headers: Headers) -> bool:
    origin, host = headers.get("origin"), headers.get("host")
    return not origin or not host or urlsplit(origin).netloc.lower() == host.lower()


class Endpoint:
    """The routes, and what they share: queue, sockets, folders, worker."""

    def __init__(
        self,
        definitions: Definitions,
        models: Mapping[str, Sequence[str]],
        folders: Folders,
        *,
        step_delay: float,
        previews: bool,
    ) -> None:
        self._definitions = definitions.with_options(models)
        self._models = models
        self._folders = folders
        self._sockets = Sockets()
        self._jobs = Jobs(self._tell_status)
        self._worker = Worker(
            self._jobs, self._sockets, folders, self._definitions, step_delay=step_delay, previews=previews
        )
        self._count = 0

    def routes(self) -> list[BaseRoute]:
        """Every route, bare and under /api."""
        plain: list[tuple[str, str, Handler]] = [
            ("GET", "/prompt", self.get_prompt),
            ("POST", "/prompt", self.post_prompt),
            ("GET", "/queue", self.get_queue),
            ("POST", "/queue", self.post_queue),
            ("GET", "/history", self.get_history),
            ("POST", "/history", self.post_history),
            ("GET", "/history/{prompt_id}", self.get_history_of),
            ("POST", "/interrupt", self.post_interrupt),
            ("POST", "/free", self.post_free),
            ("GET", "/view", self.get_view),
            ("POST", "/upload/image", self.post_upload),
            ("POST", "/upload/mask", self.post_upload),
            ("GET", "/object_info", self.get_object_info),
            ("GET", "/object_info/{node_class}", self.get_object_info_of),
            ("GET", "/models", self.get_models),
            ("GET", "/models/{folder}", self.get_models_of),
            ("GET", "/embeddings", self.get_embeddings),
            ("GET", "/system_stats", self.get_system_stats),
            ("GET", "/features", self.get_features),
        ]
        routes: list[BaseRoute] = []
        for prefix in ("", "/api"):
            routes += [Route(prefix + path, answering(handler), methods=[method]) for method, path, handler in plain]
            routes.append(WebSocketRoute(prefix + "/ws", self.websocket))
        return routes

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self._folders.create()
        publisher = asyncio.create_task(self._sockets.publish())
        self._worker.start()
        try:
            yield
        finally:
            self._jobs.close()
            await run_in_threadpool(self._worker.finish)
            publisher.cancel()

    def _tell_status(self) -> None:
        self._sockets.send("status", {"status": self._status()})

    def _status(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": self._jobs.remaining()}}

    # --- prompts ---

    async def get_prompt(self, request: Request) -> Response:
        return JSONResponse(self._status())

    async def post_prompt(self, request: Request) -> Response:
        body = await _json(request)
        number = self._number(body)
        if "prompt" not in body:
            return _refused("no_prompt", "No prompt provided", "No prompt provided")
        graph = body["prompt"] or {}
        if not isinstance(graph, dict):
            raise BadRequest("prompt is not an object")
        prompt_id = str(body["prompt_id"]) if "prompt_id" in body else str(uuid.uuid4())
        verdict = await run_in_threadpool(self._validate, graph)
        if verdict.error is not None:
            return JSONResponse({"error": verdict.error.wire(), "node_errors": verdict.node_errors}, 400)
        wanted = body.get("partial_execution_targets")
        outputs = tuple(node for node in verdict.outputs if not isinstance(wanted, list) or node in wanted)
        extra = dict(body["extra_data"]) if isinstance(body.get("extra_data"), dict) else {}
        if "client_id" in body:
            extra["client_id"] = body["client_id"]
        self._jobs.put(Job(number, prompt_id, verdict.graph, extra, outputs))
        return JSONResponse({"prompt_id": prompt_id, "number": number, "node_errors": verdict.node_errors})

    def _number(self, body: Mapping[str, Any]) -> float:
        """The place in the queue: the caller's, or the next; in front of all others with a minus."""
        if "number" in body:
            return float(body["number"])
        number = -self._count if body.get("front") else self._count
        self._count += 1
        return number

    def _validate(self, graph: dict[str, Any]) -> Verdict:
        """The verdict on a graph, with the files that it names and that are really there as the options of loaders."""
        names = {str(node.get("class_type")) for node in graph.values() if isinstance(node, dict)}
        classes = {name: self._definitions.classes[name] for name in names if name in self._definitions.classes}
        known = replace(self._definitions, classes=classes)
        return validate(graph, known.with_options(self._files_of(graph, known)))

    def _files_of(self, graph: dict[str, Any], known: Definitions) -> dict[str, list[str]]:
        present: dict[str, list[str]] = {kind: self._folders.listing(kind) for kind in ("input", "output")}
        for node in graph.values():
            entry = node if isinstance(node, dict) else {}
            definition = known.get(str(entry.get("class_type")))
            given = entry.get("inputs")
            if definition is None or not isinstance(given, dict):
                continue
            for wanted in definition.inputs:
                name = given.get(wanted.name)
                if wanted.folder in present and isinstance(name, str) and self._folders.find(name, wanted.folder):
                    present[wanted.folder].append(name)
        return present

    # --- queue and history ---

    async def get_queue(self, request: Request) -> Response:
        return JSONResponse(self._jobs.listing())

    async def post_queue(self, request: Request) -> Response:
        body = await _json(request)
        if body.get("clear"):
            self._jobs.clear()
        for prompt_id in body.get("delete") or ():
            self._jobs.delete(str(prompt_id))
        return Response()

    async def get_history(self, request: Request) -> Response:
        query = request.query_params
        most = int(query["max_items"]) if "max_items" in query else None
        return JSONResponse(self._jobs.history(most, int(query.get("offset", -1))))

    async def get_history_of(self, request: Request) -> Response:
        return JSONResponse(self._jobs.history_of(request.path_params["prompt_id"]))

    async def post_history(self, request: Request) -> Response:
        body = await _json(request)
        if body.get("clear"):
            self._jobs.forget_all()
        for prompt_id in body.get("delete") or ():
            self._jobs.forget(str(prompt_id))
        return Response()

    async def post_interrupt(self, request: Request) -> Response:
        """Stops what runs; naming a prompt that does not run does nothing."""
        raw = await request.body()
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            body = {}
        wanted = body.get("prompt_id") if isinstance(body, dict) else None
        if not wanted or wanted == self._jobs.running_id():
            self._worker.interrupt()
        return Response()

    async def post_free(self, request: Request) -> Response:
        body = await _json(request)
        if body.get("free_memory") or body.get("unload_models"):
            self._worker.free()
        return Response()

    # --- files ---

    async def post_upload(self, request: Request) -> Response:
        async with request.form() as form:
            return await files.store(self._folders, form)

    async def get_view(self, request: Request) -> Response:
        return await run_in_threadpool(files.view, self._folders, request.query_params)

    # --- what the server is ---

    def _shown(self) -> Definitions:
        return self._definitions.with_options({kind: self._folders.listing(kind) for kind in ("input", "output")})

    async def get_object_info(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(lambda: self._shown().to_object_info()))

    async def get_object_info_of(self, request: Request) -> Response:
        name = request.path_params["node_class"]
        definition = self._shown().get(name)
        return JSONResponse({name: definition.wire()} if definition else {})

    async def get_models(self, request: Request) -> Response:
        return JSONResponse(list(dict.fromkeys((*about.MODEL_FOLDERS, *self._models))))

    async def get_models_of(self, request: Request) -> Response:
        folder = request.path_params["folder"]
        if folder not in self._models and folder not in about.MODEL_FOLDERS:
            return Response(status_code=404)
        return JSONResponse(list(self._models.get(folder, ())))

    async def get_embeddings(self, request: Request) -> Response:
        return JSONResponse([Path(name).stem for name in self._models.get("embeddings", ())])

    async def get_system_stats(self, request: Request) -> Response:
        return JSONResponse(about.system_stats())

    async def get_features(self, request: Request) -> Response:
        return JSONResponse(FEATURES)

    async def websocket(self, socket: WebSocket) -> None:
        await self._sockets.serve(socket, self._status(), self._worker.running())


async def _json(request: Request) -> dict[str, Any]:
    """The body as an object; raises where the real server trips over it."""
    body = json.loads(await request.body())
    if not isinstance(body, dict):
        raise BadRequest("the body is not an object")
    return body


def _refused(kind: str, message: str, details: str) -> Response:
    error = {"type": kind, "message": message, "details": details, "extra_info": {}}
    return JSONResponse({"error": error, "node_errors": {}}, 400)
