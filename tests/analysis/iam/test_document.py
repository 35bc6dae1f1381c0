"""Policy documents as they are written, with their faults and places."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.analysis.iam.arn import check_arn
from scanner.analysis.iam.compare import grants_at_least, grants_at_most
from scanner.analysis.iam.conditions import Kind, Quantifier
from scanner.analysis.iam.document import read_document
from scanner.analysis.iam.results import Grants, Need
from scanner.analysis.iam.statements import Document
from scanner.model import ABSENT, Fact, Items, Location, Reference, Unknown, Verdict


def fact(value: Any, line: int = 1) -> Fact[Any]:
    """Facts whose places count the values."""
    at = (Location("t.yaml", line),)
    if isinstance(value, dict):
        return Fact({name: fact(member, line + n) for n, (name, member) in enumerate(value.items(), 1)}, at)
    if isinstance(value, list):
        return Fact(Items(tuple(fact(item, line + n) for n, item in enumerate(value, 1))), at)
    return Fact(value, at)


def read(*statements: Any, **more: Any) -> Document:
    return read_document(fact({"Version": "2012-10-17", **more, "Statement": list(statements)}), "P")


def says(found: Document) -> list[str]:
    return [problem.message for problem in found.problems]


# The policies of "How do I resolve network interface provisioning errors for Amazon ECS on Fargate?", step 8.
RUN_TASK = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["ecs:RunTask"],
            "Resource": ["arn:aws:ecs:*:123456789:task-definition/<TASK_DEFINITION>"],
            "Condition": {"ArnLike": {"ecs:cluster": "arn:aws:ecs:*:123456789:cluster/<ECS "}},
        },
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": ["*"],
            "Condition": {"StringLike": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
        {"Effect": "Allow", "Action": ["ecs:StopTask", "ecs:DescribeTasks"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
            "Resource": ["arn:aws:events:us-east-1:123456788:rule/StepFunctionsGetEventsForECSTaskRule"],
        },
    ],
}
PUBLISH = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": ["arn:aws:sns:us-east-1:12345678:<TOPIC>"]}
    ],
}


@pytest.mark.parametrize("as_text", [False, True])
def test_the_policies_of_the_document_with_their_faults(as_text: bool) -> None:
    found = [read_document(fact(json.dumps(one) if as_text else one)) for one in (RUN_TASK, PUBLISH)]
    assert [len(one.statements) for one in found] == [4, 1]
    assert not any(one.problems for one in found), "IAM takes them; what is wrong is in the ARNs"
    run, _, _, rule = found[0].statements
    faults = [fault.says for item in run.resources.items for fault in check_arn(item.value)]
    assert faults == ["the placeholder <TASK_DEFINITION> is left", "account 123456789 has 9 digits, not 12"]
    (condition,) = run.conditions
    assert [fault.says for fault in check_arn(condition.values[0].value)] == [
        "the placeholder <ECS is left, and not even closed",
        "account 123456789 has 9 digits, not 12",
    ]
    assert [fault.says for fault in check_arn(rule.resources.items[0].value)] == [
        "account 123456788 has 9 digits, not 12"
    ]
    (topic,) = found[1].statements[0].resources.items
    assert [fault.says for fault in check_arn(topic.value)] == [
        "the placeholder <TOPIC> is left",
        "account 12345678 has 8 digits, not 12",
    ]
    # A task definition is granted with its revision, which the pattern does not name.
    need = Need("ecs:RunTask", (Fact("arn:aws:ecs:us-east-1:111122223333:task-definition/web:1"),))
    everything = Grants(tuple(one for document in found for one in document.statements))
    assert grants_at_least(everything, [need]).verdict is Verdict.FAIL
    excess = {one.actions[0] for one in grants_at_most(everything, []).differences}
    assert excess == {"iam:PassRole", "ecs:StopTask", "ecs:DescribeTasks"} | {
        "events:PutTargets",
        "events:PutRule",
        "events:DescribeRule",
        "sns:Publish",
    }


def test_places_are_those_of_the_parts() -> None:
    found = read({"Sid": "Run", "Effect": "Allow", "Action": ["ecs:RunTask"], "Resource": "*"})
    (statement,) = found.statements
    assert statement.says == "statement Run of P"
    assert statement.location == Location("t.yaml", 4)
    assert statement.actions.items[0].location == Location("t.yaml", 8)
    assert statement.resources is not None
    assert statement.resources.items[0].location == Location("t.yaml", 8)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ({"Action": "s3:*", "Resource": "*"}, "the statement has no Effect"),
        ({"Effect": "allow", "Action": "s3:*", "Resource": "*"}, "Effect is allow; it is Allow or Deny"),
        ({"Effect": "Allow", "Resource": "*"}, "the statement has neither Action nor NotAction"),
        ({"Effect": "Allow", "Action": "s3:*"}, "the statement has neither Resource nor NotResource"),
        (
            {"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*"},
            "the statement has Action and NotAction",
        ),
        ("text", "a statement is an object"),
    ],
)
def test_a_statement_that_cannot_be_judged_is_a_problem_and_grants_nothing(statement: Any, problem: str) -> None:
    found = read(statement)
    assert says(found) == [problem]
    assert found.problems[0].location is not None
    assert found.statements == ()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            {"Effect": "Allow", "Action": "RunTask", "Resource": "*"},
            "RunTask is no action: an action is written service:name",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Conditions": {}},
            "Conditions is no part of a statement",
        ),
        (
            {"Effect": "Allow", "action": "s3:*", "Action": "s3:*", "Resource": "*"},
            "action is no part of a statement; Action is meant",
        ),
        ({"Effect": "Allow", "Action": [], "Resource": "*"}, "Action is empty"),
        ({"Effect": "Allow", "Action": [{}], "Resource": "*"}, "Action is a text or a list of texts"),
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"},
            "a policy of an identity has no Principal",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringIs": {"k": "v"}}},
            "StringIs is no condition operator",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"k": "v"}}},
            "IpAddress k: v is no address",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": []},
            "Condition is an object of operators",
        ),
    ],
)
def test_what_else_is_wrong(statement: Any, problem: str) -> None:
    assert problem in says(read(statement))


def test_wrong_documents() -> None:
    assert says(read_document(fact([]))) == ["a policy document is an object with Version and Statement"]
    assert says(read_document(fact({"Version": "2012-10-17"}))) == ["the policy has no Statement"]
    assert says(read_document(fact({"Version": "2012", "Statement": []}))) == [
        "Version is 2012; there are 2012-10-17 and 2008-10-17"
    ]
    (broken,) = says(read_document(fact('{"Version": "2012-10-17",}')))
    assert broken.startswith("the policy is no JSON: line 1, column ")
    twice = {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    assert says(read(twice, twice)) == ["Sid A stands twice"]


def test_one_statement_needs_no_list_and_absent_parts_are_none() -> None:
    one = {"Effect": "Deny", "NotAction": ["iam:*"], "NotResource": "*", "Condition": ABSENT}
    (statement,) = read_document(fact({"Version": "2012-10-17", "Statement": one})).statements
    assert (statement.actions.negated, statement.resources.negated, statement.conditions) == (True, True, ())


def test_unknown_parts_stay_unknown() -> None:
    value = Unknown(("parameter", "t", "P"), "parameter P has no value")
    assert read_document(fact(value)).unknown == (value,)
    assert read(value).unknown == (value,)
    (statement,) = read({"Effect": value, "Action": value, "Resource": [value, Reference("t#R", "Arn")]}).statements
    assert statement.effect == value
    assert statement.actions.rest == value
    assert [item.value for item in statement.resources.items] == [value, Reference("t#R", "Arn")]
    tail = Fact({"Statement": Fact(Items((), value))})
    assert read_document(tail).unknown == (value,)


def test_conditions_are_read_with_their_qualifiers() -> None:
    block = {
        "ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a*", "b"]},
        "Bool": {"aws:SecureTransport": True},
        "Null": {"ecs:cluster": "false"},
    }
    (statement,) = read({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": block}).statements
    tags, secure, present = statement.conditions
    assert (tags.quantifier, tags.if_exists, len(tags.values)) == (Quantifier.ALL, True, 2)
    assert (secure.test.kind, secure.absent()) == (Kind.TEXT, False)
    assert (present.test.kind, present.null_wanted()) == (Kind.NULL, False)
    assert tags.says == "ForAllValues:StringLikeIfExists aws:TagKeys"


def test_variables_are_text_in_the_old_version() -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}"}
    need = [Need("s3:GetObject", (Fact("arn:aws:s3:::b/${aws:username}"),))]
    for version, verdict in (("2008-10-17", Verdict.PASS), ("2012-10-17", Verdict.UNDECIDED)):
        found = read_document(fact({"Version": version, "Statement": [statement]}))
        assert grants_at_most(Grants(found.statements), need).verdict is verdict


def test_trust_policies_have_principals() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["states.amazonaws.com"]}}
    found = read_document(fact({"Version": "2012-10-17", "Statement": [trust]}), trust=True)
    assert not found.problems
    principals = found.statements[0].principals
    assert principals is not None
    assert [item.value for item in principals.by_kind["Service"].items] == ["states.amazonaws.com"]
    assert found.statements[0].resources is None
    without = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    assert says(read_document(fact({"Statement": without}), trust=True)) == ["the statement has no Principal"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(Unknown("u", "unknown")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Version", "Statement", "Effect", "Action", "Resource", "Condition", "Principal", "StringLike", "Null"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(values, st.booleans())
def test_nothing_that_is_written_is_a_crash(value: Any, trust: bool) -> None:
    found = read_document(fact(value), trust=trust)
    assert isinstance(found, Document)
    if not trust:
        assert grants_at_most(Grants(found.statements), []).verdict in Verdict
