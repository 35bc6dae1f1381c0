from __future__ import annotations

from typing import Any

import pytest

from scanner.topology.ecs.task_definition import TaskDefinition
from tests.topology.graphs import RUN_TASK, find, graph

CONTAINER = "TaskDefinition.Properties.ContainerDefinitions.0"
REGISTRY = {"ecr.api", "ecr.dkr", "s3"}


def services(change: dict[str, Any]) -> Any:
    return find(TaskDefinition, graph(RUN_TASK, change), "TaskDefinition").start_services().value


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1", REGISTRY),
        ({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1"}, REGISTRY),
        ({"Fn::Sub": "${Repository.RepositoryUri}:1"}, REGISTRY),
        ("public.ecr.aws/nginx/nginx:stable", {"internet"}),
        ("nginx", {"internet"}),
    ],
)
def test_what_an_image_is_pulled_through(image: object, expected: set[str]) -> None:
    repository = {"Type": "AWS::ECR::Repository"}
    found = services({"Repository": repository, f"{CONTAINER}.Image": image, f"{CONTAINER}.LogConfiguration": None})
    assert {item.value for item in found.items} == expected
    assert found.rest is None


def test_an_image_that_is_not_known() -> None:
    found = services({"Parameters.Image": {"Type": "String"}, f"{CONTAINER}.Image": {"Ref": "Image"}})
    assert {item.value for item in found.items} == {"logs"}
    assert "parameter Image has no value" in found.rest.reason


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:s", "secretsmanager"),
        ({"Ref": "Password"}, "secretsmanager"),
        ({"Fn::Sub": "${Password}:key::"}, "secretsmanager"),
        ("/app/password", "ssm"),
        ({"Ref": "Setting"}, "ssm"),
    ],
)
def test_where_secrets_come_from(source: object, expected: str) -> None:
    change = {
        "Password": {"Type": "AWS::SecretsManager::Secret"},
        "Setting": {"Type": "AWS::SSM::Parameter"},
        f"{CONTAINER}.Secrets": [{"Name": "P", "ValueFrom": source}],
    }
    assert {item.value for item in services(change).items} == {*REGISTRY, "logs", expected}


def test_another_log_driver_needs_no_endpoint_of_logs() -> None:
    found = services({f"{CONTAINER}.LogConfiguration.LogDriver": "splunk"})
    assert {item.value for item in found.items} == REGISTRY
