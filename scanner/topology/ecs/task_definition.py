"""Task definitions, their containers and port mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.ports import PortSet
from scanner.model import ABSENT, Fact, Unknown, get
from scanner.topology.entity import Entity, Part, Related, fact, many, one
from scanner.topology.lookup import elements, number, text
from scanner.topology.numbers import Ports, one_port, written_ports

if TYPE_CHECKING:
    from scanner.topology.observed.log_group import LogGroup

TYPE = "AWS::ECS::TaskDefinition"


class PortMapping(Part):
    """A port mapping of a container."""

    kind = "ecs.port_mapping"

    @fact("ports")
    def container_ports(self) -> Fact[Ports]:
        """The container ports that it maps: ContainerPort, or ContainerPortRange."""
        written = self.property("ContainerPortRange")
        if written.value is not ABSENT:
            return Fact(written_ports(written, "ContainerPortRange"), written.at)
        port = self.property("ContainerPort")
        return Fact(one_port(port, "ContainerPort"), port.at)

    @fact("number")
    def host_port(self) -> Fact[Any]:
        """The host port; 0 where it is left to the host, as with a range of container ports."""
        return self.property("HostPort", 0, "no HostPort: the host chooses one")

    def maps(self, port: Fact[Any]) -> bool | None:
        """Whether it maps a container port; None if that cannot be told."""
        own = self.property("ContainerPort")
        if isinstance(port.value, Unknown) and port.value == own.value:
            return True
        wanted = number(port)
        ports = self.container_ports().value
        if wanted is None or not 0 <= wanted <= 65535:
            return None
        single = PortSet.of_range(wanted, wanted)
        return True if single <= ports.must else None if single <= ports.may else False


class Container(Part):
    """A container of a task definition."""

    kind = "ecs.container"

    @many("ecs.port_mapping")
    def port_mappings(self) -> Related[PortMapping]:
        """Its port mappings."""
        stated = self.property("PortMappings")
        found: list[PortMapping] = []
        rest: Unknown | None = None
        for element in elements(stated):
            if isinstance(element.value, Unknown):
                rest = rest or element.value
            else:
                port = text(get(element, "ContainerPort")) or text(get(element, "ContainerPortRange")) or len(found)
                found.append(PortMapping(self.graph, self.resource, element, f"{self.name}:{port}"))
        return Related(tuple(found), rest, stated.at)

    @fact("text")
    def log_driver(self) -> Fact[Any]:
        """The driver that its logs go through; absent where none is set."""
        return self.property("LogConfiguration.LogDriver")

    @one("logs.log_group")
    def log_group(self) -> Related[LogGroup]:
        """The log group that its logs go to through the driver ``awslogs``."""
        from scanner.topology.observed.log_group import log_group_of

        return log_group_of(self)

    @fact("number")
    def start_period(self) -> Fact[Any]:
        """Seconds before failures of its own health check count; 0 without one."""
        return self.property("HealthCheck.StartPeriod", 0, "no start period")


class TaskDefinition(Entity):
    """A task definition."""

    kind = "ecs.task_definition"

    @fact("text")
    def network_mode(self) -> Fact[Any]:
        """``awsvpc``, ``bridge``, ``host``, ``none``; by default ``bridge``, as ECS has it for Linux on EC2."""
        return self.property("NetworkMode", "bridge", "default network mode of ECS on Linux")

    @many("ecs.container")
    def containers(self) -> Related[Container]:
        """Its containers."""
        stated = self.property("ContainerDefinitions")
        found: list[Container] = []
        rest: Unknown | None = None
        for index, element in enumerate(elements(stated)):
            if isinstance(element.value, Unknown):
                rest = rest or element.value
            else:
                name = text(get(element, "Name")) or str(index)
                found.append(Container(self.graph, self.resource, element, name))
        return Related(tuple(found), rest, stated.at)

    @fact("list")
    def compatibilities(self) -> Fact[Any]:
        """EC2, FARGATE, EXTERNAL: what it is checked against."""
        return self.property("RequiresCompatibilities")

    @fact("list")
    def start_services(self) -> Fact[Any]:
        """What its tasks must reach before they run, by the names of VPC endpoints: ``ecr.api``, ``logs``; ``internet``
        for an image from elsewhere."""
        from scanner.topology.ecs.start import start_services

        return start_services(self)
