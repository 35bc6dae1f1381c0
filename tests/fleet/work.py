"""Work that needs no AWS, which the workers of a cluster can import."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from scanner.fleet.engine import Batch
from scanner.fleet.outcome import Outcome, pack
from scanner.results import Part
from scanner.sources.account.calls import Cancelled
from scanner.sources.account.login import Target


def targets(count: int) -> list[Target]:
    return [Target(f"{number:012}") for number in range(count)]


def result(account: str, *, rule: str = "RUN004", verdict: str = "fail", severity: str = "high") -> dict[str, Any]:
    """A result with a place in a configuration of its account."""
    file = f"aws/{account}/eu-west-1/{rule}.json"
    place = {"file": file, "line": 1, "column": 1, "end_line": 1, "end_column": 2, "says": "", "excerpt": []}
    return {
        "rule": rule,
        "assertion": "a",
        "verdict": verdict,
        "severity": severity,
        "message": "it is so",
        "subject": {"address": f"{account}/eu-west-1#{rule}", "id": rule, "label": rule},
        "location": place,
        "related": [],
        "unknown": [],
        "way": [],
        "evidence": [],
        "fingerprint": f"{rule} {account}",
        "account": account,
        "region": "eu-west-1",
    }


def part(account: str, results: Sequence[dict[str, Any]]) -> Part:
    texts = {
        one["location"]["file"]: {"account": account, "region": "eu-west-1", "arn": "", "text": "{}"} for one in results
    }
    place = {"account": account, "region": "eu-west-1", "taken_at": "2026-01-31T03:00:00Z"}
    counts = {"RUN004": {"pass": 0, "fail": len(results), "undecided": 0, "not_applicable": 0}}
    return Part([*results], counts, subjects=1, accounts=[place], configurations=texts)


@dataclass(frozen=True)
class Work:
    """An outcome for each account. ``deadly`` ends its worker, ``faulty`` raises, each takes ``seconds``."""

    deadly: str = ""
    faulty: str = ""
    seconds: float = 0

    def __call__(self, batch: Batch, stop: Event | None = None) -> list[Outcome]:
        return [self._outcome(one.account, stop) for one in batch]

    def _outcome(self, account: str, stop: Event | None) -> Outcome:
        if account == self.deadly:
            os._exit(1)
        if account == self.faulty:
            raise ValueError("not this one")
        if stop is None:
            time.sleep(self.seconds)
        elif stop.wait(self.seconds):
            raise Cancelled
        return Outcome(account, pack(part(account, [result(account)])), (f"account {account}",))
