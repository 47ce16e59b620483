"""The problem types of modes."""
