"""What a plain scalar means.

Templates follow YAML 1.1 as CloudFormation does, without the readings that damage a template: ``22:22`` is no
number in base 60, ``2012-10-17`` no date, and digits with a leading zero, such as an account id, are no octal
number. Rules follow the core schema of YAML 1.2 (chapter 10.3), where ``no`` and ``on`` are text. In both, ``.inf``
and ``.nan`` stay text, because JSON and therefore CloudFormation cannot hold them.
"""

from __future__ import annotations

import re
from math import isfinite

MAX_DIGITS = 4300
"""Longer numbers stay text: converting them takes quadratic time, and Python itself refuses to."""

_NULLS: dict[str, bool | None] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_RULE_WORDS = _NULLS | {
    spelling: value
    for word, value in (("true", True), ("false", False))
    for spelling in (word, word.title(), word.upper())
}
_TEMPLATE_WORDS = _RULE_WORDS | {
    spelling: value
    for word, value in (("yes", True), ("no", False), ("on", True), ("off", False))
    for spelling in (word, word.title(), word.upper())
}

_TEMPLATE_NUMBER = re.compile(
    r"""(?P<int>    [-+]?(?:0|[1-9][0-9_]*) )
      | (?P<hex>    [-+]?0x[0-9a-fA-F_]+ )
      | (?P<binary> [-+]?0b[01_]+ )
      | (?P<float>  (?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)? )
    """,
    re.VERBOSE,
)
_RULE_NUMBER = re.compile(
    r"""(?P<int>    [-+]?(?:0|[1-9][0-9]*) )
      | (?P<hex>    0x[0-9a-fA-F]+ )
      | (?P<octal>  0o[0-7]+ )
      | (?P<float>  [-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|(?:0|[1-9][0-9]*)(?=[eE]))(?:[eE][-+]?[0-9]+)? )
    """,
    re.VERBOSE,
)
_BASES = {"int": 10, "hex": 16, "octal": 8, "binary": 2}
_NUMERIC = frozenset("+-.0123456789")


def template_value(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar in a template (YAML 1.1)."""
    if text in _TEMPLATE_WORDS:
        return _TEMPLATE_WORDS[text]
    return _number(text, _TEMPLATE_NUMBER) if text[0] in _NUMERIC else text


def rule_value(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar in a rule (YAML 1.2)."""
    if text in _RULE_WORDS:
        return _RULE_WORDS[text]
    return _number(text, _RULE_NUMBER) if text[0] in _NUMERIC else text


def _number(text: str, pattern: re.Pattern[str]) -> str | int | float:
    match = pattern.fullmatch(text)
    if match is None or len(text) > MAX_DIGITS:
        return text
    digits = text.replace("_", "")
    kind = str(match.lastgroup)
    try:
        value = float(digits) if kind == "float" else int(digits, _BASES[kind])
    except ValueError:  # 0x_
        return text
    return value if isfinite(value) else text
