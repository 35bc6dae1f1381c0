"""Changing templates and snapshots at dotted paths, as examples do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from scanner.policy.expressions import suggest


class ChangeError(Exception):
    """A change of a template at a path that is not there. ``path`` is the whole path as written."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


SECTIONS = ("Parameters", "Outputs", "Conditions", "Mappings", "Rules", "Metadata", "Globals", "Transform")
"""The sections of a template that a path can begin with; any other first step is a resource."""
_SECTIONS_OF_ACCOUNT: dict[str, Callable[[], Any]] = {"observed": dict, "unreadable": list}
"""What an account of a snapshot has beside resources, of which a path means the first account's."""


def changed(template: Any, change: Mapping[str, Any]) -> Any:
    """A copy of a template with the values at dotted paths replaced, or removed where the value is None.

    The last step may be new; indexes count from 0, and the one behind the last appends. In a snapshot a path begins
    with the id of a resource (of an ARN, what stands behind the account), with ``observed``, ``unreadable`` or
    ``taken_at``, or at the top; what has a type and no such id is a resource more. Raises ChangeError.
    """
    result = _copy(template)
    if is_snapshot(template):
        for path, value in change.items():
            _change_snapshot(result, path, value)
        return result
    for path, value in change.items():
        steps = path.split(".")
        here = result
        if isinstance(result, dict) and "Resources" in result and steps[0] not in SECTIONS:
            here = result["Resources"]
        elif isinstance(result, dict) and steps[0] in SECTIONS:
            result.setdefault(steps[0], {})
        _descend(here, steps, value, path)
    return result


def is_snapshot(template: Any) -> bool:
    """Whether plain data is a snapshot of accounts, of whatever version."""
    return isinstance(template, dict) and str(template.get("format", "")).startswith("clearway-snapshot/")


def _change_snapshot(snapshot: Any, path: str, value: Any) -> None:
    accounts = snapshot.get("accounts") or [{}]
    found = [(one, named) for account in accounts for one, named in _named(account, path)]
    if found:
        (account, resource), name = max(found, key=lambda pair: len(pair[1]))
        rest = path[len(name) + 1 :]
        if rest:
            _descend(resource, rest.split("."), value, path)
        elif value is None:
            account["resources"].remove(resource)
        else:
            account["resources"][account["resources"].index(resource)] = {"id": resource["id"], **_copy(value)}
    elif path.partition(".")[0] in _SECTIONS_OF_ACCOUNT:
        section = path.partition(".")[0]
        accounts[0].setdefault(section, _SECTIONS_OF_ACCOUNT[section]())
        _descend(accounts[0], path.split("."), value, path)
    elif isinstance(value, dict) and "type" in value:
        accounts[0].setdefault("resources", []).append({"id": path, **_copy(value)})
    elif path.partition(".")[0] in snapshot:
        _descend(snapshot, path.split("."), value, path)
    else:
        ids = [name for account in accounts for one in account.get("resources", ()) for name in ids_of(one)]
        near = suggest(path.partition(".")[0], [*ids, *_SECTIONS_OF_ACCOUNT])
        raise ChangeError(path, f'"{path}": it begins with no id of a resource{near}')


def _named(account: Any, path: str) -> Iterator[tuple[tuple[Any, Any], str]]:
    """The resources of an account whose id a path begins with, each with its account, and with the id."""
    for resource in account.get("resources", ()):
        for name in ids_of(resource):
            if path == name or path.startswith(f"{name}."):
                yield (account, resource), name


def ids_of(resource: Any) -> Iterator[str]:
    """What a path can begin with to mean a resource of a snapshot."""
    id = str(resource.get("id", ""))
    yield id
    if id.startswith("arn:"):
        yield id.split(":", 5)[-1]


def _descend(here: Any, steps: Sequence[str], value: Any, path: str) -> None:
    for step in steps[:-1]:
        here = here[_existing(here, step, path)]
    _set(here, steps[-1], _copy(value), path)


def _set(owner: Any, step: str, value: Any, path: str) -> None:
    if value is None:
        del owner[_existing(owner, step, path)]
    elif isinstance(owner, list) and step == str(len(owner)):
        owner.append(value)
    elif isinstance(owner, dict):
        owner[step] = value
    else:
        owner[_existing(owner, step, path)] = value


def _existing(owner: Any, step: str, path: str) -> Any:
    """The key or index of a step, which must be there."""
    if isinstance(owner, list):
        if step.isdigit() and int(step) < len(owner):
            return int(step)
        raise ChangeError(path, f'"{path}": the list has {len(owner)} elements, from 0, and no "{step}"')
    if isinstance(owner, dict):
        if step in owner:
            return step
        raise ChangeError(path, f'"{path}": there is no "{step}"{suggest(step, map(str, owner))}')
    raise ChangeError(path, f'"{path}": there is nothing below the value before "{step}"')


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
