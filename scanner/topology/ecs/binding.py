"""A binding: one container port of a service, registered with one target group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scanner.analysis.bounded import Bounded
from scanner.analysis.ports import NONE, PortSet
from scanner.model import ABSENT, ACCOUNT, Fact, Location, Reference, Unknown, get
from scanner.topology.ecs.hosts import Hosts, hosts_of
from scanner.topology.ecs.network import vpcs
from scanner.topology.ecs.service import Service
from scanner.topology.ecs.task_definition import Container, PortMapping
from scanner.topology.elbv2.target_group import TYPE as TARGET_GROUP
from scanner.topology.elbv2.target_group import TargetGroup
from scanner.topology.entity import Entity, Related, fact, many, one
from scanner.topology.lookup import as_unknown, number, related, text, written
from scanner.topology.numbers import Ports, one_port, unknown_ports

if TYPE_CHECKING:
    from scanner.topology.observed.target import Target
    from scanner.topology.way import Hop

DYNAMIC_PORTS = PortSet.of_range(32768, 65535)
"""What AWS documents as the range of dynamic host ports; rules may ask for another."""

OWN_ADDRESS_MODES = frozenset({"awsvpc", "host"})
"""Network modes in which a task listens on the container port itself."""


class Binding(Entity):
    """A service's container and container port, with the target group it registers with."""

    kind = "ecs.binding"

    def __init__(self, service: Service, entry: Fact[Any], group: Fact[Any], index: int, *, alternate: bool) -> None:
        super().__init__(service.graph, service.resource)
        self._service = service
        self._entry = entry
        self._group = group
        self._index = index
        self._alternate = alternate

    @property
    def _name(self) -> str:
        name = f"{written(self.container_name())}:{written(self.container_port())}"
        return f"{name} (alternate)" if self._alternate else name

    @property
    def address(self) -> str:
        group = self._group.value
        named = group.address.rpartition("#")[2] if isinstance(group, Reference) else text(self._group) or self._index
        return f"{self.resource.address}/{self._name}/{named}"

    @property
    def identity(self) -> str:
        """Its place among the service's; the container and its port may differ from one deployment to the other."""
        which = self.address.rpartition("/")[2] if self._alternate else ""
        return f"{self.resource.address}/{self._index}/{which}"

    @property
    def label(self) -> str:
        return f"{self.resource.id}/{self._name}"

    @property
    def at(self) -> tuple[Location, ...]:
        return self._entry.at or (self.resource.location,)

    # --- relations

    @one("ecs.service")
    def service(self) -> Related[Service]:
        """The service."""
        return Related((self._service,), None, self._service.at)

    @one("elbv2.target_group")
    def group(self) -> Related[TargetGroup]:
        """The target group that its tasks register with."""
        return related(self.graph, self._group, TargetGroup, (TARGET_GROUP,), "target group")

    @many("elbv2.target")
    def targets(self) -> Related[Target]:
        """The targets that are registered with its target group; only an account tells them."""
        groups = self.group()
        found = [group.targets() for group in groups]
        rest = groups.rest or next((one.rest for one in found if one.rest is not None), None)
        at = tuple(place for one in found for place in one.at)
        return Related(tuple(target for one in found for target in one), rest, at or groups.at)

    @one("ecs.container")
    def container(self) -> Related[Container]:
        """The container that it names, in the service's task definition; or the only one that can be meant: ECS takes
        no other, and that the names agree is a question of its own."""
        definition = self._service.task_definition()
        if not definition.items:
            return Related((), definition.rest, definition.at)
        containers = definition.items[0].containers()
        name = self.container_name()
        doubt = containers.rest
        for container in containers:
            own = container.property("Name")
            if own.value == name.value and name.value is not ABSENT:
                return Related((container,), None, own.at)
            if text(own) is None or text(name) is None:
                doubt = doubt or as_unknown(own if text(own) is None else name, "the container's name")
        meant = [one for one in containers if text(one.property("Name")) is None or text(name) is None]
        if containers.rest is None and (len(containers.items) == 1 or len(meant) == 1):
            only = meant[0] if len(meant) == 1 else containers.items[0]
            return Related((only,), None, containers.at)
        return Related((), doubt, name.at)

    @one("ecs.port_mapping")
    def mapping(self) -> Related[PortMapping]:
        """The port mapping of its container port."""
        container = self.container()
        if not container.items:
            return Related((), container.rest, container.at)
        mappings = container.items[0].port_mappings()
        port = self.container_port()
        doubt = mappings.rest
        for mapping in mappings:
            maps = mapping.maps(port)
            if maps:
                return Related((mapping,), None, mapping.at)
            if maps is None:
                own = mapping.property("ContainerPort")
                doubt = doubt or as_unknown(own if number(own) is None else port, "the container port")
        return Related((), doubt, mappings.at)

    @many("ecs.hosts")
    def hosts(self) -> Related[Hosts]:
        """Where its tasks sit: their own network interfaces (awsvpc), or the cluster's container instances."""
        return hosts_of(self._service)

    # --- facts

    @fact("list")
    def balancer_vpcs(self) -> Fact[Any]:
        """The VPC of its load balancer, by its subnets and security groups; several if it surely lies in several."""
        return vpcs(self, "balancer")

    @fact("list")
    def group_vpcs(self) -> Fact[Any]:
        """The VPC of its target group."""
        return vpcs(self, "group")

    @fact("list")
    def host_vpcs(self) -> Fact[Any]:
        """The VPC of its hosts, by their subnets and security groups."""
        return vpcs(self, "hosts")

    @fact("text")
    def container_name(self) -> Fact[Any]:
        """The container that the service registers."""
        return get(self._entry, "ContainerName")

    @fact("number")
    def container_port(self) -> Fact[Any]:
        """The container port that the service registers."""
        return get(self._entry, "ContainerPort")

    @fact("text")
    def network_mode(self) -> Fact[Any]:
        """The network mode of its tasks."""
        return self._service.network_mode()

    @fact("text")
    def port_kind(self) -> Fact[Any]:
        """How its registered ports come about: ``own`` (awsvpc, host), ``static`` or ``dynamic`` host port."""
        mode = self.network_mode()
        known = text(mode)
        if known in OWN_ADDRESS_MODES:
            return Fact("own", mode.at)
        if known is None:
            return Fact(as_unknown(mode, "the network mode"), mode.at)
        mapping = self.mapping()
        if not mapping.items:
            if mapping.rest is not None:
                return Fact(mapping.rest, mapping.at)
            name, port = written(self.container_name()), written(self.container_port())
            missing = ("no mapping", self.address)
            reason = f"no port mapping of {name} has container port {port}"
            return Fact(Unknown(missing, reason, mapping.at[0] if mapping.at else None), mapping.at)
        host = mapping.items[0].host_port()
        value = number(host)
        if value is None:
            unknown = as_unknown(host, "the host port")
            # 0 would stand for the whole dynamic range, so it is not one unknown port that a rule could name.
            return Fact(replace(unknown, key=("host port", unknown.key)), host.at)
        return Fact("static" if value > 0 else "dynamic", host.at)

    @fact("ports", dynamic_ports="ports")
    def ports(self, dynamic_ports: PortSet) -> Fact[Ports]:
        """The ports that its tasks register: the container port (awsvpc, host), the host port (bridge), or, with
        host port 0 or none, any of ``dynamic_ports``, since a task that starts next is given any; in an account also
        those that its targets have now, should they lie outside."""
        kind = self.port_kind()
        if kind.value == "own":
            port = self.container_port()
            if port.value is ABSENT:
                return Fact(unknown_ports(as_unknown(port, "the container port")), port.at + kind.at)
            return Fact(one_port(port, "the container port"), port.at + kind.at)
        if kind.value == "dynamic":
            found = Bounded.exactly(dynamic_ports)
            return Fact(found | self._given_ports() if self.resource.source == ACCOUNT else found, kind.at)
        if kind.value == "static":
            port = self.mapping().items[0].host_port()
            return Fact(one_port(port, "the host port"), port.at)
        return Fact(_any_port(as_unknown(kind, "the registered port")), kind.at)

    def _given_ports(self) -> Ports:
        """The host ports that its tasks have been given, as far as they are known."""
        from scanner.topology.observed.target import registered_ports

        found: Ports = Bounded.exactly(NONE)
        for group in self.group():
            found |= registered_ports(group)
        return found

    @fact("ports")
    def mapped_ports(self) -> Fact[Ports]:
        """All fixed ports that the task opens: host ports (bridge), or the container ports of its mappings."""
        definition = self._service.task_definition()
        if not definition.items:
            return Fact(_any_port(definition.rest), definition.at)
        mode = self.network_mode()
        if text(mode) is None:
            return Fact(_any_port(as_unknown(mode, "the network mode")), mode.at)
        own = text(mode) in OWN_ADDRESS_MODES
        found: Ports = Bounded.exactly(NONE)
        at: tuple[Location, ...] = ()
        containers = definition.items[0].containers()
        for container in containers:
            mappings = container.port_mappings()
            for mapping in mappings:
                port = mapping.container_ports() if own else mapping.host_port()
                found |= port.value if own else one_port(port, "the host port")
                at += port.at
            if mappings.rest is not None:
                found |= _any_port(mappings.rest)
        if containers.rest is not None:
            found |= _any_port(containers.rest)
        return Fact(found, at or containers.at)

    @fact("ports", dynamic_ports="ports")
    def health_ports(self, dynamic_ports: PortSet) -> Fact[Ports]:
        """The ports that health checks go to: the registered ones for traffic-port, else the one that is set."""
        group = self.group()
        if not group.items:
            return Fact(_any_port(group.rest), group.at)
        port = group.items[0].health_port()
        if port.value == "traffic-port":
            return self.ports(dynamic_ports=dynamic_ports)
        return Fact(one_port(port, "the health-check port"), port.at)

    def way(self, dynamic_ports: PortSet) -> tuple[Hop, ...]:
        """The way from the listeners to the task, hop by hop, every block on it."""
        from scanner.topology.way import way

        return way(self, dynamic_ports)


def _any_port(reason: Unknown | None) -> Ports:
    return Bounded(NONE, PortSet.of_range(1, 65535), (reason,) if reason is not None else ())
