from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from jsonschema.validators import validator_for

from scanner.render import sarif
from tests.render import snapshots
from tests.render.sample import clean, large, sample

PROFILES = ("code-scanning", "full")
LINK = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\((\d+)\)")


def log(document: dict[str, Any], profile: str = "code-scanning") -> dict[str, Any]:
    run: dict[str, Any] = json.loads(sarif.render(document, profile=profile))["runs"][0]
    return run


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "markdown":
                yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


@pytest.fixture(scope="module")
def official() -> Any:
    folder = Path(__file__).parents[1] / "fixtures" / "sarif"
    schema = json.loads((folder / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
    return validator_for(schema)(schema)


def hostile() -> dict[str, Any]:
    """Long texts, strange paths, places that overlap and regions that are not in order."""
    document = sample()
    document["rules"][0]["rationale"] = "long " * 1000
    document["rules"][0]["tags"] = [f"tag{number}" for number in range(40)]
    first = document["results"][0]
    first["message"] = "[link](1) " * 400
    first["remediation"] = "do \\ this " * 400
    first["missing"] = [str(number) for number in range(5000)]
    first["related"] = [
        place | {"says": f"{place['says']} {n}" * 40} for n in range(200) for place in first["related"][:1]
    ]
    first["location"] |= {"end_line": 1, "end_column": 0}
    first["location"]["excerpt"][1]["text"] = "x" * 100_000
    for number, file in enumerate(
        ("/etc/x y.yaml", "C:/x.yaml", "../up.yaml", "./here.yaml", "arn:aws:x", "100%.yaml")
    ):
        again = document["results"][3] | {"assertion": f"a{number}"}
        again["location"] = again["location"] | {"file": file}
        document["results"].append(again)
    return document


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "document", [sample(), clean(), large(50), hostile()], ids=["sample", "clean", "large", "hostile"]
)
def test_the_official_schema_holds(official: Any, document: dict[str, Any], profile: str) -> None:
    official.validate(json.loads(sarif.render(document, profile=profile)))


def test_sample() -> None:
    snapshots.check("sample.sarif", sarif.render(sample()))
    snapshots.check("sample-full.sarif", sarif.render(sample(), profile="full"))


@pytest.mark.parametrize(
    "document", [sample(), clean(), large(50), hostile()], ids=["sample", "clean", "large", "hostile"]
)
def test_github_takes_it(document: dict[str, Any]) -> None:
    run = log(document)
    driver = run["tool"]["driver"]
    assert driver["name"] == "Clearway"
    assert re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    for rule in driver["rules"]:
        assert rule["id"]
        assert rule["name"]
        for text in (rule["shortDescription"], rule["fullDescription"], rule["help"]):
            assert 0 < len(text["text"]) <= 1024
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert "security" in rule["properties"]["tags"]
        assert len(rule["properties"]["tags"]) <= 10
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
    assert all(len(text) <= 1024 for text in texts(run))
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert len(result["locations"]) == 1
        assert re.fullmatch(r"[0-9a-f]{1,16}:\d+", result["partialFingerprints"]["primaryLocationLineHash"])
        assert len(result.get("relatedLocations", ())) <= 1000
        for place in places(result):
            region = place["region"]
            begin = region["startLine"], region["startColumn"]
            assert (1, 1) <= begin <= (region["endLine"], region["endColumn"])
            uri = urlsplit(place["artifactLocation"]["uri"])
            assert uri.scheme in ("", "file")
            assert re.fullmatch(r"[\w./%:~-]*", place["artifactLocation"]["uri"])
            assert ("uriBaseId" in place["artifactLocation"]) == (uri.scheme == "")


def places(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    flows = [step["location"] for flow in result.get("codeFlows", ()) for step in flow["threadFlows"][0]["locations"]]
    for location in (*result["locations"], *result.get("relatedLocations", ()), *flows):
        yield location["physicalLocation"]


def test_links_lead_to_related_places() -> None:
    for document in (sample(), hostile()):
        for result in log(document)["results"]:
            ids = {str(place["id"]): place["message"]["text"] for place in result.get("relatedLocations", ())}
            links = LINK.findall(result["message"]["text"])
            assert all(number in ids for _, number in links)
            assert bool(links) == bool(ids)


def test_paths_become_uris() -> None:
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log(hostile())["results"]
    }
    assert uris == {
        "examples/broken.yaml",
        "stacks/na%C3%AFve%20%3Cdir%3E/a%20b%231.json",
        "file:///etc/x%20y.yaml",
        "file:///C%3A/x.yaml",
        "../up.yaml",
        "here.yaml",
        "arn%3Aaws%3Ax",
        "100%25.yaml",
    }
    assert {unquote(uri) for uri in uris} >= {"stacks/naïve <dir>/a b#1.json", "arn:aws:x"}


def test_failures_only_but_for_the_full_profile() -> None:
    assert [result["kind"] for result in log(sample())["results"]] == ["fail"] * 5
    full = log(sample(), "full")["results"]
    kinds = {
        kind: [result for result in full if result["kind"] == kind]
        for kind in ("fail", "open", "pass", "notApplicable")
    }
    assert {kind: len(results) for kind, results in kinds.items()} == {
        "fail": 6,
        "open": 2,
        "pass": 1,
        "notApplicable": 2,
    }
    assert all(result["level"] == "none" for result in full if result["kind"] != "fail")
    (exempt,) = [result for result in full if "suppressions" in result]
    assert exempt["suppressions"][0]["justification"] == "the old client answers 404; platform team; until 2031-12-31"


@pytest.mark.parametrize("profile", PROFILES)
def test_no_two_results_share_rule_and_region(profile: str) -> None:
    document = sample()
    first = document["results"][0]
    document["results"] += [
        first | {"assertion": "other", "message": "another fault here", "severity": "low", "fingerprint": "1" * 64},
        first | {"assertion": "third", "message": "all is well", "verdict": "pass", "fingerprint": "2" * 64},
        first | {"rule": "NET005"},
    ]
    results = log(document, profile)["results"]
    seen = [
        (result["ruleId"], json.dumps(result["locations"][0]["physicalLocation"]))
        for result in results
        if result["locations"]
    ]
    assert len(set(seen)) == len(seen)
    (merged,) = [result for result in results if result["ruleId"] == "NET002"]
    assert merged["level"] == "error"
    assert "HostGroup does not accept" in merged["message"]["text"]
    assert "another fault here" in merged["message"]["text"]
    assert "all is well" not in merged["message"]["text"]
    assert len(merged["properties"]["merged"]) == (2 if profile == "code-scanning" else 3)


def test_the_region_text_is_the_region() -> None:
    regions = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]["region"]["snippet"]["text"]
        for result in log(sample())["results"]
    }
    assert regions["NET002"] == "ToPort: 61000"
    assert regions["HC003"].splitlines() == ["HealthCheckTimeoutSeconds: 30", "      HealthCheckIntervalSeconds: 30"]
    assert regions["APP001"] == '"<b>\U0001f6a2 & co</b>"'


