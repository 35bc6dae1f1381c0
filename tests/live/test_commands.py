"""``clearway account`` on a simulated account."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.commands import main
from scanner.sources.account.accounts import Told, read_accounts
from scanner.sources.account.clients import Clients
from scanner.sources.account.login import Whose
from scanner.sources.account.write import InvalidEntry, write_snapshot
from scanner.sources.snapshot import read_snapshot
from tests.live.conftest import Deployed, role
from tests.live.fill import CANARY, REGION
from tests.live.proxy import Proxy
from tests.live.stacks import ILL, STACKS

pytestmark = pytest.mark.live
ACCOUNT = "123456789012"


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call is tried again: what fails here fails always."""
    monkeypatch.setattr("scanner.sources.account.clients.ATTEMPTS", 1)


def snapshot(file: Path, *more: str) -> int:
    return main(["account", "snapshot", str(file), "--regions", REGION, *more])


def test_snapshot(proxy: Proxy, tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "account.json"
    assert snapshot(file) == 0
    written = file.read_text(encoding="utf-8")
    assert CANARY not in written
    schema = json.loads((root / "reports" / "snapshot.schema.json").read_text(encoding="utf-8"))
    document = json.loads(written)
    assert written == json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)
    (account,) = read_snapshot(written, "account.json")
    assert (account.account, account.region) == (ACCOUNT, REGION)
    captured = capsys.readouterr()
    count = len(document["accounts"][0]["resources"])
    assert (captured.out, captured.err) == ("", f"account {ACCOUNT}, region {REGION}: {count} resources\n")
    assert list(tmp_path.iterdir()) == [file]


