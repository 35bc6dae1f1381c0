from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.model import Reference, World
from scanner.sources.snapshot import Account, Accounts, Context, read_snapshot
from scanner.sources.snapshot.observed import PROBES, REGION, TYPES
from scanner.sources.snapshot.tables import APIS
from scanner.syntax import SyntaxProblem
from tests.topology.observed.live import HOME, WEB_GROUP, document, live

FILE = "live.json"
Change = Callable[[Any], object]


def observed(whole: Any) -> Any:
    return whole["accounts"][0]["observed"]


def text(whole: Any) -> str:
    return json.dumps(whole, indent=1, ensure_ascii=False)


def read(whole: Any) -> Account:
    (account,) = read_snapshot(text(whole), FILE)
    return account


@pytest.fixture(scope="module")
def schema(root: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((root / "reports" / "snapshot.schema.json").read_text("utf-8")))


def target(whole: Any) -> Any:
    return observed(whole)["target_health"][0]["TargetHealthDescriptions"][0]


MALFORMED: dict[str, tuple[Change, str]] = {
    "not an object": (lambda d: d["accounts"][0].update(observed=[]), "observed is not an object"),
    "an unknown list": (lambda d: observed(d).update(tasks=[]), "observed has no 'tasks'"),
    "a list that is none": (lambda d: observed(d).update(metrics={}), "metrics is not a list"),
    "an item that is none": (lambda d: observed(d).update(metrics=["x"]), "an item of metrics is not an object"),
    "a field that is not there": (lambda d: target(d).pop("Target"), "needs 'Target'"),
    "a field of another name": (lambda d: target(d).update(State="x"), "has no 'State'"),
    "a port as text": (lambda d: target(d)["Target"].update(Port="80"), "Port is not a whole number"),
    "a port below none": (lambda d: target(d)["Target"].update(Port=-1), "Port is not 0 or more"),
    "a port that is true": (lambda d: target(d)["Target"].update(Port=True), "Port is not a whole number"),
    "an empty id": (lambda d: target(d)["Target"].update(Id=""), "Id is not text"),
    "a time without zone": (
        lambda d: observed(d)["metrics"][0].update(StartTime="2026-01-30T03:00:00"),
        "StartTime is not as in 2026-01-31T02:55:00Z",
    ),
    "yes for true": (
        lambda d: observed(d)["container_instances"][0].update(agentConnected="yes"),
        "agentConnected is not true or false",
    ),
    "a number for an object": (lambda d: observed(d)["metrics"][0].update(Datapoints=1), "Datapoints is not an object"),
    "overrides of a task": (
        lambda d: observed(d)["stopped_tasks"][0].update(overrides={"containerOverrides": []}),
        "has no 'overrides'",
    ),
    "null": (lambda d: observed(d)["stopped_tasks"][0].update(stopCode=None), "stopCode is not text"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_reader_and_schema_refuse_the_same(case: str, schema: jsonschema.Draft202012Validator) -> None:
    whole = copy.deepcopy(document())
    schema.validate(whole)
    change, said = MALFORMED[case]
    change(whole)
    assert not schema.is_valid(whole)
    with pytest.raises(SyntaxProblem) as caught:
        read(whole)
    assert said in caught.value.message
    assert (caught.value.file, caught.value.line > 1) == (FILE, True)


@pytest.mark.parametrize("listed", TYPES)
def test_what_is_there_twice_is_refused(listed: str) -> None:
    whole = copy.deepcopy(document({"observed.health_events.0": EVENT}))
    items = observed(whole)[listed]
    items.append(copy.deepcopy(items[0]))
    with pytest.raises(SyntaxProblem, match=f"{listed}: .* is there twice: first on line"):
        read(whole)


EVENT = {"arn": "arn:aws:health:eu-west-1::event/ECS/A/1", "service": "ECS", "eventTypeCode": "A", "statusCode": "open"}


def test_every_list_is_known_to_schema_reader_and_calls(root: Path) -> None:
    schema = json.loads((root / "reports" / "snapshot.schema.json").read_text("utf-8"))["$defs"]["observed"]
    assert schema["properties"].keys() == TYPES.keys() | PROBES.keys()
    assert TYPES.keys().isdisjoint(PROBES)
    assert {type for type, _ in TYPES.values()} == {type for type in APIS if type.startswith("Observed::")}
    for listed, (_, told_by) in {**TYPES, **PROBES}.items():
        item = schema["properties"][listed]["items"]
        assert set(told_by) <= set(item["required"]), listed


def test_items_are_resources_whose_names_are_references() -> None:
    account = read(document())
    of_type = {type for type in account.types.values() if type.startswith("Observed::")}
    assert of_type == {REGION, *(type for listed, (type, _) in TYPES.items() if listed != "health_events")}
    graph = live()
    [health] = [one for one in graph.declared("Observed::TargetHealth") if "web" in one.address]
    assert health.get("TargetGroupArn").value == Reference(WEB_GROUP)
    [task] = graph.declared("Observed::StoppedTask")
    assert task.get("clusterArn").value == Reference(f"{HOME}#AWS::ECS::Cluster/shop")
    assert task.get("stoppedReason").at[0].line > 1


def test_nothing_is_named_by_an_observation() -> None:
    account = read(document())
    accounts = Accounts([account])
    for instance in ("i-0a1", "i-0a2"):
        [(_, key)] = accounts.find(instance, ())
        assert account.types[key] == "AWS::EC2::Instance"
    [(_, key)] = accounts.find(WEB_GROUP.partition("#")[2], ())
    assert account.types[key] == "AWS::ElasticLoadBalancingV2::TargetGroup"


def test_the_region_tells_when_and_what_was_asked_for() -> None:
    account = read(document({"observed.metrics": None}))
    region = account.resource(f"{REGION}/eu-west-1", World())
    assert region.get("TakenAt").value == "2026-01-31T03:00:00Z"
    asked = [item.value for item in region.get("Observed").value.items]
    assert set(asked) == set(TYPES) - {"metrics"}


def test_an_account_without_observations() -> None:
    whole = copy.deepcopy(document())
    del whole["accounts"][0]["observed"]
    account = read(whole)
    assert [type for type in account.types.values() if type.startswith("Observed::")] == [REGION]
    assert account.resource(f"{REGION}/eu-west-1", World()).get("Observed").value.items == ()
    assert Context(Accounts([account])).account(account.name) is account
