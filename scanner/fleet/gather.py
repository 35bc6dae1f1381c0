"""The parts of a scan, taken as they come: of a large fleet, the worst results are held and the others counted.

Reports are made of what is held. A history takes everything, account by account.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from scanner.policy.rule import SEVERITIES, Rule
from scanner.results import Part, document_of

MOST_RESULTS = 10_000
"""In a document: more than anybody reads, and little enough to be held and rendered at once."""
VERDICTS = ("fail", "undecided", "pass")


class Gathered:
    """The parts of a scan, with no more than ``most`` of its results."""

    def __init__(self, most: int = MOST_RESULTS) -> None:
        self.accounts: set[str] = set()
        """Those that were taken."""
        self._most = most
        self._whole = Part()
        self._heap: list[tuple[_Backwards, int, dict[str, Any]]] = []
        """The best of those that are held comes first."""
        self._number = count()
        self._uses: dict[str, int] = {}
        """How many of the results that are held have a place in a configuration, by its path."""
        self._findings = dict.fromkeys(SEVERITIES, 0)
        self._undecided = 0
        self._results = 0

    def add(self, account: str, part: Part) -> None:
        """Takes the part of one account. What only a history needs is not kept."""
        self.accounts.add(account)
        for result in part.results:
            self._take(result, part.configurations)
        self._whole.add(Part([], part.counts, part.errors, part.subjects, part.files, part.accounts))

    def _take(self, result: dict[str, Any], configurations: Mapping[str, dict[str, Any]]) -> None:
        self._results += 1
        if result["verdict"] == "fail":
            self._findings[result["severity"]] += 1
        self._undecided += result["verdict"] == "undecided"
        for path in _paths(result):
            if path in configurations:
                self._uses[path] = self._uses.get(path, 0) + 1
                self._whole.configurations[path] = configurations[path]
        item = (_Backwards(_rank(result)), next(self._number), result)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, item)
            return
        for path in _paths(heapq.heappushpop(self._heap, item)[2]):
            if path in self._uses:
                self._uses[path] -= 1
                if not self._uses[path]:
                    del self._uses[path], self._whole.configurations[path]

    def document(self, rules: Sequence[Rule], errors: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """The result document: its counts are those of all results, also of those that it does not have."""
        whole = self._whole
        whole.results = [result for _, _, result in self._heap]
        whole.errors = [*errors, *whole.errors]
        whole.accounts.sort(key=lambda one: (one["account"], one["region"]))
        inputs = [
            {"path": f"aws/{one['account']}/{one['region']}", "kind": "account", "role": "scanned"}
            for one in whole.accounts
        ]
        document = document_of(whole, inputs, rules, [])
        if self._results > len(self._heap):
            said = f"only the worst {len(self._heap):,} of {self._results:,} results are here; a history has them all"
            document["notes"].append({"file": "", "message": said})
        document["summary"].update(findings=self._findings, undecided=self._undecided)
        return document


class _Backwards:
    """Orders ranks from the last to the first, so that a heap gives up the least of them."""

    __slots__ = ("rank",)

    def __init__(self, rank: tuple[Any, ...]) -> None:
        self.rank = rank

    def __lt__(self, other: _Backwards) -> bool:
        return other.rank < self.rank


def _rank(result: Mapping[str, Any]) -> tuple[Any, ...]:
    """The worst comes first, and what is alike in the same order in every scan."""
    verdict, severity = VERDICTS.index(result["verdict"]), SEVERITIES.index(result["severity"])
    return verdict, severity, result["account"], result["region"], result["rule"], result["fingerprint"]


def _paths(result: Mapping[str, Any]) -> set[str]:
    """The files that a result has places in."""
    return set(_files(result))


def _files(result: Mapping[str, Any]) -> Iterator[str]:
    places = [result["location"], *result["related"], *result["evidence"]]
    places += [one["location"] for one in (*result["unknown"], *result["way"])]
    return (place["file"] for place in places if place is not None)
