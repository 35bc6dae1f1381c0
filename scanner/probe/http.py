"""The request of a health check, as an Application Load Balancer makes it.

A GET over HTTP/1.1 whose answer must begin within the timeout, counted from the first packet; certificates are not
verified and redirects not followed ("Health checks for Application Load Balancer target groups", "Target groups",
Application Load Balancer guide). The body of the answer is left unread.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

AGENT = "ELB-HealthChecker/2.0"
"""What an Application Load Balancer calls itself: applications that tell health checks by it answer as they would."""
MOST_HEAD = 65_536
"""Bytes of status line and headers that are read."""
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? ([1-9]\d\d)(?: [^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of a request."""

    seconds: float
    code: int | None = None
    """The code of the answer; None if there was none."""
    fault: str = ""
    """Why there was none: ``refused``, ``timeout``, ``reset``, ``closed``, ``tls`` or ``malformed``; or, of the way to
    the target, ``unconnected``, ``unreachable`` or ``unresolved``."""
    said: str = ""
    """The same, for people."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a URL says."""

    host: str
    port: int
    path: str
    secure: bool

    @property
    def named(self) -> str:
        """The host and port, as the Host header has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class _Fault(Exception):
    def __init__(self, fault: str, said: str) -> None:
        super().__init__(said)
        self.fault = fault


def address_of(url: str) -> Address:
    """The parts of a URL. Raises ValueError, with a message for people, for one that is none of HTTP or HTTPS."""
    if any(not 32 < ord(character) < 127 for character in url):
        raise ValueError(f"{url!r} has characters that no URL has: write them as %XX")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url} is no URL: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url} is no URL of HTTP: write http://ADDRESS:PORT/PATH")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a health check sends no user and no password: leave them out of the URL")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.hostname, port if port is not None else 443 if secure else 80, path, secure)


def ask(url: str, timeout: float) -> Exchange:
    """Asks for a URL, and tells what came of it within so many seconds. Raises ValueError for a URL that is none."""
    to = address_of(url)
    started = time.monotonic()
    ends = started + timeout
    try:
        code = _asked(to, timeout, ends)
    except _Fault as fault:
        return Exchange(time.monotonic() - started, None, fault.fault, str(fault))
    return Exchange(time.monotonic() - started, code)


def _asked(to: Address, timeout: float, ends: float) -> int:
    late = _Fault("timeout", f"no answer within {timeout:g} s")
    connection = _connected(to, timeout)
    try:
        try:
            if to.secure:
                connection = _wrapped(connection, to, ends, late)
            request = f"GET {to.path} HTTP/1.1\r\nHost: {to.named}\r\nUser-Agent: {AGENT}\r\nAccept: */*\r\n"
            connection.settimeout(_left(ends, late))
            connection.sendall(f"{request}Connection: close\r\n\r\n".encode("ascii"))
            return _code(connection, ends, late)
        except TimeoutError:
            raise late from None
        except ConnectionError:
            raise _Fault("reset", "the connection was reset") from None
        except ssl.SSLError as error:
            raise _Fault("tls", f"TLS failed: {_reason(error)}") from None
        except OSError as error:
            raise _Fault("unreachable", error.strerror or str(error)) from None
    finally:
        connection.close()


def _connected(to: Address, timeout: float) -> socket.socket:
    try:
        return socket.create_connection((to.host, to.port), timeout)
    except socket.gaierror:
        raise _Fault("unresolved", f"{to.host} has no address") from None
    except ConnectionRefusedError:
        raise _Fault("refused", f"the connection was refused: nothing listens on port {to.port}") from None
    except TimeoutError:
        raise _Fault("unconnected", f"no connection within {timeout:g} s") from None
    except OSError as error:
        raise _Fault("unreachable", error.strerror or str(error)) from None


def _wrapped(plain: socket.socket, to: Address, ends: float, late: _Fault) -> socket.socket:
    """The connection with TLS, whatever the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain.settimeout(_left(ends, late))
    return context.wrap_socket(plain, server_hostname=to.host)


def _code(connection: Any, ends: float, late: _Fault) -> int:
    """The code of the answer, whose head is read to its end; interim answers (1xx) do not count."""
    head = b""
    while True:
        end = re.search(rb"\r?\n\r?\n", head)
        if end is not None:
            found = _STATUS.match(head)
            if found is None:
                raise _malformed(head)
            if not found[1].startswith(b"1"):
                return int(found[1])
            head = head[end.end() :]
            continue
        if len(head) > MOST_HEAD or not b"HTTP/".startswith(head[:5]):
            raise _malformed(head)
        connection.settimeout(_left(ends, late))
        more = connection.recv(4096)
        if not more:
            raise _malformed(head) if head else _Fault("closed", "the connection was closed without an answer")
        head += more


def _malformed(head: bytes) -> _Fault:
    begins = head[:40].decode("ascii", "replace").split("\n", 1)[0].strip()
    return _Fault("malformed", f"the answer is not HTTP: it begins with {begins!r}")


def _left(ends: float, late: _Fault) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise late
    return left


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
