"""The one place that calls the API: pages, failures, and what ends a listing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Event
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from scanner.sources.account.calls import Calls, Cancelled, is_gone


class Stubs:
    """Clients that answer what they are told to, in order."""

    def __init__(self) -> None:
        self._session = botocore.session.Session()
        self._session.set_credentials("own", "secret")
        self._clients: dict[str, Any] = {}
        self._stubs: dict[str, Stubber] = {}

    def client(self, service: str, region: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session.create_client(service, region_name=region)
            self._stubs[service] = Stubber(self._clients[service])
            self._stubs[service].activate()
        return self._clients[service]

    def of(self, service: str) -> Stubber:
        self.client(service, "eu-west-1")
        return self._stubs[service]


@pytest.fixture
def stubs() -> Stubs:
    return Stubs()


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def calls(stubs: Stubs, pool: Executor, *declared: str, stop: Event | None = None) -> Calls:
    return Calls(stubs, "eu-west-1", declared, pool, stop)


@pytest.mark.parametrize(
    ("api", "service", "method", "key", "token", "items"),
    [
        ("ec2:DescribeVpcs", "ec2", "describe_vpcs", "Vpcs", "NextToken", [{"VpcId": "a"}, {"VpcId": "b"}]),
        ("ecs:ListClusters", "ecs", "list_clusters", "clusterArns", "nextToken", ["a", "b"]),
        ("states:ListActivities", "stepfunctions", "list_activities", "activities", "nextToken", [[], []]),
    ],
)
def test_pages_by_token(
    stubs: Stubs, pool: Executor, api: str, service: str, method: str, key: str, token: str, items: list[Any]
) -> None:
    stub = stubs.of(service)
    first, second = items if isinstance(items[0], list) else ([items[0]], [items[1]])
    stub.add_response(method, {key: first, token: "more"}, {})
    stub.add_response(method, {key: second}, {token: "more"})
    made = calls(stubs, pool, api)
    assert made.items(api, key) == [*first, *second]
    assert made.failures() == []
    stub.assert_no_pending_responses()


def test_pages_by_the_token_of_the_tagging_api(stubs: Stubs, pool: Executor) -> None:
    api, listed = "tag:GetResources", "ResourceTagMappingList"
    stub = stubs.of("resourcegroupstaggingapi")
    stub.add_response("get_resources", {listed: [{"ResourceARN": "arn:aws:a"}], "PaginationToken": "more"}, {})
    last = {listed: [{"ResourceARN": "arn:aws:b"}], "PaginationToken": ""}
    stub.add_response("get_resources", last, {"PaginationToken": "more"})
    made = calls(stubs, pool, api)
    assert [one["ResourceARN"] for one in made.items(api, listed)] == ["arn:aws:a", "arn:aws:b"]
    assert made.failures() == []


def test_pages_by_marker(stubs: Stubs, pool: Executor) -> None:
    api = "elasticloadbalancing:DescribeLoadBalancers"
    stub = stubs.of("elbv2")
    stub.add_response("describe_load_balancers", {"LoadBalancers": [{"Type": "a"}], "NextMarker": "2"}, {})
    stub.add_response("describe_load_balancers", {"LoadBalancers": [{"Type": "b"}]}, {"Marker": "2"})
    assert [one["Type"] for one in calls(stubs, pool, api).items(api, "LoadBalancers")] == ["a", "b"]


def test_page_that_fails_leaves_what_came_before_and_is_named(stubs: Stubs, pool: Executor) -> None:
    stub = stubs.of("ec2")
    stub.add_response("describe_vpcs", {"Vpcs": [{"VpcId": "a"}], "NextToken": "more"}, {})
    stub.add_client_error("describe_vpcs", "RequestLimitExceeded")
    made = calls(stubs, pool, "ec2:DescribeVpcs")
    assert made.items("ec2:DescribeVpcs", "Vpcs") == [{"VpcId": "a"}]
    assert made.failures() == [{"api": "ec2:DescribeVpcs", "error": "RequestLimitExceeded"}]


def test_token_that_repeats_ends_the_listing_as_truncated(stubs: Stubs, pool: Executor) -> None:
    stub = stubs.of("ec2")
    stub.add_response("describe_vpcs", {"Vpcs": [{"VpcId": "a"}], "NextToken": "more"}, {})
    stub.add_response("describe_vpcs", {"Vpcs": [{"VpcId": "b"}], "NextToken": "more"}, {"NextToken": "more"})
    made = calls(stubs, pool, "ec2:DescribeVpcs")
    assert made.items("ec2:DescribeVpcs", "Vpcs") == [{"VpcId": "a"}, {"VpcId": "b"}]
    assert made.failures() == [{"api": "ec2:DescribeVpcs", "error": "Truncated"}]


def test_answer_that_says_it_is_truncated_without_saying_how_to_go_on(stubs: Stubs, pool: Executor) -> None:
    api = "iam:ListRoles"
    stubs.of("iam").add_response("list_roles", {"Roles": [], "IsTruncated": True}, {})
    made = calls(stubs, pool, api)
    assert (made.items(api, "Roles"), made.failures()) == ([], [{"api": api, "error": "Truncated"}])


def test_one_answer(stubs: Stubs, pool: Executor) -> None:
    api = "ecs:DescribeClusters"
    stub = stubs.of("ecs")
    stub.add_response("describe_clusters", {"clusters": [{"clusterName": "a"}]}, {"clusters": ["a"]})
    stub.add_response("describe_clusters", {"clusters": [{"clusterName": "a"}]}, {"clusters": ["a"]})
    stub.add_client_error("describe_clusters", "AccessDeniedException")
    stub.add_client_error("describe_clusters", "ClusterNotFoundException")
    made = calls(stubs, pool, api)
    assert made.one(api, clusters=["a"]) == {"Clusters": [{"ClusterName": "a"}]}
    assert made.one(api, raw=True, clusters=["a"]) == {"clusters": [{"clusterName": "a"}]}
    assert made.one(api, clusters=["a"]) is None
    assert made.one(api, clusters=["a"]) == {}
    assert made.failures() == [{"api": api, "error": "AccessDeniedException"}]


def test_first_error_of_a_call_is_the_one_that_is_told(stubs: Stubs, pool: Executor) -> None:
    made = calls(stubs, pool)
    made.fail("ec2:DescribeVpcs", "AccessDenied")
    made.fail("ec2:DescribeVpcs", "Throttling")
    assert made.failures() == [{"api": "ec2:DescribeVpcs", "error": "AccessDenied"}]
    assert made.failed("ec2:DescribeVpcs")
    assert not made.failed("ec2:DescribeSubnets")


def test_call_that_nobody_declares_is_refused(stubs: Stubs, pool: Executor) -> None:
    with pytest.raises(ValueError, match="ec2:DescribeVpcs is called, but no collector declares it"):
        calls(stubs, pool).items("ec2:DescribeVpcs", "Vpcs")


def test_nothing_is_called_once_it_is_stopped(stubs: Stubs, pool: Executor) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(Cancelled):
        calls(stubs, pool, "ec2:DescribeVpcs", stop=stop).one("ec2:DescribeVpcs")


def test_each_keeps_the_order_and_raises_what_is_raised(stubs: Stubs, pool: Executor) -> None:
    made = calls(stubs, pool)
    assert made.each(lambda number: number * 2, range(20)) == [number * 2 for number in range(20)]
    with pytest.raises(ZeroDivisionError):
        made.each(lambda number: 1 // number, [1, 0])


def test_batches(stubs: Stubs, pool: Executor) -> None:
    made = calls(stubs, pool)
    assert made.batches(list(range(25)), 10) == [list(range(10)), list(range(10, 20)), list(range(20, 25))]
    assert made.batches([], 10) == []


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        ("ClusterNotFoundException", True),
        ("InvalidInstanceID.NotFound", True),
        ("StateMachineDoesNotExist", True),
        ("NoSuchEntity", True),
        ("AccessDenied", False),
        ("404", False),
        ("ThrottlingException", False),
    ],
)
def test_is_gone(code: str, gone: bool) -> None:
    assert is_gone(code) is gone
