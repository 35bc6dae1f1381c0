"""Which nodes of a template call an intrinsic function."""

from __future__ import annotations

from scanner import syntax

SHORT = {"!Ref": "Ref", "!Condition": "Condition"}


def function_of(node: syntax.Node) -> tuple[str, syntax.Node] | None:
    """The intrinsic function that a node calls, in its full name, with its argument; None if it calls none."""
    if node.tag:
        return SHORT.get(node.tag, "Fn::" + node.tag[1:]), untagged(node)
    if isinstance(node, syntax.Mapping) and len(node.entries) == 1:
        ((name, argument),) = node.entries.items()
        if name == "Ref" or name.startswith("Fn::"):
            return name, argument
    return None


def is_computed(node: syntax.Node) -> bool:
    """Whether a function makes a node's value as a whole."""
    if isinstance(node, syntax.Mapping) and "Fn::Transform" in node.entries:
        return not is_include(node.entries["Fn::Transform"]) or len(node.entries) == 1
    return function_of(node) is not None


def is_include(node: syntax.Node) -> bool:
    """Whether a transform only adds keys. Other macros are given the keys beside them and may change those too."""
    name = node.entries.get("Name") if isinstance(node, syntax.Mapping) else None
    return isinstance(name, syntax.Scalar) and name.text == "AWS::Include"


def untagged(node: syntax.Node) -> syntax.Node:
    """A function's argument without the short tag that named the function."""
    if not node.tag:
        return node
    if isinstance(node, syntax.Scalar):
        return syntax.Scalar(node.span, "", node.value, node.text, node.plain)
    if isinstance(node, syntax.Sequence):
        return syntax.Sequence(node.span, "", node.items)
    assert isinstance(node, syntax.Mapping)
    return syntax.Mapping(node.span, "", node.entries, node.keys)
