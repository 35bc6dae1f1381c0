"""What a rule came to: findings of rows, and the judgement of a subject that is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.model import Location, Verdict
from scanner.policy.evaluate.outcome import Outcome
from scanner.policy.rule import Assertion, Rule
from scanner.topology.entity import Entity
from scanner.topology.way import Hop


@dataclass(frozen=True, slots=True)
class Finding:
    """What one assertion came to for one row in one world."""

    rule: Rule
    assertion: Assertion
    subject: Entity
    outcome: Outcome
    message: str
    remediation: str
    at: tuple[Location, ...]
    related: tuple[tuple[Location, str], ...] = ()
    way: tuple[Hop, ...] = ()
    world: str = ""
    touches: tuple[str, ...] = ()
    """Addresses of the related entities."""


@dataclass(slots=True)
class Judgement:
    """What a rule came to for one subject: the findings of each assertion over its rows and worlds."""

    rule: Rule
    subject: Entity
    verdict: Verdict = Verdict.PASS
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    worlds: int = 0
