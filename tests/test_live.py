"""Accounts, judged: with the verdicts of the templates that they were deployed from, and none that hides a denial."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scanner.commands import main
from scanner.data import data_folder
from scanner.live import judge_accounts, scan_accounts
from scanner.policy.changes import changed, is_snapshot
from scanner.policy.examples import Case, long_form, read_examples
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.policy.select import with_parameters
from scanner.render import render
from scanner.scan import Input, Options, judge_text, scan
from scanner.syntax import load
from tests.deployed import ACCOUNT, CALLS, REGION, NotDeployable, denied, deployed

OTHER = "444455556666"
LOADED = load_rules()
RULES = tuple(rule for rule in LOADED.rules if rule.applies == ("template", "live"))
WORST = ("fail", "undecided", "pass")
Snapshot = dict[str, Any]
Verdicts = dict[tuple[str, str], str]


@cache
def fixture(name: str) -> Any:
    text = (data_folder("rules") / "fixtures" / f"{name}.yaml").read_text(encoding="utf-8")
    return long_form(load(text, name))


def account(name: str = "bridge-service", change: Mapping[str, Any] | None = None) -> Snapshot:
    return deployed(changed(fixture(name), change or {}))


def judged(*snapshots: Snapshot, rules: tuple[Rule, ...] = RULES, all_verdicts: bool = True) -> dict[str, Any]:
    inputs = [Input(f"s{n}.json", json.dumps(one, indent=1), "snapshot") for n, one in enumerate(snapshots)]
    return scan(inputs, Options(rules, all_verdicts=all_verdicts, jobs=1))


def verdicts(document: Mapping[str, Any]) -> Verdicts:
    """The worst verdict of each subject by a rule."""
    found: Verdicts = {}
    for one in document["results"]:
        key = (one["rule"], one["subject"]["address"])
        found[key] = min(found.get(key, "pass"), one["verdict"], key=WORST.index)
    return found


def failures(document: Mapping[str, Any]) -> set[str]:
    return {one["rule"] for one in document["results"] if one["verdict"] == "fail"}


CLOSED = {"HostIngressHigh.Properties.ToPort": 61000, "TargetGroup.Properties.HealthCheckTimeoutSeconds": 31}


# --- the same rules, the same verdicts

OTHERWISE = {
    ("APP002", "the account turns Container Insights on for all clusters"): "a cluster says itself what it has",
    ("HC002", "left to the default"): "an account does not tell a default from what was written",
    ("HC002", "a TCP target group with an HTTP check"): "the same",
    ("HC011", "no dependency"): "what exists does so before any deployment that is to come",
    ("RUN011", "no subnet is stated, and even the smallest hold so few tasks"): "free addresses are those of subnets",
    ("RUN011", "an empty list of subnets says no more than none"): "the same",
    ("RUN007", "the task definition tells that it runs on Fargate"): "a family means its latest revision",
    ("IAM010", "a service beside the right one"): "a snapshot has no functions, one of which may use the role",
    ("IAM010", "a function uses the role, too"): "the same",
    ("NET002", "container instances that cfn-init makes join the cluster"): "an account has no metadata of templates",
}
"""The beginnings of the names of examples whose verdict in an account is another one, and why."""


def _examples() -> Iterator[Any]:
    for rule in RULES:
        examples, _ = read_examples(rule, LOADED.folders[rule.id])
        for case in examples.cases if examples is not None and "live" in rule.applies else ():
            template = changed(examples.bases[case.base].template, case.change) if examples else None
            plain = case.expect != "undecided" and not case.context and not is_snapshot(template)
            if plain and not any(rule.id == id and case.name.startswith(name) for id, name in OTHERWISE):
                try:
                    snapshot = deployed(template, case.values)
                except (NotDeployable, KeyError):
                    continue
                yield pytest.param(rule, case, snapshot, id=f"{rule.id}: {case.name}")


EXAMPLES = list(_examples())


def test_there_is_enough_to_compare() -> None:
    found = [parameters.values[1].expect for parameters in EXAMPLES]
    assert found.count("fail") > 100
    assert found.count("pass") > 100


@pytest.mark.parametrize(("rule", "case", "snapshot"), EXAMPLES)
def test_an_account_is_judged_like_the_template_that_it_was_deployed_from(
    rule: Rule, case: Case, snapshot: Snapshot
) -> None:
    document = judged(snapshot, rules=(with_parameters(rule, case.parameters),))
    assert document["errors"] == []
    found = {one["verdict"] for one in document["results"]}
    assert next((verdict for verdict in WORST if verdict in found), "not_applicable") == case.expect
    if case.expect == "fail" and isinstance(case.finding.get("missing"), list):
        missing = {text for one in document["results"] if one["verdict"] == "fail" for text in one["missing"]}
        assert len(missing) >= len(case.finding["missing"])


# --- what could not be read


def everything() -> Snapshot:
    """An account with good and broken services and workflows, each in a region of its own."""
    regions = {
        "eu-west-1": account("bridge-service"),
        "eu-west-2": account("bridge-service", CLOSED),
        "eu-west-3": account("acl-service"),
        "us-east-1": account("run-task"),
        "us-east-2": account("run-task", {"Machine.Properties.LoggingConfiguration": None}),
    }
    whole = {**account(), "accounts": []}
    for region, one in regions.items():
        text = json.dumps(one["accounts"][0]).replace(REGION, region)
        entry = json.loads(text)
        if region == "us-east-2":  # roles are there once
            entry["resources"] = [one for one in entry["resources"] if not one["type"].startswith("AWS::IAM::")]
        whole["accounts"].append(entry)
    return whole


@lru_cache(maxsize=1)
def whole() -> tuple[Snapshot, dict[str, Any]]:
    snapshot = everything()
    return snapshot, judged(snapshot)


@pytest.mark.parametrize("partly", [False, True], ids=["denied", "cut off"])
@pytest.mark.parametrize("api", CALLS)
def test_a_call_that_failed_flips_no_verdict(api: str, partly: bool) -> None:
    snapshot, full = whole()
    less = denied(snapshot, api, partly=partly)
    if partly and [one["resources"] for one in less["accounts"]] == [one["resources"] for one in snapshot["accounts"]]:
        return
    document = judged(less)
    assert [error["message"] for error in document["errors"] if "api" not in error] == []
    assert {(error["api"], error["error"]) for error in document["errors"]} == {(api, "AccessDenied")}
    before, after = verdicts(full), verdicts(document)
    waiting = {(rule, address.partition("#")[0]) for (rule, address), found in after.items() if found == "undecided"}
    for (rule, address), verdict in after.items():
        allowed = {"undecided", before.get((rule, address), "pass")}
        assert verdict in allowed, f"{rule} {address}: {before.get((rule, address))} became {verdict}"
    gone = [
        (rule, address)
        for rule, address in before
        if (rule, address) not in after and (rule, address.partition("#")[0]) not in waiting
    ]
    # Permissions are judged of roles; whether what uses them is seen shows in their findings.
    assert [(rule, address) for rule, address in gone if not rule.startswith("IAM")] == []


def test_it_is_full_of_verdicts() -> None:
    _, document = whole()
    assert document["errors"] == []
    assert {"NET002", "HC003", "RUN006"} <= failures(document)
    assert len(verdicts(document)) > 100
    assert [one["message"] for one in document["results"] if one["verdict"] == "undecided"] == []


def test_an_account_without_a_support_plan_is_read_as_a_whole() -> None:
    snapshot = json.loads((data_folder("rules") / "fixtures" / "live-service.json").read_text("utf-8"))
    failure = {"api": "health:DescribeEvents", "error": "SubscriptionRequiredException"}
    (entry,) = snapshot["accounts"]
    del entry["observed"]["health_events"]
    entry["unreadable"] = [failure]
    rules = tuple(rule for rule in LOADED.rules if rule.id == "RUN013")
    document = judged(snapshot, rules=rules)
    (result,) = document["results"]
    assert (document["errors"], result["verdict"]) == ([], "undecided")
    assert "support plan" in result["unknown"][0]["reason"]
    assert result["unknown"][0]["supply"] == "a support plan that has the API"
    entry["unreadable"] = [{**failure, "error": "AccessDeniedException"}]
    (error,) = judged(snapshot, rules=rules)["errors"]
    assert error["error"] == "AccessDeniedException"


def test_what_was_not_seen_at_all_is_said_by_every_rule_that_judges_it() -> None:
    document = judged(denied(account(), "ecs:DescribeServices"))
    (result,) = [one for one in document["results"] if one["rule"] == "NET002"]
    assert result["verdict"] == "undecided"
    assert result["subject"]["label"] == f"account {ACCOUNT}, region {REGION}"
    assert result["unknown"][0]["reason"] == (
        f"not all that there is has been seen: ecs:DescribeServices failed in account {ACCOUNT}, "
        f"region {REGION} (AccessDenied)"
    )
    assert result["location"]["file"] == f"aws/{ACCOUNT}/{REGION}/unreadable.json"
    assert document["summary"]["rules"]["NET002"] == {"pass": 0, "fail": 0, "undecided": 1, "not_applicable": 0}
    assert document["summary"]["rules"]["RUN001"]["undecided"] == 0


def test_one_account_that_failed_does_not_stop_the_others() -> None:
    entries = [
        {**account()["accounts"][0], "account": OTHER, "resources": "none"},
        account("bridge-service", CLOSED)["accounts"][0],
    ]
    document = scan_accounts(entries, RULES, taken_at="2026-01-31T03:00:00Z")
    (error,) = document["errors"]
    assert (error["file"], error["message"]) == (f"aws/{OTHER}/{REGION}", "resources is not a list")
    assert "NET002" in failures(document)


# --- results


def test_a_finding_stands_in_the_text_of_its_resource(root: Path) -> None:
    document = judged(account("bridge-service", CLOSED))
    (result,) = [one for one in document["results"] if one["rule"] == "NET002" and one["verdict"] == "fail"]
    texts = {one["file"]: one for one in document["configurations"]}
    place = result["location"]
    text = texts[place["file"]]
    assert text["arn"] == f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{place['file'][:-5].rpartition('/')[2]}"
    assert text["text"].split("\n")[place["line"] - 1].strip().startswith('"ToPort": 61000')
    assert json.loads(text["text"])["type"] == "AWS::EC2::SecurityGroup"
    assert (result["account"], result["region"]) == (ACCOUNT, REGION)
    assert result["subject"]["arn"] == f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/Cluster/Service"
    schema = json.loads((root / "reports" / "result.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)


def test_every_place_is_in_a_text() -> None:
    _, document = whole()
    texts = {one["file"]: one["text"].split("\n") for one in document["configurations"]}
    places = [
        place
        for one in document["results"]
        for place in (one["location"], *one["related"], *one["evidence"], *(hop["location"] for hop in one["way"]))
        if place is not None
    ]
    assert len(places) > 300
    for place in places:
        assert place["file"].startswith(f"aws/{ACCOUNT}/")
        for row in place["excerpt"]:
            assert texts[place["file"]][row["line"] - 1].startswith(row["text"])


def test_findings_keep_their_identity_over_nights() -> None:
    def prints(snapshot: Snapshot) -> set[tuple[str, str, str]]:
        return {(one["fingerprint"], one["rule"], one["verdict"]) for one in judged(snapshot)["results"]}

    before = everything()
    after = copy.deepcopy(before)
    after["accounts"].reverse()
    for one in after["accounts"]:
        random.Random(7).shuffle(one["resources"])
        for resource in one["resources"]:
            if resource["type"] == "AWS::ECS::Service":
                resource["properties"]["DesiredCount"] = 7
    assert prints(before) == prints(after)


def test_roles_belong_to_no_region() -> None:
    snapshot = account("run-task")
    again = copy.deepcopy(snapshot["accounts"][0])
    again["region"] = "us-east-1"
    again["resources"] = [one for one in again["resources"] if one["type"].startswith("AWS::IAM::")]
    snapshot["accounts"].append(again)
    document = judged(snapshot)
    roles = [one for one in document["results"] if one["subject"]["type"] == "AWS::IAM::Role"]
    assert {one["region"] for one in roles} <= {"global"}
    assert verdicts(document) == verdicts(judged(account("run-task")))
    assert "several" not in json.dumps([one["message"] for one in document["results"]])


def test_accounts_in_memory_are_judged_like_a_snapshot() -> None:
    snapshot = everything()
    told: list[int] = []
    document = scan_accounts(
        snapshot["accounts"],
        RULES,
        taken_at=snapshot["taken_at"],
        all_verdicts=True,
        progress=lambda part: told.append(len(part.accounts)),
    )
    same = judged(snapshot)
    for name in ("results", "configurations", "accounts", "errors"):
        assert document[name] == same[name]
    assert document["summary"] == {**same["summary"], "files": 5}
    assert document["inputs"][0] == {"path": f"aws/{ACCOUNT}/eu-west-1", "kind": "account", "role": "scanned"}
    assert told == [5]


def test_accounts_are_held_one_at_a_time() -> None:
    held: list[str] = []

    def entries() -> Iterator[dict[str, Any]]:
        for number in range(3):
            held.append(f"read {number}")
            text = json.dumps(account()["accounts"][0])
            yield json.loads(text.replace(ACCOUNT, f"{number}" * 12))

    for part in judge_accounts(entries(), RULES, taken_at="2026-01-31T03:00:00Z"):
        held.append(f"judged {part.accounts[0]['account'][0]}")
    # The next account is read before its predecessor is done, which is how its end is known.
    assert held == ["read 0", "read 1", "judged 0", "read 2", "judged 1", "judged 2"]


def test_ids_of_one_account_are_not_those_of_another() -> None:
    """The same names in two accounts; in one of them what they name cannot be read."""
    one = account("bridge-service", CLOSED)
    other = json.loads(json.dumps(account()).replace(ACCOUNT, OTHER))
    hidden = denied(other, "ecs:DescribeClusters")
    document = judged(one, hidden)
    alone = {**verdicts(judged(one)), **verdicts(judged(hidden))}
    assert verdicts(document) == alone


def test_secrets_are_in_no_report() -> None:
    snapshot = account("bridge-service", {"TaskDefinition.Properties.ContainerDefinitions.0.LogConfiguration": None})
    for one in snapshot["accounts"][0]["resources"]:
        if one["type"] == "AWS::ECS::TaskDefinition":
            one["properties"]["ContainerDefinitions"][0]["Environment"] = [{"Name": "A", "Value": "hunter2"}]
    document = judged(snapshot)
    assert "APP001" in failures(document)
    for format in ("json", "text", "html", "sarif", "sarif-full"):
        assert "hunter2" not in render(document, format)


def test_code_scanning_gets_the_texts_and_the_arns(root: Path) -> None:
    document = judged(account("bridge-service", CLOSED), all_verdicts=False)
    run = json.loads(render(document, "sarif"))["runs"][0]
    schema = json.loads((root / "tests" / "fixtures" / "sarif" / "sarif-2.1.0.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(json.loads(render(document, "sarif")))
    texts = {one["location"]["uri"]: one["contents"]["text"] for one in run["artifacts"]}
    assert {one["ruleId"] for one in run["results"]} == {"NET002", "HC003"}
    for result in run["results"]:
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        lines = texts[physical["artifactLocation"]["uri"]].split("\n")
        region = physical["region"]
        first = lines[region["startLine"] - 1][region["startColumn"] - 1 :]
        assert first.startswith(region["snippet"]["text"].split("\n")[0])
        assert location["logicalLocations"][0]["fullyQualifiedName"].startswith("arn:aws:")
        assert (result["properties"]["account"], result["properties"]["region"]) == (ACCOUNT, REGION)


def test_people_are_told_where_it_is() -> None:
    document = judged(account("bridge-service", CLOSED), all_verdicts=False)
    said = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/Cluster/Service in account {ACCOUNT}, region {REGION}"
    assert f"= live: {said}" in render(document, "text", width=200)
    assert "in 1 region of 1 account, " in render(document, "text")
    assert said in render(document, "html")
    assert "1 region of 1 account" in render(document, "html")


# --- which rules, which inputs

ONLY = """\
id: {id}
name: {name}
title: Queues have a name
severity: low
applies: [{applies}]
source: [{{document: Ours}}]
rationale: Names help.
remediation: Name {{queue}}.
match: {{queue: AWS::SQS::Queue}}
assert:
  - {{name: named, check: {{exists: queue.QueueName}}, message: "{{queue}} has no name"}}
