"""What is wrong with the definition of a state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.model import Location, Unknown
from scanner.topology.entity import Entity, Related
from scanner.topology.states.definition import is_no_document, is_none

if TYPE_CHECKING:
    from scanner.topology.states.machine import Machine


class Problem(Entity):
    """A fault of a definition. Its label says what is wrong."""

    kind = "states.problem"

    def __init__(self, machine: Machine, says: str, place: Location | None, index: int) -> None:
        super().__init__(machine.graph, machine.resource)
        self.says = says
        self.index = index
        self.place = place

    @property
    def address(self) -> str:
        return f"{self.resource.address}/problem/{self.index}"

    @property
    def label(self) -> str:
        return self.says

    @property
    def at(self) -> tuple[Location, ...]:
        return (self.place or self.resource.location,)


def problems(machine: Machine) -> Related[Problem]:
    """The faults of a machine's definition. May raise Fork."""
    from scanner.analysis.states.validity import faults

    stated = machine.definition
    if isinstance(stated.value, Unknown):
        return _unread(machine, stated.value)
    found, doubt = faults(stated, machine.type())
    items = tuple(Problem(machine, fault.says, fault.place, index) for index, fault in enumerate(found))
    return Related(items, doubt, stated.at)


def _unread(machine: Machine, reason: Unknown) -> Related[Problem]:
    stated = machine.definition
    if not is_none(stated):
        return Related((), reason, stated.at)
    says = reason.reason.removeprefix("the text is ") if is_no_document(stated) else reason.reason
    return Related((Problem(machine, says, reason.location or stated.location, 0),), None, stated.at)
