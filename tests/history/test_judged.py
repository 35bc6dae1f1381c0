"""What a scan tells a history besides its document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.history import Recorder, remember, scanned
from scanner.policy.load import load_rules
from scanner.results import Judged
from scanner.scan import Input, Options, scan
from scanner.sources.snapshot.tables import APIS

BUCKET = """\
Resources:
  Key:
    Type: AWS::KMS::Key
  Bucket:
    Type: AWS::S3::Bucket
"""
ENCRYPTION = "{ServerSideEncryptionConfiguration: [{BucketKeyEnabled: true}]}"
ENCRYPTED = f"{BUCKET}    Properties: {{BucketEncryption: {ENCRYPTION}}}\n"
USER_RULES = Path(__file__).parents[1] / "policy" / "user_rules"
RULE = next(rule for rule in load_rules([USER_RULES], builtin=False).rules if rule.id == "STORE001")


@pytest.mark.parametrize("jobs", [1, 2])
def test_passes_and_resources_are_the_same_in_any_number_of_processes(jobs: int) -> None:
    memory = Judged()
    inputs = [Input(f"s{number}.yaml", ENCRYPTED if number % 2 else BUCKET) for number in range(60)]
    document = scan(inputs, Options((RULE,), jobs=jobs), memory=memory)
    assert memory.resources == {f"s{number}.yaml#{id}" for number in range(60) for id in ("Key", "Bucket")}
    passed = {(rule, subject) for rule, assertion, subject in memory.passed if assertion == "encryption"}
    assert passed == {("STORE001", f"s{number}.yaml#Bucket") for number in range(1, 60, 2)}
    failed = {result["subject"]["address"] for result in document["results"] if result["assertion"] == "encryption"}
    assert failed == {f"s{number}.yaml#Bucket" for number in range(0, 60, 2)}


def test_without_a_history_nothing_is_told() -> None:
    memory = Judged()
    scan([Input("s.yaml", ENCRYPTED)], Options((RULE,)))
    assert not memory.passed
    assert not memory.resources


def test_a_rule_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.delenv("CLEARWAY_DEBUG", raising=False)
    memory = Judged()
    scan([Input("s.yaml", ENCRYPTED)], Options((RULE,), judge=fault), memory=memory)
    assert memory.unjudged == {"STORE001"}


# --- live


Key = tuple[str, str, str]


def key(result: dict[str, Any]) -> Key:
    return result["rule"], result["assertion"], result["subject"]["address"]


def became(whole: dict[str, Any], found: set[Key]) -> dict[Key, str]:
    """What became of some findings."""
    now = {key(one): one["change"]["status"] for one in whole["results"] if "change" in one}
    now |= {(one["rule"], one["assertion"], one["address"]): one["status"] for one in whole["history"]["absent"]}
    return {one: status for one, status in now.items() if one in found}


def live(whole: dict[str, Any]) -> tuple[dict[str, Any], Judged]:
    """An account, judged by every rule."""
    memory = Judged()
    options = Options(load_rules().rules)
    return scan([Input("account.json", json.dumps(whole, indent=1), "snapshot")], options, memory=memory), memory


def night(file: Path, judged: tuple[dict[str, Any], Judged]) -> dict[str, Any]:
    document, memory = judged
    with Recorder(file) as recorder:
        return remember(recorder, document, memory, scanned(document, "account"))


def test_a_fault_of_a_task_definition_persists_over_its_revisions(tmp_path: Path, root: Path) -> None:
    text = (root / "rules" / "fixtures" / "live-service.json").read_text()
    whole = json.loads(text)
    for resource in whole["accounts"][0]["resources"]:
        if resource["type"] == "AWS::ECS::TaskDefinition":
            for container in resource["properties"]["ContainerDefinitions"]:
                container.pop("LogConfiguration", None)
    first = json.dumps(whole)
    assert ":task-definition/web:7" in first
    file = tmp_path / "h.db"
    before = night(file, live(whole))
    found = {key(one) for one in before["results"] if one["subject"]["type"] == "AWS::ECS::TaskDefinition"}
    assert "APP001" in {rule for rule, _, _ in found}
    again = first.replace(":task-definition/web:7", ":task-definition/web:8")
    after = night(file, live(json.loads(again)))
    assert set(became(after, {key(one) for one in before["results"]}).values()) == {"persisting"}
    arns = {one["subject"]["arn"] for one in after["results"] if key(one) in found}
    assert any(arn.endswith("task-definition/web:8") for arn in arns)


@pytest.mark.slow
def test_a_denied_call_fixes_nothing_in_an_account(tmp_path: Path, root: Path) -> None:
    """Each call of the account in turn: what failed before is found, changed or not seen; nothing is fixed or gone."""
    whole = json.loads((root / "rules" / "fixtures" / "live-service.json").read_text())
    for account in whole["accounts"]:
        for resource in account["resources"]:
            if resource["type"] == "AWS::ElasticLoadBalancingV2::TargetGroup":
                resource["properties"] |= {"HealthCheckTimeoutSeconds": 30, "HealthCheckIntervalSeconds": 20}
            if resource["type"] == "AWS::ECS::Service":
                resource["properties"]["HealthCheckGracePeriodSeconds"] = 0
            if resource["type"] == "AWS::EC2::SecurityGroup":
                resource["properties"]["SecurityGroupIngress"] = []
    present = {resource["type"] for account in whole["accounts"] for resource in account["resources"]}
    calls = sorted({api for type in present for api in APIS.get(type, ())})
    assert len(calls) > 8
    full = live(whole)
    found = {key(one) for one in full[0]["results"] if one["verdict"] == "fail"}
    assert len(found) >= 6
    for number, api in enumerate(calls):
        file = tmp_path / f"{number}.db"
        night(file, full)
        denied = json.loads(json.dumps(whole))
        for account in denied["accounts"]:
            account["resources"] = [one for one in account["resources"] if api not in APIS.get(one["type"], ())]
            account["unreadable"] = [{"api": api, "error": "AccessDenied"}]
        second, third = became(night(file, live(denied)), found), became(night(file, full), found)
        assert second.keys() == third.keys() == found, api
        assert set(second.values()) <= {"persisting", "changed", "not_seen"}, (api, second)
        assert set(third.values()) <= {"persisting", "changed"}, (api, third)
