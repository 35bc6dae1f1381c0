"""``clearway probe`` and ``clearway diagnose`` on a simulated account."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.commands import main
from scanner.sources.account.clients import Clients, using
from tests.live.fill import REGION
from tests.live.proxy import Proxy
from tests.probe.servers import says, serving

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call is tried again, and nothing waits."""
    monkeypatch.setattr("scanner.sources.account.clients.ATTEMPTS", 1)
    monkeypatch.setattr("scanner.probe.interface.PAUSES", (0.0, 0.0))


@pytest.fixture
def ec2(proxy: Proxy) -> Iterator[Any]:
    clients = Clients(attempts=1)
    with using(clients.base):
        yield clients.client("ec2", REGION)
    proxy.forget()


@pytest.fixture
def subnet(ec2: Any) -> str:
    return str(ec2.describe_subnets()["Subnets"][0]["SubnetId"])


def interfaces(ec2: Any, proxy: Proxy) -> set[str]:
    proxy.forget()
    return {one["NetworkInterfaceId"] for one in ec2.describe_network_interfaces()["NetworkInterfaces"]}


def test_a_dry_run(ec2: Any, proxy: Proxy, subnet: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = interfaces(ec2, proxy)
    assert main(["probe", "interface", "--subnet", subnet]) == 0
    assert "a network interface may be created (a dry run" in capsys.readouterr().err
    assert interfaces(ec2, proxy) == before


def test_one_is_created_and_deleted(ec2: Any, proxy: Proxy, subnet: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = interfaces(ec2, proxy)
    assert main(["probe", "interface", "--subnet", subnet, "--create", "-o", "json", "--all-verdicts"]) == 0
    captured = capsys.readouterr()
    assert [one["verdict"] for one in json.loads(captured.out)["results"]] == ["pass"]
    assert [line.split()[1] for line in captured.err.splitlines()] == ["created", "deleted", "a"]
    assert interfaces(ec2, proxy) == before
    assert (proxy.called["ec2:CreateNetworkInterface"], proxy.called["ec2:DeleteNetworkInterface"]) == (1, 1)


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        ("InsufficientFreeAddressesInSubnet", 1, "no network interface can be created in"),
        ("UnauthorizedOperation", 0, "may not create a network interface in"),
    ],
)
def test_what_ec2_refuses(
    code: str, status: int, says: str, proxy: Proxy, subnet: str, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.rules["ec2:CreateNetworkInterface"] = code
    assert main(["probe", "interface", "--subnet", subnet, "--create"]) == status
    out = " ".join(capsys.readouterr().out.split())
    assert says in out
    assert code in out


def test_one_that_stays_is_told(ec2: Any, proxy: Proxy, subnet: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = interfaces(ec2, proxy)
    proxy.rules["ec2:DeleteNetworkInterface"] = "UnauthorizedOperation"
    assert main(["probe", "interface", "--subnet", subnet, "--create", "--quiet"]) == 2
    (left,) = interfaces(ec2, proxy) - before
    err = capsys.readouterr().err
    assert f"aws ec2 delete-network-interface --network-interface-id {left} --region {REGION}" in err
    proxy.rules.clear()
    ec2.delete_network_interface(NetworkInterfaceId=left)


def test_one_is_deleted_when_interrupted(
    ec2: Any, proxy: Proxy, subnet: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = interfaces(ec2, proxy)
    fate = proxy.fate

    def interrupting(api: str) -> str:
        if api == "ec2:CreateNetworkInterface":
            os.kill(os.getpid(), signal.SIGINT)  # while the answer is awaited
        return fate(api)

    monkeypatch.setattr(proxy, "fate", interrupting)
    assert main(["probe", "interface", "--subnet", subnet, "--create"]) == 130
    assert "interrupted: the network interface is deleted first" in capsys.readouterr().err
    assert interfaces(ec2, proxy) == before


def test_a_subnet_that_is_not_there(proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "interface", "--subnet", "subnet-0000", "--create"]) == 1
    assert "InvalidSubnetID.NotFound" in capsys.readouterr().out


# --- targets


@pytest.fixture
def group(ec2: Any, proxy: Proxy) -> Iterator[tuple[str, Any]]:
    """A target group of its own, to register targets with."""
    clients = Clients(attempts=1)
    elb = clients.client("elbv2", REGION)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    given: dict[str, Any] = {"Protocol": "HTTP", "Port": 80, "VpcId": vpc, "TargetType": "ip"}
    given |= {"HealthCheckPath": "/health", "Matcher": {"HttpCode": "200-299"}, "HealthCheckTimeoutSeconds": 3}
    arn = elb.create_target_group(Name="probed", **given)["TargetGroups"][0]["TargetGroupArn"]
    yield arn, elb
    elb.delete_target_group(TargetGroupArn=arn)


def test_the_targets_of_a_group(group: tuple[str, Any], proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    arn, elb = group
    with (
        serving(says("HTTP/1.1 204 No Content")) as (well, requests),
        serving(says("HTTP/1.1 404 No"), host="127.0.0.2") as (ill, _),
    ):
        targets = [{"Id": "127.0.0.1", "Port": well}, {"Id": "127.0.0.2", "Port": ill}]
        elb.register_targets(TargetGroupArn=arn, Targets=targets)
        assert main(["probe", "http", "--target-group", "probed", "-o", "json", "--all-verdicts"]) == 1
        proxy.forget()
        captured = capsys.readouterr()
        assert main(["probe", "http", "--target-group", arn, "--matcher", "200-499", "-q"]) == 0
    assert requests[0].startswith(b"GET /health HTTP/1.1\r\n")
    found = {one["subject"]["label"]: one["verdict"] for one in json.loads(captured.out)["results"]}
    assert found == {
        f"127.0.0.1:{well} (http://127.0.0.1:{well}/health)": "pass",
        f"127.0.0.2:{ill} (http://127.0.0.2:{ill}/health)": "fail",
    }
    assert "Elastic Load Balancing calls it" in captured.err


@pytest.mark.parametrize("name", ["probed", "nothing-is-called-so"])
def test_there_is_nothing_to_ask(name: str, group: tuple[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "http", "--target-group", name]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert ("no target is registered with probed" in captured.err) is (name == "probed")


# --- diagnosis


def test_a_live_service(proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["diagnose", "--cluster", "shop", "--service", "web", "--regions", REGION, "-o", "json"])
    document = json.loads(capsys.readouterr().out)
    assert status in (0, 1)
    assert [one["label"] for one in document["services"]] == ["web"]


def test_a_message_of_a_live_service(proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    said = "(service web) is unhealthy in (target-group web) due to (reason Request timed out)"
    status = main(["diagnose", said, "--regions", REGION, "-o", "json", "-q"])
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert status in (0, 1)
    verdicts = {one["rule"]: one["verdict"] for one in document["answers"]}
    assert verdicts["APP007"] == "not_checked"
    assert verdicts["NET002"] in ("found", "ruled_out", "not_known")


def test_no_live_service_of_that_name(proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--service", "nothing", "--regions", REGION]) == 2
    assert "there is no service nothing here; the services are" in capsys.readouterr().err
