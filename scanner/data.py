"""Where the data that is shipped with the program lies: ``rules`` and ``reports``."""

from __future__ import annotations

from pathlib import Path

FOLDERS = ("rules", "reports")


def data_folder(name: str) -> Path:
    """The folder of rules or reports: beside the package if it is installed, else at the top of the source tree.

    Raises ValueError for a name that is not one of ``FOLDERS``, FileNotFoundError if the installation is incomplete.
    """
    if name not in FOLDERS:
        raise ValueError(f"no data folder is named {name!r}: {' and '.join(FOLDERS)} are")
    package = Path(__file__).resolve().parent
    places = (package / "_data" / name, package.parent / name)
    for place in places:
        if place.is_dir():
            return place
    looked = " nor ".join(str(place) for place in places)
    raise FileNotFoundError(
        f"the {name} that belong to Clearway are missing: neither {looked} is there; install it again"
    )
