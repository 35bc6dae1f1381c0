from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Fact
from scanner.topology.ecs.task_definition import PortMapping, TaskDefinition
from tests.topology.graphs import BRIDGE, find, graph

CONTAINERS = "TaskDefinition.Properties.ContainerDefinitions"
PARAMETERS = {"Parameters.P": {"Type": "String"}}
P = {"Ref": "P"}


def definition(change: dict[str, Any]) -> TaskDefinition:
    return find(TaskDefinition, graph(BRIDGE, {**PARAMETERS, **change}), "TaskDefinition")


def mapping(stated: Any) -> PortMapping:
    [container] = definition({f"{CONTAINERS}.0.PortMappings": [stated]}).containers()
    [found] = container.port_mappings()
    return found


@pytest.mark.parametrize(
    ("stated", "port", "maps"),
    [
        ({"ContainerPort": 80}, 80, True),
        ({"ContainerPort": "80"}, 80, True),
        ({"ContainerPort": 80}, "81", False),
        ({"ContainerPortRange": "80-90"}, 85, True),
        ({"ContainerPortRange": "80-90"}, 91, False),
        ({"ContainerPortRange": P}, 80, None),
        ({"ContainerPort": P}, 80, None),
        ({"ContainerPort": 80}, "web", None),
        ({"ContainerPort": 80}, 70000, None),
    ],
)
def test_whether_a_mapping_maps_a_port(stated: Any, port: Any, maps: bool | None) -> None:
    assert mapping(stated).maps(Fact(port)) is maps


def test_the_host_port_is_left_to_the_host_by_default() -> None:
    assert mapping({"ContainerPort": 80}).host_port().value == 0
    assert mapping({"ContainerPort": 80, "HostPort": 81}).host_port().value == 81


def test_bridge_is_the_default_network_mode() -> None:
    found = definition({"TaskDefinition.Properties.NetworkMode": None}).network_mode()
    assert (found.value, found.note) == ("bridge", "default network mode of ECS on Linux")


def test_containers_and_what_they_state() -> None:
    [container] = definition({f"{CONTAINERS}.0.HealthCheck": {"Command": ["x"], "StartPeriod": 30}}).containers()
    assert (container.label, container.log_driver().value, container.start_period().value) == (
        "TaskDefinition/web",
        "awslogs",
        30,
    )
    [bare] = definition({f"{CONTAINERS}.0": {"Name": "web"}}).containers()
    assert (bare.log_driver().value, bare.start_period().value) == (ABSENT, 0)


@pytest.mark.parametrize("stated", [P, [P]])
def test_containers_that_are_not_known_leave_the_list_open(stated: Any) -> None:
    found = definition({CONTAINERS: stated}).containers()
    assert found.items == ()
    assert found.rest is not None
