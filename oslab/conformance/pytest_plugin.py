"""The conformance suite as a pytest plugin: ``pytest --oslab-plugin NAME``."""
