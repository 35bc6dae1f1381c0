"""The answer to a message, as a document (``reports/diagnosis.schema.json``)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from scanner.analysis.messages import catalogue, explaining
from scanner.diagnose.heard import Heard, nearest, summed_up
from scanner.diagnose.services import Finder, Found, NoSuchService, Wanted, narrowed
from scanner.live import LIVE
from scanner.model import ResourceGraph
from scanner.policy.evaluate.judge import RuleResult, judge_rule
from scanner.policy.narrow import Narrow
from scanner.policy.rule import SEVERITIES, Rule
from scanner.scan import TEMPLATE, Input, Options, scan
from scanner.syntax import SyntaxProblem
from scanner.version import __version__

FORMAT = "clearway-diagnosis/1"
PROBE = "probe"
"""The tag of rules that only ``clearway probe`` has something to judge for."""
FOUND, NOT_KNOWN, NOT_CHECKED = "found", "not_known", "not_checked"
RULED_OUT, NOT_APPLICABLE = "ruled_out", "not_applicable"
VERDICTS = (FOUND, NOT_KNOWN, NOT_CHECKED, RULED_OUT, NOT_APPLICABLE)
"""What becomes of a rule that can explain a message, in the order of answers."""
MEANING, QUIET, UNKNOWN = "meaning", "quiet", "unknown"
"""Of a whole answer: only what the message means; nothing was heard; no message is known."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be explained, and by what rules."""

    heard: tuple[Heard, ...]
    """The messages that are given; none: those that the services have had."""
    rules: tuple[Rule, ...]
    wanted: Wanted = field(default_factory=Wanted)
    spoken: str = ""
    """How the caller names the messages in a command: the words behind ``clearway diagnose``."""

    @property
    def is_known(self) -> bool:
        return any(one.is_known for one in self.heard)


def explain(ask: Ask) -> dict[str, Any]:
    """The answer without anything to judge: what the messages mean, and the rules that look for each cause."""
    answers = [
        _unasked(rule, codes, ask, live=False, judged=False) for rule, codes in _candidates(ask.rules, ask.heard)
    ]
    verdict = MEANING if ask.is_known else UNKNOWN
    return _document(verdict, ask.heard, (), answers, {}, [])


def diagnose(
    ask: Ask, inputs: Sequence[Input], options: Options, *, problems: Iterable[SyntaxProblem] = ()
) -> dict[str, Any]:
    """The answer for some templates and snapshots. Raises NoSuchService.

    ``options`` say how they are read; their rules are those of ``ask``. Each is judged in this process.
    """
    if ask.heard and not ask.is_known:
        return explain(ask)
    names = [ask.wanted.service] if ask.wanted.service else _services(ask.heard)
    finder = Finder(names, ask.wanted)
    options = replace(options, rules=ask.rules, all_verdicts=True, jobs=1)
    problems = tuple(problems)
    read = scan(inputs, replace(options, judge=partial(_look, finder)), problems=problems)
    if read["errors"] and not finder.services:
        return _document(MEANING if ask.heard else QUIET, ask.heard, (), [], read, [])
    try:
        chosen, notes = finder.chosen()
    except NoSuchService as none:
        none.errors = read["errors"]
        raise
    heard = ask.heard or summed_up(one for service in chosen for one in service.heard)
    ask = replace(ask, heard=heard)
    live = bool(read.get("accounts"))
    if not heard:
        if not live:
            notes.append("a template has no events: say what the message is")
        return _document(QUIET, (), chosen, [], read, notes)
    is_of_service = bool(names or ask.wanted.cluster)
    narrow = narrowed(chosen, heard, notes)
    narrow = replace(narrow, others=narrow.others and not is_of_service)
    chosen = tuple(one for one in chosen if one.address in narrow.services)
    candidates = _candidates(ask.rules, heard)
    rules = tuple(rule for rule, _ in candidates)
    judged = scan(inputs, replace(options, rules=rules, judge=partial(judge_rule, narrow=narrow)), problems=problems)
    by_rule = _results(judged, () if narrow.others else chosen)
    answers = [
        _answer(rule, codes, by_rule[rule.id], ask, live=live)
        if rule.id in by_rule
        else _unasked(rule, codes, ask, live=live, judged=True)
        for rule, codes in candidates
    ]
    return _document("", heard, chosen, answers, judged, notes, narrow)


def _look(finder: Finder, rule: Rule, graph: ResourceGraph) -> RuleResult:
    finder.look(graph)
    return RuleResult(rule)


def _services(heard: Iterable[Heard]) -> list[str]:
    return list(dict.fromkeys(name for one in heard if (name := one.reading.get("service"))))


def _faults(heard: Iterable[Heard]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for one in heard for code in one.reading.faults))


def _candidates(rules: Sequence[Rule], heard: Sequence[Heard]) -> list[tuple[Rule, list[str]]]:
    """The rules that can explain some messages, each with the faults that it explains."""
    codes = _faults(heard)
    known = {rule.id: rule for rule in rules}
    of_users = [rule.id for rule in rules if set(rule.explains) & set(codes)]
    ids = dict.fromkeys((*explaining(codes), *of_users))
    return [(known[id], [code for code in codes if code in known[id].explains]) for id in ids if id in known]


