"""Rows: what the joins of a rule come to for one root resource in one world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scanner.model import Resource, ResourceGraph, Unknown, Verdict
from scanner.policy.evaluate.checks import judge
from scanner.policy.evaluate.operands import Operand, Scope
from scanner.policy.evaluate.outcome import first_reason
from scanner.policy.rule import Rule, Source
from scanner.topology.entity import Entity
from scanner.topology.schema import entities, roots


@dataclass(frozen=True, slots=True)
class Row:
    """The variables of one combination; ``open`` says why it may not exist, so that a failure is not proven."""

    scope: Scope
    open: Unknown | None = None


def rows(rule: Rule, view: ResourceGraph, root: Resource) -> Iterator[Row]:
    """The rows of a rule whose first variable stands on ``root``. May raise Fork."""
    parameters = {parameter.name: parameter.default for parameter in rule.parameters}
    start = Scope(view, {}, parameters, dict(rule.let))
    first, *others = rule.match
    found = entities(view, first.kind, root)
    joined: Iterable[Row] = _fan_out(Row(start), first.variable, Operand(found.items, found.rest, found.at))
    for source in others:
        joined = [row for outer in joined for row in _joined(outer, source)]
    for row in joined:
        kept = _kept(rule, row)
        if kept is not None:
            yield kept


def join(row: Row, sources: Iterable[Source]) -> list[Row]:
    """The rows that further joins make of one."""
    joined = [row]
    for source in sources:
        joined = [inner for outer in joined for inner in _joined(outer, source)]
    return joined


def _joined(row: Row, source: Source) -> Iterator[Row]:
    if source.path is not None:
        return _fan_out(row, source.variable, row.scope.operand(source.path))
    found: list[Entity] = []
    rest: Unknown | None = None
    for resource in roots(row.scope.graph, source.kind):
        related = entities(row.scope.graph, source.kind, resource)
        found += related.items
        rest = rest or related.rest
    return _fan_out(row, source.variable, Operand(tuple(found), rest))


def _fan_out(row: Row, variable: str, operand: Operand) -> Iterator[Row]:
    """A row for each value, and an open one for those that there may be beside them."""
    for value in operand.values:
        yield Row(row.scope.bind(variable, Operand((value,), None, operand.at or value.at)), row.open)
    if operand.rest is not None:
        unknown = Operand((), operand.rest, operand.at)
        yield Row(row.scope.bind(variable, unknown), row.open or operand.rest)


def _kept(rule: Rule, row: Row) -> Row | None:
    if rule.where is None:
        return row
    outcome = judge(rule.where, row.scope)
    if outcome.verdict is Verdict.FAIL:
        return None
    if outcome.verdict is Verdict.UNDECIDED and row.open is None:
        return replace(row, open=first_reason(outcome, f"whether {rule.id} applies is not known"))
    return row