examples:
  template: {{Resources: {{}}}}
  cases: [{{name: a, expect: pass}}]
"""
QUEUE = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
"""


def test_a_rule_judges_what_it_applies_to(tmp_path: Path) -> None:
    for id, applies in (("ONE001", "live"), ("ONE002", "template"), ("ONE003", "template, live")):
        (tmp_path / f"{id}.yaml").write_text(ONLY.format(id=id, name=f"name-{id.lower()}", applies=applies))
    rules = tuple(rule for rule in load_rules([tmp_path]).rules if rule.id.startswith("ONE"))
    resource = {"type": "AWS::SQS::Queue", "id": "https://sqs/queue", "properties": {}}
    entry = {"account": ACCOUNT, "region": REGION, "resources": [resource]}
    snapshot = {"format": "clearway-snapshot/1", "taken_at": "2026-01-31T03:00:00Z", "accounts": [entry]}
    inputs = [Input("q.yaml", QUEUE), Input("s.json", json.dumps(snapshot), "snapshot")]
    document = scan(inputs, Options(rules, jobs=1))
    found = {(one["rule"], one["location"]["file"].partition("/")[0]) for one in document["results"]}
    assert found == {("ONE001", "aws"), ("ONE002", "q.yaml"), ("ONE003", "aws"), ("ONE003", "q.yaml")}
    assert [rule["id"] for rule in document["rules"]] == ["ONE001", "ONE002", "ONE003"]
    assert document["summary"]["rules"]["ONE003"]["fail"] == 2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "account.json").write_text(json.dumps(account("bridge-service", CLOSED), indent=2))
    return tmp_path


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status = main(["scan", *arguments, "-o", "json"])
    return status, json.loads(capsys.readouterr().out)


