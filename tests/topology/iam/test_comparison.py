from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.iam.results import Comparison, Need
from scanner.model import Fact, Unknown, Verdict
from scanner.topology.iam.comparison import EVERYTHING, Aspect, excess, lacking
from scanner.topology.iam.needs import Needed
from scanner.topology.iam.role import Role
from tests.topology.iam.roles import POLICY, allow, role

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
RUN = Aspect("resources", ("ecs:RunTask",))
CLUSTER = Aspect("ecs:cluster", ("ecs:RunTask",))


def needed(of: Role, baseline: str = "documented") -> Needed:
    found = of.needs(baseline=baseline)
    assert found.rest is None
    assert all(one.sure for one in found)
    return Needed(tuple(one.needed for one in found), tuple(of.unknown_users()) if baseline == "documented" else ())


def more(change: dict[str, Any] | None, aspect: Aspect = EVERYTHING, baseline: str = "documented") -> Comparison:
    of = role(change)
    return excess(of, needed(of, baseline), aspect)


def less(change: dict[str, Any] | None = None) -> Comparison:
    of = role(change)
    return lacking(of, needed(of, "tightest"))


def test_a_role_that_grants_what_is_needed() -> None:
    assert more(None).verdict is PASS
    assert less().verdict is PASS


def test_each_aspect_sees_its_own() -> None:
    change = {f"{POLICY}.0": allow("ecs:RunTask"), f"{POLICY}.6": allow(["s3:GetObject", "logs:*"])}
    assert [one.kind for one in more(change, RUN, "tightest").differences] == ["resource"]
    assert [one.kind for one in more(change, CLUSTER, "tightest").differences] == ["condition"]
    actions = more(change, Aspect("actions", but=("logs:*",)))
    assert [one.actions for one in actions.differences] == [("s3:GetObject",)]
    assert [one.actions[0] for one in more(change, Aspect("limits")).differences] == ["ecs:RunTask"]
    assert more(change, Aspect("limits", but=("ECS:run*",))).verdict is PASS
    logs = more(change, Aspect("actions", ("logs:*",), ("logs:*Logs",)))
    assert logs.differences[0].element.value == "logs:*"
    assert not any(action.endswith("Logs") for action in logs.differences[0].actions)


def test_resources_are_judged_whatever_the_condition_and_the_reverse() -> None:
    assert more({f"{POLICY}.0.Condition": None}, RUN, "tightest").verdict is PASS
    assert more({f"{POLICY}.0.Resource": "*"}, CLUSTER, "tightest").verdict is PASS


def test_what_is_in_excess_stands_at_its_place() -> None:
    change = {f"{POLICY}.4.Resource": [{"Ref": "Topic"}, "*"]}
    [found] = more(change, Aspect("resources", ("sns:Publish",))).differences
    stated = role(change).property("Policies.0.PolicyDocument.Statement.4.Resource.1")
    assert (found.location, found.element.value) == (stated.at[0], "*")


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        ("arn:aws:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/nightly-report:*", PASS),
        ("arn:aws:ecs:*:${AWS::AccountId}:task-definition/nightly-report", PASS),
        ("arn:aws:ecs:*:*:task-definition/nightly-report:*", FAIL),
        ("arn:aws:ecs:eu-west-1:${AWS::AccountId}:task-definition/nightly-report:*", UNDECIDED),
        ("arn:aws:ecs:*:${AWS::AccountId}:task-definition/nightly-*", FAIL),
        ("arn:aws-cn:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/nightly-report:*", PASS),
    ],
)
def test_forms_of_one_task_definition(resource: str, verdict: Verdict) -> None:
    assert more({f"{POLICY}.0.Resource": {"Fn::Sub": resource}}, RUN).verdict is verdict


def test_an_arn_that_can_name_nothing_grants_nothing() -> None:
    change = {f"{POLICY}.0.Resource": "arn:aws:ecs:*:123456789:task-definition/<TASK_DEFINITION>"}
    assert more(change, RUN).verdict is PASS
    missing = less(change)
    assert missing.verdict is FAIL
    assert [one.actions for one in missing.differences] == [("ecs:RunTask",)]


def test_a_policy_that_is_not_known() -> None:
    change: dict[str, Any] = {"MachineRole.Properties.ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"]}
    assert more(change).verdict is UNDECIDED
    assert more(change, RUN).verdict is UNDECIDED
    assert more({**change, f"{POLICY}.0.Resource": "*"}, RUN).verdict is FAIL
    assert less(change).verdict is PASS
    assert less({**change, f"{POLICY}.4": None}).verdict is UNDECIDED


def test_a_role_that_leaves_the_template() -> None:
    change: dict[str, Any] = {"Outputs.Role": {"Value": {"Ref": "MachineRole"}}}
    assert more(change, Aspect("actions")).verdict is UNDECIDED
    assert more(change, RUN).verdict is PASS
    assert more(change, Aspect("actions", ("logs:*",))).verdict is PASS
    assert more({**change, f"{POLICY}.0.Resource": "*"}, RUN).verdict is UNDECIDED
    assert less(change).verdict is PASS
    assert less({**change, f"{POLICY}.4": None}).verdict is UNDECIDED


def test_what_may_be_needed_is_neither_proven_excess_nor_proven_lack() -> None:
    maybe = Need("s3:GetObject", (Fact("arn:aws:s3:::a/*"),), (), "it may be read")
    of = role({f"{POLICY}.6": allow("s3:GetObject", "arn:aws:s3:::a/b")})
    assert excess(of, needed(of)).verdict is FAIL
    found = excess(of, Needed(needed(of).needs, (), (maybe,)))
    assert found.verdict is UNDECIDED
    assert [str(one) for one in found.unknown] == ["whether s3:GetObject is needed is not known: it may be read"]
    wider = role({f"{POLICY}.6": allow("s3:GetObject")})
    assert excess(wider, Needed(needed(wider).needs, (), (maybe,))).verdict is FAIL
    least = needed(of, "tightest").needs
    assert lacking(role(), Needed(least, (), (maybe,))).verdict is UNDECIDED
    assert lacking(wider, Needed(least, (), (maybe,))).verdict is PASS


def test_unknown_needs_leave_excess_open_and_lacks_proven() -> None:
    of = role({f"{POLICY}.6": allow("s3:GetObject"), f"{POLICY}.4": None})
    unknown = Unknown(("test",), "there may be more")
    assert excess(of, Needed(needed(of).needs, (unknown,))).unknown == (unknown,)
    assert lacking(of, Needed(needed(of, "tightest").needs, (unknown,))).verdict is FAIL
    full = role()
    assert lacking(full, Needed(needed(full, "tightest").needs, (unknown,))).unknown == (unknown,)


def test_another_user_of_the_role_is_counted() -> None:
    change = {
        f"{POLICY}.6": allow("sqs:SendMessage", {"Fn::GetAtt": ["Jobs", "Arn"]}),
        "Jobs": {"Type": "AWS::SQS::Queue"},
    }
    assert more(change).verdict is FAIL
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    send["Parameters"] = {"QueueUrl": "${Jobs}", "MessageBody": "go"}
    second = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
            "DefinitionSubstitutions": {"Jobs": {"Ref": "Jobs"}},
            "Definition": {"StartAt": "Send", "States": {"Send": send}},
        },
    }
    assert more({**change, "Second": second}).verdict is PASS
