from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from scanner.model import Choice, Exit, Fact, Fork, Location, Reference, Resource, ResourceGraph, Unknown, World

HERE = Location("f", 1)
ROLE, GROUP = "AWS::IAM::Role", "AWS::EC2::SecurityGroup"


@dataclass
class Source:
    """A module whose conditional resources exist in the world where their condition holds."""

    name: str
    types: Mapping[str, str]
    mentions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    leaving: Mapping[str, Sequence[Exit]] = field(default_factory=dict)
    conditional: frozenset[str] = frozenset()
    impossible: tuple[str, object] = ("", None)
    read: list[tuple[str, str]] = field(default_factory=list)

    def resource(self, id: str, world: World) -> Resource:
        self.read.append((id, world.says))

        def exists() -> bool:
            if id not in self.conditional:
                return True
            if not world.has("C"):
                raise Fork((Choice("C", True, "C"), Choice("C", False, "not C")))
            return bool(world.value("C"))

        return Resource(f"{self.name}#{id}", id, self.types[id], {}, HERE, exists=exists)

    def exits(self, id: str, world: World) -> Sequence[Exit]:
        return self.leaving.get(id, ())

    def stays(self, id: str, world: World) -> bool:
        return not self.exits(id, world)

    def may_name(self, id: str, address: str) -> bool:
        return address in self.mentions.get(id, (address,))

    def references(self, id: str) -> Sequence[str]:
        return self.mentions.get(id, ())

    def possible(self, world: World) -> bool:
        symbol, value = self.impossible
        return not (world.has(symbol) and world.value(symbol) == value)


def ids(resources: object) -> list[str]:
    return [resource.address for resource in resources]  # type: ignore[attr-defined]


ONE = Source("one", {"R": ROLE, "G": GROUP, "S": ROLE}, conditional=frozenset({"S"}))
TWO = Source("two", {"R": ROLE})


def test_resources_are_found_by_address_and_read_once() -> None:
    source = Source("deep/one#N", {"R": ROLE})
    graph = ResourceGraph([source])

    assert graph.resource("deep/one#N#R") is graph.resource("deep/one#N#R")
    assert source.read == [("R", "")]
    for address in ("deep/one#N#X", "other#R", "R"):
        with pytest.raises(KeyError):
            graph.resource(address)


def test_resources_of_types() -> None:
    graph = ResourceGraph([ONE, TWO])

    assert ids(graph.declared(ROLE)) == ["one#R", "one#S", "two#R"]
    assert ids(graph.declared(GROUP, ROLE)) == ["one#G", "one#R", "one#S", "two#R"]
    assert ids(graph.declared("AWS::EC2::VPC")) == []
    assert graph.types() == {ROLE, GROUP}


def test_only_what_a_world_creates_is_of_a_type() -> None:
    graph = ResourceGraph([ONE, TWO])

    with pytest.raises(Fork) as caught:
        ids(graph.of_type(ROLE))
    holds, fails = (graph.narrowed(choice) for choice in caught.value.choices)
    assert ids(holds.of_type(ROLE)) == ["one#R", "one#S", "two#R"]
    assert ids(fails.of_type(ROLE)) == ["one#R", "two#R"]


def test_a_narrowed_graph_is_made_once() -> None:
    graph = ResourceGraph([ONE], closed=True)
    choice = Choice("C", True, "C")

    assert graph.narrowed(choice) is graph.narrowed(choice)
    assert graph.narrowed(choice).world == World().assume(choice)
    assert graph.narrowed(choice).closed


def test_a_world_is_possible_if_every_module_says_so() -> None:
    graph = ResourceGraph([ONE, Source("x", {}, impossible=("C", True))])

    assert graph.possible
    assert not graph.narrowed(Choice("C", True, "C")).possible
    assert graph.narrowed(Choice("C", False, "not C")).possible


@pytest.mark.parametrize(
    ("value", "types", "found"),
    [
        (Reference("one#R"), (), "one#R"),
        (Reference("one#R", "Arn"), (ROLE,), "one#R"),
        (Reference("one#R", "GroupId"), (ROLE,), None),
        (Reference("one#R"), (GROUP,), None),
        (Reference("one#X"), (), None),
        (Reference("three#R"), (), None),
        ("one#R", (), None),
        (Unknown("k", "r"), (), None),
    ],
)
def test_the_resource_that_a_value_names(value: object, types: tuple[str, ...], found: str | None) -> None:
    resource = ResourceGraph([ONE, TWO]).named_by(Fact(value), *types)
    assert (resource and resource.address) == found


def test_absence_is_open_where_the_identity_leaves() -> None:
    leaving = {"R": (Exit(HERE, "output A"), Exit(HERE, "output B"), Exit(HERE, "output A"))}
    source = Source("one", {"R": ROLE, "G": GROUP}, leaving=leaving)
    graph = ResourceGraph([source])
    unknown = graph.open_world(graph.resource("one#R"), "a policy")

    assert unknown is not None
    assert unknown.reason == "a policy may be defined elsewhere: R leaves the scan through output A, output B"
    assert unknown.location == HERE
    assert unknown != graph.open_world(graph.resource("one#R"), "a rule")
    assert graph.open_world(graph.resource("one#G"), "a rule") is None
    closed = ResourceGraph([source], closed=True)
    assert closed.open_world(closed.resource("one#R"), "a policy") is None


def test_dependencies_go_over_any_number_of_steps_and_circles() -> None:
    mentions = {"A": ("one#B",), "B": ("one#C", "one#A"), "C": ("elsewhere#D",)}
    graph = ResourceGraph([Source("one", dict.fromkeys("ABC", ROLE), mentions)])

    assert graph.dependencies(graph.resource("one#A")) == {"one#B", "one#C", "elsewhere#D"}
    assert graph.dependencies(graph.resource("one#C")) == {"elsewhere#D"}


def test_what_cannot_name_a_resource_is_left_out() -> None:
    graph = ResourceGraph([Source("a", {"R": "T", "S": "T", "U": "U"}, mentions={"R": ("a#U",), "S": ()})])
    assert ids(graph.declared("T")) == ["a#R", "a#S"]
    assert ids(graph.declared("T", naming=graph.resource("a#U"))) == ["a#R"]


def test_context_is_not_judged() -> None:
    graph = ResourceGraph([ONE, TWO], judged=frozenset({"one"}))

    assert graph.judges(graph.resource("one#R"))
    assert not graph.judges(graph.resource("two#R"))
    narrowed = graph.narrowed(Choice("C", True, "C"))
    assert not narrowed.judges(narrowed.resource("two#R"))
    assert ResourceGraph([TWO]).judges(ResourceGraph([TWO]).resource("two#R"))


def test_what_is_remembered_is_computed_once_in_each_world() -> None:
    graph, calls = ResourceGraph([ONE]), []

    def compute() -> int:
        calls.append(1)
        return len(calls)

    assert [graph.memo("k", compute), graph.memo("k", compute), graph.memo("l", compute)] == [1, 1, 2]
    assert graph.narrowed(Choice("C", True, "C")).memo("k", compute) == 3
