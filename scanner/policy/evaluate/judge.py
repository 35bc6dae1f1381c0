"""Judges a graph by a rule: every subject, in every world that matters, one result for each assertion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.analysis.ports import PortSet
from scanner.model import (
    Choice,
    Fork,
    Location,
    Resource,
    ResourceGraph,
    TooManyWorlds,
    Unknown,
    Verdict,
    explore,
)
from scanner.policy.evaluate.checks import judge
from scanner.policy.evaluate.messages import fill
from scanner.policy.evaluate.operands import Operand, Scope, shown
from scanner.policy.evaluate.outcome import Outcome
from scanner.policy.evaluate.rows import Row, join, rows
from scanner.policy.rule import Assertion, Rule
from scanner.topology.ecs.binding import DYNAMIC_PORTS, Binding
from scanner.topology.entity import Entity
from scanner.topology.schema import roots
from scanner.topology.way import Hop

MOST_OPTIONS = 16
"""An unknown with more possible values than this stays unknown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one assertion came to for one row in one world."""

    rule: Rule
    assertion: Assertion
    subject: Entity
    outcome: Outcome
    message: str
    remediation: str
    at: tuple[Location, ...]
    related: tuple[tuple[Location, str], ...] = ()
    way: tuple[Hop, ...] = ()
    world: str = ""
    touches: tuple[str, ...] = ()
    """Addresses of the related entities."""


@dataclass(slots=True)
class Judgement:
    """What a rule came to for one subject: the findings of each assertion over its rows and worlds."""

    rule: Rule
    subject: Entity
    verdict: Verdict = Verdict.PASS
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    worlds: int = 0


@dataclass(slots=True)
class RuleResult:
    """All subjects of a rule, and how many roots it did not apply to."""

    rule: Rule
    judgements: dict[tuple[str, str], Judgement] = field(default_factory=dict)
    not_applicable: int = 0


def judge_rule(rule: Rule, graph: ResourceGraph) -> RuleResult:
    """The judgements of a rule over every resource that its first variable can stand on."""
    result = RuleResult(rule)
    kind = rule.match[0].kind
    for root in list(roots(graph, kind)):
        worlds = _worlds(rule, graph, root.address)
        existed = any(exists for exists, _ in worlds)
        found = [finding for _, findings in worlds for finding in findings]
        if existed and not found:
            result.not_applicable += 1
        for finding in found:
            key = (finding.subject.kind, finding.subject.address)
            judgement = result.judgements.setdefault(key, Judgement(rule, finding.subject))
            judgement.verdict = min(judgement.verdict, finding.outcome.verdict)
            judgement.worlds = max(judgement.worlds, len(worlds))
            judgement.findings.setdefault(finding.assertion.name, []).append(finding)
    return result


def _worlds(rule: Rule, graph: ResourceGraph, address: str) -> list[tuple[bool, list[Finding]]]:
    """Whether the root exists, and the findings on it, in each world."""

    def question(refine: bool, view: ResourceGraph) -> tuple[bool, list[Finding]]:
        root = view.resource(address)
        findings = list(_findings(rule, view, root))
        if refine:
            _split(findings)
        return root.exists(), findings

    for refine in (True, False):
        try:
            return [answer for _, answer in explore(graph, lambda view, refine=refine: question(refine, view))]  # type: ignore[misc]
        except TooManyWorlds:
            continue
    root = graph.resource(address)
    reason = Unknown(("worlds", address), f"{root.id} hangs on more combinations of conditions than are tried", root.location)
    outcome = Outcome(Verdict.UNDECIDED, unknown=(reason,), at=(root.location,))
    subject = _bare(graph, root)
    message = _undecided(rule, subject.label, outcome)
    return [(True, [Finding(rule, rule.assertions[0], subject, outcome, message, "", outcome.at)])]


def _bare(graph: ResourceGraph, root: Resource) -> Entity:
    return type("_Root", (Entity,), {"kind": "resource"})(graph, root)


def _split(findings: list[Finding]) -> None:
    """Goes on once for every value of an unknown of few values, if that is what a verdict hangs on."""
    for finding in findings:
        if finding.outcome.verdict is not Verdict.UNDECIDED:
            continue
        for unknown in finding.outcome.unknown:
            split = unknown.split
            if split is not None and 0 < len(split.options) <= MOST_OPTIONS:
                name = split.symbol[-1] if isinstance(split.symbol, tuple) else split.symbol
                raise Fork(tuple(Choice(split.symbol, option, f"{name} = {option}") for option in split.options))


def _findings(rule: Rule, view: ResourceGraph, root: Resource) -> Iterator[Finding]:
    for row in rows(rule, view, root):
        subject = _entity(row.scope.variables.get(rule.subject)) or _entity(row.scope.variables[rule.match[0].variable])
        if subject is None:
            continue
        yield from _row_findings(rule, row, subject)


def _entity(operand: Operand | None) -> Entity | None:
    value = operand.values[0] if operand is not None and operand.values else None
    return value if isinstance(value, Entity) else None


def _row_findings(rule: Rule, row: Row, subject: Entity) -> Iterator[Finding]:
    passed: dict[str, bool] = {}
    for assertion in rule.assertions:
        if assertion.sources and subject.resource.source not in assertion.sources:
            continue
        if assertion.after and not passed.get(assertion.after, False):
            passed[assertion.name] = False
            continue
        passed[assertion.name] = True
        for inner in join(row, assertion.joins):
            finding = _judged(rule, assertion, inner, subject)
            if finding is not None:
                passed[assertion.name] &= finding.outcome.verdict is Verdict.PASS
                yield finding


def _judged(rule: Rule, assertion: Assertion, row: Row, subject: Entity) -> Finding | None:
    doubt = row.open
    if assertion.when is not None:
        applies = judge(assertion.when, row.scope)
        if applies.verdict is Verdict.FAIL:
            return Finding(rule, assertion, subject, Outcome(Verdict.PASS), "", "", subject.at, (), (), row.scope.graph.world.says)
        if applies.verdict is Verdict.UNDECIDED and doubt is None:
            doubt = applies.unknown[0] if applies.unknown else None
    outcome = judge(assertion.check, row.scope)
    if outcome.verdict is Verdict.FAIL and doubt is not None:
        outcome = Outcome(Verdict.UNDECIDED, outcome.missing, (doubt, *outcome.unknown), outcome.at, outcome.found)
    world = row.scope.graph.world.says
    if outcome.verdict is Verdict.PASS:
        return Finding(rule, assertion, subject, outcome, "", "", outcome.at or subject.at, (), (), world)
    message = fill(assertion.message, row.scope, outcome)
    if outcome.verdict is Verdict.UNDECIDED:
        message = _undecided(rule, subject.label, outcome)
    remediation = fill(assertion.remediation or rule.remediation, row.scope, outcome)
    return Finding(
        rule,
        assertion,
        subject,
        outcome,
        message,
        remediation,
        _places(assertion, row.scope, outcome, subject),
        tuple(_related(assertion, row.scope)),
        _way(rule, row.scope),
        world,
        tuple(_touched(assertion, row.scope)),
    )


def _undecided(rule: Rule, label: str, outcome: Outcome) -> str:
    reasons = "; ".join(dict.fromkeys(unknown.reason for unknown in outcome.unknown[:3])) or "a value is not known"
    return f"{label}: not decided whether {rule.title[:1].lower()}{rule.title[1:]}: {reasons}"


def _places(assertion: Assertion, scope: Scope, outcome: Outcome, subject: Entity) -> tuple[Location, ...]:
    """The place to change first: where ``at`` points, the deciding part of it if the check knows one."""
    if assertion.at is None:
        return outcome.at or subject.at
    stated = _locations(scope.operand(assertion.at))
    if not stated:
        return outcome.at or subject.at
    deciding = [place for place in outcome.at if place in stated]
    return tuple(dict.fromkeys((*deciding, *stated)))


def _locations(operand: Operand) -> tuple[Location, ...]:
    found = [place for value in operand.values for place in value.at[:1]]
    return tuple(dict.fromkeys((*operand.at, *found)))


def _related(assertion: Assertion, scope: Scope) -> Iterator[tuple[Location, str]]:
    for path in assertion.related:
        operand = scope.operand(path)
        for value in operand.values:
            for place in value.at[:1]:
                says = shown(Operand((value,)))
                yield place, f"{path.root} {says}" if isinstance(value, Entity) else f"{path.steps[-1].name}: {says}"


def _touched(assertion: Assertion, scope: Scope) -> Iterator[str]:
    for path in assertion.related:
        yield from (value.address for value in scope.operand(path).values if isinstance(value, Entity))


def _way(rule: Rule, scope: Scope) -> tuple[Hop, ...]:
    if rule.way is None:
        return ()
    subject = _entity(scope.operand(rule.way))
    if not isinstance(subject, Binding):
        return ()
    ports = scope.parameters.get("dynamic_ports", DYNAMIC_PORTS)
    return subject.way(ports if isinstance(ports, PortSet) else PortSet.parse(str(ports)))
