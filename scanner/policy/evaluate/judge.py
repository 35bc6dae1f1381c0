"""Judges a graph by a rule: every subject, in every world that matters, one result for each assertion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

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
    World,
    explore,
)
from scanner.policy.evaluate.agreement import Leaf, agreed
from scanner.policy.evaluate.checks import judge
from scanner.policy.evaluate.finding import Finding, Judgement
from scanner.policy.evaluate.messages import fill
from scanner.policy.evaluate.operands import Operand, Scope, shown
from scanner.policy.evaluate.outcome import Outcome, first_reason
from scanner.policy.evaluate.rows import Row, join, rows
from scanner.policy.evaluate.settle import settle, undecided
from scanner.policy.narrow import Narrow
from scanner.policy.rule import Assertion, Rule
from scanner.topology.ecs.binding import DYNAMIC_PORTS, Binding
from scanner.topology.entity import Entity
from scanner.topology.schema import RawResource, roots
from scanner.topology.way import Hop

__all__ = ["Finding", "Judge", "Judgement", "RuleResult", "judge_rule"]

MOST_OPTIONS = 16
"""An unknown with more possible values than this stays unknown."""


@dataclass(slots=True)
class RuleResult:
    """All subjects of a rule, and how many roots it did not apply to."""

    rule: Rule
    judgements: dict[tuple[str, str], Judgement] = field(default_factory=dict)
    not_applicable: int = 0


Judge = Callable[[Rule, ResourceGraph], RuleResult]
"""Judges a graph by a rule."""


def judge_rule(rule: Rule, graph: ResourceGraph, narrow: Narrow | None = None) -> RuleResult:
    """The judgements of a rule over every resource that its first variable can stand on; with ``narrow``, over what
    that leaves."""
    result = RuleResult(rule)
    kind = rule.match[0].kind
    for root in [root for root in roots(graph, kind) if graph.judges(root) and (narrow is None or narrow.has(root))]:
        leaves = _leaves(rule, graph, root.address, narrow)
        found = agreed(leaves)
        if not found and any(leaf.exists for leaf in leaves):
            result.not_applicable += 1
        for finding in found:
            key = (finding.subject.kind, finding.subject.identity)
            judgement = result.judgements.setdefault(key, Judgement(rule, finding.subject))
            judgement.verdict = min(judgement.verdict, finding.outcome.verdict)
            judgement.worlds = max(judgement.worlds, len({leaf.world.says for leaf in leaves}))
            judgement.findings.setdefault(finding.assertion.name, []).append(finding)
    for judgement in result.judgements.values():
        settle(judgement)
    return result


def _leaves(rule: Rule, graph: ResourceGraph, address: str, narrow: Narrow | None) -> list[Leaf]:
    """Whether the root exists, and the findings on it, in each world."""

    def question(refine: bool, view: ResourceGraph) -> Leaf:
        root = view.resource(address)
        findings = tuple(_findings(rule, view, root, narrow))
        if refine:
            _split(findings, view.world)
        return Leaf(view.world, root.exists(), findings)

    for refine in (True, False):
        try:
            return [leaf for _, leaf in explore(graph, partial(question, refine))]
        except TooManyWorlds:
            continue
    root = graph.resource(address)
    said = f"{root.id} hangs on more combinations of conditions than are tried"
    reason = Unknown(("worlds", address), said, root.location)
    outcome = Outcome(Verdict.UNDECIDED, unknown=(reason,), at=(root.location,))
    subject = RawResource(graph, root)
    message = undecided(rule, subject.label, outcome.unknown)
    return [Leaf(World(), True, (Finding(rule, rule.assertions[0], subject, outcome, message, "", outcome.at),))]


def _split(findings: Sequence[Finding], world: World) -> None:
    """Goes on once for every value of an unknown of few values, if that is what a verdict hangs on."""
    for finding in findings:
        if finding.outcome.verdict is not Verdict.UNDECIDED:
            continue
        for unknown in finding.outcome.unknown:
            split = unknown.split
            if split is not None and split.apart and not world.has(split.symbol) and len(split.options) <= MOST_OPTIONS:
                name = split.symbol[-1] if isinstance(split.symbol, tuple) else split.symbol
                reads = unknown if split.alternatives else None
                raise Fork(
                    tuple(Choice(split.symbol, value, f"{name} = {value}", reads=reads) for value in split.options)
                )


def _findings(rule: Rule, view: ResourceGraph, root: Resource, narrow: Narrow | None) -> Iterator[Finding]:
    for row in rows(rule, view, root):
        if narrow is not None and not narrow.takes(filter(None, map(_entity, row.scope.variables.values()))):
            continue
        subject = _entity(row.scope.variables.get(rule.subject)) or _entity(row.scope.variables[rule.match[0].variable])
        if subject is None:  # what a resource may have beside its known parts
            found = _row_findings(rule, row, RawResource(view, root))
            yield from (finding for finding in found if finding.outcome.verdict is Verdict.UNDECIDED)
            continue
        if not view.judges(subject.resource):  # context is not reported on
            subject = _entity(row.scope.variables[rule.match[0].variable]) or subject
        # Read now, in this world: once it is left, whatever is still open could not be asked for.
        _ = subject.identity, subject.address, subject.label, subject.at
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
            passed = Outcome(Verdict.PASS)
            return Finding(rule, assertion, subject, passed, "", "", subject.at, world=row.scope.graph.world.says)
        if applies.verdict is Verdict.UNDECIDED and doubt is None:
            doubt = first_reason(applies, f"whether {assertion.name} of {rule.id} applies is not known")
    outcome = judge(assertion.check, row.scope)
    if outcome.verdict is Verdict.FAIL and doubt is not None:
        outcome = Outcome(Verdict.UNDECIDED, outcome.missing, (doubt, *outcome.unknown), outcome.at, outcome.found)
    world = row.scope.graph.world.says
    if outcome.verdict is Verdict.PASS:
        return Finding(rule, assertion, subject, outcome, "", "", outcome.at or subject.at, world=world)
    message = fill(assertion.message, row.scope, outcome)
    if outcome.verdict is Verdict.UNDECIDED:
        message = undecided(rule, subject.label, outcome.unknown)
    remediation = ""
    if outcome.verdict is Verdict.FAIL:
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


def _places(assertion: Assertion, scope: Scope, outcome: Outcome, subject: Entity) -> tuple[Location, ...]:
    """The place to change first: where ``at`` points, the deciding part of it if the check knows one."""
    if assertion.at is None:
        return outcome.at or subject.at
    operand = scope.operand(assertion.at)
    stated = _locations(operand)
    if not stated:
        return outcome.at or subject.at
    inner = {place for value in operand.values if isinstance(value, Entity) for place in value.places}
    deciding = [place for place in outcome.at if place in stated or place in inner]
    return tuple(dict.fromkeys(deciding or stated))


def _locations(operand: Operand) -> tuple[Location, ...]:
    found = [place for value in operand.values for place in value.at[:1]]
    return tuple(dict.fromkeys((*operand.at, *found)))


def _related(assertion: Assertion, scope: Scope) -> Iterator[tuple[Location, str]]:
    for path in assertion.related:
        operand = scope.operand(path)
        for value in operand.values:
            for place in value.at[:1]:
                says = shown(Operand((value,)))
                name = path.steps[-1].name if path.steps else path.root
                yield place, f"{path.root} {says}" if isinstance(value, Entity) else f"{name}: {says}"


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
