"""Snapshots of accounts: what exists there, as CloudFormation-shaped resources."""

from scanner.sources.snapshot.account import Account
from scanner.sources.snapshot.context import Accounts, Context
from scanner.sources.snapshot.read import FORMAT, read_all, read_snapshot

__all__ = ["FORMAT", "Account", "Accounts", "Context", "read_all", "read_snapshot"]
