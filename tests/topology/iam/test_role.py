from __future__ import annotations

import json

from tests.topology.iam.roles import role


def test_needs_say_who_has_them() -> None:
    found = role().needs(baseline="tightest").items
    first = found[0]
    assert (first.action().value, first.used_by().value, first.certain().value) == ("ecs:RunTask", "machine", True)
    assert first.why().value == "state Make Report runs a task"
    assert first.label == "ecs:RunTask (state Make Report runs a task)"
    assert [str(fact.value.address) for fact in first.resources().value.items] == ["t.yaml#TaskDefinition"]
    assert first.at == role().uses().items[0].owner.states().items[0].property("Resource").at
    assert len({one.address for one in found}) == len(found)


def test_the_needs_of_each_user() -> None:
    [start] = role(id="ScheduleRole").needs(baseline="tightest")
    assert (start.action().value, start.used_by().value) == ("states:StartExecution", "schedule")
    actions = {one.action().value for one in role(id="ExecutionRole").needs(baseline="tightest")}
    assert {"ecr:GetAuthorizationToken", "logs:PutLogEvents"} <= actions


def test_why_it_may_be_needed_for_more() -> None:
    assert list(role().unknown_users()) == []
    change = {"TaskDefinition.Properties.TaskRoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]}}
    assert [str(one) for one in role(change).unknown_users()] == ["what TaskDefinition does with the role is not known"]
    change = {"Outputs.Role": {"Value": {"Ref": "MachineRole"}}}
    [why] = role(change).unknown_users()
    assert "output Role" in why.reason


def test_services_and_trusted_principals() -> None:
    assert [item.value for item in role().services().value.items] == ["states.amazonaws.com"]
    assert [item.value for item in role().trusted().value.items] == ["states.amazonaws.com"]


def test_the_least_policy_is_what_a_template_would_have() -> None:
    found = json.loads(role().least_policy(baseline="tightest").value)
    assert found["Version"] == "2012-10-17"
    statements = {json.dumps(one["Action"]): one for one in found["Statement"]}
    rules = statements['["events:DescribeRule", "events:PutRule", "events:PutTargets"]']["Resource"]
    assert rules.endswith("rule/StepFunctionsGetEventsForECSTaskRule")
    assert statements['"iam:PassRole"']["Resource"] == "${ExecutionRole.Arn}"
    run = statements['"ecs:RunTask"']
    assert run["Resource"] == "${TaskDefinition}"
    assert run["Condition"] == {"ArnEquals": {"ecs:cluster": "${Cluster.Arn}"}}
