"""A simulated AWS in threads of this process: nothing leaves the machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def simulated_aws() -> Iterator[str]:
    """The endpoint of a simulated AWS, as long as the context is open."""
    from unittest.mock import patch

    from moto.core.resource_tagging import TaggedResource
    from moto.ecs.models import EC2ContainerServiceBackend
    from moto.events.models import EventsBackend
    from moto.logs.models import LogsBackend
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    own = EC2ContainerServiceBackend.describe_capacity_providers

    def all_of_them(self: Any, names: Any) -> Any:  # moto fails where none is named; AWS then answers all
        return own(self, names or [one.name for one in self.capacity_providers.values()])

    def tagged_rules(self: Any) -> Iterator[TaggedResource]:  # moto lists the tags of event buses alone
        for bus in self.event_buses.values():
            for rule in bus.rules.values():
                yield TaggedResource(rule.arn, self.tagger.get_tag_dict_for_resource(rule.arn), "events:rule")

    def tagged_groups(self: Any) -> Iterator[TaggedResource]:  # it calls them logs:loggroup
        for group in self.groups.values():
            yield TaggedResource(group.arn, self.tagger.get_tag_dict_for_resource(group.arn), "logs:log-group")

    with (
        patch.object(EC2ContainerServiceBackend, "describe_capacity_providers", all_of_them),
        patch.object(EventsBackend, "iter_tagged_resources", tagged_rules),
        patch.object(LogsBackend, "iter_tagged_resources", tagged_groups),
    ):
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            host, port = server.get_host_and_port()
            yield f"http://{host}:{port}"
        finally:
            server.stop()
