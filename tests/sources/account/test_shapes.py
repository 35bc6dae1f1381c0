"""From the API's shape to CloudFormation's."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ShapeResolver

from scanner.sources.account import shapes
from scanner.sources.account.shapes import MISSING, at, build, pascal, resource, tags
from scanner.sources.snapshot.tables import APIS


def test_path() -> None:
    item = {"Placement": {"AvailabilityZone": "eu-west-1a"}, "Groups": [{"GroupId": "sg-1"}, {}], "None": None}
    assert at(item, "Placement.AvailabilityZone") == "eu-west-1a"
    assert at(item, "Groups[].GroupId") == ["sg-1"]
    assert at(item, "Groups[]") == [{"GroupId": "sg-1"}, {}]
    assert [at(item, path) for path in ("None", "Other", "Placement.Other.More", "Other[].GroupId")] == [MISSING] * 4


@pytest.mark.parametrize(
    ("spec", "made"),
    [
        ({"Name": True}, {"Name": "web"}),
        ({"Title": "Name"}, {"Title": "web"}),
        ({"Other": True}, {}),
        ({"Inner": {"Size": "Deep.Size", "Other": "Deep.Other"}}, {"Inner": {"Size": 0}}),
        ({"Inner": {"Other": "Deep.Other"}}, {}),
        ({"List": {"each": "Items", "as": {"Key": True}}}, {"List": [{"Key": "a"}, {}]}),
        ({"List": {"each": "Empty", "as": {"Key": True}}}, {"List": []}),
        ({"List": {"each": "Other", "as": {"Key": True}}}, {}),
    ],
)
def test_build(spec: dict[str, Any], made: dict[str, Any]) -> None:
    item = {"Name": "web", "Deep": {"Size": 0}, "Items": [{"Key": "a"}, {"Value": "b"}], "Empty": []}
    assert build(spec, item) == made


def test_nothing_is_kept_that_the_table_does_not_name() -> None:
    made = resource("AWS::EC2::VPC", {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": "111122223333"})
    assert made == {
        "type": "AWS::EC2::VPC",
        "id": "vpc-1",
        "properties": {"CidrBlock": "10.0.0.0/16"},
        "attributes": {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"},
    }


def test_item_without_id_is_refused() -> None:
    with pytest.raises(KeyError, match="AWS::EC2::VPC without VpcId"):
        resource("AWS::EC2::VPC", {})


def test_tags_in_one_form_and_order() -> None:
    listed = [{"key": "b", "value": "2"}, {"Key": "a", "Value": "1", "ResourceId": "x"}, {"Key": "c"}]
    assert tags(listed) == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}, {"Key": "c", "Value": ""}]
    assert tags(None) == tags([]) == []


def test_names_of_fields_are_changed_and_keys_of_maps_are_not() -> None:
    text = {"type": "string"}
    model = {
        "Task": {"type": "structure", "members": {"logOptions": {"shape": "Map"}, "ports": {"shape": "Ports"}}},
        "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        "Ports": {"type": "list", "member": {"shape": "Port"}},
        "Port": {"type": "structure", "members": {"hostPort": {"shape": "Text"}}},
        "Text": text,
    }
    shape = ShapeResolver(model).get_shape_by_name("Task")
    answer = {"logOptions": {"awslogs-group": "g"}, "ports": [{"hostPort": "1"}]}
    assert pascal(answer, shape) == {"LogOptions": {"awslogs-group": "g"}, "Ports": [{"HostPort": "1"}]}
    assert pascal(answer, None) is answer


def test_every_type_of_the_table_is_one_that_snapshots_know() -> None:
    assert set(shapes.shapes()) - {"LaunchTemplateData"} <= set(APIS)
