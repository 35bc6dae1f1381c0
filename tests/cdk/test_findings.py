"""What the scanner says of templates that the AWS CDK makes. Every finding was read against its template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.policy.load import load_rules
from scanner.scan import Input, Options, scan
from scanner.sources.discover import discover

APP = "tests/fixtures/cdk"
NO_PATH = ("HC002", "stated", "WebLBPublicListenerECSGroupB52EA5B2")
"""The patterns leave the health check's path to its default."""
UNWATCHED = ("APP002", "watched", "WebServiceD04B5F3E")
"""They make no alarm, no scaling policy and no Container Insights."""
WEB = "WebServiceD04B5F3E/web:8080"
BRIDGE = "ServiceD69D759B/web:80"
BRIDGE_USUAL = {
    ("APP001", "driver", "Task79114B6B/web"),
    ("APP002", "watched", "ServiceD69D759B"),
    ("HC002", "stated", "BalancerHttpWebGroupE4BA856F"),
}

FAILS = {
    "AlbEc2": {NO_PATH, UNWATCHED},
    "AlbFargate": {NO_PATH, UNWATCHED},
    # The load balancer has no security group, and the service's group has no ingress at all.
    "NlbFargate": {
        ("NET002", "ingress", WEB),
        ("NET011", "tasks", "WebLBPublicListenerECSGroupB52EA5B2"),
        UNWATCHED,
    },
    # The service's group admits the load balancer on 8080; no mapping has 8081.
    "HealthPort": {("NET002", "health-check", WEB), ("HC001", "mapped", WEB), UNWATCHED},
    "SeveralGroups": {
        ("HC002", "stated", "WebLBPublicListenerECSTargetGroupweb8080GroupD0D90DB6"),
        ("HC002", "stated", "WebLBPublicListenerECSTargetGroupweb9090Group4A1708B3"),
        UNWATCHED,
    },
    # The only egress rule of the load balancer's group is the CDK's "Disallow all traffic", and the group of the
    # instances has no ingress.
    "BridgeShut": {("NET001", "egress", BRIDGE), ("NET002", "ingress", BRIDGE), *BRIDGE_USUAL},
    "BridgeOpen": BRIDGE_USUAL,
    "Network": set(),
    "Shop": {
        ("APP001", "driver", "Task79114B6B/web"),
        ("APP002", "watched", "ServiceD69D759B"),
        ("HC002", "stated", "HttpWebGroup2ABCDE71"),
    },
    "Parent": set(),
    # The task may be run in any cluster, and roles be passed to any service.
    "Workflow": {
        ("IAM002", "conditioned", "MachineRoleD2D3D395"),
        ("IAM003", "conditioned", "MachineRoleD2D3D395"),
        ("RUN002", "retried", "Machine6FC8AE80/Run"),
        ("RUN003", "caught", "Machine6FC8AE80/Run"),
        ("RUN006", "level", "Machine6FC8AE80"),
        ("RUN008", "failure", "Machine6FC8AE80/Run"),
    },
    "ParentApi1F562873": {("NET002", "health-check", WEB), ("HC001", "mapped", WEB), NO_PATH, UNWATCHED},
}

UNDECIDED = {
    # A group without inline egress beside AWS::EC2::SecurityGroupEgress: whether its default egress stays is disputed.
    "HealthPort": {("NET001", "health-check", WEB)},
    "ParentApi1F562873": {("NET001", "health-check", WEB)},
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory, root: Path) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        found = discover([APP])
        rules = load_rules(cache=tmp_path_factory.mktemp("rules")).rules
        inputs = [Input(file.display, file.text, file.kind) for file in found.files]
        return scan(inputs, Options(rules, deployed=found.deployed), notes=found.notes)


def named(document: dict[str, Any], stack: str, verdict: str) -> set[tuple[str, str, str]]:
    return {
        (result["rule"], result["assertion"], result["subject"]["label"])
        for result in document["results"]
        if Path(result["location"]["file"]).name.partition(".")[0] == stack and result["verdict"] == verdict
    }


def one(document: dict[str, Any], stack: str, rule: str) -> dict[str, Any]:
    (found,) = (
        result
        for result in document["results"]
        if result["rule"] == rule and Path(result["location"]["file"]).name.startswith(stack)
    )
    return dict(found)


def test_the_whole_app_is_scanned_without_errors_or_notes(document: dict[str, Any]) -> None:
    assert document["errors"] == []
    assert document["notes"] == []
    assert {Path(each["path"]).name.partition(".")[0] for each in document["inputs"]} == FAILS.keys()


@pytest.mark.parametrize("stack", FAILS)
def test_findings(document: dict[str, Any], stack: str) -> None:
    assert named(document, stack, "fail") == FAILS[stack]


@pytest.mark.parametrize("stack", FAILS)
def test_what_is_not_decided(document: dict[str, Any], stack: str) -> None:
    assert named(document, stack, "undecided") == UNDECIDED.get(stack, set())


@pytest.mark.parametrize(
    ("stack", "missing"),
    [
        ("NlbFargate", ["tcp 8080"]),
        ("HealthPort", ["tcp 8081"]),
        ("BridgeShut", ["tcp 32768-65535"]),
        ("ParentApi", ["tcp 9000"]),
    ],
)
def test_what_is_missing(document: dict[str, Any], stack: str, missing: list[str]) -> None:
    assert one(document, stack, "NET002")["missing"] == missing


@pytest.mark.parametrize(
    ("stack", "file", "code", "construct"),
    [
        (
            "NlbFargate",
            "patterns.js",
            "new patterns.NetworkLoadBalancedFargateService(nlbStack, 'Web'",
            "NlbFargate/Web/Service/SecurityGroup/Resource",
        ),
        (
            "ParentApi",
            "nested.js",
            "const web = new patterns.ApplicationLoadBalancedFargateService(nested, 'Web'",
            "Parent/Api/Web/Service/SecurityGroup/from ParentApiWebLBSecurityGroup529E2ED5:8080",
        ),
        (
            "BridgeShut",
            "bridge.js",
            "securityGroup: new ec2.SecurityGroup(stack, 'HostGroup'",
            "BridgeShut/HostGroup/Resource",
        ),
    ],
)
def test_the_apps_own_line_is_the_first_related_place(
    document: dict[str, Any], root: Path, stack: str, file: str, code: str, construct: str
) -> None:
    result = one(document, stack, "NET002")
    assert result["location"]["file"].startswith(f"{APP}/cdk.out/{stack}")
    place = result["related"][0]
    assert place["file"] == f"{APP}/app/{file}"
    assert place["says"] == f"makes {construct}"
    (shown,) = place["excerpt"]
    assert shown["text"].strip() == code
    assert shown["line"] == place["line"]
    line = (root / place["file"]).read_text().split("\n")[place["line"] - 1]
    assert code.endswith(line[place["column"] - 1 : place["end_column"] - 1])


def test_every_result_says_what_made_it(document: dict[str, Any]) -> None:
    assert {result["related"][0]["file"].startswith(f"{APP}/app/") for result in document["results"]} == {True}
