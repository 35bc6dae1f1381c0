"""What ``clearway history`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scanner.render.changes import ORDER, count_words, summary_of, time_text, word
from scanner.render.document import plural, visible

if TYPE_CHECKING:
    from scanner.history.changes import Change, Kept, Scan


HEADS = ("scan", "time", "findings", "undecided", "new", "fixed", "not seen", "errors", "scope")
LEFT = ("time", "scope")
"""The columns that are no numbers."""
PILL = 9
"""Columns of the word in front of a finding."""


def listed(scans: Sequence[Scan]) -> Iterator[str]:
    """A table of scans."""
    if not scans:
        yield "no scans"
        return
    rows = [
        (
            str(scan.id),
            time_text(scan.time),
            f"{sum(scan.summary['findings'].values()):,}",
            f"{scan.summary['undecided']:,}",
            *(f"{scan.changes['fail'][name]:,}" if scan.changes else "-" for name in ("new", "fixed", "not_seen")),
            f"{scan.failures:,}",
            visible(scan.scope),
        )
        for scan in scans
    ]
    widths = [max(len(row[column]) for row in (HEADS, *rows)) for column in range(len(HEADS))]
    for row in (HEADS, *rows):
        cells = [
            cell.ljust(width) if head in LEFT else cell.rjust(width)
            for head, cell, width in zip(HEADS, row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def shown(scan: Scan, kept: Sequence[Kept], failures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The findings that a scan left, and what it could not read."""
    yield visible(f"Scan {scan.id} of {scan.scope}, {time_text(scan.time)}, by version {scan.version}")
    yield ""
    for one in kept:
        yield from _finding(_pill(one), one)
    for failure in failures:
        place = f"{failure['file']}:{failure['line']}:{failure['column']}" if failure["line"] else failure["file"]
        yield visible(f"error: {place}: {failure['message']}")
    if kept or failures:
        yield ""
    total = plural(sum(scan.summary["findings"].values()), "finding")
    text = f"{total}, {scan.summary['undecided']:,} undecided, {scan.summary['passed']:,} passed"
    yield f"{text}; {count_words(scan.changes['fail'], ('new', 'fixed'))}" if scan.changes else text


def compared(history: Mapping[str, Any], changes: Sequence[Change], *, all: bool) -> Iterator[str]:
    """The findings of two scans by what became of them.

    What persists is only counted, and what was never proven to fail, unless ``all`` are asked for.
    """
    previous, version = history["previous"], history["version"]
    head = f"Scan {history['scan']} of {history['scope']}, {time_text(history['time'])}"
    yield visible(f"{head}, compared with scan {previous['scan']}, {time_text(previous['time'])}")
    if previous["version"] != version:
        yield visible(f"Version {previous['version']} made the earlier, {version} the later: rules may have changed.")
    yield ""
    for status in ORDER:
        if status == "persisting" and not all:
            continue
        chosen = [one for one in changes if one.status == status and (all or one.counts_as == "fail")]
        if not chosen:
            continue
        yield f"{word(status)}:"
        for change in chosen:
            differs = status == "changed" and change.was != change.state
            pill = f"{change.was} -> {change.state}" if differs else _pill(change.kept)
            yield from _finding(pill, change.kept)
        yield ""
    yield visible(summary_of(history))


def _pill(kept: Kept) -> str:
    """The severity of a failure, else what it is."""
    return kept.finding.severity if kept.finding.state == "fail" else kept.finding.state


def _finding(pill: str, kept: Kept) -> Iterator[str]:
    finding = kept.finding
    about = "" if finding.label in finding.message else f"{finding.label}: "
    yield visible(f"  {pill:<{PILL}}  {finding.rule} {finding.file}:{finding.line}: {about}{finding.message}")
    said = [f"since {time_text(kept.since)}"]
    said += [f"seen last {time_text(kept.seen)}"] if kept.seen else []
    said += [kept.reason] if kept.reason else []
    yield visible(f"{' ' * (PILL + 4)}{'; '.join(said)}")
