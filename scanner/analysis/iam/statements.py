"""Policy statements, as a document holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.analysis.iam.conditions import Clause
from scanner.model import Fact, Location, Unknown

ALLOW, DENY = "Allow", "Deny"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a document that IAM refuses, or that cannot be meant."""

    message: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Elements:
    """A list of texts, as ``Action`` and ``Resource`` hold it: one text or several."""

    items: tuple[Fact[Any], ...] = ()
    """Each a text, a Reference or an Unknown."""
    rest: Unknown | None = None
    """Set where more may follow."""
    negated: bool = False
    """NotAction, NotResource."""


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement of a trust policy names."""

    by_kind: Mapping[str, Elements]
    """``Service``, ``AWS``, ``Federated``, ``CanonicalUser``; ``*`` alone is every principal."""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement."""

    effect: str | Unknown
    """Allow or Deny."""
    actions: Elements = Elements()
    resources: Elements | None = None
    """None in a trust policy."""
    conditions: tuple[Clause, ...] = ()
    principals: Principals | None = None
    sid: str = ""
    at: tuple[Location, ...] = ()
    variables: bool = True
    """Whether ``${aws:username}`` is a policy variable; in a document of version 2008-10-17 it is text."""
    policy: str = ""
    """For people: the policy it stands in."""
    index: int = 0
    """Its place in the document, from 0."""

    @property
    def location(self) -> Location | None:
        return self.at[0] if self.at else None

    @property
    def says(self) -> str:
        """For people: its Sid, or which statement of its policy it is."""
        named = f"statement {self.sid}" if self.sid else f"statement {self.index + 1}"
        return f"{named} of {self.policy}" if self.policy else named


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document."""

    statements: tuple[Statement, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    """Why there may be more statements, of either effect."""
    problems: tuple[Problem, ...] = ()
