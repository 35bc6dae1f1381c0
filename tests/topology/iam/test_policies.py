from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.model import Location, ResourceGraph
from scanner.sources.cloudformation import load_template
from scanner.topology.iam.role import Role
from tests.topology.graphs import find
from tests.topology.iam.roles import allow, document, role

EXECUTION = "AmazonECSTaskExecutionRolePolicy"
NONE: dict[str, Any] = {"MachineRole.Properties.Policies": None}


def granted(change: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """The policy and the first action of each statement."""
    return [(one.policy.name, one.says.actions.items[0].value) for one in role(change).statements()]


def policy(type: str, action: str = "s3:GetObject", **more: Any) -> dict[str, Any]:
    return {"Type": f"AWS::IAM::{type}", "Properties": {"PolicyDocument": document(allow(action)), **more}}


def test_inline_policies() -> None:
    assert granted()[0] == ("policy run", "ecs:RunTask")
    assert len(granted()) == 6
    assert granted(NONE) == []


@pytest.mark.parametrize(
    "attached",
    [
        policy("Policy", PolicyName="p", Roles=[{"Ref": "MachineRole"}]),
        policy("RolePolicy", PolicyName="p", RoleName={"Ref": "MachineRole"}),
        policy("ManagedPolicy", Roles=[{"Ref": "MachineRole"}]),
    ],
)
def test_policies_that_attach_themselves(attached: dict[str, Any]) -> None:
    assert granted({**NONE, "Extra": attached}) == [("policy Extra", "s3:GetObject")]
    other = json.loads(json.dumps(attached).replace("MachineRole", "ScheduleRole"))
    assert granted({**NONE, "Extra": other}) == []


def test_a_policy_names_the_role_by_its_name() -> None:
    change = {**NONE, "MachineRole.Properties.RoleName": "runner", "Extra": policy("Policy", Roles=["runner"])}
    assert granted(change) == [("policy Extra", "s3:GetObject")]


@pytest.mark.parametrize("both", [False, True])
def test_a_managed_policy_of_the_scan_by_its_arn(both: bool) -> None:
    extra = policy("ManagedPolicy", ManagedPolicyName="team", Roles=[{"Ref": "MachineRole"}] if both else [])
    for named in ({"Ref": "Extra"}, {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/team"}):
        change = {**NONE, "Extra": extra, "MachineRole.Properties.ManagedPolicyArns": [named]}
        assert granted(change) == [("policy Extra", "s3:GetObject")]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"},
        {
            "Fn::Join": [
                "",
                [
                    "arn:",
                    {"Ref": "AWS::Partition"},
                    ":iam::aws:policy/service-role/Amazon",
                    "ECSTaskExecutionRolePolicy",
                ],
            ]
        },
    ],
)
def test_a_managed_policy_of_aws(arn: Any) -> None:
    found = role({**NONE, "MachineRole.Properties.ManagedPolicyArns": [arn]})
    assert [one.policy.name for one in found.statements()] == ["AmazonECSTaskExecutionRolePolicy"]
    assert not found.policies.more
    # It stands nowhere: its place is where it is attached.
    assert found.statements().items[0].at == found.property("ManagedPolicyArns.0").at


def test_a_managed_policy_that_is_not_known_may_allow_more() -> None:
    found = role({"MachineRole.Properties.ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"]}).policies
    assert [one.reason for one in found.more] == ["what the AWS-managed policy NoSuchPolicy grants is not known here"]
    assert not found.less
    assert found.more[0].location is not None


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::111122223333:policy/team", "arn:aws:iam::aws:policy/NoSuchDenyAll", {"Ref": "Arn"}]
)
def test_one_of_others_may_deny_as_well(arn: Any) -> None:
    change = {"Parameters.Arn": {"Type": "String"}, "MachineRole.Properties.ManagedPolicyArns": [arn]}
    found = role(change).policies
    assert len(found.more) == 1
    assert found.more == found.less


def test_what_is_not_known_of_inline_policies() -> None:
    change = {
        "Parameters.Text": {"Type": "String"},
        "MachineRole.Properties.Policies.0.PolicyDocument": {"Ref": "Text"},
    }
    found = role(change).policies
    assert [one.reason for one in found.more] == ["parameter Text has no value and no default"]
    assert found.less == found.more == found.unread
    assert role(change).arns().rest == found.more[0]
    assert role(change).statements().rest == found.more[0]


def test_a_policy_that_is_written_as_json_has_true_places() -> None:
    text = """\
Resources:
  Runner:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument: '{"Version": "2012-10-17", "Statement": {"Action": "a:B", "Effect": "Allow", "Resource": []}}'
"""
    of = ResourceGraph([load_template(text, "t.yaml")])
    [found] = find(Role, of, "Runner").statements()
    [action] = found.actions().value.items
    assert action.at == (Location("t.yaml", 7, 68, 7, 83),)


def test_a_permissions_boundary_may_take_back() -> None:
    found = role({"MachineRole.Properties.PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}).policies
    assert not found.more
    assert [one.reason for one in found.less] == ["MachineRole has a permissions boundary, which is not read"]


def test_a_policy_may_be_attached_elsewhere_where_the_role_leaves() -> None:
    change = {"Outputs.Role": {"Value": {"Ref": "MachineRole"}}}
    elsewhere = role(change).elsewhere
    assert "output Role" in str(elsewhere)
    assert role(change).statements().rest == elsewhere
    assert role().elsewhere is None
    assert role(change, closed=True).elsewhere is None


def test_a_statement_says_what_is_written() -> None:
    extra = {"Sid": "Most", "Effect": "Allow", "NotAction": ["iam:*"], "NotResource": ["arn:aws:s3:::a"]}
    found = role({"MachineRole.Properties.Policies.0.PolicyDocument.Statement.6": extra}).statements().items
    first, last = found[0], found[-1]
    assert (first.label, last.label) == ("statement 1 of policy run", "statement Most of policy run")
    assert first.effect().value == "Allow"
    assert [item.value for item in first.actions().value.items] == ["ecs:RunTask"]
    assert [item.value for item in first.condition_keys().value.items] == ["ecs:cluster"]
    assert first.other_actions().value.items == ()
    assert last.actions().value.items == ()
    assert [item.value for item in last.other_actions().value.items] == ["iam:*"]
    assert [item.value for item in last.other_resources().value.items] == ["arn:aws:s3:::a"]
    assert last.resources().value.items == ()
