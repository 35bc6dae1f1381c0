"""Writing a scan into its history, in one transaction at its end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from scanner.history.changes import COLUMNS, Change, between, counted, found_of, kept_by, trend
from scanner.history.decide import NOT_SEEN, Evidence, outcome, states_now
from scanner.history.scanned import ABSENT, UNDECIDED, Found, Scanned, found, is_kept
from scanner.history.schema import transaction
from scanner.history.store import open_to_write, telling
from scanner.results import Judged

_SPOOL = (
    """
    CREATE TEMP TABLE spool (
        rule TEXT, assertion TEXT, subject TEXT, state TEXT, severity TEXT, fingerprint TEXT, message TEXT, label TEXT,
        file TEXT, line INTEGER, account TEXT, region TEXT, touches TEXT, digest BLOB,
        PRIMARY KEY (rule, subject, assertion)
    ) WITHOUT ROWID
    """,
    "CREATE TEMP TABLE passed (rule TEXT, assertion TEXT, subject TEXT, PRIMARY KEY (subject, rule, assertion)) "
    "WITHOUT ROWID",
    "CREATE TEMP TABLE resources (address TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE unjudged (rule TEXT PRIMARY KEY) WITHOUT ROWID",
)
_FOUND = f"rule, assertion, subject, state, {COLUMNS}"
_SAID = f"state, {COLUMNS}, digest"


def now() -> datetime:
    """The time of a scan."""
    return datetime.now(timezone.utc)


class Recorder:
    """Takes the results of a scan as they come, and makes them part of the history when it is finished.

    Results wait in a temporary database beside it, so that other scans can be written in the meantime. Until
    ``finish`` returns, the history is as it was before, whatever happens.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Recorder:
        """Opens the history, or makes it. Raises HistoryError if that is not possible."""
        connection = open_to_write(self._file)
        try:
            with telling(self._file):
                for statement in _SPOOL:
                    connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def add(self, results: Iterable[Mapping[str, Any]], judged: Judged) -> None:
        """Takes results of the document's form, and what else the judging of their templates or accounts showed.

        Raises HistoryError if there is no room for them.
        """
        connection = self._opened()
        with telling(self._file), transaction(connection, "DEFERRED"):
            # A scan has one result of each identity. Should it have two, a failure counts.
            connection.executemany(
                f"""
                INSERT INTO spool ({_FOUND}, digest) VALUES ({", ".join("?" * 14)})
                ON CONFLICT (rule, subject, assertion) DO UPDATE SET
                    ({_SAID}) = ({", ".join(f"excluded.{name}" for name in _SAID.split(", "))})
                WHERE excluded.state = 'fail' AND spool.state != 'fail'
                """,
                (_row(found(result)) for result in results if is_kept(result)),
            )
            # In the order of their keys, which is several times as fast.
            passed = sorted(judged.passed, key=lambda one: (one[2], one[0], one[1]))
            connection.executemany("INSERT OR IGNORE INTO passed VALUES (?, ?, ?)", passed)
            resources = ((one,) for one in sorted(judged.resources))
            connection.executemany("INSERT OR IGNORE INTO resources VALUES (?)", resources)
            connection.executemany("INSERT OR IGNORE INTO unjudged VALUES (?)", ((one,) for one in judged.unjudged))

    def finish(self, scan: Scanned) -> Written:
        """Writes the scan. Raises HistoryError; then nothing is written."""
        connection = self._opened()
        time = now().strftime("%Y-%m-%dT%H:%M:%SZ")
        with telling(self._file), transaction(connection):
            last = connection.execute(
                "SELECT id, time, version FROM scans WHERE scope = ? ORDER BY id DESC LIMIT 1", (scan.scope,)
            ).fetchone()
            before = last[0] if last else None
            id = _insert_scan(connection, scan, time)
            _insert_results(connection, id, before, time)
            changes: tuple[Change, ...] = ()
            if before is not None:
                states = states_now(_units(connection, before), scan)
                _insert_units(connection, id, states)
                _settle(connection, id, before, last[1], _evidence(connection, scan, states))
                changes = tuple(between(connection, before, id))
                counts = json.dumps(counted(changes))
                connection.execute("UPDATE scans SET changes = ? WHERE id = ?", (counts, id))
            else:
                _insert_units(connection, id, scan.units)
            previous = {"scan": last[0], "time": last[1], "version": last[2]} if last else None
            return Written(id, scan.scope, time, previous, changes, trend(connection, scan.scope, id))

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("a Recorder is used in a with statement")
        return self._connection


@dataclass(frozen=True, slots=True)
class Written:
    """A scan that is part of its history."""

    id: int
    scope: str
    time: str
    previous: dict[str, Any] | None
    """The scan of this scope before: its number, time and version."""
    changes: tuple[Change, ...]
    trend: list[dict[str, Any]]


def remember(recorder: Recorder, document: dict[str, Any], judged: Judged, scan: Scanned) -> dict[str, Any]:
    """Writes a whole document; gives it with what changed since the last scan of the scope. Raises HistoryError."""
    recorder.add(document["results"], judged)
    return with_history(document, recorder.finish(scan))


def with_history(document: dict[str, Any], written: Written) -> dict[str, Any]:
    """The document with what changed since the last scan of its scope."""
    known = {change.kept.finding.key: change for change in written.changes}
    results = []
    for result in document["results"]:
        change = known.get((result["rule"], result["assertion"], result["subject"]["address"]))
        if change is not None and is_kept(result):
            says = {"status": change.status, "was": change.was or None, "since": change.kept.since}
            result = {**result, "change": says}
        results.append(result)
    history = {
        "scope": written.scope,
        "scan": written.id,
        "time": written.time,
        "previous": written.previous,
        "counts": counted(written.changes),
        "absent": [change.told() for change in written.changes if not change.state],
        "trend": written.trend,
    }
    return {**document, "results": results, "history": history}


