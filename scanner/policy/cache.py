"""The compiled form of rules: plain JSON that becomes rule trees again without YAML or JSON Schema.

A document holds a table in which every value of the trees stands once; what is made of others (a dataclass, a tuple,
a mapping) is a list of a code and of the positions of its parts, which stand before it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from scanner.policy import rule as trees
from scanner.policy.rule import Rule

FORMAT = "clearway-rules/1"
FILE_NAME = "rules.compiled.json"

_CLASSES: tuple[type[Any], ...] = (
    trees.Literal,
    trees.Parameter,
    trees.Step,
    trees.Path,
    trees.Arithmetic,
    trees.Aggregate,
    trees.Predicate,
    trees.Combination,
    trees.Quantified,
    trees.Source,
    trees.Assertion,
    trees.RuleParameter,
    trees.Rule,
)
_TUPLE, _MAPPING = -1, -2


class DamagedError(Exception):
    """A compiled document that cannot be read, or was made for other rules or by another version."""


def encode(rules: Sequence[Rule], key: str) -> str:
    """The compiled document of some rules. ``key`` says what they were made from."""
    table = _Table()
    tops = [table.add(rule) for rule in rules]
    document = {"format": FORMAT, "key": key, "classes": _shapes(), "table": table.entries, "rules": tops}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def decode(text: str, key: str) -> tuple[Rule, ...]:
    """The rules of a compiled document.

    Raises DamagedError if it is malformed or has another key.
    """
    try:
        document = json.loads(text)
        if document["format"] != FORMAT or document["key"] != key or document["classes"] != _shapes():
            raise DamagedError("made by another version or for other rules")
        values = _values(document["table"])
        rules = tuple(values[index] for index in document["rules"])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise DamagedError(str(error)) from error
    if not all(isinstance(rule, Rule) for rule in rules):
        raise DamagedError("it holds something other than rules")
    return rules


def read(file: Path, key: str) -> tuple[Rule, ...] | None:
    """The rules of a compiled file, or None if it is not there, damaged, or has another key."""
    try:
        return decode(file.read_text(encoding="utf-8"), key)
    except (OSError, UnicodeDecodeError, DamagedError):
        return None


def write(file: Path, text: str) -> bool:
    """Writes a file in one step, so that no reader sees half of it. False if the folder cannot be written."""
    temporary = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        import tempfile

        handle, temporary = tempfile.mkstemp(prefix=file.name, suffix=".new", dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, file)
    except OSError:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        return False
    return True


def user_folder() -> Path | None:
    """Where the user's caches are kept, or None if the user has no home: ``$XDG_CACHE_HOME`` or ``~/.cache``."""
    stated = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(stated):
        return Path(stated) / "clearway"
    try:
        return Path.home() / ".cache" / "clearway"
    except RuntimeError:
        return None


def _shapes() -> list[list[str]]:
    return [[cls.__name__, *cls.__slots__] for cls in _CLASSES]


class _Table:
    def __init__(self) -> None:
        self.entries: list[Any] = []
        self._known: dict[tuple[int, ...] | str, int] = {}
        self._codes = {cls: code for code, cls in enumerate(_CLASSES)}

    def add(self, value: Any) -> int:
        entry = self._entry(value)
        # 1, 1.0 and True are equal in Python, and different in a rule.
        known = tuple(entry) if isinstance(entry, list) else repr(entry)
        if known not in self._known:
            self._known[known] = len(self.entries)
            self.entries.append(entry)
        return self._known[known]

    def _entry(self, value: Any) -> Any:
        if value is None or isinstance(value, (str, bool, int, float)):
            return value
        if is_dataclass(value) and type(value) in self._codes:
            return [self._codes[type(value)], *(self.add(getattr(value, field.name)) for field in fields(value))]
        if isinstance(value, (tuple, list)):
            return [_TUPLE, *(self.add(item) for item in value)]
        if isinstance(value, Mapping):
            return [_MAPPING, *(self.add(part) for item in value.items() for part in item)]
        raise TypeError(f"a rule cannot hold {type(value).__name__}")


def _values(table: list[Any]) -> list[Any]:
    values: list[Any] = []
    add, at = values.append, values.__getitem__
    for entry in table:
        if type(entry) is not list:
            add(entry)
            continue
        code = entry[0]
        if code >= 0:
            add(_CLASSES[code](*map(at, entry[1:])))
        elif code == _TUPLE:
            add(tuple(map(at, entry[1:])))
        else:
            add(dict(zip(map(at, entry[1::2]), map(at, entry[2::2]), strict=True)))
    return values
