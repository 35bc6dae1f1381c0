"""Values of policies as text, in a template, and in Terraform."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from scanner.analysis.texts import parts_of
from scanner.model import Reference, ResourceGraph, Unknown, explore
from scanner.topology.iam.names import REF_IS_ARN, names_of
from scanner.topology.iam.policy import LeastPolicy

_TERRAFORM = {
    "AWS::Partition": ("aws_partition", "partition"),
    "AWS::Region": ("aws_region", "name"),
    "AWS::AccountId": ("aws_caller_identity", "account_id"),
}


@dataclass(slots=True)
class Values:
    """Writes values in each form."""

    placeholders: dict[str, str]
    graph: ResourceGraph = field(default_factory=lambda: ResourceGraph(()))
    variables: dict[str, str] = field(default_factory=dict)
    marks: dict[Any, str] = field(default_factory=dict)
    data: set[str] = field(default_factory=set)

    def of(self, policy: LeastPolicy) -> Values:
        """The same, for values of a policy."""
        self.graph = policy.graph
        return self

    def text(self, value: Any) -> str:
        """A value as text: what is not known in it is a placeholder."""

        def meant(value: Any) -> Any:
            return next(explore(self.graph, lambda case: names_of(case).meant(value)))[1]

        found = []
        for part in parts_of(meant(value)):
            if isinstance(part, str):
                found.append(part)
                continue
            inner = meant(_value(part[1]))
            more = parts_of(inner) if inner != _value(part[1]) else (part,)
            found += [one if isinstance(one, str) else self._placeholder(one[1], value) for one in more]
        return "".join(found)

    def intrinsic(self, value: Any, home: str) -> str:
        """A value as a template has it, with Ref, GetAtt and Sub."""
        parts = parts_of(value)
        if len(parts) == 1 and not isinstance(parts[0], str):
            return self._function(parts[0][1], value, home)
        if all(isinstance(part, str) for part in parts):
            return quoted("".join(map(str, parts)))
        found: list[str] = []
        given: list[str] = []
        for part in parts:
            if isinstance(part, str):
                found.append(part.replace("${", "${!"))
                continue
            plain = self._in_sub(part[1], home)
            if plain is None:
                made = self._long(part[1], home)
                if made is None:
                    found.append(self._placeholder(part[1], value))
                    continue
                plain = f"Value{len(given) + 1}"
                given.append(f"{plain}: {json.dumps(made, ensure_ascii=False)}")
            found.append("${" + plain + "}")
        text = quoted("".join(found))
        if "${" not in text:
            return text
        return f"!Sub [{text}, {{{', '.join(given)}}}]" if given else f"!Sub {text}"

    def hcl(self, value: Any) -> str:
        """A value as Terraform has it: what another template names is a variable."""
        found = []
        for part in parts_of(value):
            if isinstance(part, str):
                found.append(json.dumps(part, ensure_ascii=False)[1:-1].replace("${", "$${").replace("%{", "%%{"))
                continue
            match part[1]:
                case ("pseudo", str(name), *_) if name in _TERRAFORM:
                    data, attribute = _TERRAFORM[name]
                    self.data.add(data)
                    found.append(f"${{data.{data}.current.{attribute}}}")
                case key:
                    found.append(f"${{var.{self._variable(key, value)}}}")
        whole = "".join(found)
        only = re.fullmatch(r"\$\{(var\.\w+)\}", whole)
        return only.group(1) if only is not None else f'"{whole}"'

    def _variable(self, key: Any, value: Any) -> str:
        mark, about = self._about(key, value)
        name = snake(mark)
        self.variables.setdefault(name, about)
        return name

    def _placeholder(self, key: Any, value: Any) -> str:
        mark, about = self._about(key, value)
        self.placeholders[f"<{mark}>"] = about
        return f"<{mark}>"

    def _in_sub(self, key: Any, home: str) -> str | None:
        """What stands between ``${`` and ``}`` of Fn::Sub."""
        match key:
            case ("pseudo", str(name), *_):
                return name
            case ("parameter", str(file), str(name)) if file == home:
                return name
            case ("attribute", str(address), str(attribute)) if address.rpartition("#")[0] == home:
                id = address.rpartition("#")[2]
                return id if attribute == "Ref" or self._is_ref(address, attribute) else f"{id}.{attribute}"
        return None

    def _function(self, key: Any, value: Any, home: str) -> str:
        """The function that gives a value, short where it can be; a placeholder in quotes where there is none."""
        plain = self._in_sub(key, home)
        if plain is not None:
            return f"!GetAtt {plain}" if "." in plain else f'!Ref "{plain}"' if ":" in plain else f"!Ref {plain}"
        made = self._long(key, home)
        return json.dumps(made, ensure_ascii=False) if made is not None else quoted(self._placeholder(key, value))

    def _long(self, key: Any, home: str) -> Any:
        """The function that gives a value, in its long form; None if the template has none for it."""
        plain = self._in_sub(key, home)
        if plain is not None:
            return {"Fn::GetAtt": plain.split(".", 1)} if "." in plain else {"Ref": plain}
        match key:
            case str(written):
                return written
            case ("import", inner):
                return self._call("Fn::ImportValue", self._long(inner, home))
            case ("select", int(index), inner):
                of = self._long(inner, home)
                return None if of is None else {"Fn::Select": [index, of]}
            case ("split", str(separator), inner):
                of = self._long(inner, home)
                return None if of is None else {"Fn::Split": [separator, of]}
            case ("text", tuple(parts)):
                made = [self._long(part if isinstance(part, str) else part[1], home) for part in parts]
                return None if None in made else {"Fn::Join": ["", made]}
        return None

    def _call(self, name: str, argument: Any) -> Any:
        return None if argument is None else {name: argument}

    def _is_ref(self, address: str, attribute: str) -> bool:
        try:
            return attribute == "Arn" and self.graph.resource(address).type in REF_IS_ARN
        except KeyError:
            return False

    def _about(self, key: Any, value: Any) -> tuple[str, str]:
        """A mark for something that is not known, and what it is."""
        match key:
            case ("pseudo", str(name), *_):
                mark = name.removeprefix("AWS::")
                return mark, f"{name} is known when the stack is deployed{_PLACE.get(name, '')}"
            case ("parameter", _, str(name)):
                return name, f"parameter {name} has no value (--set {name}=...)"
            case ("attribute", str(address), "Id"):
                id = address.rpartition("#")[2]
                return f"name of {id}", f"the name that CloudFormation gives {id} is known after deployment"
            case ("attribute", str(address), str(attribute)):
                id = address.rpartition("#")[2]
                mark = id if attribute == "Ref" else f"{id}.{attribute}"
                what = f"the ARN of {id}" if attribute == "Arn" else mark
                return mark, f"{what} is known after deployment"
            case ("run time", str(name), _):
                return name, f"{name} is known only when the machine runs"
            case ("import", str(name)):
                return name, f"{name} is imported from another stack"
            case ("arn of", _, inner):
                mark, about = self._about(inner, value)
                return f"ARN of {mark}", about
            case ("name of", (("value", inner),)):
                mark, about = self._about(inner, value)
                return f"name of {mark}", about
            case ("resource of", str(action), *_):
                return f"resource of {action.partition(':')[2]}", _reason(value)
            case ("property of", (_, *_), str(name)):
                return name, _reason(value)
        mark = self.marks.setdefault(key, f"value {len(self.marks) + 1}")
        return mark, _reason(value)


def _reason(value: Any) -> str:
    return value.reason if isinstance(value, Unknown) else "the value is not known here"


_PLACE = {"AWS::Region": " (--region NAME)", "AWS::AccountId": " (--account ID)"}


def _value(key: Any) -> Any:
    match key:
        case ("attribute", str(address), str(attribute)):
            return Reference(address, attribute)
    return Unknown(key, "")


def quoted(text: str) -> str:
    """A text in double quotes, as JSON, YAML and HCL have it."""
    return json.dumps(text, ensure_ascii=False)


def snake(name: str) -> str:
    """A name as Terraform writes names."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower() or "value"
