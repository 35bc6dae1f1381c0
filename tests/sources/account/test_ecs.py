"""Clusters, services and the task definitions in use."""

from __future__ import annotations

from typing import Any

from scanner.sources.account.ecs import clusters, definitions
from scanner.sources.account.found import Found
from scanner.sources.snapshot import Accounts, account_text, read_snapshot
from tests.sources.account.answers import Answers

CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop"
SERVICE = "arn:aws:ecs:eu-west-1:111122223333:service/shop/web"
REVISION = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:"


def answers(service: dict[str, Any] | None = None, names: int = 1) -> Answers:
    made = Answers().of("ecs:ListClusters", [CLUSTER]).of("ecs:ListServices", [SERVICE] * names)
    made.of("ecs:DescribeClusters", {"Clusters": [{"ClusterName": "shop", "ClusterArn": CLUSTER, "Status": "ACTIVE"}]})
    described = {"ServiceArn": SERVICE, "ServiceName": "web", "ClusterArn": CLUSTER, **(service or {})}
    return made.of("ecs:DescribeServices", {"Services": [described], "Failures": []})


def service_of(made: Found) -> dict[str, Any]:
    (found,) = made.of("AWS::ECS::Service")
    properties: dict[str, Any] = found["properties"]
    return properties


def test_ten_services_a_call() -> None:
    told = answers(names=25)
    clusters(told, Found())
    sizes = [len(asked["services"]) for api, asked in told.asked if api == "ecs:DescribeServices"]
    assert sizes == [10, 10, 5]


def test_lists_that_are_empty_are_stated() -> None:
    made = Found()
    clusters(answers(), made)
    assert service_of(made)["LoadBalancers"] == []
    assert made.of("AWS::ECS::Cluster")[0]["properties"]["ClusterSettings"] == []


def test_service_that_codedeploy_deploys_is_as_its_primary_task_set() -> None:
    made = Found()
    balancers = [{"TargetGroupArn": "tg", "ContainerName": "web", "ContainerPort": 80}]
    sets = [
        {"Status": "ACTIVE", "TaskDefinition": f"{REVISION}2"},
        {"Status": "PRIMARY", "TaskDefinition": f"{REVISION}1", "LoadBalancers": balancers, "LaunchType": "FARGATE"},
    ]
    clusters(answers({"TaskSets": sets, "LoadBalancers": [], "TaskDefinition": ""}), made)
    said = service_of(made)
    assert (said["TaskDefinition"], said["LoadBalancers"]) == (f"{REVISION}1", balancers)
    assert said["LaunchType"] == "FARGATE"


def test_service_that_is_deleted_is_left_out() -> None:
    made = Found()
    clusters(answers({"Status": "INACTIVE"}), made)
    assert made.of("AWS::ECS::Service") == []
    assert made.observed()["service_events"] == []


def test_events_in_the_names_of_the_api() -> None:
    made = Found()
    event = {"Id": "e1", "CreatedAt": "2026-01-31T03:00:00Z", "Message": "(service web) has reached a steady state."}
    clusters(answers({"Events": [event]}), made)
    (seen,) = made.observed()["service_events"]
    assert seen["events"] == [{name[:1].lower() + name[1:]: value for name, value in event.items()}]


def test_service_that_is_listed_twice_counts_once() -> None:
    made = Found()
    clusters(answers(names=11), made)
    assert len(made.of("AWS::ECS::Service")) == len(made.observed()["service_events"]) == 1


def test_task_sets_of_what_others_deploy() -> None:
    made = Found()
    told = answers({"DeploymentController": {"Type": "EXTERNAL"}})
    told.of("ecs:DescribeTaskSets", {"TaskSets": [{"Id": "ts1", "TaskSetArn": "a", "TaskDefinition": f"{REVISION}1"}]})
    clusters(told, made)
    (one,) = made.of("AWS::ECS::TaskSet")
    assert (one["properties"]["Service"], one["properties"]["Cluster"]) == (SERVICE, CLUSTER)


