"""The tables of a history, and how an older file becomes one of today."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

APPLICATION = 0x436C7779
"""SQLite's application_id of a history: "Clwy"."""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        # One scan. Only whole scans are ever visible: each is written in one transaction.
        """
        CREATE TABLE scans (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            scope TEXT NOT NULL,       -- what was scanned, in words; scans of one scope are compared
            time TEXT NOT NULL,        -- UTC, as 2026-01-30T03:00:00Z
            version TEXT NOT NULL,     -- of the program
            rules TEXT NOT NULL,       -- JSON: the ids of the rules that ran
            summary TEXT NOT NULL,     -- JSON: the counts of its findings
            changes TEXT               -- JSON: the counts of what changed since the scan before; NULL for the first
        )
        """,
        "CREATE INDEX scans_of_scope ON scans (scope, id)",
        # A file, or an account and region: what can be read or not.
        """
        CREATE TABLE units (
            scan INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
            name TEXT NOT NULL,
            state TEXT NOT NULL,       -- read, incomplete or absent
            PRIMARY KEY (scan, name)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE failures (
            scan INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
            file TEXT NOT NULL,
            line INTEGER,
            column INTEGER,
            message TEXT NOT NULL
        )
        """,
        "CREATE INDEX failures_of_scan ON failures (scan)",
        # What stays the same over nights.
        """
        CREATE TABLE findings (
            id INTEGER PRIMARY KEY,
            rule TEXT NOT NULL,
            assertion TEXT NOT NULL,
            subject TEXT NOT NULL,     -- its address
            UNIQUE (rule, assertion, subject)
        )
        """,
        # What is said of it, kept once for all the nights on which it is the same.
        """
        CREATE TABLE details (
            id INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            severity TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            message TEXT NOT NULL,
            label TEXT NOT NULL,
            file TEXT NOT NULL,
            line INTEGER NOT NULL,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            touches TEXT NOT NULL      -- JSON: the units and files that take part
        )
        """,
        # The findings as a scan leaves them: those that it saw, and those that it could not see.
        """
        CREATE TABLE results (
            scan INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
            finding INTEGER NOT NULL REFERENCES findings,
            detail INTEGER NOT NULL REFERENCES details,
            state TEXT NOT NULL,       -- fail, undecided or exempt
            proven INTEGER NOT NULL,   -- whether it failed at any time since then
            since TEXT NOT NULL,       -- the time of the scan that found it first
            seen TEXT,                 -- the time of the scan that saw it last; NULL if this one did
            reason TEXT NOT NULL,      -- why this one did not
            PRIMARY KEY (scan, finding)
        ) WITHOUT ROWID
        """,
        # The findings that a scan proved to be no more.
        """
        CREATE TABLE ended (
            scan INTEGER NOT NULL REFERENCES scans ON DELETE CASCADE,
            finding INTEGER NOT NULL REFERENCES findings,
            how TEXT NOT NULL,         -- fixed or gone
            reason TEXT NOT NULL,
            PRIMARY KEY (scan, finding)
        ) WITHOUT ROWID
        """,
        f"PRAGMA application_id = {APPLICATION}",
    ),
)
"""The statements that lead from one version of the tables to the next; SQLite's user_version counts those done."""


def version_of(connection: sqlite3.Connection) -> int:
    """How many of the steps a file has gone."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """A transaction that is taken back if anything goes wrong in it, its end included."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise


def migrate(connection: sqlite3.Connection) -> None:
    """Goes the steps that are left, each in a transaction of its own; one that fails leaves the file as it was."""
    while version_of(connection) < len(STEPS):
        with transaction(connection):
            done = version_of(connection)  # another process may have gone on in the meantime
            if done < len(STEPS):
                for statement in STEPS[done]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {done + 1}")
