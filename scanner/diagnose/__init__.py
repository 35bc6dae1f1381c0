"""From a message of ECS to its cause: what it means, which rules can explain it, and what they say of the service."""

from scanner.diagnose.answers import FORMAT, Ask, diagnose, explain
from scanner.diagnose.services import NoSuchService, Wanted

__all__ = ["FORMAT", "Ask", "NoSuchService", "Wanted", "diagnose", "explain"]
