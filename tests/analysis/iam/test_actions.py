"""The catalogue of actions and the AWS-managed policies."""

from __future__ import annotations

import re

import pytest

from scanner.analysis.iam import actions, managed
from scanner.analysis.iam.actions import action, expand, holds_many, names_action


@pytest.mark.parametrize("origin", [actions.origin(), managed.origin()])
def test_the_data_says_where_it_comes_from(origin: dict[str, str]) -> None:
    assert origin["license"] in ("MIT", "Apache-2.0")
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", origin["date"])
    assert origin["origin"]
    assert origin["version"]


def test_an_action_has_resources_and_keys() -> None:
    run = action("ECS:runtask")
    assert run is not None
    assert run.name == "ecs:RunTask"
    assert [template.rpartition("/")[0].rpartition(":")[2] for template in run.resources] == ["task-definition"]
    assert run.bears("ecs:cluster")
    assert run.bears("ecs:Cluster")
    assert run.bears("aws:ResourceTag/team")
    assert not run.bears("iam:PassedToService")
    secret = action("secretsmanager:GetSecretValue")
    assert secret is not None
    assert secret.bears("secretsmanager:ResourceTag/team")
    assert action("ecs:Run") is None
    assert action("nothing:Run") is None
    assert action("*") is None


def test_what_is_granted_on_everything_alone_has_one_resource() -> None:
    login = action("ecr:GetAuthorizationToken")
    assert login is not None
    assert login.universe() == (("*",),)


def test_patterns_name_actions_whatever_the_case() -> None:
    assert expand("ECS:runtas?") == ("ecs:RunTask",)
    assert set(expand("events:Put*")) >= {"events:PutRule", "events:PutTargets"}
    assert len(expand("*")) == len(expand("*:*")) > 15_000
    assert expand("ecs*:RunTask") == ("ecs:RunTask",)
    assert expand("nothing") == expand("ecs:Nothing") == expand("") == ()
    assert names_action("ecs:*", "ecs:RunTask")
    assert not names_action("ecs:Run", "ecs:RunTask")


def test_some_keys_hold_several_values() -> None:
    assert holds_many("aws:TagKeys")
    assert not holds_many("aws:username")
    assert not holds_many("ecs:cluster")
    assert holds_many("kms:EncryptionContextKeys")


def test_managed_policies_are_read_whole() -> None:
    for line in managed._lines()[1]:
        policy = managed.managed_policy(f"arn:aws:iam::aws:policy/{line}")
        assert policy is not None
        assert policy.document.statements
        assert policy.document.problems == ()
        assert re.fullmatch(r"v\d+", policy.version)


def test_a_policy_that_is_not_kept_is_unknown() -> None:
    arn = "arn:aws:iam::aws:policy/Nothing"
    assert managed.managed_policy(arn) is None
    assert managed.is_managed(arn)
    assert "AWS-managed policy Nothing" in managed.policy_unknown(arn).reason
    assert managed.managed_policy("arn:aws:iam::111122223333:policy/AdministratorAccess") is None
    assert "AWS" not in managed.policy_unknown("arn:aws:iam::111122223333:policy/Own").reason
