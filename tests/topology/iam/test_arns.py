from __future__ import annotations

from typing import Any

from scanner.model import ResourceGraph
from scanner.sources.cloudformation import load_template
from scanner.sources.cloudformation.parameters import Parameters
from scanner.topology.iam.role import Role
from tests.topology.graphs import find
from tests.topology.iam.roles import POLICY, allow, role, trust

TOPIC = f"{POLICY}.4.Resource"


def faults(change: dict[str, Any]) -> list[str]:
    return [fault.value for arn in role(change).arns() for fault in arn.faults().value.items]


def test_the_arns_that_are_written_out() -> None:
    [arn] = role().arns()
    name = "rule/StepFunctionsGetEventsForECSTaskRule"
    assert arn.label == f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:{name}"
    assert arn.faults().value.items == ()


def test_what_is_wrong_is_said_at_its_place() -> None:
    of = role({TOPIC: "arn:aws:sns:us-east-1:12345678:<TOPIC>"})
    topic = next(arn for arn in of.arns() if ":sns:" in arn.label)
    assert [fault.value for fault in topic.faults().value.items] == [
        "the placeholder <TOPIC> is left",
        "account 12345678 has 8 digits, not 12",
    ]
    assert topic.at == of.property("Policies.0.PolicyDocument.Statement.4.Resource").at


def test_conditions_and_principals_count() -> None:
    condition = {"ArnLike": {"ecs:cluster": "arn:aws:ecs:*:123456789:cluster/<ECS "}, "StringEquals": {"a:b": "text"}}
    assert len(faults({f"{POLICY}.0.Condition": condition})) == 2
    assert faults({f"{POLICY}.0.Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:states:x"}}}) != []
    assert faults({f"{POLICY}.0.Condition": {"ArnEquals": {"ecs:cluster": "reports"}}}) == ["reports is no ARN"]
    document = trust("states.amazonaws.com")
    document["Statement"][0]["Principal"]["AWS"] = ["arn:aws:iam::1:root", "111122223333", "AIDAEXAMPLE"]
    assert faults({"MachineRole.Properties.AssumeRolePolicyDocument": document}) == ["account 1 has 1 digits, not 12"]


def test_references_and_values_that_are_not_known_are_no_written_arns() -> None:
    change = {"Parameters.Arn": {"Type": "String"}, TOPIC: [{"Ref": "Arn"}, {"Ref": "Topic"}, "*"]}
    assert len(role(change).arns().items) == 1
    assert faults(change) == []


def test_policies_of_aws_have_no_places_to_change() -> None:
    change = {"MachineRole.Properties.ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonECS_FullAccess"]}
    assert len(role(change).arns().items) == len(role().arns().items)


def test_the_account_and_region_that_it_is_used_in() -> None:
    text = """\
Resources:
  Runner:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement: {Effect: Allow, Action: "sns:Publish", Resource: "arn:aws:sns:us-east-1:444455556666:t"}
"""
    told = Parameters(region="eu-west-1", account="111122223333")
    for given, count in ((Parameters(), 0), (told, 2), (Parameters(region="us-east-1"), 0)):
        [arn] = find(Role, ResourceGraph([load_template(text, "t.yaml", given)]), "Runner").arns()
        assert len(arn.faults().value.items) == count


def test_roles_and_principals_of_other_accounts_are_no_faults() -> None:
    text = """\
Resources:
  Scan:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:root"}, Action: "sts:AssumeRole"}
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::4444:root"}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: [sts:AssumeRole], Resource: "arn:aws:iam::444455556666:role/Scan"}
              - {Effect: Allow, Action: [sts:AssumeRole, iam:PassRole], Resource: "arn:aws:iam::444455556666:role/x"}
"""
    graph = ResourceGraph([load_template(text, "t.yaml", Parameters(account="111122223333"))])
    found = {arn.label: len(arn.faults().value.items) for arn in find(Role, graph, "Scan").arns()}
    assert found == {
        "arn:aws:iam::444455556666:role/Scan": 0,
        "arn:aws:iam::444455556666:role/x": 1,
        "arn:aws:iam::444455556666:root": 0,
        "arn:aws:iam::4444:root": 1,
    }


def test_a_statement_in_a_policy_without_the_resource_has_none() -> None:
    assert faults({f"{POLICY}.6": {"Effect": "Allow", "Action": "s3:GetObject"}}) == []
    assert faults({f"{POLICY}.6": allow("s3:GetObject", {"Fn::Sub": "arn:aws:s3:::${AWS::StackName}/*"})}) == []
