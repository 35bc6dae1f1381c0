"""The container's entry point, against a bucket."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

ROOT = Path(__file__).parents[2]
BUCKET = "reports"
# Stands for the scan: it adds a night to the history, writes two of the three reports, and was not able to read all.
SCAN = """
import pathlib, sys
history = pathlib.Path("clearway.sqlite")
history.write_text((history.read_text() if history.exists() else "") + "night;")
pathlib.Path("report.html").write_text("<!doctype html>")
pathlib.Path("report.json").write_text("{}")
sys.exit(2)
"""


@pytest.fixture
def nightly() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nightly", ROOT / "deploy" / "nightly.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("CLEARWAY_BUCKET", BUCKET)
    monkeypatch.chdir(tmp_path)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


def read(s3: Any, key: str) -> str:
    return str(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


def test_an_account_by_itself_is_scanned_by_default(nightly: ModuleType, tmp_path: Path) -> None:
    said = nightly.command(tmp_path, "all", "")
    assert said[3:6] == ["account", "scan", "--regions=all"]
    assert "--organization" not in said


def test_an_organisation_is_scanned_through_its_role(nightly: ModuleType, tmp_path: Path) -> None:
    said = nightly.command(tmp_path, "eu-west-1,eu-central-1", "scan")
    assert said[5:8] == ["--regions=eu-west-1,eu-central-1", "--organization", "--role-name=scan"]


def test_the_history_goes_on_and_reports_are_kept_by_night(
    nightly: ModuleType, s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(nightly, "command", lambda *asked: [sys.executable, "-c", SCAN])
    assert nightly.main() == 2
    for file in tmp_path.iterdir():
        file.unlink()
    assert nightly.main() == 2
    assert read(s3, "history/clearway.sqlite") == "night;night;"
    keys = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="reports/")["Contents"]}
    assert {key.rpartition("/")[2] for key in keys} == {"report.html", "report.json"}
    page = next(key for key in keys if key.endswith(".html"))
    assert s3.head_object(Bucket=BUCKET, Key=page)["ContentType"] == "text/html; charset=utf-8"


def test_a_history_that_cannot_be_read_does_not_begin_anew(
    nightly: ModuleType, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Denied:
        def download_file(self, *asked: str) -> None:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")

    monkeypatch.setattr(boto3, "client", lambda name: Denied())
    monkeypatch.setattr(nightly, "command", lambda *asked: pytest.fail("scanned"))
    with pytest.raises(ClientError):
        nightly.main()
