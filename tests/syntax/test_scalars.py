from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.syntax.scalars import rule_value, template_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nUll", "nUll"),
        ("true", True),
        ("Yes", True),
        ("ON", True),
        ("off", False),
        ("No", False),
        ("y", "y"),
        ("n", "n"),
        ("0", 0),
        ("-0", 0),
        ("+80", 80),
        ("-1", -1),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("1.10", 1.1),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", "-.5"),
        ("1.5e+3", 1500.0),
        ("1.5e3", "1.5e3"),
        ("1e3", "1e3"),
        ("012345678901", "012345678901"),
        ("0777", "0777"),
        ("08", "08"),
        ("0o17", "0o17"),
        ("22:22", "22:22"),
        ("1:30:00", "1:30:00"),
        ("190:20:30.15", "190:20:30.15"),
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        (".inf", ".inf"),
        ("-.INF", "-.INF"),
        (".nan", ".nan"),
        ("1.0e+999", "1.0e+999"),
        ("0x_", "0x_"),
        ("0b_", "0b_"),
        ("-", "-"),
        ("+", "+"),
        (".", "."),
        ("...", "..."),
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("32768-65535", "32768-65535"),
        ("=", "="),
        ("<<", "<<"),
        ("1\n", "1\n"),
        ("\u0661", "\u0661"),
    ],
)
def test_templates_follow_yaml_1_1(text: str, value: object) -> None:
    found = template_value(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("true", True),
        ("FALSE", False),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("off", "off"),
        ("22:22", "22:22"),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", "0b101"),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        ("1.5E-1", 0.15),
        (".5", 0.5),
        ("0.0", 0.0),
        ("0777", "0777"),
        ("00e1", "00e1"),
        ("012345678901", "012345678901"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("2012-10-17", "2012-10-17"),
    ],
)
def test_rules_follow_yaml_1_2(text: str, value: object) -> None:
    found = rule_value(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("value_of", [template_value, rule_value])
def test_a_number_of_unreasonable_length_stays_text(value_of: object) -> None:
    text = "9" * 1_000_000

    assert callable(value_of)
    assert value_of(text) is text


@given(st.from_regex(r"[-+]?[0-9._xbeE+-]{1,8}", fullmatch=True))
def test_what_is_a_number_in_a_template_is_the_number_that_yaml_1_1_means(text: str) -> None:
    value = template_value(text)

    if isinstance(value, (int, float)):
        assert value == yaml.safe_load(text)
