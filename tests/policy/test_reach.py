from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scanner.policy.load import load_rules
from scanner.policy.reach import types_read
from scanner.policy.rule import Path as RulePath
from scanner.policy.rule import Rule, Source, Step


@pytest.fixture(scope="module")
def rule(tmp_path_factory: pytest.TempPathFactory) -> Rule:
    rules = load_rules(cache=tmp_path_factory.mktemp("rules")).rules
    return next(rule for rule in rules if rule.id == "HC003")


def matching(rule: Rule, *sources: Source) -> Rule:
    return replace(rule, match=sources, assertions=(), where=None, let=(), way=None)


def test_a_kind_reaches_what_its_relations_lead_to(rule: Rule) -> None:
    found = types_read([matching(rule, Source("group", "elbv2.target_group"))])
    assert found is not None
    assert {"AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ECS::Service", "AWS::EC2::Subnet"} <= found
    assert "AWS::S3::Bucket" not in found


def test_types_that_rules_name(rule: Rule) -> None:
    assert types_read([matching(rule, Source("bucket", "AWS::S3::Bucket"))]) == {"AWS::S3::Bucket"}
    assert types_read([]) == frozenset()


def test_following_a_reference_leads_to_its_type_or_anywhere(rule: Rule) -> None:
    def followed(type: str) -> Rule:
        path = RulePath("function", (Step("Role"), Step("", follow=True, type=type)))
        return matching(rule, Source("function", "AWS::Lambda::Function"), Source("role", path=path))

    assert types_read([followed("AWS::IAM::Role")]) == {"AWS::Lambda::Function", "AWS::IAM::Role"}
    assert types_read([followed("")]) is None


def test_a_join_of_one_assertion_counts(rule: Rule, root: Path) -> None:
    joined = replace(rule.assertions[0], joins=(Source("bucket", "AWS::S3::Bucket"),))
    assert "AWS::S3::Bucket" in (types_read([replace(rule, assertions=(joined,))]) or ())
