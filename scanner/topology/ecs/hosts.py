"""Where the tasks of a service sit on the network.

awsvpc: network interfaces with the groups and subnets of the service. bridge and host: the container
instances of the cluster, found through capacity providers, else through user data that joins it.
"""

from __future__ import annotations

from typing import Any

from scanner.analysis.bounded import Members
from scanner.analysis.flows import Source
from scanner.model import ABSENT, ACCOUNT, Fact, Items, Location, Resource, ResourceGraph, Unknown, get
from scanner.topology.ec2.default_group import default_group
from scanner.topology.ec2.listed import subnets_of_group
from scanner.topology.ec2.security_group import SecurityGroup, group_ids, groups_named, rules_of
from scanner.topology.ec2.security_group_rule import SecurityGroupRule
from scanner.topology.ec2.subnet import TYPE as SUBNET
from scanner.topology.ec2.subnet import Subnet, blocks, vpc_block
from scanner.topology.ec2.zones import zones_listed, zones_of_group, zones_of_subnets
from scanner.topology.ecs.clusters import CLUSTER, launch_sources, providers_groups
from scanner.topology.ecs.launch import GROUP, INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, launch_of
from scanner.topology.ecs.registered import TYPE as REGISTERED
from scanner.topology.ecs.registered import registered
from scanner.topology.ecs.service import Service
from scanner.topology.entity import Entity, Related, fact, many
from scanner.topology.lookup import elements, related, text, why_opaque, written

AWSVPC = "NetworkConfiguration.AwsvpcConfiguration"
LAUNCHES = (GROUP, INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, REGISTERED)
"""What makes the container instances of a cluster, or tells of them."""


class Hosts(Entity):
    """What bears the tasks' addresses: network interfaces of awsvpc tasks, an Auto Scaling group, or an instance."""

    kind = "ecs.hosts"

    def __init__(
        self, graph: ResourceGraph, resource: Resource, groups: Fact[Any], subnets: Fact[Any], label: str
    ) -> None:
        super().__init__(graph, resource)
        self._groups = groups
        self._subnets = subnets
        self._label = label

    @property
    def label(self) -> str:
        return self._label

    @property
    def at(self) -> tuple[Location, ...]:
        return self._groups.at or (self.resource.location,)

    @fact("list")
    def group_ids(self) -> Fact[Any]:
        """The ids of the security groups."""
        if next(elements(self._groups), None) is None:
            default = default_group(self.graph, self._subnets)
            if default is not None:
                return Fact(Items((default,)), self._groups.at, "the default security group of the VPC")
            group = "the default security group of the VPC holds, whose rules are not known"
            reason = f"none is named for {self.label}, so {group}"
            return Fact(Items((), Unknown(("default group", self.address), reason, self.at[0])), self._groups.at)
        return group_ids(self.graph, self._groups)

    @many("ec2.security_group")
    def security_groups(self) -> Related[SecurityGroup]:
        """The security groups."""
        ids = self.group_ids()
        found = groups_named(self.graph, ids)
        return Related(found.items, found.rest, ids.at)

    @many("ec2.security_group_rule")
    def ingress(self) -> Related[SecurityGroupRule]:
        """The rules that let traffic in."""
        return rules_of(self.graph, self.security_groups(), self.group_ids(), "ingress")

    @many("ec2.security_group_rule")
    def egress(self) -> Related[SecurityGroupRule]:
        """The rules that let traffic out."""
        return rules_of(self.graph, self.security_groups(), self.group_ids(), "egress")

    @fact("list")
    def subnet_ids(self) -> Fact[Any]:
        """The ids of the subnets."""
        return self._subnets

    @fact("list")
    def zones(self) -> Fact[Any]:
        """The Availability Zones that the hosts can be in."""
        if self.resource.type == GROUP:
            return zones_of_group(self.graph, self.resource)
        if self.resource.type == INSTANCE and self._subnets.value is ABSENT:
            zone = self.resource.get("AvailabilityZone")
            if zone.value is not ABSENT:
                return zones_listed(self.graph, zone)
        return zones_of_subnets(self.graph, self._subnets, self.label)

    @many("ec2.subnet")
    def subnets(self) -> Related[Subnet]:
        """The subnets."""
        if self._subnets.value is ABSENT:
            reason = f"the subnets of {self.label} are not stated"
            return Related((), Unknown(("no subnets", self.address), reason, self.at[0]), self.at)
        return related(self.graph, self._subnets, Subnet, (SUBNET,), "subnet")

    def endpoint(self, family: int = 4) -> Source:
        """The hosts as one end of a flow: their groups, and the blocks of their subnets."""
        ids: Items = self.group_ids().value
        known, where = blocks(self.subnets())
        within = None
        for owner in (*self.subnets(), *self.security_groups()):
            within = within or vpc_block(self.graph, owner.vpc())
        return Source(Members(ids.items, ids.rest), known, where, within, family)


