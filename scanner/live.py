"""Accounts, judged: every region of one after the other, by the rules that apply to what is live.

Findings have their places in texts made of single resources, at ``aws/ACCOUNT/REGION/...``, and the same identity
every night. What could not be read is an error of the scan, and whatever hangs on it is undecided.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from scanner.excerpts import Excerpts
from scanner.model import Location, ResourceGraph
from scanner.policy.evaluate.judge import Judge, judge_rule
from scanner.policy.evaluate.settle import undecided
from scanner.policy.rule import Rule
from scanner.results import Counts, Judged, Part, counts_of, document_of, error_of, fault_of, fingerprint, results_of
from scanner.sources.snapshot import Account, Accounts, Context, account_text, distinct, read_snapshot
from scanner.sources.snapshot.account import Entry, Failure
from scanner.sources.snapshot.paths import EVERYWHERE, Names, arn_of, path_of, region_of
from scanner.sources.snapshot.sheet import Sheet, sheet_of
from scanner.syntax import SyntaxProblem
from scanner.topology.schema import root_types

LIVE = "live"
"""What a rule's ``applies`` has where accounts are judged by it."""


def scan_accounts(
    entries: Iterable[Mapping[str, Any]],
    rules: Sequence[Rule],
    *,
    taken_at: str,
    all_verdicts: bool = False,
    problems: Iterable[SyntaxProblem] = (),
    progress: Callable[[Part], None] = lambda part: None,
    memory: Judged | None = None,
) -> dict[str, Any]:
    """The result document of accounts that are read one after the other, as ``judge_accounts`` takes them.

    ``progress`` is told of each account that is done; ``memory`` takes what a history needs besides the document.
    """
    whole = Part(errors=[error_of(problem) for problem in problems])
    for part in judge_accounts(entries, rules, taken_at=taken_at, all_verdicts=all_verdicts, memory=memory):
        whole.add(part)
        progress(part)
    inputs = [
        {"path": f"aws/{one['account']}/{one['region']}", "kind": "account", "role": "scanned"}
        for one in whole.accounts
    ]
    return document_of(whole, inputs, rules, [])


def judge_accounts(
    entries: Iterable[Mapping[str, Any]],
    rules: Sequence[Rule],
    *,
    taken_at: str,
    all_verdicts: bool = False,
    memory: Judged | None = None,
) -> Iterator[Part]:
    """What each account comes to, with all of its regions that follow one another.

    An entry is one of ``accounts`` of a snapshot (``reports/snapshot.schema.json``): an account in one region. Only
    the entries of one account are held at a time. ``taken_at`` is when they were read, in the format's form. An entry
    that is not as the schema has it is an error of its part.
    """
    for _, group in groupby(entries, key=lambda entry: entry.get("account")):
        part = Part()
        texts: dict[str, str] = {}
        accounts: list[Account] = []
        for entry in group:
            file = f"aws/{entry.get('account')}/{entry.get('region')}"
            text = account_text(entry, taken_at)
            try:
                accounts += read_snapshot(text, file)
            except SyntaxProblem as problem:
                part.errors.append(error_of(problem))
                continue
            texts[file] = text
        known = Accounts(distinct(accounts))
        for inner in judge_modules(known, known.modules, texts, rules, all_verdicts=all_verdicts, memory=memory):
            part.add(inner)
        yield part


def judge_modules(
    accounts: Accounts,
    judged: Sequence[Account],
    texts: Mapping[str, str],
    rules: Sequence[Rule],
    *,
    all_verdicts: bool = False,
    memory: Judged | None = None,
    judge: Judge = judge_rule,
) -> Iterator[Part]:
    """What some accounts come to, all regions of one together; the other ``accounts`` are there to be referred to.

    ``texts`` holds the snapshots that they were read from, by file.
    """
    chosen = [rule for rule in rules if LIVE in rule.applies]
    places = Places(accounts.modules, texts)
    context = Context(accounts)
    for _, group in groupby(sorted(judged, key=lambda one: one.account), key=lambda one: one.account):
        yield _judge(list(group), accounts, context, places, chosen, all_verdicts, memory, judge)


