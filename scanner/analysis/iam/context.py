"""What a request may bear: the values of one condition key under which clauses hold and others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from scanner.analysis.addresses import EVERYWHERE_V4, AddressSet
from scanner.analysis.bounded import as_text
from scanner.analysis.iam.actions import holds_many, service
from scanner.analysis.iam.conditions import Clause, Kind, Quantifier, address
from scanner.analysis.iam.glob import Pattern, Symbol, spelled
from scanner.analysis.iam.patterns import (
    Names,
    arn_pattern,
    equal_pattern,
    like_pattern,
    symbol_of,
    symbols_in,
    variables_in,
)
from scanner.analysis.iam.reals import ALL_REALS, Reals, moment, number
from scanner.analysis.iam.words import EVERYTHING, find
from scanner.model import Unknown

Asked = tuple[Clause, bool]
"""A clause, and whether it is to hold."""
Element = tuple[Clause, bool]
"""A clause, and whether a value is to be one of its values."""

_EVERYWHERE = EVERYWHERE_V4 | AddressSet.of_cidr("::/0")


@dataclass(frozen=True, slots=True)
class Question:
    """How conditions are read."""

    names: Names
    proven: bool
    """Whether what is found must be so whatever the unknown values are; else it is enough that it can be so."""


def witness(key: str, asked: Sequence[Asked], question: Question, *, present: bool = True) -> str | None:
    """A state of a key in which every clause holds or not as asked, for people: ``ecs:cluster is absent``.

    None if there is none. ``present`` False says that no request bears the key. Raises TooLarge.
    """
    if all(_agrees(clause.absent(), holds, question) for clause, holds in asked):
        return f"{key} is absent"
    if not present:
        return None
    every: list[Element] = []
    exists: list[Element] = []
    many = _many(key, asked)
    for clause, holds in asked:
        if clause.test.kind is Kind.NULL:
            wanted = clause.null_wanted()
            if not _agrees(None if wanted is None else not wanted, holds, question):
                return None
            continue
        if clause.test.kind is Kind.UNKNOWN:
            if question.proven:
                return None
            continue
        is_member = holds != clause.test.negated
        universal = _universal(clause, holds) if many else True
        (every if universal else exists).append((clause, is_member))
    found = []
    for one in exists or every[:1]:
        value = _value([*every, one], question)
        if value is None:
            return None
        found.append(value)
    return f"{key} is {', '.join(dict.fromkeys(found)) or 'present'}"


def _agrees(truth: bool | None, holds: bool, question: Question) -> bool:
    return not question.proven if truth is None else truth == holds


def _many(key: str, asked: Sequence[Asked]) -> bool:
    """Whether the key holds several values: as the catalogue says, or, of a key it does not know, as it is used."""
    if holds_many(key):
        return True
    known = key.lower().startswith("aws:") or service(key.partition(":")[0]) is not None
    return not known and any(clause.quantifier is not Quantifier.NONE for clause, _ in asked)


def _universal(clause: Clause, holds: bool) -> bool:
    """Whether the clause asks something of every value (else of one)."""
    if clause.quantifier is Quantifier.NONE:
        return holds == clause.test.negated
    return holds == (clause.quantifier is Quantifier.ALL)


def _value(elements: Sequence[Element], question: Question) -> str | None:
    """A value that is, or is not, one of the clauses' values as asked."""
    kinds = {clause.test.kind for clause, _ in elements}
    if not kinds:
        return "anything"
    if len(kinds) > 1 and question.proven:
        return None
    found = []
    for kind in sorted(kinds, key=lambda kind: kind.value):
        value = _of_kind(kind, [pair for pair in elements if pair[0].test.kind is kind], question)
        if value is None:
            return None
        found.append(value)
    return found[0]


