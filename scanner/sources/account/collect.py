"""An account in one region, collected: one entry of ``accounts`` in a snapshot.

First all that is listed by itself, then what hangs on it: the task definitions in use, then what they log to, how
targets are, and what was measured.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from enum import Enum
from threading import Event
from typing import TYPE_CHECKING, Any

from scanner.sources.account import ec2, ecs, elbv2, iam, instances, others, tags, tasks, watching, workflows
from scanner.sources.account.calls import Calls, Clients
from scanner.sources.account.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

Collector = Callable[[Calls, Found], None]

MODULES = (ec2, ecs, elbv2, iam, instances, others, tags, tasks, watching, workflows)
APIS: dict[str, tuple[str, ...]] = {api: types for module in MODULES for api, types in sorted(module.APIS.items())}
"""Every call that collectors make, with the types that it tells of."""

FIRST: tuple[Collector, ...] = (
    ec2.networks,
    elbv2.load_balancing,
    ecs.clusters,
    workflows.machines,
    workflows.rules,
    workflows.schedules,
    instances.instances,
    instances.groups,
    others.topics,
    others.parameters,
    others.deployments,
    others.scaling,
    others.alarms,
    ec2.gateways,
    watching.health,
)
THREADS = 16
"""Requests at a time, in one account."""
REGIONS = 4
"""Regions at a time."""
SENTINELS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("elasticloadbalancing:DescribeLoadBalancers", "LoadBalancers", {"PageSize": 1}),
    ("ecs:ListClusters", "ClusterArns", {"maxResults": 1}),
    ("states:ListStateMachines", "StateMachines", {"maxResults": 1}),
)
"""Calls that tell cheaply whether a region holds anything that rules judge, and where they answer it."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is to be collected."""

    account: str
    region: str
    with_global: bool = True
    """Whether with what belongs to no region."""


@dataclass(slots=True)
class Collecting:
    """What all collections share: the clients, three pools of threads, and a way to stop."""

    clients: Clients
    calls: Executor
    """For single requests."""
    collectors: Executor
    """For what makes requests and waits for them: never the same as ``calls``, which would wait for itself."""
    regions: Executor
    """For what waits for collectors."""
    stop: Event = field(default_factory=Event)
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc))

    def of(self, region: str) -> Calls:
        """The calls of a region."""
        return Calls(self.clients, region, APIS, self.calls, self.stop)


@contextmanager
def collecting(clients: Clients, *, threads: int = THREADS, stop: Event | None = None) -> Iterator[Collecting]:
    """The means to collect with. Leaving it early, as Ctrl-C does, lets requests under way end and starts no other; so
    does setting ``stop``, from any thread."""
    with (
        ThreadPoolExecutor(threads) as calls,
        ThreadPoolExecutor(len(FIRST) + 1) as collectors,
        ThreadPoolExecutor(REGIONS) as regions,
    ):
        shared = Collecting(clients, calls, collectors, regions, stop or Event())
        try:
            yield shared
        except BaseException:
            shared.stop.set()
            for pool in (regions, collectors, calls):
                pool.shutdown(wait=False, cancel_futures=True)
            raise


class State(Enum):
    """What a cheap look at a region tells."""

    USED = "used"
    """It holds something that rules judge, or may do so."""
    EMPTY = "empty"
    """It surely holds neither a load balancer nor a cluster nor a state machine."""
    CLOSED = "closed"
    """None of these can be looked for, as where a policy of the organization denies a region."""


def look(shared: Collecting, region: str) -> tuple[State, list[dict[str, str]]]:
    """What a region is, and which calls failed."""
    calls = shared.of(region)
    found = True
    for api, key, parameters in SENTINELS:
        answer = calls.one(api, **parameters)
        if answer is not None and (answer.get(key) or any(answer.get(name) for name in ("NextToken", "NextMarker"))):
            return State.USED, []
        found = found and answer is not None
    failed = calls.failures()
    return (State.EMPTY if found else State.CLOSED if len(failed) == len(SENTINELS) else State.USED), failed


def collect(shared: Collecting, place: Place) -> dict[str, Any]:
    """The entry of an account in one region. Raises Cancelled if it was stopped; no call that fails raises."""
    calls, found = shared.of(place.region), Found()
    first = [*FIRST, iam.permissions] if place.with_global else [*FIRST]
    _together(shared, calls, found, first)
    ecs.definitions(calls, found)
    _together(shared, calls, found, [watching.logs, tasks.observed])
    tags.tags(calls, found)
    watching.metrics(calls, found, shared.now)
    return {
        "account": place.account,
        "region": place.region,
        "resources": found.resources(),
        "observed": found.observed(),
        "unreadable": calls.failures(),
    }


def _together(shared: Collecting, calls: Calls, found: Found, collectors: Iterable[Collector]) -> None:
    waiting = [shared.collectors.submit(copy_context().run, one, calls, found) for one in collectors]
    for one in waiting:
        one.result()
