"""Sets that are known in part, and what can be said of them in three values.

A ``Bounded`` set has two bounds of any exact set type (ports, addresses, frozensets). ``Members`` is
the symbolic variant: a list whose members compare by identity where their values are not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, overload

from scanner.analysis.texts import differ, parts_of
from scanner.model import Fact, Items, Reference, Unknown, Verdict, all_of, any_of
from scanner.model.identity import BY_TYPE, USUAL

T = TypeVar("T")
_ID = re.compile(r"(acl|eni|i|igw|lt|nat|pl|rtb|sg|subnet|vpc|vpce)-[0-9a-z]+")
"""Ids of EC2: two resources never share one, and a resource has one for good."""


class ExactSet(Protocol):
    """What the bounds of a set must be able to do. Truth says whether one holds anything."""

    def __or__(self: T, other: T, /) -> T: ...

    def __and__(self: T, other: T, /) -> T: ...

    def __sub__(self: T, other: T, /) -> T: ...

    def __le__(self: T, other: T, /) -> bool: ...


S = TypeVar("S", bound=ExactSet)


@dataclass(frozen=True, slots=True)
class Bounded(Generic[S]):
    """A set between two bounds. Raises ValueError if ``must`` does not lie within ``may``."""

    must: S
    """What it surely holds."""
    may: S
    """What it can hold."""
    unknown: tuple[Unknown, ...] = field(default=(), compare=False)
    """Why the bounds differ."""

    def __post_init__(self) -> None:
        if not self.must <= self.may:
            raise ValueError(f"a set that must hold {self.must} cannot hold only {self.may}")

    @classmethod
    def exactly(cls, known: S) -> Bounded[S]:
        return cls(known, known)

    @property
    def is_known(self) -> bool:
        return self.may <= self.must

    def __or__(self, other: Bounded[S]) -> Bounded[S]:
        return Bounded(self.must | other.must, self.may | other.may, _both(self, other))

    def __and__(self, other: Bounded[S]) -> Bounded[S]:
        return Bounded(self.must & other.must, self.may & other.may, _both(self, other))

    def __sub__(self, other: Bounded[S]) -> Bounded[S]:
        return Bounded(self.must - other.may, self.may - other.must, _both(self, other))


def _both(left: Bounded[S], right: Bounded[S]) -> tuple[Unknown, ...]:
    return tuple(dict.fromkeys(left.unknown + right.unknown))


def contains(offer: Bounded[S], need: Bounded[S]) -> Verdict:
    """Whether the need lies within the offer: pass if it does however both turn out, fail if it cannot."""
    if need.may <= offer.must:
        return Verdict.PASS
    return Verdict.FAIL if missing(offer, need) else Verdict.UNDECIDED


def missing(offer: Bounded[S], need: Bounded[S]) -> S:
    """What is surely needed and surely not offered."""
    return need.must - offer.may


def doubtful(offer: Bounded[S], need: Bounded[S]) -> S:
    """What may be needed and may not be offered, and is not proven missing."""
    return (need.may - offer.must) - missing(offer, need)


@dataclass(frozen=True, slots=True)
class Members:
    """A set of members that are compared symbolically; what is listed twice is one member."""

    items: tuple[Fact[Any], ...] = ()
    rest: Unknown | None = None
    """Set where there may be more members than these."""


@overload
def disjoint(left: Members, right: Members) -> Verdict: ...
@overload
def disjoint(left: Bounded[S], right: Bounded[S]) -> Verdict: ...
def disjoint(left: Any, right: Any) -> Verdict:
    """Whether two sets have no member in common: pass if they cannot have one, fail if they surely have."""
    if isinstance(left, Members):
        if not (left.items or left.rest) or not (right.items or right.rest):
            return Verdict.PASS
        pairs = all_of(~Verdict.of(equal(one, other)) for one in left.items for other in right.items)
        return min(pairs, Verdict.UNDECIDED) if left.rest or right.rest else pairs
    if left.must & right.must:
        return Verdict.FAIL
    return Verdict.UNDECIDED if left.may & right.may else Verdict.PASS


def member(value: Fact[Any], of: Members) -> Verdict:
    """Whether the value is one of the members."""
    known = any_of(Verdict.of(equal(value, item)) for item in of.items)
    if of.rest is None or known is Verdict.PASS:
        return known
    return Verdict.PASS if _picked_from(value.value, of.rest) else Verdict.UNDECIDED


def subset(members: Members, of: Members) -> Verdict:
    """Whether every member is one of the others. The same unknown rest on both sides lies in itself."""
    known = all_of(member(item, of) for item in members.items)
    if members.rest is None or members.rest == of.rest or any(members.rest == item.value for item in of.items):
        return known
    return min(known, Verdict.UNDECIDED)


def outside(members: Members, of: Members) -> tuple[Fact[Any], ...]:
    """The members that are surely none of the others: why ``subset`` fails."""
    return tuple(item for item in members.items if member(item, of) is Verdict.FAIL)


def uncertain(members: Members, of: Members) -> tuple[Fact[Any], ...]:
    """The members of which it cannot be told whether they are one of the others."""
    return tuple(item for item in members.items if member(item, of) is Verdict.UNDECIDED)


def size(members: Members) -> tuple[int, int | None]:
    """The fewest and the most different members there can be; None where nothing bounds them."""
    distinct: list[Fact[Any]] = []
    for item in members.items:
        if not any(equal(item, other) for other in distinct):
            distinct.append(item)
    # Members are surely different within a kind (texts, resources, one list of zones) and may be the
    # same across kinds: from any member of the largest kind, the greedy choice finds all of that kind.
    fewest = max((len(_all_different(first, distinct)) for first in distinct), default=0)
    return fewest, len(distinct) if members.rest is None else None


def count(members: Members, lower: int | None = None, upper: int | None = None) -> Verdict:
    """Whether there are at least ``lower`` and at most ``upper`` different members; None is no bound."""
    fewest, most = size(members)
    enough = lower is None or (True if fewest >= lower else False if most is not None and most < lower else None)
    few = upper is None or (True if most is not None and most <= upper else False if fewest > upper else None)
    return all_of((Verdict.of(enough), Verdict.of(few)))


def _all_different(first: Fact[Any], items: Iterable[Fact[Any]]) -> list[Fact[Any]]:
    chosen = [first]
    for item in items:
        if all(equal(item, other) is False for other in chosen):
            chosen.append(item)
    return chosen


IDENTITIES = USUAL.union(*BY_TYPE.values()) - {"Name", "SubnetId", "VpcId"}
"""Attributes that name the resource they are read from, as far as that can be told without its type.

