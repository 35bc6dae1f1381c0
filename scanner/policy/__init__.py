"""The rule language: reading, checking, compiling and evaluating rules.

Importing this package imports nothing: a scan reads compiled rules and needs neither YAML nor JSON Schema for them.
"""
