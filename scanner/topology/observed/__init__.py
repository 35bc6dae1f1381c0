"""What was observed in accounts, beside what is configured there."""
