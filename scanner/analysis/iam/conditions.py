"""Conditions of policy statements as they are written.

Operators, qualifiers and what holds of a key that a request does not bear: "IAM JSON policy elements: Condition
operators" and "Multivalued context keys" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scanner.analysis.addresses import AddressSet
from scanner.analysis.bounded import as_text
from scanner.analysis.iam.reals import moment, number
from scanner.model import ABSENT, Fact, Items, Location, Reference, Unknown


class Kind(Enum):
    """What the values of an operator are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    ADDRESS = "address"
    NULL = "null"
    UNKNOWN = "unknown"
    """Nothing is known of the test."""


class Quantifier(Enum):
    """How many of a key's values must pass the test."""

    NONE = ""
    ALL = "ForAllValues"
    ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class Operator:
    """What an operator's name says, but for ``IfExists`` and the qualifier."""

    kind: Kind
    form: str = ""
    """TEXT: ``equals``, ``folded``, ``like``, ``arn``; NUMBER and DATE: ``=``, ``<``, ``<=``, ``>``, ``>=``."""
    negated: bool = False


_COMPARED = {
    "Equals": "=",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
}

OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(Kind.TEXT, "equals"),
    "StringNotEquals": Operator(Kind.TEXT, "equals", True),
    "StringEqualsIgnoreCase": Operator(Kind.TEXT, "folded"),
    "StringNotEqualsIgnoreCase": Operator(Kind.TEXT, "folded", True),
    "StringLike": Operator(Kind.TEXT, "like"),
    "StringNotLike": Operator(Kind.TEXT, "like", True),
    "ArnEquals": Operator(Kind.TEXT, "arn"),
    "ArnLike": Operator(Kind.TEXT, "arn"),
    "ArnNotEquals": Operator(Kind.TEXT, "arn", True),
    "ArnNotLike": Operator(Kind.TEXT, "arn", True),
    "Bool": Operator(Kind.TEXT, "folded"),
    "BinaryEquals": Operator(Kind.TEXT, "equals"),
    "IpAddress": Operator(Kind.ADDRESS),
    "NotIpAddress": Operator(Kind.ADDRESS, "", True),
    "Null": Operator(Kind.NULL),
    **{f"Numeric{name}": Operator(Kind.NUMBER, form) for name, form in _COMPARED.items()},
    "NumericNotEquals": Operator(Kind.NUMBER, "=", True),
    **{f"Date{name}": Operator(Kind.DATE, form) for name, form in _COMPARED.items()},
    "DateNotEquals": Operator(Kind.DATE, "=", True),
}
_BY_LOWER = {name.lower(): operator for name, operator in OPERATORS.items()}
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class Clause:
    """One test of one key: all clauses of a statement must hold; one of a clause's values is enough."""

    key: str
    """As written: ``ecs:cluster``."""
    operator: str
    """As written: ``ForAnyValue:StringLikeIfExists``."""
    test: Operator
    values: tuple[Fact[Any], ...] = ()
    quantifier: Quantifier = Quantifier.NONE
    if_exists: bool = False
    rest: Unknown | None = None
    """Set where there may be more values."""
    at: tuple[Location, ...] = ()
    unknown: Unknown | None = None
    """Why nothing is known of the test."""
    variables: bool = True
    """Whether ``${aws:username}`` in a value is a policy variable."""

    @property
    def says(self) -> str:
        """For people: ``ArnEquals ecs:cluster``."""
        return f"{self.operator} {self.key}".strip()

    def absent(self) -> bool | None:
        """Whether it holds of a request that does not bear the key; None if that is not known."""
        if self.test.kind is Kind.NULL:
            wanted = self.null_wanted()
            return None if wanted is None else wanted
        if self.test.kind is Kind.UNKNOWN:
            return None
        if self.if_exists or self.quantifier is Quantifier.ALL:
            return True
        return self.quantifier is Quantifier.NONE and self.test.negated

    def null_wanted(self) -> bool | None:
        """For ``Null``: whether the key must be absent (True) or present; None if that is not known."""
        if len(self.values) != 1 or self.rest is not None:
            return None
        written = (as_text(self.values[0].value) or "").lower()
        return {"true": True, "false": False}.get(written)


