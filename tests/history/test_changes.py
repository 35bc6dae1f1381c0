from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scanner.history.changes import Change, between, counted, scans
from scanner.history.store import open_to_read
from tests.history.nights import Nights, document, error, finding

SERVICE = "a.yaml#Service"
PASSES = [("NET001", "ingress", SERVICE)]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path / "nights.db")


@pytest.fixture
def connection(nights: Nights) -> Iterator[sqlite3.Connection]:
    """Scans: 1 found, 2 not seen, 3 fixed, 4 of another scope, 5 found again, 6 undecided, 7 found."""
    nights.scan(document([finding()]))
    nights.scan(document(files=["b.yaml"], errors=[error("a.yaml")]))
    nights.scan(document(), passed=PASSES)
    nights.scan(document([finding()]), scope="other")
    nights.scan(document([finding()]))
    nights.scan(document([finding(verdict="undecided")]))
    nights.scan(document([finding()]))
    with closing(open_to_read(nights.file)) as opened:
        yield opened


def only(changes: list[Change]) -> Change:
    (change,) = changes
    return change


@pytest.mark.parametrize(
    ("earlier", "later", "status", "since"),
    [
        (1, 2, "not_seen", 1),
        (2, 3, "fixed", 1),
        (1, 3, "fixed", 1),
        (3, 5, "new", 5),
        (1, 5, "persisting", 5),
        (5, 6, "changed", 5),
        (5, 7, "persisting", 5),
    ],
)
def test_between_any_two(connection: sqlite3.Connection, earlier: int, later: int, status: str, since: int) -> None:
    change = only(between(connection, earlier, later))
    assert (change.status, change.kept.since) == (status, f"2026-01-0{since}T03:00:00Z")


def test_a_night_without_an_answer_makes_no_failure_new(connection: sqlite3.Connection) -> None:
    assert only(between(connection, 3, 5)).is_new_failure
    again = only(between(connection, 6, 7))
    assert (again.status, again.was, again.state) == ("changed", "undecided", "fail")
    assert not again.is_new_failure


def test_what_is_proven_for_the_first_time_is_a_new_failure(nights: Nights) -> None:
    nights.scan(document([finding(verdict="undecided")]))
    nights.scan(document([finding()]))
    with closing(open_to_read(nights.file)) as connection:
        change = only(between(connection, 1, 2))
    assert change.status == "changed"
    assert change.is_new_failure


def test_what_appeared_and_went_out_of_sight_since_is_not_seen(nights: Nights) -> None:
    nights.scan(document())
    nights.scan(document([finding()]))
    nights.scan(document(files=["b.yaml"]))
    with closing(open_to_read(nights.file)) as connection:
        assert only(between(connection, 1, 3)).status == "not_seen"


def test_failures_and_what_is_undecided_are_counted_apart(nights: Nights) -> None:
    nights.scan(document([finding(), finding("a.yaml#U", verdict="undecided"), finding("a.yaml#E", exempt=True)]))
    nights.scan(document([finding(verdict="undecided"), finding("a.yaml#U", verdict="undecided")]))
    with closing(open_to_read(nights.file)) as connection:
        counts = counted(between(connection, 1, 2))
    assert {name: {k: v for k, v in row.items() if v} for name, row in counts.items()} == {
        "fail": {"changed": 1},
        "undecided": {"persisting": 1},
    }


def test_the_last_scans_the_oldest_first(connection: sqlite3.Connection) -> None:
    assert [scan.id for scan in scans(connection)] == [1, 2, 3, 4, 5, 6, 7]
    assert [scan.id for scan in scans(connection, "stacks", most=2)] == [6, 7]
    assert [scan.id for scan in scans(connection, "stacks", most=2, upto=5)] == [3, 5]
    assert scans(connection, "nothing") == []
    assert [(scan.failures, scan.changes is None) for scan in scans(connection, most=7)][:2] == [(0, True), (1, False)]
