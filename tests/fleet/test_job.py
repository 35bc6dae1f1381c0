"""What a worker does: against a simulated AWS."""

from __future__ import annotations

import pickle
from dataclasses import replace
from threading import Event

import pytest

from scanner.fleet.job import Job, packed_rules
from scanner.policy.load import load_rules
from scanner.sources.account.calls import Cancelled
from scanner.sources.account.login import Target
from tests.fleet.conftest import ACCOUNTS, role
from tests.live.fill import REGION
from tests.live.proxy import Proxy

pytestmark = pytest.mark.live
RULES = [rule for rule in load_rules([]).rules if rule.id in ("RUN004", "RUN006", "RUN005")]


def job(scan: str = "1") -> Job:
    return Job(scan, packed_rules(RULES), "2026-01-31T03:00:00Z", regions=(REGION,), with_history=True)


def target(account: str) -> Target:
    return Target(account, role(account), "nightly")


def test_account_is_read_and_judged(proxy: Proxy) -> None:
    (outcome,) = job()((target(ACCOUNTS[0]),))
    part = outcome.part()
    assert outcome.lines == (f"account {ACCOUNTS[0]}, region {REGION}: 23 resources",)
    assert [(one["rule"], one["verdict"]) for one in part.results] == [("RUN004", "fail"), ("RUN006", "fail")]
    assert part.errors == []
    machine = f"{ACCOUNTS[0]}/{REGION}#arn:aws:states:{REGION}:{ACCOUNTS[0]}:stateMachine:nightly"
    assert {(rule, subject) for rule, _, subject in part.judged.passed} == {("RUN005", machine)}
    assert machine in part.judged.resources


def test_clients_are_made_once_for_all_batches_of_a_scan(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.sources.account import login

    made: list[str] = []
    own = login.made_clients
    monkeypatch.setattr(login, "made_clients", lambda profile: made.append(profile) or own(profile))
    for account in ACCOUNTS[:2]:
        job("once")((target(account),))
    assert made == [""]


def test_what_travels_holds_no_credentials(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "Canary-51d0")
    travelling = pickle.dumps((job(), (target(ACCOUNTS[0]),)))
    assert b"Canary" not in travelling
    assert pickle.loads(travelling) == (job(), (target(ACCOUNTS[0]),))
    assert len(travelling) < 50_000


def test_one_account_of_a_batch_that_refuses(proxy: Proxy) -> None:
    proxy.rules["sts:AssumeRole"] = "AccessDenied*1"
    refused, read = job()((target(ACCOUNTS[0]), target(ACCOUNTS[1])))
    said = f"account {ACCOUNTS[0]} cannot be read: sts:AssumeRole failed (AccessDenied): no"
    assert [one["message"] for one in refused.part().errors] == [said]
    assert read.part().errors == []
    assert len(read.part().results) == 2


def test_own_account_is_that_of_the_caller(proxy: Proxy) -> None:
    (outcome,) = job()((Target("999999999999"),))
    said = "account 999999999999 cannot be read: the credentials are those of account 123456789012"
    assert outcome.lines == (said,)


def test_fault_costs_one_account(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.sources.account import login

    own = login.log_in

    def faulty(clients: object, one: Target) -> object:
        if one.account == ACCOUNTS[0]:
            raise KeyError("Arn")
        return own(clients, one)  # type: ignore[arg-type]

    monkeypatch.delenv("CLEARWAY_DEBUG", raising=False)
    monkeypatch.setattr(login, "log_in", faulty)
    first, second = job()((target(ACCOUNTS[0]), target(ACCOUNTS[1])))
    assert "a fault of this program: KeyError: 'Arn'" in first.lines[0]
    assert len(second.part().results) == 2


def test_worker_of_another_version_says_so(proxy: Proxy) -> None:
    (outcome,) = replace(job(), version="0.0.0")((target(ACCOUNTS[0]),))
    assert "not 0.0.0" in outcome.lines[0]
    assert not proxy.called


def test_stopped_it_ends(proxy: Proxy) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(Cancelled):
        job()((target(ACCOUNTS[0]),), stop)


def test_profile_that_the_worker_does_not_have(proxy: Proxy) -> None:
    (outcome,) = replace(job("profile"), profile="nobody")((target(ACCOUNTS[0]),))
    assert "nobody" in outcome.lines[0]
