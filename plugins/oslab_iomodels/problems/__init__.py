"""The problem types of iomodels."""
