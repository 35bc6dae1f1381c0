"""Tags that are listed apart from what has them."""

from __future__ import annotations

from typing import Any

from scanner.sources.account.found import Found
from scanner.sources.account.tags import GET, KINDS, tags
from scanner.sources.snapshot.tables import TAG_APIS
from tests.sources.account.answers import Answers

RULE, GROUP = "AWS::Events::Rule", "AWS::Logs::LogGroup"
ARN = "arn:aws:events:eu-west-1:111122223333:rule/nightly"
LOGS = "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web"


def found() -> Found:
    made = Found()
    made.make(RULE, "nightly", {}, arn=ARN)
    made.make(GROUP, "/ecs/web", {}, arn=LOGS)
    made.make(RULE, "hourly", {}, arn=f"{ARN}-other")
    return made


def mapping(arn: str, **tags: str) -> dict[str, Any]:
    return {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def test_each_resource_gets_its_own() -> None:
    made = found()
    listed = [mapping(ARN, team="shop", a="1"), mapping(f"{LOGS}:*", team="logs"), mapping("arn:other", team="x")]
    tags(Answers().of(GET, [*listed, mapping(f"{ARN}-other")]), made)
    assert {one["id"]: one.get("tags") for one in made.resources()} == {
        "nightly": [{"Key": "a", "Value": "1"}, {"Key": "team", "Value": "shop"}],
        "/ecs/web": [{"Key": "team", "Value": "logs"}],
        "hourly": None,
    }


def test_denied_listing_leaves_all_as_it_was() -> None:
    made, told = found(), Answers().of(GET, Exception("AccessDeniedException"))
    tags(told, made)
    assert [one.get("tags") for one in made.resources()] == [None] * 3
    assert told.failures() == [{"api": GET, "error": "AccessDeniedException"}]


def test_nothing_is_asked_where_nothing_could_have_tags() -> None:
    told = Answers()
    tags(told, Found())
    assert told.asked == []


def test_every_type_of_the_table_is_asked_for() -> None:
    assert set(KINDS) == {type for type, api in TAG_APIS.items() if api == GET}
