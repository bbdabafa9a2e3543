"""Keeps a server's secrets out of other libraries' debug logs: they write down what they send and receive."""

from __future__ import annotations

import logging

from comfyvn.bridge.servers import Server

# httpcore logs every header that comes back, and a server may send back what it was sent.
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks")


class Redaction(logging.Filter):
    """Strikes a server's header values out of log records, while it is `on`."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    def on(self) -> None:
        for name in _LOGGERS if self._server.headers else ():
            logging.getLogger(name).addFilter(self)

    def off(self) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        discreet = self._server.redact(said)
        if discreet != said:
            record.msg, record.args = discreet, ()
        return True


def quiet_logger() -> logging.Logger:
    """A logger for the WebSocket library, never at level DEBUG: there it would show every header that it sends."""
    logger = logging.getLogger("comfyvn.bridge.websocket")
    logger.setLevel(logging.INFO)
    return logger
