"""Which services of a scan a message is about, with the bindings that it can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from scanner.analysis.ports import PortSet
from scanner.diagnose.heard import Heard, of_service
from scanner.model import ABSENT, ACCOUNT, Resource, ResourceGraph, TooManyWorlds, explore
from scanner.policy.narrow import CLUSTER, SERVICE, Narrow
from scanner.topology.ecs.binding import DYNAMIC_PORTS, Binding
from scanner.topology.ecs.names import names_cluster, names_service
from scanner.topology.ecs.service import Service
from scanner.topology.lookup import entity, text

_GENERATED = r"(?:.+-)?{}-[A-Za-z0-9]{{6,16}}"
"""The names that CloudFormation makes up: stack, logical id and some characters of its own ("Name type", AWS
CloudFormation User Guide)."""

MOST_PORT = 65535


class NoSuchService(Exception):
    """No service of the scan is the one that is asked for; says which there are."""

    errors: Sequence[Mapping[str, Any]] = ()
    """What could not be read, as the result document has it: it may be there."""


class Fit(IntEnum):
    """Whether a resource is one that is asked for."""

    NO = 0
    PERHAPS = 1
    """Its name is not known."""
    YES = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, by names or ARNs; empty where it does not matter."""

    service: str = ""
    cluster: str = ""
    hours: float = 24
    """How far back events and stopped tasks count."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding of a service: the names of its target group, and the ports that it may register."""

    address: str
    label: str
    groups: frozenset[str]
    ports: PortSet
    """All that they may be."""


@dataclass(frozen=True, slots=True)
class Found:
    """A service of the scan."""

    address: str
    label: str
    region: str
    """The account and region that has it; empty for one of a template."""
    names: frozenset[str]
    """The names of those that were asked for which it has, and those that it may have."""
    perhaps: frozenset[str]
    in_cluster: Fit
    cluster: str
    """For people."""
    clusters: frozenset[str]
    """The address of its cluster; none if it has nothing to do with the cluster's container instances."""
    bindings: tuple[Bound, ...]
    heard: tuple[Heard, ...]


class Finder:
    """Looks at each graph of a scan for its services."""

    def __init__(self, names: Sequence[str], wanted: Wanted) -> None:
        self._names = [_last(name) for name in names]
        self._wanted = wanted
        self._seen: set[int] = set()
        self._graphs: list[ResourceGraph] = []
        self.services: dict[str, Found] = {}

    def look(self, graph: ResourceGraph) -> None:
        """Takes the services of a graph, once."""
        if id(graph) in self._seen:
            return
        self._seen.add(id(graph))
        self._graphs.append(graph)  # so that no other one has its id
        for resource in graph.declared(SERVICE):
            if graph.judges(resource):
                for found in self._found(graph, resource):
                    known = self.services.get(found.address)
                    self.services[found.address] = found if known is None else _both(known, found)

    def _found(self, graph: ResourceGraph, resource: Resource) -> Iterator[Found]:
        def question(view: ResourceGraph) -> Found | None:
            own = view.resource(resource.address)
            return self._service(entity(Service, view, own)) if own.exists() else None

        try:
            yield from (found for _, found in explore(graph, question) if found is not None)
        except TooManyWorlds:
            names = frozenset({resource.id} & set(self._names))
            rest = frozenset(self._names) - names
            yield Found(
                resource.address, resource.id, "", names, rest, Fit.PERHAPS, "", frozenset(), (), ()
            )  # whatever hangs on its properties is not known

    def _service(self, service: Service) -> Found:
        fits = {name: _fits(service, name) for name in self._names}
        cluster = service.graph.named_by(service.property("Cluster"), CLUSTER)
        live = service.resource.source == ACCOUNT
        named = text(service.property("Cluster"))
        on_instances = service.launch_type().value != "FARGATE"
        return Found(
            service.address,
            service.label,
            service.address.rpartition("#")[0] if live else "",
            frozenset(name for name, fit in fits.items() if fit is Fit.YES),
            frozenset(name for name, fit in fits.items() if fit is Fit.PERHAPS),
            _in_cluster(service, _last(self._wanted.cluster)),
            cluster.id if cluster is not None else _last(named) if named else "",
            frozenset({cluster.address} if cluster is not None and on_instances else ()),
            tuple(_bound(binding) for binding in service.bindings()),
            tuple(of_service(service, self._wanted.hours)) if live else (),
        )

    def chosen(self) -> tuple[tuple[Found, ...], list[str]]:
        """The services that are asked for, and what had to be taken for granted. Raises NoSuchService."""
        every = tuple(self.services.values())
        notes: list[str] = []
        if self._wanted.cluster:
            inside = tuple(one for one in every if one.in_cluster is Fit.YES)
            if not inside:
                inside = tuple(one for one in every if one.in_cluster is Fit.PERHAPS)
                notes += [
                    f"{one.label} is taken to run in {self._wanted.cluster}: its cluster's name is not known"
                    for one in inside
                ]
            if not inside:
                raise NoSuchService(f"no service here runs in cluster {self._wanted.cluster}; {_listed(every)}")
            every = inside
        if not self._names:
            return every, notes
        chosen: dict[str, Found] = {}
        for name in self._names:
            sure = [one for one in every if name in one.names]
            perhaps = [one for one in every if name in one.perhaps]
            if not sure and len(perhaps) == 1:
                notes.append(f"{perhaps[0].label} is taken for {name}: its name is not known")
            elif not sure:
                reason = f"; {len(perhaps)} have names that are not known" if perhaps else ""
                raise NoSuchService(
                    f"there is no service {name} here{reason}; {_listed(every)}: name one with --service"
                )
            chosen.update((one.address, one) for one in sure or perhaps)
        return tuple(chosen.values()), notes


