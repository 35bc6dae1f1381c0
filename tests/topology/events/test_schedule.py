from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Unknown
from scanner.topology.events.schedule import Schedule, Target
from tests.topology.graphs import RUN_TASK, find, graph, ids

TARGET = "Schedule.Properties.Targets.0"
TASK = {"Id": "t", "Arn": {"Fn::GetAtt": ["Cluster", "Arn"]}}
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:ecs:runTask"


def schedule(change: dict[str, Any] | None = None) -> Schedule:
    return find(Schedule, graph(RUN_TASK, change), "Schedule")


def target(change: dict[str, Any] | None = None) -> Target:
    [found] = schedule(change).targets()
    return found


def by_scheduler(stated: dict[str, Any]) -> Target:
    return target({"Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": {"Target": stated}}})


def test_a_rule_that_starts_a_machine() -> None:
    found = target()
    assert ids(found.machine()) == ["Machine"]
    assert found.runs_on().value is ABSENT
    assert found.task_definition().items == ()
    assert found.role().value is not ABSENT
    assert (found.label, found.address) == ("Schedule/machine", "t.yaml#Schedule/machine")


@pytest.mark.parametrize(
    ("arn", "known"),
    [
        ({"Ref": "Topic"}, True),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", True),
        ({"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:g"}, True),
        ("arn:aws:states:eu-west-1:123456789012:stateMachine:other", False),
        ({"Fn::ImportValue": "machine"}, False),
    ],
)
def test_other_targets(arn: object, known: bool) -> None:
    found = target({f"{TARGET}.Arn": arn}).machine()
    assert found.items == ()
    assert (found.rest is None) is known


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"LaunchType": "FARGATE"}, "fargate"),
        ({"LaunchType": "EC2"}, "ec2"),
        ({"CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT"}]}, "fargate"),
        ({"TaskDefinitionArn": {"Ref": "TaskDefinition"}}, "fargate"),
        ({}, "ec2"),
    ],
)
def test_a_rule_that_runs_a_task(parameters: dict[str, Any], expected: str) -> None:
    found = target({TARGET: {**TASK, "EcsParameters": parameters}})
    assert found.runs_on().value == expected
    assert (found.machine().items, found.machine().rest) == ((), None)


def test_the_universal_targets_of_the_scheduler() -> None:
    runs = by_scheduler({"Arn": UNIVERSAL, "Input": '{"LaunchType": "FARGATE", "TaskDefinition": "nightly-report"}'})
    assert runs.runs_on().value == "fargate"
    assert ids(runs.task_definition()) == ["TaskDefinition"]
    starts = by_scheduler(
        {
            "Arn": "arn:aws:scheduler:::aws-sdk:sfn:startExecution",
            "Input": {"Fn::Sub": '{"StateMachineArn": "${Machine}"}'},
        }
    )
    assert ids(starts.machine()) == ["Machine"]
    assert starts.runs_on().value is ABSENT


def test_whether_it_is_enabled() -> None:
    assert schedule().enabled().value is True
    assert schedule({"Schedule.Properties.State": None}).enabled().value is True
    assert schedule({"Schedule.Properties.State": "DISABLED"}).enabled().value is False
    unknown = schedule({"Parameters.On": {"Type": "String"}, "Schedule.Properties.State": {"Ref": "On"}})
    assert isinstance(unknown.enabled().value, Unknown)


def test_the_role_may_be_that_of_the_rule() -> None:
    found = target({f"{TARGET}.RoleArn": None, "Schedule.Properties.RoleArn": "arn:aws:iam::123456789012:role/r"})
    assert found.role().value == "arn:aws:iam::123456789012:role/r"
    assert target({f"{TARGET}.RoleArn": None}).role().value is ABSENT


def test_targets_that_are_not_known() -> None:
    change = {"Parameters.Targets": {"Type": "String"}, "Schedule.Properties.Targets": {"Ref": "Targets"}}
    found = schedule(change).targets()
    assert found.items == ()
    assert found.rest is not None
