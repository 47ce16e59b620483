"""Problem types of the cache plugin, one file each."""