def narrowed(chosen: Sequence[Found], heard: Sequence[Heard], notes: list[str]) -> Narrow:
    """What the rules are judged on: the services, and of their bindings those that the messages can mean. Unless these
    are known by their target group, all that belongs to no service as well."""
    bindings = [bound for one in chosen for bound in one.bindings]
    others = True
    groups = {one.reading.get("target_group") for one in heard}
    if groups and "" not in groups and bindings:
        meant = [one for one in bindings if one.groups & {name for group in groups for name in _group_names(group)}]
        if not meant:
            notes.append(
                f"no binding has a target group that is known as {', '.join(sorted(map(_last_group, groups)))}"
            )
        bindings, others = meant or bindings, not meant
    ports = {one.reading.get("port") for one in heard}
    if ports and "" not in ports and bindings:
        wanted = {int(port) for port in ports if int(port) <= MOST_PORT}
        meant = [one for one in bindings if any(PortSet.of_range(port, port) <= one.ports for port in wanted)]
        if not meant:
            notes.append(f"no binding registers port {', '.join(sorted(ports))}")
        bindings = meant or bindings
    kept = frozenset(one.address for one in bindings)
    # A service of which no binding can be meant is left out, unless no binding of any can be.
    of_kept = [one for one in chosen if not one.bindings or any(each.address in kept for each in one.bindings)]
    instances = {one.reading.get("instance") for one in heard}
    return Narrow(
        frozenset(one.address for one in of_kept),
        frozenset(address for one in of_kept for address in one.clusters),
        frozenset(one.region for one in of_kept if one.region),
        kept,
        instances.pop() if len(instances) == 1 else "",
        others,
    )


def _fits(service: Service, name: str) -> Fit:
    if name == service.resource.id or names_service(service, (name,)):
        return Fit.YES
    if service.property("ServiceName").value is ABSENT:
        return _generated(service.resource.id, name)
    return Fit.PERHAPS if names_service(service, (name,)) is None else Fit.NO


def _in_cluster(service: Service, name: str) -> Fit:
    if not name:
        return Fit.YES
    cluster = service.graph.named_by(service.property("Cluster"), CLUSTER)
    if (cluster is not None and cluster.id == name) or names_cluster(service, (name,)):
        return Fit.YES
    if cluster is not None and cluster.get("ClusterName").value is ABSENT:
        return _generated(cluster.id, name)
    return Fit.PERHAPS if names_cluster(service, (name,)) is None else Fit.NO


def _generated(id: str, name: str) -> Fit:
    return Fit.YES if re.fullmatch(_GENERATED.format(re.escape(id)), name) else Fit.NO


def _bound(binding: Binding) -> Bound:
    groups: set[str] = set()
    for group in binding.group():
        key = group.resource.address.rpartition("#")[2]
        groups |= {group.resource.id, key, *_group_names(key), text(group.property("Name")) or ""}
    ports = binding.ports(dynamic_ports=DYNAMIC_PORTS).value
    return Bound(binding.address, binding.label, frozenset(groups - {""}), ports.may)


def _group_names(group: str) -> tuple[str, ...]:
    """A target group's ARN, and the name in it."""
    return (group, _last_group(group))


def _last_group(group: str) -> str:
    parts = group.split(":targetgroup/")[-1].split("/")
    return parts[0] if ":targetgroup/" in group else group


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _both(one: Found, other: Found) -> Found:
    """What a service is in one of two worlds or the other."""
    return replace(
        one,
        names=one.names | other.names,
        perhaps=(one.perhaps | other.perhaps) - one.names - other.names,
        in_cluster=max(one.in_cluster, other.in_cluster),
        clusters=one.clusters | other.clusters,
        bindings=tuple(dict.fromkeys((*one.bindings, *other.bindings))),
    )


def _listed(services: Sequence[Found]) -> str:
    if not services:
        return "there is no service at all"
    names = sorted({one.label for one in services})
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"the services are {', '.join(names[:20])}{more}"
