from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Fact, Items, Reference, Unknown
from scanner.topology.ec2.subnet import Subnet
from scanner.topology.lookup import (
    DEPLOYED,
    as_unknown,
    elements,
    entity,
    number,
    quantity,
    related,
    text,
    why_opaque,
    written,
)
from tests.topology.graphs import BRIDGE, graph

PARAMETER = Unknown(("parameter", "t.yaml", "Port"), "parameter Port has no value")


def test_elements_of_nested_lists_single_values_and_nothing() -> None:
    rest = Unknown("rest", "more")
    nested = Fact(Items((Fact("a"), Fact(Items((Fact("b"),), rest)))))
    assert [fact.value for fact in elements(nested)] == ["a", "b", rest]
    assert [fact.value for fact in elements(Fact("a"))] == ["a"]
    assert list(elements(Fact(ABSENT))) == []


@pytest.mark.parametrize(
    ("value", "as_number"),
    [
        (80, 80),
        ("80", 80),
        (" 80 ", 80),
        (80.0, 80),
        (80.5, None),
        (True, None),
        ("x", None),
        (ABSENT, None),
        (None, None),
    ],
)
def test_numbers(value: Any, as_number: int | None) -> None:
    assert number(Fact(value)) == as_number


@pytest.mark.parametrize(
    ("value", "known"),
    [
        (2, 2),
        (1.5, 1.5),
        ("1.5", 1.5),
        ("2", 2),
        ("nan", None),
        ("inf", None),
        ("x", None),
        (True, None),
        (ABSENT, None),
    ],
)
def test_numbers_with_a_fraction(value: Any, known: float | None) -> None:
    assert quantity(Fact(value)) == known


@pytest.mark.parametrize(
    ("value", "known"),
    [("a", "a"), (1, "1"), (ABSENT, None), (PARAMETER, None), (Reference("t#A"), None), (Items(), None), ({}, None)],
)
def test_texts(value: Any, known: str | None) -> None:
    assert text(Fact(value)) == known


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("web", "web"),
        (PARAMETER, "${Port}"),
        (Unknown(("pseudo", "AWS::StackName", "t.yaml"), "why"), "${AWS::StackName}"),
        (Unknown(("text", ("a-", ("value", ("parameter", "t.yaml", "Port")))), "why"), "a-${Port}"),
        (Unknown(("text", (("value", ("attribute", "t.yaml#A", "Ref")), "-b")), "why"), "${A}-b"),
        (Unknown(("import", "x"), "why"), "?"),
        (Reference("t.yaml#A", "Name"), "${A}"),
        (Reference("111122223333/eu-west-1#AWS::Logs::LogGroup//ecs/web", "Arn"), "/ecs/web"),
        (
            Reference("111122223333/eu-west-1#x", "Arn", "arn:aws:sns:eu-west-1:111122223333:x"),
            "arn:aws:sns:eu-west-1:111122223333:x",
        ),
        (ABSENT, "?"),
    ],
)
def test_values_as_labels_show_them(value: Any, shown: str) -> None:
    assert written(Fact(value)) == shown


def test_why_a_value_is_not_known() -> None:
    assert as_unknown(Fact(PARAMETER), "it") is PARAMETER
    assert as_unknown(Fact(ABSENT), "the port").reason == "the port is not set"
    assert as_unknown(Fact(Reference("t#A", "Port")), "it").reason == "it is known when A is deployed"
    assert "'x'" in as_unknown(Fact("x"), "it").reason


@pytest.mark.parametrize(
    ("value", "said"),
    [(Reference("t#A"), "subnet A is"), (Reference("t#A", "X"), "subnet A.X is"), ("subnet-1", "subnet subnet-1 is")],
)
def test_why_a_value_leads_nowhere(value: Any, said: str) -> None:
    assert why_opaque(graph(BRIDGE), Fact(value), "subnet").reason.startswith(said)


@pytest.mark.parametrize(
    ("type", "said", "supply"),
    [
        ("Custom::Listener", "listener Own.Arn is what a custom resource answers, which is known after", DEPLOYED),
        ("AWS::CloudFormation::CustomResource", "listener Own.Arn is what a custom resource answers", DEPLOYED),
        ("AWS::SSM::Parameter", "listener Own.Arn is not defined in the scan", ""),
    ],
)
def test_what_a_custom_resource_answers_is_known_after_deployment(type: str, said: str, supply: str) -> None:
    of = graph(BRIDGE, {"Own": {"Type": type, "Properties": {}}})
    found = why_opaque(of, Fact(Reference("t.yaml#Own", "Arn")), "listener")
    assert (found.reason[: len(said)], found.supply) == (said, supply)


def test_one_entity_for_each_resource_and_a_reason_for_what_is_elsewhere() -> None:
    of = graph(BRIDGE)
    both = Fact(
        Items((Fact(Reference("t.yaml#SubnetA")), Fact(Reference("t.yaml#SubnetA", "SubnetId")), Fact("subnet-1")))
    )
    found = related(of, both, Subnet, ("AWS::EC2::Subnet",), "subnet")
    assert found.items == (entity(Subnet, of, of.resource("t.yaml#SubnetA")),)
    assert found.rest is not None
    wrong_type = related(of, Fact(Reference("t.yaml#Vpc")), Subnet, ("AWS::EC2::Subnet",), "subnet")
    assert wrong_type.items == ()
    other_attribute = related(
        of, Fact(Reference("t.yaml#SubnetA", "CidrBlock")), Subnet, ("AWS::EC2::Subnet",), "subnet"
    )
    assert other_attribute.items == ()


def test_an_id_that_is_given_tells_nothing_without_the_account_that_has_it() -> None:
    open_ids = Unknown(
        ("parameter", "t.yaml", "SubnetIds"), "parameter SubnetIds has no value", None, "--set SubnetIds=..."
    )
    found = related(graph(BRIDGE), Fact(open_ids), Subnet, ("AWS::EC2::Subnet",), "subnet").rest
    assert found == open_ids
    assert found.supply == "--set SubnetIds=... and --context SNAPSHOT, which has it"
    elsewhere = Unknown("export", "comes from another stack", None, "--link STACK=FILE")
    assert why_opaque(graph(BRIDGE), Fact(elsewhere), "subnet").supply == "--link STACK=FILE"
