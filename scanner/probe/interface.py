"""A test network interface in a subnet: a dry run, or one that is created and deleted again."""

from __future__ import annotations

import signal
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

TAG = "clearway:probe"
DESCRIPTION = "Test of clearway probe interface, to be deleted"
WOULD = "DryRunOperation"
"""The error code of a dry run that would have succeeded ("Error codes", Amazon EC2 API Reference)."""
DENIED = frozenset({"UnauthorizedOperation", "AuthFailure", "AccessDenied", "Client.UnauthorizedOperation"})
GONE = "InvalidNetworkInterfaceID.NotFound"
PAUSES = (1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds before each further attempt to delete: a new interface may be in the making still, or not be seen yet."""
CREATED, REFUSED, UNAUTHORIZED = "created", "refused", "unauthorized"


class ProbeError(Exception):
    """EC2 could not be asked, or not be understood."""


class LeftBehind(Exception):
    """An interface that could not be deleted; says which, and how to."""


class Interrupted(BaseException):
    """A signal came while there was an interface; it is deleted by now."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of an attempt, in the words of ``interface_probes`` of a snapshot."""

    outcome: str
    error: str = ""
    said: str = ""


@dataclass(slots=True)
class Interfaces:
    """Network interfaces of one region."""

    client: Any
    """boto3's for EC2."""
    region: str
    tell: Callable[[str], None] = lambda line: None
    """Is told what is done, a line each."""
    pause: Callable[[float], None] = time.sleep
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    """What its interfaces are tagged with, so that one whose id was never heard is found."""

    def would_create(self, subnet: str, groups: Sequence[str]) -> Attempt:
        """Whether EC2 would create one: nothing is. Raises ProbeError."""
        found = self._create(subnet, groups, dry=True)
        return found if isinstance(found, Attempt) else Attempt(CREATED)

    def create_and_delete(self, subnet: str, groups: Sequence[str]) -> Attempt:
        """Creates one and deletes it, also if it is interrupted, as by Ctrl-C, on the way.

        Raises Interrupted, when it is deleted; LeftBehind if it could not be; ProbeError.
        """
        with _signals_wait(self._say):
            try:
                found = self._create(subnet, groups, dry=False)
            except ProbeError:
                self._sweep()  # nobody knows whether it was created
                raise
            if isinstance(found, Attempt):
                return found
            try:
                self._say(f"{found} created in {subnet}")
            finally:
                self._delete(found)
            return Attempt(CREATED)

    def _create(self, subnet: str, groups: Sequence[str], *, dry: bool) -> Attempt | str:
        """What was refused, or the id of the interface; of a dry run none."""
        tags = [{"Key": TAG, "Value": self.token}, {"Key": "Name", "Value": "clearway-probe"}]
        given: dict[str, Any] = {
            "SubnetId": subnet,
            "Description": DESCRIPTION,
            "TagSpecifications": [{"ResourceType": "network-interface", "Tags": tags}],
            "ClientToken": self.token,
            "DryRun": dry,
            **({"Groups": list(groups)} if groups else {}),
        }
        try:
            return str(self._call("create_network_interface", **given)["NetworkInterface"]["NetworkInterfaceId"])
        except _Refused as refused:
            if refused.code == WOULD:
                return Attempt(CREATED)
            outcome = UNAUTHORIZED if refused.code in DENIED else REFUSED
            return Attempt(outcome, refused.code, refused.said)

    def _delete(self, id: str) -> None:
        last = ""
        for pause in (0.0, *PAUSES):
            if pause:
                self.pause(pause)
            try:
                self._call("delete_network_interface", NetworkInterfaceId=id)
                self._say(f"{id} deleted")
                return
            except _Refused as refused:
                last = str(refused)  # of one that is gone: not seen yet, or deleted by an attempt whose answer was lost
            except ProbeError as error:
                last = str(error)
        if last.startswith(GONE):
            self._say(f"{id} is gone")
            return
        raise LeftBehind(
            f"{id} could not be deleted ({last}): delete it with "
            f"aws ec2 delete-network-interface --network-interface-id {id} --region {self.region}"
        )

    def _sweep(self) -> None:
        """Deletes what a call whose answer was lost may have created."""
        try:
            answer = self._call("describe_network_interfaces", Filters=[{"Name": f"tag:{TAG}", "Values": [self.token]}])
            for one in answer.get("NetworkInterfaces", ()):
                self._delete(str(one["NetworkInterfaceId"]))
        except (ProbeError, _Refused) as error:
            raise LeftBehind(
                f"whether a network interface was created is not known ({error}): look for the tag {TAG}={self.token} "
                f"with aws ec2 describe-network-interfaces --filters Name=tag:{TAG},Values={self.token} "
                f"--region {self.region}"
            ) from None

    def _say(self, line: str) -> None:
        """Tells, if there is anybody: that nobody listens must not keep an interface from being deleted."""
        with suppress(OSError, ValueError):
            self.tell(line)

    def _call(self, method: str, **given: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self.client, method)(**given)
        except ClientError as error:
            told = error.response.get("Error", {})
            raise _Refused(
                str(told.get("Code") or "Unknown"), " ".join(str(told.get("Message") or "").split())
            ) from None
        except (BotoCoreError, OSError) as error:
            raise ProbeError(" ".join(str(error).split()) or type(error).__name__) from None


class _Refused(Exception):
    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code
        self.said = said


@contextmanager
def _signals_wait(tell: Callable[[str], None]) -> Iterator[None]:
    """Lets SIGINT, SIGTERM and SIGHUP wait until the block has ended; then raises Interrupted, unless the block raises.
    Only a main thread has signals to wait for."""
    came: list[int] = []

    def note(number: int, frame: object) -> None:
        came.append(number)
        tell("interrupted: the network interface is deleted first")

    before: dict[int, Any] = {}
    try:
        for waited in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before[waited] = signal.signal(waited, note)
    except ValueError:  # not the main thread
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
    if came:
        raise Interrupted(came[0])
