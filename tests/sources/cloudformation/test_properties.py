from __future__ import annotations

import pytest

from scanner.model import ABSENT, Unknown, World
from scanner.sources.cloudformation.properties import Computed, Properties
from tests.sources.cloudformation.reading import template


def test_properties_are_read_when_they_are_asked_for_and_once() -> None:
    found = template("Resources: {R: {Type: T, Properties: {P: !Sub 'a', Q: [1]}}}").resource("R", World()).properties

    assert isinstance(found, Properties)
    assert list(found) == ["P", "Q"]
    assert len(found) == 2
    assert found["P"] is found["P"]
    assert found.get("X") is None
    assert found.get("X", ABSENT) is ABSENT
    assert "X" not in found
    with pytest.raises(KeyError):
        found["X"]


def test_properties_that_are_unknown_as_a_whole_have_every_key() -> None:
    source = template("Resources: {R: {Type: T, Properties: {Fn::Transform: {Name: Mine}}}}")
    found = source.resource("R", World()).properties

    assert isinstance(found, Computed)
    assert list(found) == []
    assert isinstance(found["P"].value, Unknown)
    assert found["P"].value == found["P"].value != found["Q"].value


def test_properties_that_a_function_gives_have_its_keys() -> None:
    text = "Conditions: {C: !Equals [a, a]}\nResources: {R: {Type: T, Properties: !If [C, {P: 1}, {Q: 2}]}}"
    found = template(text).resource("R", World()).properties

    assert (list(found), len(found), found["P"].value) == (["P"], 1, 1)
    with pytest.raises(KeyError):
        found["Q"]
