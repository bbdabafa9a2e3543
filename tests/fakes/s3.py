"""An S3-compatible server on a loopback port: moto's, for tests only."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

BUCKET = "novels"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@contextmanager
def s3_server() -> Iterator[str]:
    """The server's URL; it has the bucket. Whoever talks to it needs CREDENTIALS in the environment."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        with urllib.request.urlopen(urllib.request.Request(f"{url}/{BUCKET}", method="PUT")):
            pass
        yield url
    finally:
        server.stop()
