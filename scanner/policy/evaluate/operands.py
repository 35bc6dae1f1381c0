"""Operands: what an expression of a rule stands for in one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import ABSENT, Fact, Items, Location, Reference, ResourceGraph, Unknown, get
from scanner.policy.rule import Aggregate, Arithmetic, Expression, Literal, Parameter, Path, Step
from scanner.topology.entity import VALUE_TYPES, Entity, Related
from scanner.topology.lookup import as_unknown, entity, number, text, written
from scanner.topology.schema import RawResource

Datum: TypeAlias = "Entity | Fact[Any]"


@dataclass(frozen=True, slots=True)
class Operand:
    """The values or entities of an expression; ``rest`` says why there may be others."""

    values: tuple[Datum, ...] = ()
    rest: Unknown | None = None
    at: tuple[Location, ...] = ()

    @property
    def is_absent(self) -> bool:
        return self.rest is None and all(not isinstance(v, Entity) and v.value is ABSENT for v in self.values)

    def fact(self) -> Fact[Any]:
        """The only value, as a fact: ABSENT if there is none, Unknown if that is not known, or if there are several."""
        if len(self.values) > 1 and len({repr(v if isinstance(v, Entity) else v.value) for v in self.values}) > 1:
            key = ("several", *(place for value in self.values for place in value.at[:1]))
            place = self.at[0] if self.at else None
            return Fact(Unknown(key, "there are several values where one is compared", place), self.at)
        for value in self.values:
            if isinstance(value, Entity):
                return Fact(Reference(value.address), value.at)
            return value
        return Fact(ABSENT if self.rest is None else self.rest, self.at)

    def facts(self) -> Iterator[Fact[Any]]:
        """Every value as a fact, lists flattened; entities as references."""
        for value in self.values:
            if isinstance(value, Entity):
                yield Fact(Reference(value.address), value.at)
            elif isinstance(value.value, Items):
                yield from Operand(value.value.items, None, value.at).facts()
            elif value.value is not ABSENT:
                yield value


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables of a row."""

    graph: ResourceGraph
    variables: Mapping[str, Operand]
    parameters: Mapping[str, Any]
    let: Mapping[str, Expression]
    seen: dict[tuple[int, int], tuple[Path, Operand, Operand]] = field(default_factory=dict, compare=False, repr=False)
    """What paths led to, by path and start; all rows of a subject share it. The values keep both keys alive."""

    def bind(self, name: str, operand: Operand) -> Scope:
        return Scope(self.graph, {**self.variables, name: operand}, self.parameters, self.let, self.seen)

    def operand(self, expression: Expression) -> Operand:
        """What an expression stands for. May raise Fork."""
        if isinstance(expression, Literal):
            return _literal(expression.value)
        if isinstance(expression, Parameter):
            return _literal(self.parameters[expression.name])
        if isinstance(expression, Arithmetic):
            return _calculated(expression, self.operand(expression.left).fact(), self.operand(expression.right).fact())
        if isinstance(expression, Aggregate):
            return _aggregated(expression.function, self.operand(expression.of))
        return self._path(expression)

    def _path(self, path: Path) -> Operand:
        known = self.variables.get(path.root)
        start = known if known is not None else self.operand(self.let[path.root])
        if not path.steps:
            return start
        key = (id(path), id(start))
        found = self.seen.get(key)
        if found is not None:
            return found[2]
        here = start
        for step in path.steps:
            here = self._step(here, step)
        if all(isinstance(given, (Literal, Parameter)) for step in path.steps for _, given in step.arguments):
            self.seen[key] = (path, start, here)
        return here

    def _step(self, here: Operand, step: Step) -> Operand:
        values: list[Datum] = []
        rest = here.rest
        at: tuple[Location, ...] = ()
        if step.name == "[]":
            return _elements(here)
        for value in here.values:
            for one in _flat(value) if not step.name.isdigit() else (value,):
                reached = self._member(one, step)
                values += reached.values
                rest = rest or reached.rest
                at += reached.at
        distinct = tuple(dict.fromkeys(values)) if all(isinstance(v, Entity) for v in values) else tuple(values)
        return Operand(distinct, rest, at or here.at)

    def _member(self, value: Datum, step: Step) -> Operand:
        if step.follow:
            return self._followed(value, step.type)
        if isinstance(value, Fact):
            return _of_fact(get(value, step.name))
        if step.name not in type(value).members:
            return _of_fact(value.property(step.name))
        wanted = dict(type(value).members[step.name].parameters)
        arguments = {name: _argument(self.operand(expression), wanted[name]) for name, expression in step.arguments}
        open_one = next((argument for argument in arguments.values() if isinstance(argument, Unknown)), None)
        if open_one is not None:
            return _any_of_type(type(value).members[step.name].type, open_one, value.at)
        found = getattr(value, step.name)(**arguments)
        if isinstance(found, Related):
            return Operand(found.items, found.rest, found.at or value.at)
        return _of_fact(found)

    def _followed(self, value: Datum, type: str) -> Operand:
        if isinstance(value, Entity):
            return Operand((value,), None, value.at)
        if value.value is ABSENT:
            return Operand((), None, value.at)
        resource = self.graph.named_by(value, *([type] if type else []))
        if resource is None:
            return Operand((), as_unknown(value, "the resource"), value.at)
        return Operand((entity(RawResource, self.graph, resource),), None, value.at)


