"""``clearway account scan`` of several accounts by threads."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.commands import main
from scanner.history.scanned import LONGEST_SCOPE
from tests.fleet.conftest import ACCOUNTS, role
from tests.live.fill import REGION
from tests.live.proxy import Proxy

pytestmark = pytest.mark.live
ROLES = [f"--role-arn={role(account)}" for account in ACCOUNTS]


def scan(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any], str]:
    status = main(["account", "scan", "--select=RUN", f"--regions={REGION}", "-o", "json", *more])
    captured = capsys.readouterr()
    return status, json.loads(captured.out), captured.err


def kept(history: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(history)) as connection:
        return connection.execute(query).fetchall()


def test_many_accounts_at_a_time(proxy: Proxy, capsys: pytest.CaptureFixture[str], root: Path, tmp_path: Path) -> None:
    history = tmp_path / "nights.db"
    status, document, told = scan(capsys, *ROLES, "--workers=6", "--history", str(history))
    assert (status, document["errors"]) == (1, [])
    assert [one["account"] for one in document["accounts"]] == list(ACCOUNTS)
    assert sorted(told.splitlines()) == [f"account {one}, region {REGION}: 23 resources" for one in ACCOUNTS]
    assert proxy.called["sts:AssumeRole"] == len(ACCOUNTS)
    schema = json.loads((root / "reports" / "result.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    found = [(one["rule"], one["assertion"], one["subject"]["address"]) for one in document["results"]]
    assert sorted(kept(history, "SELECT rule, assertion, subject FROM findings")) == sorted(found)
    assert kept(history, "SELECT count(*) FROM units WHERE state = 'read'") == [(len(ACCOUNTS),)]
    assert len(document["history"]["scope"]) <= LONGEST_SCOPE < len(" ".join(ROLES))


def test_one_at_a_time_says_the_same(proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    _, several, _ = scan(capsys, *ROLES[:4], "--workers=4", "-q")
    _, single, _ = scan(capsys, *ROLES[:4], "--workers=1", "-q")
    for document in (several, single):
        for one in document["accounts"]:
            del one["taken_at"]
    assert several == single


def test_what_passes_now_is_fixed_in_the_history(
    proxy: Proxy, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What a history needs besides the document comes back from where the account is judged."""
    history = ["--history", str(tmp_path / "nights.db"), "--history-scope=all"]
    scan(capsys, *ROLES[:2], *history, "--rule-parameter=RUN006.levels=OFF")
    _, document, _ = scan(capsys, *ROLES[:2], *history)
    assert document["history"]["counts"]["fail"]["new"] == 2
    _, document, _ = scan(capsys, *ROLES[:2], *history, "--rule-parameter=RUN006.levels=OFF")
    assert document["history"]["counts"]["fail"]["fixed"] == 2


def test_account_that_refuses_leaves_its_findings_open(
    proxy: Proxy, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    history = ["--history", str(tmp_path / "nights.db"), "--workers=1"]
    _, before, _ = scan(capsys, *ROLES[:3], *history)
    proxy.rules["sts:AssumeRole"] = "AccessDenied*1"
    proxy.called.clear()
    status, document, _ = scan(capsys, *ROLES[:3], *history)
    own = [one for one in before["results"] if one["account"] == ACCOUNTS[0] and one["verdict"] == "fail"]
    assert status == 2
    assert document["history"]["counts"]["fail"]["not_seen"] == len(own) > 0
    assert document["history"]["counts"]["fail"]["fixed"] == 0


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_read(proxy: Proxy, tmp_path: Path) -> None:
    history = tmp_path / "nights.db"
    command = [sys.executable, "-m", "scanner", "account", "scan", "--select=RUN", f"--regions={REGION}", *ROLES]
    command += ["--workers=1", "--history", str(history), "-o", f"json={tmp_path / 'out.json'}"]
    running = subprocess.Popen(command, env={**os.environ}, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    running.stderr.readline()  # the first account
    running.send_signal(signal.SIGINT)
    started = time.monotonic()
    _, told = running.communicate(timeout=60)
    assert time.monotonic() - started < 15
    assert running.returncode == 2
    assert told.splitlines()[-1] == "clearway: interrupted"
    ((failure,),) = kept(history, "SELECT message FROM failures")
    read = kept(history, "SELECT name FROM units")
    assert failure == f"the scan was interrupted: {len(read)} of {len(ACCOUNTS)} accounts were read"
    assert 0 < len(read) < len(ACCOUNTS)
    accounts = {subject[:12] for (subject,) in kept(history, "SELECT subject FROM findings")}
    assert accounts == {name[:12] for (name,) in read}
    assert not (tmp_path / "out.json").exists()
