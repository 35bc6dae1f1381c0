"""Reads a snapshot file: its envelope is checked here, by hand, so that a large file costs no schema validation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner import syntax
from scanner.model import Location
from scanner.sources.snapshot import observed
from scanner.sources.snapshot.account import Account, Entry, Failure
from scanner.sources.snapshot.accounts import Accounts
from scanner.sources.snapshot.tables import GLOBAL
from scanner.syntax import SyntaxProblem

FORMAT = "clearway-snapshot/1"

_FAMILY = FORMAT.partition("/")[0]
_TOP = {"format": True, "taken_at": True, "accounts": True}
_ACCOUNT = {"account": True, "region": True, "resources": True, "observed": False, "unreadable": False}
_RESOURCE = {"type": True, "id": True, "arn": False, "properties": False, "attributes": False, "tags": False}
_FAILURE = {"api": True, "error": True}
_TAG = {"Key": True, "Value": True}
"""The keys of each kind of mapping, and whether they are required."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
_ACCOUNT_ID = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z][a-z0-9-]*")
_TYPE = re.compile(r"[A-Za-z0-9]+(?:::[A-Za-z0-9]+)+")
_API = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*")


def read_snapshot(text: str, file: str) -> tuple[Account, ...]:
    """The accounts and regions of a snapshot, each as a module of the graph.

    ``file`` is the name that places show. Raises SyntaxProblem, with the place, at the first thing that is not as
    ``reports/snapshot.schema.json`` has it.
    """
    return _Reader(file).snapshot(syntax.load_json(text, file))


def read_all(texts: Mapping[str, str]) -> tuple[Accounts, list[SyntaxProblem]]:
    """The accounts of some snapshots, by file, and what is wrong with those that cannot be read."""
    found: dict[str, Account] = {}
    problems: list[SyntaxProblem] = []
    for file, text in texts.items():
        try:
            accounts = read_snapshot(text, file)
        except SyntaxProblem as problem:
            problems.append(problem)
            continue
        for account in accounts:
            if account.name in found:
                message = f"{account} is in {found[account.name].file} as well"
                problems.append(SyntaxProblem(file, 1, 1, message))
            found.setdefault(account.name, account)
    return Accounts(distinct(found.values())), problems


def distinct(accounts: Iterable[Account]) -> list[Account]:
    """The accounts, each resource that belongs to no region in the first alone that has it."""
    seen: dict[str, set[str]] = {}
    found: list[Account] = []
    for account in accounts:
        known = seen.setdefault(account.account, set())
        own = {key for key, entry in account.entries.items() if entry.type.startswith(GLOBAL)}
        found.append(account.without(own & known) if own & known else account)
        known |= own
    return found


