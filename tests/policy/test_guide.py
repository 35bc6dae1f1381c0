"""The guide for rule authors says what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner.policy.compile import compile_rule
from scanner.policy.predicates import COMBINATIONS, PREDICATES, QUANTIFIERS
from scanner.topology.schema import KINDS

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "rule-authors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)
CHECKS = [block for block in BLOCKS if not block.startswith("id:")]
RULE = """\
id: GUIDE001
name: guide
title: t
severity: low
rationale: r
remediation: r
match:
  binding: ecs.binding
  group: binding.group
  service: binding.service
  definition: service.task_definition
  balancer: group.load_balancers
  hosts: binding.hosts
  bucket: AWS::S3::Bucket
  role: iam.role
assert:
  - name: only
    message: m
    check:
"""


def test_the_rules_in_the_guide_are_those_that_are_tested() -> None:
    own = sorted((ROOT / "tests" / "policy" / "user_rules").glob("*.yaml"))
    assert [block for block in BLOCKS if block.startswith("id:")] == [file.read_text(encoding="utf-8") for file in own]


@pytest.mark.parametrize("check", CHECKS)
def test_checks_in_the_guide_are_right(check: str) -> None:
    _, problems = compile_rule(RULE + re.sub("(?m)^", "      ", check), "guide.yaml", KINDS)
    assert problems == []


def test_every_kind_of_check_has_an_example() -> None:
    shown = {re.split(r":", check, maxsplit=1)[0] for check in CHECKS}
    assert shown == {*PREDICATES, *COMBINATIONS, *QUANTIFIERS} - {"not"}
    assert any("not:" in check for check in CHECKS)


def test_every_key_of_a_rule_is_explained() -> None:
    import json

    from scanner.policy.load import SCHEMA_FILE

    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    named = [schema, *(schema["$defs"][name] for name in ("assertion", "case", "examples"))]
    keys = {key for one in named for key in one["properties"]}
    assert {key for key in keys if f"`{key}`" not in GUIDE} == set()


def test_links_lead_somewhere() -> None:
    titles = re.findall(r"(?m)^#+ (.*)$", GUIDE)
    anchors = {re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-") for title in titles}
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE):
        assert target[1:] in anchors if target.startswith("#") else (ROOT / "docs" / target).is_file(), target
