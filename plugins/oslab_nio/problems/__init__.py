"""The problem types of nio."""
