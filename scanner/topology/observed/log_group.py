"""Log groups of CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.model import ABSENT, ACCOUNT, Fact, Unknown
from scanner.topology.entity import Entity, Related, fact
from scanner.topology.lookup import as_unknown, related, text
from scanner.topology.observed.region import module_of, not_observed

if TYPE_CHECKING:
    from scanner.topology.ecs.task_definition import Container

TYPE = "AWS::Logs::LogGroup"
OPTIONS = "LogConfiguration.Options"


class LogGroup(Entity):
    """A log group."""

    kind = "logs.log_group"

    @fact("text")
    def last_event(self) -> Fact[Any]:
        """When it got its latest event, in an account: a date and time, or ``none`` if it never got one."""
        for stated in (self.resource.attributes.get("LastEventTime"), self.property("LastEventTime")):
            if stated is not None and stated.value is not ABSENT:
                return stated
        if self.resource.source != ACCOUNT:
            reason = f"only an account tells what {self.label} has received"
            return Fact(Unknown(("not live", self.address), reason, self.at[0]), self.at)
        return Fact(not_observed(self.resource, "the latest event", "the snapshot has no LastEventTime"), self.at)


def log_group_of(container: Container) -> Related[LogGroup]:
    """The log group that a container's logs go to through the driver ``awslogs``."""
    graph, named = container.graph, container.property(f"{OPTIONS}.awslogs-group")
    region = container.property(f"{OPTIONS}.awslogs-region")
    if named.value is ABSENT:
        return Related((), as_unknown(named, "awslogs-group"), container.at)
    written = text(region)
    home = module_of(container.resource).partition("/")[2]
    if container.resource.source == ACCOUNT and region.value is not ABSENT and written != home:
        reason = f"the logs of {container.label} go to region {written or '?'}"
        return Related((), Unknown(("region", container.address), reason, region.location), region.at)
    found = related(graph, named, LogGroup, (TYPE,), "log group")
    if not found.items and container.resource.source == ACCOUNT and text(named) is not None:
        # An account holds all there is: that the group is missing is proven if all groups were listed.
        return Related((), graph.unread(container.resource, "a log group", TYPE), named.at)
    return found
