"""Mappings of a template as mappings of facts, each read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scanner import syntax
from scanner.model import Fact, Location, Unknown, get
from scanner.model.resource import BELOW

if TYPE_CHECKING:
    from scanner.sources.cloudformation.evaluator import Evaluator


class Properties(Mapping[str, Fact[Any]]):
    """A mapping of a template, each value read when it is asked for."""

    __slots__ = ("_evaluator", "_node", "_read")

    def __init__(self, evaluator: Evaluator, node: syntax.Mapping) -> None:
        self._evaluator = evaluator
        self._node = node
        self._read: dict[str, Fact[Any]] = {}

    def __getitem__(self, key: str) -> Fact[Any]:
        found = self._read.get(key)
        if found is None:
            value = self._node.entries.get(key)
            if value is not None and not key.startswith("Fn::"):
                place = self._evaluator.entry_location(self._node.keys[key], value)
                found = self._evaluator.fact(value, place)
            else:
                found = self._made(key)
            self._read[key] = found
        return found

    def _made(self, key: str) -> Fact[Any]:
        """What an include or a loop that is not unrolled makes of a key. Raises KeyError if there is none."""
        for name, node in self._node.entries.items():
            if name.startswith("Fn::"):
                place = self._evaluator.location(node)
                reason = f"{name} may define {key}" if key != name else f"{name} is expanded upon deployment"
                return self._evaluator.unknown((BELOW, ("made", place), key), reason, place)
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        return iter(self._node.entries)

    def __len__(self) -> int:
        return len(self._node.entries)


class Computed(Mapping[str, Fact[Any]]):
    """The properties of a resource that a function gives as a whole."""

    __slots__ = ("_evaluator", "_fact", "_node", "_place")

    def __init__(self, evaluator: Evaluator, node: syntax.Node, place: Location) -> None:
        self._evaluator, self._node, self._place = evaluator, node, place
        self._fact: Fact[Any] | None = None

    def _owner(self) -> Fact[Any]:
        if self._fact is None:
            self._fact = self._evaluator.fact(self._node, self._place)
        return self._fact

    def __getitem__(self, key: str) -> Fact[Any]:
        owner = self._owner()
        found = get(owner, key) if isinstance(owner.value, Unknown) else owner.value[key] if self._keys() else None
        if found is None:
            raise KeyError(key)
        return found

    def _keys(self) -> Mapping[str, Fact[Any]]:
        value = self._owner().value
        return value if isinstance(value, Mapping) else {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())