def test_failure_of_one_service_is_noted() -> None:
    told = answers().of("ecs:DescribeServices", {"Services": [], "Failures": [{"Reason": "UNKNOWN"}]})
    clusters(told, Found())
    assert told.failures() == [{"api": "ecs:DescribeServices", "error": "UNKNOWN"}]


def test_fargate_is_no_capacity_provider_of_the_account() -> None:
    providers = [{"Name": name, "CapacityProviderArn": name} for name in ("FARGATE", "FARGATE_SPOT", "hosts")]
    made = Found()
    clusters(answers().of("ecs:DescribeCapacityProviders", providers), made)
    assert [one["id"] for one in made.of("AWS::ECS::CapacityProvider")] == ["hosts"]


def asked_of(properties: dict[str, dict[str, Any]]) -> list[str]:
    made = Found()
    for type, said in properties.items():
        made.make(type, "-", said)
    told = Answers()
    definitions(told, made)
    return [asked["taskDefinition"] for _, asked in told.asked]


def test_definitions_that_are_used() -> None:
    document = '{"States": {"Run": {"Parameters": {"TaskDefinition": "nightly", "TaskDefinition.$": "$.x"}}}}'
    inputs = '{"taskDefinition": "arn:aws:ecs:eu-west-1:111122223333:task-definition/daily"}'
    assert asked_of(
        {
            "AWS::ECS::Service": {"TaskDefinition": f"{REVISION}1"},
            "AWS::ECS::TaskSet": {"TaskDefinition": f"{REVISION}2"},
            "AWS::StepFunctions::StateMachine": {"DefinitionString": document},
            "AWS::Events::Rule": {"Targets": [{"EcsParameters": {"TaskDefinitionArn": f"{REVISION}3"}}]},
            "AWS::Scheduler::Schedule": {"Target": {"Input": inputs}},
        }
    ) == [
        "arn:aws:ecs:eu-west-1:111122223333:task-definition/daily",
        *(f"{REVISION}{number}" for number in (1, 2, 3)),
        "nightly",
    ]


def test_definition_that_is_known_at_run_time_is_not_asked_for() -> None:
    document = '{"Parameters": {"TaskDefinition": "$.definition"}, "Other": {"TaskDefinition": "{% $x %}"}, "a": 1}'
    assert asked_of({"AWS::StepFunctions::StateMachine": {"DefinitionString": document}}) == []


def latest(*names: str) -> dict[str, bool]:
    """By revision whether it is marked as the latest one, after some names were looked up of a family of two."""
    made, told = Found(), Answers()
    for name in names:
        revision = name if name[-1].isdigit() else f"{REVISION}2"
        told.of(f"ecs:DescribeTaskDefinition {name}", {"TaskDefinition": {"TaskDefinitionArn": revision}})
        made.make("AWS::ECS::TaskSet", name, {"TaskDefinition": name})
    definitions(told, made)
    return {one["id"][-1]: "Latest" in one["attributes"] for one in made.of("AWS::ECS::TaskDefinition")}


def test_latest_revision_is_marked_where_a_family_is_named() -> None:
    assert latest(f"{REVISION}1", f"{REVISION}2") == {"1": False, "2": False}
    assert latest(f"{REVISION}1", f"{REVISION}2", "web") == {"1": False, "2": True}
    assert latest(REVISION.removesuffix(":")) == {"2": True}


def test_family_alone_leads_to_the_revision_that_is_marked() -> None:
    revisions = [
        {"type": "AWS::ECS::TaskDefinition", "id": f"{REVISION}{number}", "arn": f"{REVISION}{number}"}
        for number in (1, 2)
    ]
    for marked, found in ((False, []), (True, [f"{REVISION}2"])):
        entry = {"account": "111122223333", "region": "eu-west-1", "resources": [*revisions]}
        entry["resources"][1] = {**revisions[1], **({"attributes": {"Latest": True}} if marked else {})}
        accounts = Accounts(read_snapshot(account_text(entry, "2026-01-31T03:00:00Z"), "account.json"))
        for name in ("web", REVISION.removesuffix(":")):
            keys = [key for _, key in accounts.find(name, ("AWS::ECS::TaskDefinition",))]
            assert keys == found, name
