"""Values that a source cannot tell."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from scanner.model.location import Location


@dataclass(frozen=True, slots=True)
class Split:
    """The finite choices that decide an unknown: ``symbol`` takes one of ``options``."""

    symbol: Hashable
    options: tuple[object, ...]
    apart: bool = True
    """Whether each option is a world of its own. False where there is one value and the sources of AWS disagree on
    it: a verdict that hangs on it is undecided."""
    alternatives: bool = False
    """Whether the options are readings of one deployment, of which one is meant: what holds in all of them holds,
    and a verdict on which they differ is undecided."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be known here, with the reason.

    Two unknowns are equal if their ``key`` is: the same parameter read twice is one value,
    whatever it is. Two unknowns with different keys are neither equal nor unequal.
    """

    key: Hashable
    reason: str = field(compare=False)
    location: Location | None = field(default=None, compare=False)
    supply: str = field(default="", compare=False)
    """How a user can supply the value, for example ``--set SubnetIds=...``."""
    split: Split | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.reason
