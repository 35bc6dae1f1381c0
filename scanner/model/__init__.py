"""The model that every source produces and every rule reads."""

from scanner.model.graph import ACCOUNT, Context, Module, ResourceGraph
from scanner.model.location import Location
from scanner.model.resource import Exit, Resource, get
from scanner.model.unknown import Split, Unknown
from scanner.model.values import ABSENT, Fact, Items, Reference, Value
from scanner.model.verdict import Verdict, all_of, any_of
from scanner.model.world import Choice, Fork, TooManyWorlds, World, explore

__all__ = [
    "ABSENT",
    "ACCOUNT",
    "Choice",
    "Context",
    "Exit",
    "Fact",
    "Fork",
    "Items",
    "Location",
    "Module",
    "Reference",
    "Resource",
    "ResourceGraph",
    "Split",
    "TooManyWorlds",
    "Unknown",
    "Value",
    "Verdict",
    "World",
    "all_of",
    "any_of",
    "explore",
    "get",
]
