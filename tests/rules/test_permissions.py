"""The policies of the source document: as they stand, and with what they leave open filled in."""

from __future__ import annotations

from typing import Any

from scanner.policy.evaluate.judge import judge_rule
from scanner.policy.load import load_rules
from tests.topology.graphs import RUN_TASK, graph

RULES = {rule.id: rule for rule in load_rules().rules if rule.id.startswith("IAM")}
POLICY = "MachineRole.Properties.Policies.0.PolicyDocument"
ACCOUNT = "${AWS::AccountId}"


def policies(definition: str, cluster: str, rule: str, topic: Any) -> dict[str, Any]:
    """The three policies of step 8 as one."""
    tasks = {"StringLike": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    changes = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
    delivery = ["CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"]
    others = ["PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"]
    here = {"ArnLike": {"ecs:cluster": {"Fn::Sub": cluster}}}
    statements = [
        {"Effect": "Allow", "Action": ["ecs:RunTask"], "Resource": [{"Fn::Sub": definition}], "Condition": here},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ["*"], "Condition": tasks},
        {"Effect": "Allow", "Action": ["ecs:StopTask", "ecs:DescribeTasks"], "Resource": "*"},
        {"Effect": "Allow", "Action": changes, "Resource": [{"Fn::Sub": rule}]},
        {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": [topic]},
        {"Effect": "Allow", "Action": [f"logs:{name}" for name in (*delivery, *others)], "Resource": "*"},
    ]
    return {POLICY: {"Version": "2012-10-17", "Statement": statements}}


def verdicts(change: dict[str, Any]) -> dict[str, str]:
    """The rules that the role of the state machine does not pass."""
    of = graph(RUN_TASK, change)
    judged = {id: judge_rule(rule, of).judgements.values() for id, rule in RULES.items()}
    own = {id: one.verdict.word for id, found in judged.items() for one in found if one.subject.label == "MachineRole"}
    return {id: word for id, word in own.items() if word != "pass"}


def test_as_they_stand_they_name_nothing() -> None:
    change = policies(
        "arn:aws:ecs:*:123456789:task-definition/<TASK_DEFINITION>",
        "arn:aws:ecs:*:123456789:cluster/<ECS ",
        "arn:aws:events:us-east-1:123456788:rule/StepFunctionsGetEventsForECSTaskRule",
        "arn:aws:sns:us-east-1:12345678:<TOPIC>",
    )
    # Passing any role is what the document itself has.
    assert verdicts(change) == {"IAM004": "fail", "IAM008": "fail", "IAM011": "fail"}


def test_filled_in_they_only_pass_any_role() -> None:
    change = policies(
        f"arn:aws:ecs:*:{ACCOUNT}:task-definition/nightly-report:*",
        f"arn:aws:ecs:*:{ACCOUNT}:cluster/${{Cluster}}",
        f"arn:aws:events:${{AWS::Region}}:{ACCOUNT}:rule/StepFunctionsGetEventsForECSTaskRule",
        {"Ref": "Topic"},
    )
    assert verdicts(change) == {"IAM004": "fail"}


def test_a_role_that_may_do_everything_fails_each_rule_that_it_can() -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    found = verdicts({POLICY: {"Version": "2012-10-17", "Statement": [everything]}})
    assert found == dict.fromkeys([f"IAM00{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9)], "fail")
