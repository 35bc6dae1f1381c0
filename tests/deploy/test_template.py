"""The template of the nightly scan: by the project's own rules, and with the role that the scan needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.commands import main
from scanner.syntax import Mapping, Node, Scalar, Sequence, load_yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deploy" / "nightly-scan.yaml"
WHERE = ["--account", "111122223333", "--region", "eu-west-1"]
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/clearway:1"


def judged(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    main(["scan", str(TEMPLATE), *WHERE, *options, "-o", "json", "--all-verdicts", "--exit-zero"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["errors"] == []
    return document


def test_nothing_is_open_but_the_image(capsys: pytest.CaptureFixture[str]) -> None:
    results = judged(capsys)["results"]
    passed = {one["rule"] for one in results if one["verdict"] == "pass"}
    assert passed >= {"RUN002", "RUN003", "RUN009", "IAM009", "IAM012"}
    left = [one for one in results if one["verdict"] != "pass"]
    assert {unknown["supply"] for one in left for unknown in one["unknown"]} == {"--set Image=..."}


@pytest.mark.parametrize("role", ["", "ClearwayScan"])
def test_with_the_image_every_rule_is_passed(capsys: pytest.CaptureFixture[str], role: str) -> None:
    results = judged(capsys, "--set", f"Image={IMAGE}", "--set", f"OrganizationRoleName={role}")["results"]
    assert [(one["rule"], one["message"]) for one in results if one["verdict"] != "pass"] == []


def test_the_task_may_read_what_the_scan_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "policy"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert policy("TaskRole", "read-the-account") == printed


def policy(role: str, name: str) -> Any:
    root = plain(load_yaml(TEMPLATE.read_text(), str(TEMPLATE)))
    policies = root["Resources"][role]["Properties"]["Policies"]
    return next(one["PolicyDocument"] for one in policies if one.get("PolicyName") == name)


def plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value
