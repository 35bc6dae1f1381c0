"""One fault, one finding: what is undecided for the same reason is said once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from scanner.model import Unknown, Verdict
from scanner.policy.evaluate.finding import Finding, Judgement
from scanner.policy.rule import Rule

MOST_REASONS = 3


def settle(judgement: Judgement) -> None:
    """Drops assertions that are undecided for reasons that an earlier one names, and gives all undecided findings of
    an assertion one message with every reason in it. The verdict stays as it is."""
    named: set[Hashable] = set()
    for assertion in judgement.rule.assertions:
        findings = judgement.findings.get(assertion.name, [])
        open_ones = [finding for finding in findings if finding.outcome.verdict is Verdict.UNDECIDED]
        if not open_ones:
            continue
        reasons = list({unknown.key: unknown for one in open_ones for unknown in one.outcome.unknown}.values())
        if named and all(unknown.key in named for unknown in reasons):
            failed = [finding for finding in findings if finding.outcome.verdict is Verdict.FAIL]
            if failed:
                judgement.findings[assertion.name] = failed
            else:
                del judgement.findings[assertion.name]
            continue
        if min(finding.outcome.verdict for finding in findings) is Verdict.UNDECIDED:
            named.update(unknown.key for unknown in reasons)
        message = undecided(judgement.rule, judgement.subject.label, reasons)
        judgement.findings[assertion.name] = [_said(finding, message) for finding in findings]


def _said(finding: Finding, message: str) -> Finding:
    return replace(finding, message=message) if finding.outcome.verdict is Verdict.UNDECIDED else finding


def undecided(rule: Rule, label: str, reasons: Iterable[Unknown]) -> str:
    """The message of an undecided finding, each reason once."""
    said = list(dict.fromkeys(unknown.reason for unknown in reasons)) or ["a value is not known"]
    more = len(said) - MOST_REASONS
    text = "; ".join(said[:MOST_REASONS]) + (f"; and {more} more" if more > 0 else "")
    return f"{label}: not decided whether {rule.title[:1].lower()}{rule.title[1:]}: {text}"
