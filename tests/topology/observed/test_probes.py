"""What was tried on request, as facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Unknown
from scanner.sources.snapshot.observed import PROBES
from scanner.topology.observed.probes import HttpProbe, InterfaceProbe
from tests.topology.observed.live import HOME, at

URL = "http://10.0.0.17:8080/health"


def http(**stated: Any) -> HttpProbe:
    item = {"Url": URL, "At": "2026-01-31T02:59:00Z", "Matcher": "200-299,302", "TimeoutSeconds": 5, **stated}
    return at(HttpProbe, f"{HOME}#Observed::HttpProbe/{URL}", {"observed.http_probes": [item]})


def interface(**stated: Any) -> InterfaceProbe:
    item = {"SubnetId": "subnet-0a1", "At": "2026-01-31T02:59:00Z", "DryRun": True, **stated}
    key = f"{HOME}#Observed::InterfaceProbe/subnet-0a1"
    return at(InterfaceProbe, key, {"observed.interface_probes": [item]})


def test_an_answer() -> None:
    probe = http(Code=302, Seconds=0.25, Target="i-0a1:32769")
    assert probe.answered().value is True
    assert (probe.code().value, probe.seconds().value) == (302, 0.25)
    assert probe.codes().value.must <= probe.accepted().value.must
    assert probe.label == f"i-0a1:32769 ({URL})"
    assert not http(Code=404).codes().value.must & probe.accepted().value.may


@pytest.mark.parametrize("fault", ["refused", "timeout", "reset", "closed", "tls", "malformed"])
def test_no_answer(fault: str) -> None:
    probe = http(Fault=fault, Said="why")
    assert (probe.answered().value, probe.code().value, probe.said().value) == (False, ABSENT, "why")
    assert not probe.codes().value.may


@pytest.mark.parametrize("fault", ["unconnected", "unreachable", "unresolved"])
def test_a_way_that_may_be_closed_from_here_alone(fault: str) -> None:
    found = http(Fault=fault, Said="why").answered().value
    assert isinstance(found, Unknown)
    assert found.reason == f"{URL} cannot be reached from where the probe ran: why"
    assert "a probe from a machine" in found.supply


def test_a_matcher_that_is_none_takes_nothing() -> None:
    assert not http(Matcher="2xx", Code=200).accepted().value.may


@pytest.mark.parametrize(("outcome", "value"), [("created", True), ("refused", False)])
def test_an_interface(outcome: str, value: bool) -> None:
    probe = interface(Outcome=outcome)
    assert (probe.succeeded().value, probe.label) == (value, "subnet-0a1")


def test_an_interface_that_one_may_not_create() -> None:
    found = interface(Outcome="unauthorized", Error="UnauthorizedOperation").succeeded().value
    assert isinstance(found, Unknown)
    assert "subnet-0a1: UnauthorizedOperation" in found.reason


def test_every_list_has_its_kind() -> None:
    assert {type for type, _ in PROBES.values()} == {"Observed::HttpProbe", "Observed::InterfaceProbe"}
