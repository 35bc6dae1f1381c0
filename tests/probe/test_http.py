"""The request of a health check, against servers that answer well, late, wrongly or not at all."""

from __future__ import annotations

import datetime
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.probe.http import _code, _Fault, address_of, ask
from tests.probe.servers import Answer, closes, drips, resets, says, serving

TIMEOUT = 2.0


def asked(answer: Answer, timeout: float = TIMEOUT) -> tuple[int | None, str]:
    with serving(answer) as (port, _):
        found = ask(f"http://127.0.0.1:{port}/health", timeout)
    return found.code, found.fault


@pytest.mark.parametrize("code", [200, 204, 302, 404, 500, 503])
def test_the_code_is_what_was_answered(code: int) -> None:
    assert asked(says(f"HTTP/1.1 {code} Whatever\nContent-Length: 0")) == (code, "")


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("HTTP/1.0 200 OK", 200),
        ("HTTP/1.1 200", 200),
        ("HTTP/1.1 200 ", 200),
        ("HTTP/1.1 301 Moved\nLocation: http://127.0.0.1:1/", 301),
        ("HTTP/1.1 100 Continue\n\nHTTP/1.1 503 No", 503),
    ],
)
def test_heads(head: str, code: int) -> None:
    assert asked(says(head)) == (code, "")


def test_the_body_is_not_waited_for() -> None:
    assert asked(says("HTTP/1.1 200 OK\nContent-Length: 1000000", body=b"x")) == (200, "")


def test_the_request_is_that_of_a_load_balancer() -> None:
    with serving(says("HTTP/1.1 200 OK")) as (port, requests):
        ask(f"http://127.0.0.1:{port}/health?deep=1#part", TIMEOUT)
    lines = requests[0].decode("ascii").split("\r\n")
    assert lines[0] == "GET /health?deep=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}" in lines
    assert "User-Agent: ELB-HealthChecker/2.0" in lines
    assert len(requests) == 1  # a redirect, too, would be asked for by a second


@pytest.mark.parametrize("answer", [says("HTTP/1.1 200 OK", after=1.5), drips("HTTP/1.1 200 OK", 0.1)])
def test_an_answer_that_comes_too_late(answer: Answer) -> None:
    started = time.monotonic()
    with serving(answer) as (port, _):
        found = ask(f"http://127.0.0.1:{port}/", 0.5)
    assert (found.code, found.fault, found.said) == (None, "timeout", "no answer within 0.5 s")
    assert time.monotonic() - started < 3
    assert 0.4 < found.seconds < 1.4


def test_a_connection_that_is_closed_without_an_answer() -> None:
    assert asked(closes) == (None, "closed")


def test_a_connection_that_is_reset() -> None:
    assert asked(resets) == (None, "reset")


@pytest.mark.parametrize(
    "head", ["SSH-2.0-OpenSSH_9.6", "HTTP/1.1 OK", "HTTP/2 ok", "HTTP/1.1 99 Low", "hello" * 20_000]
)
def test_an_answer_that_is_no_http(head: str) -> None:
    with serving(says(head)) as (port, _):
        found = ask(f"http://127.0.0.1:{port}/", TIMEOUT)
    assert (found.code, found.fault) == (None, "malformed")
    assert len(found.said) < 120


def test_a_head_without_end() -> None:
    assert asked(says("HTTP/1.1 200 OK\n" + "X: y\n" * 20_000 + "Z: " + "z" * 70_000))[1] in ("malformed", "reset")


def test_nothing_listens() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        found = ask(f"http://127.0.0.1:{held.getsockname()[1]}/", TIMEOUT)
    assert (found.code, found.fault) == (None, "refused")


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (TimeoutError(), "unconnected"),
        (OSError(113, "No route to host"), "unreachable"),
        (socket.gaierror(), "unresolved"),
    ],
)
def test_ways_that_are_closed_from_here(error: OSError, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("scanner.probe.http.socket.create_connection", fail)
    assert ask("http://10.0.0.17:8080/", 1).fault == fault


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate that was over years ago, of another name, with its key."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "elsewhere.example")])
    begins = datetime.datetime(2020, 1, 1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    ).not_valid_before(begins)
    signed = made.not_valid_after(begins + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.TraditionalOpenSSL
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(key.private_bytes(pem, form, plain) + signed.public_bytes(pem))
    return file


def test_certificates_are_not_verified(certificate: Path) -> None:
    with serving(says("HTTP/1.1 200 OK"), certificate=certificate) as (port, _):
        assert ask(f"https://127.0.0.1:{port}/", TIMEOUT).code == 200


def test_http_where_https_is_asked(certificate: Path) -> None:
    with serving(says("HTTP/1.1 200 OK")) as (port, _):
        assert ask(f"https://127.0.0.1:{port}/", 0.5).fault in ("tls", "timeout")
    with serving(says("HTTP/1.1 200 OK"), certificate=certificate) as (port, _):
        assert ask(f"http://127.0.0.1:{port}/", TIMEOUT).fault in ("closed", "reset")


@pytest.mark.parametrize(
    ("url", "named", "path"),
    [
        ("http://10.0.0.17", "10.0.0.17:80", "/"),
        ("https://10.0.0.17/a/b", "10.0.0.17:443", "/a/b"),
        ("http://[fd00::1]:8080/health", "[fd00::1]:8080", "/health"),
    ],
)
def test_urls(url: str, named: str, path: str) -> None:
    found = address_of(url)
    assert (found.named, found.path) == (named, path)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("10.0.0.17:8080", "write http://ADDRESS:PORT/PATH"),
        ("ftp://10.0.0.17/", "is no URL of HTTP"),
        ("http:///health", "is no URL of HTTP"),
        ("http://10.0.0.17:99999/", "Port out of range"),
        ("http://10.0.0.17:x/", "is no URL"),
        ("http://me:secret@10.0.0.17/", "no user and no password"),
        ("http://10.0.0.17/a b", "characters that no URL has"),
        ("http://10.0.0.17/\r\nX: y", "characters that no URL has"),
        ("http://[fd00::1/", "is no URL"),
    ],
)
def test_what_is_no_url(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        address_of(url)
    assert "secret" not in str(raised.value)


class _Bytes:
    """A connection from which some bytes come, in pieces."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def recv(self, _: int) -> bytes:
        piece, self._data = self._data[: self._size], self._data[self._size :]
        return piece


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text("HTP/1. 0245\r\nx:", max_size=60).map(lambda text: b"HTTP/1.1 " + text.encode()),
    ),
    st.integers(1, 64),
)
def test_whatever_comes_is_a_code_or_a_fault(data: bytes, size: int) -> None:
    found: int | str
    try:
        found = _code(_Bytes(data, size), time.monotonic() + 60, _Fault("timeout", "late"))
    except _Fault as fault:
        found = fault.fault
    if isinstance(found, int):
        assert 200 <= found <= 999
        assert data.startswith(b"HTTP/")
    else:
        assert found in ("closed", "malformed")
