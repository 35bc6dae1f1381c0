from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Fact, Unknown
from scanner.topology.numbers import one_port, port_range, written_ports

A, B = Unknown(("parameter", "t", "A"), "A"), Unknown(("parameter", "t", "B"), "B")


@pytest.mark.parametrize(
    ("low", "high", "must", "may"),
    [
        (80, 90, "80-90", "80-90"),
        ("80", 80, "80", "80"),
        (90, 80, "no ports", "no ports"),
        (-1, -1, "no ports", "no ports"),
        (0, 65536, "no ports", "no ports"),
        (A, 90, "no ports", "0-90"),
        (80, A, "no ports", "80-65535"),
        (A, B, "no ports", "all ports"),
        (A, A, "no ports", "all ports"),
    ],
)
def test_ranges(low: Any, high: Any, must: str, may: str) -> None:
    found = port_range(Fact(low), Fact(high), "a port")
    assert (str(found.must), str(found.may)) == (must, may)
    assert len(found.unknown) == len({end for end in (low, high) if isinstance(end, Unknown)})


def test_one_port() -> None:
    assert str(one_port(Fact("80"), "it").must) == "80"
    assert not one_port(Fact(ABSENT), "it").may
    assert one_port(Fact(A), "it").unknown == (A,)
    assert one_port(Fact(70000), "it").unknown


def test_ports_as_text() -> None:
    assert str(written_ports(Fact("8000-8100"), "it").must) == "8000-8100"
    assert written_ports(Fact("8100-8000"), "it").unknown
    assert written_ports(Fact(A), "it").unknown == (A,)
