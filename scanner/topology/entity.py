"""What an entity is: a thing that rules join, with facts and relations.

A fact is declared with ``@fact(TYPE)``, a relation with ``@one(KIND)`` or ``@many(KIND)``; the
declarations are the schema that rules are checked against (``scanner.topology.schema``).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar, cast

from scanner.model import Exit, Fact, Location, Resource, ResourceGraph, Unknown, get
from scanner.model.values import ABSENT

VALUE_TYPES = frozenset({"number", "text", "boolean", "list", "ports", "peers", "any"})
"""What a fact can hold: ``list`` is a list of symbolic members, ``ports`` and ``peers`` bounded sets."""


@dataclass(frozen=True, slots=True)
class Member:
    """A fact or relation of an entity, as rules see it."""

    name: str
    type: str
    """One of VALUE_TYPES, or for a relation the kind of the other entity."""
    many: bool
    parameters: tuple[tuple[str, str], ...]
    """Names and types of the arguments that it takes: ``binding.ports(dynamic_ports: ...)``."""
    doc: str
    required: tuple[str, ...] = ()
    """The arguments that it cannot do without."""

    @property
    def is_relation(self) -> bool:
        return self.type not in VALUE_TYPES


E = TypeVar("E", bound="Entity")


@dataclass(frozen=True, slots=True)
class Related(Generic[E]):
    """The other end of a relation: the entities known, and why there may be more."""

    items: tuple[E, ...] = ()
    rest: Unknown | None = None
    at: tuple[Location, ...] = ()
    """Where the relation is stated, or would be."""

    def __iter__(self) -> Iterator[E]:
        return iter(self.items)


_F = TypeVar("_F", bound=Callable[..., Any])


def _declare(type: str, many: bool, parameters: dict[str, str]) -> Callable[[_F], _F]:
    def mark(function: _F) -> _F:
        stated = inspect.signature(function).parameters
        required = tuple(name for name in parameters if stated[name].default is inspect.Parameter.empty)
        doc = inspect.cleandoc(function.__doc__ or "")
        member = Member(function.__name__, type, many, tuple(parameters.items()), doc, required)
        name = function.__name__

        def read(self: Entity, **arguments: Any) -> Any:
            key = (name, *sorted(arguments.items())) if arguments else name
            found = self._read.get(key)
            if found is None:
                found = self._read[key] = function(self, **arguments)
            return found

        read.__name__, read.__doc__ = name, function.__doc__
        read.__member__ = member  # type: ignore[attr-defined]
        return cast(_F, read)

    return mark


def fact(type: str, **parameters: str) -> Callable[[_F], _F]:
    """Declares a fact of one of VALUE_TYPES; keyword arguments name the types of its arguments."""
    return _declare(type, False, parameters)


def one(kind: str, **parameters: str) -> Callable[[_F], _F]:
    """Declares a relation to at most one entity of a kind."""
    return _declare(kind, False, parameters)


def many(kind: str, **parameters: str) -> Callable[[_F], _F]:
    """Declares a relation to any number of entities of a kind."""
    return _declare(kind, True, parameters)


class Entity:
    """A thing of the topology in one world: equal to another if kind and address are."""

    kind: ClassVar[str]
    """The name that rules use: ``elbv2.target_group``."""
    members: ClassVar[dict[str, Member]] = {}

    def __init__(self, graph: ResourceGraph, resource: Resource) -> None:
        self.graph = graph
        self.resource = resource
        self._read: dict[Any, Any] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        declared = {name: value.__member__ for name, value in vars(cls).items() if hasattr(value, "__member__")}
        cls.members = {**cls.members, **declared}

    @property
    def address(self) -> str:
        return self.resource.address

    @property
    def identity(self) -> str:
        """What is the same in all worlds, where the address tells values that are not."""
        return self.address

    @property
    def label(self) -> str:
        """For messages: the logical id."""
        return self.resource.id

    @property
    def at(self) -> tuple[Location, ...]:
        return (self.resource.location,)

    @property
    def places(self) -> tuple[Location, ...]:
        """All places that may be to change in it."""
        return self.at

    def property(self, path: str, default: object = ABSENT, note: str = "") -> Fact[Any]:
        """The resource's property at a dotted path, or its default, with evidence."""
        found = self.resource.get(path)
        if found.value is ABSENT and default is not ABSENT:
            return Fact(default, found.at, note or f"default of {path.rpartition('.')[2]}")
        return found

    @cached_property
    def exits(self) -> tuple[Exit, ...]:
        return self.graph.exits(self.resource)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entity) and (self.kind, self.address) == (other.kind, other.address)

    def __hash__(self) -> int:
        return hash((self.kind, self.address))

    def __repr__(self) -> str:
        return f"<{self.kind} {self.address}>"


class Part(Entity):
    """A part of a resource, stated somewhere inside of it; its properties are those of that place."""

    def __init__(self, graph: ResourceGraph, resource: Resource, stated: Fact[Any], name: str) -> None:
        super().__init__(graph, resource)
        self.stated = stated
        self.name = name

    @property
    def address(self) -> str:
        return f"{self.resource.address}/{self.name}"

    @property
    def at(self) -> tuple[Location, ...]:
        return self.stated.at or (self.resource.location,)

    @property
    def label(self) -> str:
        return f"{self.resource.id}/{self.name}"

    def property(self, path: str, default: object = ABSENT, note: str = "") -> Fact[Any]:
        """What stands at a dotted path below the part, or its default, with evidence."""
        found = get(self.stated, path)
        if found.value is ABSENT and default is not ABSENT:
            return Fact(default, found.at, note)
        return found
