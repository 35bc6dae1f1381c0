"""One page for a browser that needs nothing else: no network, no scripts, no second file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.render.changes import STATUSES, changes_view, time_text
from scanner.render.document import (
    SEVERITIES,
    Document,
    Place,
    Result,
    scanned,
    span,
    standing,
    state,
    supplies,
    visible,
    with_names,
)

ROWS = 1000
"""How many results of one rule are listed."""
DETAILED = 200
"""How many results, the worst first, are shown with all they have; the others get one row."""
OPEN = 20
"""Up to so many failures are unfolded."""
LONGEST = 240
LEAD = 60
"""Source lines are cut to LONGEST characters, with LEAD of them before the region."""
HOP_LABEL = 20
STATES = ("fail", "undecided", "exempt", "pass")
MARKS = {"pass": "ok", "fail": "blocked", "undecided": "not known"}


def render(document: Document) -> str:
    """The page; whatever the document holds, it can neither act in the page nor load anything into it."""
    from markupsafe import Markup

    from scanner.render.template import fill, report_file

    style, script = report_file("style.css"), report_file("script.js")

    def shown(value: Any) -> Any:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    view = {
        "tool": document["tool"],
        "inputs": document["inputs"],
        "summary": document["summary"],
        "scanned": scanned(document),
        "of_files": not document.get("accounts"),  # accounts are not read from files, or many of them from one
        "bar": _bar(document["summary"]),
        "changes": changes_view(document),
        "changed": [word for word in STATUSES if any(_change(result) == word for result in document["results"])],
        "sections": _sections(document),
        "checks": _checks(document),
        "supplies": supplies(document["results"]),
        "errors": document["errors"],
        "notes": document["notes"],
        "states": [word for word in STATES if any(state(result) == word for result in document["results"])],
        "severities": SEVERITIES,
        "style": Markup(style),
        "script": Markup(script),
        "style_hash": _csp_hash(style),
        "script_hash": _csp_hash(script),
    }
    return fill("report.html.j2", view, escape=True, finalize=shown)


def _csp_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _bar(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The shares of failed, undecided and passed subjects of all rules, in thousandths from the left."""
    counts = {word: sum(row[word] for row in summary["rules"].values()) for word in ("fail", "undecided", "pass")}
    total = sum(counts.values())
    shares = []
    left = 0
    for word, count in counts.items():
        width = round(1000 * count / total) if total else 0
        shares.append({"state": word, "count": count, "left": left, "width": width})
        left += width
    return shares


def _badness(result: Result) -> tuple[int, int]:
    return STATES.index(state(result)), SEVERITIES.index(result["severity"])


def _sections(document: Document) -> list[dict[str, Any]]:
    """One section for each rule with results, the worst first."""
    by_rule: dict[str, list[Result]] = {}
    for result in document["results"]:
        by_rule.setdefault(result["rule"], []).append(result)
    rules = {rule["id"]: rule for rule in document["rules"]}
    for results in by_rule.values():
        results.sort(key=_badness)
    order = sorted(by_rule, key=lambda id: (_badness(by_rule[id][0]), -len(by_rule[id]), id))
    worst = sorted((result for results in by_rule.values() for result in results[:ROWS]), key=_badness)
    detailed = {id(result) for result in worst[:DETAILED]}
    failures = sum(1 for result in worst if state(result) == "fail")
    anchors: set[str] = set()
    sections = []
    for rule_id in order:
        results = by_rule[rule_id]
        rows = []
        for result in results[:ROWS]:
            row = _row(result, anchors)
            if id(result) in detailed:
                row["open"] = failures <= OPEN and row["state"] == "fail"
                row["detail"] = _detail(result)
            rows.append(row)
        sections.append(
            {
                "rule": _rule(rules.get(rule_id), rule_id),
                "counts": {
                    word: count for word in STATES if (count := sum(state(result) == word for result in results))
                },
                "rows": rows,
                "total": len(results),
                "short": sum(1 for row in rows if row["detail"] is None),
            }
        )
    return sections


def _rule(rule: Mapping[str, Any] | None, id: str) -> dict[str, Any]:
    if rule is None:
        return {"id": id, "name": "", "title": id, "severity": "", "rationale": "", "remediation": "", "source": []}
    return {**rule, "remediation": with_names(rule["remediation"], "\u2039%s\u203a")}


