"""Exact arithmetic over values: port sets, address sets, bounded sets, flows, matchers.

Everything here is a pure function. It knows the model, and neither sources nor rules.
"""
