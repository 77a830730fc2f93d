"""Connections under TLS, which trust whom the SDK trusts."""

from __future__ import annotations

import os
import socket
import ssl
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from select import POLLIN, POLLOUT

from retentiond.connectors.s3.direct.connections import Connection


class Encrypted(Connection):
    """A connection whose server has shown a certificate for its name."""

    def _wrapped(self, one: socket.socket) -> socket.socket:
        context = _trusting(os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE"))
        return context.wrap_socket(one, server_hostname=self._whereto.host, do_handshake_on_connect=False)

    def _shake_hands(self) -> None:
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.do_handshake()

    def _wanted(self, error: OSError) -> int | None:
        if isinstance(error, ssl.SSLWantReadError):
            return POLLIN
        return POLLOUT if isinstance(error, ssl.SSLWantWriteError) else None

    def _kind_of(self, error: OSError) -> str:
        return "tls" if isinstance(error, ssl.SSLError) and not self._stands else super()._kind_of(error)


@cache
def _trusting(bundle: str | None) -> ssl.SSLContext:
    """Trust the authorities of a bundle; without one, those that come with the SDK."""
    if bundle and Path(bundle).is_dir():
        return ssl.create_default_context(capath=bundle)
    if not bundle:
        found = next((one.origin for name in ("certifi", "botocore") if (one := find_spec(name)) and one.origin), "")
        bundle = str(Path(found).with_name("cacert.pem"))
    return ssl.create_default_context(cafile=bundle)
