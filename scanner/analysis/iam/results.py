"""What a comparison of policies is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scanner.analysis.iam.boxes import Request
from scanner.analysis.iam.conditions import Clause
from scanner.analysis.iam.statements import ALLOW, Elements, Statement
from scanner.model import Fact, Location, Unknown, Verdict

ACTION, RESOURCE, CONDITION = "action", "resource", "condition"


@dataclass(frozen=True, slots=True)
class Grants:
    """What the policies of a role say together."""

    statements: tuple[Statement, ...] = ()
    more: tuple[Unknown, ...] = ()
    """Why they may allow more than that: a managed policy whose statements are not known."""
    less: tuple[Unknown, ...] = ()
    """Why they may allow less: the same, or a permission boundary."""


@dataclass(frozen=True, slots=True)
class Need:
    """An action that is needed on some resources: on all of them, whatever they match, and on no other."""

    action: str
    """``ecs:RunTask``; ``*`` and ``?`` as in policies."""
    resources: tuple[Fact[Any], ...]
    """As in policies: ARNs with ``*`` and ``?``, References, texts with unknown parts."""
    conditions: tuple[Clause, ...] = ()
    """What the request bears, which is also what a grant may be conditioned on, and for "no more" must be."""
    why: str = ""
    """For people: ``state Run runs a task``."""
    at: tuple[Location, ...] = ()

    def statement(self) -> Statement:
        """The statement that grants it and nothing else."""
        return Statement(
            ALLOW,
            Elements((Fact(self.action, self.at),)),
            Elements(self.resources),
            self.conditions,
            at=self.at,
            variables=False,
            policy=self.why,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """What one side grants and the other does not, in one statement (or need) of the first."""

    verdict: Verdict
    """FAIL if it is proven, UNDECIDED if it may be."""
    kind: str
    """``action``: the other side does not name the action; ``resource``: it does, but not on that resource;
    ``condition``: it does, but on a condition."""
    actions: tuple[str, ...]
    """All actions of which that is so, in the catalogue's order."""
    example: Request
    """The shortest request that shows it (for UNDECIDED: that may)."""
    statement: Statement
    element: Fact[Any]
    """The part of the statement that is to blame: of its actions, of its resources, or the whole."""
    near: tuple[Statement, ...] = ()
    """The statements of the other side that name the actions: where what is missing would be added."""
    unknown: tuple[Unknown, ...] = ()
    """For UNDECIDED: what stands between it and an answer."""
    need: Need | None = None
    """The need, where the first side is one."""

    @property
    def location(self) -> Location | None:
        return self.element.location or self.statement.location


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether one side grants no more than the other. PASS is a proof."""

    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    """By statement, proven ones first."""
    unknown: tuple[Unknown, ...] = ()
    """For UNDECIDED: all that stands between it and an answer."""