def _judge(
    own: Sequence[Account],
    accounts: Accounts,
    context: Context,
    places: Places,
    rules: Sequence[Rule],
    all_verdicts: bool,
    memory: Judged | None,
    judge: Judge,
) -> Part:
    part = Part(accounts=[{"account": one.account, "region": one.region, "taken_at": one.taken_at} for one in own])
    by_type: dict[str, list[str]] = {}
    for one in own:
        for key, type in one.types.items():
            by_type.setdefault(type, []).append(f"{one.name}#{key}")
        part.errors += [places.error(one, failure) for failure in one.failures if failure.lack is None]
    names = frozenset(one.name for one in own)
    graph = ResourceGraph(accounts.modules, judged=names, context=context, by_type=by_type)
    identity = places.names
    subjects: set[tuple[str, str]] = set()
    for rule in rules:
        try:
            found = judge(rule, graph)
        except Exception as fault:  # one rule's fault on one account must not take the other verdicts away
            if os.environ.get("CLEARWAY_DEBUG"):
                raise
            part.errors.append(fault_of(rule, f"aws/{own[0].account}", fault))
            if memory is not None:
                memory.unjudged.add(rule.id)
            continue
        counts: Counts = {rule.id: counts_of(found)}
        subjects |= found.judgements.keys()
        part.results += [
            places.finished(result)
            for result in results_of(found, places.locate, passes=all_verdicts, identity=identity)
        ]
        if memory is not None:
            memory.take(found, identity)
        for one in own:
            hidden = next((failure for failure in one.failures if failure.gives(_roots(rule))), None)
            if hidden is not None:
                part.results.append(places.finished(_out_of_sight(rule, one, hidden, places)))
                counts[rule.id]["undecided"] += 1
        part.counts.update(counts)
    if memory is not None:
        memory.resources |= {identity(address) for addresses in by_type.values() for address in addresses}
    part.subjects = len(subjects)
    part.configurations = places.taken()
    return part


def _roots(rule: Rule) -> tuple[str, ...]:
    return root_types(rule.match[0].kind)


def _out_of_sight(rule: Rule, account: Account, failure: Failure, places: Places) -> dict[str, Any]:
    """That what a rule judges may not have been seen at all, which would else look like there being nothing."""
    from scanner.model import Unknown

    reason = f"not all that there is has been seen: {account.says(failure)}"
    unknown = Unknown(("out of sight", account.name, failure.api), reason, failure.location, failure.supply)
    label = str(account)
    place = places.locate(failure.location, "")
    return {
        "rule": rule.id,
        "assertion": rule.assertions[0].name,
        "verdict": "undecided",
        "severity": rule.severity,
        "message": undecided(rule, label, [unknown]),
        "remediation": "",
        "subject": {
            "kind": rule.match[0].kind,
            "type": _roots(rule)[0],
            "id": account.name,
            "label": label,
            "address": f"{account.name}#{failure.api}",
        },
        "location": place,
        "related": [],
        "missing": [],
        "unknown": [{"reason": reason, "supply": failure.supply, "location": place}],
        "worlds": [],
        "way": [],
        "evidence": [],
        "fingerprint": fingerprint(rule.id, rule.assertions[0].name, f"{account.name}#{failure.api}", ()),
        "exemption": None,
    }


