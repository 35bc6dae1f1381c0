"""From judgements to the results of the result document, and the document itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.excerpts import Excerpts
from scanner.model import Location, Verdict
from scanner.policy.evaluate.judge import Finding, Judgement, RuleResult
from scanner.policy.rule import SEVERITIES, Rule
from scanner.syntax import SyntaxProblem
from scanner.version import __version__

FORMAT = "clearway-result/1"
HOME = "home"
"""Under this key a result carries the place of its subject until the document is made."""
STACKS = "stacks"
"""Under this key it carries, until then, in how many stacks of its part its subject is so."""
MOST_RELATED = 20
MOST_MESSAGES = 3

Counts = dict[str, dict[str, int]]
Locate = Callable[[Location, str], dict[str, Any]]
Identity = Callable[[str, bool], str]
"""An address as it is in every scan; False leaves out what changes with each deployment, such as a revision."""


@dataclass(slots=True)
class Judged:
    """What a document leaves out and a history needs, to tell a finding that is mended from one that is not seen."""

    passed: set[tuple[str, str, str]] = field(default_factory=set)
    """Rule, assertion and subject, for each subject that passes."""
    resources: set[str] = field(default_factory=set)
    """The addresses of all resources of what is judged."""
    unjudged: set[str] = field(default_factory=set)
    """The rules that failed somewhere, by a fault of this program."""

    def add(self, other: Judged) -> None:
        self.passed |= other.passed
        self.resources |= other.resources
        self.unjudged |= other.unjudged

    def take(self, result: RuleResult, identity: Identity = lambda address, revision: address) -> None:
        """Takes what passes a rule."""
        for judgement in result.judgements.values():
            subject = identity(judgement.subject.address, True)
            for assertion, findings in judgement.findings.items():
                if all(finding.outcome.verdict is Verdict.PASS for finding in findings):
                    self.passed.add((result.rule.id, assertion, subject))


@dataclass(slots=True)
class Part:
    """What the judging of some templates came to."""

    results: list[dict[str, Any]] = field(default_factory=list)
    counts: Counts = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    subjects: int = 0
    files: set[str] = field(default_factory=set)
    """The templates that were judged; one that several stacks nest is one file."""
    accounts: list[dict[str, str]] = field(default_factory=list)
    """The accounts and regions that were judged, and when each was read."""
    configurations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The texts of live resources that results have their places in, by path."""
    judged: Judged = field(default_factory=Judged)
    """Filled only where a history is kept."""

    def add(self, other: Part) -> None:
        self.results += other.results
        self.errors += other.errors
        self.subjects += other.subjects
        self.files |= other.files
        self.accounts += other.accounts
        self.configurations.update(other.configurations)
        self.judged.add(other.judged)
        for rule, counts in other.counts.items():
            own = self.counts.setdefault(rule, dict.fromkeys(counts, 0))
            for name, count in counts.items():
                own[name] += count


def located(excerpts: dict[str, Excerpts]) -> Locate:
    """Makes locations of any file of the scan."""

    def locate(place: Location, says: str = "") -> dict[str, Any]:
        return excerpts[place.file].location(place, says)

    return locate


def results_of(
    result: RuleResult,
    locate: Locate,
    *,
    passes: bool,
    snapshots: Collection[str] = (),
    identity: Identity = lambda address, revision: address,
) -> list[dict[str, Any]]:
    """One result for each subject and assertion that is not passed (or all, with ``passes``).

    A subject of a template that several stacks nest is one result. No two of a rule share a region: a later one
    moves to its next place. ``snapshots`` are files in which no result stands, though they are related to it.
    ``identity`` makes addresses what they are in every scan.
    """
    taken: set[tuple[object, ...]] = set()
    alike: dict[tuple[object, ...], tuple[Judgement, Verdict, list[Finding]]] = {}
    groups = [
        (min(finding.outcome.verdict for finding in findings), judgement, findings)
        for judgement in result.judgements.values()
        for findings in judgement.findings.values()
    ]
    for verdict, judgement, findings in sorted(groups, key=lambda group: group[0]):  # failures choose their place first
        if verdict is Verdict.PASS and not passes:
            continue
        chosen = [finding for finding in findings if finding.outcome.verdict is verdict]
        subject = judgement.subject
        within = subject.address.rpartition("#")[2]
        key = (chosen[0].assertion.name, verdict, subject.kind, subject.resource.location, within)
        alike.setdefault(key, (judgement, verdict, []))[2].extend(chosen)
    return [_result(*group, locate, taken, snapshots, identity) for group in alike.values()]


def counts_of(result: RuleResult) -> dict[str, int]:
    """How many subjects passed, failed, were undecided; and to how many resources the rule did not apply."""
    counts = {"pass": 0, "fail": 0, "undecided": 0, "not_applicable": result.not_applicable}
    for judgement in result.judgements.values():
        counts[judgement.verdict.word] += 1
    return counts


