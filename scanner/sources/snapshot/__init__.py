"""Snapshots of accounts: what exists there, as CloudFormation-shaped resources."""

from scanner.sources.snapshot.account import Account
from scanner.sources.snapshot.accounts import Accounts
from scanner.sources.snapshot.context import Context
from scanner.sources.snapshot.read import FORMAT, account_text, distinct, read_all, read_snapshot

__all__ = [
    "FORMAT",
    "Account",
    "Accounts",
    "Context",
    "account_text",
    "distinct",
    "read_all",
    "read_snapshot",
]
