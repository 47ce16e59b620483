"""Memory traces: one form of an access, and readers of the formats other programs write."""
