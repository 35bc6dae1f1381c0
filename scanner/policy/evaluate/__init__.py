"""Carries out rules: from entities to verdicts with evidence."""
