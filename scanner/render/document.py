"""What all renderers ask of the result document (its schema is reports/result.schema.json)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]
Result = Mapping[str, Any]
Place = Mapping[str, Any]
"""A location of the document, with its excerpt."""

SEVERITIES = ("high", "medium", "low")
LEVELS = {"high": "error", "medium": "warning", "low": "note"}
"""The words that compilers and SARIF have for severities."""
MISSING_SHOWN = 12

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with control, bidirectional and invisible characters as escapes: it cannot act on what shows it."""
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def with_names(text: str, pattern: str) -> str:
    """A rule's text with its placeholders (``{hosts}``) written as ``pattern`` says, for example ``<%s>``."""
    return _PLACEHOLDER.sub(lambda match: pattern % match[1].replace("_", " "), text)


def state(result: Result) -> str:
    """The verdict, or ``exempt``."""
    return "exempt" if result.get("exemption") else str(result["verdict"])


def supplies(results: Iterable[Result]) -> list[tuple[str, int]]:
    """What to supply to decide more, with how many results wait for it, the most wanted first."""
    waiting: dict[str, int] = {}
    for result in results:
        if state(result) == "undecided":
            for supply in {unknown["supply"] for unknown in result["unknown"] if unknown["supply"]}:
                waiting[supply] = waiting.get(supply, 0) + 1
    return sorted(waiting.items(), key=lambda item: (-item[1], item[0]))


def missing_text(result: Result) -> str:
    """What is missing, in a line: ``missing tcp 61001-65535``; "" if nothing is."""
    missing = [str(item) for item in result["missing"]]
    if not missing:
        return ""
    more = f" and {len(missing) - MISSING_SHOWN} more" if len(missing) > MISSING_SHOWN else ""
    return "missing " + ", ".join(missing[:MISSING_SHOWN]) + more


def span(place: Place) -> tuple[int, int, int, int]:
    """The place's region, mended: it ends where it begins or behind, and on the last line that it touches."""
    line, column = max(1, place["line"]), max(1, place["column"])
    end_line, end_column = place["end_line"], place["end_column"]
    if (end_line, end_column) < (line, column):
        return line, column, line, column
    if end_column <= 1 and end_line > line:
        before = [row["text"] for row in place["excerpt"] if row["line"] == end_line - 1]
        if before:
            return line, column, end_line - 1, len(before[0]) + 1
    return line, column, end_line, max(1, end_column)


def scanned(document: Document) -> str:
    """What was judged, counted: ``2 templates``, ``3 regions of 2 accounts``, or both."""
    live = document.get("accounts", ())
    templates = document["summary"]["templates"]
    parts = [plural(templates, "template")] if templates or not live else []
    if live:
        owners = plural(len({one["account"] for one in live}), "account")
        parts.append(f"{plural(len(live), 'region')} of {owners}")
    return " and ".join(parts)


def standing(result: Result) -> str:
    """Where a live subject is: its ARN, account and region; "" for one of a template."""
    if not result.get("account"):
        return ""
    region = result["region"]
    place = f"account {result['account']}, {region if region == 'global' else f'region {region}'}"
    arn = result["subject"].get("arn")
    return f"{arn} in {place}" if arn else place


def plural(count: int, word: str, words: str = "") -> str:
    """``1 file``, ``2 files``."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"
