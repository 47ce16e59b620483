"""The problem types of reactor."""
