"""Entities of EC2: security groups, their rules, subnets."""
