"""Files over HTTP: uploads into the server's folders, and pictures out of them as they are, small, or without alpha."""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import FileResponse, JSONResponse, Response

from comfyvn.draft.folders import Folders, OutsideFolder, annotated, store_upload, within


class UnknownFolder(Exception):
    """An upload for a folder that ComfyUI does not have; the real server trips over it."""


async def store(folders: Folders, form: FormData) -> Response:
    """The answer to an upload; raises `UnknownFolder`."""
    upload = form.get("image")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return Response(status_code=400)
    kind, subfolder = str(form.get("type") or "input"), str(form.get("subfolder") or "")
    base = folders.folder(kind)
    if base is None:
        raise UnknownFolder(kind)
    data = await upload.read()
    overwrite = form.get("overwrite") in ("true", "1")
    try:
        name = await run_in_threadpool(store_upload, base, subfolder, upload.filename, data, overwrite)
    except OutsideFolder:
        return Response(status_code=400)
    return JSONResponse({"name": name, "subfolder": subfolder, "type": kind})


def view(folders: Folders, query: Mapping[str, str]) -> Response:
    """The answer to /view: `filename`, `subfolder`, `type`, and `preview` or `channel` for a changed picture."""
    if "filename" not in query:
        return Response(status_code=404)
    name, stated = annotated(query["filename"])
    base = folders.folder(stated or query.get("type", "output"))
    if not name or name.startswith("/") or ".." in name or base is None:
        return Response(status_code=400)
    try:
        path = within(within(base, query.get("subfolder", "")), Path(name).name)
    except OutsideFolder:
        return Response(status_code=403)
    if not path.is_file():
        return Response(status_code=404)
    if "preview" in query or query.get("channel", "rgba") != "rgba":
        return _changed_picture(path, query.get("preview", ""), query.get("channel", ""))
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    # A page or a script that a client uploaded must not run in a browser that opens it.
    kind = "application/octet-stream" if kind in ("text/html", "text/javascript", "text/css") else kind
    headers = {"Content-Disposition": _disposition(path), "Accept-Ranges": "bytes"}
    return FileResponse(path, media_type=kind, headers=headers)


def _disposition(path: Path) -> str:
    # Header values are Latin-1; the name is for people, nobody downloads by it.
    return f'filename="{path.name.encode("ascii", "replace").decode().replace(chr(34), "_")}"'


def _changed_picture(path: Path, preview: str, channel: str) -> Response:
    """/view's variants: `preview` = "webp;80" or "jpeg", `channel` = "rgb" or "a"."""
    kind, _, quality = preview.partition(";")
    with Image.open(path) as image:
        if kind:
            form = kind if kind in ("webp", "jpeg") and "a" not in channel else "webp"
            picture = image.convert("RGB") if form == "jpeg" or channel == "rgb" else image.copy()
            options = {"quality": int(quality) if quality.isdigit() else 90}
        elif channel == "rgb":
            form, picture, options = "png", image.convert("RGB"), {}
        else:
            alpha = image.convert("RGBA").getchannel("A")
            form, picture, options = "png", Image.new("RGBA", image.size), {}
            picture.putalpha(alpha)
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    headers = {"Content-Disposition": _disposition(path)}
    return Response(stream.getvalue(), media_type=f"image/{form}", headers=headers)
