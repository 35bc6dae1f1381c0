"""Where something stands in a file."""

from __future__ import annotations

from typing import NamedTuple


class Location(NamedTuple):
    """A region of a source file.

    Lines and columns count from 1; columns count code points; the end is exclusive, so that
    an empty region has ``(line, column) == (end_line, end_column)``.
    """

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