def _of_kind(kind: Kind, elements: Sequence[Element], question: Question) -> str | None:
    if kind is Kind.TEXT:
        return _text(elements, question)
    if kind is Kind.ADDRESS:
        left = _left(elements, _EVERYWHERE, AddressSet(), _address, question)
        return str(left).split(",")[0] if left else None
    reals = _left(elements, ALL_REALS, Reals(), _moment if kind is Kind.DATE else _number, question)
    return str(reals.sample()) if reals else None


def _text(elements: Sequence[Element], question: Question) -> str | None:
    inside, outside = [], []
    for clause, is_member in elements:
        patterns = value_patterns(clause, question.names)
        if not is_member:
            outside.append(patterns)
            continue
        patterns = solid(patterns) if question.proven else patterns
        if not patterns:
            return None
        inside.append(patterns)
    driver = inside[0] if inside else EVERYTHING
    word = find(driver, [(patterns, False) for patterns in inside[1:]], outside, proven=question.proven)
    return None if word is None else spelled(word) or "empty"


def solid(patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """The patterns that surely are there, and surely match something: no list that may be empty, no policy variable,
    which a request may lack."""
    return tuple(
        pattern
        for pattern in patterns
        if not variables_in(pattern) and not any(symbol.several for symbol in symbols_in(pattern))
    )


def value_patterns(clause: Clause, names: Names) -> tuple[Pattern, ...]:
    """What the values of a clause over texts match."""
    form, variables = clause.test.form, clause.variables
    found: list[Pattern] = []
    for fact in clause.values:
        if form == "like":
            found.append(like_pattern(fact.value, names, variables=variables))
        elif form == "arn":
            found.append(arn_pattern(fact.value, names, variables=variables))
        else:
            found.append(equal_pattern(fact.value, names, variables=variables, fold=form == "folded"))
    if clause.rest is not None:
        found.append((symbol_of(clause.rest.key, names, several=True),))
    return tuple(found)


def _left(elements: Sequence[Element], everything: Any, nothing: Any, read: Any, question: Question) -> Any:
    """The values that are left, for sets of numbers or addresses."""
    left = everything
    for clause, is_member in elements:
        surely, perhaps = _bounds(clause, everything, nothing, read)
        if is_member:
            left = left & (surely if question.proven else perhaps)
        else:
            left = left - (perhaps if question.proven else surely)
    return left


def _bounds(clause: Clause, everything: Any, nothing: Any, read: Any) -> tuple[Any, Any]:
    """The values that surely pass the clause's test (but for its negation), and those that may."""
    known, unclear = [], clause.rest is not None
    for fact in clause.values:
        text = as_text(fact.value)
        try:
            known.append(read(clause.test.form, text or ""))
        except ValueError:
            unclear = True
    surely = reduce(lambda left, right: left | right, known, nothing)
    return surely, everything if unclear else surely


def _address(form: str, text: str) -> AddressSet:
    return address(text)


def _number(form: str, text: str) -> Reals:
    return _compared(form, number(text))


def _moment(form: str, text: str) -> Reals:
    return _compared(form, moment(text))


def _compared(form: str, value: Any) -> Reals:
    if form == "=":
        return Reals.only(value)
    return (Reals.below if form[0] == "<" else Reals.above)(value, included=form.endswith("="))


def unknowns_of(clause: Clause, names: Names) -> tuple[Unknown | Symbol, ...]:
    """What is not known of a clause."""
    if clause.unknown is not None:
        return (clause.unknown,)
    found: list[Unknown | Symbol] = [fact.value for fact in clause.values if isinstance(fact.value, Unknown)]
    if clause.test.kind is Kind.TEXT:
        # Of a text the parts are named below; its own reason is that of its first part alone.
        found = [one for one in found if not (isinstance(one.key, tuple) and one.key[:1] == ("text",))]
    if clause.rest is not None:
        found.append(clause.rest)
    if clause.test.kind is Kind.TEXT:
        found += [symbol for pattern in value_patterns(clause, names) for symbol in symbols_in(pattern)]
    return tuple(found)
