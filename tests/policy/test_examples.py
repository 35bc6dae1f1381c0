from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from scanner.policy.changes import ChangeError, changed
from scanner.policy.examples import check_examples, long_form, read_examples
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.syntax import load_yaml

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String"}},
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": "a"}, {"Key": "b"}], "DelaySeconds": 5}},
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
}


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ({"Queue.Properties.DelaySeconds": 9}, "Resources.Queue.Properties.DelaySeconds", 9),
        ({"Queue.Properties.Fresh": {"Ref": "Topic"}}, "Resources.Queue.Properties.Fresh", {"Ref": "Topic"}),
        ({"Queue.Properties.Tags.1.Key": "c"}, "Resources.Queue.Properties.Tags", [{"Key": "a"}, {"Key": "c"}]),
        ({"Queue.Properties.Tags.0": None}, "Resources.Queue.Properties.Tags", [{"Key": "b"}]),
        ({"Queue.Properties.Tags.2": {}}, "Resources.Queue.Properties.Tags", [{"Key": "a"}, {"Key": "b"}, {}]),
        ({"Queue.Properties.Tags": None}, "Resources.Queue.Properties", {"DelaySeconds": 5}),
        ({"Fresh": {"Type": "T"}, "Fresh.Properties": {}}, "Resources.Fresh", {"Type": "T", "Properties": {}}),
        ({"Topic": None}, "Resources", {"Queue": TEMPLATE["Resources"]["Queue"]}),
        ({"Parameters.Stage.Default": "dev"}, "Parameters.Stage", {"Type": "String", "Default": "dev"}),
        ({"Outputs.Name": {"Value": 1}}, "Outputs", {"Name": {"Value": 1}}),
    ],
)
def test_a_change_is_made_at_its_path_and_nowhere_else(change: dict[str, Any], path: str, value: Any) -> None:
    before = copy.deepcopy(TEMPLATE)
    result = changed(TEMPLATE, change)
    here: Any = result
    for step in path.split("."):
        here = here[step]
    assert here == value
    assert before == TEMPLATE


def test_a_changed_value_is_not_shared_with_the_example() -> None:
    value = {"a": [1]}
    changed(TEMPLATE, {"Queue.Properties.New": value, "Queue.Properties.New.a.0": 2})
    assert value == {"a": [1]}


ARN = "arn:aws:ecs:eu-west-1:111122223333:service/shop/web.v2"
SNAPSHOT: dict[str, Any] = {
    "format": "clearway-snapshot/1",
    "taken_at": "2026-01-31T03:00:00Z",
    "accounts": [
        {
            "account": "111122223333",
            "region": "eu-west-1",
            "resources": [
                {
                    "type": "AWS::EC2::SecurityGroup",
                    "id": "sg-1",
                    "properties": {"SecurityGroupIngress": [{"ToPort": 1}]},
                },
                {"type": "AWS::ECS::Service", "id": ARN, "properties": {"DesiredCount": 1}},
            ],
        },
        {"account": "111122223333", "region": "us-east-1", "resources": [{"type": "AWS::EC2::VPC", "id": "vpc-1"}]},
    ],
}


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        (
            {"sg-1.properties.SecurityGroupIngress.0.ToPort": 2},
            "accounts.0.resources.0.properties.SecurityGroupIngress.0.ToPort",
            2,
        ),
        ({f"{ARN}.properties.DesiredCount": 2}, "accounts.0.resources.1.properties.DesiredCount", 2),
        ({"service/shop/web.v2.properties.DesiredCount": 2}, "accounts.0.resources.1.properties.DesiredCount", 2),
        ({"vpc-1.properties": {"A": 1}}, "accounts.1.resources.0.properties", {"A": 1}),
        ({"vpc-1": None}, "accounts.1.resources", []),
        ({"vpc-1": {"type": "T"}}, "accounts.1.resources.0", {"id": "vpc-1", "type": "T"}),
        (
            {"a.b": {"type": "T"}, "a.b.properties": {"A": 1}},
            "accounts.0.resources.2",
            {"id": "a.b", "type": "T", "properties": {"A": 1}},
        ),
        ({"observed.metrics": []}, "accounts.0.observed", {"metrics": []}),
        ({"unreadable.0": {"api": "a:B", "error": "C"}}, "accounts.0.unreadable", [{"api": "a:B", "error": "C"}]),
        ({"taken_at": "2026-02-01T03:00:00Z"}, "taken_at", "2026-02-01T03:00:00Z"),
        ({"accounts.1.region": "us-east-2"}, "accounts.1.region", "us-east-2"),
    ],
)
def test_a_snapshot_is_changed_by_the_ids_of_its_resources(change: dict[str, Any], path: str, value: Any) -> None:
    before = copy.deepcopy(SNAPSHOT)
    here: Any = changed(SNAPSHOT, change)
    for step in path.split("."):
        here = here[int(step) if step.isdigit() else step]
    assert here == value
    assert before == SNAPSHOT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sg-2.properties.A": 1}, '"sg-2.properties.A": it begins with no id of a resource (did you mean "sg-1"?)'),
        ({"sg-1.propertys.A": 1}, 'there is no "propertys"'),
        ({"observed.metrics.0.A": 1}, 'there is no "metrics"'),
    ],
)
def test_a_path_of_a_snapshot_that_leads_nowhere(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ChangeError, match=re.escape(message)):
        changed(SNAPSHOT, change)