def account_text(entry: Mapping[str, Any], taken_at: str) -> str:
    """One account and region, an entry of ``accounts``, as the text of a snapshot, laid out as files are."""
    return json.dumps({"format": FORMAT, "taken_at": taken_at, "accounts": [entry]}, indent=1, ensure_ascii=False)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file

    def snapshot(self, root: syntax.Node) -> tuple[Account, ...]:
        named = root.entries.get("format") if isinstance(root, syntax.Mapping) else None
        if not isinstance(named, syntax.Scalar) or not named.text.startswith(f"{_FAMILY}/"):
            raise self._problem(named or root, f'not a snapshot: "format" is not "{FORMAT}"')
        if named.value != FORMAT:
            raise self._problem(named, f"a snapshot of the format {named.text}; this program reads {FORMAT}")
        top = self._mapping(root, "a snapshot", _TOP)
        said = "a date and time with zone: 2026-01-31T03:00:00Z"
        taken_at = self._text(top.entries["taken_at"], "taken_at", _TIME, said)
        accounts: list[Account] = []
        for node in self._items(top.entries["accounts"], "accounts"):
            account = self._account(node, top.entries["taken_at"], taken_at)
            if any(account.name == other.name for other in accounts):
                raise self._problem(node, f"account {account.account}, region {account.region} is there twice")
            accounts.append(account)
        return tuple(accounts)

    def _account(self, node: syntax.Node, when: syntax.Node, taken_at: str) -> Account:
        mapping = self._mapping(node, "an account", _ACCOUNT)
        known = mapping.entries
        account = self._text(known["account"], "account", _ACCOUNT_ID, "twelve digits, as text")
        region = self._text(known["region"], "region", _REGION, "the name of a region")
        entries: dict[str, Entry] = {}
        arns: dict[str, Entry] = {}
        for item in self._items(known["resources"], "resources"):
            entry = self._resource(item)
            if entry.key in entries:
                first = entries[entry.key].node.span[0]
                raise self._problem(item, f"{entry.type} {entry.id} is there twice: first on line {first}")
            entries[entry.key] = entry
            if entry.arn and arns.setdefault(entry.arn, entry) is not entry:
                raise self._problem(item, f"{entry.arn} is there twice: first on line {arns[entry.arn].node.span[0]}")
        for entry in (observed.region(mapping, when), *observed.observations(known.get("observed"), self._file)):
            entries[entry.key] = entry
        failures = tuple(self._failures(known.get("unreadable")))
        listed = known.get("unreadable")
        return Account(
            self._file,
            account,
            region,
            entries,
            failures,
            taken_at=taken_at,
            unreadable=listed,
            begins=node.span[:2],
        )

    def _resource(self, node: syntax.Node) -> Entry:
        mapping = self._mapping(node, "a resource", _RESOURCE)
        known = mapping.entries
        type = self._text(known["type"], "type", _TYPE, "a type of CloudFormation")
        id = self._text(known["id"], "id")
        arn = self._text(known["arn"], "arn") if "arn" in known else ""
        for name in ("properties", "attributes"):
            if name in known and not isinstance(known[name], syntax.Mapping):
                raise self._problem(known[name], f"{name} of {type} {id} is not an object")
        tags = {}
        for item in self._items(known["tags"], f"tags of {type} {id}") if "tags" in known else ():
            tag = self._mapping(item, "a tag", _TAG).entries
            tags[self._text(tag["Key"], "Key")] = tag["Value"].text if isinstance(tag["Value"], syntax.Scalar) else ""
        return Entry(mapping, type, id, arn, tags)

    def _failures(self, node: syntax.Node | None) -> Iterator[Failure]:
        for item in self._items(node, "unreadable") if node is not None else ():
            known = self._mapping(item, "an entry of unreadable", _FAILURE).entries
            api = self._text(known["api"], "api", _API, "a service and an action: ec2:DescribeSubnets")
            yield Failure(api, self._text(known["error"], "error"), Location(self._file, *item.span))

    # --- nodes

    def _mapping(self, node: syntax.Node, what: str, keys: dict[str, bool]) -> syntax.Mapping:
        if not isinstance(node, syntax.Mapping):
            raise self._problem(node, f"{what} is not an object")
        for name, span in node.keys.items():
            if name not in keys:
                message = f"{what} has no {name!r}; it has {', '.join(keys)}"
                raise SyntaxProblem(self._file, span[0], span[1], message)
        for name, required in keys.items():
            if required and name not in node.entries:
                raise self._problem(node, f"{what} needs {name!r}")
        return node

    def _items(self, node: syntax.Node, what: str) -> list[syntax.Node]:
        if not isinstance(node, syntax.Sequence):
            raise self._problem(node, f"{what} is not a list")
        return node.items

    def _text(self, node: syntax.Node, what: str, form: re.Pattern[str] | None = None, said: str = "text") -> str:
        value = node.value if isinstance(node, syntax.Scalar) else None
        if not isinstance(value, str) or not value or (form is not None and not form.fullmatch(value)):
            raise self._problem(node, f"{what} is not {said}")
        return value

    def _problem(self, node: syntax.Node, message: str) -> SyntaxProblem:
        return SyntaxProblem(self._file, node.span[0], node.span[1], message)
