"""Live accounts through the AWS API: what exists there, in the shape of a snapshot."""
