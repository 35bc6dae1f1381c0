from __future__ import annotations

import pytest

from scanner.analysis.insights import Condition, is_query, read
from scanner.analysis.texts import Parts

CLUSTER = ("value", "cluster")
KEY, OTHER = ("ClusterName",), ("ServiceName",)


def test_a_query_with_every_clause() -> None:
    found = read(
        (
            'select Avg( CPUUtilization ) FROM SCHEMA("AWS/ECS", ClusterName,"ServiceName")\n'
            "  WHERE ClusterName = 'a-",
            CLUSTER,
            "' AND tag.env != 'it'",
            " GROUP BY ServiceName, ClusterName ORDER BY AVG() DESC LIMIT 5",
        )
    )
    assert found is not None
    assert (found.function, found.metric, found.namespace) == ("AVG", ("CPUUtilization",), ("AWS/ECS",))
    assert found.keys == {KEY, OTHER}
    assert found.where == (
        Condition(KEY, ("a-", CLUSTER), equal=True),
        Condition(("tag.env",), ("it",), equal=False),
    )
    assert (found.groups, found.limited) == ({KEY, OTHER}, False)


@pytest.mark.parametrize(
    ("text", "limited"),
    [
        (("SELECT MAX(m) FROM Own",), False),
        (("SELECT MAX(m) FROM Own GROUP BY a ORDER BY MAX() DESC LIMIT 1",), False),
        (("SELECT MAX(m) FROM Own GROUP BY a ORDER BY MAX() LIMIT 1",), True),
        (("SELECT MAX(m) FROM Own GROUP BY a LIMIT 10",), True),
    ],
)
def test_series_that_are_left_out(text: Parts, limited: bool) -> None:
    found = read(text)
    assert found is not None
    assert (found.keys, found.where, found.limited) == (None, (), limited)


def test_names_that_are_not_known() -> None:
    found = read(("SELECT MAX(", ("value", "m"), ') FROM SCHEMA("', ("value", "n"), '")'))
    assert found is not None
    assert (found.metric, found.namespace) == ((("value", "m"),), (("value", "n"),))
    assert found.keys == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        (),
        ("m1 + m2",),
        ("SELECT MEDIAN(m) FROM Own",),
        ("SELECT MAX(m)",),
        ("SELECT MAX(m) FROM Own WHERE a > 'b'",),
        ("SELECT MAX(m) FROM Own WHERE a = b",),
        ("SELECT MAX(m) FROM Own ", CLUSTER),
        (CLUSTER,),
    ],
)
def test_what_is_not_of_the_language_is_not_told(text: Parts) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ((), False),
        (("m1 + m2",), False),
        ((" select\nMAX(m) FROM Own",), True),
        (("SELECT ", CLUSTER), True),
        (("SEL", CLUSTER), None),
        (("", CLUSTER), None),
        ((CLUSTER, " + m2"), None),
        (("SELECTED(", CLUSTER, ")"), False),
        (("SEL",), False),
    ],
)
def test_whether_an_expression_is_a_query(text: Parts, expected: bool | None) -> None:
    assert is_query(text) is expected
