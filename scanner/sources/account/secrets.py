"""What must not leave an account: it is dropped here, before anything is kept.

Environment variables keep their names alone, user data the names of the clusters that it joins, state machines and
targets lose the values of environment variables that they hand to tasks, and whatever is named as a secret its value.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

SECRET_NAME = re.compile(
    r"password|passphrase|passwd|secret(?!s?manager|s?[-_]?arn|[-_]?id|[-_]?name)|token|api[-_]?key|private[-_]?key"
    r"|credential",
    re.IGNORECASE,
)
MOST_USER_DATA = 1 << 20
"""Bytes that compressed user data may unfold to; EC2 takes 16 KB."""

_NAME = r"['\"]?([A-Za-z0-9_-]+)(?![\w${-])"
_JOINS = tuple(
    re.compile(pattern + _NAME, re.MULTILINE)
    for pattern in (
        r"ECS_CLUSTER['\"]?\s*[=:,]?\s*",
        r"\[settings\.ecs\][^\[]*?^\s*['\"]?cluster['\"]?\s*=\s*",
        r"Initialize-ECSAgent\b[^\n;]*?-Cluster[ :]+",
    )
)
"""How user data names a cluster ("Bootstrapping container instances", Amazon ECS Developer Guide)."""


def clusters(user_data: str) -> str | None:
    """What user data, in base64, says of clusters: ``ECS_CLUSTER=name`` for each; None if it names none."""
    text = _decoded(user_data)
    found = dict.fromkeys(name for pattern in _JOINS for name in pattern.findall(text))
    return "\n".join(f"ECS_CLUSTER={name}" for name in found) or None


def without_user_data(item: dict[str, Any]) -> dict[str, Any]:
    """A launch configuration, or the data of a launch template, of whose user data the cluster's name is left."""
    kept = {name: value for name, value in item.items() if name != "UserData"}
    named = clusters(str(item.get("UserData") or ""))
    return {**kept, "UserData": named} if named else kept


def without_values(definition: str) -> str:
    """A state machine's definition, or a target's input, without the values of environment variables and of what is
    named as a secret. A text that is no JSON, and could hold anything, is given back only if it has no such name."""
    try:
        document = json.loads(definition)
    except ValueError:
        return "" if SECRET_NAME.search(definition) or "nvironment" in definition else definition
    return json.dumps(document, ensure_ascii=False, indent=2) if _blank(document, _is_literal) else definition


def without_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a log driver without those that are named as secrets."""
    return {name: value for name, value in options.items() if not SECRET_NAME.search(name)}


def _decoded(user_data: str) -> str:
    try:
        content = base64.b64decode(user_data)
    except (binascii.Error, ValueError):
        return user_data
    if content[:2] == b"\x1f\x8b":
        try:
            content = zlib.decompressobj(31).decompress(content, MOST_USER_DATA)
        except zlib.error:
            return ""
    return content.decode("utf-8", "replace")


def _blank(value: Any, literal: Callable[[str, Any], bool]) -> bool:
    """Blanks what must not be kept anywhere in a document; whether there was anything."""
    changed = False
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.lower() in ("environment", "environmentvariables", "environmentvariablesoverride"):
                changed = _blank_variables(inner, literal) or changed
            elif SECRET_NAME.search(key) and literal(key, inner):
                value[key], changed = "", True
            else:
                changed = _blank(inner, literal) or changed
    elif isinstance(value, list):
        for inner in value:
            changed = _blank(inner, literal) or changed
    return changed


def _blank_variables(value: Any, literal: Callable[[str, Any], bool]) -> bool:
    """Blanks the values of variables: of a list of names and values, or of a mapping."""
    changed = False
    for owner in value if isinstance(value, list) else [value]:
        for key in list(_keys_of_values(owner, isinstance(value, list))):
            if isinstance(owner[key], (dict, list)):
                changed = _blank_variables(owner[key], literal) or changed
            elif literal(key, owner[key]):
                owner[key], changed = "", True
    return changed


def _keys_of_values(owner: Any, listed: bool) -> Iterator[str]:
    if isinstance(owner, dict):
        yield from (key for key in owner if not listed or key.lower() == "value")


def _is_literal(key: str, value: Any) -> bool:
    """Whether a value is written out: not a path into the input (``Value.$``), nor JSONata."""
    if not isinstance(value, str) or not value or key.endswith(".$"):
        return False
    return not (value.startswith("{%") and value.endswith("%}"))