def clause(key: str, operator: str, *values: Any) -> Clause:
    """A clause made by the program, not read: ``clause("ecs:cluster", "ArnEquals", reference)``.

    Raises ValueError if there is no such operator.
    """
    made, problem = _clause(operator, key, Fact(Items(tuple(_fact(value) for value in values))))
    if problem is not None:
        raise ValueError(problem)
    return made


def _fact(value: Any) -> Fact[Any]:
    return value if isinstance(value, Fact) else Fact(value)


def read_conditions(
    fact: Fact[Any], *, variables: bool = True
) -> tuple[tuple[Clause, ...], list[tuple[str, Location | None]]]:
    """The clauses of a ``Condition`` block, and what is wrong in it with its places."""
    problems: list[tuple[str, Location | None]] = []
    clauses: list[Clause] = []
    block = fact.value
    if isinstance(block, (Unknown, Reference)):
        return (_not_known("", "", fact, "the condition is known after deployment"),), problems
    if not isinstance(block, Mapping):
        if block is not ABSENT:
            problems.append(("Condition is an object of operators", fact.location))
        return (), problems
    for operator, keys in block.items():
        if isinstance(keys.value, (Unknown, Reference)):
            clauses.append(_not_known(operator, "", keys, f"what {operator} tests is known after deployment"))
            continue
        if not isinstance(keys.value, Mapping):
            if keys.value is not ABSENT:
                problems.append((f"{operator} is an object of condition keys", keys.location))
            continue
        for key, values in keys.value.items():
            if values.value is ABSENT:
                continue
            made, problem = _clause(operator, key, values, variables)
            if problem is not None:
                problems.append((problem, values.location))
            clauses.append(made)
    return tuple(clauses), problems


def _clause(operator: str, key: str, fact: Fact[Any], variables: bool = True) -> tuple[Clause, str | None]:
    """The clause, of which nothing is known where it is malformed, and what is wrong."""
    name, quantifier = operator, Quantifier.NONE
    for one in (Quantifier.ALL, Quantifier.ANY):
        if name.lower().startswith(f"{one.value.lower()}:"):
            name, quantifier = name[len(one.value) + 1 :], one
    low = name.lower()
    if_exists = low.endswith(_IF_EXISTS) and low != _IF_EXISTS
    test = _BY_LOWER.get(low[: -len(_IF_EXISTS)] if if_exists else low)
    if test is None:
        return _not_known(operator, key, fact, f"{operator} is no operator"), f"{operator} is no condition operator"
    value = fact.value
    if isinstance(value, Unknown) and not _one_text(value):
        items = Items((), value)
    else:
        items = value if isinstance(value, Items) else Items((fact,))
    values = tuple(item for item in items.items if item.value is not ABSENT)
    made = Clause(key, operator, test, values, quantifier, if_exists, items.rest, fact.at, None, variables)
    wrong = next((problem for item in values if (problem := _wrong(test, item.value)) is not None), None)
    if not values and items.rest is None:
        wrong = "it has no value"
    return made, None if wrong is None else f"{operator} {key}: {wrong}"


def _one_text(value: Unknown) -> bool:
    return isinstance(value.key, tuple) and value.key[:1] in (("text",), ("pseudo",), ("attribute",))


def _wrong(test: Operator, value: Any) -> str | None:
    """What is wrong with a value that is known."""
    if isinstance(value, (Unknown, Reference)):
        return None
    text = as_text(value)
    if text is None:
        return "a value is a text"
    try:
        if test.kind is Kind.NUMBER:
            number(text)
        elif test.kind is Kind.DATE:
            moment(text)
        elif test.kind is Kind.ADDRESS:
            address(text)
    except ValueError:
        return f"{text} is no {test.kind.value}" if "${" not in text else None
    if test.kind is Kind.NULL and text.lower() not in ("true", "false"):
        return f"{text} is neither true nor false"
    return None


def address(text: str) -> AddressSet:
    """The block that a value of IpAddress names; without a prefix length it is one address. Raises ValueError."""
    if "/" in text:
        return AddressSet.of_cidr(text)
    return AddressSet.of_cidr(f"{text}/{128 if ':' in text else 32}")


def _not_known(operator: str, key: str, fact: Fact[Any], reason: str) -> Clause:
    value = fact.value
    why = value if isinstance(value, Unknown) else Unknown(("condition", operator, key, fact.at), reason, fact.location)
    return Clause(key, operator, Operator(Kind.UNKNOWN), at=fact.at, unknown=why)