def _results(document: Mapping[str, Any], services: Sequence[Found]) -> dict[str, list[dict[str, Any]]]:
    """The results of each rule. That a call failed which lists services hides none that has been found."""
    found: dict[str, list[dict[str, Any]]] = {}
    regions = {service.region for service in services} - {""}
    for result in document["results"]:
        if not (regions and result["subject"]["id"] in regions and result["subject"]["kind"].startswith("ecs.")):
            found.setdefault(result["rule"], []).append(result)
    return found


def _answer(rule: Rule, codes: list[str], results: list[dict[str, Any]], ask: Ask, *, live: bool) -> dict[str, Any]:
    """What became of a rule that was judged."""
    verdicts = {result["verdict"] for result in results}
    verdict = FOUND if "fail" in verdicts else NOT_KNOWN if "undecided" in verdicts else RULED_OUT
    shown = {FOUND: "fail", NOT_KNOWN: "undecided"}.get(verdict)
    worst = [result for result in results if result["verdict"] == shown]
    severity = min((result["severity"] for result in worst), key=SEVERITIES.index, default=rule.severity)
    subjects = list(dict.fromkeys(result["subject"]["label"] for result in results))
    in_part = not live and any(one.sources == ("account",) for one in rule.assertions)
    why = "as far as a template tells; an account tells more" if verdict == RULED_OUT and in_part else ""
    command = _live_command(ask) if why else ""
    return {
        **_about(rule, codes, verdict, severity),
        "subjects": subjects,
        "why": why,
        "command": command,
        "results": worst,
    }


def _unasked(rule: Rule, codes: list[str], ask: Ask, *, live: bool, judged: bool) -> dict[str, Any]:
    """What becomes of a rule that had nothing to judge."""
    verdict, why, command = NOT_APPLICABLE, "there is nothing here that it judges", ""
    if PROBE in rule.tags:
        verdict, why, command = NOT_CHECKED, "only trying it tells", _probe_command(rule, ask)
    elif LIVE in rule.applies and TEMPLATE not in rule.applies and not live:
        verdict, why, command = NOT_CHECKED, "only a live account tells", _live_command(ask)
    elif not judged:
        verdict, why, command = NOT_CHECKED, "", _command(ask, "TEMPLATE")
    return {
        **_about(rule, codes, verdict, rule.severity),
        "subjects": [],
        "why": why,
        "command": command,
        "results": [],
    }


def _about(rule: Rule, codes: list[str], verdict: str, severity: str) -> dict[str, Any]:
    about = {"rule": rule.id, "name": rule.name, "title": rule.title, "severity": severity}
    return {**about, "verdict": verdict, "explains": codes}


def _command(ask: Ask, more: str) -> str:
    named = [ask.spoken] if ask.spoken else []
    for option, name in (("--cluster", ask.wanted.cluster), ("--service", ask.wanted.service)):
        named += [option, shlex.quote(name)] if name else []
    return " ".join(("clearway diagnose", *named, more))


def _live_command(ask: Ask) -> str:
    return _command(ask, "--profile NAME --regions REGION")


def _probe_command(rule: Rule, ask: Ask) -> str:
    groups = [one.reading.get("target_group") for one in ask.heard]
    group = next(filter(None, groups), "GROUP")
    interface = "NetworkInterface.ProvisioningTimeout" in rule.explains
    return (
        "clearway probe interface --subnet SUBNET"
        if interface
        else f"clearway probe http --target-group {shlex.quote(group)}"
    )


def _document(
    verdict: str,
    heard: Sequence[Heard],
    chosen: Sequence[Found],
    answers: list[dict[str, Any]],
    judged: Mapping[str, Any],
    notes: Sequence[str],
    narrow: Narrow | None = None,
) -> dict[str, Any]:
    codes = _faults(heard)
    labels = {one.address: one.label for one in chosen}
    verdicts = {answer["verdict"] for answer in answers}
    if not verdict:
        verdict = next((one for one in (FOUND, NOT_KNOWN, NOT_CHECKED) if one in verdicts), RULED_OUT)
    bindings = narrow.bindings if narrow is not None else frozenset()
    return {
        "format": FORMAT,
        "tool": {"name": "clearway", "version": __version__},
        "verdict": verdict,
        "messages": [_message(one, labels) for one in heard],
        "faults": [_fault(code) for code in codes],
        "services": [
            {
                "address": one.address,
                "label": one.label,
                "cluster": one.cluster,
                "bindings": [each.label for each in one.bindings if not bindings or each.address in bindings],
            }
            for one in chosen
        ],
        "answers": sorted(answers, key=_order),
        "look": list(dict.fromkeys(line for code in codes for line in catalogue().faults[code].look)),
        "inputs": judged.get("inputs", []),
        "rules": judged.get("rules", []),
        "errors": judged.get("errors", []),
        "notes": list(dict.fromkeys(notes)),
    }


def _order(answer: Mapping[str, Any]) -> tuple[int, int]:
    return VERDICTS.index(answer["verdict"]), SEVERITIES.index(answer["severity"])


def _message(one: Heard, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "text": one.text,
        "source": one.source,
        "service": labels.get(one.service, ""),
        "at": one.at,
        "times": one.times,
        "means": [message.about for message in one.reading.messages],
        "faults": list(one.reading.faults),
        "names": dict(one.reading.named),
        "near": [] if one.is_known else nearest(one.text),
    }


def _fault(code: str) -> dict[str, Any]:
    fault = catalogue().faults[code]
    return {"code": code, "means": fault.means, "rules": list(fault.rules)}
