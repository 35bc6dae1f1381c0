from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scanner.history import HistoryError, store
from scanner.history.schema import APPLICATION
from scanner.history.store import open_to_read, open_to_write
from tests.history.nights import Nights, document, finding


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "nights.db"


def database(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("opens", [open_to_read, open_to_write])
@pytest.mark.parametrize(
    ("contents", "why"),
    [
        (b"Resources: {}\n", "is no history"),
        (b"SQLite format 2\x00", "is no history"),
        (b"SQLite format 3\x00" + b"\x01" * 200, "is no history"),
    ],
)
def test_a_file_of_another_kind_is_refused_and_untouched(file: Path, opens: object, contents: bytes, why: str) -> None:
    file.write_bytes(contents)
    with pytest.raises(HistoryError, match=f"{file.name}: {why}"):
        opens(file)  # type: ignore[operator]
    assert file.read_bytes() == contents
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("opens", [open_to_read, open_to_write])
@pytest.mark.parametrize(
    ("statements", "why"),
    [
        (("CREATE TABLE scans (a)",), "is the database of another program"),
        (("PRAGMA application_id = 7",), "is the database of another program"),
        (
            (f"PRAGMA application_id = {APPLICATION}", "PRAGMA user_version = 99"),
            "a later version of clearway has written it .tables of version 99",
        ),
    ],
)
def test_another_database_is_refused_and_untouched(
    file: Path, opens: object, statements: tuple[str, ...], why: str
) -> None:
    database(file, *statements)
    contents = file.read_bytes()
    with pytest.raises(HistoryError, match=why):
        opens(file)  # type: ignore[operator]
    assert file.read_bytes() == contents


def test_a_damaged_history_is_told(file: Path) -> None:
    Nights(file).scan(document([finding(f"a.yaml#S{number}") for number in range(99)]))
    file.write_bytes(file.read_bytes()[:9000])
    with pytest.raises(HistoryError, match="is damaged"):
        open_to_read(file)


def test_an_empty_file_becomes_a_history(file: Path) -> None:
    file.touch()
    assert Nights(file).scan(document())["history"]["scan"] == 1


def test_folders_are_made_for_a_new_history(tmp_path: Path) -> None:
    open_to_write(tmp_path / "a" / "b" / "nights.db").close()
    assert (tmp_path / "a" / "b" / "nights.db").is_file()


@pytest.mark.parametrize("name", ["/dev/null", "/proc/nights.db", "/proc/version/nights.db", "."])
def test_places_that_cannot_hold_one(name: str) -> None:
    with pytest.raises(HistoryError):
        open_to_write(Path(name))


def test_reading_makes_no_history(file: Path) -> None:
    with pytest.raises(HistoryError, match="no such file; `clearway scan --history"):
        open_to_read(file)
    assert not file.exists()


def test_what_is_read_is_not_written(file: Path) -> None:
    Nights(file).scan(document([finding()]))
    with closing(open_to_read(file)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM scans")
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_history_in_a_folder_that_cannot_be_written_is_read(file: Path) -> None:
    Nights(file).scan(document([finding()]))
    file.chmod(0o444)
    file.parent.chmod(0o555)
    try:
        with closing(open_to_read(file)) as connection:
            assert connection.execute("SELECT count(*) FROM scans").fetchone()[0] == 1
        with pytest.raises(HistoryError):
            open_to_write(file)
    finally:
        file.parent.chmod(0o755)


def test_a_folder_in_which_no_log_can_be_shared_is_read_without(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Nights(file).scan(document([finding()]))
    asked: list[str] = []
    address = store._address

    def first_refused(path: Path, mode: str) -> str:
        asked.append(mode)
        return address(Path("/proc/nights.db") if mode == "rw" else path, mode)

    monkeypatch.setattr(store, "_address", first_refused)
    with closing(open_to_read(file)) as connection:
        assert connection.execute("SELECT count(*) FROM scans").fetchone()[0] == 1
    assert asked == ["rw", "ro&immutable=1"]


def test_a_history_that_stays_locked_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(file)
    nights.scan(document())
    monkeypatch.setattr(store, "WAIT", 0.1)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="another program is writing it"):
            nights.scan(document())
        with closing(open_to_read(file)) as connection:  # readers go on
            assert connection.execute("SELECT count(*) FROM scans").fetchone()[0] == 1