# --- the parts of a scan


def _row(one: Found) -> tuple[Any, ...]:
    return (
        *one.key,
        one.state,
        one.severity,
        one.fingerprint,
        one.message,
        one.label,
        one.file,
        one.line,
        one.account,
        one.region,
        json.dumps(one.touches),
        one.digest,
    )


def _insert_scan(connection: sqlite3.Connection, scan: Scanned, time: str) -> int:
    cursor = connection.execute(
        "INSERT INTO scans (scope, time, version, rules, summary) VALUES (?, ?, ?, ?, ?)",
        (scan.scope, time, scan.version, json.dumps(scan.rules), json.dumps(scan.summary)),
    )
    id = cursor.lastrowid
    assert id is not None
    connection.executemany(
        "INSERT INTO failures (scan, file, line, column, message) VALUES (?, ?, ?, ?, ?)",
        ((id, one.file, one.line, one.column, one.message) for one in scan.failures),
    )
    return id


def _insert_units(connection: sqlite3.Connection, scan: int, states: Mapping[str, str]) -> None:
    """Also those that were not looked at: findings in them are still known."""
    connection.executemany(
        "INSERT INTO units (scan, name, state) VALUES (?, ?, ?)",
        ((scan, name, state) for name, state in states.items() if state != ABSENT),
    )


def _units(connection: sqlite3.Connection, scan: int) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM units WHERE scan = ?", (scan,))]


def _insert_results(connection: sqlite3.Connection, scan: int, before: int | None, time: str) -> None:
    """What waits in the spool; a finding that the scan before had, seen or not, is as old as it was there."""
    connection.execute(
        "INSERT OR IGNORE INTO findings (rule, assertion, subject) SELECT rule, assertion, subject FROM spool"
    )
    connection.execute(f"INSERT OR IGNORE INTO details (digest, {COLUMNS}) SELECT digest, {COLUMNS} FROM spool")
    connection.execute(
        """
        INSERT INTO results (scan, finding, detail, state, proven, since, seen, reason)
        SELECT ?, findings.id, details.id, spool.state, spool.state = 'fail' OR coalesce(earlier.proven, 0),
               coalesce(earlier.since, ?), NULL, ''
        FROM spool
        JOIN findings USING (rule, assertion, subject)
        JOIN details USING (digest)
        LEFT JOIN results AS earlier ON earlier.scan = ? AND earlier.finding = findings.id
        """,
        (scan, time, before),
    )


def _settle(connection: sqlite3.Connection, scan: int, before: int, time: str, evidence: Evidence) -> None:
    """Says of each finding of the scan before that this one lacks what became of it, or keeps it as not seen."""
    seen = {number for (number,) in connection.execute("SELECT finding FROM results WHERE scan = ?", (scan,))}
    for number, kept in kept_by(connection, before).items():
        if number in seen:
            continue
        became = outcome(kept.finding, evidence)
        if became.how != NOT_SEEN:
            row = (scan, number, became.how, became.reason)
            connection.execute("INSERT INTO ended (scan, finding, how, reason) VALUES (?, ?, ?, ?)", row)
            continue
        connection.execute(
            """
            INSERT INTO results (scan, finding, detail, state, proven, since, seen, reason)
            SELECT ?, finding, detail, state, proven, since, coalesce(seen, ?), ?
            FROM results WHERE scan = ? AND finding = ?
            """,
            (scan, time, became.reason, before, number),
        )


def _evidence(connection: sqlite3.Connection, scan: Scanned, states: Mapping[str, str]) -> Evidence:
    """What waits in the spool, as the fate of a finding hangs on it."""
    undecided: dict[str, list[Found]] = {}

    def has(query: str, *values: str) -> bool:
        return connection.execute(query, values).fetchone() is not None

    def same_subject(finding: Found) -> Found | None:
        row = connection.execute(
            f"SELECT {_FOUND} FROM spool WHERE rule = ? AND subject = ? ORDER BY state LIMIT 1",
            (finding.rule, finding.subject),
        ).fetchone()
        return found_of(row) if row else None

    def left_undecided(rule: str) -> list[Found]:
        if rule not in undecided:
            rows = connection.execute(f"SELECT {_FOUND} FROM spool WHERE rule = ? AND state = ?", (rule, UNDECIDED))
            undecided[rule] = [found_of(row) for row in rows]
        return undecided[rule]

    return Evidence(
        scan,
        states,
        frozenset(rule for (rule,) in connection.execute("SELECT rule FROM unjudged")),
        lambda one: has("SELECT 1 FROM passed WHERE subject = ? AND rule = ? AND assertion = ?", *_of_subject(one)),
        lambda one: any(has("SELECT 1 FROM resources WHERE address = ?", name) for name in _resources(one.subject)),
        same_subject,
        left_undecided,
    )


def _of_subject(finding: Found) -> tuple[str, str, str]:
    return finding.subject, finding.rule, finding.assertion


def _resources(address: str) -> list[str]:
    """The addresses that a subject's resource may have: a part's begins with it."""
    module, hash, key = address.rpartition("#")
    parts = key.split("/")
    return [f"{module}{hash}{'/'.join(parts[:end])}" for end in range(len(parts), 0, -1)]
