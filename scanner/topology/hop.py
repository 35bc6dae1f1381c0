"""One step of a way, and what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.model import Location, Unknown, Verdict


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a way."""

    name: str
    """``listener``, ``load balancer egress``, ``load balancer subnet ACL out``, ``target subnet ACL in``, ``target
    ingress``, ``task port``; and for the way back ``target subnet ACL out``, ``load balancer subnet ACL in``."""
    label: str
    verdict: Verdict
    says: str
    at: tuple[Location, ...] = ()


def says(verdict: Verdict, missing: Sequence[str], unknown: Sequence[Unknown], whom: str, needed: str) -> str:
    """What a hop that lets ports through, or does not, says; ``whom`` is ``to`` or ``from`` somebody."""
    if verdict is Verdict.PASS:
        return f"open for {needed} {whom}"
    lacking = ", ".join(missing) or needed
    if verdict is Verdict.FAIL:
        return f"closed for {lacking} {whom}"
    reason = unknown[0].reason if unknown else "a value is not known"
    return f"not known for {lacking} {whom}: {reason}"
