"""Forgetting old scans."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from scanner.history.schema import transaction


def prune(connection: sqlite3.Connection, *, keep: int = 0, before: str = "") -> int:
    """Forgets all but the last ``keep`` scans of each scope, or those before a time; gives how many.

    The last scan of a scope always stays: the next is compared with it. With ``before``, what no scan has seen since
    that time is forgotten too.
    """
    with transaction(connection):
        ids = [
            (id,)
            for id, time, newer in connection.execute(
                """
                SELECT id, time, (SELECT count(*) FROM scans AS b WHERE b.scope = a.scope AND b.id > a.id)
                FROM scans AS a
                """
            ).fetchall()
            if newer and (newer >= keep if keep else time < before)
        ]
        connection.executemany("DELETE FROM scans WHERE id = ?", ids)
        if before:
            connection.execute("DELETE FROM results WHERE seen < ?", (before,))
        connection.execute("DELETE FROM details WHERE id NOT IN (SELECT detail FROM results)")
        connection.execute(
            "DELETE FROM findings WHERE id NOT IN (SELECT finding FROM results UNION SELECT finding FROM ended)"
        )
    with suppress(sqlite3.OperationalError):  # while others read, the room stays in the file, for later scans
        connection.execute("VACUUM")
    return len(ids)
