"""Whatever a state passes, its needs are told or said not to be known; nothing is raised."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.topology.ecs.task_definition import TaskDefinition
from scanner.topology.events.schedule import Schedule
from scanner.topology.iam.needs import BASELINES, execution_needs, machine_needs, target_needs
from scanner.topology.iam.needs_data import folder, needs_file
from scanner.topology.iam.policy import merged
from scanner.topology.states.machine import Machine
from tests.topology.graphs import find, graph_of

TEXTS = [
    "",
    "a",
    "a:1",
    "arn:",
    "arn:aws:sns",
    "arn:aws:ecs:us-east-1:111122223333:task-definition/web",
    "arn:aws:lambda:us-east-1:111122223333:function:pay:live",
    "https://sqs",
    "https://sqs.us-east-1.amazonaws.com/111122223333/jobs",
    "s3://bucket",
    "{% $states.input %}",
    "$.path",
]
KNOWN: list[Any] = [
    *TEXTS,
    None,
    0,
    1.5,
    True,
    {"Ref": "Topic"},
    {"Ref": "Text"},
    {"Ref": "AWS::Region"},
    {"Fn::GetAtt": ["Task", "TaskDefinitionArn"]},
    {"Fn::GetAtt": ["Nowhere", "Arn"]},
    {"Fn::Sub": "${Text}/${AWS::AccountId}:${Topic}"},
    {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${Text}"},
    {"Fn::ImportValue": "shared"},
]
VALUES = st.recursive(
    st.sampled_from(KNOWN),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["EventBusName", "a"]), inner, max_size=2)
    ),
    max_leaves=4,
)
FILES = sorted(path.stem for path in folder().glob("*.yaml"))


def template(**resources: Any) -> dict[str, Any]:
    others = {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": []}},
    }
    return {"Parameters": {"Text": {"Type": "String"}}, "Resources": {**others, **resources}}


def arguments_of(name: str) -> list[str]:
    """The arguments that a file's things and grants read, at the first level."""
    file = needs_file(name)
    assert file is not None
    paths = [thing.argument for thing in file.things.values()]
    paths += [path for grants in file.integrations.values() for one in grants for path in (*one.passed, *one.unless)]
    return sorted({path.partition(".")[0] for path in paths if path and path[0] != "$"} | {"Any"})


@pytest.mark.parametrize("name", [name for name in FILES if name != "sdk"])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_arguments_of_any_integration(name: str, data: st.DataObject) -> None:
    file = needs_file(name)
    assert file is not None
    states: dict[str, Any] = {}
    for number, action in enumerate(file.integrations):
        given_names = data.draw(st.sets(st.sampled_from(arguments_of(name))))
        parameters: Any = {one: data.draw(VALUES) for one in sorted(given_names)}
        pattern = data.draw(st.sampled_from(["", ".sync", ".waitForTaskToken"]))
        resource = f"arn:aws:states:::{name}:{action}{pattern}"
        states[str(number)] = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    definition = {"StartAt": "0", "States": states}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": definition}}
    found = find(Machine, graph_of(template(Machine=machine)), "Machine")
    for baseline in BASELINES:
        needed = machine_needs(found, baseline)
        assert all(need.resources and need.why for need in (*needed.needs, *needed.perhaps))
        merged(needed.needs)


@settings(max_examples=25, deadline=None)
@given(arn=VALUES, parameters=VALUES, text=VALUES)
def test_any_target(arn: Any, parameters: Any, text: Any) -> None:
    target = {"Id": "a", "Arn": arn, "Input": text, "EcsParameters": {"TaskDefinitionArn": parameters}}
    rule = {"Type": "AWS::Events::Rule", "Properties": {"Targets": [target, {"Id": "b", "Arn": arn, "Input": text}]}}
    for one in find(Schedule, graph_of(template(Rule=rule)), "Rule").targets():
        for baseline in BASELINES:
            target_needs(one, baseline)


@settings(max_examples=25, deadline=None)
@given(image=VALUES, secret=VALUES, options=VALUES, file=VALUES)
def test_any_container(image: Any, secret: Any, options: Any, file: Any) -> None:
    container = {
        "Name": "web",
        "Image": image,
        "Secrets": [{"Name": "A", "ValueFrom": secret}, secret],
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {"awslogs-group": options, "awslogs-create-group": image},
        },
        "EnvironmentFiles": [{"Type": "s3", "Value": file}, file],
        "RepositoryCredentials": {"CredentialsParameter": secret},
    }
    definition = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [container]}}
    found = find(TaskDefinition, graph_of(template(Web=definition)), "Web")
    for baseline in BASELINES:
        execution_needs(found, baseline)
