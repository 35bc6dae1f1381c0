"""ARNs and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.analysis.iam.arn import check_arn, parse_arn
from scanner.model import Reference, Unknown

REGION, ACCOUNT = ("value", ("pseudo", "AWS::Region")), ("value", ("pseudo", "AWS::AccountId"))


def text(*parts: object) -> Unknown:
    return Unknown(("text", parts), "known after deployment")


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        "arn:aws:iam::111122223333:role/web",
        "arn:aws:s3:::bucket/*",
        "arn:aws:ecs:*:*:task-definition/web:*",
        "arn:*:logs:*:*:*",
        "arn:aws-cn:sqs:cn-north-1:111122223333:q",
        "arn:aws:sns:us-gov-west-1:111122223333:t",
        "arn:aws:ec2:us-east-1::image/ami-1",
        "arn:aws:ssm:us-east-1::document/AWS-RunShellScript",
        "arn:aws:securityhub:us-east-1::product/a/b",
        "arn:aws:s3:::home/${aws:username}/*",
        "arn:aws:events:us-east-1:${aws:PrincipalAccount}:rule/x",
        text("arn:aws:ecs:", REGION, ":", ACCOUNT, ":cluster/main"),
        text(("value", ("parameter", "t", "Arn")), "/*"),
        Reference("t#Role", "Arn"),
    ],
)
def test_well_formed(arn: object) -> None:
    assert check_arn(arn) == ()


@pytest.mark.parametrize(
    ("arn", "says"),
    [
        ("web", "web is no ARN"),
        ("", "an empty text is no ARN"),
        ("arn:aws:sns:us-east-1:t", "arn:aws:sns:us-east-1:t is no ARN"),
        ("arn:asw:sns:us-east-1:111122223333:t", "asw is no partition of AWS"),
        ("arn:aws:SNS!:us-east-1:111122223333:t", "SNS! is no service"),
        ("arn:aws:sns:us-east:111122223333:t", "us-east is no region"),
        ("arn:aws:iam:us-east-1:111122223333:role/x", "ARNs of iam name no region, this one names us-east-1"),
        ("arn:aws:sns:us-east-1:12345678:t", "account 12345678 has 8 digits, not 12"),
        ("arn:aws:sns:us-east-1:me:t", "me is no account"),
        ("arn:aws:sns:us-east-1::t", "the ARN names no account, which those of sns do"),
        ("arn:aws:sns:us-east-1:111122223333:", "the ARN names no resource"),
        ("arn:aws:sns:us-east-1:111122223333:<TOPIC>", "the placeholder <TOPIC> is left"),
        ("arn:aws:sns:us-east-1:<ACCOUNT>:t", "the placeholder <ACCOUNT> is left"),
        ("arn:aws:sns:us-east-1:111122223333:YOUR_TOPIC", "the placeholder YOUR_TOPIC is left"),
        ("<SNS_TOPIC_ARN>", "the placeholder <SNS_TOPIC_ARN> is left"),
        (text("arn:aws:ecs:", REGION, ":123:cluster/x"), "account 123 has 3 digits, not 12"),
    ],
)
def test_at_fault(arn: object, says: str) -> None:
    assert [fault.says for fault in check_arn(arn)] == [says]


def test_an_arn_of_elsewhere() -> None:
    arn = "arn:aws:sns:us-east-1:111122223333:t"
    assert check_arn(arn, account="111122223333", region="us-east-1", partition="aws") == ()
    found = check_arn(arn, account="444455556666", region="eu-west-1", partition="aws-cn")
    assert [fault.part for fault in found] == ["partition", "region", "account"]
    assert [arn[slice(*fault.span)] for fault in found if fault.span] == ["aws", "us-east-1", "111122223333"]


def test_parts() -> None:
    found = parse_arn("arn:aws:states:us-east-1:111122223333:execution:web:1")
    assert found is not None
    assert found.resource == ("execution:web:1",)
    assert (found.account_id, found.region_name) == ("111122223333", "us-east-1")
    partly = parse_arn(text("arn:aws:ecs:", REGION, ":", ACCOUNT, ":cluster/", ("value", "x")))
    assert partly is not None
    assert (partly.account_id, partly.region_name, partly.region) == (None, None, (REGION,))
    assert partly.resource == ("cluster/", ("value", "x"))
    assert parse_arn("nothing") is None


@given(st.text(alphabet="arn:aws<>{}$*?12-/", max_size=40))
def test_any_text_is_judged(arn: str) -> None:
    for fault in check_arn(arn):
        assert fault.says
        if fault.span:
            assert 0 <= fault.span[0] <= fault.span[1] <= len(arn)
