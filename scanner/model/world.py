"""Worlds: the ways in which choices that a source leaves open can hold together.

A template's condition over a parameter without value is true in some deployments and false in
others. Evaluation starts with nothing assumed and raises ``Fork`` where it cannot go on without
an assumption; ``explore`` then goes on once for every choice. So only the choices that matter to
a question are ever tried.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

MOST_WORLDS = 64
"""How many worlds one question may need before it counts as undecided."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to go on: ``symbol`` has ``value``, or (``holds`` False) has none of ``others``."""

    symbol: Hashable
    value: object
    says: str
    """For people: ``Stage = prod``."""
    holds: bool = True
    reads: Hashable = None
    """Set where the choice is only how the scan is read (``Split.alternatives``): the unknown that leaves it open."""


class Fork(Exception):
    """Evaluation needs one of ``choices``, which exclude each other and leave no other."""

    def __init__(self, choices: tuple[Choice, ...]) -> None:
        super().__init__(" | ".join(choice.says for choice in choices))
        self.choices = choices


class TooManyWorlds(Exception):
    """More than ``MOST_WORLDS`` combinations would have to be tried."""


@dataclass(frozen=True, slots=True)
class World:
    """What is assumed: values of symbols, and values that symbols do not have."""

    choices: tuple[Choice, ...] = ()
    _values: dict[Hashable, object] = field(default_factory=dict, compare=False, repr=False)
    _excluded: dict[Hashable, frozenset[object]] = field(default_factory=dict, compare=False, repr=False)

    def assume(self, choice: Choice) -> World:
        values, excluded = dict(self._values), dict(self._excluded)
        if choice.holds:
            values[choice.symbol] = choice.value
        else:
            excluded[choice.symbol] = excluded.get(choice.symbol, frozenset()) | {choice.value}
        return World((*self.choices, choice), values, excluded)

    def has(self, symbol: Hashable) -> bool:
        return symbol in self._values

    def value(self, symbol: Hashable) -> object:
        return self._values[symbol]

    def rules_out(self, symbol: Hashable, value: object) -> bool:
        return value in self._excluded.get(symbol, ())

    @property
    def says(self) -> str:
        """For people: what a deployment chooses in it."""
        return " and ".join(choice.says for choice in self.choices if choice.reads is None)

    @property
    def without_readings(self) -> World:
        """The same without the choices that only say how the scan is read."""
        if not self.readings:
            return self
        world = World()
        for choice in self.choices:
            world = world if choice.reads is not None else world.assume(choice)
        return world

    @property
    def readings(self) -> tuple[Choice, ...]:
        """The choices that no deployment makes, but whoever reads the scan."""
        return tuple(choice for choice in self.choices if choice.reads is not None)


class InWorld(Protocol):
    """Something that is seen from one world and can be seen from a narrower one."""

    @property
    def world(self) -> World: ...

    @property
    def possible(self) -> bool: ...

    def narrowed(self: S, choice: Choice) -> S: ...


S = TypeVar("S", bound=InWorld)
R = TypeVar("R")


def explore(start: S, question: Callable[[S], R], most: int = MOST_WORLDS) -> Iterator[tuple[S, R]]:
    """The answer in every world that the question tells apart.

    Raises TooManyWorlds once there would be more than ``most``.
    """
    waiting, answered = [start], 0
    while waiting:
        if answered + len(waiting) > most:
            raise TooManyWorlds
        view = waiting.pop()
        if not view.possible:
            continue
        try:
            answer = question(view)
        except Fork as fork:
            waiting.extend(view.narrowed(choice) for choice in reversed(fork.choices))
            continue
        answered += 1
        yield view, answer
