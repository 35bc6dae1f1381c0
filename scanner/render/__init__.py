"""Every way to show a result document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from scanner.render.document import Document


@dataclass(frozen=True, slots=True)
class Format:
    """A way to show results: a module with ``render(document, **options) -> str``."""

    module: str
    about: str
    options: Mapping[str, Any] = field(default_factory=dict)
    terminal: bool = False
    """Whether it takes ``colour`` and ``width``."""


FORMATS: Mapping[str, Format] = {
    "text": Format("scanner.render.text", "for people, in a terminal", terminal=True),
    "json": Format("scanner.render.json", "the result document itself"),
    "sarif": Format("scanner.render.sarif", "for code scanning: failures, as SARIF 2.1.0"),
    "sarif-full": Format("scanner.render.sarif", "every verdict, as SARIF 2.1.0", {"profile": "full"}),
    "html": Format("scanner.render.html", "one page for a browser that needs nothing else"),
}


def render(document: Document, format: str, *, colour: bool = False, width: int | None = None) -> str:
    """The document in a format of ``FORMATS``, ending in a line feed; nothing else decides what it says.

    ``colour`` (ANSI) and ``width`` (columns, 100 if not given) are for terminals. Raises ValueError for another format.
    """
    if format not in FORMATS:
        raise ValueError(f"no format is named {format!r}: the formats are {', '.join(FORMATS)}")
    chosen = FORMATS[format]
    options = dict(chosen.options)
    if chosen.terminal:
        options.update(colour=colour, width=width)
    text: str = import_module(chosen.module).render(document, **options)
    return text


__all__ = ["FORMATS", "Document", "Format", "render"]
