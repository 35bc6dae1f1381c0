"""Events of AWS Health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.model import Fact
from scanner.topology.entity import Entity, Related, fact
from scanner.topology.lookup import entity, text
from scanner.topology.observed.region import indexed, module_of, unseen

if TYPE_CHECKING:
    from scanner.topology.observed.region import Region

TYPE = "Observed::HealthEvent"


class HealthEvent(Entity):
    """An event of AWS Health."""

    kind = "health.event"

    @property
    def label(self) -> str:
        code = text(self.property("eventTypeCode")) or self.resource.id
        return f"{code} since {text(self.started_at()) or '?'}"

    @fact("text")
    def service(self) -> Fact[Any]:
        """The service that it is of: ``ECS``, ``FARGATE``, ``EC2``."""
        return self.property("service")

    @fact("text")
    def status(self) -> Fact[Any]:
        """``open``, ``closed`` or ``upcoming``."""
        return self.property("statusCode")

    @fact("text")
    def category(self) -> Fact[Any]:
        """``issue``, ``accountNotification``, ``scheduledChange`` or ``investigation``."""
        return self.property("eventTypeCategory", "issue", "the category is not stated")

    @fact("text")
    def started_at(self) -> Fact[Any]:
        """When it began."""
        return self.property("startTime")


def health_events(region: Region) -> Related[HealthEvent]:
    """The events of AWS Health that concern an account in a region."""
    known = indexed(region.graph, TYPE, module_of).get(module_of(region.resource), [])
    rest = unseen(region.graph, region.resource, "health_events", TYPE, "an event of AWS Health")
    return Related(tuple(entity(HealthEvent, region.graph, one) for one in known), rest, region.at)
