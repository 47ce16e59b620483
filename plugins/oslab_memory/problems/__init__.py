"""Problem types of the memory plugin, one file each."""
