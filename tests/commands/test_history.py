from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.commands import main
from tests.render import snapshots

SNAPSHOTS = Path(__file__).with_name("snapshots")
RULE = """\
id: DATA001
name: bucket-is-versioned
title: A bucket keeps old versions
severity: medium
source: [{document: House rules}]
rationale: What was overwritten is lost otherwise.
remediation: Set VersioningConfiguration of {bucket} to Enabled.
match: {bucket: AWS::S3::Bucket}
assert:
  - name: versioned
    check: {equals: [bucket.VersioningConfiguration.Status, Enabled]}
    message: "{bucket} does not keep old versions"
examples:
  template:
    Resources: {Data: {Type: "AWS::S3::Bucket", Properties: {VersioningConfiguration: {Status: Enabled}}}}
  cases:
    - {name: versioned, expect: pass}
"""
SHOP = """\
Parameters:
  Status: {Type: String, Default: Suspended}
Resources:
  Shop:
    Type: AWS::S3::Bucket
    Properties: {VersioningConfiguration: {Status: !Ref Status}}
"""
WELL = SHOP.replace("Suspended", "Enabled")
DESK = SHOP.replace("Shop:", "Desk:")
SELECT = ("--rules", "rules", "--select", "DATA001", "-q")


class Days:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.day = 1

    def now(self) -> datetime:
        return datetime(2026, 1, 1, 3, tzinfo=timezone.utc) + timedelta(days=self.day - 1)


@pytest.fixture
def days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Days:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "DATA001.yaml").write_text(RULE)
    clock = Days()
    monkeypatch.setattr("scanner.history.record.now", clock.now)
    monkeypatch.setattr("scanner.results.__version__", "0.1.0")
    return clock


def scan(*more: str) -> int:
    return main(["scan", "stacks", "--history", "nights.db", *SELECT, *more])