def test_snapshot_of_what_was_denied(proxy: Proxy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proxy.rules["ecs:DescribeServices"] = "AccessDeniedException"
    file = tmp_path / "account.json"
    assert snapshot(file, "--quiet") == 2
    failed = f"ecs:DescribeServices failed in account {ACCOUNT}, region {REGION} (AccessDeniedException)\n"
    assert capsys.readouterr().err == failed
    unreadable = json.loads(file.read_text())["accounts"][0]["unreadable"]
    assert unreadable == [{"api": "ecs:DescribeServices", "error": "AccessDeniedException"}]


def test_account_without_a_support_plan_is_read_as_a_whole(
    proxy: Proxy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.rules["health:DescribeEvents"] = "SubscriptionRequiredException"
    file = tmp_path / "account.json"
    assert (snapshot(file, "--quiet"), capsys.readouterr().err) == (0, "")
    (failure,) = json.loads(file.read_text())["accounts"][0]["unreadable"]
    assert failure == {"api": "health:DescribeEvents", "error": "SubscriptionRequiredException"}
    status, document, told = scan(capsys, "--select", "RUN013", "--fail-on=high")
    assert (status, document["errors"]) == (0, [])
    assert [one["verdict"] for one in document["results"]] == ["undecided"]
    assert "failed" not in told


def test_snapshot_of_nothing_is_not_written(proxy: Proxy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "account.json"
    assert snapshot(file, "-q", "--role-arn", "arn:aws:iam::999999999999:role/x", "--regions", "mars-1") == 2
    assert capsys.readouterr().err == (
        "account 999999999999 cannot be read: region mars-1 is not enabled\n"
        f"clearway: nothing could be read; {file} is not written\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_what_the_format_does_not_allow_is_not_written(tmp_path: Path, full: dict[str, Any]) -> None:
    file = tmp_path / "account.json"
    file.write_text("before")
    with pytest.raises(InvalidEntry, match=f"account {ACCOUNT}, region {REGION}.*there twice"):
        write_snapshot(file, [{**full, "resources": [full["resources"][0]] * 2}], "2026-01-31T03:00:00Z")
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def scan(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any], str]:
    status = main(["account", "scan", "--regions", REGION, "-o", "json", *more])
    captured = capsys.readouterr()
    return status, json.loads(captured.out), captured.err


def test_scan_judges_what_is_there(proxy: Proxy, capsys: pytest.CaptureFixture[str], root: Path) -> None:
    status, document, told = scan(capsys, "--select", "HC,NET")
    assert (status, document["errors"]) == (1, [])
    assert [(one["account"], one["region"]) for one in document["accounts"]] == [(ACCOUNT, REGION)]
    assert f"account {ACCOUNT}, region {REGION}:" in told
    failed = {one["rule"] for one in document["results"] if one["verdict"] == "fail"}
    assert failed == {"HC006", "HC007"}  # moto forgets the grace period; a target was registered by hand
    assert document["summary"]["rules"]["NET002"]["pass"] == 1
    schema = json.loads((root / "reports" / "result.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)


def test_findings_are_shown_in_the_templates_of_the_stacks(
    proxy: Proxy, capsys: pytest.CaptureFixture[str], tmp_path: Path, deployed: dict[str, Deployed], root: Path
) -> None:
    (stack,) = [one for one in STACKS if one.name == "fargate" and one.account == ILL]
    template = tmp_path / "fargate.json"
    template.write_text(json.dumps(stack.template(), indent=1))
    (tmp_path / "unread.yaml").write_text("AWSTemplateFormatVersion: x\nResources: {TargetGroup: [")
    given = ("--role-arn", role(ILL), "--select", "NET,HC", "--link", f"fargate={template}")
    _, before, _ = scan(capsys, *given[:4])
    status, document, _ = scan(capsys, *given, "--templates", str(template))
    assert (status, document["errors"]) == (1, [])
    moved = [one for one in document["results"] if one["location"]["file"] == str(template)]
    assert moved
    for one in moved:
        assert one["related"][0]["file"].startswith(f"aws/{ILL}/{REGION}/")
        assert one["related"][0]["says"] == f"as it is in account {ILL}, region {REGION}"
    assert {one["fingerprint"] for one in document["results"]} == {one["fingerprint"] for one in before["results"]}
    assert {"path": str(template), "kind": "cloudformation", "role": "context"} in document["inputs"]
    schema = json.loads((root / "reports" / "result.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    status, document, _ = scan(capsys, *given, "--templates", str(tmp_path))
    assert (status, [one["file"] for one in document["errors"]]) == (2, [str(tmp_path / "unread.yaml")])


def test_all_regions_are_those_that_hold_anything(proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["account", "scan", "--regions", "all", "--select", "HC006", "-o", "json"])
    document = json.loads(capsys.readouterr().out)
    assert (status, document["errors"]) == (1, [])
    assert [(one["account"], one["region"]) for one in document["accounts"]] == [(ACCOUNT, REGION)]


def test_scan_of_a_snapshot_says_the_same(proxy: Proxy, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, live, _ = scan(capsys, "--select", "HC,NET,RUN,IAM", "--all-verdicts")
    assert snapshot(tmp_path / "account.json") == 0
    capsys.readouterr()
    main(["scan", str(tmp_path / "account.json"), "--select", "HC,NET,RUN,IAM", "--all-verdicts", "-o", "json"])
    kept = json.loads(capsys.readouterr().out)

    def verdicts(document: dict[str, Any]) -> set[tuple[str, ...]]:
        return {(one["fingerprint"], one["rule"], one["verdict"]) for one in document["results"]}

    assert verdicts(live) == verdicts(kept)


def test_scope_in_a_history_says_what_was_scanned(
    proxy: Proxy, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    history = str(tmp_path / "nights.db")
    for whose in ([], ["--role-arn", "arn:aws:iam::123456789012:role/Scan"]):
        main(["account", "scan", "-q", "--regions", REGION, *whose, "--history", history, "-o", "json"])
    capsys.readouterr()
    assert main(["history", "list", history, "-o", "json"]) == 0
    assert [one["scope"] for one in json.loads(capsys.readouterr().out)] == [
        "the account of the credentials, regions eu-west-1",
        "arn:aws:iam::123456789012:role/Scan, regions eu-west-1",
    ]


def test_scan_lists_what_could_not_be_read(proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    proxy.rules["ec2:DescribeSecurityGroups"] = "UnauthorizedOperation"
    status, document, told = scan(capsys, "--select", "NET002")
    (error,) = document["errors"]
    assert (error["api"], error["error"], error["account"]) == (
        "ec2:DescribeSecurityGroups",
        "UnauthorizedOperation",
        ACCOUNT,
    )
    assert status == 2
    assert {one["verdict"] for one in document["results"]} == {"undecided"}
    assert "ec2:DescribeSecurityGroups failed in account" in told


def test_account_that_refuses_is_an_error_beside_the_others(proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    proxy.rules["sts:AssumeRole"] = "AccessDenied*1"
    roles = [f"--role-arn=arn:aws:iam::{number}:role/x" for number in ("333344445555", "444455556666")]
    status, document, _ = scan(capsys, *roles, "--workers=1")
    assert status == 2
    assert [one["account"] for one in document["accounts"]] == ["444455556666"]
    (error,) = document["errors"]
    assert error["message"] == "account 333344445555 cannot be read: sts:AssumeRole failed (AccessDenied): no"
    assert (error["account"], error["api"], error["error"]) == ("333344445555", "sts:AssumeRole", "AccessDenied")


def test_fault_in_one_region_does_not_stop_the_others(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.sources.account import accounts

    own = accounts.collect

    def faulty(shared: Any, place: Any) -> Any:
        if place.region == "eu-central-1":
            raise KeyError("VpcId")
        return own(shared, place)

    monkeypatch.delenv("CLEARWAY_DEBUG")
    monkeypatch.setattr(accounts, "collect", faulty)
    refused: list[object] = []
    found = read_accounts(Clients(attempts=1), Whose(), ("eu-central-1", REGION), Told(refused.append))
    assert [one["region"] for one in found] == [REGION]
    assert "a fault of this program: KeyError: 'VpcId'" in str(refused[0])


@pytest.mark.slow
def test_ctrl_c_ends_it_soon(proxy: Proxy, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scanner", "account", "snapshot", str(tmp_path / "x.json")]
    running = subprocess.Popen(command, env={**os.environ}, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not sum(proxy.called.values()) > 20 and time.monotonic() < until:
        time.sleep(0.05)
    started = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert time.monotonic() - started < 15
    assert (running.returncode, told.splitlines()[-1]) == (2, "clearway: interrupted")
    assert list(tmp_path.iterdir()) == []
