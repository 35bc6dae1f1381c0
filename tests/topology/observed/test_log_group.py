from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.topology.ecs.task_definition import Container
from scanner.topology.entity import Related
from scanner.topology.observed.log_group import LogGroup
from tests.topology.graphs import BRIDGE, binding, graph
from tests.topology.observed.live import denied, web

OPTIONS = "task-definition/web:7.properties.ContainerDefinitions.0.LogConfiguration.Options"


def container(change: dict[str, Any] | None = None) -> Container:
    [bound] = web(change).bindings()
    [found] = bound.container()
    return found


def group(change: dict[str, Any] | None = None) -> Related[LogGroup]:
    return container(change).log_group()


def test_the_group_of_a_container() -> None:
    [found] = group()
    assert found.label == "/ecs/web"
    assert found.last_event().value == "2026-01-31T02:58:11Z"
    assert group({"/ecs/web.attributes.LastEventTime": "none"}).items[0].last_event().value == "none"


def test_a_group_that_is_not_there_is_proven() -> None:
    found = group({"/ecs/web": None})
    assert (found.items, found.rest) == ((), None)
    rest = group({"/ecs/web": None, **denied("logs:DescribeLogGroups")}).rest
    assert rest is not None
    assert "logs:DescribeLogGroups failed" in rest.reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({f"{OPTIONS}.awslogs-region": "us-east-1"}, "the logs of task-definition/web:7/web go to region us-east-1"),
        ({f"{OPTIONS}.awslogs-group": None}, "awslogs-group is not set"),
    ],
)
def test_a_group_that_is_not_known(change: dict[str, Any], said: str) -> None:
    found = group(change)
    assert found.items == ()
    assert found.rest is not None
    assert said in found.rest.reason.replace("web/web", "task-definition/web:7/web")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"/ecs/web.attributes": None}, "the snapshot has no LastEventTime"),
        ({"/ecs/web.attributes": None, **denied("logs:DescribeLogStreams")}, "logs:DescribeLogStreams failed"),
    ],
)
def test_an_event_that_is_not_known(change: dict[str, Any], said: str) -> None:
    value = group(change).items[0].last_event().value
    assert isinstance(value, Unknown)
    assert said in value.reason


def test_a_template_does_not_tell_what_was_received() -> None:
    change = {
        "Logs": {"Type": "AWS::Logs::LogGroup"},
        "TaskDefinition.Properties.ContainerDefinitions.0.LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {"awslogs-group": {"Ref": "Logs"}},
        },
    }
    [held] = binding(graph(BRIDGE, change)).container()
    [found] = held.log_group()
    assert found.label == "Logs"
    assert isinstance(found.last_event().value, Unknown)
