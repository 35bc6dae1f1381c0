"""What a property can hold, and the evidence it was read with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Generic, TypeVar

from scanner.model.location import Location
from scanner.model.unknown import Unknown

T_co = TypeVar("T_co", covariant=True)


class _Absent(Enum):
    """The type of ``ABSENT``: the property is not there, and the source has no default for it."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = _Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource of the scan, named by its address, with the attribute that is read from it.

    It stays a reference until its value is needed: identity is exact where the value is not known.
    """

    address: str
    attribute: str = "Ref"
    text: str = field(default="", compare=False)
    """What is written where a value names the resource by its id, ARN or name; empty if the value is not known."""
    inside: bool = field(default=False, compare=False)
    """Whether its stack hands the resource to nobody, so that no import is it."""


@dataclass(frozen=True, slots=True)
class Fact(Generic[T_co]):
    """A value and the places it was read from, the most telling one first."""

    value: T_co
    at: tuple[Location, ...] = ()
    note: str = ""
    """Why the value holds where no file states it, for example ``default of parameter Port``."""

    @property
    def location(self) -> Location | None:
        return self.at[0] if self.at else None

    def seen_at(self, *places: Location) -> Fact[T_co]:
        """The same value with further places behind its own."""
        return replace(self, at=self.at + tuple(place for place in places if place not in self.at))


@dataclass(frozen=True, slots=True)
class Items:
    """A list. ``rest`` is set where more elements than these may follow."""

    items: tuple[Fact[Any], ...] = ()
    rest: Unknown | None = field(default=None)


Value = str | int | float | bool | None | Unknown | Reference | Items | Mapping[str, Fact[Any]] | _Absent
