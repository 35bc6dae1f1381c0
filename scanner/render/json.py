"""The result document itself, as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from scanner.render.document import Document

# What identifies comes first, then what is said, then where, then why.
ORDER = """
    format tool inputs rules results summary errors notes history
    status was rule assertion verdict id name title version severity message remediation subject kind type label
    address hop says file files templates subjects path role line column end_line end_column text
    location related missing unknown reason supply approver until worlds way evidence fingerprint exemption
    excerpt line_hash applies rationale source document section tags
    scope scan time since seen previous counts change absent trend
    new changed persisting fixed gone not_seen
    high medium low pass fail undecided not_applicable findings passed
"""

_RANK = {key: rank for rank, key in enumerate(ORDER.split())}
_SURROGATE = re.compile("[\ud800-\udfff]")


def render(document: Document) -> str:
    """Indented by 2, keys in one order whoever made the document, non-ASCII text as it is."""
    text = json.dumps(_ordered(document), indent=2, ensure_ascii=False)
    # Half a surrogate pair can stand in a template's JSON but not in UTF-8.
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (_RANK.get(key, len(_RANK)), key))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    return value
