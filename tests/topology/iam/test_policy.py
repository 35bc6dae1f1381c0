from __future__ import annotations

import pytest

from scanner.analysis.iam.conditions import clause
from scanner.analysis.iam.results import Need
from scanner.model import Fact, Reference
from scanner.topology.iam.needs import DOCUMENTED, TIGHTEST
from scanner.topology.iam.policy import Allow, every_case, every_machine, merged
from tests.topology.graphs import RUN_TASK, graph
from tests.topology.iam.needed import template

TOPIC, OTHER = Reference("t.yaml#A", "Arn"), Reference("t.yaml#B", "Arn")


def need(action: str, *resources: object, cluster: str = "") -> Need:
    conditions = (clause("ecs:cluster", "ArnEquals", cluster),) if cluster else ()
    return Need(action, tuple(Fact(one) for one in resources), conditions)


def test_actions_on_the_same_and_places_of_the_same_are_one_statement() -> None:
    found = merged([need("sns:Publish", OTHER), need("s3:GetObject", TOPIC), need("sns:Publish", TOPIC)])
    assert found == (Allow(("s3:GetObject", "sns:Publish"), (TOPIC,)), Allow(("sns:Publish",), (OTHER,)))
    assert merged([need("sns:Publish", OTHER), need("sns:Publish", TOPIC)]) == (
        Allow(("sns:Publish",), (TOPIC, OTHER)),
    )
    found = merged([need("xray:B", "*"), need("logs:A", "*")])
    assert found == (Allow(("logs:A", "xray:B"), ("*",)),)


def test_conditions_keep_statements_apart() -> None:
    found = merged([need("ecs:RunTask", TOPIC, cluster="a"), need("ecs:RunTask", OTHER, cluster="b")])
    assert [one.conditions for one in found] == [
        (("ArnEquals", "ecs:cluster", ("a",)),),
        (("ArnEquals", "ecs:cluster", ("b",)),),
    ]


def test_what_is_granted_on_everything_is_granted_once() -> None:
    assert merged([need("logs:PutLogEvents", TOPIC), need("logs:putLogEvents", "*")]) == (
        Allow(("logs:putLogEvents",), ("*",)),
    )
    assert len(merged([need("ecs:RunTask", "*", cluster="a"), need("ecs:RunTask", TOPIC)])) == 2


def test_the_order_of_needs_does_not_matter() -> None:
    needs = [need("sns:Publish", OTHER), need("s3:GetObject", TOPIC), need("sns:Publish", TOPIC), need("a:B", "*")]
    assert merged(needs) == merged(needs[::-1])


@pytest.mark.parametrize("baseline", [DOCUMENTED, TIGHTEST])
def test_each_role_has_a_policy(baseline: str) -> None:
    found = every_case(graph(RUN_TASK), baseline)
    assert [(one.name, one.users) for one in found] == [
        ("MachineRole", ["state machine Machine"]),
        ("ScheduleRole", ["target Schedule/machine"]),
        ("ExecutionRole", ["task definition TaskDefinition"]),
    ]
    assert all(one.role is not None and not one.unknown and not one.perhaps for one in found)


def test_a_role_that_two_share_has_the_needs_of_both() -> None:
    change = {"Schedule.Properties.Targets.0.RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]}}
    found = every_case(graph(RUN_TASK, change), TIGHTEST)
    assert [one.name for one in found] == ["MachineRole", "ExecutionRole"]
    assert found[0].users == ["state machine Machine", "target Schedule/machine"]
    assert "states:StartExecution" in [action for one in found[0].statements() for action in one.actions]


TWO = """
Parameters:
  Other: {Type: String}
Conditions:
  Traced: !Equals [!Ref Other, "yes"]
Resources:
  One:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: first
      RoleArn: !Ref Other
      TracingConfiguration: !If [Traced, {Enabled: true}, !Ref AWS::NoValue]
      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
  Two:
    Type: AWS::StepFunctions::StateMachine
    Condition: Traced
    Properties:
      RoleArn: arn:aws:iam::111122223333:role/two
      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
      LoggingConfiguration: {Level: ALL}
"""


def test_every_case_of_a_condition_is_covered() -> None:
    found = every_case(template(TWO), TIGHTEST)
    assert [(one.name, one.role) for one in found] == [("One", None), ("Two", None)]
    assert "xray:PutTraceSegments" in found[0].statements()[0].actions
    assert every_machine(template(TWO)) == (("One", "first"), ("Two",))


@pytest.mark.parametrize("name", ["One", "first"])
def test_one_machine_is_chosen_by_its_id_or_its_name(name: str) -> None:
    assert [one.name for one in every_case(template(TWO), TIGHTEST, name)] == ["One"]


def test_with_a_machine_go_what_starts_it_and_what_it_runs() -> None:
    assert len(every_case(graph(RUN_TASK), TIGHTEST, "Machine")) == 3
    apart = {
        "Schedule.Properties.Targets.0.Arn": "arn:aws:states:us-east-1:111122223333:stateMachine:other",
        "Machine.Properties.Definition.States.Make Report.Parameters.TaskDefinition": "elsewhere",
    }
    [only] = every_case(graph(RUN_TASK, apart), TIGHTEST, "Machine")
    assert only.name == "MachineRole"
    assert [one.action for one in only.perhaps] == ["iam:PassRole", "iam:PassRole"]
