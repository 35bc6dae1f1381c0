from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scanner.history import schema
from scanner.history.schema import APPLICATION, STEPS, migrate, version_of
from scanner.history.store import open_to_read, open_to_write
from tests.history.nights import Nights, document, finding


def opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None)


def tables(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    return connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "nights.db"


@pytest.fixture
def new(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(opened(tmp_path / "new.db")) as connection:
        migrate(connection)
        yield connection


@pytest.mark.parametrize("version", range(len(STEPS) + 1))
def test_every_old_version_becomes_that_of_today(
    version: int, file: Path, new: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then, closing(opened(file)) as old:
        then.setattr(schema, "STEPS", STEPS[:version])
        migrate(old)
        assert version_of(old) == version
    with closing(open_to_write(file)) as connection:
        assert version_of(connection) == len(STEPS)
        assert tables(connection) == tables(new)
        assert connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION


LATER = ("ALTER TABLE scans ADD COLUMN later TEXT NOT NULL DEFAULT ''", "UPDATE scans SET later = scope")


def test_a_step_keeps_what_is_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Nights(file).scan(document([finding()]))
    for module in ("schema", "store"):
        monkeypatch.setattr(f"scanner.history.{module}.STEPS", (*STEPS, LATER))
    with closing(open_to_read(file)) as connection:
        assert connection.execute("SELECT later FROM scans").fetchall() == [("stacks",)]
        assert connection.execute("SELECT count(*) FROM results").fetchone()[0] == 1


def test_a_step_that_fails_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Nights(file).scan(document([finding()]))
    with closing(opened(file)) as connection:
        before = tables(connection)
        monkeypatch.setattr(schema, "STEPS", (*STEPS, (*LATER, "UPDATE no_such_table SET a = 1")))
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection)
        assert tables(connection) == before
        assert version_of(connection) == len(STEPS)


@pytest.mark.slow
def test_many_may_make_a_history_at_once(file: Path, root: Path, new: sqlite3.Connection) -> None:
    program = "import sys; from pathlib import Path; from scanner.history.store import open_to_write as o; "
    command = [sys.executable, "-c", program + "o(Path(sys.argv[1])).close()", str(file)]
    processes = [subprocess.Popen(command, cwd=root) for _ in range(6)]
    assert [process.wait(60) for process in processes] == [0] * 6
    with closing(open_to_read(file)) as connection:
        assert tables(connection) == tables(new)
