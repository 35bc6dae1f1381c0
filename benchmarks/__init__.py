"""Measurements that no test depends on: speed beside the peers, and verdicts on templates of public repositories."""
