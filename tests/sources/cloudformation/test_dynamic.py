from __future__ import annotations

import pytest

from scanner.model import Fact, Location
from scanner.sources.cloudformation.dynamic import resolved

PLACE = Location("account.json", 3, 1, 3, 9)


class Store:
    """SSM parameters by name, each with its version."""

    def __init__(self, **known: tuple[str, str]) -> None:
        self._known = {f"/{name}": value for name, value in known.items()}

    def parameter(self, name: str, version: str = "") -> tuple[Fact[str] | None, str]:
        value, own = self._known.get(name, (None, ""))
        if value is None or version not in ("", own):
            return None, f"no {name}:{version}"
        return Fact(value, (PLACE,), "stored"), ""

    def export(self, name: str) -> tuple[Fact[str] | None, str]:
        raise AssertionError

    def at(self, account: str, region: str) -> Store:
        return self


STORE = Store(a=("one", "1"), b=("two", "7"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{{resolve:ssm:/a}}", "one"),
        ("{{resolve:ssm:/a:1}}", "one"),
        ("x-{{resolve:ssm:/a}}-{{resolve:ssm:/b:7}}", "x-one-two"),
    ],
)
def test_values_take_the_place_of_references(written: str, expected: str) -> None:
    assert resolved(written, STORE) == Fact(expected, (PLACE,) * written.count("ssm"), "stored")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("{{resolve:ssm:/c}}", "no /c:"),
        ("{{resolve:ssm:/b:6}}", "no /b:6"),
        ("{{resolve:ssm:/a}}{{resolve:ssm:/c}}", "no /c:"),
        ("{{resolve:secretsmanager:db}}", ""),
        ("{{resolve:ssm-secure:/a:1}}", ""),
        ("{{resolve:ssm:/a}}{{resolve:secretsmanager:db}}", ""),
    ],
)
def test_what_is_not_known_stays_so(written: str, reason: str) -> None:
    assert resolved(written, STORE) == reason
