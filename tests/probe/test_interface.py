"""A test network interface: what EC2 may say, and that none is ever left behind in silence."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from scanner.probe.interface import PAUSES, TAG, Interfaces, Interrupted, LeftBehind, ProbeError

SUBNET, ID = "subnet-0a1", "eni-0abc"
DENIED = "UnauthorizedOperation"


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"about {code}"}}, "Operation")


class Ec2:
    """EC2 with at most one interface. ``said`` has, by call, what it raises, one after the other."""

    def __init__(self, **said: list[Exception]) -> None:
        self.said = said
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.exists: dict[str, Any] | None = None
        self.on_create = lambda: None

    def _fail(self, call: str, given: dict[str, Any]) -> None:
        self.calls.append((call, given))
        if self.said.get(call):
            raise self.said[call].pop(0)

    def create_network_interface(self, **given: Any) -> Any:
        lost = self.said.get("lost")
        if lost and not given["DryRun"]:
            self.exists = given
            raise lost.pop(0)
        self._fail("create", given)
        if given["DryRun"]:
            raise error("DryRunOperation")
        self.exists = given
        self.on_create()
        return {"NetworkInterface": {"NetworkInterfaceId": ID}}

    def delete_network_interface(self, **given: Any) -> None:
        self._fail("delete", given)
        assert given == {"NetworkInterfaceId": ID}
        if self.exists is None:
            raise error("InvalidNetworkInterfaceID.NotFound")
        self.exists = None

    def describe_network_interfaces(self, **given: Any) -> Any:
        self._fail("describe", given)
        (tag,) = given["Filters"]
        known = self.exists and self.exists["TagSpecifications"][0]["Tags"]
        held = known and {"Key": TAG, "Value": tag["Values"][0]} in known and tag["Name"] == f"tag:{TAG}"
        return {"NetworkInterfaces": [{"NetworkInterfaceId": ID}] if held else []}


def probe(ec2: Ec2) -> tuple[Interfaces, list[str], list[float]]:
    told: list[str] = []
    paused: list[float] = []
    return Interfaces(ec2, "eu-west-1", told.append, paused.append), told, paused


def test_a_dry_run_creates_nothing() -> None:
    ec2 = Ec2()
    attempt = probe(ec2)[0].would_create(SUBNET, ["sg-1"])
    assert (attempt.outcome, attempt.error, ec2.exists) == ("created", "", None)
    assert [(name, given["DryRun"], given["Groups"]) for name, given in ec2.calls] == [("create", True, ["sg-1"])]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (DENIED, "unauthorized"),
        ("AuthFailure", "unauthorized"),
        ("InsufficientFreeAddressesInSubnet", "refused"),
        ("NetworkInterfaceLimitExceeded", "refused"),
        ("InvalidSubnetID.NotFound", "refused"),
    ],
)
@pytest.mark.parametrize("create", [False, True])
def test_what_ec2_refuses(code: str, outcome: str, create: bool) -> None:
    ec2 = Ec2(create=[error(code)])
    one = probe(ec2)[0]
    attempt = (one.create_and_delete if create else one.would_create)(SUBNET, [])
    assert (attempt.outcome, attempt.error, attempt.said) == (outcome, code, f"about {code}")
    assert [name for name, _ in ec2.calls] == ["create"]
    assert "Groups" not in ec2.calls[0][1]


def test_one_is_created_and_deleted() -> None:
    ec2 = Ec2()
    one, told, paused = probe(ec2)
    assert one.create_and_delete(SUBNET, []).outcome == "created"
    assert ec2.exists is None
    assert told == [f"{ID} created in {SUBNET}", f"{ID} deleted"]
    assert paused == []
    tags = ec2.calls[0][1]["TagSpecifications"][0]["Tags"]
    assert {"Key": TAG, "Value": one.token} in tags


def test_deleting_is_tried_again() -> None:
    in_use = error("InvalidParameterValue")
    ec2 = Ec2(delete=[in_use, EndpointConnectionError(endpoint_url="x")])
    one, _, paused = probe(ec2)
    assert one.create_and_delete(SUBNET, []).outcome == "created"
    assert ec2.exists is None
    assert paused == list(PAUSES[:2])


def test_one_that_cannot_be_deleted_is_told_with_the_command() -> None:
    ec2 = Ec2(delete=[error(DENIED)] * 10)
    one, _, paused = probe(ec2)
    with pytest.raises(LeftBehind) as raised:
        one.create_and_delete(SUBNET, [])
    command = f"aws ec2 delete-network-interface --network-interface-id {ID} --region eu-west-1"
    assert str(raised.value) == f"{ID} could not be deleted ({DENIED}: about {DENIED}): delete it with {command}"
    assert paused == list(PAUSES)


def test_one_that_is_gone_is_not_left_behind() -> None:
    ec2 = Ec2(delete=[error("InvalidNetworkInterfaceID.NotFound")] * 10)
    one, told, _ = probe(ec2)
    assert one.create_and_delete(SUBNET, []).outcome == "created"
    assert told[-1] == f"{ID} is gone"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_is_deleted_when_interrupted(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    ec2 = Ec2(delete=[error("InvalidParameterValue")])
    ec2.on_create = lambda: os.kill(os.getpid(), number)
    one, told, _ = probe(ec2)
    with pytest.raises(Interrupted) as raised:
        one.create_and_delete(SUBNET, [])
    assert (raised.value.number, ec2.exists) == (number, None)
    assert "interrupted: the network interface is deleted first" in told
    assert signal.getsignal(number) is before


def test_an_interface_whose_answer_was_lost_is_found_and_deleted() -> None:
    ec2 = Ec2(lost=[ReadTimeoutError(endpoint_url="x")])
    one, told, _ = probe(ec2)
    with pytest.raises(ProbeError, match="timeout"):
        one.create_and_delete(SUBNET, [])
    assert ec2.exists is None
    assert told == [f"{ID} deleted"]


def test_one_that_may_be_there_is_told() -> None:
    ec2 = Ec2(lost=[ReadTimeoutError(endpoint_url="x")], describe=[error(DENIED)])
    one, _, _ = probe(ec2)
    with pytest.raises(
        LeftBehind, match=f"look for the tag {TAG}={one.token} with aws ec2 describe-network-interfaces"
    ):
        one.create_and_delete(SUBNET, [])


def test_that_nobody_listens_leaves_nothing_behind() -> None:
    def broken(line: str) -> None:
        raise BrokenPipeError

    ec2 = Ec2()
    assert Interfaces(ec2, "eu-west-1", broken).create_and_delete(SUBNET, []).outcome == "created"
    assert ec2.exists is None
