"""The closed set of predicates, as data: names, arguments in order, and what each argument may hold."""

from __future__ import annotations

from dataclasses import dataclass

SCALAR = frozenset({"number", "text", "boolean"})
SET = frozenset({"list", "ports", "peers"})
_BLOCKS = frozenset({"peers", "list", "text"})
ANYTHING = frozenset({"any"})


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a predicate.

    ``types`` holds value types of ``scanner.topology.entity.VALUE_TYPES``, ``entity`` (an entity or a relation) or
    ``any``; ``several`` says whether an operand that holds several values (a path through a to-many relation) fits.
    """

    name: str
    types: frozenset[str]
    several: bool
    doc: str
    optional: bool = False
    literal: str = ""
    """What a literal must be, beyond its type: ``regex``, ``ports``, ``protocol``, ``family``, ``quantity`` (every or
    some), ``peers`` or ``aspect`` (of what a role grants)."""
    path: bool = False
    """Whether only a path makes sense, so that quotes make no difference."""


@dataclass(frozen=True, slots=True)
class PredicateType:
    """A predicate: written ``name: [a, b]`` if ``positional``, ``name: x`` if it has one argument, else by names."""

    name: str
    arguments: tuple[Argument, ...]
    doc: str
    positional: bool = False

    def argument(self, name: str) -> Argument | None:
        return next((argument for argument in self.arguments if argument.name == name), None)


def _number(name: str, doc: str, optional: bool = False) -> Argument:
    return Argument(name, frozenset({"number"}), False, doc, optional)


_COUNT_BOUND = "How many there may be."

PREDICATES: dict[str, PredicateType] = {
    predicate.name: predicate
    for predicate in (
        PredicateType(
            "equals",
            (
                Argument("left", ANYTHING, False, "A value."),
                Argument("right", ANYTHING, False, "The value that it must be."),
            ),
            "Both are the same value, or the same resource. Numbers equal their texts.",
            positional=True,
        ),
        PredicateType(
            "one_of",
            (
                Argument("value", SCALAR | {"entity", "any"}, False, "A value."),
                Argument("of", frozenset({"list", "entity", "any"}), True, "The values that are allowed."),
            ),
            "The value is among the values that are allowed.",
        ),
        PredicateType(
            "at_least",
            (_number("left", "A number."), _number("right", "The least that it may be.")),
            "The left number is the right one or greater.",
            positional=True,
        ),
        PredicateType(
            "at_most",
            (_number("left", "A number."), _number("right", "The most that it may be.")),
            "The left number is the right one or less.",
            positional=True,
        ),
        PredicateType(
            "less_than",
            (_number("left", "A number."), _number("right", "What it must stay below.")),
            "The left number is less than the right one.",
            positional=True,
        ),
        PredicateType(
            "matches",
            (
                Argument("value", frozenset({"text", "number"}), False, "A text."),
                Argument(
                    "pattern",
                    frozenset({"text"}),
                    False,
                    "A Python regular expression that the whole text must match.",
                    literal="regex",
                ),
            ),
            "The whole text matches a regular expression.",
        ),
        PredicateType(
            "subset",
            (
                Argument("of", SET | {"entity", "any"}, True, "The set whose members are all looked for."),
                Argument("in", SET | {"entity", "any"}, True, "The set that must hold them."),
            ),
            "Every member of one set is in another. The members that are not are what is missing.",
        ),
        PredicateType(
            "disjoint",
            (
                Argument("left", SET | {"entity", "any"}, True, "A set."),
                Argument("right", SET | {"entity", "any"}, True, "Another set."),
            ),
            "Two sets have no member in common.",
            positional=True,
        ),
        PredicateType(
            "ports_cover",
            (
                Argument("ports", frozenset({"ports"}), False, "The ports that there are.", literal="ports"),
                Argument("need", frozenset({"ports"}), False, "The ports that are needed.", literal="ports"),
            ),
            "A set of ports holds every port that is needed. The others are what is missing.",
        ),
        PredicateType(
            "cidrs_cover",
            (
                Argument("cidrs", _BLOCKS, True, "The address blocks that there are.", literal="peers"),
                Argument("need", _BLOCKS, True, "The address blocks that are needed.", literal="peers"),
            ),
            "Address blocks hold, together, every address that is needed.",
        ),
        PredicateType(
            "flow_allowed",
            (
                Argument("rules", frozenset({"entity", "list"}), True, "Security group rules or ACL entries in order."),
                Argument("peer", frozenset({"entity", "peers"}), False, "Who is at the other end."),
                Argument("protocol", frozenset({"text", "number"}), False, "tcp, udp, icmp, all.", literal="protocol"),
                Argument("ports", frozenset({"ports"}), False, "The ports that are needed.", literal="ports"),
                Argument("family", frozenset({"text"}), False, "ipv4 (the default) or ipv6.", True, literal="family"),
                Argument(
                    "addresses",
                    frozenset({"text"}),
                    False,
                    "every (the default), or some: it is enough that each port is open for one address of the peer.",
                    True,
                    literal="quantity",
                ),
                Argument(
                    "tolerated",
                    frozenset({"ports"}),
                    False,
                    "Ports that are not needed after all.",
                    True,
                    literal="ports",
                ),
            ),
            "Rules let through every needed port for every address of the peer. What they do not is missing.",
        ),
        PredicateType(
            "grants_at_most",
            (
                Argument("role", frozenset({"entity"}), False, "The role whose policies grant."),
                Argument("needs", frozenset({"entity"}), True, "All that is needed of it."),
                Argument(
                    "by",
                    frozenset({"text"}),
                    False,
                    "What may be in excess: actions that nothing needs, resources on which they are not needed, limits "
                    "(resources and conditions of actions that are needed), or a condition key by which they must be "
                    "limited; everything by default.",
                    True,
                    literal="aspect",
                ),
                Argument(
                    "actions",
                    frozenset({"list", "text"}),
                    True,
                    "Actions, as in policies, of which alone it is asked.",
                    True,
                ),
                Argument("but", frozenset({"list", "text"}), True, "Actions of which it is not asked.", True),
            ),
            "The policies of a role grant nothing but what is needed. What is in excess is found.",
        ),
        PredicateType(
            "grants_at_least",
            (
                Argument("role", frozenset({"entity"}), False, "The role whose policies grant."),
                Argument("needs", frozenset({"entity"}), True, "What is needed of it."),
            ),
            "The policies of a role grant all that is needed. What they do not is missing.",
        ),
        PredicateType(
            "exists",
            (Argument("value", ANYTHING, True, "A path.", path=True),),
            "There is at least one value, or entity, at the path.",
        ),
        PredicateType(
            "count",
            (
                Argument("of", ANYTHING, True, "A path whose values, or entities, are counted.", path=True),
                _number("at_least", _COUNT_BOUND, optional=True),
                _number("at_most", _COUNT_BOUND, optional=True),
                _number("equals", _COUNT_BOUND, optional=True),
            ),
            "The number of values, or entities, at a path lies within bounds.",
        ),
    )
}
"""Every predicate by its name. The JSON Schema of the language enumerates the same names and arguments."""

COMBINATIONS = ("all", "any", "not")
QUANTIFIERS = ("some", "every")
