"""Exercises: problem types, the catalogue, variants, sheets, checking and feedback."""
