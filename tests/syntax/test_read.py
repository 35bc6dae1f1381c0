from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from scanner.syntax import SyntaxProblem, read_text


def problem_of(path: Path, *, max_bytes: int = 1000) -> str:
    with pytest.raises(SyntaxProblem) as caught:
        read_text(path, max_bytes=max_bytes)
    return str(caught.value).removeprefix(str(path))


def seen_as_regular(path: Path, patched: pytest.MonkeyPatch) -> None:
    """What a file was a moment ago."""
    stat = os.stat

    def stat_of_another_time(asked: str, **options: bool) -> os.stat_result:
        return stat(__file__ if asked == str(path) else asked, **options)

    patched.setattr(os, "stat", stat_of_another_time)


def test_text_is_given_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("é: 1\r\nb: \u2028".encode())

    assert read_text(tmp_path / "a", max_bytes=1000) == "é: 1\r\nb: \u2028"


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa: 1")

    assert read_text(tmp_path / "a", max_bytes=1000) == "a: 1"


def test_the_size_cap_counts_bytes_and_says_how_to_raise_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("é".encode() * 50)

    assert read_text(tmp_path / "a", max_bytes=100) == "é" * 50
    assert problem_of(tmp_path / "a", max_bytes=99) == (
        ":1:1: the file is larger than 99 bytes; --max-file-size raises the limit"
    )


def test_a_size_cap_of_whole_mebibytes_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(2**21 + 1))

    assert problem_of(tmp_path / "a", max_bytes=2**21) == (
        ":1:1: the file is larger than 2 MiB; --max-file-size raises the limit"
    )


def test_other_encodings_point_at_the_first_wrong_byte(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("a: é\n".encode() + "bé: Zürich\n".encode("latin-1"))

    assert problem_of(tmp_path / "a") == ":2:2: the file is not UTF-8: byte 0xe9, invalid continuation byte"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_utf_16_and_32_are_named(tmp_path: Path, encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    (tmp_path / "a").write_bytes((mark + "a: 1").encode(encoding))

    assert problem_of(tmp_path / "a") == f":1:1: the file is {encoding[:6].upper()}; save it as UTF-8"


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "a") == ":1:1: the file does not exist"


def test_a_dangling_link_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")

    assert problem_of(tmp_path / "a") == ":1:1: the file does not exist"


def test_a_link_to_itself_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "a")

    assert problem_of(tmp_path / "a").startswith(":1:1: the file cannot be read: ")


def test_a_directory_is_a_problem(tmp_path: Path) -> None:
    assert problem_of(tmp_path) == ":1:1: this is a directory, not a file"


def test_an_impossible_path_is_a_problem() -> None:
    with pytest.raises(SyntaxProblem, match="null"):
        read_text("a\0b", max_bytes=1000)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0)

    assert problem_of(tmp_path / "a") == ":1:1: the file cannot be read: permission denied"


def test_a_refusal_of_the_system_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()

    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        assert problem_of(tmp_path / "a") == ":1:1: the file cannot be read: permission denied"


def test_a_file_that_vanishes_before_it_is_opened_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        seen_as_regular(tmp_path / "a", patched)
        assert problem_of(tmp_path / "a") == ":1:1: the file does not exist"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")

    assert problem_of(tmp_path / "a") == ":1:1: this is a pipe, socket or device, not a regular file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_file_that_turns_into_a_pipe_is_refused_without_waiting_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "a")

    with monkeypatch.context() as patched:
        seen_as_regular(tmp_path / "a", patched)
        assert problem_of(tmp_path / "a") == ":1:1: this is a pipe, socket or device, not a regular file"


def test_a_device_is_refused() -> None:
    assert problem_of(Path(os.devnull)) == ":1:1: this is a pipe, socket or device, not a regular file"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets here")
def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # socket addresses are short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a")
        assert problem_of(tmp_path / "a") == ":1:1: this is a pipe, socket or device, not a regular file"