def test_a_snapshot_that_is_named_is_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, document = command(capsys, "account.json")
    assert status == 1
    assert "NET002" in failures(document)
    assert document["inputs"] == [{"path": "account.json", "kind": "snapshot", "role": "scanned"}]
    assert document["accounts"] == [{"account": ACCOUNT, "region": REGION, "taken_at": "2026-01-31T03:00:00Z"}]
    assert command(capsys, ".")[0] == 0
    assert command(capsys, "account.json", "--siblings")[1]["results"] == []


def test_calls_that_failed_make_the_scan_incomplete(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "less.json").write_text(json.dumps(denied(account(), "ec2:DescribeSubnets")))
    status = main(["scan", "less.json", "-o", "sarif=out.sarif"])
    assert status == 2
    said = f"aws/{ACCOUNT}/{REGION}/unreadable.json:2:3: ec2:DescribeSubnets failed in account {ACCOUNT}"
    assert said in capsys.readouterr().err
    status, document = command(capsys, "less.json")
    (error,) = document["errors"]
    assert (error["account"], error["region"], error["api"]) == (ACCOUNT, REGION, "ec2:DescribeSubnets")
    assert error["error"] == "AccessDenied"


def test_a_snapshot_is_context_of_the_templates_beside_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rule.yaml").write_text(
        "Resources:\n  Open:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties:\n"
        "      {GroupId: sg-0unknown, IpProtocol: tcp, FromPort: 1, ToPort: 1, CidrIp: 10.0.0.0/8}\n"
    )
    _, document = command(capsys, "rule.yaml", "account.json")
    assert {one["role"] for one in document["inputs"]} == {"scanned"}
    assert document["summary"]["templates"] == 1
    assert "NET002" in failures(document)


def test_a_wrong_snapshot_is_an_error_and_the_rest_is_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "wrong.json").write_text('{"format": "clearway-snapshot/1", "taken_at": 3, "accounts": []}')
    status, document = command(capsys, "wrong.json", "account.json")
    assert status == 2
    (error,) = document["errors"]
    assert (error["file"], error["line"]) == ("wrong.json", 1)
    assert "NET002" in failures(document)


def test_rules_can_have_snapshots_as_examples() -> None:
    snapshot = account()
    text = json.dumps(snapshot)
    document = judge_text(text, "s.json", RULES, parameters={}, closed=False)
    assert document["results"]
    assert all(one["verdict"] == "pass" for one in document["results"])
