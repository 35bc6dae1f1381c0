"""SARIF 2.1.0, as code scanning services read it.

What GitHub requires and refuses is in "SARIF support for code scanning" of its documentation: four region fields, a
line hash, rules with help, texts of at most 1,024 characters, at most 5,000 results that are kept, relative URIs,
related locations that the message links. GitLab drops results with a longer text and takes results of one rule and
region for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from scanner.render.document import (
    LEVELS,
    Document,
    Place,
    Result,
    missing_text,
    plural,
    span,
    state,
    visible,
    with_names,
)

TEXT_LIMIT = 1024
MARKDOWN_LIMIT = 8192
RESULT_LIMIT = 5000
RELATED_LIMIT = 50
TAG_LIMIT = 10
SECURITY = {"high": "8.0", "medium": "5.5", "low": "3.0"}
"""CVSS-like numbers that GitHub shows as High, Medium and Low."""
PROBLEM = {"high": "error", "medium": "warning", "low": "recommendation"}
KINDS = {"fail": "fail", "undecided": "open", "pass": "pass"}
WORST_FIRST = ("fail", "undecided", "pass")
MARKS = {"pass": "ok", "fail": "blocked", "undecided": "not known"}

_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
_BRACKETS = re.compile(r"[\[\]\\]")


def render(document: Document, *, profile: str = "code-scanning") -> str:
    """One run. The profile ``code-scanning`` has the failures that no exemption covers, the worst 5,000 of them.

    The profile ``full`` has every result: undecided ones (kind ``open``), passes, exempt failures (suppressed),
    and rules that found nothing to judge.
    """
    from scanner.render.template import fill

    full = profile == "full"
    chosen = [result for result in document["results"] if full or state(result) == "fail"]
    merged = _merged(chosen)
    notices = [_notice("error", error) for error in document["errors"]]
    notices += [_notice("note", note) for note in document["notes"]]
    if not full and len(merged) > RESULT_LIMIT:
        said = f"{plural(len(merged), 'result')} were found; this file holds the {RESULT_LIMIT:,} most severe of them"
        notices.insert(0, {"level": "warning", "text": said, "place": None})
        merged = sorted(merged, key=lambda group: list(LEVELS).index(group[0]["severity"]))[:RESULT_LIMIT]
    index = {rule["id"]: number for number, rule in enumerate(document["rules"])}
    results = [_result(group, index) for group in merged]
    if full:
        results += _silent(document, index)
    tool = document["tool"]
    title = tool["name"].capitalize()
    view = {
        "tool": {**tool, "title": title, "full_name": f"{title} {tool['version']}"},
        "rules": [_rule(rule) for rule in document["rules"]],
        "successful": not document["errors"],
        "notices": notices,
        "results": results,
        "artifacts": _artifacts(document, results),
    }
    return fill("results.sarif.j2", view, escape=False)


# Text


def cut(text: str, limit: int = TEXT_LIMIT) -> str:
    """At most so many characters, with an ellipsis if it was longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "\u2026"


def _plain(text: str, limit: int = TEXT_LIMIT) -> str:
    """A text for a ``message``, where brackets would make links."""
    return cut(_BRACKETS.sub(lambda match: "\\" + match[0], visible(" ".join(text.split()))), limit)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "\u2026")) else text + "."


