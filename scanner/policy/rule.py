"""A rule as the evaluator sees it: loaded, checked, and free of positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SEVERITIES = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Literal:
    """Text, a number, a boolean, a port set written as text, or a tuple of these."""

    value: Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$name``: a value that users may set."""

    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path.

    ``name`` is a fact, relation or property; "" with ``follow`` goes to the resource that the value so far
    names (``->``), of ``type`` if one is written.
    """

    name: str
    arguments: tuple[tuple[str, Expression], ...] = ()
    follow: bool = False
    type: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A variable and the steps from it; through a list or a to-many relation it flattens."""

    root: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right`` over numbers; the operator is + - or *."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``min(...)`` or ``max(...)`` over the numbers of a path."""

    function: str
    of: Expression


Expression = Literal | Parameter | Path | Arithmetic | Aggregate


@dataclass(frozen=True, slots=True)
class Predicate:
    """A closed predicate with its arguments by name (``equals: [a, b]`` has ``left`` and ``right``)."""

    name: str
    arguments: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class Combination:
    """``all``, ``any`` (of ``checks``) or ``not`` (of its only check)."""

    operator: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Quantified:
    """``some`` or ``every``: the check holds for one, or each, element of a path."""

    quantifier: str
    path: Path
    variable: str
    check: Check


Check = Predicate | Combination | Quantified


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of a ``match`` or ``for`` variable come from."""

    variable: str
    kind: str = ""
    """A kind of entity (``ecs.service``) or a CloudFormation type (``AWS::S3::Bucket``); "" for a path."""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    name: str
    check: Check
    message: str
    severity: str
    joins: tuple[Source, ...] = ()
    """``for``: further joins that only this assertion makes."""
    when: Check | None = None
    after: str = ""
    """Judged only where the assertion of this name passed."""
    sources: tuple[str, ...] = ()
    """Only for these sources; empty: for all."""
    at: Path | None = None
    related: tuple[Path, ...] = ()
    remediation: str = ""


@dataclass(frozen=True, slots=True)
class RuleParameter:
    name: str
    type: str
    default: Any
    about: str


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    name: str
    title: str
    severity: str
    applies: tuple[str, ...]
    source: tuple[Mapping[str, str], ...]
    rationale: str
    remediation: str
    subject: str
    """The match variable that results are about; the first one by default."""
    match: tuple[Source, ...]
    assertions: tuple[Assertion, ...]
    where: Check | None = None
    let: tuple[tuple[str, Expression], ...] = ()
    parameters: tuple[RuleParameter, ...] = ()
    way: Path | None = None
    """The entity whose way, hop by hop, findings show."""
    explains: tuple[str, ...] = ()
    tags: tuple[str, ...] = field(default=())
    path: str = ""
    """The file it was read from."""