def test_paths_of_what_is_no_template_begin_at_its_top() -> None:
    assert changed({"accounts": [{"account": "1"}]}, {"accounts.0.account": "2"}) == {"accounts": [{"account": "2"}]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Quue.Properties.DelaySeconds": 1}, 'there is no "Quue" (did you mean "Queue"?)'),
        ({"Queue.Propertys.DelaySeconds": 1}, 'there is no "Propertys" (did you mean "Properties"?)'),
        ({"Queue.Properties.Tags.3": 1}, 'the list has 2 elements, from 0, and no "3"'),
        ({"Queue.Properties.Tags.Key": 1}, 'the list has 2 elements, from 0, and no "Key"'),
        ({"Queue.Properties.Tags.2": None}, 'the list has 2 elements, from 0, and no "2"'),
        ({"Queue.Properties.Dely": None}, 'there is no "Dely"'),
        ({"Queue.Properties.DelaySeconds.x": 1}, 'there is nothing below the value before "x"'),
    ],
)
def test_a_change_of_what_is_not_there_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ChangeError) as raised:
        changed(TEMPLATE, change)
    assert str(raised.value) == f'"{raised.value.path}": {message}'


def test_short_tags_become_the_long_form() -> None:
    text = """\
a: !Ref B
b: !GetAtt B.Outputs.C
c: !Sub ["${x}", {x: !ImportValue y}]
d: !If [Prod, !Ref A, 01]
e: {Condition: !Condition Prod}
f: 2012-10-17
"""
    assert long_form(load_yaml(text, "t.yaml")) == {
        "a": {"Ref": "B"},
        "b": {"Fn::GetAtt": ["B", "Outputs.C"]},
        "c": {"Fn::Sub": ["${x}", {"x": {"Fn::ImportValue": "y"}}]},
        "d": {"Fn::If": ["Prod", {"Ref": "A"}, "01"]},
        "e": {"Condition": {"Condition": "Prod"}},
        "f": "2012-10-17",
    }


RULE = """\
id: TEST001
name: a-rule
title: t
severity: low
rationale: r
remediation: r
parameters: {least: {type: number, default: 1, about: a}}
match: {bucket: AWS::S3::Bucket}
assert:
  - {name: named, check: {at_least: [bucket.Size, $least]}, message: m}
"""
EXAMPLES = """\
examples:
  base: fixtures/bucket.yaml
  no_undecided: because
  cases:
    - {name: good, expect: pass, change: {Bucket.Properties: {Size: 2}}, set: {A: b}, closed: true}
    - {name: bad, expect: fail, finding: {assert: named}, parameters: {least: 7}, context: [fixtures/bucket.yaml]}
"""


def put(folder: Path, examples: str, where: str = "a/TEST001.yaml") -> Rule:
    (folder / "fixtures").mkdir(exist_ok=True)
    (folder / "fixtures" / "bucket.yaml").write_text("Resources: {Bucket: {Type: AWS::S3::Bucket}}\n")
    (folder / where).parent.mkdir(parents=True, exist_ok=True)
    (folder / where).write_text(RULE + examples)
    found = load_rules([folder], builtin=False)
    assert found.problems == ()
    return found.rules[0]


def test_examples_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rule = put(tmp_path, EXAMPLES)
    assert check_examples(rule, tmp_path) == ([], [])
    examples, problems = read_examples(rule, tmp_path)
    assert problems == []
    assert examples is not None
    assert (examples.bases[""].name, examples.file) == ("fixtures/bucket.yaml", "a/TEST001.yaml")
    good, bad = examples.cases
    assert (good.name, good.expect, good.closed, good.values) == ("good", "pass", True, {"A": "b"})
    assert (good.line, good.column) == (15, 7)
    assert (bad.finding, bad.parameters) == ({"assert": "named"}, {"least": 7})
    assert bad.context == ("fixtures/bucket.yaml",)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (EXAMPLES, "", "1:1: the rule has no examples"),
        ("expect: pass", "expect: fail", "12:3: no example shows the verdict pass"),
        ("expect: fail", "expect: undecided", "12:3: no example shows the verdict fail"),
        ("name: bad", "name: good", '16:7: another example is already called "good"'),
        ("fixtures/bucket.yaml\n", "fixtures/buket.yaml\n", '12:9: there is no template "fixtures/buket.yaml"'),
        ("Bucket.Properties", "Buket.Properties", '15:43: "Buket.Properties": there is no "Buket"'),
        ("assert: named", "assert: namd", '16:43: there is no assertion "namd" (did you mean "named"?)'),
        ("least: 7", "lest: 7", '16:59: rule TEST001 has no parameter "lest" (did you mean "least"?)'),
        ("context: [fixtures/bucket.yaml]", "context: [x.yaml]", '16:83: the template "x.yaml" is not in'),
    ],
)
def test_what_is_wrong_with_examples(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert EXAMPLES.count(old) == 1
    problems, _ = check_examples(put(tmp_path, EXAMPLES.replace(old, new)), tmp_path)
    found = [f"{problem.line}:{problem.column}: {problem.message}" for problem in problems]
    assert any(message.startswith(expected) for message in found), found


def test_no_undecided_example_is_a_warning_without_a_reason(tmp_path: Path) -> None:
    problems, warnings = check_examples(put(tmp_path, EXAMPLES.replace("  no_undecided: because\n", "")), tmp_path)
    assert problems == []
    assert [warning.message for warning in warnings] == [
        "no example shows the verdict undecided; if none can, say why in no_undecided"
    ]


def test_a_base_that_cannot_be_read_is_told_at_its_place(tmp_path: Path) -> None:
    rule = put(tmp_path, EXAMPLES)
    (tmp_path / "fixtures" / "bucket.yaml").write_text("a: [\n")
    assert "bucket.yaml" in check_examples(rule, tmp_path)[0][0].file
    examples, problems = read_examples(rule, tmp_path)
    assert examples is None
    assert len(problems) == 1
