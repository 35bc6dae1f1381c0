from __future__ import annotations

from typing import Any

from scanner.model import ABSENT
from scanner.topology.ecs.service import Service
from scanner.topology.entity import Entity, Related, fact, many
from tests.topology.graphs import BRIDGE, find, graph


class Counted(Entity):
    kind = "test.counted"
    reads = 0

    @fact("number", by="number")
    def size(self, by: int = 1) -> Any:
        """Its size."""
        type(self).reads += 1
        return by

    @many("test.counted")
    def others(self) -> Any:
        """Others."""
        return Related()


def test_members_are_declared_where_they_are_written() -> None:
    size, others = Counted.members["size"], Counted.members["others"]
    assert (size.type, size.parameters, size.required, size.is_relation) == ("number", (("by", "number"),), (), False)
    assert (others.type, others.many, others.is_relation) == ("test.counted", True, True)
    assert "size" not in Entity.members


def test_a_fact_is_computed_once_for_each_argument() -> None:
    of = graph(BRIDGE)
    counted = Counted(of, of.resource("t.yaml#Vpc"))
    Counted.reads = 0
    assert [counted.size(), counted.size(), counted.size(by=2), counted.size(by=2)] == [1, 1, 2, 2]
    assert Counted.reads == 2


def test_entities_are_equal_by_kind_and_address() -> None:
    of = graph(BRIDGE)
    vpc, other = of.resource("t.yaml#Vpc"), of.resource("t.yaml#Service")
    assert Counted(of, vpc) == Counted(of, vpc)
    assert len({Counted(of, vpc), Counted(of, vpc), Counted(of, other)}) == 2
    assert Service(of, other) != Counted(of, other)


def test_properties_and_defaults_with_evidence() -> None:
    service = find(Service, graph(BRIDGE), "Service")
    assert service.property("DesiredCount", 1).value == 2
    default = service.property("PlatformVersion", "LATEST")
    assert (default.value, default.note) == ("LATEST", "default of PlatformVersion")
    assert default.at
    assert service.property("PlatformVersion").value is ABSENT
