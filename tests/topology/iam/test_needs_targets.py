from __future__ import annotations

import textwrap

import pytest

from scanner.topology.events.schedule import Schedule
from scanner.topology.iam.needs import DOCUMENTED, TIGHTEST, Needed, target_needs
from tests.topology.graphs import RUN_TASK, find, graph
from tests.topology.iam.needed import says, template

MORE = """
Machine: {Type: AWS::StepFunctions::StateMachine}
Cluster: {Type: AWS::ECS::Cluster}
Role: {Type: AWS::IAM::Role}
Execution: {Type: AWS::IAM::Role}
Queue: {Type: AWS::SQS::Queue}
Function: {Type: AWS::Lambda::Function}
Task:
  Type: AWS::ECS::TaskDefinition
  Properties: {TaskRoleArn: !GetAtt Role.Arn, ExecutionRoleArn: !GetAtt Execution.Arn}
"""
PASSED = " if StringEquals iam:PassedToService ecs-tasks.amazonaws.com"


def of(properties: str, type: str = "AWS::Events::Rule", baseline: str = TIGHTEST) -> Needed:
    """What the only target of a rule or schedule needs."""
    text = "Parameters:\n  Name: {Type: String}\nResources:\n" + textwrap.indent(MORE, "  ")
    text += f"  Schedule:\n    Type: {type}\n    Properties:\n" + textwrap.indent(textwrap.dedent(properties), "      ")
    [target] = find(Schedule, template(text), "Schedule").targets()
    return target_needs(target, baseline)


@pytest.mark.parametrize("baseline", [DOCUMENTED, TIGHTEST])
def test_a_rule_that_starts_a_machine(baseline: str) -> None:
    [target] = find(Schedule, graph(RUN_TASK), "Schedule").targets()
    found = target_needs(target, baseline)
    assert says(found.needs) == ["states:StartExecution on ${Machine.Arn}"]
    assert found.needs[0].why == "target machine of Schedule starts an execution"
    assert found.needs[0].at == target.property("Arn").at


def test_a_rule_that_runs_a_task() -> None:
    found = of("Targets: [{Id: a, Arn: !GetAtt Cluster.Arn, EcsParameters: {TaskDefinitionArn: !Ref Task}}]\n")
    assert says(found.needs) == [
        "ecs:RunTask on ${Task.Arn} if ArnEquals ecs:cluster ${Cluster.Arn}",
        f"iam:PassRole on ${{Execution.Arn}}{PASSED}",
        f"iam:PassRole on ${{Role.Arn}}{PASSED}",
    ]
    assert (found.unknown, found.perhaps) == ((), ())


def test_a_role_that_the_input_overrides() -> None:
    text = """
    Targets:
      - Id: a
        Arn: !GetAtt Cluster.Arn
        EcsParameters: {TaskDefinitionArn: !Ref Task}
        Input: '{"taskRoleArn": "arn:aws:iam::111122223333:role/other"}'
    """
    assert says(of(text).needs)[1:] == [
        f"iam:PassRole on ${{Execution.Arn}}, arn:aws:iam::111122223333:role/other{PASSED}"
    ]


def test_a_schedule_that_runs_a_task_by_the_sdk() -> None:
    text = """
    Target:
      Arn: arn:aws:scheduler:::aws-sdk:ecs:runTask
      RoleArn: !GetAtt Role.Arn
      Input: !Sub '{"Cluster": "${Cluster.Arn}", "TaskDefinition": "${Task}"}'
    """
    assert says(of(text, "AWS::Scheduler::Schedule").needs) == [
        "ecs:RunTask on ${Task.Arn} if ArnEquals ecs:cluster ${Cluster.Arn}",
        f"iam:PassRole on ${{Execution.Arn}}{PASSED}",
        f"iam:PassRole on ${{Role.Arn}}{PASSED}",
    ]


def test_a_schedule_sends_to_its_dead_letter_queue_by_its_role_and_a_rule_does_not() -> None:
    target = "{Id: a, Arn: !Ref Machine, DeadLetterConfig: {Arn: !GetAtt Queue.Arn}}"
    start = "states:StartExecution on ${Machine.Arn}"
    key = "arn:aws:kms:us-east-1:111122223333:key/k"
    schedule = of(f"Target: {target}\nKmsKeyArn: {key}\n", "AWS::Scheduler::Schedule")
    assert says(schedule.needs) == [
        start,
        "sqs:SendMessage on ${Queue.Arn}",
        f"kms:Decrypt on {key}",
    ]
    assert says(of(f"Targets: [{target}]\n").needs) == [start]


def test_a_rule_starts_a_function_without_its_role() -> None:
    target = "{Id: a, Arn: !GetAtt Function.Arn}"
    found = of(f"Targets: [{target}]\n")
    assert (found.needs, found.unknown) == ((), ())
    schedule = of(f"Target: {target}\n", "AWS::Scheduler::Schedule")
    assert says(schedule.needs) == ["lambda:InvokeFunction on ${Function.Arn}"]


def test_a_target_that_no_file_describes_is_unknown() -> None:
    found = of("Targets: [{Id: a, Arn: 'arn:aws:quantum:us-east-1:111122223333:thing/a'}]\n")
    assert [one.reason for one in found.unknown] == ["what target a of Schedule needs is not known here"]
    found = of("Targets: [{Id: a, Arn: !Ref Name}]\n")
    assert "what target a of Schedule starts is not known: parameter Name has no value" in found.unknown[0].reason
