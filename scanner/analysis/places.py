"""Where the peer of a need is, and what is offered at each place.

Security-group rules and network ACL entries are judged alike: the addresses of the peer are cut into cells
that no rule tells apart, each cell is offered some ports, and the need must be met in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet, cut
from scanner.analysis.bounded import Bounded, Members, contains, missing
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Unknown, Verdict, all_of

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Source:
    """The peer of a need: who sends or, outbound, who receives. All of its addresses need admission.

    Where no block and no subnet is known it stands at one unknown address.
    """

    groups: Members = field(default_factory=Members)
    """The groups on its network interfaces: a rule that names one of them admits it."""
    addresses: AddressSet = field(default_factory=AddressSet)
    """The known blocks of its subnets."""
    where: tuple[Unknown, ...] = ()
    """Its subnets whose block is not known."""
    within: AddressSet | Unknown | None = None
    """The block of the VPC, in which all of its subnets lie; an Unknown where it is known only by name."""
    family: int = 4
    """4 or 6: the addresses of the other family do not matter."""
    perhaps: AddressSet = field(default_factory=AddressSet)
    """Blocks in which it may have addresses, too."""
    doubts: tuple[Unknown, ...] = ()
    """Why it is not known whether it has those."""

    @property
    def space(self) -> AddressSet:
        """Where an unknown address can lie."""
        own = self.within.of_family(self.family) if isinstance(self.within, AddressSet) else None
        return own or (EVERYWHERE_V4 if self.family == 4 else EVERYWHERE_V6)

    @classmethod
    def of_peers(cls, peers: Bounded[AddressSet], family: int) -> Source | None:
        """Peers that are known by their addresses; None if there are surely none of the family."""
        must, may = peers.must.of_family(family), peers.may.of_family(family)
        if not may:
            return None
        return cls(addresses=must, family=family, perhaps=may - must, doubts=peers.unknown)


@dataclass(frozen=True, slots=True)
class Cell(Generic[R]):
    """Addresses that no rule tells apart, and what they are offered."""

    addresses: AddressSet
    offer: Bounded[PortSet]
    reaches: tuple[R, ...]
    """The rules that bear on it, as the kind of rule needs them."""


@dataclass(frozen=True, slots=True)
class Place(Generic[R]):
    """Either one known cell, or the cells in one of which an unknown address lies."""

    cells: tuple[Cell[R], ...]
    where: Unknown | None = None
    known: bool = False
    certain: bool = True
    """Whether the peer surely has an address here."""

    def verdict(self, need: Bounded[PortSet]) -> Verdict:
        """Undecided if it depends on where the address lies, or is closed and perhaps not needed."""
        found = {contains(cell.offer, need) for cell in self.cells}
        verdict = found.pop() if len(found) == 1 else Verdict.UNDECIDED
        return verdict if self.certain else max(verdict, Verdict.UNDECIDED)

    def lacks(self, need: Bounded[PortSet], proven: bool) -> PortSet:
        """The ports that fail (``proven``), or that do not surely pass, here."""
        if not proven:
            lacking = NONE
            for cell in self.cells:
                lacking |= need.may - cell.offer.must
            return lacking
        if self.verdict(need) is not Verdict.FAIL:
            return NONE
        everywhere, somewhere = ALL, NONE
        for cell in self.cells:
            everywhere, somewhere = everywhere & missing(cell.offer, need), somewhere | missing(cell.offer, need)
        # Wherever it lies some port fails, though not the same one: then all that fail somewhere.
        return everywhere or somewhere


Cells = Callable[[Iterable[tuple[AddressSet, int]], frozenset[Unknown]], Iterable[Cell[R]]]
"""Makes cells of pieces (see ``addresses.cut``) that all lie in the unknown blocks given."""


def places(source: Source, blocks: Sequence[AddressSet], cells: Cells[R]) -> list[Place[R]]:
    """Every place of a source, cut along the blocks that rules name."""
    known, perhaps = (part.of_family(source.family) for part in (source.addresses, source.perhaps))
    found = [Place((cell,), known=True) for cell in cells(cut(known, blocks), frozenset())]
    found += [Place((cell,), known=True, certain=False) for cell in cells(cut(perhaps, blocks), frozenset())]
    unknown: tuple[Unknown | None, ...] = source.where if source.where or known or perhaps else (None,)
    if unknown:
        within = (source.within,) if isinstance(source.within, Unknown) else ()
        pieces = cut(source.space, blocks)
        for where in unknown:
            names = frozenset(within if where is None else (where, *within))
            found.append(Place(tuple(cells(pieces, names)), where))
    return found


def verdict_of(found: Sequence[Place[R]], need: Bounded[PortSet], *, some: bool = False) -> Verdict:
    """Whether the need is met at every place; with ``some``, whether each port is open at one place at least.

    Where the peer perhaps has no address, nothing fails.
    """
    if not some:
        return all_of(place.verdict(need) for place in found)
    verdict = contains(somewhere(found), need)
    return verdict if any(place.certain for place in found) else max(verdict, Verdict.UNDECIDED)


def somewhere(found: Sequence[Place[R]]) -> Bounded[PortSet]:
    """The ports that are open at one place at least, if the peer has any."""
    surely, everywhere, perhaps = NONE, ALL, NONE
    for place in found:
        here = ALL
        for cell in place.cells:
            here &= cell.offer.must
            perhaps |= cell.offer.may
        everywhere &= here
        if place.certain:
            surely |= here
    # Where it is not known which places the peer is at, what is open at all of them is open at one.
    return Bounded(surely | (everywhere if found else NONE), perhaps)


def missing_ports(found: Sequence[Place[R]], need: Bounded[PortSet], *, proven: bool) -> PortSet:
    """The ports that fail at every place (``proven``), or that are not surely open at one."""
    offer = somewhere(found)
    return missing(offer, need) if proven else need.may - offer.must


def missing_texts(found: Sequence[Place[R]], need: Bounded[PortSet], proven: bool, family: int) -> Iterator[str]:
    """What lacks everywhere without an address, the rest with one."""
    lacks = [place.lacks(need, proven) for place in found]
    everywhere = ALL
    for ports in lacks:
        everywhere &= ports
    if everywhere:
        yield str(everywhere)
    by_ports: dict[PortSet, AddressSet] = {}
    unplaced: dict[PortSet, None] = {}
    for place, ports in zip(found, lacks, strict=True):
        more = ports - everywhere
        if more and place.known:
            by_ports[more] = by_ports.get(more, AddressSet()) | place.cells[0].addresses
        elif more:
            unplaced[more] = None
    for ports, addresses in by_ports.items():
        yield f"{ports} from {addresses}"
    for ports in unplaced:
        yield f"{ports} from subnets with unknown IPv{family} addresses"