def hosts_of(service: Service) -> Related[Hosts]:
    """Where a service's tasks sit, each place that they can be put in; ``rest`` says why others are possible."""
    mode = service.network_mode()
    if text(mode) is None:
        reason = mode.value if isinstance(mode.value, Unknown) else None
        return Related((), reason or why_opaque(service.graph, mode, "network mode"), mode.at)
    if mode.value == "awsvpc":
        return Related((_interfaces(service),), None, service.property(AWSVPC).at)
    if mode.value == "none":
        return Related((), None, mode.at)
    return _instances(service)


def _interfaces(service: Service) -> Hosts:
    return Hosts(
        service.graph,
        service.resource,
        service.property(f"{AWSVPC}.SecurityGroups"),
        service.property(f"{AWSVPC}.Subnets"),
        f"the tasks of {service.label}",
    )


def _instances(service: Service) -> Related[Hosts]:
    graph = service.graph
    found: dict[str, Hosts] = {}
    unread = _cluster_unread(service)
    if unread is not None:
        return Related((), unread, service.at)
    groups, rest = providers_groups(service)
    if groups is None:
        groups = list(launch_sources(service))
        cluster = graph.named_by(service.property("Cluster"), CLUSTER)
        if cluster is not None and cluster.source == ACCOUNT:
            more, opaque = registered(graph, cluster)
            groups += more
            rest = rest or opaque
        if cluster is not None:
            rest = rest or graph.unread(cluster, "a container instance", *LAUNCHES)
    for resource in groups:
        hosts, why = _hosts(graph, resource)
        if hosts is not None:
            found.setdefault(hosts.address, hosts)
        rest = rest or why
    if not found and rest is None:
        rest = _no_instances(service)
    return Related(tuple(found.values()), rest, service.at)


def _cluster_unread(service: Service) -> Unknown | None:
    """Why the cluster, and with it what its instances are, cannot be looked up in an account that could not be read."""
    stated = service.property("Cluster")
    name = "default" if stated.value is ABSENT else text(stated)
    if name is None or service.graph.named_by(stated, CLUSTER) is not None or not service.graph.hidden(name, CLUSTER):
        return None
    reason = f"cluster {name} {service.graph.missing(name, CLUSTER)}"
    return Unknown(("unread", service.address, "cluster"), reason, stated.location)


def _no_instances(service: Service) -> Unknown:
    """Why the tasks of a cluster without instances in the scan have no known place."""
    stated = service.property("Cluster")
    key = ("no instances", service.address)
    if isinstance(stated.value, Unknown) and written(stated) == "?":
        cause = stated.value
        reason = f"the container instances are not known, as their cluster is not: {cause.reason}"
        return Unknown(key, reason, cause.location, cause.supply)
    cluster = "default" if stated.value is ABSENT else written(stated)
    reason = f"no Auto Scaling group or instance of the scan joins cluster {cluster}, which the tasks are placed in"
    return Unknown(key, reason, stated.location)


def _hosts(graph: ResourceGraph, resource: Resource) -> tuple[Hosts | None, Unknown | None]:
    """The hosts that an Auto Scaling group or an instance makes."""
    if resource.type == INSTANCE:
        groups = _interface_groups(Fact(resource.properties, (resource.location,)))
        return Hosts(graph, resource, groups, resource.get("SubnetId"), resource.id), None
    launch = launch_of(graph, resource)
    if launch is None:
        return None, None
    if isinstance(launch, Unknown):
        return None, launch
    if launch.type == LAUNCH_TEMPLATE:
        groups = _interface_groups(launch.get("LaunchTemplateData"))
    else:
        groups = launch.get("SecurityGroups")
    return Hosts(graph, resource, groups, subnets_of_group(resource), resource.id), None


def _interface_groups(data: Fact[Any]) -> Fact[Any]:
    """Security groups of an instance or a launch template: by themselves, or on its network interfaces."""
    for name in ("SecurityGroupIds", "SecurityGroups"):
        stated = get(data, name)
        if stated.value is not ABSENT:
            return stated
    listed = elements(get(data, "NetworkInterfaces"))
    interfaces = [get(item, name) for item in listed for name in ("Groups", "GroupSet")]
    named = [item for item in interfaces if item.value is not ABSENT]
    return named[0] if named else get(data, "SecurityGroupIds")
