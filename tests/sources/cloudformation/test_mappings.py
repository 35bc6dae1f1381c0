from __future__ import annotations

import pytest

from scanner.model import Split, Unknown
from tests.sources.cloudformation.reading import answers, read, unknown, value, with_properties

HEAD = """
Parameters:
  Stage: {Type: String}
  Size: {Type: String, AllowedValues: [small, large]}
  Given: {Type: String, Default: prod}
Mappings:
  Ports:
    dev: {web: 8080, api: 9090, only: 1}
    test: {web: 8080, api: 9091}
    prod: {web: 8080, api: 9092, list: [a, b]}
  Sizes:
    small: {cpu: 256, memory: 512}
    large: {cpu: 1024, memory: 512}
    huge: {cpu: 4096, memory: 8192}
"""
KNOWN = {
    "both keys": ("!FindInMap [Ports, dev, api]", 9090),
    "long form": ("{'Fn::FindInMap': [Ports, {Ref: Given}, web]}", 8080),
    "a list": ("!FindInMap [Ports, prod, list]", ["a", "b"]),
    "every entry agrees": ("!FindInMap [Ports, !Ref Stage, web]", 8080),
    "the only entry": ("!FindInMap [Ports, !Ref Stage, only]", 1),
    "every entry that is allowed agrees": ("!FindInMap [Sizes, !Ref Size, memory]", 512),
    "a default": ("!FindInMap [Ports, nowhere, web, DefaultValue: 80]", 80),
    "a default that is not needed": ("!FindInMap [Ports, dev, web, {DefaultValue: 80}]", 8080),
    "a default for a mapping that is missing": ("!FindInMap [None, dev, web, {DefaultValue: 80}]", 80),
    "a default that agrees": ("!FindInMap [Ports, !Ref Stage, web, {DefaultValue: 8080}]", 8080),
    "functions as arguments": ("!FindInMap [!Sub Ports, !Sub '${Given}', !Join ['', [a, pi]]]", 9092),
}


@pytest.mark.parametrize("name", KNOWN)
def test_values_that_are_known(name: str) -> None:
    expression, expected = KNOWN[name]
    assert value(expression, HEAD) == expected


UNKNOWN = {
    "a key": ("!FindInMap [Ports, !Ref Stage, api]", "parameter Stage has no value"),
    "the second key": ("!FindInMap [Ports, dev, !Ref Stage]", "parameter Stage has no value"),
    "both keys": ("!FindInMap [Ports, !Ref Stage, !Ref Size]", "mapping Ports has no (unknown).(unknown)"),
    "the mapping": ("!FindInMap [!Ref Stage, dev, api]", "parameter Stage has no value"),
    "no such mapping": ("!FindInMap [None, dev, api]", "mapping None is not defined"),
    "no such key": ("!FindInMap [Ports, none, api]", "mapping Ports has no none.api"),
    "a default that does not agree": ("!FindInMap [Ports, !Ref Stage, web, {DefaultValue: 80}]", "parameter Stage"),
    "two arguments": ("!FindInMap [Ports, dev]", "Fn::FindInMap takes"),
    "no list": ("!FindInMap Ports", "Fn::FindInMap takes"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_values_that_are_not_known(name: str) -> None:
    expression, reason = UNKNOWN[name]
    assert reason in unknown(expression, HEAD).reason


def test_a_mapping_with_an_include_may_hold_more() -> None:
    head = "Mappings: {M: {Fn::Transform: {Name: AWS::Include}}, Fn::Transform: {Name: AWS::Include}}"
    for name in ("M", "N"):
        assert "completed by a macro" in unknown(f"!FindInMap [{name}, a, b]", head).reason


def test_the_same_look_up_is_the_same_value() -> None:
    found = read("P: !FindInMap [Ports, !Ref Stage, api]\nQ: !FindInMap [Ports, !Sub '${Stage}', api]", HEAD)
    other = read("P: !FindInMap [Ports, !Ref Stage, api]\nQ: !FindInMap [Ports, !Sub '${Stage}', api]", HEAD, path="Q")

    assert isinstance(found.value, Unknown)
    assert found.value == other.value


def test_a_key_is_split_into_the_keys_of_the_mapping() -> None:
    found = unknown("!FindInMap [Ports, !Ref Stage, api]", HEAD)

    assert found.split == Split(("parameter", "t.yaml", "Stage"), ("dev", "test", "prod"))


def test_a_key_is_split_into_what_is_allowed() -> None:
    found = unknown("!FindInMap [Sizes, !Ref Size, cpu]", HEAD)

    assert found.split == Split(("parameter", "t.yaml", "Size"), ("small", "large"))


def test_a_key_that_a_world_excludes_is_not_in_the_split() -> None:
    head = (
        HEAD
        + "Conditions: {IsDev: !Equals [!Ref Stage, dev], HasPort: !Equals [!FindInMap [Ports, !Ref Stage, api], 1]}"
    )
    source = with_properties("P: !If [IsDev, 1, !FindInMap [Ports, !Ref Stage, api]]", head)
    found = answers(source)

    assert found["Stage = dev (condition IsDev)"] == 1
    assert found["Stage is not dev (condition IsDev)"].split.options == ("test", "prod")


def test_a_condition_over_a_look_up_tries_every_key() -> None:
    head = HEAD + "Conditions: {Nine: !Equals [!FindInMap [Ports, !Ref Stage, api], 9090]}"
    source = with_properties("P: !If [Nine, !Ref Stage, other]", head)

    assert answers(source) == {
        "Stage = dev (condition Nine)": "dev",
        "Stage = test (condition Nine)": "other",
        "Stage = prod (condition Nine)": "other",
    }
