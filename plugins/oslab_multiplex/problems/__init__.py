"""The problem types of multiplex."""
