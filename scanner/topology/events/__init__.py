"""EventBridge rules and schedules."""
