"""The catalogue: ``<topic>/<exercise>.toml``, data only. An exercise's id is its path."""
