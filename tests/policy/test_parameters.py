from __future__ import annotations

from typing import Any

import pytest

from scanner.policy.parameters import convert, ports_fault, protocol_fault


@pytest.mark.parametrize(
    ("type", "value", "held"),
    [
        ("number", 3, 3),
        ("number", 1.5, 1.5),
        ("text", "a", "a"),
        ("boolean", False, False),
        ("list", ["a", 1], ("a", 1)),
        ("ports", 80, "80"),
        ("ports", "80, 443,8000-8100", "80, 443,8000-8100"),
        ("peers", "10.0.0.0/8", ("10.0.0.0/8",)),
        ("peers", ["10.0.0.0/8", "::/0"], ("10.0.0.0/8", "::/0")),
    ],
)
def test_values_that_fit(type: str, value: Any, held: Any) -> None:
    assert convert(type, value) == held


@pytest.mark.parametrize(
    ("type", "value", "message"),
    [
        ("number", True, "a number is wanted"),
        ("number", "3", "a number is wanted"),
        ("boolean", 1, "true or false is wanted"),
        ("text", 1, "text is wanted"),
        ("list", "a", "a list is wanted"),
        ("ports", "http", "is not a set of ports"),
        ("ports", 70000, "port 70000 is above 65535"),
        ("peers", "10.0.0.0/33", "is not an address block"),
        ("peers", [1.5], "is not an address block"),
    ],
)
def test_values_that_do_not_fit(type: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        convert(type, value)


def test_faults_of_literals() -> None:
    assert ports_fault("0-65535,7") == ""
    assert "backwards" in ports_fault("90-80")
    assert ports_fault("") != ""
    assert protocol_fault("tcp") == protocol_fault("-1") == protocol_fault("132") == ""
    assert "is not a protocol" in protocol_fault("256")