The three are left out because resources of other types have them too: two security groups may share a VpcId.
"""


def equal(left: Fact[Any], right: Fact[Any]) -> bool | None:
    """Whether two values are the same; None if that cannot be told.

    Scalars compare as CloudFormation writes them to an API, as text: 80 and "80", true and "true" are the
    same. An unknown is the same as one with its key; two zones picked from one list of zones at different
    places are different. Identities of one resource are the same (Ref and Arn of a role), those of two
    resources differ.
    """
    a, b = left.value, right.value
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return _equal_unknowns(a, b) if isinstance(a, Unknown) and isinstance(b, Unknown) else _equal_partly_known(a, b)
    if isinstance(a, Reference) or isinstance(b, Reference):
        return _equal_references(a, b) if isinstance(a, Reference) and isinstance(b, Reference) else _equal_named(a, b)
    if isinstance(a, Items) and isinstance(b, Items):
        return _equal_lists(a, b)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if a.keys() != b.keys():
            return False
        return _conjunction(equal(a[key], b[key]) for key in a)
    if isinstance(a, (Items, Mapping)) or isinstance(b, (Items, Mapping)):
        return False
    return as_text(a) == as_text(b)


def as_text(value: object) -> str | None:
    """A scalar as CloudFormation writes it to an API; None for null (and for what is no scalar)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (int, float)) else None


def _equal_unknowns(a: Unknown, b: Unknown) -> bool | None:
    if a.key == b.key:
        return True
    match a.key, b.key:
        case ("select", int(i), ("azs", *_) as of), ("select", int(j), ("azs", *_) as other) if of == other and i != j:
            return False
        case ("text", *_), ("text", *_):
            return False if differ(parts_of(a), parts_of(b)) else None
    return None


def _picked_from(value: object, whole: Unknown) -> bool:
    """Whether a value is surely in an unknown list: it is the list itself, or ``Select`` picked it from there."""
    if not isinstance(value, Unknown):
        return False
    if value == whole:
        return True
    match value.key, whole.key:
        case ("select", int(), of), other if of == other:
            return True
        case ("zone", ("select", int(), of)), ("zone", other) if of == other:
            return True
    return False


def _equal_partly_known(a: object, b: object) -> bool | None:
    """An unknown against a value: told apart where the literal parts of a text do not fit, and where the one comes from
    outside of the stack that the other never leaves."""
    unknown, other = (a, b) if isinstance(a, Unknown) else (b, a)
    if isinstance(unknown, Unknown) and isinstance(other, Reference) and other.inside and _is_from_outside(unknown.key):
        return False
    written = other.text or None if isinstance(other, Reference) else as_text(other)
    if not isinstance(unknown, Unknown) or written is None:
        return None
    match unknown.key:
        case ("text", *_):
            return False if differ(parts_of(unknown), parts_of(written)) else None
    return None


def _is_from_outside(key: object) -> bool:
    """Whether an unknown value is an export of another stack. A parameter is not told apart: people give a stack the id
    of what another has made, although that one hands it to nobody."""
    match key:
        case ("import", _):
            return True
        case ("select", int(), of) | ("split", _, of):
            return _is_from_outside(of)
    return False


def _equal_named(a: object, b: object) -> bool | None:
    """A reference against a text: the same where the text is what is written for it; different as ids of one kind."""
    reference, other = (a, b) if isinstance(a, Reference) else (b, a)
    if not isinstance(reference, Reference) or not reference.text or not isinstance(other, str):
        return None
    if reference.text == other:
        return True
    kinds = [_ID.fullmatch(text) for text in (reference.text, other)]
    return False if kinds[0] and kinds[1] and kinds[0][1] == kinds[1][1] else None


def _equal_references(a: Reference, b: Reference) -> bool | None:
    if a == b:
        return True
    if a.attribute in IDENTITIES and b.attribute in IDENTITIES:
        return a.address == b.address
    return None


def _equal_lists(a: Items, b: Items) -> bool | None:
    pairs = _conjunction(equal(one, other) for one, other in zip(a.items, b.items, strict=False))
    too_long = (a.rest is None and len(b.items) > len(a.items)) or (b.rest is None and len(a.items) > len(b.items))
    if too_long or pairs is False:
        return False
    return pairs if len(a.items) == len(b.items) and a.rest == b.rest else None


def _conjunction(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    return False if False in found else None if None in found else True
