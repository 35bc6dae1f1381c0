"""Roles, the policies that reach them, and what they need."""