@pytest.fixture
def nights(days: Days, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Found; one fixed and one new; one torn; all as at first."""
    stacks = tmp_path / "stacks"
    for day, (shop, desk) in enumerate(
        [
            (SHOP, ""),
            (WELL, DESK),
            (SHOP, f"{DESK}  Torn: ["),
            (SHOP, DESK),
        ],
        1,
    ):
        days.day = day
        (stacks / "shop.yaml").write_text(shop)
        if desk:
            (stacks / "desk.yaml").write_text(desk)
        scan("-o", "json")
    capsys.readouterr()
    return tmp_path / "nights.db"


# --- scan --history


def test_scan_says_what_changed(days: Days, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stacks" / "shop.yaml").write_text(SHOP)
    assert scan() == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "the first scan of stacks in this history: there is nothing to compare it with"
    days.day = 2
    (tmp_path / "stacks" / "shop.yaml").write_text(WELL)
    assert scan() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 new, 1 fixed, 0 persisting since 2026-01-01 03:00 UTC"


def test_the_document_has_the_history(
    days: Days, tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stacks" / "shop.yaml").write_text(SHOP)
    schema = json.loads((root / "reports" / "result.schema.json").read_text())
    for day in (1, 2):
        days.day = day
        scan("-o", "json")
        whole = json.loads(capsys.readouterr().out)
        jsonschema.Draft202012Validator(schema).validate(whole)
    assert whole["history"]["previous"] == {"scan": 1, "time": "2026-01-01T03:00:00Z", "version": "0.1.0"}
    assert whole["results"][0]["change"]["since"] == "2026-01-01T03:00:00Z"


def test_without_a_history_nothing_is_said(days: Days, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stacks" / "shop.yaml").write_text(SHOP)
    main(["scan", "stacks", "-o", "json"])
    whole = json.loads(capsys.readouterr().out)
    assert "history" not in whole
    assert not any("change" in result for result in whole["results"])


def test_parameter_files_make_scopes_of_their_own(
    days: Days, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stacks" / "shop.yaml").write_text(SHOP)
    (tmp_path / "prod.json").write_text('{"Status": "Enabled"}')
    scan()
    scan("--parameters", "prod.json", "--region", "eu-west-1")
    scan("--parameters", "prod.json", "--history-scope", "prod")
    capsys.readouterr()
    main(["history", "list", "nights.db", "-o", "json"])
    scopes = [one["scope"] for one in json.loads(capsys.readouterr().out)]
    assert scopes == ["stacks", "stacks with prod.json in eu-west-1", "prod"]


@pytest.mark.parametrize("name", ["text.db", "/proc/nights.db", "stacks"])
def test_a_history_that_cannot_be_kept_is_told_before_the_scan(
    days: Days, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "text.db").write_text("this is a text")
    assert main(["scan", "stacks", "--history", name]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"clearway: {name}: ")


def test_a_history_that_breaks_at_the_end_costs_no_report(
    days: Days, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        import sqlite3

        raise sqlite3.OperationalError("database or disk is full")

    (tmp_path / "stacks" / "shop.yaml").write_text(SHOP)
    monkeypatch.setattr("scanner.history.record._insert_results", full)
    assert scan() == 2
    said = capsys.readouterr()
    assert "1 finding" in said.out
    assert said.err == "clearway: nights.db: the disk is full; nothing of this scan is kept\n"


# --- history


@pytest.mark.usefixtures("nights")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list", ["list", "nights.db"]),
        ("show", ["show", "nights.db", "3"]),
        ("diff-1-2", ["diff", "nights.db", "1", "2"]),
        ("diff-2-3", ["diff", "nights.db", "2", "3"]),
        ("diff-last", ["diff", "--history", "nights.db", "--all"]),
    ],
)
def test_as_text(name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", *arguments]) == 0
    snapshots.check(f"history-{name}.txt", capsys.readouterr().out, SNAPSHOTS)


@pytest.mark.usefixtures("nights")
@pytest.mark.parametrize(
    "arguments", [["list", "nights.db"], ["show", "nights.db", "3"], ["diff", "nights.db", "2", "3"]]
)
def test_as_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", *arguments, "-o", "json"]) == 0
    text = capsys.readouterr().out
    json.loads(text)
    snapshots.check(f"history-{arguments[0]}.json", text, SNAPSHOTS)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    main(["history", *arguments, "-o", "json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("nights")
def test_the_default_is_the_last_two_of_a_scope(days: Days, capsys: pytest.CaptureFixture[str]) -> None:
    scan("--history-scope", "other")
    scan("--history-scope", "other")
    assert [told(capsys, "diff", "nights.db")[key] for key in ("scope", "scan")] == ["other", 6]
    found = told(capsys, "diff", "nights.db", "--scope", "stacks")
    assert [found["previous"]["scan"], found["scan"]] == [3, 4]
    found = told(capsys, "diff", "nights.db", "1")
    assert [found["previous"]["scan"], found["scan"]] == [1, 4]
    assert told(capsys, "show", "nights.db")["scan"] == 6
    assert told(capsys, "show", "nights.db", "--scope", "stacks")["scan"] == 4
    assert [one["scan"] for one in told(capsys, "list", "nights.db", "-n", "2")] == [5, 6]


@pytest.mark.usefixtures("nights")
@pytest.mark.parametrize(
    ("pair", "status"), [(["1", "2"], 1), (["2", "3"], 1), (["3", "4"], 0), (["1", "1"], 0), (["1", "4"], 1)]
)
def test_new_failures_fail_on_wish(pair: list[str], status: int) -> None:
    assert main(["history", "diff", "nights.db", *pair]) == 0
    assert main(["history", "diff", "nights.db", *pair, "--fail-on-new"]) == status
    assert main(["history", "diff", "nights.db", *pair, "--fail-on-new", "-o", "json"]) == status


@pytest.mark.usefixtures("nights")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["list"], "name the history"),
        (["list", "nights.db", "4"], "'4' is one argument too many"),
        (["list", "none.db"], "none.db: no such file"),
        (["show", "stacks/shop.yaml"], "stacks/shop.yaml: is no history"),
        (["show", "nights.db", "99"], "there is no scan 99"),
        (["show", "nights.db", "first"], "'first' is no scan: give its number"),
        (["show", "nights.db", "--scope", "nothing"], "there is no scan of nothing"),
        (["diff", "nights.db", "3", "2"], "scan 3 is later than scan 2"),
        (["diff", "nights.db", "1", "2", "3"], "'3' is one argument too many"),
        (["prune", "none.db", "--keep", "1"], "none.db: no such file"),
    ],
)
def test_what_is_not_there_is_told(
    arguments: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"clearway history {arguments[0]}: {why}")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.usefixtures("nights")
def test_scans_of_two_scopes_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    scan("--history-scope", "other")
    capsys.readouterr()
    assert main(["history", "diff", "nights.db", "1", "5"]) == 2
    assert "scan 1 is of stacks and scan 5 of other" in capsys.readouterr().err
    assert main(["history", "diff", "nights.db"]) == 2
    assert "there is only one scan of other" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["prune", "nights.db"],
        ["prune", "nights.db", "--keep", "0"],
        ["prune", "nights.db", "--before", "yesterday"],
        ["prune", "nights.db", "--keep", "1", "--before", "2026-01-01"],
        ["list", "nights.db", "-o", "html"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["history", *arguments])
    assert exit.value.code == 2


@pytest.mark.parametrize(("how", "left"), [(["--keep", "1"], [4]), (["--before", "2026-01-03"], [3, 4])])
def test_old_scans_are_forgotten(
    nights: Path, how: list[str], left: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "prune", "nights.db", *how]) == 0
    assert capsys.readouterr().out == f"{4 - len(left)} scans forgotten\n"
    assert [one["scan"] for one in told(capsys, "list", "nights.db")] == left


@pytest.mark.usefixtures("nights")
def test_nothing_that_was_scanned_speaks_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan("--history-scope", "\x1b[2Jother")
    capsys.readouterr()
    for command in ("list", "show"):
        main(["history", command, "nights.db"])
        said = capsys.readouterr().out
        assert "\x1b" not in said
        assert "\\x1b[2Jother" in said
