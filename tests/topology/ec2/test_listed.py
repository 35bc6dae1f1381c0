from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Items, Unknown
from scanner.topology.ec2.listed import subnets_of_group
from scanner.topology.ec2.zones import zones_of_group
from tests.topology.graphs import BRIDGE, graph

GROUP = "Instances.Properties.VPCZoneIdentifier"
A, B = {"Ref": "SubnetA"}, {"Ref": "SubnetB"}
PARAMETERS = {
    "Parameters.Listed": {"Type": "List<AWS::EC2::Subnet::Id>"},
    "Parameters.Single": {"Type": "AWS::EC2::Subnet::Id"},
}


def read(stated: Any) -> Any:
    of = graph(BRIDGE, {GROUP: stated, **PARAMETERS})
    return subnets_of_group(of.resource("t.yaml#Instances")).value


def joined(*values: Any) -> dict[str, Any]:
    return {"Fn::Join": [",", list(values)]}


@pytest.mark.parametrize(
    "stated", [[A, B], [joined(A, B)], joined(A, B), [joined(A), B], [{"Fn::Sub": "${SubnetA}, ${SubnetB}"}]]
)
def test_elements_are_cut_at_their_commas(stated: Any) -> None:
    found = read(stated)
    assert isinstance(found, Items)
    assert [item.value.address for item in found.items] == ["t.yaml#SubnetA", "t.yaml#SubnetB"]


def test_ids_that_are_written_out() -> None:
    assert [item.value for item in read(["subnet-1, subnet-2", "subnet-3"]).items] == [
        "subnet-1",
        "subnet-2",
        "subnet-3",
    ]


def test_a_list_that_is_not_known_is_that_list_also_as_text() -> None:
    key = ("parameter", "t.yaml", "Listed")
    assert read({"Ref": "Listed"}).key == key
    assert read([{"Fn::Join": [",", {"Ref": "Listed"}]}]).key == key


def test_an_element_that_is_not_known_is_one() -> None:
    [known, single] = read([joined(A, {"Ref": "Single"})]).items
    assert known.value.address == "t.yaml#SubnetA"
    assert isinstance(single.value, Unknown)
    assert single.value.key == ("parameter", "t.yaml", "Single")


def test_the_zones_are_those_of_each_subnet() -> None:
    of = graph(BRIDGE, {GROUP: [joined(A, B)]})
    apart = graph(BRIDGE, {GROUP: [A, B]})
    zones, same = (zones_of_group(one, one.resource("t.yaml#Instances")).value for one in (of, apart))
    assert [zone.value for zone in zones.items] == [zone.value for zone in same.items]
    assert len(zones.items) == 2
