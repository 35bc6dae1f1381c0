"""What a fleet costs: measured on a simulated AWS, and worked out for thousands of accounts.

``python -m benchmarks.fleet`` measures processor time and calls of an empty region and of one in use, in this process,
against a simulated AWS in another; then it works out how long a fleet takes on some workers. ``--accounts``,
``--regions``, ``--used``, ``--load`` and ``--latency`` change what it works out.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

SAMPLE = "5000000000"
REGION = "eu-west-1"
WORKERS = (1, 8, 32)
IN_FLIGHT, REGIONS = 16, 4
"""Requests, and regions, at a time in one account (``scanner/sources/account/collect.py``)."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What something takes."""

    seconds: float
    """Of a processor."""
    calls: float


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured."""

    clients: Cost
    """The first account of a worker more than any other: its clients are made."""
    empty: Cost
    """An account's region that holds nothing."""
    used: Cost
    """An account's region that is in use, with the judging of it."""


@contextmanager
def simulated() -> Iterator[str]:
    """A simulated AWS in a process of its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > until or running.poll() is not None:
                    raise SystemExit("the simulated AWS did not start: pip install 'moto[server]'") from None
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


def fill(endpoint: str, account: str) -> None:
    """A workflow that runs a task, and a network with a load balancer."""
    import boto3

    def client(service: str, **more: Any) -> Any:
        known = {"aws_access_key_id": "own", "aws_secret_access_key": "secret", **more}
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **known)

    role = f"arn:aws:iam::{account}:role/Scan"
    got = client("sts").assume_role(RoleArn=role, RoleSessionName="fill")["Credentials"]
    own = {"aws_access_key_id": got["AccessKeyId"], "aws_session_token": got["SessionToken"]}
    container = {"name": "job", "image": "job", "memory": 512}
    client("ecs", **own).register_task_definition(family="job", containerDefinitions=[container])
    run = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": True}
    run["Parameters"] = {"Cluster": "jobs", "TaskDefinition": "job"}
    definition = json.dumps({"StartAt": "Run", "States": {"Run": run}})
    machines = client("stepfunctions", **own)
    for number in range(5):
        machines.create_state_machine(name=f"job{number}", definition=definition, roleArn=role)
    ec2 = client("ec2", **own)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for number, zone in enumerate("ab")
    ]
    subnets = [one["Subnet"]["SubnetId"] for one in made]
    balancing = client("elbv2", **own)
    for number in range(3):
        balancer = balancing.create_load_balancer(Name=f"b{number}", Subnets=subnets)["LoadBalancers"][0]
        group = balancing.create_target_group(Name=f"t{number}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
        action = {"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}
        balancing.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[action]
        )


def measured(accounts: int) -> Costs:
    """What accounts cost in this process; the first one also makes the clients."""
    import boto3

    from scanner.fleet.job import Job, packed_rules
    from scanner.policy.load import load_rules
    from scanner.sources.account import calls, clients
    from scanner.sources.account.login import Target

    made = 0
    own = calls.Calls._call

    def counted(self: Any, api: str, parameters: dict[str, Any]) -> Any:
        nonlocal made
        made += 1
        # The simulated AWS does not know it, and would be asked again and again.
        return {"events": []} if api == "health:DescribeEvents" else own(self, api, parameters)

    setattr(calls.Calls, "_call", counted)  # noqa: B010
    defaults = clients.Clients.__init__.__kwdefaults__
    assert defaults is not None
    defaults["attempts"] = 1
    rules = packed_rules(load_rules([]).rules)

    def took(account: int, *regions: str) -> Cost:
        nonlocal made
        made, started = 0, time.process_time()
        name = f"{SAMPLE}{account:02}"
        Job("cost", rules, "2026-01-31T03:00:00Z", regions=regions)((Target(name, f"arn:aws:iam::{name}:role/Scan"),))
        return Cost(time.process_time() - started, made)

    first = took(0)
    alone = _mean([took(number, REGION) for number in range(1, accounts)])
    whole = _mean([took(number) for number in range(1, accounts)])
    looked = len(boto3.client("ec2").describe_regions()["Regions"])  # at a region that is named, nothing looks first
    empty = Cost((whole.seconds - alone.seconds) / looked, (whole.calls - alone.calls) / looked)
    return Costs(Cost(first.seconds - whole.seconds, 0), empty, alone)


def _mean(costs: Sequence[Cost]) -> Cost:
    return Cost(sum(one.seconds for one in costs) / len(costs), sum(one.calls for one in costs) / len(costs))


def hours(costs: Costs, given: argparse.Namespace, workers: int) -> tuple[float, str]:
    """How long a fleet takes on workers that read one account at a time, and what they wait for.

    A worker signs requests and judges on one processor; requests wait for AWS while others are under way.
    """
    empty, latency = given.regions - given.used, given.latency / 1000
    computing = empty * costs.empty.seconds + given.used * costs.used.seconds * given.load
    asking = latency * (empty * costs.empty.calls / REGIONS + given.used * costs.used.calls * given.load / IN_FLIGHT)
    one = max(computing, asking)
    return (one * given.accounts / workers + costs.clients.seconds) / 3600, (
        "the processor" if computing > asking else "AWS"
    )


def report(costs: Costs, given: argparse.Namespace) -> str:
    """The measurements and the table, as Markdown."""
    rows = [
        ("clients of a worker, once", costs.clients),
        ("an empty region", costs.empty),
        ("a region in use, read and judged", costs.used),
    ]
    text = "| | processor | calls |\n|---|---|---|\n"
    text += "".join(f"| {name} | {cost.seconds:.3f} s | {cost.calls:.0f} |\n" for name, cost in rows)
    text += f"\n{given.accounts:,} accounts x {given.regions} regions, {given.used} of them in use with {given.load:g} "
    text += f"times the sample, {given.latency} ms a call:\n\n| workers | time | waiting for |\n|---|---|---|\n"
    for workers in WORKERS:
        time_taken, what = hours(costs, given, workers)
        text += f"| {workers} | {_told(time_taken)} | {what} |\n"
    return text


def _told(hours_taken: float) -> str:
    return f"{hours_taken:.1f} h" if hours_taken >= 1 else f"{hours_taken * 60:.0f} min"


def main() -> int:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--sample", type=int, default=6, help="accounts to measure")
    parser.add_argument("--accounts", type=int, default=5000)
    parser.add_argument("--regions", type=int, default=17)
    parser.add_argument("--used", type=int, default=2, help="regions of each account that hold something")
    parser.add_argument("--load", type=float, default=4, help="how much more a real region holds than the sample")
    parser.add_argument("--latency", type=int, default=80, help="milliseconds of a call to AWS")
    given = parser.parse_args()
    with simulated() as endpoint:
        known = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "own", "AWS_SECRET_ACCESS_KEY": "secret"}
        os.environ.update(known, AWS_DEFAULT_REGION=REGION, AWS_CONFIG_FILE=os.devnull)
        for number in range(given.sample):
            fill(endpoint, f"{SAMPLE}{number:02}")
        print(report(measured(given.sample), given), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
