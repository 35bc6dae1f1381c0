"""What roles grant, as rules ask for it and as people read it."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.policy.compile import compile_rule
from scanner.policy.evaluate.grants import listed
from scanner.policy.evaluate.judge import Finding, judge_rule
from scanner.topology.schema import KINDS
from tests.policy.evaluate.small import HEAD, _text
from tests.topology.graphs import RUN_TASK, graph
from tests.topology.iam.roles import POLICY, allow

ALL = {"role": "role", "needs": "role.needs"}


def finding(check: dict[str, Any], change: dict[str, Any] | None = None, *, match: Any = None) -> Finding:
    """What a check comes to for the role of the state machine."""
    match = match or {"machine": "states.machine", "role": "iam.role"}
    given = {**HEAD, "match": match, "remediation": "r"}
    given["where"] = {"exists": "role.started_machines"} if match.get("schedule") else {"exists": "role.workflow_uses"}
    given["assert"] = [{"name": "right", "check": check, "message": "{found}; {missing}"}]
    rule, problems = compile_rule(_text(given), "r.yaml", KINDS)
    assert rule is not None, [str(problem) for problem in problems]
    machine = {"ScheduleRole": None, "Schedule": None}
    [judgement] = judge_rule(rule, graph(RUN_TASK, {**machine, **(change or {})})).judgements.values()
    return min(judgement.findings["right"], key=lambda one: one.outcome.verdict)


def found(change: dict[str, Any], **more: Any) -> str:
    return str(finding({"grants_at_most": {**ALL, **more}}, change).outcome.found)


def test_a_role_that_grants_what_is_needed() -> None:
    assert finding({"grants_at_most": ALL}).outcome.verdict.word == "pass"
    least = {"role": "role", "needs": "role.needs(baseline=tightest)"}
    assert finding({"grants_at_least": least}).outcome.verdict.word == "pass"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (allow("s3:GetObject", "arn:aws:s3:::a/b"), "s3:GetObject on arn:aws:s3:::a/b"),
        (allow(["s3:GetObject", "s3:PutObject"], ["arn:a:s3:::a/b", "arn:a:s3:::c/d"]), ""),
        (allow(["s3:GetObject", "s3:PutObject"]), "s3:GetObject and s3:PutObject on *"),
        (
            allow("sqs:*"),
            "sqs:* (sqs:AddPermission, sqs:CancelMessageMoveTask, sqs:ChangeMessageVisibility and ",
        ),
        (allow("sqs:*teQueue", "arn:aws:sqs:*:*:a"), "sqs:*teQueue (sqs:CreateQueue and sqs:DeleteQueue)"),
        (allow("sns:Publish"), "sns:Publish on *"),
        (allow("ecs:RunTask", {"Ref": "Cluster"}), ""),
        ({"Effect": "Allow", "NotAction": ["s3:*", "a:b"], "Resource": "*"}, "all but s3:* and a:b ("),
    ],
)
def test_what_is_in_excess_is_said(statement: dict[str, Any], said: str) -> None:
    assert found({f"{POLICY}.6": statement}).startswith(said)


def test_what_is_in_excess_is_no_lack() -> None:
    outcome = finding({"grants_at_most": ALL}, {f"{POLICY}.6": allow("s3:GetObject")}).outcome
    assert (outcome.verdict.word, outcome.missing) == ("fail", ())


def test_a_condition_that_is_not_there_is_said() -> None:
    more = {"by": "ecs:cluster", "actions": "ecs:RunTask", "needs": "role.needs(baseline=tightest)"}
    assert found({f"{POLICY}.0.Condition": None}, **more) == "ecs:RunTask where ecs:cluster is absent"


def test_what_is_missing_is_said_with_its_resource() -> None:
    change = {f"{POLICY}.1": None, f"{POLICY}.0.Condition": {"StringEquals": {"ecs:cluster": "a"}}}
    outcome = finding({"grants_at_least": {"role": "role", "needs": "role.needs(baseline=tightest)"}}, change).outcome
    assert outcome.missing == (
        "ecs:RunTask on ${TaskDefinition} where ecs:cluster is"
        " arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:cluster/${Cluster}".replace(
            "${AWS::Partition}", "aws"
        ),
        "ecs:StopTask and ecs:DescribeTasks on"
        " arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/${Cluster}/*",
    )


def test_what_is_missing_belongs_beside_what_is_like_it() -> None:
    change = {f"{POLICY}.4.Resource": "arn:aws:sns:eu-west-1:111122223333:other"}
    least = {"role": "role", "needs": "role.needs(baseline=tightest)"}
    outcome = finding({"grants_at_least": least}, change).outcome
    assert outcome.verdict.word == "undecided"  # the region is not known
    change = {f"{POLICY}.4.Resource": {"Ref": "AWS::NoValue"}, f"{POLICY}.4.Action": "sns:Subscribe"}
    place = graph(RUN_TASK, change).resource("t.yaml#MachineRole").get("Policies").at[0]
    assert finding({"grants_at_least": least}, change).outcome.at[0].line == place.line


def test_what_is_not_known_says_how_to_supply_it() -> None:
    change = {
        f"{POLICY}.4.Resource": "arn:aws:sns:eu-west-1:111122223333:reports",
        "Topic.Properties": {"TopicName": "reports"},
    }
    outcome = finding({"grants_at_most": ALL}, change).outcome
    assert outcome.verdict.word == "undecided"
    assert {(one.reason, one.supply) for one in outcome.unknown} >= {
        ("AWS::Region is not known", "--region NAME"),
        ("AWS::AccountId is not known", "--account ID"),
    }


@pytest.mark.parametrize(("texts", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_lists_for_people(texts: list[str], said: str) -> None:
    assert listed(texts) == said


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("{grants_at_most: {role: role, needs: role.needs, by: places}}", "none of actions, resources, limits"),
        ("{grants_at_most: {role: role.uses, needs: role.needs}}", '"role" takes one value'),
        ("{grants_at_most: {role: role}}", "needs"),
        ("{grants_at_least: {role: role, needs: role.needs, by: actions}}", "by"),
    ],
)
def test_wrong_arguments_are_refused(check: str, fault: str) -> None:
    import yaml

    given = {**HEAD, "match": {"role": "iam.role"}, "remediation": "r"}
    given["assert"] = [{"name": "right", "check": yaml.safe_load(check), "message": "m"}]
    _, problems = compile_rule(_text(given), "r.yaml", KINDS)
    assert any(fault in str(problem) for problem in problems), [str(problem) for problem in problems]
