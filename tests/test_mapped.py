"""Findings of accounts, shown in the templates that their resources were deployed from."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scanner.commands import main
from scanner.mapped import show_in_templates
from scanner.render import render
from scanner.sources.cloudformation import Parameters
from tests.deployed import ACCOUNT, REGION
from tests.test_live import OTHER, account

BROKEN = {"TargetGroup.Properties.HealthCheckTimeoutSeconds": 31}
SAYS = f"as it is in account {ACCOUNT}, region {REGION}"
Document = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template with a fault, and the account that it was deployed to as stack ``shop``."""
    monkeypatch.chdir(tmp_path)
    text = (root / "rules" / "fixtures" / "bridge-service.yaml").read_text(encoding="utf-8")
    assert "HealthCheckTimeoutSeconds: 5\n" in text
    Path("shop.yaml").write_text(text.replace("HealthCheckTimeoutSeconds: 5\n", "HealthCheckTimeoutSeconds: 31\n"))
    Path("account.json").write_text(json.dumps(account("bridge-service", BROKEN), indent=1))
    return tmp_path


def scan(capsys: pytest.CaptureFixture[str], *arguments: str) -> Document:
    main(["scan", *arguments, "-o", "json", "-q"])
    document: Document = json.loads(capsys.readouterr().out)
    return document


def live(document: Document, rule: str = "HC003") -> Document:
    (found,) = [one for one in document["results"] if one["rule"] == rule and one.get("account")]
    assert isinstance(found, dict)
    return found


def line(file: str, text: str) -> int:
    """The line in which a text stands."""
    return next(number for number, one in enumerate(Path(file).read_text().split("\n"), 1) if text in one)