def _message(results: Sequence[Result], related: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong, what to do, and links to the related places, as many as there is room for."""
    parts = [_sentence(_plain(result["message"], TEXT_LIMIT // 2)) for result in results]
    for result in results:
        missing = missing_text(result)
        if missing and not any(str(item) in result["message"] for item in result["missing"]):
            parts.append(_sentence(_plain(missing.capitalize(), 300)))
        parts += [f"Holds when {_plain(' or '.join(result['worlds']), 200)}."] if result["worlds"] else []
        parts += [_sentence(f"Not known: {_plain(unknown['reason'], 200)}") for unknown in result["unknown"]]
        parts += [_sentence(_plain(result["remediation"], TEXT_LIMIT // 2))] if result["remediation"] else []
    text = cut(" ".join(dict.fromkeys(parts)), TEXT_LIMIT - 200 if related else TEXT_LIMIT)
    links = [f"[{_plain(place['says'], 80)}]({number})" for number, place in enumerate(related, 1)]
    said = ""
    for number in range(len(links)):
        longer = f" See {', '.join(links[: number + 1])}."
        if len(text) + len(longer) > TEXT_LIMIT:
            break
        said = longer
    return text + said


# Places


def _uri(file: str) -> tuple[str, bool]:
    """The file as a URI reference, and whether it is relative."""
    path = visible(file.replace("\\", "/"))
    if _ABSOLUTE.match(path):
        return "file://" + quote(path if path.startswith("/") else "/" + path), False
    return quote(path.removeprefix("./")), True


def _place(place: Place) -> dict[str, Any]:
    line, column, end_line, end_column = span(place)
    region: dict[str, Any] = {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }
    rows = {row["line"]: row["text"] for row in place["excerpt"]}
    context = None
    if rows:
        if min(rows) <= line and end_line <= max(rows):  # SARIF wants all of the region in it, and more (SARIF1008)
            context = _with_snippet({"startLine": min(rows), "endLine": max(rows)}, "\n".join(rows.values()) + "\n")
        if all(number in rows for number in range(line, end_line + 1)):
            lines = [rows[number] for number in range(line, end_line + 1)]
            lines[-1] = lines[-1][: end_column - 1]
            lines[0] = lines[0][column - 1 :]
            region = _with_snippet(region, "\n".join(lines))
    uri, relative = _uri(place["file"])
    return {"uri": uri, "relative": relative, "region": region, "context": context}


def _with_snippet(region: dict[str, Any], text: str) -> dict[str, Any]:
    """The region with its text, unless that is so long that a reader would drop the result."""
    return {**region, "snippet": {"text": text}} if len(text) <= TEXT_LIMIT else region


def _notice(level: str, message: Mapping[str, Any]) -> dict[str, Any]:
    place = None
    if message["file"]:
        line, column = message.get("line") or 1, message.get("column") or 1
        region = {"line": line, "column": column, "end_line": line, "end_column": column}
        place = _place({"file": message["file"], "excerpt": (), **region})
    return {"level": level, "text": _plain(message["message"]), "place": place}


# Rules and results


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    remediation = with_names(rule["remediation"], "<%s>")
    sources = [", ".join(filter(None, (source["document"], source.get("section", "")))) for source in rule["source"]]
    text = "\n\n".join(filter(None, (rule["rationale"], remediation, *(f"Source: {source}" for source in sources))))
    marked = [
        f"# {rule['title']}",
        f"`{rule['id']}` `{rule['name']}`, severity {rule['severity']}",
        rule["rationale"],
        *(["## What to do", with_names(rule["remediation"], "*%s*")] if remediation else []),
        *(["## Source", "\n".join(f"- {source}" for source in sources)] if sources else []),
    ]
    return {
        "id": rule["id"],
        "name": rule["name"],
        "short": cut(rule["title"]),
        "full": cut(rule["rationale"] or rule["title"]),
        "help": cut(text or rule["title"]),
        "markdown": cut("\n\n".join(filter(None, marked)), MARKDOWN_LIMIT),
        "level": LEVELS[rule["severity"]],
        "tags": list(dict.fromkeys(["security", *rule["tags"]]))[:TAG_LIMIT],
        "security_severity": SECURITY[rule["severity"]],
        "problem": PROBLEM[rule["severity"]],
    }


def _merged(results: Iterable[Result]) -> list[list[Result]]:
    """The results in groups of one rule and region, the worst first, since services take them for one."""
    groups: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        groups.setdefault((result["rule"], result["location"]["file"], *span(result["location"])), []).append(result)
    for group in groups.values():
        group.sort(key=_badness)
    return list(groups.values())


def _badness(result: Result) -> tuple[bool, int, int]:
    return (
        bool(result.get("exemption")),
        WORST_FIRST.index(result["verdict"]),
        list(LEVELS).index(result["severity"]),
    )


def _result(group: Sequence[Result], index: Mapping[str, int]) -> dict[str, Any]:
    """One SARIF result for results of one rule and region; those that are less bad than the first are only counted."""
    worst = group[0]
    alike = [result for result in group if _badness(result)[:2] == _badness(worst)[:2]]
    related = []
    for result in alike:
        for place in result["related"]:
            says = _plain(place["says"] or place["file"], 200)
            entry = {"says": says, "link": place["says"] or place["file"], **_place(place)}
            if entry not in related:
                related.append(entry)
    related = related[:RELATED_LIMIT]
    failed = worst["verdict"] == "fail"
    subjects = {result["subject"]["address"]: result["subject"] for result in alike}
    missing = list(dict.fromkeys(item for result in alike for item in result["missing"]))
    properties: dict[str, Any] = {"assertion": worst["assertion"], "severity": worst["severity"]}
    properties |= {name: worst[name] for name in ("account", "region") if worst.get(name)}
    if missing:
        properties["missing"] = [visible(str(item)) for item in missing]
    if len(group) > 1:
        properties["merged"] = [
            {"assertion": one["assertion"], "verdict": one["verdict"], "fingerprint": one["fingerprint"]}
            for one in group
        ]
    place = _place(worst["location"])
    line_hash = worst["location"]["line_hash"] or worst["fingerprint"][:16] + ":1"
    return {
        "rule": worst["rule"],
        "index": index.get(worst["rule"], -1),
        "kind": KINDS[worst["verdict"]],
        "level": LEVELS[worst["severity"]] if failed else "none",
        "message": _message(alike, [{"says": place["link"]} for place in related]),
        "place": place,
        "logical": [
            {
                "name": visible(subject["label"]),
                "fullyQualifiedName": visible(subject.get("arn") or address),
                "kind": "resource",
            }
            for address, subject in subjects.items()
        ],
        "related": related,
        "steps": [step for result in alike[:1] for step in _steps(result)],
        "fingerprints": {"primaryLocationLineHash": line_hash, "clearway/v1": worst["fingerprint"]},
        "suppressions": _suppressions(worst),
        "properties": properties,
    }


def _artifacts(document: Document, results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The texts of the live resources in which results stand, or stood before a template was found: no file has
    them."""
    texts = {_uri(one["file"])[0]: one["text"] for one in document.get("configurations", ())}
    stand = set()
    for result in results if texts else ():
        places = [place for place in (result["place"], *result["related"][:1]) if place]
        stand |= {next((place["uri"] for place in places if place["uri"] in texts), "")}
    return [{"uri": uri, "text": text} for uri, text in texts.items() if uri in stand]


def _steps(result: Result) -> list[dict[str, Any]]:
    """The way, hop by hop, of the hops that stand in a file."""
    return [
        {
            "says": _plain(f"{hop['hop']}: {hop['label']}: {MARKS[hop['verdict']]}. {hop['says']}".rstrip()),
            "place": _place(hop["location"]),
            "importance": "important" if hop["verdict"] == "pass" else "essential",
        }
        for hop in result["way"]
        if hop.get("location")
    ]


def _suppressions(result: Result) -> list[dict[str, Any]]:
    exemption = result.get("exemption")
    if not exemption:
        return []
    said = [exemption["reason"], exemption.get("approver"), exemption.get("until") and f"until {exemption['until']}"]
    return [{"kind": "external", "status": "accepted", "justification": cut("; ".join(filter(None, said)))}]


def _silent(document: Document, index: Mapping[str, int]) -> list[dict[str, Any]]:
    """For each rule that judged nothing, a result that says so."""
    return [
        {
            "rule": id,
            "index": index[id],
            "kind": "notApplicable",
            "level": "none",
            "message": "The scan holds nothing that this rule judges.",
            "place": None,
            "logical": [],
            "related": [],
            "steps": [],
            "fingerprints": {},
            "suppressions": [],
            "properties": {},
        }
        for id, counts in sorted(document["summary"]["rules"].items())
        if id in index and not counts["pass"] + counts["fail"] + counts["undecided"]
    ]
