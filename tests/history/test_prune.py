from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scanner.history.changes import between, scans
from scanner.history.prune import prune
from scanner.history.store import open_to_write
from tests.history.nights import Nights, document, finding, statuses

SERVICE = "a.yaml#Service"


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """Five nights of one scope, of which the third and later cannot see a finding, and one of another."""
    made = Nights(tmp_path / "nights.db")
    for number in range(5):
        files = ["a.yaml", "b.yaml"] if number < 2 else ["b.yaml"]
        results = [finding(), finding("b.yaml#S", line=number + 1)]
        made.scan(document([one for one in results if one["location"]["file"] in files], files=files))
    made.scan(document([finding("c.yaml#S")], files=["c.yaml"]), scope="other")
    return made


def kept(connection: sqlite3.Connection) -> list[int]:
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    return [scan.id for scan in scans(connection)]


@pytest.mark.parametrize(("keep", "left"), [(1, [5, 6]), (2, [4, 5, 6]), (9, [1, 2, 3, 4, 5, 6])])
def test_the_last_of_each_scope_are_kept(nights: Nights, keep: int, left: list[int]) -> None:
    with closing(open_to_write(nights.file)) as connection:
        assert prune(connection, keep=keep) == 6 - len(left)
        assert kept(connection) == left
    whole = nights.scan(document([finding()]))
    assert whole["results"][0]["change"]["since"] == "2026-01-01T03:00:00Z"


def test_what_is_older_goes_and_what_was_last_seen_before(nights: Nights) -> None:
    with closing(open_to_write(nights.file)) as connection:
        assert prune(connection, before="2026-01-04") == 3
        assert kept(connection) == [4, 5, 6]
        assert [change.kept.finding.subject for change in between(connection, 4, 5)] == ["b.yaml#S"]
        assert connection.execute("SELECT count(*) FROM findings").fetchone()[0] == 2
        assert connection.execute("SELECT count(*) FROM details").fetchone()[0] == 3
    assert statuses(nights.scan(document([finding()], files=["a.yaml"])))[SERVICE] == "new"


def test_the_last_scan_stays_whatever_its_age(nights: Nights) -> None:
    with closing(open_to_write(nights.file)) as connection:
        prune(connection, before="2030-01-01")
        assert kept(connection) == [5, 6]


def test_numbers_are_not_given_twice(nights: Nights) -> None:
    with closing(open_to_write(nights.file)) as connection:
        prune(connection, keep=1)
    assert nights.scan(document())["history"]["scan"] == 7


def test_it_gives_room_back(nights: Nights) -> None:
    nights.scan(document([finding(f"b.yaml#S{number}") for number in range(2000)]))
    for _ in range(2):
        nights.scan(document())
    before = nights.file.stat().st_size
    with closing(open_to_write(nights.file)) as connection:
        prune(connection, keep=1)
    assert nights.file.stat().st_size < before / 3