def test_a_finding_stands_in_the_line_of_the_template(
    folder: Path, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    document = scan(capsys, "shop.yaml", "account.json")
    alone, found = live(scan(capsys, "account.json")), live(document)
    place = found["location"]
    assert (place["file"], place["line"]) == ("shop.yaml", line("shop.yaml", "HealthCheckTimeoutSeconds: 31"))
    assert place["excerpt"][1]["text"].strip() == "HealthCheckTimeoutSeconds: 31"
    assert found["related"] == [{**alone["location"], "says": SAYS}, *alone["related"]]
    same = ("fingerprint", "message", "subject", "account", "region", "verdict")
    assert [found[name] for name in same] == [alone[name] for name in same]
    schema = json.loads((root / "reports" / "result.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)


def test_no_two_findings_of_a_rule_share_a_region(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path("account.json").read_text()
    Path("other.json").write_text(text.replace(ACCOUNT, OTHER))
    document = scan(capsys, "shop.yaml", "account.json", "other.json")
    places = [one["location"] for one in document["results"] if one["rule"] == "HC003"]
    regions = {tuple(place[name] for name in ("line", "column", "end_line", "end_column")) for place in places}
    assert {place["file"] for place in places} == {"shop.yaml"}
    assert (len(places), len(regions), len({place["line"] for place in places})) == (3, 3, 1)
    assert document["results"] == sorted(document["results"], key=lambda one: one["location"]["line"])


def test_it_stands_in_the_account_where_it_is_not_plain_which_template_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("copy.yaml").write_text(Path("shop.yaml").read_text())
    files = ("shop.yaml", "copy.yaml", "account.json")
    assert live(scan(capsys, *files))["location"]["file"].startswith("aws/")
    assert live(scan(capsys, *files, "--link", "shop=copy.yaml"))["location"]["file"] == "copy.yaml"
    assert live(scan(capsys, *files, "--link", "stage=copy.yaml"))["location"]["file"] == "shop.yaml"
    assert live(scan(capsys, "shop.yaml", "account.json", "--link", "stage=shop.yaml"))["location"]["file"].startswith(
        "aws/"
    )


def test_what_no_stack_made_stands_in_the_account(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = json.loads(Path("account.json").read_text())
    for one in snapshot["accounts"][0]["resources"]:
        one.pop("tags", None)
    Path("account.json").write_text(json.dumps(snapshot))
    assert live(scan(capsys, "shop.yaml", "account.json"))["location"]["file"].startswith("aws/")


def test_code_scanning_still_gets_the_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = scan(capsys, "shop.yaml", "account.json")
    document["results"] = [one for one in document["results"] if one.get("account")]
    run = json.loads(render(document, "sarif"))["runs"][0]
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "shop.yaml"
    uri = result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri in {one["location"]["uri"] for one in run["artifacts"]}
    for format in ("text", "html"):
        assert SAYS in " ".join(render(document, format).split())


# --- where in a template

TEMPLATE = """\
Resources:
  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      Name: web
      TargetGroupAttributes:
        - {Key: b, Value: one}
        - {Key: a, Value: two}
      Targets:
        - {Id: 10.0.0.1, Port: 80}
        - {Id: 10.0.0.2, Port: 80}
      Tags: !If [Named, [{Key: a, Value: b}], !Ref AWS::NoValue]
      Port: !If
        - Named
        - 80
        - 8080
Conditions:
  Named: !Equals [!Ref Stage, prod]
Parameters:
  Stage: {Type: String}
"""
LIVE = {
    "type": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "id": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1",
    "properties": {
        "Name": "web",
        "Port": 8080,
        "HealthCheckPath": "/",
        "TargetGroupAttributes": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "1"}],
        "Targets": [{"Id": "10.0.0.2", "Port": 80}, {"Id": "10.0.0.3", "Port": 80}],
        "Tags": [{"Key": "a", "Value": "b"}],
    },
    "tags": [
        {"Key": "aws:cloudformation:logical-id", "Value": "Group"},
        {"Key": "aws:cloudformation:stack-name", "Value": "shop"},
    ],
}
FILE = "aws/111122223333/eu-west-1/elasticloadbalancingv2/target-group/web/1.json"


def document(*places: tuple[int, int]) -> Document:
    """A document with a finding at each of some places in the text of the group."""
    text = json.dumps(LIVE, indent=2)
    results = [
        {
            "rule": f"R{number}",
            "assertion": "a",
            "fingerprint": str(number),
            "account": ACCOUNT,
            "region": REGION,
            "location": {"file": FILE, "line": at, "column": column, "end_line": at, "end_column": column + 1},
            "related": [],
        }
        for number, (at, column) in enumerate(places)
    ]
    return {"results": copy.deepcopy(results), "configurations": [{"file": FILE, "text": text}]}


def found(text: str, nth: int = 1) -> tuple[int, int]:
    """Where a text stands in the text of the group for the nth time."""
    lines = [
        (number, one.index(text) + 1)
        for number, one in enumerate(json.dumps(LIVE, indent=2).split("\n"), 1)
        if text in one
    ]
    return lines[nth - 1]


@pytest.mark.parametrize(
    ("at", "line"),
    [
        (found('"id"'), 2),
        (found('"Name"'), 5),
        (found('"HealthCheckPath"'), 2),  # left to the default
        (found('"Value": "2"'), 8),  # in another order
        (found('"Value": "1"'), 7),
        (found('"TargetGroupAttributes"'), 6),
        (found('"10.0.0.2"'), 11),
        (found('"10.0.0.3"'), 9),  # registered by hand
        (found('"Tags"'), 12),  # under a condition that is not known, in each case
        (found('"Port": 8080'), 13),
    ],
)
def test_the_property_has_a_place_or_what_is_around_it(at: tuple[int, int], line: int) -> None:
    made = document(at)
    assert show_in_templates(made, {"t.yaml": TEMPLATE}, Parameters(), {}) == []
    (result,) = made["results"]
    assert (result["location"]["file"], result["location"]["line"]) == ("t.yaml", line)
    assert result["related"][0]["line"] == at[0]


def test_a_template_that_cannot_be_read_is_told() -> None:
    made = document(found('"Name"'))
    problems = show_in_templates(made, {"bad.yaml": "Group: [", "t.yaml": TEMPLATE}, Parameters(), {})
    assert [problem.file for problem in problems] == ["bad.yaml"]
    assert made["results"][0]["location"]["file"] == "t.yaml"


def test_another_type_of_the_same_name_is_not_it() -> None:
    made = document(found('"Name"'))
    other = TEMPLATE.replace("AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ECS::Cluster")
    assert show_in_templates(made, {"t.yaml": other}, Parameters(), {}) == []
    assert made["results"][0]["location"]["file"] == FILE