def _result(
    judgement: Judgement,
    verdict: Verdict,
    findings: list[Finding],
    locate: Locate,
    taken: set[tuple[object, ...]],
    snapshots: Collection[str],
    identity: Identity,
) -> dict[str, Any]:
    first = findings[0]
    places = list(dict.fromkeys(place for finding in findings for place in finding.at))
    related = list(dict.fromkeys(pair for finding in findings for pair in finding.related))
    own = [place for place in places if place.file not in snapshots]
    primary = _untaken(own, [place for place, _ in related if place.file not in snapshots], judgement, taken)
    others = [(place, "") for place in places if place != primary] if verdict is Verdict.FAIL else []
    first_says: dict[Location, str] = {}
    for place, says in (*related, *others):
        first_says.setdefault(place, says)
    first_says.pop(primary, None)
    every = {item.key: item for finding in findings for item in finding.outcome.unknown}.values()
    unknown = list({(item.reason, item.supply): item for item in every}.values())
    missing = list(dict.fromkeys(text for finding in findings for text in finding.outcome.missing))
    subject = first.subject
    way = next((finding.way for finding in findings if finding.way), ())
    return {
        "rule": judgement.rule.id,
        "assertion": first.assertion.name,
        "verdict": verdict.word,
        "severity": min((finding.assertion.severity for finding in findings), key=SEVERITIES.index),
        "message": _message(findings, verdict, judgement),
        "remediation": first.remediation,
        "subject": {
            "kind": subject.kind,
            "type": subject.resource.type,
            "id": subject.resource.id,
            "label": subject.label,
            "address": identity(subject.address, True),
        },
        "location": locate(primary, ""),
        HOME: locate(subject.at[0], ""),
        STACKS: len({finding.subject.identity for finding in findings}),
        "related": [locate(place, says) for place, says in list(first_says.items())[:MOST_RELATED]],
        "missing": missing if verdict is Verdict.FAIL else [],
        "unknown": [
            {
                "reason": item.reason,
                "supply": item.supply,
                "location": locate(item.location, "") if item.location is not None else None,
            }
            for item in unknown
        ]
        if verdict is Verdict.UNDECIDED
        else [],
        "worlds": _worlds(findings, judgement),
        "way": [
            {
                "hop": hop.name,
                "label": hop.label,
                "verdict": hop.verdict.word,
                "says": hop.says,
                "location": locate(hop.at[0], "") if hop.at else None,
            }
            for hop in way
        ],
        "evidence": [locate(place, "") for place in places[:MOST_RELATED]] if verdict is Verdict.PASS else [],
        "fingerprint": _fingerprint(first, findings, identity),
        "exemption": None,
    }


def _untaken(
    places: Iterable[Location], related: Iterable[Location], judgement: Judgement, taken: set[tuple[object, ...]]
) -> Location:
    """The first place that no other result of the rule has; the first one, cut short, if all are taken."""
    candidates = [*places, *judgement.subject.at, *related, judgement.subject.resource.location]
    for place in candidates:
        if (judgement.rule.id, place) not in taken:
            taken.add((judgement.rule.id, place))
            return place
    place = candidates[0]
    while (judgement.rule.id, place) in taken:  # it begins where it did, so that its column is that of a word
        place = shorter(place)
    taken.add((judgement.rule.id, place))
    return place


def shorter(place: Location) -> Location:
    """A region that begins at the same place and ends before; of one character, the next one."""
    if place.end_column > (place.column + 1 if place.end_line == place.line else 1):
        return place._replace(end_column=place.end_column - 1)
    return place._replace(column=place.column + 1, end_line=place.line, end_column=place.column + 2)


def _message(findings: list[Finding], verdict: Verdict, judgement: Judgement) -> str:
    if verdict is Verdict.PASS:
        return judgement.rule.title
    messages = list(dict.fromkeys(finding.message for finding in findings))
    text = "; ".join(messages[:MOST_MESSAGES])
    return text if len(messages) <= MOST_MESSAGES else f"{text}; and {len(messages) - MOST_MESSAGES} more"


def _worlds(findings: list[Finding], judgement: Judgement) -> list[str]:
    """The cases in which it is so; none if it is so in all."""
    worlds = list(dict.fromkeys(finding.world for finding in findings))
    return [] if "" in worlds or len(worlds) >= judgement.worlds else worlds


def _fingerprint(first: Finding, findings: list[Finding], identity: Identity) -> str:
    touched = sorted({identity(address, False) for finding in findings for address in finding.touches})
    return fingerprint(first.rule.id, first.assertion.name, identity(first.subject.address, True), touched)


