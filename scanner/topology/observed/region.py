"""An account in a region, and the observations that a snapshot has of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scanner.model import ACCOUNT, Fact, Resource, ResourceGraph, Unknown
from scanner.topology.entity import Entity, Related, many
from scanner.topology.lookup import elements, entity, text

if TYPE_CHECKING:
    from scanner.topology.observed.cluster import Cluster
    from scanner.topology.observed.health import HealthEvent

TYPE = "Observed::Region"
CLUSTER = "AWS::ECS::Cluster"


class Region(Entity):
    """An account in one of its regions."""

    kind = "aws.region"

    @property
    def label(self) -> str:
        account, _, region = module_of(self.resource).partition("/")
        return f"{region} of account {account}"

    @many("ecs.cluster")
    def clusters(self) -> Related[Cluster]:
        """The ECS clusters."""
        from scanner.topology.observed.cluster import Cluster

        own = [one for one in self.graph.of_type(CLUSTER) if module_of(one) == module_of(self.resource)]
        found = tuple(entity(Cluster, self.graph, one) for one in own)
        return Related(found, self.graph.unread(self.resource, "a cluster", CLUSTER), self.at)

    @many("health.event")
    def health_events(self) -> Related[HealthEvent]:
        """The events of AWS Health that concern the account there."""
        from scanner.topology.observed.health import health_events

        return health_events(self)

    @many("health.event", services="list", categories="list")
    def open_events(self, services: Sequence[str], categories: Sequence[str]) -> Related[HealthEvent]:
        """Those that are open, of some services and categories."""
        events = self.health_events()
        found = [
            one
            for one in events
            if text(one.status()) == "open" and text(one.service()) in services and text(one.category()) in categories
        ]
        return Related(tuple(found), events.rest, events.at)


def module_of(resource: Resource) -> str:
    """The account and region of a resource of an account."""
    return resource.address.rpartition("#")[0]


def home_of(graph: ResourceGraph, resource: Resource) -> Region | None:
    """The account and region that a resource is in; None for what no account has."""
    if resource.source != ACCOUNT:
        return None
    module = module_of(resource)
    try:
        return entity(Region, graph, graph.resource(f"{module}#{TYPE}/{module.partition('/')[2]}"))
    except KeyError:
        return None


def unseen(graph: ResourceGraph, owner: Resource, listed: str, type: str, what: str) -> Unknown | None:
    """Why there may be more of what a list of ``observed`` has, around a resource: a call failed, or nobody asked.

    ``type`` is that of the list's items.
    """
    home = home_of(graph, owner)
    if home is None:
        return Unknown(
            ("not live", owner.address, listed), f"only an account tells {what} of {owner.id}", owner.location
        )
    failed = graph.unread(owner, what, type)
    if failed is not None:
        return failed
    asked = [text(name) for name in elements(home.property("Observed"))]
    return None if listed in asked else not_observed(owner, what, f"the snapshot has no {listed}")


def not_observed(owner: Resource, what: str, reason: str) -> Unknown:
    """That something was not asked for when the snapshot was taken."""
    supply = "a snapshot that was taken with it: clearway account snapshot"
    return Unknown(("not observed", owner.address, what), f"{what} of {owner.id} is not known: {reason}", None, supply)


def indexed(graph: ResourceGraph, type: str, key: Callable[[Resource], str]) -> dict[str, list[Resource]]:
    """The observations of a type by what they are of; the keys are made once in each world."""

    def read() -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in graph.declared(type):
            found.setdefault(key(resource), []).append(resource)
        return found

    return graph.memo(("observed", type), read)


def named(graph: ResourceGraph, fact: Fact[Any], *types: str) -> str:
    """The address of what an observation names; what is written where the snapshot has no such resource."""
    resource = graph.named_by(fact, *types)
    return resource.address if resource is not None else text(fact) or ""


# --- time


def moment(fact: Fact[Any]) -> datetime | None:
    """A date and time with zone; None if there is none."""
    written = (text(fact) or "").upper().replace("Z", "+00:00")
    head, dot, rest = written.partition(".")
    if dot:  # fromisoformat takes three or six digits of a second before Python 3.11
        digits = rest[: next((at for at, one in enumerate(rest) if not one.isdigit()), len(rest))]
        written = f"{head}.{digits[:6]:0<6}{rest[len(digits) :]}"
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def taken_at(graph: ResourceGraph, resource: Resource) -> datetime | None:
    """When the account was read: the only clock of what is judged in it."""
    home = home_of(graph, resource)
    return moment(home.property("TakenAt")) if home is not None else None


def is_recent(now: datetime | None, when: Fact[Any], hours: float) -> bool:
    """Whether something happened in the hours before now, which is when the account was read; also if that cannot be
    told."""
    then = moment(when)
    return now is None or then is None or then >= now - timedelta(hours=hours)
