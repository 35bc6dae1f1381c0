"""Opening a history file, and saying what is wrong with one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from scanner.history.schema import APPLICATION, STEPS, migrate, version_of

WAIT = 60.0
"""Seconds to wait for another scan that is writing."""
MAGIC = b"SQLite format 3\x00"

# What SQLite says, by its beginning, and what it means here.
_MEANINGS = (
    ("file is not a database", "is no history"),
    ("database disk image is malformed", "is damaged"),
    ("database is locked", "another program is writing it, and has been for {wait:.0f} s"),
    ("unable to open database file", "cannot be opened or made"),
    ("attempt to write a readonly database", "cannot be written"),
    ("database or disk is full", "the disk is full"),
)
_NO_SHARING = ("unable to open database file", "attempt to write a readonly database")


class HistoryError(Exception):
    """A history cannot be used; it says which file and why."""


@contextmanager
def telling(file: Path) -> Iterator[None]:
    """Turns what SQLite raises into HistoryError."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        meaning = next((means for begins, means in _MEANINGS if said.startswith(begins)), "")
        raise HistoryError(f"{file}: {meaning.format(wait=WAIT) if meaning else said}") from error


def open_to_write(file: Path) -> sqlite3.Connection:
    """The history, made if there is none and brought up to date. Raises HistoryError."""
    _check_kind(file, makes=True)
    with telling(file):
        connection = sqlite3.connect(file, timeout=WAIT, isolation_level=None)
        try:
            _check_contents(connection, file)
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = FULL")  # one commit a scan: a crash of the machine may not cost it
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def open_to_read(file: Path) -> sqlite3.Connection:
    """A history that exists, for reading: nothing is written, unless it is of an older version. Raises HistoryError."""
    _check_kind(file)
    with telling(file):
        try:
            connection = _opened(file, "rw")
        except sqlite3.OperationalError as error:
            # In a folder that cannot be written, what shares a write-ahead log cannot be made. Without a log there is
            # nothing to share.
            if not str(error).startswith(_NO_SHARING) or file.with_name(f"{file.name}-wal").exists():
                raise
            connection = _opened(file, "ro&immutable=1")
        if version_of(connection) == len(STEPS):
            connection.execute("PRAGMA query_only = ON")
            return connection
        connection.close()
    return open_to_write(file)


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(_address(file, mode), uri=True, timeout=WAIT, isolation_level=None)
    try:
        _check_contents(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _address(file: Path, mode: str) -> str:
    return f"file:{quote(str(file.absolute()))}?mode={mode}"


def _check_kind(file: Path, *, makes: bool = False) -> None:
    """Refuses what is no SQLite database before SQLite touches it; an empty file becomes a history.

    With ``makes``, the file need not be there, and the folder that it is to lie in is made.
    """
    try:
        if makes:
            file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            if makes:
                return
            raise HistoryError(f"{file}: no such file; `clearway scan --history {file}` makes one")
        if not file.is_file():
            raise HistoryError(f"{file}: is no file")
        with file.open("rb") as opened:
            begin = opened.read(len(MAGIC))
    except OSError as error:
        raise HistoryError(f"{file}: {error.strerror or error}") from error
    if begin not in (b"", MAGIC):
        raise HistoryError(f"{file}: is no history")


def _check_contents(connection: sqlite3.Connection, file: Path) -> None:
    """Refuses the database of another program, and one that a later version has written."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION and (tables or application):
        raise HistoryError(f"{file}: is the database of another program")
    done = version_of(connection)
    if done > len(STEPS):
        raise HistoryError(
            f"{file}: a later version of clearway has written it (tables of version {done}; "
            f"this one knows {len(STEPS)}): update clearway"
        )


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Readers go on while a scan is written. SQLite does not wait for this lock by itself."""
    until = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not str(error).startswith("database is locked") or time.monotonic() > until:
                raise
            time.sleep(0.05)