def _elements(here: Operand) -> Operand:
    """The elements of lists. A list that is not known has no element of its own, but may have any."""
    values: list[Datum] = []
    rest = here.rest
    for value in here.values:
        held = value.value if isinstance(value, Fact) else None
        if isinstance(held, Unknown):
            rest = rest or held
        elif isinstance(held, Items):
            values += (item for item in held.items if item.value is not ABSENT)
            rest = rest or held.rest
        elif held is not ABSENT:
            values.append(value)
    return Operand(tuple(values), rest, here.at)


def _any_of_type(type: str, reason: Unknown, at: tuple[Location, ...]) -> Operand:
    """What a fact or relation is that hangs on an unknown argument: anything."""
    if type == "ports":
        return Operand((Fact(Bounded(NONE, ALL, (reason,)), at),), None, at)
    if type == "peers":
        return Operand((Fact(Bounded(AddressSet(), EVERYWHERE_V4 | EVERYWHERE_V6, (reason,)), at),), None, at)
    return Operand((Fact(reason, at),), None, at) if type in VALUE_TYPES else Operand((), reason, at)


def _flat(value: Datum) -> tuple[Datum, ...]:
    if isinstance(value, Fact) and isinstance(value.value, Items):
        rest = (Fact(value.value.rest, value.at),) if value.value.rest is not None else ()
        return value.value.items + rest
    return (value,)


def _of_fact(fact: Fact[Any]) -> Operand:
    return Operand((fact,), None, fact.at)


def _literal(value: Any) -> Operand:
    if isinstance(value, PortSet):
        return Operand((Fact(Bounded.exactly(value)),))
    if isinstance(value, (tuple, list)):
        return Operand(tuple(Fact(item) for item in value))
    return Operand((Fact(value),))


def _argument(operand: Operand, type: str) -> Any:
    """An argument of a fact: plain values, lists as tuples, and port sets that are exactly known."""
    if type == "list":
        values = tuple(fact.value for fact in operand.facts())
        return next((value for value in values if isinstance(value, Unknown)), operand.rest or values)
    value = operand.fact().value
    if isinstance(value, Bounded):
        return value.must
    if isinstance(value, str) and value[:1].isdigit():
        return PortSet.parse(value)
    return value


def _calculated(expression: Arithmetic, left: Fact[Any], right: Fact[Any]) -> Operand:
    first, second = number(left), number(right)
    at = left.at + right.at
    if first is None or second is None:
        cause = left if first is None else right
        return Operand((Fact(ABSENT if cause.value is ABSENT else as_unknown(cause, "a number"), at),), None, at)
    result = {"+": first + second, "-": first - second, "*": first * second}[expression.operator]
    return Operand((Fact(result, at),), None, at)


def _aggregated(function: str, of: Operand) -> Operand:
    numbers: list[tuple[int, Fact[Any]]] = []
    for fact in of.facts():
        value = number(fact)
        if value is None:
            return Operand((Fact(as_unknown(fact, "a number"), fact.at),), None, fact.at)
        numbers.append((value, fact))
    if of.rest is not None:
        return Operand((Fact(of.rest, of.at),), None, of.at)
    if not numbers:
        return Operand((Fact(ABSENT, of.at),), None, of.at)
    chosen = (max if function == "max" else min)(numbers, key=lambda pair: pair[0])
    return Operand((Fact(chosen[0], chosen[1].at),), None, chosen[1].at)


class Shown:
    """An operand as messages show it, written when it is asked for: most checks pass and say nothing."""

    __slots__ = ("_operand",)

    def __init__(self, operand: Operand) -> None:
        self._operand = operand

    def __str__(self) -> str:
        return shown(self._operand)


def shown(operand: Operand) -> str:
    """An operand as messages show it."""
    texts = [_shown(value) for value in operand.values]
    if not texts:
        return "something unknown" if operand.rest is not None else "nothing"
    return ", ".join(dict.fromkeys(texts))


def _shown(value: Datum) -> str:
    if isinstance(value, Entity):
        return value.label
    held = value.value
    if isinstance(held, Unknown):
        if held.split is not None and not held.split.apart:
            return " or ".join(str(option) for option in sorted(held.split.options, key=str))
        said = written(value)
        return value.note or ("an unknown value" if "?" in said else said)
    if held is ABSENT:
        return "nothing"
    if isinstance(held, Reference):
        return held.address.rpartition("#")[2]
    if isinstance(held, Bounded):
        if held.is_known or held.must:
            return str(held.must)
        return "unknown ports" if isinstance(held.must, PortSet) else "unknown addresses"
    if isinstance(held, Items):
        return shown(Operand(held.items, held.rest))
    return text(value) or ("''" if held == "" else "a structure")