def _row(result: Result, anchors: set[str]) -> dict[str, Any]:
    """What every result shows. Its anchor is the beginning of its fingerprint, and unique."""
    anchor = "r-" + result["fingerprint"][:16]
    number = 1
    while anchor in anchors:
        number += 1
        anchor = f"r-{result['fingerprint'][:16]}-{number}"
    anchors.add(anchor)
    shown = state(result)
    return {
        "anchor": anchor,
        "state": shown,
        "severity": result["severity"],
        "change": _change(result),
        "pill": result["severity"] if shown == "fail" else shown,
        "message": result["message"],
        "label": result["subject"]["label"],
        "where": f"{result['location']['file']}:{result['location']['line']}",
        "detail": None,
    }


def _change(result: Result) -> str:
    """What became of it since the last scan; empty where that is not known."""
    return str(result["change"]["status"]) if "change" in result else ""


def _age(result: Result) -> str:
    """Since when it is known, and what it was; empty if that is not known or it is new."""
    change = result.get("change")
    if change is None or change["status"] == "new":
        return ""
    was = f"; the last scan had it as {change['was']}" if change["was"] not in (None, state(result)) else ""
    return f"found first at {time_text(change['since'])}{was}"


def _detail(result: Result) -> dict[str, Any]:
    return {
        "age": _age(result),
        "type": result["subject"]["type"],
        "live": standing(result),
        "excerpt": _excerpt(result["location"]),
        "says": result["location"]["says"],
        "missing": result["missing"],
        "worlds": result["worlds"],
        "unknown": result["unknown"],
        "remediation": result["remediation"],
        "exemption": result.get("exemption"),
        "way": _way(result["way"]),
        "related": [_related(place) for place in result["related"]],
        "evidence": [_related(place) for place in result["evidence"]],
    }


def _related(place: Place) -> dict[str, Any]:
    where = f"{place['file']}:{place['line']}"
    return {"where": where, "says": place["says"], "excerpt": _excerpt(place)}


def _excerpt(place: Place) -> list[dict[str, Any]]:
    """The lines around a region, each in three parts: before, in, and behind the region."""
    line, column, end_line, end_column = span(place)
    rows = []
    for row in place["excerpt"]:
        number, text = row["line"], row["text"]
        begin = end = len(text)
        if line <= number <= end_line:
            begin = column - 1 if number == line else len(text) - len(text.lstrip())
            end = end_column - 1 if number == end_line else len(text)
        parts = _shortened(text[:begin], text[begin:end], text[end:])
        before, marked, after = (part.replace("\t", "    ") for part in parts)
        rows.append({"number": number, "before": before, "marked": marked, "after": after})
    return rows


def _shortened(before: str, marked: str, after: str) -> tuple[str, str, str]:
    if len(before) + len(marked) + len(after) <= LONGEST:
        return before, marked, after
    if marked and len(before) > LEAD:
        before = "\u2026" + before[-LEAD:]
    before = before if len(before) <= LONGEST else before[:LONGEST] + "\u2026"
    room = max(LEAD, LONGEST - len(before))
    if len(marked) > room:
        return before, marked[:room] + "\u2026", ""
    room -= len(marked)
    return before, marked, after if len(after) <= room else after[:room] + "\u2026"


def _way(hops: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The hops with what their drawing needs; the line is open up to the first hop that is not passed."""
    if not hops:
        return None

    def drawn() -> Iterator[dict[str, Any]]:
        open = True
        for hop in hops:
            label = hop["label"]
            place = hop.get("location")
            yield {
                **hop,
                "mark": MARKS[hop["verdict"]],
                "short": label if len(label) <= HOP_LABEL else label[: HOP_LABEL - 1] + "\u2026",
                "reached": open,
                "where": f"{place['file']}:{place['line']}" if place else "",
            }
            open = open and hop["verdict"] == "pass"

    drawing = list(drawn())
    said = "; ".join(f"{hop['hop']} {hop['label']}: {hop['mark']}" for hop in drawing)
    return {"hops": drawing, "title": f"The way: {said}"}


def _checks(document: Document) -> list[dict[str, Any]]:
    rules = {rule["id"]: rule for rule in document["rules"]}
    listed = {result["rule"] for result in document["results"]}
    rows = []
    for id, counts in sorted(document["summary"]["rules"].items()):
        judged = counts["pass"] + counts["fail"] + counts["undecided"]
        rows.append(
            {
                "id": id,
                "title": rules[id]["title"] if id in rules else "",
                "severity": rules[id]["severity"] if id in rules else "",
                "counts": counts,
                "silent": not judged,
                "listed": id in listed,
            }
        )
    return rows
