"""What is tried on request, and never by a scan: the request of a health check, and a test network interface."""
