"""Policies of AWS Identity and Access Management: what they say, and exact comparison of what they grant."""
