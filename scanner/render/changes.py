"""What changed since the last scan, in words and numbers (the document's ``history``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.render.document import SEVERITIES, Document, plural

STATUSES = ("new", "changed", "persisting", "fixed", "gone", "not_seen")
ALWAYS = ("new", "fixed", "persisting")
ORDER = ("new", "changed", "fixed", "gone", "persisting", "not_seen")
WORDS = {"not_seen": "not seen"}
MEANS = {
    "new": "not found before",
    "changed": "another verdict, or about other resources",
    "persisting": "found before, too",
    "fixed": "the subject passes now",
    "gone": "what it was about is no more",
    "not_seen": "could not be looked at, so not known to be fixed",
}

WIDTH, HEIGHT, GAP = 1000, 120, 0.3
"""Of the drawing of a trend, in its own units; the gap is a share of what a scan takes."""
FEWEST = 10
"""A trend of fewer scans leaves room to its right."""
PARTS = (*SEVERITIES, "not_seen")
"""Of a scan's column, from the bottom."""


def time_text(time: str) -> str:
    """``2026-01-30 03:00 UTC``, of the document's form."""
    return f"{time[:10]} {time[11:16]} UTC"


def word(status: str) -> str:
    """A status, for people."""
    return WORDS.get(status, status)


def count_words(counts: Mapping[str, int], always: Iterable[str] = ()) -> str:
    """``3 new, 1 fixed``: those that there are, and those that are always told."""
    shown = set(always)
    return ", ".join(f"{counts[name]:,} {word(name)}" for name in ORDER if counts[name] or name in shown)


def summary_of(history: Mapping[str, Any]) -> str:
    """What changed, in a line: ``3 new, 1 fixed, 12 persisting, 2 not seen since 2026-01-30 03:00 UTC``."""
    previous = history["previous"]
    if previous is None:
        return f"the first scan of {history['scope']} in this history: there is nothing to compare it with"
    undecided = count_words(history["counts"]["undecided"])
    since = f"since {time_text(previous['time'])}"
    text = f"{count_words(history['counts']['fail'], ALWAYS)} {since}"
    return f"{text}; undecided: {undecided}" if undecided else text


def changes_view(document: Document) -> dict[str, Any] | None:
    """What a page shows of the history; None without one."""
    history = document.get("history")
    if history is None:
        return None
    return {
        "scope": history["scope"],
        "previous": history["previous"] and time_text(history["previous"]["time"]),
        "another_version": _another_version(document),
        "counts": [
            {"status": name, "word": word(name), "means": MEANS[name], "fail": failed, "undecided": undecided}
            for name in ORDER
            for failed, undecided in [(history["counts"]["fail"][name], history["counts"]["undecided"][name])]
        ],
        "absent": [
            {"status": name, "word": word(name), "means": MEANS[name], "rows": rows}
            for name in ("fixed", "gone", "not_seen")
            if (rows := [_absent(one) for one in history["absent"] if one["status"] == name])
        ],
        "trend": _trend(history["trend"]),
    }


def _another_version(document: Document) -> str:
    """The version that made the scan before, if it was another: a rule may have changed, and not what it judges."""
    previous = document["history"]["previous"]
    version = str(previous["version"]) if previous else ""
    return version if version != document["tool"]["version"] else ""


def _absent(one: Mapping[str, Any]) -> dict[str, Any]:
    where = f"{one['file']}:{one['line']}"
    pill = one["severity"] if one["verdict"] == "fail" else one["verdict"]
    return {**one, "pill": pill, "where": where, "since": time_text(one["since"]), "seen": time_text(one["seen"])}


def _trend(scans: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Columns of failures, one for each scan; None where a single scan makes no trend."""
    if len(scans) < 2:
        return None
    rows = [{**scan["findings"], "not_seen": scan["not_seen"]} for scan in scans]
    most = max(1, *(sum(row.values()) for row in rows))
    step = WIDTH / max(len(scans), FEWEST)
    columns = []
    for number, (scan, row) in enumerate(zip(scans, rows, strict=True)):
        top = float(HEIGHT)
        parts = []
        for name in PARTS:
            height = row[name] / most * HEIGHT
            top -= height
            if height:
                parts.append({"name": name, "y": round(top, 1), "height": round(height, 1)})
        total = sum(scan["findings"].values())
        said = f"{time_text(scan['time'])}: {plural(total, 'finding')}"
        said += f", {scan['not_seen']:,} not seen" if scan["not_seen"] else ""
        columns.append(
            {
                "x": round(number * step + step * GAP / 2, 1),
                "width": round(step * (1 - GAP), 1),
                "parts": parts,
                "title": said,
                "time": time_text(scan["time"]),
                "findings": scan["findings"],
                "undecided": scan["undecided"],
                "not_seen": scan["not_seen"],
                "errors": scan["errors"],
            }
        )
    first, last = scans[0], scans[-1]
    before, now = sum(first["findings"].values()), sum(last["findings"].values())
    return {
        "title": f"Findings of the last {len(scans)} scans: {before:,} at {time_text(first['time'])}, "
        f"{now:,} at {time_text(last['time'])}, {most:,} at most",
        "columns": columns,
        "width": WIDTH,
        "height": HEIGHT,
    }
