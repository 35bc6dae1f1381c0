"""Reading a history: what its scans found, and what changed between two of one scope."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scanner.history.decide import FIXED, GONE, NOT_SEEN
from scanner.history.scanned import EXEMPT, FAIL, UNDECIDED, Found

NEW, CHANGED, PERSISTING = "new", "changed", "persisting"
STATUSES = (NEW, CHANGED, PERSISTING, FIXED, GONE, NOT_SEEN)
STATES = (FAIL, UNDECIDED, EXEMPT)
COUNTED = (FAIL, UNDECIDED)
SEVERITIES = ("high", "medium", "low")
NIGHTS = 30
"""Scans that a trend goes back."""

COLUMNS = "severity, fingerprint, message, label, file, line, account, region, touches"
"""Of a finding's details, as ``Found`` has them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as a scan left it."""

    finding: Found
    since: str
    """The time of the scan that found it first."""
    seen: str
    """The time of the scan that saw it last, if that was an earlier one; else empty."""
    reason: str
    """Why this one did not see it."""
    proven: bool = True
    """Whether it failed at any time since it was found."""

    @property
    def order(self) -> tuple[Any, ...]:
        """The worst first, what was not seen last."""
        finding = self.finding
        state, severity = STATES.index(finding.state), SEVERITIES.index(finding.severity)
        return bool(self.seen), state, severity, finding.rule, finding.subject, finding.assertion

    def told(self) -> dict[str, Any]:
        """For programs."""
        finding = self.finding
        return {
            "verdict": finding.state,
            "rule": finding.rule,
            "assertion": finding.assertion,
            "severity": finding.severity,
            "message": finding.message,
            "label": finding.label,
            "address": finding.subject,
            "file": finding.file,
            "line": finding.line,
            "account": finding.account,
            "region": finding.region,
            "fingerprint": finding.fingerprint,
            "since": self.since,
            "seen": self.seen,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A finding, before and now."""

    status: str
    was: str
    """Its state before; empty if there was none."""
    kept: Kept
    was_proven: bool = False
    """Whether it had failed at any time before."""

    @property
    def state(self) -> str:
        """Its state now; empty if it is no more or was not seen."""
        return "" if self.status in (FIXED, GONE, NOT_SEEN) else self.kept.finding.state

    @property
    def counts_as(self) -> str:
        """A failure if it fails now or did; else undecided, or exempt."""
        states = (self.was, self.state)
        return next((word for word in COUNTED if word in states), EXEMPT)

    @property
    def is_new_failure(self) -> bool:
        """Whether it fails and never did before; one that a denied call left undecided for a night is not new."""
        return self.state == FAIL and not self.was_proven

    def told(self) -> dict[str, Any]:
        """For programs; what the result document has of a finding that is not among its results."""
        return {"status": self.status, **self.kept.told(), "verdict": self.was or self.kept.finding.state}


def found_of(row: Iterable[Any]) -> Found:
    """A finding of the columns rule, assertion, subject, state and ``COLUMNS``."""
    values = list(row)
    values[-1] = tuple(json.loads(values[-1]))
    return Found(*values)


def kept_by(connection: sqlite3.Connection, scan: int) -> dict[int, Kept]:
    """The findings as a scan left them, by their numbers."""
    rows = connection.execute(
        f"""
        SELECT finding, since, coalesce(seen, ''), reason, proven, rule, assertion, subject, state, {COLUMNS}
        FROM results JOIN findings ON findings.id = finding JOIN details ON details.id = detail
        WHERE scan = ?
        """,
        (scan,),
    )
    return {
        number: Kept(found_of(columns), since, seen, reason, bool(proven))
        for number, since, seen, reason, proven, *columns in rows
    }


def between(connection: sqlite3.Connection, earlier: int, later: int) -> list[Change]:
    """What became of each finding that one of two scans of a scope has, by rule, subject and assertion."""
    before, after = kept_by(connection, earlier), kept_by(connection, later)
    ends = _ends(connection, earlier, later)
    time = connection.execute("SELECT time FROM scans WHERE id = ?", (earlier,)).fetchone()[0]
    changes = [_change(before.get(number), kept) for number, kept in after.items()]
    for number in before.keys() - after.keys():
        how, reason = ends.get(number, (NOT_SEEN, "the scans that could tell are no longer kept"))
        kept = before[number]
        changes.append(Change(how, kept.finding.state, Kept(kept.finding, kept.since, kept.seen or time, reason)))
    return sorted(changes, key=lambda change: (STATUSES.index(change.status), change.kept.order))


def _change(before: Kept | None, after: Kept) -> Change:
    was = before.finding.state if before is not None else ""
    if after.seen:
        return Change(NOT_SEEN, was or after.finding.state, after)
    if before is None:
        return Change(NEW, "", after)
    same = before.finding.fingerprint == after.finding.fingerprint and was == after.finding.state
    return Change(PERSISTING if same else CHANGED, was, after, before.proven)


def _ends(connection: sqlite3.Connection, earlier: int, later: int) -> dict[int, tuple[str, str]]:
    """How findings ended between two scans, the last time that they did."""
    rows = connection.execute(
        """
        SELECT finding, how, reason FROM ended JOIN scans ON scans.id = scan
        WHERE scan > ? AND scan <= ? AND scope = (SELECT scope FROM scans WHERE id = ?)
        ORDER BY scan
        """,
        (earlier, later, later),
    )
    return {number: (how, reason) for number, how, reason in rows}


def counted(changes: Iterable[Change]) -> dict[str, dict[str, int]]:
    """How many failures, and how many that are undecided, have which status."""
    counts = {word: dict.fromkeys(STATUSES, 0) for word in COUNTED}
    for change in changes:
        if change.counts_as in counts:
            counts[change.counts_as][change.status] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that a history holds."""

    id: int
    scope: str
    time: str
    version: str
    summary: dict[str, Any]
    changes: dict[str, dict[str, int]] | None
    """As ``counted`` gives them; None for the first of its scope."""
    failures: int

    def told(self) -> dict[str, Any]:
        """For programs."""
        return {
            "scan": self.id,
            "scope": self.scope,
            "time": self.time,
            "version": self.version,
            "summary": self.summary,
            "changes": self.changes,
            "errors": self.failures,
        }


def scans(connection: sqlite3.Connection, scope: str = "", *, most: int = -1, upto: int | None = None) -> list[Scan]:
    """The scans of a scope (or all), the oldest first: the last ``most`` of those up to the number ``upto``."""
    rows = connection.execute(
        """
        SELECT id, scope, time, version, summary, changes, (SELECT count(*) FROM failures WHERE scan = scans.id)
        FROM scans WHERE (? = '' OR scope = ?) AND (? IS NULL OR id <= ?) ORDER BY id DESC LIMIT ?
        """,
        (scope, scope, upto, upto, most),
    )
    found = [
        Scan(id, scope, time, version, json.loads(summary), json.loads(changes) if changes else None, failures)
        for id, scope, time, version, summary, changes, failures in rows
    ]
    return found[::-1]


def failures_of(connection: sqlite3.Connection, scan: int) -> list[dict[str, Any]]:
    """What a scan could not read."""
    rows = connection.execute("SELECT file, line, column, message FROM failures WHERE scan = ? ORDER BY rowid", (scan,))
    return [dict(zip(("file", "line", "column", "message"), row, strict=True)) for row in rows]


def trend(connection: sqlite3.Connection, scope: str, upto: int) -> list[dict[str, Any]]:
    """The counts of the last scans of a scope, the oldest first."""
    return [
        {
            "scan": one.id,
            "time": one.time,
            "findings": one.summary["findings"],
            "undecided": one.summary["undecided"],
            "not_seen": one.changes[FAIL][NOT_SEEN] if one.changes else 0,
            "errors": one.failures,
        }
        for one in scans(connection, scope, most=NIGHTS, upto=upto)
    ]
