"""Deploys templates to a simulated AWS, by the calls that CloudFormation makes for their resources.

The simulation's own CloudFormation forgets too much of a template. Here the functions of a template are evaluated by
the program's own reader of templates; in place of references stand the ids that the calls before have answered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from scanner.model import Fact, Items, Unknown, World
from scanner.sources.cloudformation import Parameters, Template, load_template
from tests.live.makers import MAKERS, Account, Made, Named, NotDeployed, Properties

_NAMED = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?\}")


def deploy(
    account: Account, template: Properties, stack: str, given: Mapping[str, str] | None = None
) -> dict[str, Made]:
    """Makes the resources of a template (plain data, functions in their long form); what was made, by logical id.

    What exists under a condition is made if the condition holds with the values that are given. Raises NotDeployed.
    """
    return _Stack(account, template, stack, given or {}).made_all()


class _Stack:
    def __init__(self, account: Account, template: Properties, name: str, given: Mapping[str, str]) -> None:
        self.account = account
        self.template = template
        self.name = name
        self.given = given
        self.made: dict[str, Made] = {}

    def made_all(self) -> dict[str, Made]:
        whole = self._read(self.template)
        for id in _in_order(whole):
            # Read again for each: the ids of what was made stand in place of the references to it.
            resource = self._read(self._resolved(self.template)).resource(id, World())
            if not resource.exists():
                continue
            make = MAKERS.get(resource.type)
            if make is None:
                raise NotDeployed(f"{id}: nothing deploys {resource.type}")
            properties = {name: _plain(fact, f"{id}.{name}") for name, fact in resource.properties.items()}
            known = {name: value for name, value in properties.items() if value is not None}
            made = make(self.account, known, Named(self.name, id))
            self.made[id] = replace(made, type=resource.type, properties=known)
        return self.made

    def _read(self, template: Properties) -> Template:
        parameters = Parameters(account=self.account.account, region=self.account.region)
        return load_template(json.dumps(template), "t.json", parameters.merged(self.given, "given"))

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolved(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, inner),) = value.items()
            if name == "Ref" and inner in self.made:
                return self.made[inner].ref
            if name == "Fn::GetAtt":
                owner, attribute = inner if isinstance(inner, list) else inner.split(".", 1)
                if owner in self.made:
                    return self._attribute(owner, attribute)
            if name == "Fn::GetAZs":
                return [f"{self.account.region}{letter}" for letter in "abc"]
            if name == "Fn::Sub":
                text, more = inner if isinstance(inner, list) else (inner, {})
                written = _NAMED.sub(lambda match: self._named(match, more), text)
                return {"Fn::Sub": [written, self._resolved(more)] if more else written}
        return {key: self._resolved(item) for key, item in value.items() if key != "DependsOn"}

    def _named(self, match: re.Match[str], more: Mapping[str, Any]) -> str:
        name, attribute = match.groups()
        if name in more or name not in self.made:
            return match.group()
        return self._attribute(name, attribute) if attribute else self.made[name].ref

    def _attribute(self, owner: str, attribute: str) -> str:
        try:
            return self.made[owner].attributes[attribute]
        except KeyError:
            raise NotDeployed(f"{owner}.{attribute} is not known") from None


def _in_order(template: Template) -> Iterator[str]:
    """The resources, each after those that it refers to."""
    waiting = {id: {one.rpartition("#")[2] for one in template.references(id)} - {id} for id in template.types}
    while waiting:
        ready = [id for id, owners in waiting.items() if not owners & set(waiting)]
        if not ready:
            raise NotDeployed(f"each refers to another: {', '.join(waiting)}")
        yield from ready
        waiting = {id: owners for id, owners in waiting.items() if id not in ready}


def _plain(fact: Fact[Any], where: str) -> Any:
    value = fact.value
    if isinstance(value, Unknown):
        raise NotDeployed(f"{where}: {value.reason}")
    if isinstance(value, Items):
        return [_plain(item, where) for item in value.items]
    if isinstance(value, Mapping):
        items = {key: _plain(item, f"{where}.{key}") for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not None}
    return value if isinstance(value, (str, int, float, bool)) else None
