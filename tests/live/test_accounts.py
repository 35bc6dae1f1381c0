"""Several accounts and regions: roles, organizations, regions without anything."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.sources.account.accounts import Told, read_accounts
from scanner.sources.account.clients import Clients
from scanner.sources.account.login import LoginError, Refused, Whose
from tests.live.conftest import read
from tests.live.fill import REGION, Filler
from tests.live.proxy import Proxy

pytestmark = pytest.mark.live
OTHER = "222233334444"


@pytest.fixture(scope="module")
def members(moto: str, filled: object) -> dict[str, str]:
    """Accounts of an organization by name; the one named shop has a cluster."""
    organizations = Filler(moto).client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = {}
    for name in ("shop", "left"):
        status = organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        made[name] = status["AccountId"]
    organizations.close_account(AccountId=made["left"])
    Filler(moto, **assumed(moto, made["shop"])).client("ecs").create_cluster(clusterName="members")
    return made


def assumed(moto: str, account: str) -> dict[str, str]:
    arn = f"arn:aws:iam::{account}:role/Scan"
    got = Filler(moto).client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return {"key": got["AccessKeyId"], "token": got["SessionToken"]}


def clusters(entries: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {
        one["account"]: [each["id"] for each in one["resources"] if each["type"] == "AWS::ECS::Cluster"]
        for one in entries
    }


def test_role_in_another_account(proxy: Proxy, members: dict[str, str]) -> None:
    whose = Whose(roles=(f"arn:aws:iam::{members['shop']}:role/Scan",), external_id="nightly")
    entries, refused = read(whose)
    assert (clusters(entries), refused) == ({members["shop"]: ["members"]}, [])


def test_clients_are_made_once_for_all_accounts(proxy: Proxy, members: dict[str, str]) -> None:
    clients = Clients(attempts=1)
    own, _ = read(clients=clients)
    made = dict(clients._clients)
    other, _ = read(Whose(roles=(f"arn:aws:iam::{members['shop']}:role/Scan",)), clients=clients)
    assert clients._clients == made
    assert clusters(own + other) == {"123456789012": ["shop"], members["shop"]: ["members"]}


def test_organization_without_suspended_accounts(proxy: Proxy, members: dict[str, str]) -> None:
    entries, refused = read(Whose(organization=True, role_name="Scan"))
    assert (clusters(entries), refused) == ({"123456789012": ["shop"], members["shop"]: ["members"]}, [])


def test_one_account_that_refuses_does_not_stop_the_others(proxy: Proxy, members: dict[str, str]) -> None:
    proxy.rules["sts:AssumeRole"] = "AccessDenied*1"
    roles = (f"arn:aws:iam::{OTHER}:role/Scan", f"arn:aws:iam::{members['shop']}:role/Scan")
    entries, refused = read(Whose(roles=roles))
    assert list(clusters(entries)) == [members["shop"]]
    assert str(refused[0]) == f"account {OTHER} cannot be read: sts:AssumeRole failed (AccessDenied): no"


def test_organization_that_cannot_be_listed_is_an_error(proxy: Proxy, members: dict[str, str]) -> None:
    proxy.rules["organizations:ListAccounts"] = "AccessDeniedException"
    with pytest.raises(LoginError, match=r"organizations:ListAccounts failed \(AccessDeniedException\)"):
        read(Whose(organization=True, role_name="Scan"))


def test_credentials_that_expired(proxy: Proxy) -> None:
    proxy.rules["sts:GetCallerIdentity"] = "ExpiredToken"
    with pytest.raises(LoginError, match="AWS does not take the credentials: ExpiredToken"):
        read()


def test_no_credentials(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(LoginError, match="no AWS credentials"):
        read()


def test_regions_that_hold_nothing_are_left_out(proxy: Proxy) -> None:
    skipped: list[str] = []
    told = Told(lambda refused: None, skipped=lambda account, regions: skipped.extend(regions))
    (entry,) = read_accounts(Clients(attempts=1), Whose(), (), told)
    assert entry["region"] == REGION
    assert "us-east-1" in skipped
    assert REGION not in skipped


def test_region_whose_emptiness_is_not_sure_is_read(proxy: Proxy) -> None:
    proxy.rules["states:ListStateMachines"] = "AccessDeniedException"
    regions: list[str] = []
    told = Told(lambda refused: None, skipped=lambda account, names: regions.extend(names))
    entries = read_accounts(Clients(attempts=1), Whose(), (), told)
    first = next(entries)
    entries.close()
    assert (regions, first["unreadable"][0]["api"]) == ([], "states:ListStateMachines")


def test_region_that_is_closed_is_told_once(proxy: Proxy) -> None:
    for api in ("elasticloadbalancing:DescribeLoadBalancers", "ecs:ListClusters", "states:ListStateMachines"):
        proxy.rules[api] = "AccessDeniedException"
    entries, refused = read(regions=())
    assert (entries, len(refused)) == ([], len({str(one) for one in refused}))
    said = "ecs:ListClusters failed (AccessDeniedException): nothing of region eu-west-1 can be read"
    assert f"account 123456789012 cannot be read: {said}" in map(str, refused)


def test_region_that_is_not_enabled(proxy: Proxy) -> None:
    entries, refused = read(regions=("mars-1", REGION))
    assert [one["region"] for one in entries] == [REGION]
    assert refused == [Refused("123456789012", "", "region mars-1 is not enabled")]


def test_region_that_is_mistyped(proxy: Proxy) -> None:
    entries, refused = read(regions=("eu-wst-1",))
    assert entries == []
    said = "account 123456789012 cannot be read: region eu-wst-1 is not enabled; did you mean eu-west-1?"
    assert [str(one) for one in refused] == [said]


def test_what_belongs_to_no_region_is_in_the_first_alone(proxy: Proxy) -> None:
    entries, _ = read(regions=("eu-central-1", REGION))
    assert [[one["type"] for one in entry["resources"]].count("AWS::IAM::Role") for entry in entries] == [1, 0]
