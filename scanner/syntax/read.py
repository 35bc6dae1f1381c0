"""Files as text. Never blocks, never reads more than it was allowed to."""

from __future__ import annotations

import codecs
import os
import stat

from scanner.syntax.nodes import SyntaxProblem

MAX_BYTES = 4 * 1024 * 1024
"""The default size cap. CloudFormation itself takes 1 MB (its quota "template body size in an S3 object")."""

_OTHER_ENCODINGS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> str:
    """The text of a UTF-8 file, without its byte order mark.

    Raises SyntaxProblem if it cannot be read, is larger than ``max_bytes`` or is not UTF-8.
    """
    file = os.fspath(path)
    data = read_bytes(file, file, max_bytes=max_bytes)
    if len(data) > max_bytes:
        raise too_large(file, max_bytes)
    return decode(data, file)


def read_bytes(path: str, file: str, *, max_bytes: int) -> bytes:
    """The first ``max_bytes + 1`` bytes of a file: if there are more than ``max_bytes``, it is too large.

    ``file`` is the name that a problem shows. Raises SyntaxProblem if the path is no readable regular file;
    pipes and devices are refused without waiting for them.
    """
    try:
        _refuse_special(os.stat(path).st_mode, file)  # before opening: opening alone can act on a device
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb", buffering=0) as stream:
            _refuse_special(os.fstat(descriptor).st_mode, file)
            data = stream.read(max_bytes + 1)
            while len(data) <= max_bytes and (more := stream.read(max_bytes + 1 - len(data))):
                data += more
            return data
    except FileNotFoundError:
        raise SyntaxProblem(file, 1, 1, "the file does not exist") from None
    except PermissionError:
        raise SyntaxProblem(file, 1, 1, "the file cannot be read: permission denied") from None
    except OSError as error:
        raise SyntaxProblem(file, 1, 1, f"the file cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a null character in the path
        raise SyntaxProblem(file, 1, 1, f"the file cannot be read: {error}") from None


def _refuse_special(mode: int, file: str) -> None:
    if stat.S_ISDIR(mode):
        raise SyntaxProblem(file, 1, 1, "this is a directory, not a file")
    if not stat.S_ISREG(mode):
        raise SyntaxProblem(file, 1, 1, "this is a pipe, socket or device, not a regular file")


def too_large(file: str, max_bytes: int) -> SyntaxProblem:
    """What is wrong with a file of more than ``max_bytes`` bytes."""
    mebibytes, rest = divmod(max_bytes, 1024 * 1024)
    limit = f"{max_bytes} bytes" if rest else f"{mebibytes} MiB"
    return SyntaxProblem(file, 1, 1, f"the file is larger than {limit}; --max-file-size raises the limit")


def other_encoding(data: bytes) -> str | None:
    """``utf-16`` or ``utf-32`` if the bytes begin with that byte order mark."""
    return next((name for mark, name in _OTHER_ENCODINGS if data.startswith(mark)), None)


def decode(data: bytes, file: str) -> str:
    """Bytes as UTF-8 text, without the byte order mark. Raises SyntaxProblem at the first byte that is none."""
    other = other_encoding(data)
    if other is not None:
        raise SyntaxProblem(file, 1, 1, f"the file is {other.upper()}; save it as UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line_start = before.rfind(b"\n") + 1
        raise SyntaxProblem(
            file,
            before.count(b"\n") + 1,
            len(before[line_start:].decode("utf-8")) + 1,
            f"the file is not UTF-8: byte 0x{data[error.start]:02x}, {error.reason}",
        ) from None
