"""State machines with their states."""
