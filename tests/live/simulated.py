"""A simulated AWS in threads of this process: nothing leaves the machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def simulated_aws() -> Iterator[str]:
    """The endpoint of a simulated AWS, as long as the context is open."""
    from moto.ecs.models import EC2ContainerServiceBackend
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    own = EC2ContainerServiceBackend.describe_capacity_providers

    def all_of_them(self: Any, names: Any) -> Any:  # moto fails where none is named; AWS then answers all
        return own(self, names or [one.name for one in self.capacity_providers.values()])

    EC2ContainerServiceBackend.describe_capacity_providers = all_of_them  # type: ignore[method-assign]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        EC2ContainerServiceBackend.describe_capacity_providers = own  # type: ignore[method-assign]