class Places:
    """Where the places of snapshots are in the texts of their resources, and whose they are."""

    def __init__(self, accounts: Iterable[Account], texts: Mapping[str, str]) -> None:
        self._accounts = {account.name: account for account in accounts}
        self.names = Names(self._accounts.values())
        self._texts = texts
        self._lines: dict[str, list[str]] = {}
        self._index: dict[str, list[tuple[tuple[int, int], Account, Entry | None]]] = {}
        """By file, where each resource (or the list of what was not read) begins, in order."""
        self._sheets: dict[tuple[str, str], tuple[Sheet, Excerpts]] = {}
        self._taken: dict[str, Sheet] = {}

    def locate(self, place: Location, says: str = "") -> dict[str, Any]:
        """A location of the result document."""
        found = self._sheet(place)
        if found is None:
            return Excerpts("", ()).location(Location(place.file, 1, 1, 1, 1), says)
        sheet, excerpts = found
        self._taken[sheet.path] = sheet
        return excerpts.location(sheet.place(place), says)

    def error(self, account: Account, failure: Failure) -> dict[str, Any]:
        """A call that failed, as an error of the result document."""
        place = self.locate(failure.location)
        return {
            "file": place["file"],
            "line": place["line"],
            "column": place["column"],
            "message": f"{account.says(failure)}: what hangs on it is undecided",
            "account": account.account,
            "region": account.region,
            "api": failure.api,
            "error": failure.error,
        }

    def finished(self, result: dict[str, Any]) -> dict[str, Any]:
        """A result with the account, the region and the ARN of its subject."""
        address = result["subject"]["address"]
        account, _, region = address.partition("#")[0].partition("/")
        found = self._entry(account, region, self.names.key(address))
        arn = arn_of(*found) if found is not None else ""
        subject = {**result["subject"], "arn": arn} if arn else result["subject"]
        return {**result, "subject": subject, "account": account, "region": region or EVERYWHERE}

    def taken(self) -> dict[str, dict[str, Any]]:
        """The texts that locations were made in since it was asked last, by path."""
        taken, self._taken = self._taken, {}
        return {
            path: {"account": sheet.account, "region": sheet.region, "arn": sheet.arn, "text": sheet.text}
            for path, sheet in taken.items()
        }

    # --- sheets

    def _entry(self, account: str, region: str, key: str) -> tuple[Account, Entry] | None:
        """The resource whose key a part's begins with."""
        modules = [self._accounts.get(f"{account}/{region}")] if region else list(self._accounts.values())
        while key:
            for module in modules:
                if module is not None and module.account == account and key in module.entries:
                    return module, module.entries[key]
            key = key.rpartition("/")[0]
        return None

    def _sheet(self, place: Location) -> tuple[Sheet, Excerpts] | None:
        index = self._index.get(place.file)
        if index is None:
            index = self._index[place.file] = self._indexed(place.file)
        at = bisect_right(index, (place.line, place.column), key=lambda item: item[0]) - 1
        if at < 0:
            return None
        _, account, entry = index[at]
        key = (account.name, entry.key if entry is not None else "")
        if key not in self._sheets:
            sheet = self._made(place.file, account, entry)
            self._sheets[key] = (sheet, Excerpts(sheet.text, ()))
        return self._sheets[key]

    def _made(self, file: str, account: Account, entry: Entry | None) -> Sheet:
        if file not in self._lines:
            self._lines[file] = self._texts[file].split("\n")
        if entry is None:
            assert account.unreadable is not None
            path = f"aws/{account.account}/{account.region}/unreadable.json"
            node = account.unreadable
            return sheet_of(path, node, self._lines[file], account=account.account, region=account.region)
        return sheet_of(
            path_of(account, entry),
            entry.node,
            self._lines[file],
            account=account.account,
            region=region_of(account, entry),
            arn=arn_of(account, entry),
        )

    def _indexed(self, file: str) -> list[tuple[tuple[int, int], Account, Entry | None]]:
        found: list[tuple[tuple[int, int], Account, Entry | None]] = []
        for account in self._accounts.values():
            if account.file == file and file in self._texts:
                found += [(entry.node.span[:2], account, entry) for entry in account.entries.values()]
                if account.unreadable is not None:
                    found.append((account.unreadable.span[:2], account, None))
        return sorted(found, key=lambda item: item[0])
