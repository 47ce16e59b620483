"""The problem types of buddy allocation."""