def fingerprint(rule: str, assertion: str, address: str, touched: Iterable[str]) -> str:
    """What tells a result from all others, and is the same in every scan."""
    import hashlib

    return hashlib.sha256("\n".join((rule, assertion, address, *touched)).encode()).hexdigest()


def error_of(problem: SyntaxProblem) -> dict[str, Any]:
    """A problem as the result document has it."""
    return {"file": problem.file, "line": problem.line, "column": problem.column, "message": problem.message}


def fault_of(rule: Rule, file: str, fault: Exception) -> dict[str, Any]:
    """That a rule could not be judged, which is a fault of this program, as the result document has it."""
    said = f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
    message = (
        f"rule {rule.id} could not be judged, which is a fault of this program: {said} (CLEARWAY_DEBUG=1 shows where)"
    )
    return {"file": file, "line": 1, "column": 1, "message": message}


def document_of(
    whole: Part, inputs: Sequence[Mapping[str, Any]], rules: Sequence[Rule], notes: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The result document of a scan; its schema is reports/result.schema.json."""
    results = sorted(_once(whole.results), key=order)
    failed = [result for result in results if result["verdict"] == "fail"]
    empty = {"pass": 0, "fail": 0, "undecided": 0, "not_applicable": 0}
    counts = {rule.id: whole.counts.get(rule.id, empty) for rule in rules}
    return {
        "format": FORMAT,
        "tool": {"name": "clearway", "version": __version__},
        "inputs": list(inputs),
        "rules": [_rule(rule) for rule in rules],
        "results": results,
        "summary": {
            "files": len(inputs) + len(notes),
            "templates": len(whole.files),
            "subjects": whole.subjects,
            "rules": counts,
            "findings": {name: sum(result["severity"] == name for result in failed) for name in SEVERITIES},
            "undecided": sum(result["verdict"] == "undecided" for result in results),
            "passed": sum(count["pass"] for count in counts.values()),
        },
        "errors": _distinct(whole.errors),
        "notes": [{"file": file, "message": message} for file, message in notes],
        **_live(whole),
    }


def _live(whole: Part) -> dict[str, Any]:
    """What the document has of accounts, if any were judged."""
    if not whole.accounts:
        return {}
    texts = sorted(whole.configurations.items())
    return {"accounts": whole.accounts, "configurations": [{"file": path, **known} for path, known in texts]}


def order(result: Mapping[str, Any]) -> tuple[Any, ...]:
    """What the results of a document are sorted by."""
    place = result["location"]
    return place["file"], place["line"], place["column"], result["rule"], result["assertion"], result["fingerprint"]


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "severity": rule.severity,
        "applies": list(rule.applies),
        "rationale": rule.rationale,
        "remediation": rule.remediation,
        "source": [dict(source) for source in rule.source],
        "tags": list(rule.tags),
    }


def _distinct(errors: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Errors in the order of their places; a template that several stacks nest has each of its own once."""
    found = {(error["file"], error["line"], error["column"], error["message"]): error for error in errors}
    return [error for _, error in sorted(found.items(), key=lambda pair: pair[0])]


def _once(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results, those of one resource that several stacks nest made one, and no two of a rule in one region."""
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    stacks: dict[tuple[object, ...], int] = {}
    for result in results:
        home, within = result.get(HOME) or {}, result["subject"]["address"]
        whose = (*region_of(home), within.rpartition("#")[2]) if home else (within,)
        key = (result["rule"], result["assertion"], result["verdict"], *whose, *region_of(result["location"]))
        found.setdefault(key, result)
        stacks[key] = stacks.get(key, 0) + result.pop(STACKS, 1)
    taken: set[tuple[object, ...]] = set()
    for key, result in sorted(found.items(), key=lambda pair: pair[1]["verdict"] != "fail"):
        if stacks[key] > 1:
            result["message"] += f" (in {stacks[key]} stacks)"
        _move(result, result.pop(HOME, None), taken)
    return list(found.values())


def _move(result: dict[str, Any], home: dict[str, Any] | None, taken: set[tuple[object, ...]]) -> None:
    """Moves a result to its subject if another of its rule, of another stack, has its region already."""
    place = result["location"]
    if (result["rule"], *region_of(place)) in taken and home is not None:
        others = [other for other in result["related"] if region_of(other) != region_of(home)]
        result["related"] = [place, *others][:MOST_RELATED]
        place = home
        while (result["rule"], *region_of(place)) in taken:
            short = shorter(Location(*region_of(place)))
            place = {**place, **{name: getattr(short, name) for name in ("column", "end_line", "end_column")}}
        result["location"] = place
    taken.add((result["rule"], *region_of(place)))


def region_of(place: Mapping[str, Any]) -> tuple[str, int, int, int, int]:
    return place["file"], place["line"], place["column"], place["end_line"], place["end_column"]
