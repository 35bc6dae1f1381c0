"""Entities of ECS: services, task definitions, bindings to target groups, hosts."""
