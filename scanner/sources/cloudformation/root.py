"""The root of a template: its sections, and what stands in its nodes as it is written."""

from __future__ import annotations

from scanner import syntax
from scanner.syntax import SyntaxProblem

FORMAT_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Rules")


def read_root(text: str, file: str, problems: list[SyntaxProblem] | None = None) -> syntax.Mapping:
    """The root node of a template. Raises SyntaxProblem if the text cannot be read as one at all.

    ``problems`` takes those that leave the rest of the template as it is: keys that a mapping has several times. Their
    value is then not known. Without ``problems`` they are raised.
    """
    repeated = syntax.Repeated() if problems is not None else None
    root = syntax.load(text, file, repeated)
    if repeated is not None and problems is not None:
        problems += repeated.problems
        if problems and isinstance(root, syntax.Mapping) and _is_in_doubt(root):
            raise problems[0]
    if not isinstance(root, syntax.Mapping):
        raise SyntaxProblem(file, root.span[0], root.span[1], "a template is a mapping with Resources")
    for name in FORMAT_SECTIONS:
        node = root.entries.get(name)
        if node is not None and not isinstance(node, syntax.Mapping) and not is_null(node):
            raise SyntaxProblem(file, node.span[0], node.span[1], f"{name} is not a mapping")
    if "Resources" not in root.entries:
        raise SyntaxProblem(file, root.span[0], root.span[1], "the template has no Resources")
    return root


def _is_in_doubt(root: syntax.Mapping) -> bool:
    """Whether a template has a section twice, or something in its Outputs, which other templates read."""
    waiting = list(section(root, "Outputs").entries.values())
    while waiting:
        node = waiting.pop()
        if node.tag == syntax.STATED_TWICE:
            return True
        if isinstance(node, (syntax.Mapping, syntax.Sequence)):
            waiting.extend(node.entries.values() if isinstance(node, syntax.Mapping) else node.items)
    return any(node.tag == syntax.STATED_TWICE for node in root.entries.values())


def is_doubtful(node: syntax.Node) -> bool:
    """Whether a resource is stated twice, or what it is: its Type, Condition, DependsOn ..."""
    if isinstance(node, syntax.Mapping):
        return any(one.tag == syntax.STATED_TWICE for key, one in node.entries.items() if key != "Properties")
    return node.tag == syntax.STATED_TWICE


def section(root: syntax.Mapping, name: str) -> syntax.Mapping:
    node = root.entries.get(name)
    return node if isinstance(node, syntax.Mapping) else syntax.Mapping(root.span, "", {}, {})


def macros_of(root: syntax.Mapping) -> frozenset[str]:
    """The macros that the whole template passes through."""
    named = root.entries.get("Transform")
    found = set(texts_of(named))
    for node in named.items if isinstance(named, syntax.Sequence) else [named]:
        if isinstance(node, syntax.Mapping):
            found.add(text_of(node.entries.get("Name")))
    if "Fn::Transform" in root.entries:
        found.add("Fn::Transform")
    return frozenset(found)


def is_null(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Scalar) and node.value is None


def text_of(node: syntax.Node | None) -> str:
    return node.text.strip() if isinstance(node, syntax.Scalar) and node.value is not None else ""


def texts_of(node: syntax.Node | None) -> list[str]:
    if isinstance(node, syntax.Sequence):
        return [item.text for item in node.items if isinstance(item, syntax.Scalar)]
    return [node.text] if isinstance(node, syntax.Scalar) and node.value is not None else []
