from __future__ import annotations

from typing import Any

from scanner.model import Items, Unknown
from tests.topology.iam.roles import role, trust

FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["MachineRole", "Arn"]}}}


def uses(change: dict[str, Any] | None = None, id: str = "MachineRole") -> list[tuple[str, str]]:
    return [(use.label, use.how) for use in role(change, id).uses()]


def test_what_a_role_is_used_for() -> None:
    assert uses() == [("Machine", "machine")]
    assert uses(id="ScheduleRole") == [("Schedule/machine", "schedule")]
    assert uses(id="ExecutionRole") == [("TaskDefinition", "execution")]
    change = {"TaskDefinition.Properties.TaskRoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]}}
    assert uses(change) == [("Machine", "machine"), ("TaskDefinition", "task")]


def test_that_another_role_may_pass_it_is_no_use() -> None:
    # The policy of MachineRole names ExecutionRole in iam:PassRole.
    assert uses(id="ExecutionRole") == [("TaskDefinition", "execution")]


def test_a_role_of_a_schedule_of_the_scheduler() -> None:
    target = {"Arn": {"Ref": "Machine"}, "RoleArn": {"Fn::GetAtt": ["ScheduleRole", "Arn"]}}
    change = {"Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": {"Target": target}}}
    found = role(change, "ScheduleRole")
    assert uses(change, "ScheduleRole") == [("Schedule/Target", "schedule")]
    assert found.services().value == Items(tuple(use.service() for use in found.uses()))
    assert [item.value for item in found.services().value.items] == ["scheduler.amazonaws.com"]


def test_any_other_resource_that_has_it() -> None:
    assert uses({"Function": FUNCTION}) == [("Machine", "machine"), ("Function", "other")]
    [_, function] = role({"Function": FUNCTION}).uses()
    assert function.service().value == "lambda.amazonaws.com"


def test_a_mention_in_a_definition_is_a_use_of_which_nothing_is_known() -> None:
    parameters = {"FunctionName": "f", "Payload": {"role": "${Passed}"}}
    change = {
        "Machine.Properties.DefinitionSubstitutions.Passed": {"Fn::GetAtt": ["ScheduleRole", "Arn"]},
        "Machine.Properties.Definition.States.Tell Success.Parameters": parameters,
    }
    assert uses(change, "ScheduleRole") == [("Schedule/machine", "schedule"), ("Machine", "other")]
    service = role(change, "ScheduleRole").services().value
    assert isinstance(service.rest, Unknown)


def test_depends_on_and_policies_of_others_are_no_uses() -> None:
    bucket_policy = {
        "Type": "AWS::S3::BucketPolicy",
        "DependsOn": "MachineRole",
        "Properties": {"Bucket": "b", "PolicyDocument": {"Principal": {"AWS": {"Fn::GetAtt": ["MachineRole", "Arn"]}}}},
    }
    assert uses({"BucketPolicy": bucket_policy}) == [("Machine", "machine")]


def test_a_resource_that_this_world_does_not_create_uses_nothing() -> None:
    change = {"Conditions.Never": {"Fn::Equals": ["a", "b"]}, "Function": {**FUNCTION, "Condition": "Never"}}
    assert uses(change) == [("Machine", "machine")]


def test_an_instance_profile_is_a_use_by_ec2() -> None:
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "MachineRole"}]}}
    [_, use] = role({"Profile": profile}).uses()
    assert (use.label, use.service().value) == ("Profile", "ec2.amazonaws.com")


def test_a_role_that_leaves_the_template_may_have_other_uses() -> None:
    change = {"Outputs.Role": {"Value": {"Fn::GetAtt": ["MachineRole", "Arn"]}}}
    found = role(change).uses().rest
    assert "output Role" in str(found)
    assert role(change, closed=True).uses().rest is None
    assert role().uses().rest is None


def test_a_role_with_a_name_is_used_where_its_arn_is_written_out() -> None:
    change = {
        "MachineRole.Properties.RoleName": "runner",
        "Machine.Properties.RoleArn": "arn:aws:iam::111122223333:role/runner",
        "Unused": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust("a.amazonaws.com")}},
    }
    assert uses(change) == [("Machine", "machine")]
    assert uses(change, "Unused") == []


def test_uses_of_some_kinds() -> None:
    change = {"Function": FUNCTION, "TaskDefinition.Properties.TaskRoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]}}
    found = role(change)
    assert [use.how for use in found.uses()] == ["machine", "task", "other"]
    assert [use.how for use in found.workflow_uses()] == ["machine"]
    assert [use.how for use in found.judged_uses()] == ["machine"]
    assert [use.how for use in found.known_uses()] == ["machine", "task"]
    assert [one.label for one in role(id="ScheduleRole").started_machines()] == ["Machine"]
    assert role().started_machines().items == ()
