"""A small topology of its own, against which rules are checked in tests."""

from __future__ import annotations

from typing import Any

from scanner.topology.entity import Entity, fact, many, one


class Shop(Entity):
    """A shop."""

    kind = "test.shop"

    @many("test.shelf")
    def shelves(self) -> Any:
        """Its shelves."""

    @one("test.keeper")
    def keeper(self) -> Any:
        """Who keeps it."""

    @fact("text")
    def street(self) -> Any:
        """Where it is."""

    @fact("boolean")
    def open(self) -> Any:
        """Whether it is open."""

    @fact("number")
    def size(self) -> Any:
        """Square metres."""

    @fact("list")
    def goods(self) -> Any:
        """What it sells."""

    @fact("peers")
    def visitors(self) -> Any:
        """Who may come."""

    @fact("ports", range="ports")
    def doors(self, range: Any) -> Any:
        """The doors of a range."""

    @fact("number", month="text")
    def sales(self, month: str = "May") -> Any:
        """What it sold."""


class Shelf(Entity):
    """A shelf."""

    kind = "test.shelf"

    @fact("number")
    def height(self) -> Any:
        """Centimetres."""

    @fact("text")
    def colour(self) -> Any:
        """Its colour."""


class Keeper(Entity):
    """A shopkeeper."""

    kind = "test.keeper"

    @fact("text")
    def name(self) -> Any:
        """What the keeper is called."""

    @many("test.shop")
    def shops(self) -> Any:
        """All that the keeper has."""


KINDS: dict[str, type[Entity]] = {kind.kind: kind for kind in (Shop, Shelf, Keeper)}
ROOTS = ("test.shop", "test.keeper")

RULE = """\
id: SHOP001
name: shops-are-tidy
title: Shops are tidy
severity: medium
rationale: Customers stay away from untidy shops.
remediation: Tidy {shop}.
parameters:
  least: {type: number, default: 3, about: How many shelves there must be.}
match:
  shop: test.shop
  shelf: shop.shelves
where: {equals: [shop.open, true]}
let:
  doors: shop.doors(range=80-90)
assert:
  - name: shelves
    check: {count: {of: shop.shelves, at_least: $least}}
    at: shop.shelves
    message: "{shop} has {found} shelves, not {$least}"
  - name: doors
    after: shelves
    check: {ports_cover: {ports: doors, need: "80"}}
    severity: low
    related: [shelf]
    message: "{shop} lacks {missing}"
"""
"""A rule without fault."""


def rule(check: str, *, more: str = "", message: str = "m") -> str:
    """A rule with one check, given in flow style, whose line is 11 and whose first column is 12."""
    return f"""\
id: SHOP002
name: one-check
title: t
severity: high
rationale: r
remediation: r
match: {{shop: test.shop, shelf: shop.shelves, bucket: AWS::S3::Bucket}}

assert:
  - name: only
    check: {check}
    message: "{message}"
{more}"""
