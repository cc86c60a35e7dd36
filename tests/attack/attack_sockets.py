"""Bare sockets for what no client library would say."""

from __future__ import annotations

import socket

import httpx

# Far beyond what even a busy machine needs; reached only by a server that hangs.
PATIENCE = 30.0


def connected(client: httpx.Client, receive_buffer: int | None = None) -> socket.socket:
    """A connection to the server under test."""
    plain = socket.socket()
    if receive_buffer is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(PATIENCE)
    plain.connect((client.base_url.host, client.base_url.port))
    return plain


def read_all(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    found = bytearray()
    while piece := connection.recv(65536):
        found += piece
    return bytes(found)
