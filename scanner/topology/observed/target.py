"""Targets that are registered with target groups, as their health checks find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.bounded import Bounded
from scanner.analysis.messages import catalogue, explaining, read_message
from scanner.analysis.ports import NONE, PortSet
from scanner.model import Fact, Items, Unknown, get
from scanner.topology.entity import Part, Related, fact, one
from scanner.topology.lookup import elements, number, text
from scanner.topology.numbers import Ports
from scanner.topology.observed.region import indexed, named, not_observed, unseen

if TYPE_CHECKING:
    from scanner.topology.elbv2.target_group import TargetGroup

TYPE = "Observed::TargetHealth"
LIST = "target_health"
LEAVING = frozenset({"draining", "unhealthy.draining", "unused"})
"""States of targets that get no new requests."""


class Target(Part):
    """A target that is registered with a target group: an instance and port, an address and port, or a function."""

    kind = "elbv2.target"

    def __init__(self, group: TargetGroup, stated: Fact[Any]) -> None:
        id, port = text(get(stated, "Target.Id")) or "?", number(get(stated, "Target.Port"))
        super().__init__(group.graph, group.resource, stated, id if port is None else f"{id}:{port}")
        self._group = group

    @one("elbv2.target_group")
    def group(self) -> Related[TargetGroup]:
        """The target group."""
        return Related((self._group,), None, self._group.at)

    @fact("text")
    def id(self) -> Fact[Any]:
        """The id of its instance, or its address."""
        return self.property("Target.Id")

    @fact("number")
    def port(self) -> Fact[Any]:
        """The port that it is registered with; with dynamic ports, the host port that its task was given."""
        return self.property("Target.Port")

    @fact("text")
    def zone(self) -> Fact[Any]:
        """Its Availability Zone, or ``all``."""
        return self.property("Target.AvailabilityZone")

    @fact("text")
    def health(self) -> Fact[Any]:
        """``initial``, ``healthy``, ``unhealthy``, ``unhealthy.draining``, ``unused`` or ``draining``; unknown where
        Elastic Load Balancing calls it ``unavailable`` ("TargetHealth", Elastic Load Balancing API Reference)."""
        state = self.property("TargetHealth.State")
        if text(state) == "unavailable":
            reason = f"the health of {self.label} is unavailable: {self._reason()}"
            return Fact(Unknown(("unavailable", self.address), reason, state.location), state.at)
        return state

    @fact("text")
    def reason(self) -> Fact[Any]:
        """Why it is not healthy, as a code: ``Target.Timeout``."""
        return self.property("TargetHealth.Reason")

    @fact("text")
    def because(self) -> Fact[Any]:
        """Why it is not healthy, for people, with the rules that can explain it."""
        checks = explaining(self._codes())
        help = f"; {', '.join(checks)} can explain it" if checks else ""
        return Fact(f"{self._reason()}{help}", self.property("TargetHealth").at)

    @fact("list")
    def explained_by(self) -> Fact[Any]:
        """The ids of the rules whose failure can explain why it is not healthy."""
        return Fact(Items(tuple(Fact(rule) for rule in explaining(self._codes()))), self.at)

    def _codes(self) -> tuple[str, ...]:
        code = text(self.reason())
        said = read_message(text(self.property("TargetHealth.Description")) or "").faults
        return (code, *said) if code else said

    def _reason(self) -> str:
        code = text(self.reason()) or "no reason is given"
        known = catalogue().faults.get(code)
        said = text(self.property("TargetHealth.Description")) or (known.means.rstrip(".") if known else "")
        return f"{code} ({said})" if said else code


def targets_of(group: TargetGroup) -> Related[Target]:
    """The targets that are registered with a target group."""
    key = "TargetGroupArn"
    known = indexed(group.graph, TYPE, lambda one: named(group.graph, one.get(key), group.resource.type))
    rest = unseen(group.graph, group.resource, LIST, TYPE, "a target")
    seen = known.get(group.address, [])
    if not seen and rest is None:
        rest = not_observed(group.resource, "a target", f"{LIST} has no entry for it")
    found = [Target(group, one) for entry in seen for one in elements(entry.get("TargetHealthDescriptions"))]
    at = tuple(entry.location for entry in seen)
    return Related(tuple(found), rest, at or group.at)


def registered_ports(group: TargetGroup) -> Ports:
    """The ports of the targets that a target group sends requests to; those that are not known are left out."""
    found = NONE
    for target in targets_of(group):
        port = number(target.port())
        if port is not None and 0 < port <= 65535 and text(target.property("TargetHealth.State")) not in LEAVING:
            found |= PortSet.of_range(port, port)
    return Bounded.exactly(found)
