from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import ABSENT, Fact, Items, Location, Reference, Resource, ResourceGraph, Unknown, World
from scanner.sources.account.calls import CLIENTS
from scanner.sources.snapshot import Account, Accounts, Context, read_all, read_snapshot
from scanner.sources.snapshot.tables import APIS, NAMED_BY, PROPERTY_APIS, STATED, TAG_APIS
from scanner.syntax import SyntaxProblem
from tests.accounts import ACCOUNT, BALANCER, CLUSTER, LISTENER, REGION, snapshot, text

FILE = "account.json"
HOME = f"{ACCOUNT}/{REGION}"


def read(document: Any) -> Account:
    (account,) = read_snapshot(text(document), FILE)
    return account


def graph(*documents: Any) -> ResourceGraph:
    accounts, problems = read_all({f"{n}.json": text(document) for n, document in enumerate(documents)})
    assert problems == []
    return ResourceGraph(accounts.modules, context=Context(accounts))


def plain(fact: Fact[Any]) -> Any:
    value = fact.value
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    if hasattr(value, "items"):
        return {key: plain(item) for key, item in value.items()}
    return value


def one(type: str, id: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    document = snapshot()
    document["accounts"][0]["resources"] = [{"type": type, "id": id, "properties": properties or {}, **more}]
    return document


# --- reading


def test_a_resource_with_the_places_of_its_values() -> None:
    document = one("AWS::EC2::Subnet", "subnet-1", {"CidrBlock": "10.0.0.0/24", "VpcId": "vpc-1"})
    resource = read(document).resource("subnet-1", World())
    lines = text(document).split("\n")
    block = resource.get("CidrBlock")
    (place,) = block.at
    assert lines[place.line - 1][place.column - 1 : place.end_column - 1] == '"CidrBlock": "10.0.0.0/24"'
    assert lines[resource.location.line - 1].strip() == '"id": "subnet-1",'
    assert (resource.id, resource.type, resource.source) == ("subnet-1", "AWS::EC2::Subnet", "account")
    assert resource.get("AvailabilityZone").value is ABSENT


values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcXYZ", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("PQRS", min_size=1), values, max_size=4))
def test_properties_are_read_as_they_are(properties: dict[str, Any]) -> None:
    resource = read(one("Custom::Thing", "thing", properties)).resource("Custom::Thing/thing", World())
    assert {name: plain(fact) for name, fact in resource.properties.items()} == properties


def test_null_is_nothing() -> None:
    resource = read(one("Custom::Thing", "thing", {"A": None, "B": {"C": None}})).resource(
        "Custom::Thing/thing", World()
    )
    assert resource.get("A").value is ABSENT
    assert resource.get("B.C").value is ABSENT


@pytest.mark.parametrize(
    ("type", "id", "name", "property"),
    [
        ("AWS::ECS::Cluster", "shop", "shop", "ClusterName"),
        ("AWS::ECS::Service", f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/web", "web", "ServiceName"),
        ("AWS::ECS::TaskDefinition", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:7", "web", "Family"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", BALANCER, "shop", "Name"),
        ("AWS::SNS::Topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms", "alarms", "TopicName"),
        (
            "AWS::StepFunctions::StateMachine",
            f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:nightly",
            "nightly",
            "StateMachineName",
        ),
        ("AWS::SSM::Parameter", "/web/group", "/web/group", "Name"),
    ],
)
def test_the_name_is_filled_in(type: str, id: str, name: str, property: str) -> None:
    account = read(one(type, id))
    key, _ = account.types  # and the region itself
    resource = account.resource(key, World())
    assert resource.get(property).value == name
    assert resource.id == name
    assert resource.address == f"{HOME}#{key}"
    stated = read(one(type, id, {property: "stated"})).resource(key, World())
    assert stated.get(property).value == "stated"


def test_an_id_of_ec2_is_no_name() -> None:
    resource = read(one("AWS::EC2::LaunchTemplate", "lt-1", {"LaunchTemplateData": {}})).resource("lt-1", World())
    assert resource.get("LaunchTemplateName").value is ABSENT


def test_what_a_snapshot_leaves_out_is_not_nothing() -> None:
    group = read(one("AWS::EC2::SecurityGroup", "sg-1", {"SecurityGroupIngress": []})).resource("sg-1", World())
    assert plain(group.get("SecurityGroupIngress")) == []
    egress = group.get("SecurityGroupEgress").value
    assert isinstance(egress, Unknown)
    assert "does not state SecurityGroupEgress of sg-1" in egress.reason


def test_a_property_whose_call_failed_is_not_known() -> None:
    api = "elasticloadbalancing:DescribeLoadBalancerAttributes"
    account = read(snapshot(unreadable={api: "Throttling"}))
    value = account.resource(BALANCER, World()).get("LoadBalancerAttributes").value
    assert isinstance(value, Unknown)
    assert value.reason == (
        f"LoadBalancerAttributes of shop is not known: {api} failed in account {ACCOUNT}, region {REGION} (Throttling)"
    )
    assert api in value.supply
    assert isinstance(value.location, Location)
    document = snapshot()
    document["accounts"][0]["unreadable"] = [{"api": api, "error": "Throttling"}]
    partly = read(document).resource(BALANCER, World())  # one of many calls failed, not this one
    assert plain(partly.get("LoadBalancerAttributes")) == []


def test_identities_leave_an_account_only_by_calls_that_failed() -> None:
    assert read(snapshot()).exits("vpc-0a", World()) == []
    (exit,) = read(snapshot(unreadable=["ec2:DescribeSubnets"])).exits("vpc-0a", World())
    assert "ec2:DescribeSubnets" in exit.says


def test_a_document_in_a_property_has_its_places() -> None:
    from scanner.sources.embedded import document

    definition = {"DefinitionString": '{"StartAt": "Run"}'}
    machine = read(one("AWS::StepFunctions::StateMachine", "arn:aws:states:r:1:stateMachine:m", definition))
    key, _ = machine.types
    found = document(machine.resource(key, World()).get("DefinitionString"))
    assert plain(found) == {"StartAt": "Run"}
    assert found.value["StartAt"].at[0].file == FILE


def test_an_account_travels_to_other_processes() -> None:
    account = read(snapshot())
    account.resource("vpc-0a", World())
    copied = pickle.loads(pickle.dumps(account))
    assert copied.types == account.types
    assert plain(copied.resource("vpc-0a", World()).get("CidrBlock")) == "10.0.0.0/16"


def test_secrets_are_blanked() -> None:
    containers = [{"Name": "web", "Environment": [{"Name": "TOKEN", "Value": "hush"}]}]
    document = one("AWS::ECS::TaskDefinition", "web:1", {"ContainerDefinitions": containers})
    ((line, column, _, end),) = read(document).secrets()
    assert text(document).split("\n")[line - 1][column - 1 : end - 1] == '"hush"'


# --- what is refused


def _at(*path: str | int) -> Callable[[Any], Any]:
    def find(document: Any) -> Any:
        for step in path:
            document = document[step]
        return document

    return find


ENTRY = _at("accounts", 0)
RESOURCE = _at("accounts", 0, "resources", 0)
MALFORMED: dict[str, tuple[Callable[[Any], object], str]] = {
    "another format": (lambda d: d.update(format="other/1"), "not a snapshot"),
    "a later version": (lambda d: d.update(format="clearway-snapshot/2"), "this program reads clearway-snapshot/1"),
    "no accounts": (lambda d: d.pop("accounts"), "needs 'accounts'"),
    "no time": (lambda d: d.update(taken_at="yesterday"), "taken_at is not a date and time"),
    "a time without zone": (lambda d: d.update(taken_at="2026-01-31T03:00:00"), "taken_at is not a date and time"),
    "something else": (lambda d: d.update(extra=1), "a snapshot has no 'extra'"),
    "accounts by id": (lambda d: d.update(accounts={}), "accounts is not a list"),
    "an account that is text": (lambda d: d.update(accounts=["a"]), "an account is not an object"),
    "an account's number": (lambda d: ENTRY(d).update(account=111122223333), "account is not twelve digits"),
    "a short account": (lambda d: ENTRY(d).update(account="1111"), "account is not twelve digits"),
    "no region": (lambda d: ENTRY(d).pop("region"), "an account needs 'region'"),
    "a strange region": (lambda d: ENTRY(d).update(region="EU West"), "region is not the name of a region"),
    "observed as a list": (lambda d: ENTRY(d).update(observed=[]), "observed is not an object"),
    "resources as an object": (lambda d: ENTRY(d).update(resources={}), "resources is not a list"),
    "no id": (lambda d: RESOURCE(d).pop("id"), "a resource needs 'id'"),
    "an empty id": (lambda d: RESOURCE(d).update(id=""), "id is not text"),
    "no type of CloudFormation": (lambda d: RESOURCE(d).update(type="vpc"), "type is not a type of CloudFormation"),
    "properties as a list": (lambda d: RESOURCE(d).update(properties=[]), "properties of AWS::EC2::VPC vpc-0a"),
    "attributes as text": (lambda d: RESOURCE(d).update(attributes="x"), "attributes of AWS::EC2::VPC vpc-0a"),
    "a misspelt key": (lambda d: RESOURCE(d).update(propertys={}), "a resource has no 'propertys'"),
    "tags as an object": (lambda d: RESOURCE(d).update(tags={}), "tags of AWS::EC2::VPC vpc-0a is not a list"),
    "a tag without value": (lambda d: RESOURCE(d).update(tags=[{"Key": "a"}]), "a tag needs 'Value'"),
    "an arn that is none": (lambda d: RESOURCE(d).update(arn=1), "arn is not text"),
    "unreadable as text": (lambda d: ENTRY(d).update(unreadable="all"), "unreadable is not a list"),
    "an api without service": (
        lambda d: ENTRY(d).update(unreadable=[{"api": "DescribeVpcs", "error": "x"}]),
        "api is not a service and an action",
    ),
    "a failure without error": (
        lambda d: ENTRY(d).update(unreadable=[{"api": "ec2:DescribeVpcs"}]),
        "an entry of unreadable needs 'error'",
    ),
}
DOUBLED: dict[str, Callable[[Any], object]] = {
    "a resource": lambda d: ENTRY(d)["resources"].append(copy.deepcopy(RESOURCE(d))),
    "an account and region": lambda d: d["accounts"].append(copy.deepcopy(ENTRY(d))),
}


@pytest.fixture(scope="module")
def schema(root: Path) -> jsonschema.Draft202012Validator:
    found = json.loads((root / "reports" / "snapshot.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.mark.parametrize("case", MALFORMED)
def test_reader_and_schema_refuse_the_same(case: str, schema: jsonschema.Draft202012Validator) -> None:
    document = snapshot()
    assert schema.is_valid(document)
    change, said = MALFORMED[case]
    change(document)
    with pytest.raises(SyntaxProblem) as caught:
        read_snapshot(text(document), FILE)
    assert said in caught.value.message
    assert caught.value.file == FILE
    assert not schema.is_valid(document)


@pytest.mark.parametrize("case", DOUBLED)
def test_what_is_there_twice_is_refused(case: str) -> None:
    document = snapshot()
    DOUBLED[case](document)
    with pytest.raises(SyntaxProblem, match="is there twice"):
        read_snapshot(text(document), FILE)


def test_the_place_of_what_is_wrong() -> None:
    document = snapshot()
    RESOURCE(document)["type"] = "vpc"
    with pytest.raises(SyntaxProblem) as caught:
        read_snapshot(text(document), FILE)
    assert text(document).split("\n")[caught.value.line - 1].strip() == '"type": "vpc",'


@pytest.mark.parametrize("written", ["", "[]", "{", "null", "1", '"clearway-snapshot/1"', '{"format": ["x"]}'])
def test_what_is_no_snapshot_at_all(written: str) -> None:
    with pytest.raises(SyntaxProblem):
        read_snapshot(written, FILE)


def test_one_wrong_snapshot_leaves_the_others() -> None:
    accounts, problems = read_all({"a.json": "{}", "b.json": text(snapshot())})
    assert [one.name for one in accounts.modules] == [HOME]
    assert [problem.file for problem in problems] == ["a.json"]


# --- joining


def test_ids_arns_and_names_are_references() -> None:
    known = graph(snapshot())
    subnet = known.resource(f"{HOME}#subnet-0a")
    assert subnet.get("VpcId").value == Reference(f"{HOME}#vpc-0a")
    assert subnet.get("VpcId").value.text == "vpc-0a"
    listener = known.resource(f"{HOME}#{LISTENER}")
    assert listener.get("LoadBalancerArn").value == Reference(f"{HOME}#{BALANCER}")
    (group,) = known.resource(f"{HOME}#{BALANCER}").get("SecurityGroups").value.items
    assert group.value == Reference(f"{HOME}#sg-0a1b")
    named = known.resource(f"{HOME}#vpc-0a").attributes["DefaultNetworkAcl"]
    assert named.value == Reference(f"{HOME}#acl-0a")


@pytest.mark.parametrize("written", ["shop", CLUSTER])
def test_a_name_is_a_reference_where_its_type_is_known(written: str) -> None:
    def service(known: dict[str, Any]) -> None:
        known["web"] = {"type": "AWS::ECS::Service", "properties": {"Cluster": written, "ServiceName": "shop"}}

    web = graph(snapshot(service)).resource(f"{HOME}#AWS::ECS::Service/web")
    assert web.get("Cluster").value == Reference(f"{HOME}#AWS::ECS::Cluster/shop")
    assert web.get("ServiceName").value == "shop"


def test_a_family_is_no_revision() -> None:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:7"

    def service(known: dict[str, Any]) -> None:
        known[arn] = {"type": "AWS::ECS::TaskDefinition", "properties": {}}
        for name in ("web", "web:7", "web:8", arn):
            known[f"of {name}"] = {"type": "AWS::ECS::Service", "properties": {"TaskDefinition": name}}

    found = graph(snapshot(service))
    named = {
        name: found.resource(f"{HOME}#AWS::ECS::Service/of {name}").get("TaskDefinition").value
        for name in ("web", "web:7", "web:8", arn)
    }
    task = Reference(f"{HOME}#{arn}")
    assert named == {"web": "web", "web:7": task, "web:8": "web:8", arn: task}


def test_an_account_names_its_own_before_others() -> None:
    known = graph(snapshot(), snapshot(account="444455556666"))
    for home in (HOME, f"444455556666/{REGION}"):
        assert known.resource(f"{home}#subnet-0a").get("VpcId").value == Reference(f"{home}#vpc-0a")


def test_roles_belong_to_no_region() -> None:
    def role(known: dict[str, Any]) -> None:
        known["web"] = {"type": "AWS::IAM::Role"}

    def task(known: dict[str, Any]) -> None:
        known["web"] = {"type": "AWS::ECS::TaskDefinition", "properties": {"TaskRoleArn": "web"}}

    documents = {"a.json": text(snapshot(task)), "b.json": text(snapshot(role, region="us-east-1"))}
    accounts, _ = read_all(documents)
    chosen = accounts.at(ACCOUNT, REGION)
    known = ResourceGraph(chosen.modules, context=Context(chosen))
    reference = Reference(f"{ACCOUNT}/us-east-1#AWS::IAM::Role/web")
    assert known.resource(f"{HOME}#AWS::ECS::TaskDefinition/web").get("TaskRoleArn").value == reference
    assert [one.id for one in known.of_type("AWS::EC2::VPC")] == ["vpc-0a"]


def test_choosing_an_account_or_region() -> None:
    texts = {
        "a.json": text(snapshot()),
        "b.json": text(snapshot(region="us-east-1")),
        "c.json": text(snapshot(account="444455556666")),
    }
    accounts, _ = read_all(texts)
    assert len(accounts.modules) == 3
    assert [one.name for one in accounts.at("", "us-east-1").modules] == [f"{ACCOUNT}/us-east-1"]
    assert [one.name for one in accounts.at("444455556666", "").modules] == [f"444455556666/{REGION}"]
    assert [one.name for one in accounts.at(ACCOUNT, REGION).modules] == [HOME]
    assert accounts.at("999900001111", "").modules == ()


def test_texts_by_the_types_that_are_asked_for() -> None:
    known = graph(snapshot())
    cluster = known.named_by(Fact("shop"), "AWS::ECS::Cluster")
    assert isinstance(cluster, Resource)
    assert cluster.type == "AWS::ECS::Cluster"
    assert known.named_by(Fact("shop")) is None
    assert known.named_by(Fact("vpc-0a"), "AWS::EC2::VPC") is known.resource(f"{HOME}#vpc-0a")
    assert known.named_by(Fact("vpc-0a"), "AWS::EC2::Subnet") is None


@pytest.mark.parametrize(
    ("api", "types", "hides"),
    [
        ("ec2:DescribeSubnets", ("AWS::EC2::Subnet",), True),
        ("ec2:DescribeSubnets", ("AWS::EC2::VPC",), False),
        ("ec2:DescribeSubnets", (), True),
        ("ec2:DescribeSomethingNew", ("AWS::EC2::VPC",), True),
        ("ec2:DescribeSomethingNew", ("AWS::ECS::Cluster",), False),
        ("health:DescribeEvents", ("AWS::ECS::Cluster",), False),
        ("ec2:DescribeLaunchTemplateVersions", ("AWS::EC2::LaunchTemplate",), True),
    ],
)
def test_what_a_failed_call_may_hide(api: str, types: tuple[str, ...], hides: bool) -> None:
    document = snapshot()
    document["accounts"][0]["unreadable"] = [{"api": api, "error": "AccessDenied"}]
    known = graph(document)
    found = known.open_world(known.resource(f"{HOME}#vpc-0a"), "something", *types)
    assert (found is not None) is hides
    if found is not None:
        assert f"{api} failed in account {ACCOUNT}, region {REGION} (AccessDenied)" in found.reason


def test_exports_in_two_regions() -> None:
    def export(value: str) -> Callable[[dict[str, Any]], None]:
        resource = {"type": "AWS::CloudFormation::Export", "attributes": {"Name": "vpc", "Value": value}}
        return lambda known: known.update({"vpc": resource})

    texts = {"a.json": text(snapshot(export("vpc-1"))), "b.json": text(snapshot(export("vpc-2"), region="us-east-1"))}
    accounts, _ = read_all(texts)
    value, reason = accounts.export("vpc")
    assert value is None
    assert HOME in reason
    assert "us-east-1" in reason
    chosen, _ = accounts.at("", "us-east-1").export("vpc")
    assert chosen is not None
    assert chosen.value == "vpc-2"


def test_no_accounts_name_nothing() -> None:
    assert Accounts(()).export("vpc") == (None, "")
    assert Accounts(()).parameter("vpc") == (None, "")


# --- the tables


def test_the_tables_agree_with_each_other_and_with_the_apis() -> None:
    assert set(NAMED_BY) <= {*APIS, "AWS::ECS::TaskSet"}
    assert {type for properties in NAMED_BY.values() for type in properties.values()} <= set(APIS)
    assert set(STATED) <= set(PROPERTY_APIS) | {"AWS::EC2::SecurityGroup", "AWS::ECS::Cluster"}
    calls = {api for apis in APIS.values() for api in apis}
    calls |= {api for properties in PROPERTY_APIS.values() for apis in properties.values() for api in apis}
    calls |= set(TAG_APIS.values())
    session = botocore.session.get_session()
    for service in {api.partition(":")[0] for api in calls}:
        operations = session.get_service_model(CLIENTS.get(service, service)).operation_names
        assert {api.partition(":")[2] for api in calls if api.startswith(f"{service}:")} <= set(operations)
