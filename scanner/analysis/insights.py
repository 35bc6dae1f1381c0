"""What a CloudWatch Metrics Insights query asks for, as far as its text is known.

The language is that of the CloudWatch user guide, "Query components and syntax in CloudWatch Metrics Insights":
keywords in any case, names that matter by case, names between double and values between single quotation marks.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

from scanner.analysis.texts import Part, Parts

_SYMBOLS = 0xF0000
"""The first of the code points (a private-use plane) that stand for values that are not known."""
_NAME = r"(?:\"[^\"]+\"|[\w\U000F0000-\U000FFFFD]+)"
_KEY = rf"(?:\w+\.)?{_NAME}"
_VALUE = r"'[^']*'"
_KEYS = rf"{_KEY}(?:\s*,\s*{_KEY})*"
_QUERY = re.compile(
    rf"\s*SELECT\s+(?P<function>AVG|COUNT|MAX|MIN|SUM)\s*\(\s*(?P<metric>{_NAME})\s*\)"
    rf"\s*FROM\s+(?:SCHEMA\s*\(\s*(?P<schema>{_NAME})\s*(?:,\s*(?P<keys>{_KEYS})\s*)?\)|(?P<namespace>{_NAME}))"
    rf"(?:\s*WHERE\s+(?P<where>{_KEY}\s*!?=\s*{_VALUE}(?:\s+AND\s+{_KEY}\s*!?=\s*{_VALUE})*))?"
    rf"(?:\s*GROUP\s+BY\s+(?P<groups>{_KEYS}))?"
    r"(?:\s*ORDER\s+BY\s+(?P<order>\w+)\s*\(\s*\)(?:\s*(?P<falling>DESC|ASC))?)?"
    r"(?P<limit>\s*LIMIT\s+\d+)?\s*;?\s*",
    re.IGNORECASE,
)
_CONDITION = re.compile(rf"(?P<key>{_KEY})\s*(?P<operator>!?=)\s*'(?P<value>[^']*)'")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a WHERE clause; all of a query must hold."""

    key: Parts
    value: Parts
    equal: bool
    """False for ``!=``."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query. Names and values are texts that may be known in part only."""

    function: str
    """AVG, COUNT, MAX, MIN or SUM."""
    metric: Parts
    namespace: Parts
    keys: frozenset[Parts] | None
    """The dimensions that the metrics must have, these and no others; None where the query does not say."""
    where: tuple[Condition, ...]
    groups: frozenset[Parts]
    """The dimensions of which each value is a series of its own."""
    limited: bool
    """Whether series may be left out that are not the lowest ones."""


def is_query(text: Parts) -> bool | None:
    """Whether an expression is a query, and no metric math; None if its beginning is not known."""
    first = text[0] if text else ""
    if not isinstance(first, str):
        return None
    if re.match(r"\s*SELECT\s", first, re.IGNORECASE):
        return True
    return None if len(text) > 1 and "SELECT ".startswith(first.lstrip().upper()) else False


def read(text: Parts) -> Query | None:
    """The query that a text is; None if it cannot be told, because of what is not known or not of the language."""
    letters: dict[Hashable, str] = {}
    spelled = "".join(
        part if isinstance(part, str) else letters.setdefault(part, chr(_SYMBOLS + len(letters))) for part in text
    )
    found = _QUERY.fullmatch(spelled)
    if found is None:
        return None
    symbols: dict[str, Part] = {letter: part for part, letter in letters.items() if isinstance(part, tuple)}

    def parts(written: str) -> Parts:
        pieces = re.findall(r"[^\U000F0000-\U000FFFFD]+|.", written)
        return tuple(symbols.get(piece, piece) for piece in pieces)

    def keys(written: str | None) -> frozenset[Parts]:
        return frozenset(parts(key.replace('"', "")) for key in re.findall(_KEY, written or ""))

    def name(written: str) -> Parts:
        return parts(written.strip('"'))

    highest_first = found["order"] is not None and (found["falling"] or "").upper() == "DESC"
    return Query(
        found["function"].upper(),
        name(found["metric"]),
        name(found["schema"] or found["namespace"]),
        keys(found["keys"]) if found["schema"] else None,
        tuple(
            Condition(parts(one["key"].replace('"', "")), parts(one["value"]), one["operator"] == "=")
            for one in _CONDITION.finditer(found["where"] or "")
        ),
        keys(found["groups"]),
        found["limit"] is not None and not highest_first,
    )
