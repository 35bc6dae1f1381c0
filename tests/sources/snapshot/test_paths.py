from __future__ import annotations

import pytest

from scanner import syntax
from scanner.sources.snapshot.account import Account, Entry
from scanner.sources.snapshot.paths import Names, arn_of, path_of, region_of, stable

NODE = syntax.load_json("{}", "s.json")
ELB = "arn:aws:elasticloadbalancing:eu-west-1:111122223333"


def entry(type: str, id: str, arn: str = "") -> Entry:
    assert isinstance(NODE, syntax.Mapping)
    return Entry(NODE, type, id, arn)


def account(region: str = "eu-west-1") -> Account:
    return Account("s.json", "111122223333", region, {})


@pytest.mark.parametrize(
    ("type", "id", "path"),
    [
        ("AWS::EC2::SecurityGroup", "sg-1", "ec2/security-group/sg-1"),
        ("AWS::EC2::VPC", "vpc-1", "ec2/vpc/vpc-1"),
        ("AWS::EC2::VPCEndpoint", "vpce-1", "ec2/vpc-endpoint/vpce-1"),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            f"{ELB}:targetgroup/web/6d0e",
            "elasticloadbalancingv2/target-group/web/6d0e",
        ),
        (
            "AWS::ECS::TaskDefinition",
            "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:3",
            "ecs/task-definition/web/3",
        ),
        (
            "AWS::StepFunctions::StateMachine",
            "arn:aws:states:eu-west-1:111122223333:stateMachine:Nightly",
            "stepfunctions/state-machine/Nightly",
        ),
        ("Observed::TargetHealth", f"{ELB}:targetgroup/web/6d0e", "observed/target-health/web/6d0e"),
    ],
)
def test_a_resource_has_a_path(type: str, id: str, path: str) -> None:
    assert path_of(account(), entry(type, id)) == f"aws/111122223333/eu-west-1/{path}.json"


def test_what_belongs_to_no_region_stands_under_none() -> None:
    role = entry("AWS::IAM::Role", "web")
    assert path_of(account(), role) == "aws/111122223333/global/iam/role/web.json"
    assert region_of(account(), role) == "global"


ODD = ("/ecs/web", "ecs/../web", "a b", "", "\u00fcber", "x/", "..", "a\nb", "%2e")


@pytest.mark.parametrize("id", ODD)
def test_what_is_no_path_gets_one_of_its_own(id: str) -> None:
    path = path_of(account(), entry("AWS::Logs::LogGroup", id))
    steps = path.split("/")
    assert all(step and step.isascii() and step.isprintable() and step not in ("..", ".") for step in steps)
    assert " " not in path
    others = {
        path_of(account(), entry("AWS::Logs::LogGroup", other)) for other in (*ODD, "ecs/web", "x") if other != id
    }
    assert path not in others


def test_arns_are_those_that_are_stated_or_follow_from_the_id() -> None:
    group = entry("AWS::EC2::SecurityGroup", "sg-1")
    assert arn_of(account(), group) == "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1"
    assert arn_of(account("cn-north-1"), group).startswith("arn:aws-cn:ec2:cn-north-1:")
    assert arn_of(account("us-gov-west-1"), group).startswith("arn:aws-us-gov:")
    assert arn_of(account(), entry("AWS::EC2::SecurityGroup", "sg-1", "arn:aws:stated")) == "arn:aws:stated"
    assert arn_of(account(), entry("AWS::SNS::Topic", "arn:aws:sns:a:b:c")) == "arn:aws:sns:a:b:c"
    assert arn_of(account(), entry("AWS::IAM::Role", "web")) == ""  # its path is not told


def test_addresses_are_the_same_every_night() -> None:
    assert stable("111122223333/eu-west-1#sg-1") == "111122223333/eu-west-1#sg-1"
    assert stable("111122223333/eu-west-1#AWS::IAM::Role/web") == "111122223333#AWS::IAM::Role/web"
    policy = "arn:aws:iam::111122223333:policy/web"
    assert stable(f"111122223333/us-east-1#{policy}") == f"111122223333#{policy}"
    task = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web"
    revision = f"111122223333/eu-west-1#{task}:3/containers/web"
    assert stable(revision) == revision
    other = revision.replace(":3/", ":4/")
    assert stable(revision, False) == stable(other, False) != stable(revision.replace("/web:", "/app:"), False)


def test_the_latest_revision_goes_by_its_family() -> None:
    task = "arn:aws:ecs:eu-west-1:111122223333:task-definition"
    found = [entry("AWS::ECS::TaskDefinition", f"{task}/{name}") for name in ("web:9", "web:10", "app:2")]
    held = Account("s.json", "111122223333", "eu-west-1", {one.key: one for one in found})
    names = Names([held])
    addresses = [f"{held.name}#{one.key}/containers/web" for one in found]
    assert [names(address).partition("#")[2] for address in addresses] == [
        f"{task}/web:9/containers/web",
        "task-definition/web/containers/web",
        "task-definition/app/containers/web",
    ]
    assert [names.key(names(address)) for address in addresses] == [one.partition("#")[2] for one in addresses]
    assert [names(address, False) for address in addresses] == [stable(address, False) for address in addresses]
    assert [path_of(held, one).partition("task-definition/")[2] for one in found] == [
        "web/9.json",
        "web.json",
        "app.json",
    ]
    assert names(f"{held.name}#sg-1") == f"{held.name}#sg-1"
