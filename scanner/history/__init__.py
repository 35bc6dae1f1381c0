"""Results, kept from scan to scan in a SQLite file, and what changes between them.

A scan that the command line makes is written by ``remember``; one whose results come bit by bit by a ``Recorder``. A
finding is the same in every scan by its rule, assertion and subject; its fingerprint tells whether it is about the
same related resources as before.
"""

from scanner.history.record import Recorder, Written, remember, with_history
from scanner.history.scanned import Scanned, scanned, scope_of
from scanner.history.store import HistoryError

__all__ = ["HistoryError", "Recorder", "Scanned", "Written", "remember", "scanned", "scope_of", "with_history"]
