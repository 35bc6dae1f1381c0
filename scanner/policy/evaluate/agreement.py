"""Readings of one deployment: what holds in all of them holds, and what they differ on is undecided.

A deployment chooses its parameters, so a failure for one value is a failure. Which of several templates an import
comes from is not chosen but only unknown: a verdict stands if it is the same whichever is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanner.model import Choice, Unknown, Verdict, World
from scanner.policy.evaluate.finding import Finding
from scanner.policy.evaluate.outcome import Outcome
from scanner.policy.evaluate.settle import undecided


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a rule came to for one root in one world."""

    world: World
    exists: bool
    findings: tuple[Finding, ...]


def agreed(leaves: Sequence[Leaf]) -> list[Finding]:
    """The findings of all worlds; those that hang on how the scan is read are made one, or undecided."""
    if not any(leaf.world.readings for leaf in leaves):
        return [finding for leaf in leaves for finding in leaf.findings]
    by_world: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        by_world.setdefault(leaf.world.says, []).append(leaf)
    return [finding for readings in by_world.values() for finding in _agreed(readings)]


def _agreed(readings: Sequence[Leaf]) -> list[Finding]:
    """The findings of one world over all its readings."""
    keyed: dict[tuple[str, str, str], list[list[Finding]]] = {}
    for leaf in readings:
        of_leaf: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in leaf.findings:
            key = (finding.subject.kind, finding.subject.identity, finding.assertion.name)
            of_leaf.setdefault(key, []).append(finding)
        for key, findings in of_leaf.items():
            keyed.setdefault(key, []).append(findings)
    kept: list[Finding] = []
    for found in keyed.values():
        verdicts = {min(finding.outcome.verdict for finding in findings) for findings in found}
        if len(found) == len(readings) and len(verdicts) == 1:
            kept += found[0]
        else:
            kept.append(_open(found, [choice for leaf in readings for choice in leaf.world.readings]))
    return kept


def _open(found: Sequence[Sequence[Finding]], choices: Sequence[Choice]) -> Finding:
    """An undecided finding in place of some that differ."""
    worst = min((finding for findings in found for finding in findings), key=lambda one: one.outcome.verdict)
    reasons = {choice.reads.key: choice.reads for choice in choices if isinstance(choice.reads, Unknown)}
    outcome = Outcome(Verdict.UNDECIDED, unknown=tuple(reasons.values()), at=worst.outcome.at)
    message = undecided(worst.rule, worst.subject.label, reasons.values())
    return replace(worst, outcome=outcome, message=message, remediation="", way=())
