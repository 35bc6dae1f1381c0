"""Scans of made-up documents, one a night."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest.mock import patch

from scanner.history import Recorder, remember, scanned
from scanner.history.changes import kept_by
from scanner.history.store import open_to_read
from scanner.results import Judged

FIRST = datetime(2026, 1, 1, 3, tzinfo=timezone.utc)
ACCOUNT, REGION = "111122223333", "eu-west-1"
UNIT = f"{ACCOUNT}/{REGION}"


def place(file: str, line: int = 1) -> dict[str, Any]:
    """A location without an excerpt."""
    region = {"line": line, "column": 1, "end_line": line, "end_column": 2}
    return {"file": file, **region, "says": "", "excerpt": [], "line_hash": ""}


def finding(
    subject: str = "a.yaml#Service",
    *,
    rule: str = "NET001",
    assertion: str = "ingress",
    verdict: str = "fail",
    severity: str = "high",
    related: Sequence[str] = (),
    line: int = 1,
    live: bool = False,
    exempt: bool = False,
) -> dict[str, Any]:
    """A result; a live one if the subject lies in the account."""
    module, _, id = subject.rpartition("#")
    file = f"aws/{ACCOUNT}/{REGION}/ecs/service/{id}.json" if live else module
    whole = {
        "rule": rule,
        "assertion": assertion,
        "verdict": verdict,
        "severity": severity,
        "message": f"{id} is closed",
        "remediation": "",
        "subject": {"kind": "ecs.service", "type": "AWS::ECS::Service", "id": id, "label": id, "address": subject},
        "location": place(file, line),
        "related": [place(name) for name in related],
        "missing": [],
        "unknown": [],
        "worlds": [],
        "way": [],
        "evidence": [],
        "fingerprint": hashlib.sha256(f"{rule} {assertion} {subject} {related}".encode()).hexdigest(),
        "exemption": {"reason": "known", "approver": "", "until": None} if exempt else None,
    }
    return whole | ({"account": ACCOUNT, "region": REGION} if live else {})


def error(file: str, message: str = "cannot be read") -> dict[str, Any]:
    return {"file": file, "line": 1, "column": 1, "message": message}


def denied(api: str = "ec2:DescribeSubnets", region: str = REGION) -> dict[str, Any]:
    """A call that failed in the account."""
    file = f"aws/{ACCOUNT}/{REGION}/unreadable.json"
    return error(file, f"{api} failed") | {"account": ACCOUNT, "region": region, "api": api, "error": "AccessDenied"}


def document(
    results: Iterable[dict[str, Any]] = (),
    *,
    files: Sequence[str] = ("a.yaml", "b.yaml"),
    accounts: Sequence[str] = (),
    rules: Sequence[str] = ("NET001", "NET002"),
    errors: Sequence[dict[str, Any]] = (),
    version: str = "1.0.0",
) -> dict[str, Any]:
    """A result document, as far as a history reads it."""
    listed = list(results)
    failed = [one["severity"] for one in listed if one["verdict"] == "fail" and not one["exemption"]]
    live = [dict(zip(("account", "region"), unit.split("/"), strict=True)) for unit in accounts]
    return {
        "tool": {"name": "clearway", "version": version},
        "inputs": [{"path": file, "kind": "cloudformation", "role": "scanned"} for file in files],
        "rules": [{"id": rule} for rule in rules],
        "results": listed,
        "summary": {
            "templates": len(files),
            "subjects": len(listed),
            "findings": {name: failed.count(name) for name in ("high", "medium", "low")},
            "undecided": sum(one["verdict"] == "undecided" for one in listed),
            "passed": 0,
        },
        "errors": list(errors),
        "notes": [],
        **({"accounts": [{**one, "taken_at": "2026-01-01T00:00:00Z"} for one in live]} if live else {}),
    }


class Nights:
    """A history to which each night adds a scan."""

    def __init__(self, file: Path, scope: str = "stacks") -> None:
        self.file = file
        self.scope = scope
        self.count = 0

    def scan(
        self,
        whole: dict[str, Any],
        *,
        passed: Iterable[tuple[str, str, str]] = (),
        resources: Iterable[str] = (),
        unjudged: Iterable[str] = (),
        paths: Sequence[str] = (),
        scope: str = "",
    ) -> dict[str, Any]:
        """The document with its history. What it has a result for, exists."""
        own = {result["subject"]["address"] for result in whole["results"]}
        judged = Judged(set(passed), {*own, *resources, *(one[2] for one in passed)}, set(unjudged))
        self.count += 1
        time = FIRST + timedelta(days=self.count - 1)
        with patch("scanner.history.record.now", lambda: time), Recorder(self.file) as recorder:
            return remember(recorder, whole, judged, scanned(whole, scope or self.scope, paths))

    def kept(self) -> dict[tuple[str, str, str], tuple[str, str, str, str]]:
        """What the last scan left: state, since, last seen and why it was not, by identity."""
        with closing(open_to_read(self.file)) as connection:
            last = connection.execute("SELECT max(id) FROM scans").fetchone()[0]
            return {
                one.finding.key: (one.finding.state, one.since, one.seen, one.reason)
                for one in kept_by(connection, last).values()
            }


def statuses(whole: dict[str, Any]) -> dict[str, str]:
    """What became of the findings of a document and its history, by subject."""
    found = {one["subject"]["address"]: one["change"]["status"] for one in whole["results"] if "change" in one}
    return found | {one["address"]: one["status"] for one in whole["history"]["absent"]}


def reasons(whole: dict[str, Any]) -> dict[str, str]:
    return {one["address"]: one["reason"] for one in whole["history"]["absent"]}
