"""Definitions in Amazon States Language, as pure functions over facts."""
