"""How a server's certificate is checked: the same way for HTTP and for the WebSocket."""

from __future__ import annotations

import ssl

import certifi

from comfyvn.bridge.complaints import clean
from comfyvn.bridge.servers import Server
from comfyvn.errors import BridgeError

_WHERE = "verify in servers.yaml"


def tls_context(server: Server) -> ssl.SSLContext | None:
    """None for plain http. `verify` true: whom this computer and certifi trust; a file: that authority; false: anyone.

    Raises BridgeError for a file that holds no certificates.
    """
    if not server.url.startswith("https:"):
        return None
    if isinstance(server.verify, str):
        return _trusting(server, server.verify)
    context = ssl.create_default_context()
    if server.verify:
        # The system's store knows a company's own authority, certifi's those of computers that have no store.
        context.load_verify_locations(certifi.where())
    else:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _trusting(server: Server, file: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=file)
    except OSError as error:  # also ssl.SSLError
        why = error.strerror if not isinstance(error, ssl.SSLError) else "it holds no certificate in PEM form"
        raise BridgeError(
            f"the certificate authority's file of the {server.label()} cannot be used: {clean(why or error, 120)}",
            f"{clean(file, 200)}, {_WHERE}",
            "name a PEM file (-----BEGIN CERTIFICATE-----), relative to the folder of servers.yaml",
        ) from error
    # It may be the server's own certificate, or an authority made by hand with fewer extensions than the rules ask for.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def mistrust(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS failure behind `error`: a certificate that is not trusted, or a side that speaks no TLS."""
    seen = 0
    while error is not None and seen < 16:
        if isinstance(error, ssl.SSLError):
            return error
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None


def untrusted(server: Server, error: ssl.SSLError) -> BridgeError:
    """The error for a connection that TLS refused; trying again does not help."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return BridgeError(
            f"the certificate of the {server.label()} is not trusted: {clean(error.verify_message, 160)}",
            server.label(),
            "if the server is yours, name its authority's file under `verify` in servers.yaml (verify: ca.pem)",
        )
    return BridgeError(
        f"no TLS connection to the {server.label()}: {clean(error.reason or error, 160)}",
        server.label(),
        "check whether its url begins with http:// or https://, and the port",
    )
