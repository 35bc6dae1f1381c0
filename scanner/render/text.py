"""The report for a terminal, in the manner of compilers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.render.changes import summary_of
from scanner.render.document import (
    LEVELS,
    SEVERITIES,
    Document,
    Place,
    Result,
    missing_text,
    plural,
    scanned,
    span,
    standing,
    state,
    supplies,
    visible,
)
from scanner.render.excerpt import Mark, frame
from scanner.render.terminal import Paint, display_width, padded, painter, wrap

WIDTH = 100
NARROWEST = 40
WAY_MARKS = {"pass": ("ok", "pass"), "fail": ("BLOCKED", "fail"), "undecided": ("??", "undecided")}
RELATED_LINES = 4
"""A related place of more lines is shown by its first line."""
WORLDS_SHOWN = 4
REASONS_SHOWN = 3
SUBJECTS_SHOWN = 10
"""Of the subjects that lack the same values."""


def render(document: Document, *, colour: bool = False, width: int | None = None) -> str:
    """Findings by file and subject, then what is undecided and why, errors, counts and a line that sums up.

    Plain ASCII but for what templates hold; ``colour`` adds ANSI colours; lines are wrapped at ``width`` columns.
    """
    return "\n".join(_Text(document, painter(colour), max(NARROWEST, width or WIDTH)).lines()) + "\n"


def failures(result: Result, rules: Sequence[Mapping[str, Any]], *, colour: bool, width: int) -> Iterator[str]:
    """The lines of one finding, with an empty one behind; ``rules`` are those of its document."""
    yield from _Text({"results": [], "rules": rules}, painter(colour), width).failure(result)
    yield ""


class _Text:
    def __init__(self, document: Document, paint: Paint, width: int) -> None:
        self.document = document
        self.paint = paint
        self.width = width
        self.names = {rule["id"]: rule["name"] for rule in document["rules"]}

    def lines(self) -> Iterator[str]:
        by_file: dict[str, dict[str, list[Result]]] = {}
        for result in self.document["results"]:
            by_subject = by_file.setdefault(result["location"]["file"], {})
            by_subject.setdefault(result["subject"]["address"], []).append(result)
        for by_subject in by_file.values():
            for results in by_subject.values():
                for result in results:
                    if state(result) == "fail":
                        yield from self.failure(result)
                        yield ""
        yield from self.undecided([result for result in self.document["results"] if state(result) == "undecided"])
        yield from self.listed("exempt", [result for result in self.document["results"] if state(result) == "exempt"])
        yield from self.listed("pass", [result for result in self.document["results"] if state(result) == "pass"])
        yield from self.messages("error", self.document["errors"])
        yield from self.messages("note", self.document["notes"])
        yield from self.supplies()
        yield from self.counts()
        yield from self.summary()

    # One finding

    def failure(self, result: Result) -> Iterator[str]:
        level = LEVELS[result["severity"]]
        name = self.names.get(result["rule"], result["assertion"])
        head = f"{level}[{result['rule']} {name}/{result['severity']}]"
        words = wrap(result["message"], self.width - 4, first=self.width - len(head) - 2)
        yield self.paint(level, head) + self.paint("strong", f": {words[0]}")
        yield from (self.paint("strong", f"    {line}") for line in words[1:])
        places = _marks(result)
        gutter = max((len(str(number)) for lines, _ in places.values() for number in lines), default=1)
        for number, (file, (lines, marks)) in enumerate(places.items()):
            first = marks[0]
            arrow = "-->" if number == 0 else ":::"
            where = f"{visible(file)}:{first.line}:{first.column}"
            about = f" in {visible(result['subject']['label'])}" if number == 0 else ""
            yield f"{' ' * gutter}{self.paint('gutter', arrow)} {where}{about}"
            if lines:
                yield self.bar(gutter)
                yield from frame(lines, marks, gutter=gutter, width=self.width, paint=self.paint, style=level)
                yield self.bar(gutter)
            for mark in marks:
                if mark.label and mark.line not in lines:
                    at = "" if mark.primary else f"line {mark.line}: "
                    yield from self.note(gutter, "here" if mark.primary else "see", at + mark.label)
        if standing(result):
            yield from self.note(gutter, "live", standing(result))
        if result["way"]:
            yield from self.way(result["way"], gutter)
        if result["worlds"]:
            yield from self.note(gutter, "when", _cases(result["worlds"]))
        for unknown in result["unknown"]:
            yield from self.note(gutter, "unknown", _unknown(unknown))
        if result["remediation"]:
            yield from self.note(gutter, "help", result["remediation"], style="help")

    def bar(self, gutter: int) -> str:
        return self.paint("gutter", " " * gutter + " |")

    def note(self, gutter: int, word: str, text: str, *, style: str = "strong") -> Iterator[str]:
        lead = f"{' ' * gutter} {self.paint('gutter', '=')} {self.paint(style, word)}: "
        indent = gutter + len(word) + 5
        for number, line in enumerate(wrap(text, self.width - indent)):
            yield (lead if number == 0 else " " * indent) + line

    def way(self, hops: Sequence[Mapping[str, Any]], gutter: int) -> Iterator[str]:
        yield f"{' ' * gutter} {self.paint('gutter', '=')} {self.paint('strong', 'way')}:"
        hop_width = max(display_width(visible(hop["hop"])) for hop in hops)
        label_width = min(max(display_width(visible(hop["label"])) for hop in hops), self.width // 3)
        aligned = self.width - gutter - hop_width - label_width - 17 >= NARROWEST // 2
        for hop in hops:
            mark, style = WAY_MARKS[hop["verdict"]]
            place = hop.get("location")
            at = f" ({place['file']}:{place['line']})" if place and hop["verdict"] != "pass" else ""
            lead = f"{' ' * gutter}     {self.paint(style, padded(mark, 7))} "
            indent = gutter + 13
            says = hop["says"] + at
            if aligned:
                label = visible(hop["label"])
                lead += f"{padded(visible(hop['hop']), hop_width)}  {padded(label, label_width)}  "
                indent += hop_width + label_width + 4
                if display_width(label) > label_width:  # such as the name of a listener, which has three parts
                    yield lead.rstrip()
                    lead = " " * indent
            else:
                says = f"{hop['hop']} {hop['label']}: {says}"
            words = wrap(says, self.width - indent)
            yield f"{lead}{words[0]}".rstrip()
            yield from (" " * indent + line for line in words[1:])

    # What could not be decided

    def undecided(self, results: Sequence[Result]) -> Iterator[str]:
        """What is undecided, by what it lacks, and then by subject."""
        by_reason: dict[tuple[str, ...], dict[tuple[str, str], list[str]]] = {}
        for result in results:
            reasons = tuple(_unknown(unknown) for unknown in result["unknown"]) or ("no reason is given",)
            place, cases = result["location"], f" (when {_cases(result['worlds'])})" if result["worlds"] else ""
            subject = (result["subject"]["label"], f"{place['file']}:{place['line']}")
            rules = by_reason.setdefault(reasons, {}).setdefault(subject, [])
            rules += [result["rule"] + cases] if result["rule"] + cases not in rules else []
        if by_reason:
            yield self.paint("undecided", "undecided") + self.paint("strong", ", for want of these values:")
        for reasons, subjects in by_reason.items():
            more = [f"and {plural(len(reasons) - REASONS_SHOWN, 'more value')}"] if len(reasons) > REASONS_SHOWN else []
            for reason in [*reasons[:REASONS_SHOWN], *more]:
                lines = wrap(reason, self.width - 4)
                yield f"  {self.paint('gutter', '=')} {lines[0]}"
                yield from (f"    {line}" for line in lines[1:])
            for (label, where), rules in list(subjects.items())[:SUBJECTS_SHOWN]:
                lines = wrap(f"{label} ({where}): {', '.join(rules)}", self.width - 8)
                yield f"      {lines[0]}"
                yield from (f"        {line}" for line in lines[1:])
            if len(subjects) > SUBJECTS_SHOWN:
                yield f"      and {plural(len(subjects) - SUBJECTS_SHOWN, 'more subject')}"
        if by_reason:
            yield ""

    def supplies(self) -> Iterator[str]:
        wanted = supplies(self.document["results"])
        if not wanted:
            return
        yield self.paint("strong", "To decide more, supply:")
        for supply, count in wanted:
            decides = self.paint("faint", f"({plural(count, 'result')})")
            yield f"  {visible(supply)}  {decides}"
        yield ""

    # Lists and counts

    def listed(self, word: str, results: Sequence[Result]) -> Iterator[str]:
        for result in results:
            place, exemption = result["location"], result.get("exemption")
            head = self.paint("pass" if word == "pass" else "faint", f"{word}[{result['rule']}]")
            says = result["message"]
            if exemption:
                by = f", {exemption['approver']}" if exemption.get("approver") else ""
                until = f", until {exemption['until']}" if exemption.get("until") else ""
                says = f"{says} (exempt: {exemption['reason']}{by}{until})"
            text = f"{place['file']}:{place['line']}: {result['subject']['label']}: {says}"
            lines = wrap(text, self.width - 4, first=self.width - len(word) - len(result["rule"]) - 3)
            yield f"{head} {lines[0]}"
            yield from (f"    {line}" for line in lines[1:])
        if results:
            yield ""

    def messages(self, word: str, messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        for message in messages:
            place = visible(message["file"])
            if message.get("line"):
                place += f":{message['line']}:{message['column']}"
            lines = wrap(message["message"], self.width - 4, first=max(20, self.width - len(word) - len(place) - 4))
            yield f"{self.paint(word, word)}: {place}: {lines[0]}"
            yield from (f"    {line}" for line in lines[1:])
        if messages:
            yield ""

    def counts(self) -> Iterator[str]:
        """The table of rules that judged something."""
        table = self.document["summary"]["rules"]
        judged = {id: row for id, row in sorted(table.items()) if row["pass"] + row["fail"] + row["undecided"]}
        if judged:
            width = max(4, *(len(id) for id in judged))
            titles = {rule["id"]: rule["title"] for rule in self.document["rules"]}
            yield self.paint("strong", f"{'rule':<{width}}  {'fail':>6}  {'undecided':>9}  {'pass':>6}")
            for id, row in judged.items():
                cells = (f"{row['fail']:>6}", f"{row['undecided']:>9}", f"{row['pass']:>6}")
                styled = [
                    self.paint(style if int(cell) else "faint", cell)
                    for style, cell in zip(("fail", "undecided", "pass"), cells, strict=True)
                ]
                title = wrap(titles.get(id, ""), 10_000)[0]
                room = self.width - width - 29
                title = title if display_width(title) <= room else title[: max(0, room - 3)] + "..."
                yield f"{id:<{width}}  {'  '.join(styled)}  {title}".rstrip()
        silent = len(table) - len(judged)
        if silent:
            yield self.paint("faint", f"{plural(silent, 'rule')} had nothing to judge")
        if table:
            yield ""

    def summary(self) -> Iterator[str]:
        summary = self.document["summary"]
        said = f"in {scanned(self.document)}, {plural(summary['subjects'], 'subject')}"
        fits = len(self.totals(painter(False))) + 1 + len(said) <= self.width
        yield self.totals(self.paint) + (" " if fits else "\n") + said
        if history := self.document.get("history"):
            yield from wrap(summary_of(history), self.width)

    def totals(self, paint: Paint) -> str:
        summary = self.document["summary"]
        counts = ((severity, summary["findings"][severity]) for severity in SEVERITIES)
        found = [paint(LEVELS[severity], f"{count:,} {severity}") for severity, count in counts if count]
        total = plural(sum(summary["findings"].values()), "finding")
        parts = [f"{total} ({', '.join(found)})" if found else paint("pass", "no findings")]
        parts += [f"{summary['undecided']:,} undecided", f"{summary['passed']:,} passed"]
        exempt = sum(1 for result in self.document["results"] if state(result) == "exempt")
        parts += [f"{exempt:,} exempt"] if exempt else []
        errors = len(self.document["errors"])
        parts += [paint("error", plural(errors, "error"))] if errors else []
        return ", ".join(parts)


def _cases(worlds: Sequence[str]) -> str:
    more = [f"{len(worlds) - WORLDS_SHOWN} more cases"] if len(worlds) > WORLDS_SHOWN else []
    return " or ".join([*worlds[:WORLDS_SHOWN], *more])


def _unknown(unknown: Mapping[str, Any]) -> str:
    return f"{unknown['reason']}; supply {unknown['supply']}" if unknown["supply"] else str(unknown["reason"])


def _marks(result: Result) -> dict[str, tuple[dict[int, str], list[Mark]]]:
    """By file, the primary's first: the lines to show and the regions to underline in them."""
    places: dict[str, tuple[dict[int, str], list[Mark]]] = {}
    primary: Place = result["location"]
    label = "; ".join(filter(None, (missing_text(result), primary["says"])))
    for number, place in enumerate((primary, *result["related"])):
        lines, marks = places.setdefault(place["file"], ({}, []))
        region = span(place)
        mark = Mark(*region, label if number == 0 else place["says"], number == 0)
        if any(mark == other for other in marks):
            continue
        marks.append(mark)
        last = region[2] if region[2] - region[0] < RELATED_LINES else region[0]
        for row in place["excerpt"]:
            if number == 0 or region[0] <= row["line"] <= last:
                lines.setdefault(row["line"], row["text"])
    return places
