"""The version of the program, its one source: the package metadata and every report read it here."""

__version__ = "0.1.0"
