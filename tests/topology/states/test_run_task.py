from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.states.definition import Scope, State
from scanner.model import Fact, Unknown
from scanner.topology.states.run_task import runs_task
from tests.topology.graphs import ids
from tests.topology.states.machines import STATE, run_task

UNKNOWN = Unknown("u", "not known")
NETWORK = f"{STATE}.Parameters.NetworkConfiguration.AwsvpcConfiguration"


def test_what_a_task_is_given() -> None:
    found = run_task()
    assert ids(found.subnets()) == ["SubnetA", "SubnetB"]
    assert len(found.subnet_ids().value.items) == 2
    assert found.assign_public_ip().value == "DISABLED"
    assert found.runs_on().value == "fargate"
    assert ids(found.task_definition()) == ["TaskDefinition"]
    assert {item.value for item in found.start_services().value.items} == {"ecr.api", "ecr.dkr", "s3", "logs"}


def test_jsonata_names_its_arguments_otherwise() -> None:
    arguments = {"LaunchType": "FARGATE", "TaskDefinition": {"Ref": "TaskDefinition"}, "Cluster": "{% $cluster %}"}
    found = run_task(
        {f"{STATE}.Parameters": None, f"{STATE}.QueryLanguage": "JSONata", f"{STATE}.Arguments": arguments}
    )
    assert ids(found.task_definition()) == ["TaskDefinition"]
    assert found.subnet_ids().value.items == ()
    assert isinstance(found.argument("Cluster").value, Unknown)


def test_a_public_address_is_not_given_by_default() -> None:
    found = run_task({f"{NETWORK}.AssignPublicIp": None}).assign_public_ip()
    assert (found.value, found.note) == ("DISABLED", "default of RunTask")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({f"{NETWORK}.Subnets": None}, None),
        ({f"{STATE}.Parameters.NetworkConfiguration": None}, None),
        (
            {f"{NETWORK}.Subnets": None, f"{NETWORK}.Subnets.$": "$.subnets"},
            "Subnets is known only when the machine runs",
        ),
    ],
)
def test_subnets_that_are_not_stated(change: dict[str, Any], expected: str | None) -> None:
    if any(".$" in path for path in change):
        change = {f"{STATE}.Parameters.NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets.$": "$.subnets"}}}
    found = run_task(change).subnet_ids().value
    assert found.items == ()
    assert (found.rest.reason if found.rest else None) == expected


def test_the_end_of_success() -> None:
    assert run_task().unreported_successes(reporters=("sns",)).items == ()
    assert [one.label for one in run_task().unreported_successes(reporters=("sqs",))] == ["Machine/Tell Success"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Resource": "arn:aws:states:::ecs:runTask"}, True),
        ({"Resource": "arn:aws:states:::ecs:describeTasks"}, False),
        ({"Resource": UNKNOWN, "Parameters": {"TaskDefinition.$": Fact("$.t")}}, UNKNOWN),
        ({"Resource": UNKNOWN, "Parameters": {"FunctionName": Fact("f")}}, False),
    ],
)
def test_which_states_run_a_task(fields: dict[str, Any], expected: object) -> None:
    stated = {name: Fact(value) for name, value in {"Type": "Task", **fields}.items()}
    assert runs_task(State("A", Fact(stated), Scope(Fact({})))) == expected
