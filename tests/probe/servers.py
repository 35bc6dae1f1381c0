"""Servers on this machine that answer as a test wants it."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

Answer = Callable[[socket.socket, bytes], None]


def says(head: str, *, after: float = 0, body: bytes = b"") -> Answer:
    """Answers with a head, so many seconds late."""

    def answer(connection: socket.socket, request: bytes) -> None:
        time.sleep(after)
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)

    return answer


def drips(head: str, every: float) -> Answer:
    """Answers a byte at a time: each comes in time, the whole does not."""

    def answer(connection: socket.socket, request: bytes) -> None:
        for byte in head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(every)

    return answer


def closes(connection: socket.socket, request: bytes) -> None:
    """Closes without an answer."""


def resets(connection: socket.socket, request: bytes) -> None:
    """Resets the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def serving(
    answer: Answer, *, host: str = "127.0.0.1", certificate: Path | None = None
) -> Iterator[tuple[int, list[bytes]]]:
    """A server; gives its port, and the requests that it has had."""
    listening = socket.create_server((host, 0))
    requests: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate is not None:
        context.load_cert_chain(certificate)

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # it is over
                return
            try:
                if certificate is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(4096)
                requests.append(request)
                answer(connection, request)
            except OSError:  # the other side has had enough
                pass
            finally:
                connection.close()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], requests
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
