"""From messages to causes: every message of the documents, and a fault for each that a rule can explain."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import jsonschema
import pytest
from hypothesis import strategies as st

from scanner.analysis.messages import catalogue
from scanner.data import data_folder
from scanner.diagnose import Ask, NoSuchService, Wanted, diagnose, explain
from scanner.diagnose.answers import PROBE, VERDICTS
from scanner.diagnose.heard import given
from scanner.policy.load import load_rules
from scanner.scan import Input, Options
from tests.analysis.test_messages import HARMLESS, PRINTED, TODAY

RULES = load_rules().rules
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/6d0ecf831eec9f09"
API = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/api/73e2d6bc24d8a067"
TIMEOUT = f"(service web) (port 32769) is unhealthy in (target-group {GROUP}) due to (reason Request timed out)."
Document = dict[str, Any]


@cache
def text_of(name: str) -> str:
    return (data_folder("rules") / "fixtures" / name).read_text(encoding="utf-8")


def account(change: Callable[[Any], None] = lambda entry: None) -> Input:
    snapshot = json.loads(text_of("live-service.json"))
    change(snapshot["accounts"][0])
    return Input("account.json", json.dumps(snapshot, indent=1), "snapshot")


def template(name: str = "bridge-service.yaml", **changed: str) -> Input:
    text = text_of(name)
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    return Input("service.yaml", text)


def asked(said: str, *inputs: Input, **wanted: Any) -> Document:
    ask = Ask(given(said) if said else (), RULES, Wanted(**wanted))
    document = diagnose(ask, inputs, Options(RULES)) if inputs else explain(ask)
    jsonschema.validate(document, schema())
    return document


@cache
def schema() -> Any:
    found = json.loads((data_folder("reports") / "diagnosis.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def verdicts(document: Document) -> dict[str, str]:
    return {answer["rule"]: answer["verdict"] for answer in document["answers"]}


def found(document: Document) -> set[str]:
    return {rule for rule, verdict in verdicts(document).items() if verdict == "found"}


def event(entry: Any, message: str, *, service: int = 0) -> None:
    one = {"id": "e1", "createdAt": "2026-01-31T01:02:03Z", "message": message}
    entry["observed"]["service_events"][service]["events"].insert(0, one)


# --- what a message means


@pytest.mark.parametrize("case", [*PRINTED, *TODAY])
def test_the_meaning_of_every_message(case: str) -> None:
    said, faults, _ = {**PRINTED, **TODAY}[case]
    document = asked(said)
    assert document["verdict"] == "meaning"
    assert {fault["code"] for fault in document["faults"]} == faults
    assert document["messages"][0]["means"] or document["messages"][0]["faults"]
    explaining = {rule for code in faults for rule in catalogue().faults[code].rules}
    assert verdicts(document) == dict.fromkeys(explaining, "not_checked")
    assert all(answer["command"].startswith("clearway ") for answer in document["answers"])


@pytest.mark.parametrize("case", PRINTED)
def test_every_message_of_the_documents_leaves_something_to_do(case: str) -> None:
    document = asked(PRINTED[case][0])
    assert document["answers"] or document["look"]


@pytest.mark.parametrize("said", [one for one in HARMLESS if one])
def test_other_messages_are_not_known(said: str) -> None:
    document = asked(said, account())
    assert (document["verdict"], document["answers"], document["faults"]) == ("unknown", [], [])


def test_near_messages_are_told_of_one_that_is_not_known() -> None:
    (message,) = asked("the task has failed its health check")["messages"]
    assert any("load balancer called it unhealthy" in about for about in message["near"])
    assert asked("the weather is fine")["messages"][0]["near"] == []


def test_several_lines_are_several_messages() -> None:
    heard = given(f"2026-01-31 something\n{TIMEOUT}\n\nTask failed container health checks\n")
    assert [one.reading.faults for one in heard] == [("Target.Timeout",), ("Container.FailedHealthChecks",)]


def test_a_message_over_two_lines_is_one() -> None:
    (one,) = given(
        f"(service web) (port 8080) is unhealthy in\n(target-group {GROUP}) due to (reason Request\n timed out)"
    )
    assert one.reading.faults == ("Target.Timeout",)
    assert one.reading.get("service") == "web"


@hypothesis.given(st.text(max_size=300))
def test_anything_can_be_said(said: str) -> None:
    document = asked(said) if said.strip() else asked("x")
    assert document["verdict"] in ("meaning", "unknown")


# --- the cause, on a template


def test_the_cause_in_a_template_and_what_is_ruled_out() -> None:
    document = asked(TIMEOUT.replace("service web", "service Service"), template(**{"65535": "61000"}))
    known = verdicts(document)
    assert (document["verdict"], found(document)) == ("found", {"NET002"})
    assert known["NET001"] == known["HC001"] == "ruled_out"
    assert known["APP003"] == known["APP006"] == "not_checked"
    (answer,) = (one for one in document["answers"] if one["rule"] == "NET002")
    assert answer["results"][0]["missing"] == ["tcp 61001-65535"]
    assert document["answers"][0] is answer
    assert [VERDICTS.index(one["verdict"]) for one in document["answers"]] == sorted(
        VERDICTS.index(one["verdict"]) for one in document["answers"]
    )


def test_a_rule_that_does_not_explain_the_message_is_not_run() -> None:
    document = asked("(service Service) failed to register targets in (target-group x) with (error y)", template())
    assert set(verdicts(document)) == {"HC009"}


def test_what_is_undecided_says_what_to_supply() -> None:
    changed = {"!Ref BalancerGroup": "!ImportValue balancer"}
    text = text_of("bridge-service.yaml")
    if "!Ref BalancerGroup" not in text:
        changed = {"SecurityGroups:": "SecurityGroups: !ImportValue balancer #"}
    document = asked(TIMEOUT, template(**changed), service="Service")
    (answer,) = (one for one in document["answers"] if one["rule"] == "NET002")
    assert answer["verdict"] == "not_known"
    assert answer["results"][0]["unknown"][0]["reason"]


@pytest.mark.parametrize(
    "name", ["Service", "shop-Service-1A2B3C4D5E6F", "arn:aws:ecs:eu-west-1:1:service/shop/Service"]
)
def test_names_of_a_service_of_a_template(name: str) -> None:
    document = asked(TIMEOUT, template(), service=name)
    assert [one["label"] for one in document["services"]] == ["Service"]


def test_a_service_that_is_not_there() -> None:
    with pytest.raises(NoSuchService, match="there is no service web here; the services are Service: name one"):
        asked(TIMEOUT, template())


def test_a_service_whose_name_is_not_known_is_taken_if_it_is_the_only_one() -> None:
    text = text_of("bridge-service.yaml")
    at = text.index("Properties:", text.index("AWS::ECS::Service"))
    changed = f"{text[:at]}Properties:\n      ServiceName: !ImportValue name{text[at + 11 :]}"
    document = asked(TIMEOUT, Input("service.yaml", changed))
    assert any("Service is taken for web: its name is not known" in note for note in document["notes"])


def test_a_template_without_a_message() -> None:
    document = asked("", template(), service="Service")
    assert document["verdict"] == "quiet"
    assert document["notes"] == ["a template has no events: say what the message is"]


def test_a_template_that_cannot_be_read() -> None:
    document = asked(TIMEOUT, Input("broken.yaml", "AWSTemplateFormatVersion: [\n"))
    assert document["errors"][0]["file"] == "broken.yaml"


# --- the cause, in an account


def test_the_events_of_a_service_are_the_messages() -> None:
    document = asked("", account(lambda entry: event(entry, TIMEOUT)), service="web")
    (message,) = document["messages"]
    assert (message["source"], message["service"], message["at"]) == ("service event", "web", "2026-01-31T01:02:03Z")
    assert document["verdict"] != "found"
    assert verdicts(document)["NET002"] == "ruled_out"


def test_a_service_of_which_nothing_is_said() -> None:
    document = asked("", account(), service="api")
    assert (document["verdict"], document["messages"], document["answers"]) == ("quiet", [], [])


def test_old_events_do_not_count() -> None:
    inside = account(lambda entry: event(entry, TIMEOUT))
    assert asked("", inside, service="web", hours=1)["verdict"] == "quiet"
    assert asked("", inside, service="web", hours=3)["messages"]


def test_stopped_tasks_and_targets_are_messages_too() -> None:
    def change(entry: Any) -> None:
        entry["observed"]["stopped_tasks"][0]["stoppedReason"] = (
            f"Task failed ELB health checks in (target-group {API})"
        )
        health = {"State": "unhealthy", "Reason": "Target.ResponseCodeMismatch"}
        health["Description"] = "Health checks failed with these codes: [502]"
        entry["observed"]["target_health"][1]["TargetHealthDescriptions"][0]["TargetHealth"] = health

    document = asked("", account(change), service="api", cluster="shop")
    assert [one["source"] for one in document["messages"]] == ["stopped task", "target health"]
    assert "Task.FailedElbHealthChecks" in {one["code"] for one in document["faults"]}


def test_the_same_said_often_is_one_message() -> None:
    def change(entry: Any) -> None:
        for number in range(5):
            event(entry, TIMEOUT.replace("32769", str(33000 + number)))
            entry["observed"]["service_events"][0]["events"][0]["id"] = f"e{number}"

    (message,) = asked("", account(change), service="web")["messages"]
    assert message["times"] == 5


def impaired(entry: Any) -> None:
    for one in entry["observed"]["instance_status"]:
        if one["InstanceId"] == "i-0a2":
            one["SystemStatus"]["Status"] = "impaired"


def test_the_instance_that_the_message_names_is_the_one_that_is_judged() -> None:
    said = TIMEOUT.replace("(port 32769)", "(instance i-0a{}) (port 443)").replace(
        "Request timed out", "Health checks failed"
    )
    assert "APP006" in found(asked(said.format(2), account(impaired)))
    assert verdicts(asked(said.format(1), account(impaired)))["APP006"] == "ruled_out"


def test_container_instances_do_not_explain_what_runs_on_fargate() -> None:
    said = TIMEOUT.replace("service web", "service api").replace(GROUP, API).replace("32769", "8080")
    assert verdicts(asked(said, account(impaired)))["APP006"] == "not_applicable"


def test_the_target_group_tells_the_service_where_the_message_does_not() -> None:
    document = asked(f"Task failed ELB health checks in (target-group {API})", account(impaired))
    assert [one["label"] for one in document["services"]] == ["api"]
    assert found(document) == set()


def test_a_target_group_and_a_port_that_are_not_there_are_told() -> None:
    other = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/gone/1"
    document = asked(TIMEOUT.replace(GROUP, other).replace("32769", "80"), account())
    assert document["notes"] == [
        "no binding has a target group that is known as gone",
        "no binding registers port 80",
    ]
    assert document["services"][0]["bindings"] == ["web/web:8080"]


def test_only_the_service_that_is_asked_for_is_judged() -> None:
    def change(entry: Any) -> None:  # the tasks of api admit nobody
        for one in entry["resources"]:
            if one["id"] == "sg-0a2":
                one["properties"]["SecurityGroupIngress"] = []

    said = TIMEOUT.replace("service web", "service api").replace(GROUP, API).replace("32769", "8080")
    assert "NET002" in found(asked(said, account(change)))
    assert "NET002" not in found(asked(TIMEOUT, account(change)))


def test_a_call_that_failed_leaves_its_rules_open_and_the_others_decided() -> None:
    def change(entry: Any) -> None:
        entry["observed"]["metrics"] = []
        entry["unreadable"] = [{"api": "cloudwatch:GetMetricData", "error": "AccessDenied"}]

    document = asked(TIMEOUT, account(change))
    known = verdicts(document)
    assert (known["APP003"], known["NET002"]) == ("not_known", "ruled_out")
    assert document["errors"][0]["api"] == "cloudwatch:GetMetricData"


def test_a_message_of_no_service_is_judged_everywhere() -> None:
    document = asked("Timeout waiting for network interface provisioning to complete", account())
    known = verdicts(document)
    assert (known["RUN011"], known["RUN013"]) == ("ruled_out", "ruled_out")


def test_a_cluster_that_is_not_there() -> None:
    with pytest.raises(NoSuchService, match="no service here runs in cluster other; the services are api, web"):
        asked(TIMEOUT, account(), cluster="other")


def test_inputs_stay_as_they_are(root: Path) -> None:
    inside = account(lambda entry: event(entry, TIMEOUT))
    before = copy.copy(inside)
    assert asked("", inside, service="web") == asked("", inside, service="web")
    assert inside == before


def test_probes_are_for_people_to_run() -> None:
    tagged = {rule.id for rule in RULES if PROBE in rule.tags}
    document = asked(TIMEOUT, account())
    assert {
        rule for rule, verdict in verdicts(document).items() if rule in tagged and verdict != "not_checked"
    } == set()
