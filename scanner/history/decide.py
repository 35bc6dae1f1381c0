"""What became of a finding that a scan does not have any more.

It is fixed only if the scan proves it: the rule judged the same subject and it passes. What could not be looked at is
not seen, and says why; it stays among the findings until a scan can tell.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from scanner.history.scanned import ABSENT, EXEMPT, FAIL, INCOMPLETE, UNDECIDED, Found, Scanned, is_account

FIXED, GONE, NOT_SEEN = "fixed", "gone", "not_seen"

_IS = {FAIL: "fails", UNDECIDED: "is undecided", EXEMPT: "is exempt"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it, and why that is so where it is not plain."""

    how: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a scan knows, as far as the fate of a finding hangs on it."""

    scan: Scanned
    units: Mapping[str, str]
    """Those of the scan before, as this scan found them; one that it did not look at has no state."""
    unjudged: frozenset[str]
    """The rules that failed somewhere."""
    passed: Callable[[Found], bool]
    exists: Callable[[Found], bool]
    """Whether the resource of its subject is still there."""
    before: Callable[[Found], Found | None]
    """What the same rule finds on the same subject now, if it finds anything."""
    undecided: Callable[[str], Iterable[Found]]
    """What a rule leaves undecided now."""


def outcome(finding: Found, evidence: Evidence) -> Outcome:
    """What became of a finding that is not among the results of a scan."""
    scan = evidence.scan
    if finding.rule not in scan.rules:
        return Outcome(NOT_SEEN, f"the rule {finding.rule} was not run")
    doubt = ""
    for unit in finding.units(evidence.units):
        state = evidence.units[unit]
        if state == ABSENT and unit == finding.touches[0]:
            return Outcome(GONE, f"{unit} does not exist any more")
        if not state:
            return Outcome(NOT_SEEN, scan.why_not_read(unit) or f"{unit} was not scanned")
        if state == INCOMPLETE:
            doubt = doubt or scan.why_not_read(unit) or f"{unit} could not be read as a whole"
            if not is_account(unit):
                return Outcome(NOT_SEEN, doubt)
    # In an account, what a failed call hides is undecided: whatever passes is proven. Absence is not.
    if evidence.passed(finding):
        return Outcome(FIXED)
    if doubt:
        return Outcome(NOT_SEEN, doubt)
    if finding.rule in evidence.unjudged:
        return Outcome(NOT_SEEN, f"the rule {finding.rule} could not be judged everywhere")
    other = evidence.before(finding)
    if other is not None:
        return Outcome(NOT_SEEN, f"{other.rule}/{other.assertion} comes before it, and {_IS[other.state]}")
    if not evidence.exists(finding):
        return Outcome(GONE, "its resource does not exist any more")
    for doubtful in evidence.undecided(finding.rule):
        if not set(doubtful.touches).isdisjoint(finding.touches):
            return Outcome(NOT_SEEN, f"{doubtful.rule} is undecided on {doubtful.label}")
    return Outcome(GONE, f"{finding.rule} does not apply to it any more")


def states_now(before: Iterable[str], scan: Scanned) -> dict[str, str]:
    """The units of the scan before and of this one as this scan found them; "" for those it did not look at."""
    found = dict(scan.units)
    for unit in before:
        if unit not in found:
            found[unit] = ABSENT if _is_absent(unit, scan) else ""
    return found


def _is_absent(unit: str, scan: Scanned) -> bool:
    """Whether a file lies in a folder that was scanned, and does not exist any more."""
    if is_account(unit) or any(unit.startswith(f"{failure.file}/") for failure in scan.failures if failure.file):
        return False  # a folder that could not be read
    file = os.path.abspath(unit)
    folders = [os.path.join(os.path.abspath(path), "") for path in scan.paths if os.path.isdir(path)]
    return not os.path.lexists(file) and any(file.startswith(folder) for folder in folders)