def test_what_is_shown_around_a_region_holds_all_of_it() -> None:
    document = sample()
    last = max(row["line"] for row in document["results"][0]["location"]["excerpt"])
    document["results"][0]["location"] |= {"end_line": last + 5}
    shown = [place for result in log(document)["results"] for place in places(result)]
    around = [(place["contextRegion"], place["region"]) for place in shown if "contextRegion" in place]
    assert 0 < len(around) < len(shown)
    for context, region in around:
        assert context["startLine"] <= region["startLine"] <= region["endLine"] <= context["endLine"]


def test_the_way_is_a_code_flow() -> None:
    (flow,) = next(result for result in log(sample())["results"] if result["ruleId"] == "NET002")["codeFlows"]
    steps = [step["location"]["message"]["text"] for step in flow["threadFlows"][0]["locations"]]
    assert steps == [
        "balancer egress: BalancerGroup: ok. sends everything",
        "host ingress: HostGroup: blocked. accepts tcp 32768-61000 only",
        "health check: TargetGroup: blocked. times out when the next check begins",
    ]


def test_errors_are_told() -> None:
    (invocation,) = log(sample())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [notice["level"] for notice in invocation["toolExecutionNotifications"]] == ["error", "error", "note"]
    assert log(clean())["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


@pytest.mark.slow
def test_truncation_keeps_the_worst_and_is_told() -> None:
    document = large(6000)
    run = log(document)
    assert len(run["results"]) == 5000
    levels = [result["level"] for result in run["results"]]
    assert (levels.count("error"), levels.count("warning"), levels.count("note")) == (2000, 2000, 1000)
    notice = run["invocations"][0]["toolExecutionNotifications"][0]
    assert notice["level"] == "warning"
    assert notice["message"]["text"] == "6,000 results were found; this file holds the 5,000 most severe of them"
    assert len(log(document, "full")["results"]) >= 6000


def test_cut() -> None:
    assert sarif.cut("abc", 3) == "abc"
    assert sarif.cut("abcd", 3) == "ab\u2026"
